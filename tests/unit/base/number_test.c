/* Tests of base/number. */
#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/random.h"
#include "support/check.h"
#include "support/seed.h"

static bool parses(const char *text, int64_t expected)
{
    int64_t value;
    return number_parse_int(bytes_of_string(text), &value) && value == expected;
}

static bool refuses(const char *text)
{
    int64_t value;
    return !number_parse_int(bytes_of_string(text), &value);
}

TEST(integers_are_parsed_in_their_only_form)
{
    CHECK(parses("0", 0));
    CHECK(parses("-1", -1));
    CHECK(parses("9223372036854775807", INT64_MAX));
    CHECK(parses("-9223372036854775808", INT64_MIN));
    const char *const bad[] = {"",
                               " 1",
                               "1 ",
                               "+1",
                               "01",
                               "-0",
                               "-",
                               "1a",
                               "--1",
                               "9223372036854775808",
                               "-9223372036854775809",
                               "99999999999999999999",
                               "100000000000000000000"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(refuses(bad[i]));
}

TEST(integers_survive_the_round_trip)
{
    struct random random;
    random_init(&random, 7);
    for (int i = 0; i < 200000; i++) {
        int64_t value = (int64_t)random_next(&random) >> random_below(&random, 64);
        char text[NUMBER_INT_MAX], expected[32];
        size_t len = number_write_int(text, value);
        int expected_len = snprintf(expected, sizeof expected, "%" PRId64, value);
        CHECK_BYTES(text, len, expected, (uint64_t)expected_len);
        int64_t parsed = 0;
        CHECK(number_parse_int(bytes_make(text, len), &parsed));
        CHECK_INT(parsed, value);
    }
}

TEST(unsigned_numbers_reach_their_limit)
{
    uint64_t value;
    CHECK(number_parse_uint(BYTES("18446744073709551615"), &value) && value == UINT64_MAX);
    CHECK(!number_parse_uint(BYTES("18446744073709551616"), &value));
    CHECK(!number_parse_uint(BYTES("-1"), &value));
    CHECK_INT(number_count_digits(0), 1);
    CHECK_INT(number_count_digits(9999), 4);
    CHECK_INT(number_count_digits(10000), 5);
    CHECK_INT(number_count_digits(UINT64_MAX), 20);
}

TEST(doubles_are_strict)
{
    double value;
    CHECK(number_parse_double(BYTES("1.5"), &value) && value == 1.5);
    CHECK(number_parse_double(BYTES("-inf"), &value) && value < 0);
    CHECK(!number_parse_double(BYTES("nan"), &value));
    CHECK(!number_parse_double(BYTES(" 1"), &value));
    CHECK(!number_parse_double(BYTES("1 "), &value));
    CHECK(!number_parse_double(BYTES(""), &value));
    CHECK(!number_parse_double(BYTES("1e999"), &value));
    CHECK(!number_parse_double(bytes_make("1\0"
                                          "2",
                                          3),
                               &value));
}

/* Digits with a point, a sign and leading zeros here and there; some too long for the short way. */
static size_t draw_decimal(struct random *rng, char *text)
{
    size_t len = 0, digits = random_below(rng, 20), point = random_below(rng, 24);
    if (random_below(rng, 3) == 0) text[len++] = '-';
    for (size_t i = 0; i < digits; i++) {
        if (i == point) text[len++] = '.';
        text[len++] = (char)('0' + random_below(rng, random_below(rng, 4) ? 10 : 1));
    }
    if (point == digits) text[len++] = '.';
    text[len] = 0;
    return len;
}

TEST(decimals_are_read_as_strtod_reads_them)
{
    struct random rng;
    test_seed(&rng, "number");
    for (int i = 0; i < 200000; i++) {
        char text[40], *end;
        double value = 0, bound = 0;
        size_t len = draw_decimal(&rng, text);
        double expected = strtod(text, &end);
        bool sound = len > 0 && end == text + len;
        CHECK(number_parse_double(bytes_make(text, len), &value) == sound);
        if (!sound) continue;
        CHECK(memcmp(&value, &expected, sizeof value) == 0);
        CHECK(number_parse_bound(bytes_make(text, len), &bound));
        CHECK(memcmp(&bound, &expected, sizeof bound) == 0);
    }
}

TEST(ends_of_ranges_are_lax)
{
    double value = 1;
    CHECK(number_parse_bound(BYTES(""), &value) && value == 0);
    CHECK(number_parse_bound(BYTES(" 2"), &value) && value == 2);
    CHECK(number_parse_bound(BYTES("1e999"), &value) && value > 1e308);
    CHECK(number_parse_bound(bytes_make("3\0x", 3), &value) && value == 3);
    CHECK(!number_parse_bound(BYTES("2 "), &value));
    CHECK(!number_parse_bound(BYTES("nan"), &value));
}

static void check_long_double(long double value, const char *expected)
{
    char text[NUMBER_LONG_DOUBLE_MAX];
    size_t len = number_write_long_double(text, value);
    CHECK_BYTES(text, len, expected, strlen(expected));
}

TEST(long_doubles_are_written_for_people)
{
    check_long_double(3.0L, "3");
    check_long_double(3.10L, "3.1");
    check_long_double(-0.0L, "0");
    check_long_double(5.0e3L, "5000");
    check_long_double(100.0L, "100");
    check_long_double(1e-18L, "0");
    check_long_double(1e22L, "10000000000000000000000");
}

TEST(doubles_are_written_as_in_replies)
{
    char text[NUMBER_DOUBLE_MAX];
    CHECK_BYTES(text, number_write_double(text, 0.1), "0.10000000000000001", 19);
    CHECK_BYTES(text, number_write_double(text, 3), "3", 1);
    CHECK_BYTES(text, number_write_double(text, 1e300 * 1e300), "inf", 3);
}

TEST(doubles_are_written_as_printf_writes_them)
{
    struct random rng;
    test_seed(&rng, "number");
    for (int i = 0; i < 200000; i++) {
        char text[NUMBER_DOUBLE_MAX], expected[64];
        int64_t integer = (int64_t)random_next(&rng) >> random_below(&rng, 64);
        double value = (double)integer / (double)(1 << random_below(&rng, 4));
        if (random_below(&rng, 50) == 0) value = -0.0;
        snprintf(expected, sizeof expected, "%.17g", value);
        CHECK_BYTES(text, number_write_double(text, value), expected, strlen(expected));
    }
}
