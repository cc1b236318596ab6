#include "store/store.h"

#include "mem/mem.h"
#include "store/garbage.h"
#include "store/interest.h"

struct store *store_new(uint32_t database_count, struct hash_key hash_key)
{
    struct store *store = mem_alloc_aligned(sizeof *store, 64);
    memset(store, 0, sizeof *store);
    store->hash_key = hash_key;
    store->database_count = database_count;
    return store;
}

void store_free(struct store *store)
{
    struct garbage garbage = {.keys = 0};
    for (uint32_t number = 0; number < SLOT_COUNT; number++) {
        struct slot *slot = &store->slots[number];
        for (uint32_t db = 0; db < slot_database_limit(slot); db++)
            garbage_take(&garbage, slot_find_database(slot, db));
        slot_trim(slot);
        interests_fini(slot);
        garbage_fini(&garbage);
    }
    mem_free_aligned(store, sizeof *store, 64);
}

void store_prefetch_bucket(struct store *store, uint16_t slot, uint16_t db, uint64_t hash)
{
    struct database *database = slot_find_database(&store->slots[slot], db);
    if (database) table_prefetch_bucket(&database->table, hash);
}

void store_prefetch_entry(struct store *store, uint16_t slot, uint16_t db, uint64_t hash)
{
    struct database *database = slot_find_database(&store->slots[slot], db);
    if (database) table_prefetch_item(&database->table, hash);
}

struct store_figures store_figures_of(struct store *store, uint16_t db)
{
    struct store_figures figures = {0, 0, 0};
    for (uint32_t number = 0; number < SLOT_COUNT; number++) {
        struct database *database = slot_find_database(&store->slots[number], db);
        if (!database || !database->table.count) continue;
        figures.keys += database->table.count;
        figures.expires += database->expiring_count;
        figures.buckets_bytes +=
            table_block_size(&database->table) + mintree_block_size(database->expiry);
    }
    return figures;
}

uint64_t store_count_keys(struct store *store, uint16_t db)
{
    uint64_t count = 0;
    for (uint32_t number = 0; number < SLOT_COUNT; number++) {
        struct database *database = slot_find_database(&store->slots[number], db);
        if (database) count += database->table.count;
    }
    return count;
}
