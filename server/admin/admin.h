/* admin/admin.h -- What the administration of a server keeps: who changes its settings, and what
 * INFO remembers from one time to the next. One for each group, made before its shards run. */
#ifndef TORC_ADMIN_ADMIN_H
#define TORC_ADMIN_ADMIN_H

#include "shard/shard.h"

struct acceptor;
struct config_change;

enum { ADMIN_SAMPLES = 16, ADMIN_RUN_ID_BYTES = 41 };

/* How much of something there was in each of the last moments: a rate per second. */
struct rate {
    int64_t samples[ADMIN_SAMPLES];
    int64_t last_count;
    struct metric per_second;
};

struct admin {
    /* Shard 0's: */
    struct settings *changed;           /* by CONFIG SET; NULL: those of the start hold */
    struct config_change *first, *last; /* changes to be made, one after the other */
    struct rate commands, input, output;
    int64_t sampled_ns;
    uint32_t sample;
    /* Written by shard 0, read by any: */
    struct metric peak_bytes;
    /* Constant: */
    struct acceptor *acceptor; /* shard 0's */
    int64_t start_ms;
    int64_t start_bytes;
    char run_id[ADMIN_RUN_ID_BYTES], replication_id[ADMIN_RUN_ID_BYTES];
};

struct admin *admin_new(void);
void admin_free(struct admin *admin);
/* From every shard's cron: takes samples on shard 0. */
void admin_cron(struct shard *shard);
/* Memory in use by the whole process, as the allocator accounts it. */
int64_t admin_used_bytes(const struct group *group);
/* On every shard, by CONFIG RESETSTAT: its counters begin anew. */
void admin_reset(struct shard *shard);

#endif
