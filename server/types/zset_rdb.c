/* Sorted sets in the formats of DUMP and RDB files, and in DEBUG DIGEST. */
#include <math.h>

#include "types/rdb_block.h"
#include "types/zset_gather.h"
#include "types/zset_parts.h"

void zset_digest(const struct value *value, struct digest *digest)
{
    struct zset_cursor cursor;
    struct zset_element element;
    zset_begin(&cursor, value, 0);
    while (zset_next(&cursor, &element)) {
        char text[NUMBER_DOUBLE_MAX];
        struct digest part = {{0}};
        digest_next(&part, element.member);
        digest_next(&part, bytes_make(text, number_write_double(text, element.score)));
        digest_join(digest, &part);
    }
}

/* Large ones from the last element to the first, as redis-server has it. */
void zset_dump(const struct value *value, struct buf *out, struct breath *breath)
{
    if (value->encoding == VALUE_LISTPACK) {
        rdb_write_byte(out, RDB_ZSET_LISTPACK);
        rdb_write_string(out, listpack_view(value->pack));
        return;
    }
    struct zset_cursor cursor;
    struct zset_element element;
    uint64_t count = zset_count(value);
    rdb_write_byte(out, RDB_ZSET);
    rdb_write_length(out, count);
    zset_begin(&cursor, value, count - 1);
    while (zset_prev(&cursor, &element)) {
        rdb_write_string(out, element.member);
        rdb_write_double(out, element.score);
        breathe(breath, 2);
    }
}

/* --- Restoring: everything is read, and the set built anew -------------------------------------
 */

static bool add(struct zset_gather *gather, struct bytes member, double score)
{
    if (isnan(score) || member.len > ZSET_MEMBER_MAX) return false;
    return zset_gather_at(gather, member, score).is_new;
}

static bool read_scored(struct zset_gather *gather, struct rdb_reader *reader, bool as_text)
{
    struct rdb_string member;
    double score;
    if (!rdb_read_string(reader, &member)) return false;
    bool sound = as_text ? rdb_read_double_text(reader, &score) : rdb_read_double(reader, &score);
    sound = sound && add(gather, rdb_string_view(&member), score);
    rdb_string_drop(&member);
    return sound;
}

static bool read_all_scored(struct zset_gather *gather, struct rdb_reader *reader, bool as_text,
                            struct breath *breath)
{
    uint64_t count;
    if (!rdb_read_length(reader, &count)) return false;
    for (; count; count--) {
        if (!read_scored(gather, reader, as_text)) return false;
        breathe(breath, 10);
    }
    return true;
}

/* Member, score, member, score ... as the elements of a block come by. */
struct pairs {
    struct zset_gather *gather;
    struct breath *breath;
    struct listpack_element member;
    bool has_member;
};

static bool take_score(struct pairs *pairs, const struct listpack_element *element)
{
    char digits[NUMBER_INT_MAX];
    double score = (double)element->integer;
    struct bytes text = bytes_make(element->ptr, element->len);
    if (element->ptr && !number_parse_double(text, &score)) return false;
    breathe(pairs->breath, 10);
    return add(pairs->gather, listpack_text(&pairs->member, digits), score);
}

static bool take_element(void *context, const struct listpack_element *element)
{
    struct pairs *pairs = context;
    pairs->has_member = !pairs->has_member;
    if (!pairs->has_member) return take_score(pairs, element);
    pairs->member = *element;
    return true;
}

static bool read_block(struct zset_gather *gather, struct rdb_reader *reader, bool is_ziplist,
                       struct breath *breath)
{
    struct pairs pairs = {gather, breath, {0}, false};
    enum rdb_block kind = is_ziplist ? RDB_BLOCK_ZIPLIST : RDB_BLOCK_LISTPACK;
    return rdb_read_block(reader, kind, take_element, &pairs) && !pairs.has_member;
}

static bool read_elements(struct zset_gather *gather, struct rdb_reader *reader, uint8_t rdb_type,
                          struct breath *breath)
{
    if (rdb_type == RDB_ZSET || rdb_type == RDB_ZSET_TEXT)
        return read_all_scored(gather, reader, rdb_type == RDB_ZSET_TEXT, breath);
    return read_block(gather, reader, rdb_type == RDB_ZSET_ZIPLIST, breath);
}

bool zset_restore(struct value *value, struct rdb_reader *reader, uint8_t rdb_type,
                  const struct type_limits *limits, struct breath *breath)
{
    struct zset_gather gather;
    zset_gather_init(&gather);
    bool sound = read_elements(&gather, reader, rdb_type, breath) && zset_gather_count(&gather);
    if (sound) *value = zset_gather_finish(&gather, limits, breath);
    zset_gather_fini(&gather, breath);
    return sound;
}
