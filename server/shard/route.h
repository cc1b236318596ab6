/* shard/route.h -- Which slots a call needs, and where they are at home. */
#ifndef TORC_SHARD_ROUTE_H
#define TORC_SHARD_ROUTE_H

#include "shard/shard.h"

/* The distinct slots of a call's keys, ascending order not promised. Lives in shard->scratch. */
struct slot_set {
    uint16_t *slots;
    uint32_t count;
};

/* O(keys). */
void route_slots(struct shard *shard, const struct command *command, const struct bytes *args,
                 uint32_t arg_count, struct slot_set *slots);
/* Have all of them the same home, and which? */
bool slot_set_has_one_home(const struct shard *shard, const struct slot_set *slots, uint16_t *home);
/* All at home here, and free. */
bool slot_set_is_open(const struct shard *shard, const struct slot_set *slots);

#endif
