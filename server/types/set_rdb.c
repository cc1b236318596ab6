#include "types/rdb_block.h"
#include "types/set_parts.h"

enum { BYTES_A_UNIT = 64 };

static void digest_set(const struct value *set, struct digest *digest)
{
    struct set_cursor cursor;
    struct bytes member;
    set_begin(&cursor, set);
    while (set_next(&cursor, &member))
        digest_xor(digest, member);
}

/* A listpack is written member by member, because versions below 7.2 know no sets in one. */
static void dump(const struct value *set, struct buf *out, struct breath *breath)
{
    if (set->encoding == VALUE_INTSET) {
        rdb_write_byte(out, RDB_SET_INTSET);
        rdb_write_string(out, intset_view(set->ints));
        return;
    }
    rdb_write_byte(out, RDB_SET);
    rdb_write_length(out, value_count(set));
    struct set_cursor cursor;
    struct bytes member;
    set_begin(&cursor, set);
    while (set_next(&cursor, &member)) {
        rdb_write_string(out, member);
        breathe(breath, 1 + member.len / BYTES_A_UNIT);
    }
}

struct restored {
    struct value *set;
    const struct type_limits *limits;
    struct breath *breath;
};

/* Small forms are searched through for each member that is added. */
static bool add(const struct restored *restored, struct bytes member)
{
    bool large = restored->set->encoding == VALUE_OBJECT;
    breathe(restored->breath, large ? 4 : 4 + value_count(restored->set) / 8);
    return set_add(restored->set, member, restored->limits);
}

static bool restore_members(const struct restored *restored, struct rdb_reader *reader)
{
    uint64_t count;
    if (!rdb_read_length(reader, &count) || !count) return false;
    for (; count; count--) {
        struct rdb_string string;
        if (!rdb_read_string(reader, &string)) return false;
        bool is_new = add(restored, rdb_string_view(&string));
        rdb_string_drop(&string);
        if (!is_new) return false;
    }
    return true;
}

static bool visit(void *context, const struct listpack_element *element)
{
    char digits[NUMBER_INT_MAX];
    return add(context, listpack_text(element, digits));
}

static bool take_ints(const struct restored *restored, struct bytes bytes)
{
    if (!intset_validate(bytes)) return false;
    struct intset *ints = intset_try_copy(bytes);
    if (!ints) return false;
    value_free(restored->set);
    *restored->set = (struct value){VALUE_SET, VALUE_INTSET, {.ints = ints}};
    breathe(restored->breath, intset_count(ints));
    if (!intset_count(ints)) return false;
    set_keep_limits(restored->set, restored->limits);
    return true;
}

static bool restore_ints(const struct restored *restored, struct rdb_reader *reader)
{
    struct rdb_string string;
    if (!rdb_read_string(reader, &string)) return false;
    bool ok = take_ints(restored, rdb_string_view(&string));
    rdb_string_drop(&string);
    return ok;
}

static bool restore_as(struct restored *restored, struct rdb_reader *reader, uint8_t rdb_type)
{
    if (rdb_type == RDB_SET) return restore_members(restored, reader);
    if (rdb_type == RDB_SET_INTSET) return restore_ints(restored, reader);
    return rdb_read_block(reader, RDB_BLOCK_LISTPACK, visit, restored) &&
           !value_is_empty(restored->set);
}

static bool restore(struct value *set, struct rdb_reader *reader, uint8_t rdb_type,
                    const struct type_limits *limits, struct breath *breath)
{
    *set = value_new(VALUE_SET);
    struct restored restored = {set, limits, breath};
    bool ok = restore_as(&restored, reader, rdb_type);
    if (!ok) value_free(set);
    return ok;
}

const struct value_class set_class = {
    .large_name = "hashtable",
    .pack_step = 1,
    .count = set_object_count,
    .free_some = set_object_free_some,
    .copy = set_object_copy,
    .block_size = set_object_block_size,
    .check = set_object_check,
    .digest = digest_set,
    .dump = dump,
    .restore = restore,
};
