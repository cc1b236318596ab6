/* shard/long_call.h -- Calls whose work takes longer than a pass should: they run on a stack of
 * their own, a slice in each pass, and keep their slots meanwhile. To all others they are commands
 * that hold slots, as leases do: whoever wants one of the slots waits in its queue, and everybody
 * else goes on. Such a call takes effect at one instant, like any other: nobody sees its slots
 * before it has ended.
 *
 * A call says itself that it is long (command/call.h), before it has done anything, and takes
 * breath (base/breath.h) while it works. Several share the time in turns; more than some wait, so
 * that nobody can have stacks without bound. */
#ifndef TORC_SHARD_LONG_CALL_H
#define TORC_SHARD_LONG_CALL_H

#include "shard/request.h"

/* Runs the request from its beginning, in this pass's background and those that follow: its slots
 * are held, and whoever holds them gives them back in `done`, after which nothing of the call is
 * left but the request with its reply. If there is no memory for a stack, it is all done now. */
void long_call_start(struct shard *shard, struct request *request,
                     void (*done)(struct shard *shard, struct request *request,
                                  struct outcome outcome, void *context),
                     void *context);
/* A slice of one of them; false: there is none. */
bool long_call_slice(struct shard *shard);
/* What is kept for the next one is given back; none is under way. */
void long_call_fini(struct shard *shard);

#endif
