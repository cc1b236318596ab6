#include "types/hash_table.h"
#include "types/rdb_block.h"

enum { BYTES_A_UNIT = 64 };

static void digest_hash(const struct value *hash, struct digest *digest)
{
    struct hash_cursor cursor;
    struct hash_entry entry;
    hash_begin(&cursor, hash, INT64_MIN);
    while (hash_next(&cursor, &entry)) {
        struct digest part = {{0}};
        digest_next(&part, entry.field);
        digest_next(&part, entry.value);
        digest_join(digest, &part);
    }
}

/* 0: it does not expire; else the time behind the least one, and 1. */
static uint64_t relative_expiry(const struct hash_entry *entry, int64_t least_ms)
{
    if (entry->expiry_ms == INT64_MAX) return 0;
    return (uint64_t)(entry->expiry_ms - least_ms) + 1;
}

static void dump_fields(const struct value *hash, struct buf *out, struct breath *breath)
{
    int64_t least_ms = hash_next_expiry_ms(hash);
    bool expires = least_ms != INT64_MAX;
    rdb_write_byte(out, expires ? RDB_HASH_EXPIRING : RDB_HASH);
    if (expires) rdb_write_ms(out, least_ms);
    rdb_write_length(out, value_count(hash));
    struct hash_cursor cursor;
    struct hash_entry entry;
    hash_begin(&cursor, hash, INT64_MIN);
    while (hash_next(&cursor, &entry)) {
        if (expires) rdb_write_length(out, relative_expiry(&entry, least_ms));
        rdb_write_string(out, entry.field);
        rdb_write_string(out, entry.value);
        breathe(breath, 2 + (entry.field.len + entry.value.len) / BYTES_A_UNIT);
    }
}

/* With expiries it is a type that redis-server knows from 7.4 on, for version 10 has none; without,
 * one that all know. */
static void dump(const struct value *hash, struct buf *out, struct breath *breath)
{
    int64_t least_ms = hash_next_expiry_ms(hash);
    bool is_small = hash->encoding == VALUE_LISTPACK;
    bool is_small_expiring = hash->encoding == VALUE_LISTPACK_EXPIRING && least_ms != INT64_MAX;
    if (!is_small && !is_small_expiring) {
        dump_fields(hash, out, breath);
        return;
    }
    rdb_write_byte(out, is_small ? RDB_HASH_LISTPACK : RDB_HASH_LISTPACK_EXPIRING);
    if (is_small_expiring) rdb_write_ms(out, least_ms);
    rdb_write_string(out, listpack_view(hash->pack));
}

/* Restoring: fields are set one by one, so that they get the form that our settings want, and one
 * that comes twice is noticed. */

enum { PARTS_MAX = 3 };

struct restored {
    struct value *hash;
    const struct type_limits *limits;
    struct breath *breath;
    /* Of a block: the elements of a field, which are 2, or 3 with its expiry. */
    unsigned parts, part_count;
    struct bytes part[PARTS_MAX];
    char digits[PARTS_MAX][NUMBER_INT_MAX];
};

static bool add(const struct restored *restored, const struct hash_entry *entry)
{
    struct value *hash = restored->hash;
    if (entry->expiry_ms < 0) return false;
    breathe(restored->breath, hash_is_large(hash) ? 4 : 4 + value_count(hash) / 8);
    return hash_set(hash, entry, INT64_MIN, restored->limits);
}

/* What stands before a field: how far its expiry is behind the least one. */
static bool read_relative(struct rdb_reader *reader, int64_t least_ms, int64_t *expiry_ms)
{
    uint64_t behind;
    *expiry_ms = INT64_MAX;
    if (!rdb_read_length(reader, &behind)) return false;
    if (!behind) return true;
    if (least_ms < 0 || behind > (uint64_t)(INT64_MAX - least_ms)) return false;
    *expiry_ms = least_ms + (int64_t)(behind - 1);
    return true;
}

static bool read_absolute(struct rdb_reader *reader, int64_t *expiry_ms)
{
    if (!rdb_read_ms(reader, expiry_ms)) return false;
    if (*expiry_ms == -1) *expiry_ms = INT64_MAX;
    return true;
}

static bool restore_field(const struct restored *restored, struct rdb_reader *reader,
                          uint8_t rdb_type, int64_t least_ms)
{
    struct rdb_string field, value;
    struct hash_entry entry = {.expiry_ms = INT64_MAX};
    if (rdb_type == RDB_HASH_EXPIRING && !read_relative(reader, least_ms, &entry.expiry_ms))
        return false;
    if (!rdb_read_string(reader, &field)) return false;
    bool ok = rdb_read_string(reader, &value);
    if (ok) {
        entry.field = rdb_string_view(&field);
        entry.value = rdb_string_view(&value);
        if (rdb_type == RDB_HASH_2) ok = read_absolute(reader, &entry.expiry_ms);
        ok = ok && add(restored, &entry);
        rdb_string_drop(&value);
    }
    rdb_string_drop(&field);
    return ok;
}

static bool restore_fields(const struct restored *restored, struct rdb_reader *reader,
                           uint8_t rdb_type)
{
    int64_t least_ms = 0;
    uint64_t count;
    if (rdb_type == RDB_HASH_EXPIRING && !rdb_read_ms(reader, &least_ms)) return false;
    if (!rdb_read_length(reader, &count) || !count) return false;
    for (; count; count--)
        if (!restore_field(restored, reader, rdb_type, least_ms)) return false;
    return true;
}

static bool add_parts(const struct restored *restored)
{
    struct hash_entry entry = {restored->part[0], restored->part[1], INT64_MAX};
    if (restored->parts == PARTS_MAX) {
        if (!number_parse_int(restored->part[2], &entry.expiry_ms)) return false;
        if (!entry.expiry_ms) entry.expiry_ms = INT64_MAX;
    }
    return add(restored, &entry);
}

static bool visit(void *context, const struct listpack_element *element)
{
    struct restored *restored = context;
    unsigned part = restored->part_count++;
    restored->part[part] = listpack_text(element, restored->digits[part]);
    if (restored->part_count < restored->parts) return true;
    restored->part_count = 0;
    return add_parts(restored);
}

static bool restore_block(struct restored *restored, struct rdb_reader *reader, uint8_t rdb_type)
{
    enum rdb_block kind = rdb_type == RDB_HASH_ZIPMAP    ? RDB_BLOCK_ZIPMAP
                          : rdb_type == RDB_HASH_ZIPLIST ? RDB_BLOCK_ZIPLIST
                                                         : RDB_BLOCK_LISTPACK;
    int64_t least_ms;
    restored->parts = rdb_type == RDB_HASH_LISTPACK_EXPIRING ? 3 : 2;
    if (restored->parts == 3 && !rdb_read_ms(reader, &least_ms)) return false;
    return rdb_read_block(reader, kind, visit, restored) && !restored->part_count &&
           !value_is_empty(restored->hash);
}

static bool restore(struct value *hash, struct rdb_reader *reader, uint8_t rdb_type,
                    const struct type_limits *limits, struct breath *breath)
{
    *hash = value_new(VALUE_HASH);
    struct restored restored = {.hash = hash, .limits = limits, .breath = breath};
    bool has_fields =
        rdb_type == RDB_HASH || rdb_type == RDB_HASH_EXPIRING || rdb_type == RDB_HASH_2;
    bool ok = has_fields ? restore_fields(&restored, reader, rdb_type)
                         : restore_block(&restored, reader, rdb_type);
    if (!ok) value_free(hash);
    return ok;
}

const struct value_class hash_class = {
    .large_name = "hashtable",
    .pack_step = 2,
    .count = hash_object_count,
    .free_some = hash_object_free_some,
    .copy = hash_object_copy,
    .block_size = hash_object_block_size,
    .check = hash_object_check,
    .digest = digest_hash,
    .dump = dump,
    .restore = restore,
};
