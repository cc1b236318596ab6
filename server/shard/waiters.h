/* shard/waiters.h -- Requests that wait for their keys (command/wait.h), from the shards' side.
 *
 * A request that has to wait stays where it was run, and tells its front so. From then on two may
 * claim it: whoever holds the slot of one of its keys and finds it can be served, and its front,
 * which ends it when its time is over or its client is gone. One exchange decides.
 *
 * One that needs the slot of another key, which is not at hand, is sent to borrow it. Its queue
 * waits meanwhile, so it keeps its place; if the key is empty when it comes to run, it waits on. */
#ifndef TORC_SHARD_WAITERS_H
#define TORC_SHARD_WAITERS_H

#include "command/wait.h"
#include "shard/request.h"

/* The request waits. Who holds its slots may not look at it any more once those are free. */
void waiter_park(struct shard *shard, struct request *request, struct waiter *waiter);
/* True for one of those who ask. */
bool waiter_claim(struct waiter *waiter);
/* By its front, which has claimed it: it runs once more, on all of its slots, and if it finds
 * nothing it waits on in its place. */
void waiter_run_again(struct shard *front, struct request *request);
/* Takes the waiter, which is claimed and answered, out of the queues in which it still stands, and
 * frees it; `done` is called when that has been done: at once, or later. Its front's. */
void waiter_end(struct shard *front, struct waiter *waiter,
                void (*done)(struct shard *front, void *context), void *context);

/* Serves the queues of all keys that have become ready: their slots are held. */
void waiters_serve(struct shard *shard, struct actor *actor);

/* One that was sent to borrow slots is about to run: whoever stands behind it is served after it.
 */
void waiter_begin(struct waiter *waiter, struct actor *actor);
/* It has been answered, and leaves its queue. */
void waiter_leave(struct shard *shard, struct waiter *waiter);

#endif
