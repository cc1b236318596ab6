/* shard/stand_in.h -- A front that finds the threads of its slots' homes away (asleep, spinning, or
 * in the kernel) runs a command there itself instead of waking them: it stands in.
 *
 * It needs what those threads would need: each slot is at home where the route says, and open, and
 * nothing is in its home's inbox. Then the command takes effect as if it had been pushed to all
 * those homes, and delivered, at that instant, and the order theorem holds (inbox.h). If anything
 * is missing the command is pushed, as always: nobody waits for a home. But a home's thread that
 * comes back waits, so this is for commands whose work is small (CMD_FAST, CMD_BRIEF), with few
 * arguments.
 *
 * What a batch of commands takes it keeps until its end, or until it has something else to do: a
 * slow command, or messages of its own.
 *
 * Cost: two atomic operations on a line of each home, and some more of its lines; no message, no
 * doorbell, no wake-up. */
#ifndef TORC_SHARD_STAND_IN_H
#define TORC_SHARD_STAND_IN_H

#include "shard/route.h"

enum { STAND_IN_HOMES_MAX = 4, STAND_IN_ARGS_MAX = 64 };

/* The homes whose latches a front has. */
struct stand_in {
    struct shard *homes[STAND_IN_HOMES_MAX];
    bool expires_earlier[STAND_IN_HOMES_MAX]; /* than that home believes */
    uint32_t home_count;
};

static inline bool stand_in_is_for(const struct command *command, uint32_t arg_count)
{
    return command->flags & (CMD_FAST | CMD_BRIEF) && arg_count <= STAND_IN_ARGS_MAX;
}

/* Takes another shard's home. False: its thread is there, or somebody else is, or enough are taken.
 */
bool stand_in_take(struct stand_in *stand_in, struct shard *home);
/* May a command run now on these slots, of homes elsewhere and here? Takes those homes. If some are
 * its own, the front has caught up. */
bool stand_in_try(struct stand_in *stand_in, struct shard *front, const struct slot_set *slots);
/* It has written: keys may expire at other times now. */
void stand_in_note_expiry(struct stand_in *stand_in, struct shard *front,
                          const struct slot_set *slots);
/* Gives back what was taken; a home that would sleep too long is woken. */
void stand_in_leave_all(struct stand_in *stand_in, struct shard *front);

static inline void stand_in_leave(struct stand_in *stand_in, struct shard *front)
{
    if (__builtin_expect(stand_in->home_count != 0, 0)) stand_in_leave_all(stand_in, front);
}

#endif
