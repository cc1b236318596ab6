/* ds/table_cursor.h -- All items of a table, one after the other, in the order of its buckets,
 * each asked for a bucket ahead of its use. The table must not change meanwhile; for walks that
 * outlive changes there is table_scan(). */
#ifndef TORC_DS_TABLE_CURSOR_H
#define TORC_DS_TABLE_CURSOR_H

#include "ds/table.h"

struct table_cursor {
    const struct table *table;
    const struct table_bucket *bucket; /* the one, perhaps chained, that `lanes` are of */
    uint32_t next;                     /* bucket that is entered next */
    unsigned lanes;                    /* that are still to come */
};

static inline void table_begin(struct table_cursor *cursor, const struct table *table)
{
    *cursor = (struct table_cursor){.table = table};
}

static inline unsigned table_lanes_used(const struct table_bucket *bucket)
{
    unsigned lanes = bucket->meta & TABLE_CHAINED ? TABLE_LANES - 1 : TABLE_LANES;
    return ~table_lanes_with(bucket, 0) & ((1u << lanes) - 1);
}

static inline void table_prefetch_lanes(const struct table_bucket *bucket)
{
    for (unsigned lanes = table_lanes_used(bucket); lanes; lanes &= lanes - 1)
        prefetch_line(table_lane(bucket, (unsigned)__builtin_ctz(lanes)));
}

/* false: there is no further bucket. */
static inline bool table_enter(struct table_cursor *cursor)
{
    const struct table *table = cursor->table;
    cursor->bucket = cursor->bucket ? table_next_of_chain(cursor->bucket) : NULL;
    if (!cursor->bucket) {
        if (cursor->next >= table->bucket_count) return false;
        cursor->bucket = table_bucket_at(table, cursor->next++);
        if (cursor->next < table->bucket_count)
            table_prefetch_lanes(table_bucket_at(table, cursor->next));
    }
    cursor->lanes = table_lanes_used(cursor->bucket);
    return true;
}

/* NULL: that was all. */
static inline void *table_next(struct table_cursor *cursor)
{
    while (!cursor->lanes)
        if (!table_enter(cursor)) return NULL;
    unsigned lane = (unsigned)__builtin_ctz(cursor->lanes);
    cursor->lanes &= cursor->lanes - 1;
    return table_lane(cursor->bucket, lane);
}

#endif
