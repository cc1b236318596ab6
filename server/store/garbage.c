#include "store/garbage.h"

#include "mem/mem.h"
#include "store/entry.h"

void garbage_take(struct garbage *garbage, struct database *database)
{
    if (garbage->count == garbage->capacity) {
        uint32_t capacity = garbage->capacity ? garbage->capacity * 2 : 16;
        size_t old_len = garbage->capacity * sizeof(struct database);
        garbage->databases =
            mem_resize(garbage->databases, old_len, capacity * sizeof(struct database));
        garbage->capacity = capacity;
    }
    if (!database->table.count) return;
    garbage->databases[garbage->count++] = *database;
    garbage->keys += database->table.count;
    *database = (struct database){.expiry = NULL};
}

struct drained {
    uint64_t keys;
};

static void free_entry(void *context, void *item)
{
    struct drained *drained = context;
    drained->keys++;
    entry_free(item);
}

bool garbage_slice(struct garbage *garbage, uint64_t max_keys)
{
    struct drained drained = {0};
    while (garbage->count && drained.keys < max_keys) {
        struct database *last = &garbage->databases[garbage->count - 1];
        if (table_drain(&last->table, free_entry, &drained)) continue;
        mintree_free(last->expiry);
        garbage->count--;
    }
    garbage->keys -= drained.keys;
    metric_add(&garbage->freed, (int64_t)drained.keys);
    if (garbage->count) return true;
    mem_free(garbage->databases, garbage->capacity * sizeof(struct database));
    garbage->databases = NULL;
    garbage->capacity = 0;
    return false;
}

void garbage_fini(struct garbage *garbage)
{
    while (garbage_slice(garbage, UINT64_MAX))
        ;
}
