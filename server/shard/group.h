/* shard/group.h -- All shards of a server: made together, run together, ended together. */
#ifndef TORC_SHARD_GROUP_H
#define TORC_SHARD_GROUP_H

#include "shard/shard.h"

struct group_options {
    const struct settings *settings; /* outlive the group, as do the following */
    const struct registry *registry;
    const struct shard_hooks *hooks;
    struct ring_options ring;
    const int *cpus; /* where each shard runs; NULL: not pinned */
    void *server;
};

struct group *group_new(const struct group_options *options);
void group_free(struct group *group);
/* Opens all rings and runs all shards, shard 0 on the calling thread, until they are stopped.
 * Returns 0, or -errno when a ring was refused: `reason` says what to do. */
int group_run(struct group *group, char *reason, size_t reason_size);

/* CPUs that the process may use. */
int group_count_cpus(void);
/* The CPUs of "0-3,8", at most `max`; returns how many, -1 if the text is not that. */
int group_parse_cpus(const char *text, int *cpus, int max);

#endif
