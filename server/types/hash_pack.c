#include "types/hash_pack.h"

#include "base/check.h"

static bool has_expiries(const struct value *hash)
{
    return hash->encoding == VALUE_LISTPACK_EXPIRING;
}

static unsigned step_of(const struct value *hash)
{
    return has_expiries(hash) ? HASH_PACK_STEP : HASH_PACK_STEP - 1;
}

uint32_t hash_pack_find(const struct value *hash, struct bytes field)
{
    return listpack_find(hash->pack, listpack_first(hash->pack), field, step_of(hash) - 1);
}

uint32_t hash_pack_read(const struct value *hash, uint32_t at, struct hash_pack_item *item)
{
    struct listpack_element expiry = {.integer = 0};
    at = listpack_read(hash->pack, at, &item->field);
    at = listpack_read(hash->pack, at, &item->value);
    if (has_expiries(hash)) at = listpack_read(hash->pack, at, &expiry);
    item->expiry_ms = expiry.integer ? expiry.integer : INT64_MAX;
    return at;
}

static struct listpack_element element_of(int64_t expiry_ms)
{
    if (expiry_ms == INT64_MAX) return listpack_integer(0);
    return listpack_integer(expiry_ms > 0 ? expiry_ms : 1);
}

/* The first field that expires later; 0: there is none. */
static uint32_t seek_later(const struct value *hash, int64_t expiry_ms)
{
    struct hash_pack_item item;
    uint32_t at = expiry_ms == INT64_MAX ? 0 : listpack_first(hash->pack);
    for (uint32_t next; at; at = next) {
        next = hash_pack_read(hash, at, &item);
        if (item.expiry_ms > expiry_ms) break;
    }
    return at;
}

static void insert(struct value *hash, const struct hash_entry *entry)
{
    struct listpack_element elements[HASH_PACK_STEP] = {
        listpack_string(entry->field), listpack_string(entry->value), element_of(entry->expiry_ms)};
    uint32_t at = has_expiries(hash) ? seek_later(hash, entry->expiry_ms) : 0;
    listpack_insert(&hash->pack, at, (struct listpack_elements){elements, step_of(hash)});
}

static void become_expiring(struct value *hash)
{
    struct listpack *pack = listpack_new();
    struct hash_pack_item item;
    for (uint32_t at = listpack_first(hash->pack); at;) {
        at = hash_pack_read(hash, at, &item);
        struct listpack_element elements[] = {item.field, item.value, element_of(INT64_MAX)};
        listpack_insert(&pack, 0, (struct listpack_elements){elements, HASH_PACK_STEP});
    }
    listpack_free(hash->pack);
    hash->pack = pack;
    hash->encoding = VALUE_LISTPACK_EXPIRING;
}

void hash_pack_put(struct value *hash, const struct hash_entry *entry, uint32_t at)
{
    struct hash_pack_item item;
    if (!has_expiries(hash) && entry->expiry_ms != INT64_MAX) {
        become_expiring(hash);
        at = at ? hash_pack_find(hash, entry->field) : 0;
    }
    if (at) hash_pack_read(hash, at, &item);
    if (at && item.expiry_ms == entry->expiry_ms) {
        uint32_t value_at = listpack_next(hash->pack, at);
        listpack_replace(&hash->pack, value_at, listpack_string(entry->value));
        return;
    }
    if (at) listpack_remove(&hash->pack, at, step_of(hash));
    insert(hash, entry);
}

bool hash_pack_remove(struct value *hash, struct bytes field, int64_t now_ms)
{
    uint32_t at = hash_pack_find(hash, field);
    struct hash_pack_item item;
    if (!at) return false;
    hash_pack_read(hash, at, &item);
    listpack_remove(&hash->pack, at, step_of(hash));
    return item.expiry_ms > now_ms;
}

int64_t hash_pack_next_expiry_ms(const struct value *hash)
{
    uint32_t at = has_expiries(hash) ? listpack_first(hash->pack) : 0;
    struct hash_pack_item item = {.expiry_ms = INT64_MAX};
    if (at) hash_pack_read(hash, at, &item);
    return item.expiry_ms;
}

uint32_t hash_pack_expire(struct value *hash, int64_t now_ms, uint32_t work)
{
    uint32_t count = 0, at = has_expiries(hash) ? listpack_first(hash->pack) : 0;
    struct hash_pack_item item;
    for (; at && count < work; count++) {
        at = hash_pack_read(hash, at, &item);
        if (item.expiry_ms > now_ms) break;
    }
    if (count) listpack_remove_range(&hash->pack, 0, count * HASH_PACK_STEP);
    return count;
}

void hash_pack_check(const struct value *hash)
{
    int64_t last_ms = 0;
    struct hash_pack_item item;
    listpack_check(hash->pack);
    ASSERT(listpack_count(hash->pack) % HASH_PACK_STEP == 0);
    for (uint32_t at = listpack_first(hash->pack); at; last_ms = item.expiry_ms) {
        at = hash_pack_read(hash, at, &item);
        ASSERT(item.expiry_ms > 0 && item.expiry_ms >= last_ms);
    }
}
