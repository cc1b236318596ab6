/* The HyperLogLog commands. Their values are compared byte by byte with those of redis-server,
 * which proves each line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

#define NOT_HLL "-WRONGTYPE Key is not a valid HyperLogLog string value."
#define CORRUPT "-INVALIDOBJ Corrupted HLL object detected"

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {
        "PFADD",           "PFCOUNT", "PFMERGE", "PFDEBUG", "PFDEBUG GETREG", "PFDEBUG GETREG h 1",
        "PFSELFTEST hard", NULL};
    check_arity(c, lines);
}

WIRE_TEST(wrong_types_are_refused)
{
    if (strncmp(wire_command_text(c, "RPUSH list a"), "-ERR unknown", 12) == 0) return;
    CHECK_REPLY(c, "PFADD list a", WRONG_TYPE);
    CHECK_REPLY(c, "PFCOUNT list", WRONG_TYPE);
    CHECK_REPLY(c, "PFCOUNT none list", WRONG_TYPE);
    CHECK_REPLY(c, "PFMERGE r list", WRONG_TYPE);
    CHECK_REPLY(c, "PFMERGE list", WRONG_TYPE);
    CHECK_REPLY(c, "PFDEBUG ENCODING list", WRONG_TYPE);
    CHECK_REPLY(c, "EXISTS r", ":0");
}

WIRE_TEST(pfadd_and_pfcount)
{
    CHECK_REPLY(c, "PFADD h", ":1");
    CHECK_REPLY(c, "PFADD h", ":0");
    CHECK_REPLY(c, "PFCOUNT h", ":0");
    CHECK_REPLY(c, "GET h",
                "\"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x7f\\xff\"");
    CHECK_REPLY(c, "PFADD h a b c d e f g", ":1");
    CHECK_REPLY(c, "PFADD h a b c", ":0");
    CHECK_REPLY(c, "PFCOUNT h", ":7");
    CHECK_REPLY(c, "PFCOUNT h", ":7");
    CHECK_REPLY(c, "GET h",
                "\"HYLL\\x01\\x00\\x00\\x00\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00Fm\\x80V\\x0c\\x"
                "80D<\\x848\\x80P\\xb1\\x84I\\x8c\\x80Bm\\x80BZ\"");
    CHECK_REPLY(c, "PFADD h x", ":1");
    CHECK_REPLY(c, "GET h",
                "\"HYLL\\x01\\x00\\x00\\x00\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x80Fm\\x80V\\x0c\\x"
                "80D<\\x848\\x80P\\xb1\\x84I\\x8c\\x80Bm\\x80BP\\x84\\x08\"");
    CHECK_REPLY(c, "PFCOUNT h", ":8");
    CHECK_REPLY(c, "STRLEN h", ":40");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"raw\"");
    CHECK_REPLY(c, "PFADD new a a a", ":1");
    CHECK_REPLY(c, "PFCOUNT new", ":1");
    CHECK_REPLY(c, "PFADD bin \"\" \"\\x00\\xff\\r\\n\"", ":1");
    CHECK_REPLY(c, "PFCOUNT bin", ":2");
    CHECK_REPLY(c, "PFADD t a", ":1");
    CHECK_REPLY(c, "EXPIREAT t 33177117420", ":1");
    CHECK_REPLY(c, "PFADD t b", ":1");
    CHECK_REPLY(c, "EXPIRETIME t", ":33177117420");
    CHECK_REPLY(c, "PFCOUNT none", ":0");
    CHECK_REPLY(c, "EXISTS none", ":0");
    CHECK_REPLY(c, "COPY h copy", ":1");
    CHECK_REPLY(c, "PFADD copy copied", ":1");
    CHECK_REPLY(c, "PFCOUNT h", ":8");
    CHECK_REPLY(c, "PFCOUNT copy", ":9");
}

WIRE_TEST(pfcount_of_several)
{
    CHECK_REPLY(c, "PFADD a 1 2 3 4 5", ":1");
    CHECK_REPLY(c, "PFADD b 4 5 6 7", ":1");
    CHECK_REPLY(c, "PFCOUNT a b", ":7");
    CHECK_REPLY(c, "PFCOUNT a a", ":5");
    CHECK_REPLY(c, "PFCOUNT a none b none", ":7");
    CHECK_REPLY(c, "PFCOUNT none none", ":0");
    CHECK_REPLY(c, "PFDEBUG TODENSE b", ":1");
    CHECK_REPLY(c, "PFCOUNT a b", ":7");
    CHECK_REPLY(c, "PFCOUNT b a", ":7");
    CHECK_REPLY(c, "PFCOUNT b", ":4");
    CHECK_REPLY(c, "GET a",
                "\"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80A\\xee\\x84H#"
                "\\x80SQ\\x80Mt\\x80Q,\\x8cC\\xf3\"");
}

WIRE_TEST(pfmerge)
{
    CHECK_REPLY(c, "PFMERGE r", "+OK");
    CHECK_REPLY(c, "PFCOUNT r", ":0");
    CHECK_REPLY(c, "GET r",
                "\"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x7f\\xff\"");
    CHECK_REPLY(c, "PFADD a 1 2 3", ":1");
    CHECK_REPLY(c, "PFADD b 3 4 5", ":1");
    CHECK_REPLY(c, "PFMERGE r a b", "+OK");
    CHECK_REPLY(c, "PFCOUNT r", ":5");
    CHECK_REPLY(c, "GET r",
                "\"HYLL\\x01\\x00\\x00\\x00\\x05\\x00\\x00\\x00\\x00\\x00\\x00\\x00A\\xee\\x84H#"
                "\\x80SQ\\x80Mt\\x80Q,\\x8cC\\xf3\"");
    CHECK_REPLY(c, "PFMERGE r none", "+OK");
    CHECK_REPLY(c, "PFCOUNT r", ":5");
    CHECK_REPLY(c, "PFADD r 9", ":1");
    CHECK_REPLY(c, "PFMERGE r a", "+OK");
    CHECK_REPLY(c, "PFCOUNT r", ":6");
    CHECK_REPLY(c, "PFMERGE new none", "+OK");
    CHECK_REPLY(c, "GET new",
                "\"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x7f\\xff\"");
    CHECK_REPLY(c, "PFDEBUG ENCODING r", "+sparse");
    CHECK_REPLY(c, "PFDEBUG TODENSE b", ":1");
    CHECK_REPLY(c, "PFMERGE r b", "+OK");
    CHECK_REPLY(c, "PFDEBUG ENCODING r", "+dense");
    CHECK_REPLY(c, "PFCOUNT r", ":6");
    CHECK_REPLY(c, "PFMERGE dense none b a", "+OK");
    CHECK_REPLY(c, "PFDEBUG ENCODING dense", "+dense");
    CHECK_REPLY(c, "PFCOUNT dense", ":5");
    CHECK_REPLY(c, "PFMERGE dense a", "+OK");
    CHECK_REPLY(c, "PFDEBUG ENCODING dense", "+dense");
    CHECK_REPLY(c, "EXPIREAT r 33177117420", ":1");
    CHECK_REPLY(c, "PFMERGE r a b", "+OK");
    CHECK_REPLY(c, "EXPIRETIME r", ":33177117420");
}

WIRE_TEST(sparse_becomes_dense)
{
    CHECK_REPLY(c, "CONFIG SET hll-sparse-max-bytes 30", "+OK");
    CHECK_REPLY(c, "PFADD h a", ":1");
    CHECK_REPLY(c, "PFDEBUG ENCODING h", "+sparse");
    CHECK_REPLY(c, "PFADD h b c d", ":1");
    CHECK_REPLY(c, "PFDEBUG ENCODING h", "+sparse");
    CHECK_REPLY(c, "PFADD h e f g", ":1");
    CHECK_REPLY(c, "PFDEBUG ENCODING h", "+dense");
    CHECK_REPLY(c, "STRLEN h", ":12304");
    CHECK_REPLY(c, "PFCOUNT h", ":7");
    CHECK_REPLY(c, "PFADD h h", ":1");
    CHECK_REPLY(c, "PFCOUNT h", ":8");
    CHECK_REPLY(c, "PFADD h a b c d e f g h", ":0");
    CHECK_REPLY(c, "CONFIG SET hll-sparse-max-bytes 0", "+OK");
    CHECK_REPLY(c, "PFADD n", ":1");
    CHECK_REPLY(c, "PFDEBUG ENCODING n", "+sparse");
    CHECK_REPLY(c, "PFADD n a", ":1");
    CHECK_REPLY(c, "PFDEBUG ENCODING n", "+dense");
    CHECK_REPLY(c, "CONFIG SET hll-sparse-max-bytes 3000", "+OK");
    CHECK_REPLY(
        c, "CONFIG GET hll-sparse-max-bytes",
        BY_RESP(c, "[\"hll-sparse-max-bytes\", \"3000\"]", "{\"hll-sparse-max-bytes\": \"3000\"}"));
}

WIRE_TEST(pfdebug)
{
    CHECK_REPLY(c, "PFDEBUG ENCODING none", "-ERR The specified key does not exist");
    CHECK_REPLY(c, "PFDEBUG NONSENSE none", "-ERR The specified key does not exist");
    CHECK_REPLY(c, "PFADD h", ":1");
    CHECK_REPLY(c, "PFDEBUG DECODE h", "\"Z:16384\"");
    CHECK_REPLY(c, "PFADD h a", ":1");
    CHECK_REPLY(c, "PFDEBUG decode h", "\"Z:12711 v:2,1 Z:3672\"");
    CHECK_REPLY(c, "PFADD h b c d e", ":1");
    CHECK_REPLY(c, "PFDEBUG DECODE h",
                "\"Z:7292 v:1,1 Z:1143 v:1,1 Z:4274 v:2,1 Z:2445 v:1,1 Z:622 v:1,1 Z:603\"");
    CHECK_REPLY(c, "PFDEBUG ENCODING h", "+sparse");
    CHECK_REPLY(c, "PFDEBUG NONSENSE h", "-ERR Unknown PFDEBUG subcommand 'NONSENSE'");
    CHECK_REPLY(c, "PFDEBUG TODENSE h", ":1");
    CHECK_REPLY(c, "PFDEBUG TODENSE h", ":0");
    CHECK_REPLY(c, "PFDEBUG encoding h", "+dense");
    CHECK_REPLY(c, "PFDEBUG DECODE h", "-ERR HLL encoding is not sparse");
    CHECK_REPLY(c, "PFCOUNT h", ":5");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "PFDEBUG ENCODING k", NOT_HLL);
    CHECK_REPLY(c, "PFSELFTEST", "+OK");
}

WIRE_TEST(what_is_no_hyperloglog)
{
    CHECK_REPLY(c, "SET k value", "+OK");
    CHECK_REPLY(c, "PFADD k a", NOT_HLL);
    CHECK_REPLY(c, "PFADD k", NOT_HLL);
    CHECK_REPLY(c, "PFCOUNT k", NOT_HLL);
    CHECK_REPLY(c, "PFCOUNT none k", NOT_HLL);
    CHECK_REPLY(c, "PFMERGE r k", NOT_HLL);
    CHECK_REPLY(c, "PFMERGE k", NOT_HLL);
    CHECK_REPLY(c, "PFDEBUG DECODE k", NOT_HLL);
    CHECK_REPLY(c, "SET k HYLL", "+OK");
    CHECK_REPLY(c, "PFCOUNT k", NOT_HLL);
    CHECK_REPLY(c, "SET k \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"", "+OK");
    CHECK_REPLY(c, "PFCOUNT k", NOT_HLL);
    CHECK_REPLY(
        c, "SET k \"HYLL\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x7f\\xff\"",
        "+OK");
    CHECK_REPLY(c, "PFCOUNT k", NOT_HLL);
    CHECK_REPLY(
        c, "SET k \"HYLL\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x7f\\xff\"",
        "+OK");
    CHECK_REPLY(c, "PFCOUNT k", NOT_HLL);
    CHECK_REPLY(c, "PFADD k a", NOT_HLL);
    CHECK_REPLY(c, "SET k 1234567890123456789", "+OK");
    CHECK_REPLY(c, "PFCOUNT k", NOT_HLL);
    CHECK_REPLY(c, "SET k \"\"", "+OK");
    CHECK_REPLY(c, "PFADD k a", NOT_HLL);
    CHECK_REPLY(c, "EXISTS r", ":0");
}

WIRE_TEST(corrupt_runs_are_refused)
{
    /* Too few registers, too many, none. */
    CHECK_REPLY(
        c, "SET k \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x7f\\xfe\"",
        "+OK");
    CHECK_REPLY(c, "PFCOUNT k", CORRUPT);
    CHECK_REPLY(c, "PFCOUNT k none", CORRUPT);
    CHECK_REPLY(c, "PFMERGE r k", CORRUPT);
    CHECK_REPLY(c, "PFDEBUG TODENSE k", CORRUPT);
    CHECK_REPLY(c, "PFDEBUG GETREG k", CORRUPT);
    CHECK_REPLY(
        c,
        "SET k \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x7f\\xff\\x84\"",
        "+OK");
    CHECK_REPLY(c, "PFCOUNT k", CORRUPT);
    CHECK_REPLY(c, "PFCOUNT k k", CORRUPT);
    CHECK_REPLY(c, "PFMERGE r k", CORRUPT);
    CHECK_REPLY(c, "PFDEBUG TODENSE k", CORRUPT);
    CHECK_REPLY(c, "SET k \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\"",
                "+OK");
    CHECK_REPLY(c, "PFCOUNT k", CORRUPT);
    CHECK_REPLY(c, "PFADD k a", CORRUPT);
    CHECK_REPLY(c, "PFDEBUG TODENSE k", CORRUPT);
    CHECK_REPLY(c, "EXISTS r", ":0");
    /* What is counted before a corrupt run is met stays. */
    CHECK_REPLY(
        c, "SET k \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x71\\xff\"",
        "+OK");
    CHECK_REPLY(c, "PFADD k b a", CORRUPT);
    CHECK_REPLY(c, "PFDEBUG DECODE k", "\"Z:12800\"");
    CHECK_REPLY(c, "PFADD k a b", CORRUPT);
    CHECK_REPLY(c, "PFDEBUG DECODE k", "\"Z:12711 v:2,1 Z:88\"");
    /* The last run ends in its middle. */
    CHECK_REPLY(c, "PFADD half a", ":1");
    CHECK_REPLY(c, "APPEND half nan", ":24");
    CHECK_REPLY(c, "PFDEBUG DECODE half", "\"Z:12711 v:2,1 Z:3672 Z:11874 Z:11777\"");
    /* The count that is there is believed. */
    CHECK_REPLY(
        c, "SET k \"HYLL\\x01\\x00\\x00\\x00\\x2a\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x7f\\xfe\"",
        "+OK");
    CHECK_REPLY(c, "PFCOUNT k", ":42");
    CHECK_REPLY(c, "SET k \"HYLL\\x01\\x00\\x00\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7f\"",
                "+OK");
    CHECK_REPLY(c, "PFCOUNT k", ":9223372036854775807");
}

/* Adds `count` elements that are named by numbers from `start` on. */
static void add_range(struct wire *c, const char *key, int start, int count)
{
    struct words words = {0};
    words_add(&words, "PFADD", 5);
    words_add(&words, key, strlen(key));
    for (int i = 0; i < count; i++) {
        char element[32];
        int len = snprintf(element, sizeof(element), "element:%d", start + i);
        words_add(&words, element, (size_t)len);
    }
    CHECK_STR(wire_words_text(c, &words), ":1");
    words_fini(&words);
}

WIRE_TEST(many_elements)
{
    add_range(c, "h", 0, 500);
    CHECK_REPLY(c, "PFDEBUG ENCODING h", "+sparse");
    CHECK_REPLY(c, "PFCOUNT h", ":502");
    add_range(c, "h", 500, 1500);
    CHECK_REPLY(c, "PFCOUNT h", ":2004");
    CHECK_REPLY(c, "PFDEBUG ENCODING h", "+dense");
    add_range(c, "h", 2000, 18000);
    CHECK_REPLY(c, "PFDEBUG ENCODING h", "+dense");
    CHECK_REPLY(c, "PFCOUNT h", ":19986");
    add_range(c, "g", 10000, 20000);
    CHECK_REPLY(c, "PFCOUNT g h", ":29738");
    CHECK_REPLY(c, "PFMERGE m g h", "+OK");
    CHECK_REPLY(c, "PFCOUNT m", ":29738");
    add_range(c, "s", 100000, 600);
    CHECK_REPLY(c, "PFMERGE s2 s", "+OK");
    CHECK_REPLY(c, "PFDEBUG ENCODING s2", "+sparse");
    CHECK_REPLY(c, "STRLEN s2", ":1210");
    CHECK_REPLY(c, "PFCOUNT s2 s", ":596");
    CHECK_REPLY(c, "PFMERGE m s", "+OK");
    CHECK_REPLY(c, "PFCOUNT m", ":30344");
}

WIRE_TEST(registers_are_told)
{
    CHECK_REPLY(c, "PFADD h a b c", ":1");
    struct reply *registers = wire_command(c, "PFDEBUG GETREG h");
    REQUIRE(registers);
    CHECK_INT(registers->count, 16384);
    int64_t set = 0;
    for (size_t i = 0; i < registers->count; i++)
        set += registers->items[i]->integer > 0;
    CHECK_INT(set, 3);
    CHECK_INT(registers->items[12711]->integer, 2);
    reply_free(registers);
    CHECK_REPLY(c, "PFDEBUG ENCODING h", "+dense");
    CHECK_REPLY(c, "PFCOUNT h", ":3");
}

/* Sets key k to a HyperLogLog with these registers: `unit` many times, and `end`. */
static void set_made(struct wire *c, char encoding, const char *unit, size_t times, const char *end)
{
    size_t unit_len = strlen(unit), end_len = strlen(end), len = 16 + unit_len * times + end_len;
    char *bytes = calloc(1, len);
    REQUIRE(bytes);
    memcpy(bytes, "HYLL", 4);
    bytes[4] = encoding;
    bytes[15] = (char)0x80;
    for (size_t i = 0; i < times; i++)
        memcpy(bytes + 16 + i * unit_len, unit, unit_len);
    memcpy(bytes + len - end_len, end, end_len);
    struct words words = {0};
    words_add(&words, "SET", 3);
    words_add(&words, "k", 1);
    words_add(&words, bytes, len);
    CHECK_STR(wire_words_text(c, &words), "+OK");
    words_fini(&words);
    free(bytes);
}

WIRE_TEST(registers_no_hash_makes)
{
    set_made(c, 0, "\xff", 12288, "");
    CHECK_REPLY(c, "PFCOUNT k", ":-9223372036854775808");
    CHECK_REPLY(c, "PFADD k a b c", ":0");
    CHECK_REPLY(c, "PFMERGE r k", "+OK");
    CHECK_REPLY(c, "PFDEBUG ENCODING r", "+dense");
}

/* In Redis, runs whose lengths overflow wrote outside of the registers (CVE-2019-10192, 10193,
 * CVE-2025-32023): nothing but an error may come of them. */
TORC_TEST(lengths_that_overflow_are_refused)
{
    static const struct {
        const char *unit;
        size_t times;
        const char *end;
    } made[] = {{"\x7f\xff", 131072, "\x84"},
                {"\x7f\xff", 262144, "\xff"},
                {"\x7f\xff", 131073, ""},
                {"\x7f\xff", 2, "\xff"},
                {"\x7f\xff", 1, "\xff"},
                {"\xff", 4097, ""},
                {"\x3f", 257, ""},
                {"\x80", 40000, ""},
                {"\x7f\xfe", 1, "\x81"},
                {"\x7f\xfe", 1, "\x7f"}};
    for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
        set_made(c, 1, made[i].unit, made[i].times, made[i].end);
        CHECK_REPLY(c, "PFCOUNT k", CORRUPT);
        CHECK_REPLY(c, "PFCOUNT k k", CORRUPT);
        CHECK_REPLY(c, "PFMERGE r k", CORRUPT);
        CHECK_REPLY(c, "PFMERGE k none", CORRUPT);
        CHECK_REPLY(c, "PFDEBUG TODENSE k", CORRUPT);
        CHECK_REPLY(c, "PFDEBUG GETREG k", CORRUPT);
        CHECK_REPLY(c, "PFDEBUG ENCODING k", "+sparse");
        CHECK_LIKE(c, "PFDEBUG DECODE k", "*");
        CHECK_LIKE(c, "PFADD k a b c d e f", "*");
        CHECK_REPLY(c, "EXISTS r", ":0");
    }
}
