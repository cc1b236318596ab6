/* store/scan.h -- Walking through the keys of a database, slot by slot.
 * A cursor is the bucket cursor of a slot's table and the slot: bucket << 14 | slot. 0 begins, and
 * 0 comes back at the end. A key that is there all the time is visited at least once. */
#ifndef TORC_STORE_SCAN_H
#define TORC_STORE_SCAN_H

#include "base/random.h"
#include "store/keyspace.h"

static inline uint16_t scan_slot_of_cursor(uint64_t cursor)
{
    return cursor & (SLOT_COUNT - 1);
}

/* As redis-server reads it: decimal, signs and leading zeros allowed, nothing behind it. */
bool scan_parse_cursor(struct bytes text, uint64_t *cursor);

struct scan {
    struct store *store;
    uint16_t db;
    uint64_t keys_left;    /* go on until so many were visited ... */
    uint64_t buckets_left; /* ... or so many buckets; both are counted down */
    /* May this thread walk through that slot now? NULL: through all. The first one it may. */
    bool (*may_touch)(void *context, uint16_t slot);
    /* Keys may have expired; the store must not be changed from within. */
    void (*on_entry)(void *context, struct entry *entry);
    void *context;
};

/* Returns the cursor to go on with; 0: that was all. Keys and buckets left: it stopped before a
 * slot that it may not touch. */
uint64_t scan_step(struct scan *scan, uint64_t cursor);
/* Every key of the database in every slot. */
void scan_all(struct store *store, uint16_t db, table_visit *visit, void *context);
/* A random key, all nearly equally likely; `slot` tells where. NULL: there is none. O(slots). */
struct entry *scan_random(struct store *store, uint16_t db, struct random *random, uint16_t *slot);

#endif
