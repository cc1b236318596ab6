#include "diff/grammar_parts.h"

#include <stdio.h>
#include <strings.h>

void grammar_key(int number, char *name, size_t size)
{
    static const char *const forms[] = {"key:%d", "{tag}%d", "k%d", "{a}b{c}%d", "bin\r\n%d", "%d"};
    snprintf(name, size, forms[number % 6], number);
}

bool draw_is_sort(const struct draw *draw)
{
    return strncmp(draw->rule->allowed->name, "sort", 4) == 0;
}

/* The families whose keys a command is about: its own, or one for all of its keys. Sorted sets stay
 * among themselves: redis-server makes one large that it has sorted, and in a large one whose
 * scores are not equal ranges of members are what its dice say. */
static enum grammar_family draw_family(struct draw *draw)
{
    if (draw_is_sort(draw)) return draw_one_in(draw, 2) ? FAMILY_LIST : FAMILY_SET;
    if (draw->rule->family != FAMILY_COUNT) return draw->rule->family;
    return rng_below(draw->rng, FAMILY_COUNT);
}

static bool is_lex(struct draw *draw)
{
    const char *name = draw->rule->allowed->name;
    bool may_be =
        strcmp(name, "zadd") == 0 || strcmp(name, "zrange") == 0 || strcmp(name, "zrem") == 0;
    return strstr(name, "lex") || (may_be && draw_one_in(draw, 4));
}

void draw_begin(struct draw *draw)
{
    draw->family = draw_family(draw);
    draw->lex = is_lex(draw);
}

/* Half of them from a few, so that keys meet again. What ranges of members are where scores are not
 * equal is nobody's business: the last keys of sorted sets have one score for all. */
static int draw_key_number(struct draw *draw)
{
    enum { LEX_KEYS = 3, OTHER_KEYS = GRAMMAR_FAMILY_KEYS - LEX_KEYS };
    if (draw->lex)
        return (int)((OTHER_KEYS + rng_below(draw->rng, LEX_KEYS)) * FAMILY_COUNT + draw->family);
    if (draw->family != FAMILY_ZSET && !draw_is_sort(draw) && draw_one_in(draw, 12))
        return (int)rng_below(draw->rng, GRAMMAR_KEY_COUNT - LEX_KEYS * FAMILY_COUNT);
    uint32_t all = draw->family == FAMILY_ZSET ? OTHER_KEYS : GRAMMAR_FAMILY_KEYS;
    uint32_t bound = draw_one_in(draw, 2) ? 3 : all;
    return (int)(rng_below(draw->rng, bound) * FAMILY_COUNT + draw->family);
}

void draw_key(struct draw *draw)
{
    char name[32];
    if (draw_one_in(draw, 200)) {
        draw_add(draw, "");
        return;
    }
    grammar_key(draw_key_number(draw), name, sizeof(name));
    draw_add(draw, name);
}

static void add_long_value(struct draw *draw)
{
    char value[2000];
    size_t len = rng_below(draw->rng, sizeof(value));
    for (size_t i = 0; i < len; i++)
        value[i] = (char)rng_next(draw->rng);
    words_add(draw->words, value, len);
}

/* Of collections: few, so that they are met again. */
static void add_member(struct draw *draw)
{
    static const char *const members[] = {"a", "b",  "c", "d",   "e",   "f",  "0",     "1",
                                          "2", "3",  "4", "-5",  "300", "x1", "Paris", "Rome",
                                          "",  "10", "z", "abc", "7.5", "y2", "k",     "70000"};
    draw_add(draw, PICK(draw, members));
}

void draw_value(struct draw *draw)
{
    if (draw->rule->family != FAMILY_STRING && !draw_one_in(draw, 4)) {
        add_member(draw);
        return;
    }
    static const char *const values[] = {"",
                                         "a",
                                         "b",
                                         "value",
                                         "0",
                                         "1",
                                         "-1",
                                         "12",
                                         "-0",
                                         "+1",
                                         " 1",
                                         "1 ",
                                         "01",
                                         "007",
                                         "1.5",
                                         "-2.25",
                                         "3.0e3",
                                         "1e300",
                                         "0x10",
                                         "nan",
                                         "inf",
                                         "9223372036854775807",
                                         "-9223372036854775808",
                                         "9223372036854775808",
                                         "99999999999999999999",
                                         "10000",
                                         "NX",
                                         "EX",
                                         "line\r\nend",
                                         "\xff\xfe",
                                         "0123456789012345678901234567890123456789abcd",
                                         "0123456789012345678901234567890123456789abcde",
                                         "the quick brown fox",
                                         "100000000000"};
    char number[32];
    uint32_t kind = rng_below(draw->rng, 100);
    if (kind == 0 && draw->family != FAMILY_LIST && draw->family != FAMILY_SET) {
        words_add(draw->words, "a\0b", 3);
    } else if (kind < 4 && draw->rule->family != FAMILY_ZSET) {
        add_long_value(draw);
    } else if (kind < 30) {
        snprintf(number, sizeof(number), "%lld", (long long)rng_next(draw->rng) >> (kind * 2));
        draw_add(draw, number);
    } else {
        draw_add(draw, PICK(draw, values));
    }
}

/* Seconds or milliseconds from now: far enough, and so far apart that no two are close. */
void draw_duration(struct draw *draw)
{
    static const char *const wrong[] = {"0",
                                        "-1",
                                        "x",
                                        "",
                                        "1.5",
                                        "9223372036854775807",
                                        "9223372036854775",
                                        "-9223372036854775808"};
    char number[32];
    if (draw_one_in(draw, 8)) {
        draw_add(draw, PICK(draw, wrong));
        return;
    }
    snprintf(number, sizeof(number), "%u000000", 100 + rng_below(draw->rng, 1000000));
    draw_add(draw, number);
}

void draw_moment(struct draw *draw)
{
    static const char *const moments[] = {"33177117420",
                                          "33177117421",
                                          "33177117420123",
                                          "33177117420500",
                                          "33177117420499",
                                          "40000000000",
                                          "40000000000000",
                                          "1",
                                          "1000000",
                                          "0",
                                          "-1",
                                          "x",
                                          "9223372036854775807",
                                          "9223372036854775",
                                          "9223372036854776"};
    draw_add(draw, PICK(draw, moments));
}

void draw_integer(struct draw *draw)
{
    static const char *const integers[] = {"0",
                                           "0",
                                           "1",
                                           "1",
                                           "2",
                                           "3",
                                           "5",
                                           "7",
                                           "-1",
                                           "-2",
                                           "-5",
                                           "10",
                                           "15",
                                           "16",
                                           "100",
                                           "1000",
                                           "-100",
                                           "-1000",
                                           "536870911000",
                                           "2147483648",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "9223372036854775808",
                                           "x",
                                           "",
                                           "1.0",
                                           "+1",
                                           " 1",
                                           "00"};
    draw_add(draw, PICK(draw, integers));
}

/* Of LPOS. The least integer is not here: redis-server 7.0 answers it with indexes that there are
 * not, later ones refuse it. */
void draw_rank(struct draw *draw)
{
    static const char *const ranks[] = {"1", "2", "3", "-1", "-2", "0", "x", "9223372036854775807"};
    draw_add(draw, PICK(draw, ranks));
}

void draw_double(struct draw *draw)
{
    static const char *const doubles[] = {"0",
                                          "1",
                                          "-1",
                                          "0.1",
                                          "0.2",
                                          "1.5",
                                          "-2.25",
                                          "3.0e3",
                                          "1e-5",
                                          "1e15",
                                          "x",
                                          "",
                                          "nan",
                                          "inf",
                                          "-inf",
                                          "1 ",
                                          "0.30000000000000004",
                                          "123456789.123456789"};
    draw_add(draw, PICK(draw, doubles));
}

void draw_pattern(struct draw *draw)
{
    static const char *const patterns[] = {"*",      "key:*", "k?",      "{tag}*", "*1",
                                           "[a-k]*", "[^k]*", "*[",      "\\k*",   "",
                                           "key:1",  "*:*1*", "b?n\r\n*"};
    draw_add(draw, PICK(draw, patterns));
}
