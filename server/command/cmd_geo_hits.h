/* command/cmd_geo_hits.h -- What a search for places has found, and the order in which it is told.
 */
#ifndef TORC_COMMAND_CMD_GEO_HITS_H
#define TORC_COMMAND_CMD_GEO_HITS_H

#include "base/breath.h"
#include "ds/ranking.h"
#include "mem/arena.h"

struct hit {
    double distance; /* metres */
    double score;
    struct bytes member; /* the set's, or in the call's scratch */
};

/* In blocks, as there may be millions: nothing large is ever moved. All in the call's scratch. */
enum { HITS_PER_BLOCK = 256 };

struct hits {
    struct hit **blocks;
    uint64_t count, block_room;
    struct ranked *order; /* of those that are told; NULL: as they were found */
    struct ranked *room;  /* where it stands */
    uint64_t room_count;
};

static inline const struct hit *hits_at(const struct hits *hits, uint64_t index)
{
    return &hits->blocks[index / HITS_PER_BLOCK][index % HITS_PER_BLOCK];
}

/* The one that is told at this place. */
static inline const struct hit *hits_told(const struct hits *hits, uint64_t index)
{
    return hits_at(hits, hits->order ? hits->order[index].index : index);
}

void hits_add(struct hits *hits, const struct hit *hit, struct arena *scratch);
/* The nearest `count` are told, or those furthest away; where two are equal, the one found first.
 * O(n) of those found; where few of many are told, O(n log count) at worst. */
void hits_order(struct hits *hits, uint64_t count, bool furthest, struct breath *breath);
void hits_fini(struct hits *hits);

#endif
