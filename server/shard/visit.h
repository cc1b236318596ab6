/* shard/visit.h -- The same function on every shard: CLIENT LIST, INFO, CONFIG SET. Each shard runs
 * it between two commands; when all have, `done` runs where the visit began. Not a cut: shards are
 * visited at different moments. */
#ifndef TORC_SHARD_VISIT_H
#define TORC_SHARD_VISIT_H

#include "shard/shard.h"

struct visit;

/* Embedded as the first member in what the visit is about. The functions run on different threads,
 * never two at once for the same shard; each shard writes only what is its own there. */
struct visit {
    void (*run)(struct shard *shard, struct visit *visit);
    void (*done)(struct shard *origin, struct visit *visit); /* may free it */
    /* Of visit_start(): */
    uint16_t origin;
    uint32_t missing;
    struct visit_part *parts;
};

/* `run` and `done` are set. Never calls either from within. */
void visit_start(struct shard *origin, struct visit *visit);

#endif
