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
 * Cost: two atomic operations on a line of each home, and some more of its lines; no message, no
 * doorbell, no wake-up. */
#ifndef TORC_SHARD_STAND_IN_H
#define TORC_SHARD_STAND_IN_H

#include "shard/route.h"

enum { STAND_IN_HOMES_MAX = 4, STAND_IN_ARGS_MAX = 64 };

struct stand_in {
    struct shard *homes[STAND_IN_HOMES_MAX]; /* other than the front */
    uint32_t home_count;
};

/* True: the front holds the slots until stand_in_end(). If some are its own, it has caught up. */
bool stand_in_begin(struct stand_in *stand_in, struct shard *front, const struct slot_set *slots);
/* `has_written`: keys may expire at other times now; a home that would sleep too long is woken. */
void stand_in_end(struct stand_in *stand_in, struct shard *front, const struct slot_set *slots,
                  bool has_written);

static inline bool stand_in_is_for(const struct call *call)
{
    return call->command->flags & (CMD_FAST | CMD_BRIEF) && call->arg_count <= STAND_IN_ARGS_MAX;
}

#endif
