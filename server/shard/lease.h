/* shard/lease.h -- Slots of several homes, borrowed by a front for one call.
 *
 * The front pushes a claim to the home of every slot it needs (its own among them), holding one
 * lock for the time of the pushes, so that all inboxes have all leases in one order: nobody can
 * wait in a circle, without ids, retries or timeouts. Each home grants when its slots are free for
 * this claim; with all grants in, the front runs the call on its own thread, straight on the
 * borrowed slots, and gives them back.
 *
 * The lock is a sequence, odd while somebody pushes. A front whose connection has a command under
 * way calls lease_wait_for_pushes() before that connection's next command: without it, that next
 * command could get in front of a lease at one home, though the one before it stands behind the
 * lease at another.
 *
 * Cost: two messages and a release for each home, each of which may have to wake somebody; figures
 * stand in server/README.md, "What the core costs". */
#ifndef TORC_SHARD_LEASE_H
#define TORC_SHARD_LEASE_H

#include "shard/request.h"
#include "shard/route.h"

/* If all slots have one home: sends the request there, to run there, and says true. Under the lock,
 * because it may hold some of its slots while it waits for others, as a lease does: sent by a route
 * that a move (move.h) has just changed, it could wait for a lease that waits for the slot to move.
 */
bool lease_send_whole(struct shard *front, struct request *request, const struct slot_set *slots);
/* Borrows the slots, runs the request here, then calls request->done. */
void lease_start(struct shard *front, struct request *request, const struct slot_set *slots);
/* The same with every slot there is: a cut. False: not now, a slot is changing
 * its home (move.h); try again in the next pass. `make` is called for the
 * request when nothing is in the way any more. */
bool lease_start_cut(struct shard *front, struct request *(*make)(void *context), void *context);

void lease_lock(struct group *group);
void lease_unlock(struct group *group);

static inline bool lease_is_pushing(const struct group *group)
{
    if (fault_is(FAULT_LEASE_SEQUENCE)) return false;
    return atomic_load_explicit(&group->lease_sequence, memory_order_acquire) & 1;
}

void lease_wait_for_pushes(struct group *group);

#endif
