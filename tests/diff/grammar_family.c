/* What the commands of single families are given. */
#include <stdio.h>

#include "diff/grammar_parts.h"
#include "diff/grammar_stream.h"

static bool is_bitmap(const struct draw *draw)
{
    return strstr(draw->rule->allowed->name, "bit") != NULL;
}

static bool is_hll(const struct draw *draw)
{
    return strncmp(draw->rule->allowed->name, "pf", 2) == 0;
}

/* Places and numbers of bits. None that is allowed makes a string of more than 32 KB, which no
 * sparse HyperLogLog has: we refuse such a one, where redis-server may count into its beginning. */
static void add_bit_number(struct draw *draw, bool counts_fields)
{
    static const char *const numbers[] = {"0",
                                          "1",
                                          "7",
                                          "8",
                                          "-1",
                                          "-2",
                                          "-9",
                                          "63",
                                          "64",
                                          "127",
                                          "128",
                                          "255",
                                          "256",
                                          "-128",
                                          "-129",
                                          "4294967296",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "9223372036854775808",
                                          "x",
                                          "",
                                          "#",
                                          "1.0"};
    char number[32];
    if (draw_one_in(draw, 3)) {
        draw_add(draw, PICK(draw, numbers));
        return;
    }
    bool has_sign = counts_fields && draw_one_in(draw, 3);
    uint32_t bound = draw_one_in(draw, 20)  ? (has_sign ? 3900 : 250000)
                     : draw_one_in(draw, 4) ? 2000
                                            : 200;
    snprintf(number, sizeof(number), "%s%u", has_sign ? "#" : "", rng_below(draw->rng, bound));
    draw_add(draw, number);
}

static void add_encoding(struct draw *draw)
{
    static const char *const wrong[] = {"u64", "i65", "u0", "i0", "I8", "8", "", "u08", "u-1"};
    char encoding[32];
    if (draw_one_in(draw, 20)) {
        draw_add(draw, PICK(draw, wrong));
        return;
    }
    bool is_signed = draw_one_in(draw, 2);
    uint32_t bits = draw_one_in(draw, 2) ? 8 : 1 + rng_below(draw->rng, is_signed ? 64 : 63);
    snprintf(encoding, sizeof(encoding), "%c%u", is_signed ? 'i' : 'u', bits);
    draw_add(draw, encoding);
}

static void add_debug_word(struct draw *draw)
{
    static const char *const words[] = {"ENCODING", "decode", "DECODE", "todense", "GETREG", "x"};
    draw_add(draw, PICK(draw, words));
}

/* SETBIT's value and BITPOS' bit. */
static void add_bit(struct draw *draw)
{
    static const char *const wrong[] = {"2", "-1", "x", "", "1.0", "9223372036854775808"};
    draw_add(draw, draw_one_in(draw, 20) ? PICK(draw, wrong) : draw_one_in(draw, 2) ? "1" : "0");
}

/* What a name means in these families. false: nothing special. */
bool family_plain_argument(struct draw *draw, const char *name)
{
    bool is_field = strncmp(draw->rule->allowed->name, "bitfield", 8) == 0;
    bool is_bit = strcmp(name, "bit") == 0 || (!is_field && strcmp(name, "value") == 0);
    if (is_hll(draw) && strcmp(name, "subcommand") == 0)
        add_debug_word(draw);
    else if (is_bitmap(draw) && strcmp(name, "encoding") == 0)
        add_encoding(draw);
    else if (is_bitmap(draw) && is_bit)
        add_bit(draw);
    else if (is_bitmap(draw))
        add_bit_number(draw, strcmp(name, "offset") == 0 && is_field);
    else
        return false;
    return true;
}

static void add_score(struct draw *draw)
{
    static const char *const scores[] = {"0",   "1",  "1",    "2",   "3",    "-1",
                                         "1.5", "10", "2.25", "inf", "-inf", "0.1"};
    if (draw->lex)
        draw_add(draw, "1");
    else if (draw_one_in(draw, 10))
        draw_double(draw);
    else
        draw_add(draw, PICK(draw, scores));
}

/* An end of a range of scores, or of bytes. */
static void add_bound(struct draw *draw)
{
    static const char *const scores[] = {"(1", "-inf", "+inf", "(0",   "(x",
                                         "(",  "",     "(inf", "1e300"};
    static const char *const lexes[] = {"-",  "+",   "[a",  "(a", "[c", "(c",
                                        "[x", "[30", "(b5", "[",  "++", "(70000"};
    bool by_lex =
        strstr(draw->rule->allowed->name, "lex") ? !draw_one_in(draw, 8) : draw_one_in(draw, 4);
    if (by_lex)
        draw_add(draw, PICK(draw, lexes));
    else if (draw_one_in(draw, 2))
        draw_add(draw, PICK(draw, scores));
    else
        add_score(draw);
}

/* Longitudes, latitudes and distances that meet. */
static bool add_of_geo(struct draw *draw, const char *name)
{
    static const char *const longitudes[] = {"13.361389", "15.087269", "2.35",  "-180", "180",
                                             "179.9",     "-122.4",    "13.5",  "0",    "181",
                                             "2.3522219", "-179.99",   "14.25", "x",    "nan"};
    static const char *const latitudes[] = {"38.115556",  "37.502669", "48.85", "85.05112878",
                                            "-85.051128", "0",         "37.9",  "-33.8688",
                                            "66.5",       "86",        "80.3",  "48.8566"};
    static const char *const distances[] = {"0",    "1",     "100",   "200.5", "1000", "3000.25",
                                            "5000", "20000", "10000", "1e7",   "-1",   "inf"};
    /* Of places equally far away redis-server answers any, if not all. */
    static const char *const counts[] = {"100", "1000", "9223372036854775807", "0", "-1", "x"};
    bool of_geo = strncmp(draw->rule->allowed->name, "geo", 3) == 0;
    if (of_geo && strcmp(name, "count") == 0)
        draw_add(draw, PICK(draw, counts));
    else if (strcmp(name, "longitude") == 0)
        draw_add(draw, PICK(draw, longitudes));
    else if (strcmp(name, "latitude") == 0)
        draw_add(draw, PICK(draw, latitudes));
    else if (strcmp(name, "radius") == 0 || strcmp(name, "width") == 0 ||
             strcmp(name, "height") == 0)
        draw_add(draw, PICK(draw, distances));
    else
        return false;
    return true;
}

/* Arguments of sorted sets that would rarely mean anything if drawn by type. */
static bool add_of_zset(struct draw *draw, const char *name)
{
    if (draw->rule->family != FAMILY_ZSET) return false;
    if (add_of_geo(draw, name)) return true;
    bool ends = strcmp(name, "min") == 0 || strcmp(name, "max") == 0;
    bool by_index = strcmp(name, "start") == 0 || strcmp(name, "stop") == 0;
    /* Where scores differ, what a range by bytes passes over is not defined. */
    static const char *const offsets[] = {"0", "0", "0", "-1", "x"};
    const char *command = draw->rule->allowed->name;
    bool may_be_lex = strstr(command, "lex") || strncmp(command, "zrange", 6) == 0;
    if (may_be_lex && strcmp(command, "zrangebyscore") != 0 && strcmp(name, "offset") == 0)
        draw_add(draw, PICK(draw, offsets));
    else if (strcmp(name, "score") == 0 || strcmp(name, "weight") == 0 ||
             strcmp(name, "increment") == 0)
        add_score(draw);
    else if (ends ||
             (by_index && strcmp(draw->rule->allowed->name, "zrange") == 0 && draw_one_in(draw, 2)))
        add_bound(draw);
    else
        return false;
    return true;
}

/* Keys, and as many ids, most of the time. */
static void add_streams(struct draw *draw)
{
    uint32_t keys = 1 + rng_below(draw->rng, 3), ids = draw_one_in(draw, 20) ? keys + 1 : keys;
    for (uint32_t i = 0; i < keys; i++)
        draw_key(draw);
    for (uint32_t i = 0; i < ids; i++) {
        if (draw_one_in(draw, 3))
            draw_add(draw, ">");
        else
            grammar_stream_id(draw->rng, draw->words);
    }
}

static bool add_of_stream(struct draw *draw, const struct reply *argument)
{
    const char *name = grammar_text(argument, "name");
    if (draw->rule->family != FAMILY_STREAM) return false;
    if (strcmp(name, "streams") == 0)
        add_streams(draw);
    else if (reply_find(argument, "arguments") ||
             strcmp(grammar_text(argument, "type"), "pure-token") == 0)
        return false;
    else
        return grammar_stream_argument(draw->rng, draw->words, name,
                                       grammar_text(argument, "token"));
    return true;
}

/* Not 0, which would be for ever. */
static bool add_timeout(struct draw *draw, const char *name)
{
    static const char *const timeouts[] = {"0.001", "0.001", "0.002", "1e-3", "-1", "x", "nan"};
    if (strcmp(name, "timeout") != 0) return false;
    draw_add(draw, PICK(draw, timeouts));
    return true;
}

static bool add_channel(struct draw *draw, const char *name)
{
    static const char *const channels[] = {"a", "1", "value", "", "b", "A", "a\r\n"};
    if (strcmp(name, "channel") != 0 && strcmp(name, "shardchannel") != 0) return false;
    draw_add(draw, PICK(draw, channels));
    return true;
}

bool family_argument(struct draw *draw, const struct reply *argument)
{
    const char *name = grammar_text(argument, "name");
    return add_timeout(draw, name) || add_channel(draw, name) || add_of_zset(draw, name) ||
           add_of_stream(draw, argument);
}
