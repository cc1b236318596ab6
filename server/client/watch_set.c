#include "client/watch_set.h"

#include "mem/mem.h"

static bool is_watched(const void *item, const void *wanted)
{
    const struct watch *watch = item;
    const struct place *place = wanted;
    return watch->db == place->db && bytes_equal(bytes_make(watch->key, watch->len), place->key);
}

static uint64_t hash_of_watch(void *context, const void *item)
{
    (void)context;
    return ((const struct watch *)item)->hash;
}

static const struct table_owner owner = {.hash = hash_of_watch};

struct watch *watch_set_add(struct watch_set **set, const struct place *place)
{
    if (!*set) *set = mem_alloc_zero(sizeof **set);
    struct table *by_key = &(*set)->by_key;
    if (table_find(by_key, place->hash, is_watched, place)) return NULL;
    struct watch *watch = watch_new(place);
    watch->next = (*set)->first;
    (*set)->first = watch;
    (*set)->bytes += mem_block_size(sizeof *watch + watch->len);
    table_insert(by_key, watch->hash, watch, &owner);
    return watch;
}

struct watch *watch_set_dissolve(struct watch_set *set)
{
    struct watch *first = set->first;
    table_fini(&set->by_key);
    mem_free(set, sizeof *set);
    return first;
}

uint32_t watch_set_count(const struct watch_set *set)
{
    return set ? (uint32_t)set->by_key.count : 0;
}

bool watch_set_is_dirty(const struct watch_set *set)
{
    for (const struct watch *at = set ? set->first : NULL; at; at = at->next)
        if (watch_is_dirty(at)) return true;
    return false;
}

size_t watch_set_bytes(const struct watch_set *set)
{
    return set ? set->bytes + table_block_size(&set->by_key) : 0;
}
