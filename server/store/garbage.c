#include "store/garbage.h"

#include "mem/mem.h"
#include "store/entry.h"

enum { FIRST_CAPACITY = 16 };

/* Room for one more item in an array that grows by doubling. */
static void *with_room(void *array, uint32_t count, uint32_t *capacity, size_t item_size)
{
    if (count < *capacity) return array;
    size_t old_len = *capacity * item_size;
    *capacity = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    return mem_resize(array, old_len, *capacity * item_size);
}

void garbage_take(struct garbage *garbage, struct database *database)
{
    if (!database->table.count) return;
    garbage->databases = with_room(garbage->databases, garbage->count, &garbage->capacity,
                                   sizeof *garbage->databases);
    garbage->databases[garbage->count++] = *database;
    garbage->keys += database->table.count;
    *database = (struct database){.expiry = NULL};
}

void garbage_take_value(struct garbage *garbage, struct value value)
{
    garbage->values = with_room(garbage->values, garbage->value_count, &garbage->value_capacity,
                                sizeof *garbage->values);
    garbage->values[garbage->value_count++] = value;
    garbage->keys++;
}

static void count_freed(struct garbage *garbage, uint64_t keys)
{
    garbage->keys -= keys;
    metric_add(&garbage->freed, (int64_t)keys);
}

static void free_values(struct garbage *garbage, uint64_t *work)
{
    while (garbage->value_count && *work) {
        struct value *last = &garbage->values[garbage->value_count - 1];
        if (!value_free_some(last, work)) continue;
        if (*work) --*work;
        garbage->value_count--;
        count_freed(garbage, 1);
    }
}

struct drained {
    struct garbage *garbage;
    uint64_t keys;
};

static void free_entry(void *context, void *item)
{
    struct drained *drained = context;
    drained->keys++;
    struct value value;
    if (entry_take_large(item, &value)) garbage_take_value(drained->garbage, value);
    entry_free(item);
}

static void free_databases(struct garbage *garbage, uint64_t *work)
{
    while (garbage->count && *work) {
        struct drained drained = {garbage, 0};
        struct database *last = &garbage->databases[garbage->count - 1];
        if (!table_drain(&last->table, free_entry, &drained)) {
            mintree_free(last->expiry);
            garbage->count--;
        }
        count_freed(garbage, drained.keys);
        *work -= drained.keys < *work ? drained.keys : *work;
    }
}

bool garbage_slice(struct garbage *garbage, uint64_t work)
{
    mem_use_small_pages(true); /* where most of a large value lies */
    free_values(garbage, &work);
    mem_use_small_pages(false);
    free_databases(garbage, &work);
    if (garbage->count || garbage->value_count) return true;
    mem_free(garbage->databases, garbage->capacity * sizeof *garbage->databases);
    mem_free(garbage->values, garbage->value_capacity * sizeof *garbage->values);
    garbage->databases = NULL;
    garbage->values = NULL;
    garbage->capacity = garbage->value_capacity = 0;
    return false;
}

void garbage_fini(struct garbage *garbage)
{
    while (garbage_slice(garbage, UINT64_MAX))
        ;
}
