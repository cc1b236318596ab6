/* command/cmd_zset_source.h -- What ZUNION and its relatives read: sorted sets, and sets, whose
 * members all have the score 1. */
#ifndef TORC_COMMAND_CMD_ZSET_SOURCE_H
#define TORC_COMMAND_CMD_ZSET_SOURCE_H

#include "command/cmd_zset_parts.h"
#include "types/set.h"

struct zset_source {
    struct value value; /* borrowed; of a key that is not there, an empty sorted set */
    double weight;
};

/* false: it is neither. */
bool zset_source_read(struct call *call, uint32_t index, struct zset_source *source);

static inline uint64_t zset_source_count(const struct zset_source *source)
{
    return value_count(&source->value);
}

bool zset_source_find(const struct zset_source *source, struct bytes member, double *score);

struct zset_source_cursor {
    const struct zset_source *source;
    union {
        struct zset_cursor zset;
        struct set_cursor set;
    };
};

void zset_source_begin(struct zset_source_cursor *cursor, const struct zset_source *source);
bool zset_source_next(struct zset_source_cursor *cursor, struct zset_element *element);

#endif
