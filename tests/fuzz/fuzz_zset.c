/* Payloads of sorted sets, of every version: sound ones are built, a few bytes of them changed, and
 * then restored. What is taken must be sound, and come back the same when it is dumped. */
#include "fuzz/fuzz.h"
#include "types/listpack.h"
#include "support/payload.h"
#include "types/zset.h"

static const struct type_limits tiny = {.zset_max_listpack_entries = 4,
                                        .zset_max_listpack_value = 8};
static const uint8_t rdb_types[] = {RDB_ZSET_LISTPACK, RDB_ZSET, RDB_ZSET_TEXT, RDB_ZSET_ZIPLIST};

/* --- Building --------------------------------------------------------------------------------- */

static double choose_score(struct choices *choices)
{
    static const double scores[] = {0,    1,    -1, 1.5, -0.0, __builtin_inf(), -__builtin_inf(),
                                    1e17, 1e300};
    return scores[choose_below(choices, 9)];
}

static struct bytes choose_member(struct choices *choices)
{
    return choose_bytes(choices, choose_below(choices, 12));
}

static void build_pack(struct choices *choices, uint32_t count, struct buf *payload)
{
    struct listpack *pack = listpack_new();
    for (uint32_t i = 0; i < count; i++) {
        char text[NUMBER_DOUBLE_MAX];
        listpack_append(&pack, listpack_string(choose_member(choices)));
        size_t len = number_write_double(text, choose_score(choices));
        listpack_append(&pack, listpack_string(bytes_make(text, len)));
    }
    rdb_write_string(payload, listpack_view(pack));
    listpack_free(pack);
}

static void write_text(struct buf *payload, double score)
{
    char text[NUMBER_DOUBLE_MAX];
    size_t len = number_write_double(text, score);
    rdb_write_byte(payload, (uint8_t)len);
    buf_append(payload, bytes_make(text, len));
}

static void build_scored(struct choices *choices, uint32_t count, bool as_text, struct buf *payload)
{
    rdb_write_length(payload, count);
    for (uint32_t i = 0; i < count; i++) {
        rdb_write_string(payload, choose_member(choices));
        double score = choose_score(choices);
        if (as_text)
            write_text(payload, score);
        else
            rdb_write_double(payload, score);
    }
}

/* Entries with one byte of length before them, which is that of the one before. */
static void build_ziplist(struct choices *choices, uint32_t count, struct buf *payload)
{
    struct buf list = {0};
    uint8_t before = 0;
    buf_append(&list, bytes_make("\0\0\0\0\0\0\0\0\0\0", 10));
    for (uint32_t i = 0; i < count * 2; i++) {
        struct bytes text = i % 2 ? BYTES("1.5") : choose_member(choices);
        rdb_write_byte(&list, before);
        rdb_write_byte(&list, (uint8_t)text.len);
        if (text.len) buf_append(&list, text);
        before = (uint8_t)(text.len + 2);
    }
    rdb_write_byte(&list, 0xff);
    uint32_t len = (uint32_t)list.len, last = len - 1 - before;
    memcpy(list.ptr, &len, sizeof len);
    memcpy(list.ptr + 4, &last, sizeof last);
    list.ptr[8] = (uint8_t)(count * 2);
    rdb_write_string(payload, buf_view(&list));
    buf_fini(&list);
}

static void build(struct choices *choices, uint8_t rdb_type, struct buf *payload)
{
    uint32_t count = choose_below(choices, 8);
    if (rdb_type == RDB_ZSET_LISTPACK)
        build_pack(choices, count, payload);
    else if (rdb_type == RDB_ZSET_ZIPLIST)
        build_ziplist(choices, count, payload);
    else
        build_scored(choices, count, rdb_type == RDB_ZSET_TEXT, payload);
}

static void spoil(struct choices *choices, struct buf *payload)
{
    for (uint32_t changes = choose_below(choices, 4); changes && payload->len; changes--) {
        uint32_t at = choose_below(choices, 256);
        payload->ptr[at % payload->len] = choose_byte(choices);
    }
    if (choose_below(choices, 8) == 1) payload->len -= payload->len / 4;
}

/* --- Restoring -------------------------------------------------------------------------------- */

static void check_same(const struct value *a, const struct value *b)
{
    struct zset_cursor left, right;
    struct zset_element one, other;
    FUZZ_CHECK(zset_count(a) == zset_count(b));
    zset_begin(&left, a, 0);
    zset_begin(&right, b, 0);
    while (zset_next(&left, &one)) {
        FUZZ_CHECK(zset_next(&right, &other));
        FUZZ_CHECK(one.score == other.score && bytes_equal(one.member, other.member));
        FUZZ_CHECK(!PLANTED || one.score != 1e17);
    }
}

static void check_comes_back(const struct value *set)
{
    struct value back;
    FUZZ_CHECK(payload_there_and_back(set, &type_limits_standard, &back));
    value_check(&back);
    check_same(set, &back);
    value_free(&back);
}

static void check_order(const struct value *set)
{
    struct zset_cursor cursor;
    struct zset_element element;
    double last = -__builtin_inf();
    FUZZ_CHECK(zset_count(set) > 0);
    for (zset_begin(&cursor, set, 0); zset_next(&cursor, &element); last = element.score)
        FUZZ_CHECK(element.score >= last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct choices choices = choices_of(data, size);
    struct buf payload = {0};
    struct rdb_reader reader;
    struct value set;
    int64_t before = mem_unattached_bytes();
    uint8_t rdb_type = rdb_types[choose_below(&choices, sizeof rdb_types)];
    const struct type_limits *limits = choose_byte(&choices) & 1 ? &tiny : &type_limits_standard;
    if (choose_byte(&choices) & 1) {
        build(&choices, rdb_type, &payload);
        spoil(&choices, &payload);
    } else {
        buf_append(&payload, choices_rest(&choices));
    }
    rdb_reader_init(&reader, buf_view(&payload));
    if (value_restore(&set, &reader, rdb_type, limits, NULL)) {
        value_check(&set);
        check_order(&set);
        check_comes_back(&set);
        value_free(&set);
    }
    buf_fini(&payload);
    FUZZ_CHECK(mem_unattached_bytes() == before);
    return 0;
}
