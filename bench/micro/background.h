/* background.h -- Load for a shard: single-key commands on random keys of all shards, as many as it
 * can. In each pass it gives out a batch: what is at home here runs at once, the rest is sent to
 * its home, as client/dispatch does it. No sockets: what they cost is not what is measured. */
#ifndef BENCH_MICRO_BACKGROUND_H
#define BENCH_MICRO_BACKGROUND_H

#include "shard/shard.h"

/* Of one shard, and touched by it alone. */
struct background {
    bool on;
    uint32_t under_way; /* sent, and not yet back */
    uint32_t next;      /* picks keys */
    uint64_t done;      /* commands */
    uint64_t passes;    /* while it was on */
};

void background_pass(struct shard *shard, struct background *background);

#endif
