/* store/store.h -- All slots, and what is the same for all of them. The struct itself is set up
 * before threads start and is then only read, except at a cut; each slot is its holder's. */
#ifndef TORC_STORE_STORE_H
#define TORC_STORE_STORE_H

#include "store/call_counters.h"
#include "store/change.h"
#include "store/slot.h"

struct store {
    struct slot slots[SLOT_COUNT];
    struct hash_key hash_key;
    uint32_t database_count;
    struct change_snapshot snapshot;
};

/* Some 1 MiB, touched page by page as slots are used. */
struct store *store_new(uint32_t database_count, struct hash_key hash_key);
void store_free(struct store *store); /* with all keys */

static inline uint64_t store_hash(const struct store *store, struct bytes key)
{
    return hash_keyed(&store->hash_key, key);
}

/* The memory that a lookup touches, one after the other, ahead of it: the slot, its bucket, the
 * entry. Each expects that the one before has arrived. */
static inline void store_prefetch_slot(const struct store *store, uint16_t slot)
{
    prefetch_line(&store->slots[slot]);
}

void store_prefetch_bucket(struct store *store, uint16_t slot, uint16_t db, uint64_t hash);
void store_prefetch_entry(struct store *store, uint16_t slot, uint16_t db, uint64_t hash);

/* O(slots), of numbers that other threads may be changing: for INFO, while holding what one wants
 * to be exact. */
struct store_figures {
    uint64_t keys, expires, buckets_bytes;
};
struct store_figures store_figures_of(struct store *store, uint16_t db);
uint64_t store_count_keys(struct store *store, uint16_t db);

#endif
