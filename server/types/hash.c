#include "types/hash.h"

#include "base/check.h"
#include "types/hash_table.h"

enum { BYTES_A_UNIT = 64, ENTRY_OVERHEAD_MAX = 10 /* of a listpack's entry */ };

static uint32_t find_in_pack(const struct value *hash, struct bytes field)
{
    return listpack_find(hash->pack, listpack_first(hash->pack), field, 1);
}

static void become_table(struct value *hash, const struct type_limits *limits)
{
    struct value form = {.type = VALUE_HASH, .encoding = VALUE_OBJECT};
    form.hash = hash_table_new(limits->hash_key);
    struct hash_cursor cursor;
    struct hash_entry entry;
    hash_begin(&cursor, hash, INT64_MIN);
    while (hash_next(&cursor, &entry))
        hash_table_insert(form.hash, &entry);
    value_free(hash);
    *hash = form;
}

bool hash_get(const struct value *hash, struct bytes field, int64_t now_ms,
              struct hash_found *found)
{
    if (hash->encoding == VALUE_OBJECT) {
        const void *item = hash_table_find(hash->hash, field);
        if (!item) return false;
        struct hash_entry entry = hash_table_read(item);
        found->value = entry.value;
        found->expiry_ms = entry.expiry_ms;
        return entry.expiry_ms > now_ms;
    }
    uint32_t at = find_in_pack(hash, field);
    if (!at) return false;
    struct listpack_element element = listpack_get(hash->pack, listpack_next(hash->pack, at));
    found->value = listpack_text(&element, found->digits);
    found->expiry_ms = INT64_MAX;
    return true;
}

/* May this be set in a listpack, in which the field stands at `at`, or not if that is 0? */
static bool fits_pack(const struct value *hash, const struct hash_entry *entry, uint32_t at,
                      const struct type_limits *limits)
{
    uint64_t len_max = (uint64_t)limits->hash_max_listpack_value;
    if (entry->expiry_ms != INT64_MAX && entry->expiry_ms != HASH_KEEP_EXPIRY) return false;
    if (entry->field.len > len_max || entry->value.len > len_max) return false;
    size_t more = entry->field.len + entry->value.len + (size_t)2 * ENTRY_OVERHEAD_MAX;
    if (!listpack_fits(hash->pack, more)) return false;
    return at || listpack_count(hash->pack) / 2 < (uint64_t)limits->hash_max_listpack_entries;
}

static void put_into_pack(struct value *hash, const struct hash_entry *entry, uint32_t at)
{
    struct listpack_element pair[2] = {listpack_string(entry->field),
                                       listpack_string(entry->value)};
    if (at)
        listpack_replace(&hash->pack, listpack_next(hash->pack, at), pair[1]);
    else
        listpack_insert(&hash->pack, 0, (struct listpack_elements){pair, 2});
}

static bool set_in_table(struct hash *hash, const struct hash_entry *entry, int64_t now_ms)
{
    struct hash_entry set = *entry;
    void *item = hash_table_find(hash, entry->field);
    int64_t old_ms = item ? hash_table_read(item).expiry_ms : INT64_MAX;
    bool is_there = item && old_ms > now_ms;
    if (set.expiry_ms == HASH_KEEP_EXPIRY) set.expiry_ms = is_there ? old_ms : INT64_MAX;
    if (item)
        hash_table_rewrite(hash, item, &set);
    else
        hash_table_insert(hash, &set);
    return !is_there;
}

bool hash_set(struct value *hash, const struct hash_entry *entry, int64_t now_ms,
              const struct type_limits *limits)
{
    if (hash->encoding == VALUE_OBJECT) return set_in_table(hash->hash, entry, now_ms);
    uint32_t at = find_in_pack(hash, entry->field);
    if (fits_pack(hash, entry, at, limits)) {
        put_into_pack(hash, entry, at);
        return !at;
    }
    become_table(hash, limits);
    return set_in_table(hash->hash, entry, now_ms);
}

bool hash_remove(struct value *hash, struct bytes field, int64_t now_ms)
{
    if (hash->encoding == VALUE_OBJECT) {
        void *item = hash_table_find(hash->hash, field);
        if (!item) return false;
        bool is_there = hash_table_read(item).expiry_ms > now_ms;
        hash_table_remove(hash->hash, item);
        return is_there;
    }
    uint32_t at = find_in_pack(hash, field);
    return at && listpack_remove(&hash->pack, at, 2);
}

void hash_set_expiry(struct value *hash, struct bytes field, int64_t expiry_ms,
                     const struct type_limits *limits)
{
    if (hash->encoding == VALUE_LISTPACK && expiry_ms == INT64_MAX) return;
    if (hash->encoding == VALUE_LISTPACK) become_table(hash, limits);
    void *item = hash_table_find(hash->hash, field);
    ASSERT(item);
    struct hash_entry entry = hash_table_read(item);
    entry.expiry_ms = expiry_ms;
    hash_table_rewrite(hash->hash, item, &entry);
}

int64_t hash_next_expiry_ms(const struct value *hash)
{
    if (hash->encoding != VALUE_OBJECT || !hash->hash->expiry) return INT64_MAX;
    return mintree_least(hash->hash->expiry);
}

uint32_t hash_expire(struct value *hash, int64_t now_ms, uint32_t work)
{
    return hash->encoding == VALUE_OBJECT ? hash_table_expire(hash->hash, now_ms, work) : 0;
}

void hash_begin(struct hash_cursor *cursor, const struct value *hash, int64_t now_ms)
{
    cursor->hash = hash;
    cursor->now_ms = now_ms;
    if (hash->encoding == VALUE_OBJECT)
        table_begin(&cursor->table, &hash->hash->table);
    else
        cursor->at = listpack_first(hash->pack);
}

static bool next_of_table(struct hash_cursor *cursor, struct hash_entry *entry)
{
    for (const void *item; (item = table_next(&cursor->table));) {
        *entry = hash_table_read(item);
        if (entry->expiry_ms > cursor->now_ms) return true;
    }
    return false;
}

bool hash_next(struct hash_cursor *cursor, struct hash_entry *entry)
{
    if (cursor->hash->encoding == VALUE_OBJECT) return next_of_table(cursor, entry);
    if (!cursor->at) return false;
    struct listpack_element field, value;
    cursor->at = listpack_read(cursor->hash->pack, cursor->at, &field);
    cursor->at = listpack_read(cursor->hash->pack, cursor->at, &value);
    entry->field = listpack_text(&field, cursor->digits[0]);
    entry->value = listpack_text(&value, cursor->digits[1]);
    entry->expiry_ms = INT64_MAX;
    return true;
}

struct hash_entry hash_random(const struct value *hash, struct random *random)
{
    return hash_table_read(table_random(&hash->hash->table, random));
}

struct scanned {
    int64_t now_ms;
    hash_visit *visit;
    void *context;
};

static void visit_item(void *context, void *item)
{
    const struct scanned *scanned = context;
    struct hash_entry entry = hash_table_read(item);
    if (entry.expiry_ms > scanned->now_ms) scanned->visit(scanned->context, &entry);
}

uint32_t hash_scan(const struct value *hash, uint32_t cursor, int64_t now_ms, hash_visit *visit,
                   void *context)
{
    if (hash->encoding == VALUE_OBJECT) {
        struct scanned scanned = {now_ms, visit, context};
        return table_scan(&hash->hash->table, cursor, visit_item, &scanned);
    }
    struct hash_cursor all;
    struct hash_entry entry;
    hash_begin(&all, hash, now_ms);
    while (hash_next(&all, &entry))
        visit(context, &entry);
    return 0;
}

uint64_t hash_work(const struct value *hash)
{
    if (hash->encoding == VALUE_OBJECT)
        return hash->hash->table.count + hash->hash->item_bytes / BYTES_A_UNIT;
    return value_count(hash) + listpack_view(hash->pack).len / BYTES_A_UNIT;
}
