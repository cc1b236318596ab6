#include "types/hash_table.h"

#include "base/check.h"
#include "mem/mem.h"
#include "types/item.h"

enum {
    EXPIRES = 0x80,   /* of an item's first byte */
    LONG_FIELD = 127, /* its other bits: a length of 32 bits follows */
    DUE_MAX = 64,     /* fields of a bucket that are removed in one visit */
    BYTES_A_UNIT = 64,
};

/* Items. */

static size_t head_room(const struct hash_entry *entry)
{
    size_t room = entry->field.len < LONG_FIELD ? 1 : 1 + sizeof(uint32_t);
    return entry->expiry_ms == INT64_MAX ? room : room + sizeof(int64_t);
}

static size_t size_of(const struct hash_entry *entry)
{
    return head_room(entry) + entry->field.len + item_room(entry->value.len);
}

/* All but the value; returns where that goes. */
static uint8_t *write_field(uint8_t *item, const struct hash_entry *entry)
{
    struct bytes field = entry->field;
    bool is_long = field.len >= LONG_FIELD, expires = entry->expiry_ms != INT64_MAX;
    uint32_t len = (uint32_t)field.len;
    *item++ = (uint8_t)((expires ? EXPIRES : 0) | (is_long ? LONG_FIELD : len));
    if (is_long) memcpy(item, &len, sizeof len);
    item += is_long ? sizeof len : 0;
    if (expires) memcpy(item, &entry->expiry_ms, sizeof entry->expiry_ms);
    item += expires ? sizeof entry->expiry_ms : 0;
    if (field.len) memcpy(item, field.ptr, field.len);
    return item + field.len;
}

struct hash_entry hash_table_read(const void *item)
{
    const uint8_t *ptr = item;
    struct hash_entry entry = {.expiry_ms = INT64_MAX};
    bool expires = *ptr & EXPIRES;
    uint32_t len = *ptr++ & LONG_FIELD;
    if (len == LONG_FIELD) {
        memcpy(&len, ptr, sizeof len);
        ptr += sizeof len;
    }
    if (expires) {
        memcpy(&entry.expiry_ms, ptr, sizeof entry.expiry_ms);
        ptr += sizeof entry.expiry_ms;
    }
    entry.field = bytes_make(ptr, len);
    entry.value = item_read(ptr + len);
    return entry;
}

/* Asks for the whole block that the allocator uses anyway, so that a value may grow in it. */
static uint8_t *item_new(struct hash *hash, const struct hash_entry *entry)
{
    size_t size = mem_block_size(size_of(entry));
    uint8_t *item = mem_alloc(size);
    item_write(write_field(item, entry), entry->value);
    hash->item_bytes += size;
    return item;
}

static void item_free(struct hash *hash, void *item)
{
    struct hash_entry entry = hash_table_read(item);
    size_t size = mem_block_size(size_of(&entry));
    hash->item_bytes -= size;
    mem_free(item, size);
}

/* The table's view of its owner. */

static uint64_t hash_item(void *context, const void *item)
{
    return hash_keyed(&((const struct hash *)context)->hash_key, hash_table_read(item).field);
}

static void on_split(void *context, uint32_t from, uint32_t to)
{
    struct hash *hash = context;
    (void)to;
    if (hash->expiry) hash->expiry = mintree_push(hash->expiry, mintree_at(hash->expiry, from));
}

static void on_merge(void *context, uint32_t from, uint32_t to)
{
    struct hash *hash = context;
    if (!hash->expiry) return;
    mintree_lower(hash->expiry, to, mintree_at(hash->expiry, from));
    hash->expiry = mintree_pop(hash->expiry);
}

static struct table_owner owner_of(struct hash *hash)
{
    return (struct table_owner){hash_item, on_split, on_merge, hash, 0};
}

static bool match(const void *item, const void *key)
{
    return bytes_equal(hash_table_read(item).field, *(const struct bytes *)key);
}

/* A field's expiry has become another one; INT64_MAX: there is none, or no such field. */
static void note_expiry(struct hash *hash, uint64_t hash_of_field, int64_t old_ms, int64_t new_ms)
{
    if (old_ms == new_ms) return;
    if (old_ms == INT64_MAX) hash->expiring_count++;
    if (new_ms != INT64_MAX) {
        if (!hash->expiry) hash->expiry = mintree_new(hash->table.bucket_count);
        mintree_lower(hash->expiry, table_index(&hash->table, hash_of_field), new_ms);
    } else if (--hash->expiring_count == 0) {
        mintree_free(hash->expiry);
        hash->expiry = NULL;
    }
}

struct hash *hash_table_new(struct hash_key hash_key)
{
    struct hash *hash = mem_alloc_zero(sizeof *hash);
    hash->hash_key = hash_key;
    return hash;
}

void *hash_table_find(const struct hash *hash, struct bytes field)
{
    return table_find(&hash->table, hash_keyed(&hash->hash_key, field), match, &field);
}

void hash_table_insert(struct hash *hash, const struct hash_entry *entry)
{
    uint64_t hash_of_field = hash_keyed(&hash->hash_key, entry->field);
    struct table_owner owner = owner_of(hash);
    table_insert(&hash->table, hash_of_field, item_new(hash, entry), &owner);
    note_expiry(hash, hash_of_field, INT64_MAX, entry->expiry_ms);
}

/* In place, if all that changes fits: field and, if any, expiry stay where they are. */
static bool rewrite_in_place(uint8_t *item, const struct hash_entry *old,
                             const struct hash_entry *entry)
{
    size_t old_size = size_of(old), size = size_of(entry);
    bool fits = head_room(old) == head_room(entry) &&
                (old_size == size || mem_block_size(old_size) == mem_block_size(size));
    if (!fits) return false;
    uint8_t *field = item + head_room(old);
    if (entry->expiry_ms != INT64_MAX) /* it stands right before the field */
        memcpy(field - sizeof(int64_t), &entry->expiry_ms, sizeof(int64_t));
    item_write(field + old->field.len, entry->value);
    return true;
}

void hash_table_rewrite(struct hash *hash, void *item, const struct hash_entry *entry)
{
    struct hash_entry old = hash_table_read(item);
    uint64_t hash_of_field = hash_keyed(&hash->hash_key, old.field);
    if (!rewrite_in_place(item, &old, entry)) {
        table_replace(&hash->table, hash_of_field, item, item_new(hash, entry));
        item_free(hash, item);
    }
    note_expiry(hash, hash_of_field, old.expiry_ms, entry->expiry_ms);
}

void hash_table_remove(struct hash *hash, void *item)
{
    struct hash_entry entry = hash_table_read(item);
    uint64_t hash_of_field = hash_keyed(&hash->hash_key, entry.field);
    struct table_owner owner = owner_of(hash);
    note_expiry(hash, hash_of_field, entry.expiry_ms, INT64_MAX);
    table_remove(&hash->table, hash_of_field, item, &owner);
    item_free(hash, item);
}

/* Expiry. */

struct found {
    int64_t now_ms;
    int64_t rest_ms; /* the earliest expiry of what is not in `due` */
    uint32_t count;
    void *due[DUE_MAX];
};

static void look_at(void *context, void *item)
{
    struct found *found = context;
    int64_t expiry_ms = hash_table_read(item).expiry_ms;
    if (expiry_ms <= found->now_ms && found->count < DUE_MAX)
        found->due[found->count++] = item;
    else if (expiry_ms < found->rest_ms)
        found->rest_ms = expiry_ms;
}

uint32_t hash_table_expire(struct hash *hash, int64_t now_ms, uint32_t work)
{
    uint32_t gone = 0, visits = 0;
    while (hash->expiry && mintree_least(hash->expiry) <= now_ms && gone + visits < work) {
        uint32_t bucket = mintree_least_index(hash->expiry);
        struct found found = {.now_ms = now_ms, .rest_ms = INT64_MAX, .count = 0};
        table_visit_bucket(&hash->table, bucket, look_at, &found);
        mintree_set(hash->expiry, bucket, found.rest_ms);
        for (uint32_t i = 0; i < found.count; i++)
            hash_table_remove(hash, found.due[i]);
        gone += found.count;
        visits++;
    }
    return gone;
}

/* What is common to all types. */

uint64_t hash_object_count(const void *object)
{
    return ((const struct hash *)object)->table.count;
}

struct freed {
    struct hash *hash;
    uint64_t work;
};

static void free_item(void *context, void *item)
{
    struct freed *freed = context;
    item_free(freed->hash, item);
    freed->work++;
}

bool hash_object_free_some(void *object, uint64_t *work)
{
    struct hash *hash = object;
    struct freed freed = {hash, 0};
    if (hash->expiry) mintree_free(hash->expiry);
    hash->expiry = NULL;
    while (freed.work < *work) {
        if (table_drain(&hash->table, free_item, &freed)) continue;
        *work -= freed.work;
        mem_free(hash, sizeof *hash);
        return true;
    }
    *work = 0;
    return false;
}

void *hash_object_copy(const void *object, struct breath *breath)
{
    const struct hash *hash = object;
    struct hash *copy = hash_table_new(hash->hash_key);
    struct table_cursor cursor;
    table_begin(&cursor, &hash->table);
    for (const void *item; (item = table_next(&cursor));) {
        struct hash_entry entry = hash_table_read(item);
        hash_table_insert(copy, &entry);
        breathe(breath, 4 + (entry.field.len + entry.value.len) / BYTES_A_UNIT);
    }
    return copy;
}

size_t hash_object_block_size(const void *object)
{
    const struct hash *hash = object;
    size_t size = mem_block_size(sizeof *hash) + table_block_size(&hash->table);
    if (hash->expiry) size += mintree_block_size(hash->expiry);
    return size + hash->item_bytes;
}

struct checked {
    const struct hash *hash;
    uint32_t bucket;
    uint64_t count, expiring, bytes;
};

static void check_item(void *context, void *item)
{
    struct checked *checked = context;
    struct hash_entry entry = hash_table_read(item);
    ASSERT(hash_table_find(checked->hash, entry.field) == item);
    checked->count++;
    checked->bytes += mem_block_size(size_of(&entry));
    if (entry.expiry_ms == INT64_MAX) return;
    checked->expiring++;
    ASSERT(mintree_at(checked->hash->expiry, checked->bucket) <= entry.expiry_ms);
}

void hash_object_check(const void *object)
{
    const struct hash *hash = object;
    struct table_owner owner = owner_of((struct hash *)hash);
    struct checked checked = {.hash = hash};
    table_check(&hash->table, &owner);
    for (; checked.bucket < hash->table.bucket_count; checked.bucket++)
        table_visit_bucket(&hash->table, checked.bucket, check_item, &checked);
    ASSERT(checked.count == hash->table.count && checked.bytes == hash->item_bytes);
    ASSERT(checked.expiring == hash->expiring_count);
    ASSERT((hash->expiring_count > 0) == (hash->expiry != NULL));
    if (!hash->expiry) return;
    ASSERT(mintree_count(hash->expiry) == hash->table.bucket_count);
    mintree_check(hash->expiry);
}
