/* types/zset_gather.h -- Members with scores, gathered in any order, each once; then made into a
 * sorted set: sorted once, and its tree built in ascending order. For what computes sorted sets, or
 * reads them. A table of items and no more while it is gathering: gathering costs O(1), finishing
 * O(n log n), or O(n) if what was gathered is in order already. */
#ifndef TORC_TYPES_ZSET_GATHER_H
#define TORC_TYPES_ZSET_GATHER_H

#include "types/zset.h"

struct zset_gather {
    struct zset *zset;
    size_t longest_member;
    uint64_t member_bytes;
};

void zset_gather_init(struct zset_gather *gather);
/* Drops it all, unless it has been finished. */
void zset_gather_fini(struct zset_gather *gather, struct breath *breath);
uint64_t zset_gather_count(const struct zset_gather *gather);

/* The score of a member, to be read and written until it is finished; a new member gets `score`. */
struct zset_gathered {
    double *score;
    bool is_new;
};
struct zset_gathered zset_gather_at(struct zset_gather *gather, struct bytes member, double score);
bool zset_gather_has(const struct zset_gather *gather, struct bytes member);

/* As a sorted set, small or large as the limits say; without limits: large, and in it -0 stays. */
struct value zset_gather_finish(struct zset_gather *gather, const struct type_limits *limits,
                                struct breath *breath);

#endif
