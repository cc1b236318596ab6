#include "types/hash.h"

#include "base/check.h"
#include "mem/buf.h"
#include "types/hash_pack.h"
#include "types/hash_table.h"

enum {
    BYTES_A_UNIT = 64,
    ENTRY_OVERHEAD_MAX = 10, /* of a listpack's entry */
    EXPIRY_ROOM_MAX = 11,    /* an expiry in a listpack; if there is none, NO_EXPIRY_ROOM */
    NO_EXPIRY_ROOM = 2,
};

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

static bool get_from_table(const struct value *hash, struct bytes field, struct hash_found *found)
{
    const void *item = hash_table_find(hash->hash, field);
    if (!item) return false;
    struct hash_entry entry = hash_table_read(item);
    found->value = entry.value;
    found->expiry_ms = entry.expiry_ms;
    return true;
}

static bool get_from_pack(const struct value *hash, struct bytes field, struct hash_found *found)
{
    uint32_t at = hash_pack_find(hash, field);
    struct hash_pack_item item;
    if (!at) return false;
    hash_pack_read(hash, at, &item);
    found->value = listpack_text(&item.value, found->digits);
    found->expiry_ms = item.expiry_ms;
    return true;
}

bool hash_get(const struct value *hash, struct bytes field, int64_t now_ms,
              struct hash_found *found)
{
    bool is_found = hash->encoding == VALUE_OBJECT ? get_from_table(hash, field, found)
                                                   : get_from_pack(hash, field, found);
    return is_found && found->expiry_ms > now_ms;
}

/* May this be set in a listpack, in which the field stands at `at`, or not if that is 0? */
static bool fits_pack(const struct value *hash, const struct hash_entry *entry, uint32_t at,
                      const struct type_limits *limits)
{
    uint64_t len_max = (uint64_t)limits->hash_max_listpack_value, count = value_count(hash);
    if (entry->field.len > len_max || entry->value.len > len_max) return false;
    size_t more = entry->field.len + entry->value.len + (size_t)2 * ENTRY_OVERHEAD_MAX;
    if (hash->encoding == VALUE_LISTPACK && entry->expiry_ms != INT64_MAX)
        more += count * NO_EXPIRY_ROOM; /* for all others may get one, too */
    if (!listpack_fits(hash->pack, more + EXPIRY_ROOM_MAX)) return false;
    return at || count < (uint64_t)limits->hash_max_listpack_entries;
}

static bool set_in_pack(struct value *hash, const struct hash_entry *entry, uint32_t at,
                        int64_t now_ms)
{
    struct hash_entry set = *entry;
    struct hash_pack_item item = {.expiry_ms = INT64_MAX};
    if (at) hash_pack_read(hash, at, &item);
    bool is_there = at && item.expiry_ms > now_ms;
    if (set.expiry_ms == HASH_KEEP_EXPIRY) set.expiry_ms = is_there ? item.expiry_ms : INT64_MAX;
    hash_pack_put(hash, &set, at);
    return !is_there;
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
    uint32_t at = hash_pack_find(hash, entry->field);
    if (fits_pack(hash, entry, at, limits)) return set_in_pack(hash, entry, at, now_ms);
    become_table(hash, limits);
    return set_in_table(hash->hash, entry, now_ms);
}

bool hash_remove(struct value *hash, struct bytes field, int64_t now_ms)
{
    if (hash->encoding != VALUE_OBJECT) return hash_pack_remove(hash, field, now_ms);
    void *item = hash_table_find(hash->hash, field);
    if (!item) return false;
    bool is_there = hash_table_read(item).expiry_ms > now_ms;
    hash_table_remove(hash->hash, item);
    return is_there;
}

static void set_expiry_in_table(struct hash *hash, struct bytes field, int64_t expiry_ms)
{
    void *item = hash_table_find(hash, field);
    ASSERT(item);
    struct hash_entry entry = hash_table_read(item);
    entry.expiry_ms = expiry_ms;
    hash_table_rewrite(hash, item, &entry);
}

/* The value moves with the expiry, so it is kept apart meanwhile. */
static void set_expiry_in_pack(struct value *hash, struct bytes field, int64_t expiry_ms,
                               const struct type_limits *limits)
{
    struct hash_found found;
    struct buf value = {0};
    bool is_found = get_from_pack(hash, field, &found);
    ASSERT(is_found);
    buf_append(&value, found.value);
    struct hash_entry entry = {field, buf_view(&value), expiry_ms};
    hash_set(hash, &entry, INT64_MIN, limits);
    buf_fini(&value);
}

void hash_set_expiry(struct value *hash, struct bytes field, int64_t expiry_ms,
                     const struct type_limits *limits)
{
    if (hash->encoding == VALUE_OBJECT)
        set_expiry_in_table(hash->hash, field, expiry_ms);
    else if (hash->encoding == VALUE_LISTPACK_EXPIRING || expiry_ms != INT64_MAX)
        set_expiry_in_pack(hash, field, expiry_ms, limits);
}

int64_t hash_next_expiry_ms(const struct value *hash)
{
    if (hash->encoding != VALUE_OBJECT) return hash_pack_next_expiry_ms(hash);
    return hash->hash->expiry ? mintree_least(hash->hash->expiry) : INT64_MAX;
}

uint32_t hash_expire(struct value *hash, int64_t now_ms, uint32_t work)
{
    return hash->encoding == VALUE_OBJECT ? hash_table_expire(hash->hash, now_ms, work)
                                          : hash_pack_expire(hash, now_ms, work);
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

static bool next_of_pack(struct hash_cursor *cursor, struct hash_entry *entry)
{
    struct hash_pack_item item;
    while (cursor->at) {
        cursor->at = hash_pack_read(cursor->hash, cursor->at, &item);
        if (item.expiry_ms <= cursor->now_ms) continue;
        entry->field = listpack_text(&item.field, cursor->digits[0]);
        entry->value = listpack_text(&item.value, cursor->digits[1]);
        entry->expiry_ms = item.expiry_ms;
        return true;
    }
    return false;
}

bool hash_next(struct hash_cursor *cursor, struct hash_entry *entry)
{
    return cursor->hash->encoding == VALUE_OBJECT ? next_of_table(cursor, entry)
                                                  : next_of_pack(cursor, entry);
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
