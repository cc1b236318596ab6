/* base/mark.h -- Marks at places that a simulation has to come to: a run that never came to one of
 * them has proved nothing about it, and says so. Only a simulated build (TORC_SIMULATED) counts;
 * in all others a mark costs nothing. */
#ifndef TORC_BASE_MARK_H
#define TORC_BASE_MARK_H

#define MARKS(MARK)                                                                                \
    MARK(STAND_IN_ONE, "stood in for one home")                                                    \
    MARK(STAND_IN_MANY, "for several homes")                                                       \
    MARK(STAND_IN_PRESENT, "refused: a home was there")                                            \
    MARK(STAND_IN_INBOX, "refused: a full inbox")                                                  \
    MARK(STAND_IN_CLOSED, "refused: a closed slot")                                                \
    MARK(STAND_IN_EXPIRY, "homes woken for an expiry")                                             \
    MARK(LATCH_WAITED, "homes that came back too early")                                           \
    MARK(PUSH_WAITED, "pushes waited out")                                                         \
    MARK(LEASE_PUSHES_WAITED, "pushes of leases waited")                                           \
    MARK(CAUGHT_UP, "inboxes caught up with")                                                      \
    MARK(LEASE, "leases")                                                                          \
    MARK(LEASE_WHOLE, "sets sent to one home")                                                     \
    MARK(CLAIM_QUEUED, "claims queued")                                                            \
    MARK(REQUEST_QUEUED, "requests queued")                                                        \
    MARK(CUT, "cuts")                                                                              \
    MARK(CUT_REFUSED, "cuts put off by a move")                                                    \
    MARK(CUT_WAITED, "cuts behind a claim")                                                        \
    MARK(BARRED, "held back by a cut")                                                             \
    MARK(MOVE, "moves")                                                                            \
    MARK(MOVE_GAP, "moves put off for a cut")                                                      \
    MARK(MOVE_EARLY, "slots that came before the word")                                            \
    MARK(MOVE_LEAVING, "commands that followed a slot")                                            \
    MARK(LONG_CALL, "long calls")                                                                  \
    MARK(BLOCK_STOOD_IN, "blocks stood in for")                                                    \
    MARK(BLOCK_WHOLE, "blocks sent whole")                                                         \
    MARK(BLOCK_LEASED, "blocks leased")                                                            \
    MARK(BLOCK_CUT, "blocks on every slot")                                                        \
    MARK(BLOCK_LONG, "long blocks")                                                                \
    MARK(WATCH_DIRTY, "watches that saw a change")                                                 \
    MARK(WAITER_PARKED, "waiters parked")                                                          \
    MARK(WAITER_SERVED, "served")                                                                  \
    MARK(WAITER_AWAY, "sent away")                                                                 \
    MARK(WAITER_BACK, "parked again")                                                              \
    MARK(WAITER_RIVAL, "ended just when they could have been served")                              \
    MARK(WAITER_TIMED_OUT, "timed out")                                                            \
    MARK(WAITER_UNBLOCKED, "unblocked")                                                            \
    MARK(WAITER_GONE, "gone while they waited")                                                    \
    MARK(WAITER_ABANDONED, "gone before anybody knew that they waited")                            \
    MARK(CLIENT_KILLED, "clients killed")                                                          \
    MARK(BY_HAND, "received by hand")                                                              \
    MARK(LOOKED_FOR_END, "ends looked for")

enum mark {
#define MARK(name, text) MARK_##name,
    MARKS(MARK)
#undef MARK
        MARK_COUNT,
};

#ifdef TORC_SIMULATED
#include <stdint.h>

extern uint64_t mark_counts[MARK_COUNT];

static inline void mark(enum mark mark)
{
    mark_counts[mark]++;
}
#else
static inline void mark(enum mark mark)
{
    (void)mark;
}
#endif

#endif
