/* Tests of types/rdb_payload: what is written is read back, known bytes, and corrupt ones. */
#include "types/rdb_payload.h"

#include <math.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"
#include "types/lzf.h"

TEST(lengths_come_back)
{
    static const struct {
        uint64_t length;
        size_t bytes;
    } cases[] = {{0, 1},     {63, 1},         {64, 2},         {16383, 2},
                 {16384, 5}, {UINT32_MAX, 5}, {1ULL << 32, 9}, {UINT64_MAX, 9}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out = {0};
        struct rdb_reader reader;
        uint64_t length = 1;
        rdb_write_length(&out, cases[i].length);
        CHECK_INT(out.len, cases[i].bytes);
        rdb_reader_init(&reader, buf_view(&out));
        CHECK(rdb_read_length(&reader, &length) && rdb_at_end(&reader));
        CHECK(length == cases[i].length);
        buf_fini(&out);
    }
}

static void check_string(struct bytes text, size_t bytes)
{
    struct buf out = {0};
    struct rdb_reader reader;
    struct rdb_string string;
    rdb_write_string(&out, text);
    CHECK_INT(out.len, bytes);
    rdb_reader_init(&reader, buf_view(&out));
    REQUIRE(rdb_read_string(&reader, &string));
    struct bytes view = rdb_string_view(&string);
    CHECK_BYTES(view.ptr, view.len, text.ptr, text.len);
    CHECK(rdb_at_end(&reader));
    rdb_string_drop(&string);
    buf_fini(&out);
}

TEST(strings_come_back)
{
    check_string(BYTES(""), 1);
    check_string(BYTES("abc"), 4);
    check_string(BYTES("-128"), 2);
    check_string(BYTES("128"), 3);
    check_string(BYTES("-32769"), 5);
    check_string(BYTES("2147483647"), 5);
    check_string(BYTES("2147483648"), 11);
    check_string(BYTES("007"), 4);
}

TEST(doubles_come_back)
{
    struct buf out = {0};
    struct rdb_reader reader;
    double number;
    rdb_write_double(&out, -1.5);
    buf_append(&out, BYTES("\xff\xfe\xfd\x03"
                           "2.5\x01x"));
    rdb_reader_init(&reader, buf_view(&out));
    CHECK(rdb_read_double(&reader, &number) && number == -1.5);
    CHECK(rdb_read_double_text(&reader, &number) && number == -INFINITY);
    CHECK(rdb_read_double_text(&reader, &number) && number == INFINITY);
    CHECK(rdb_read_double_text(&reader, &number) && isnan(number));
    CHECK(rdb_read_double_text(&reader, &number) && number == 2.5);
    CHECK(!rdb_read_double_text(&reader, &number));
    CHECK(reader.failed && !rdb_at_end(&reader));
    CHECK(!rdb_read_double(&reader, &number));
    buf_fini(&out);
}

TEST(packed_strings_are_unpacked)
{
    struct rdb_reader reader;
    struct rdb_string string;
    int64_t before = mem_unattached_bytes();
    /* "ab", then 8 bytes from 2 back. */
    rdb_reader_init(&reader, BYTES("\xc3\x05\x0a\x01"
                                   "ab\xc0\x01"));
    REQUIRE(rdb_read_string(&reader, &string));
    struct bytes view = rdb_string_view(&string);
    CHECK_BYTES(view.ptr, view.len, "ababababab", 10);
    CHECK(rdb_at_end(&reader));
    rdb_string_drop(&string);
    CHECK_INT(mem_unattached_bytes(), before);
}

static bool unpacks(struct bytes packed, size_t len)
{
    uint8_t *copy = malloc(packed.len + 1), *out = malloc(len + 1);
    memcpy(copy + 1, packed.ptr, packed.len); /* both of their true size, for the sanitizer */
    bool done = lzf_unpack(bytes_make(copy + 1, packed.len), out + 1, len);
    free(out);
    free(copy);
    return done;
}

TEST(unsound_packing_is_refused)
{
    CHECK(unpacks(BYTES("\x00x\xe0\x01\x00"), 11));
    CHECK(!unpacks(BYTES("\x00x\xe0\x01\x00"), 10)); /* too much comes out */
    CHECK(!unpacks(BYTES("\x00x\xe0\x01\x00"), 12)); /* too little */
    CHECK(!unpacks(BYTES("\x00x\xe0\x01\x01"), 11)); /* from before the beginning */
    CHECK(!unpacks(BYTES("\x00x\xe0\x01"), 11));     /* cut off */
    CHECK(!unpacks(BYTES("\x00x\x20"), 4));
    CHECK(!unpacks(BYTES("\x03x"), 4));
    CHECK(!unpacks(BYTES("\x20\x00"), 3));
}

static bool reads_string(struct bytes bytes)
{
    struct rdb_reader reader;
    struct rdb_string string;
    rdb_reader_init(&reader, bytes);
    bool done = rdb_read_string(&reader, &string);
    if (done) rdb_string_drop(&string);
    CHECK(done != reader.failed);
    return done;
}

TEST(unsound_strings_are_refused)
{
    CHECK(!reads_string(BYTES("")));
    CHECK(!reads_string(BYTES("\x04"
                              "abc")));
    CHECK(!reads_string(BYTES("\x40")));
    CHECK(!reads_string(BYTES("\x80\x00\x00")));
    CHECK(!reads_string(BYTES("\x81\xff\xff\xff\xff\xff\xff\xff\xff"
                              "a")));
    CHECK(!reads_string(BYTES("\x82\x00\x00\x00\x01"
                              "a")));
    CHECK(!reads_string(BYTES("\xc2\x00\x00")));
    CHECK(!reads_string(BYTES("\xc4\x00")));
    CHECK(!reads_string(BYTES("\xc3\x02\x00\x00x")));                   /* nothing, packed */
    CHECK(!reads_string(BYTES("\xc3\x02\x81\x7f\0\0\0\0\0\0\0\x00x"))); /* a bomb */
}

TEST(a_payload_is_known_by_its_end)
{
    /* What redis-server 7.0 answers to SET key 10, DUMP key. */
    struct bytes payload = BYTES("\x00\xc0\n\n\x00n\x9fWE\x0e\xae"
                                 "c\xbb");
    struct buf out = {0};
    struct rdb_reader reader;
    rdb_write_byte(&out, RDB_STRING);
    rdb_write_string(&out, BYTES("10"));
    rdb_close(&out, NULL);
    CHECK(rdb_open(&reader, buf_view(&out)));
    CHECK_INT(reader.end - reader.ptr, 3);
    CHECK_BYTES(out.ptr, out.len, payload.ptr, payload.len);
    for (size_t i = 0; i < out.len; i++) {
        out.ptr[i] ^= 0x10;
        CHECK(!rdb_open(&reader, buf_view(&out)));
        CHECK(!rdb_open(&reader, bytes_make(out.ptr, i)));
        out.ptr[i] ^= 0x10;
    }
    buf_fini(&out);
}

TEST(random_bytes_do_no_harm)
{
    struct random random;
    test_seed(&random, "rdb_payload");
    int64_t before = mem_unattached_bytes();
    for (int i = 0; i < 200000 && !test_failed(); i++) {
        uint8_t bytes[24] = {0};
        size_t len = random_below(&random, sizeof bytes);
        for (size_t k = 0; k < len; k++)
            bytes[k] = random_below(&random, 2) ? (uint8_t)random_below(&random, 32)
                                                : (uint8_t)random_next(&random);
        if (len && random_below(&random, 2)) bytes[0] = 0xc3;
        uint8_t *copy = malloc(len + 1);
        memcpy(copy + 1, bytes, len);
        reads_string(bytes_make(copy + 1, len));
        free(copy);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}

/* Texts that repeat themselves, from far and near, and noise. */
TEST(what_is_packed_unpacks)
{
    struct random random;
    test_seed(&random, "lzf");
    enum { LEN_MAX = 20000 };
    uint8_t *bytes = malloc(LEN_MAX), *packed = malloc(LEN_MAX * 2), *out = malloc(LEN_MAX);
    for (int round = 0; round < 300; round++) {
        size_t len = random_below(&random, LEN_MAX), letters = 1 + random_below(&random, 40);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)random_below(&random, letters);
        for (size_t i = 0; round % 2 && len > 100 && i < 20; i++)
            memmove(bytes + random_below(&random, len - 50), bytes + i, 50);
        size_t packed_len = lzf_pack(bytes_make(bytes, len), packed, LEN_MAX * 2);
        CHECK(packed_len > 0 || len == 0);
        CHECK(lzf_unpack(bytes_make(packed, packed_len), out, len));
        CHECK(memcmp(out, bytes, len) == 0);
        if (packed_len) CHECK_INT(lzf_pack(bytes_make(bytes, len), packed, packed_len - 1), 0);
    }
    free(bytes);
    free(packed);
    free(out);
}
