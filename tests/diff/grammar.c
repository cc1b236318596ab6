#include "diff/grammar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "diff/grammar_stream.h"

/* DBSIZE is not here: redis-server counts keys that have expired and that nobody looked at. Nor is
 * OBJECT REFCOUNT: whether an integer is shared there depends on which command put it. Nor
 * PFSELFTEST, which takes half a second there. */

/* How often a command is drawn. What throws everything away is rare, and what only reads stays
 * below what writes. */
struct allowed {
    const char *name, *subcommand;
    int weight;
    enum grammar_comparison comparison;
};

static const struct allowed allow_list[] = {
    {"append", NULL, 10},
    {"decr", NULL, 8},
    {"decrby", NULL, 10},
    {"get", NULL, 20},
    {"getdel", NULL, 6},
    {"getex", NULL, 15},
    {"getrange", NULL, 12},
    {"getset", NULL, 8},
    {"incr", NULL, 10},
    {"incrby", NULL, 10},
    {"incrbyfloat", NULL, 12},
    {"lcs", NULL, 4},
    {"mget", NULL, 12},
    {"mset", NULL, 12},
    {"msetnx", NULL, 8},
    {"psetex", NULL, 8},
    {"set", NULL, 60},
    {"setex", NULL, 8},
    {"setnx", NULL, 8},
    {"setrange", NULL, 12},
    {"strlen", NULL, 8},
    {"substr", NULL, 3},
    {"copy", NULL, 15},
    {"del", NULL, 10},
    {"exists", NULL, 10},
    {"expire", NULL, 12},
    {"expireat", NULL, 12},
    {"expiretime", NULL, 6},
    {"keys", NULL, 3, COMPARE_AS_SET},
    {"move", NULL, 8},
    {"persist", NULL, 8},
    {"pexpire", NULL, 10},
    {"pexpireat", NULL, 10},
    {"pexpiretime", NULL, 6},
    {"pttl", NULL, 6},
    {"randomkey", NULL, 2, COMPARE_COUNT},
    {"rename", NULL, 12},
    {"renamenx", NULL, 10},
    {"touch", NULL, 5},
    {"ttl", NULL, 6},
    {"type", NULL, 5},
    {"unlink", NULL, 6},
    {"select", NULL, 4},
    {"swapdb", NULL, 1},
    {"flushdb", NULL, 1},
    {"ping", NULL, 2},
    {"echo", NULL, 2},
    {"object", "encoding", 10, COMPARE_ENCODING},
    {"flushall", NULL, 1},
    {"object", "freq", 1},
    {"lindex", NULL, 8},
    {"linsert", NULL, 10},
    {"llen", NULL, 4},
    {"lmove", NULL, 10},
    {"lmpop", NULL, 5},
    {"lpop", NULL, 8},
    {"lpos", NULL, 10},
    {"lpush", NULL, 20},
    {"lpushx", NULL, 6},
    {"lrange", NULL, 10},
    {"lrem", NULL, 8},
    {"lset", NULL, 10},
    {"ltrim", NULL, 4},
    {"rpop", NULL, 8},
    {"rpoplpush", NULL, 5},
    {"rpush", NULL, 20},
    {"rpushx", NULL, 6},
    {"hdel", NULL, 8},
    {"hexists", NULL, 5},
    {"hget", NULL, 8},
    {"hgetall", NULL, 6, COMPARE_AS_PAIRS},
    {"hincrby", NULL, 8},
    {"hincrbyfloat", NULL, 8},
    {"hkeys", NULL, 4, COMPARE_AS_SET},
    {"hlen", NULL, 4},
    {"hmget", NULL, 6},
    {"hmset", NULL, 6},
    {"hrandfield", NULL, 6, COMPARE_COUNT},
    {"hscan", NULL, 6, COMPARE_SCAN},
    {"hset", NULL, 30},
    {"hsetnx", NULL, 8},
    {"hstrlen", NULL, 4},
    {"hvals", NULL, 4, COMPARE_AS_SET},
    {"sadd", NULL, 30},
    {"scard", NULL, 4},
    {"sdiff", NULL, 8, COMPARE_AS_SET},
    {"sdiffstore", NULL, 8},
    {"sinter", NULL, 8, COMPARE_AS_SET},
    {"sintercard", NULL, 8},
    {"sinterstore", NULL, 8},
    {"sismember", NULL, 6},
    {"smembers", NULL, 6, COMPARE_AS_SET},
    {"smismember", NULL, 5},
    {"smove", NULL, 10},
    {"sort", NULL, 15},
    {"sort_ro", NULL, 8},
    {"spop", NULL, 4, COMPARE_POPPED},
    {"srandmember", NULL, 6, COMPARE_COUNT},
    {"srem", NULL, 10},
    {"sscan", NULL, 6, COMPARE_SCAN},
    {"sunion", NULL, 8, COMPARE_AS_SET},
    {"sunionstore", NULL, 10},
    {"geoadd", NULL, 20},
    {"geodist", NULL, 5},
    {"geohash", NULL, 4},
    {"geopos", NULL, 4},
    {"georadius", NULL, 6},
    {"georadius_ro", NULL, 5},
    {"georadiusbymember", NULL, 6},
    {"georadiusbymember_ro", NULL, 5},
    {"geosearch", NULL, 12},
    {"geosearchstore", NULL, 8},
    {"zadd", NULL, 25},
    {"zcard", NULL, 3},
    {"zcount", NULL, 8},
    {"zdiff", NULL, 5},
    {"zdiffstore", NULL, 5},
    {"zincrby", NULL, 8},
    {"zinter", NULL, 5},
    {"zintercard", NULL, 4},
    {"zinterstore", NULL, 5},
    {"zlexcount", NULL, 8},
    {"zmpop", NULL, 3},
    {"zmscore", NULL, 4},
    {"zpopmax", NULL, 3},
    {"zpopmin", NULL, 3},
    {"zrandmember", NULL, 4, COMPARE_COUNT},
    {"zrange", NULL, 15},
    {"zrangebylex", NULL, 6},
    {"zrangebyscore", NULL, 8},
    {"zrangestore", NULL, 8},
    {"zrank", NULL, 6},
    {"zrem", NULL, 8},
    {"zremrangebylex", NULL, 3},
    {"zremrangebyrank", NULL, 3},
    {"zremrangebyscore", NULL, 3},
    {"zrevrange", NULL, 5},
    {"zrevrangebylex", NULL, 6},
    {"zrevrangebyscore", NULL, 8},
    {"zrevrank", NULL, 6},
    {"zscan", NULL, 5, COMPARE_SCAN},
    {"zscore", NULL, 6},
    {"zunion", NULL, 5},
    {"zunionstore", NULL, 5},
    {"bitcount", NULL, 12},
    {"bitfield", NULL, 16},
    {"bitfield_ro", NULL, 5},
    {"bitop", NULL, 12},
    {"bitpos", NULL, 12},
    {"getbit", NULL, 8},
    {"setbit", NULL, 16},
    {"pfadd", NULL, 40},
    {"pfcount", NULL, 15},
    {"pfdebug", NULL, 3},
    {"pfmerge", NULL, 12},
    {"xack", NULL, 8},
    {"xadd", NULL, 50},
    {"xautoclaim", NULL, 6},
    {"xclaim", NULL, 8},
    {"xdel", NULL, 8},
    {"xgroup", "create", 10},
    {"xgroup", "createconsumer", 3},
    {"xgroup", "delconsumer", 2},
    {"xgroup", "destroy", 1},
    {"xgroup", "setid", 3},
    {"xinfo", "consumers", 3, COMPARE_UNTIMED},
    {"xinfo", "groups", 6},
    {"xinfo", "stream", 8, COMPARE_UNTIMED},
    {"xlen", NULL, 4},
    {"xpending", NULL, 8, COMPARE_UNTIMED},
    {"xrange", NULL, 10},
    {"xread", NULL, 8},
    {"xreadgroup", NULL, 20},
    {"xrevrange", NULL, 8},
    {"xsetid", NULL, 3},
    {"xtrim", NULL, 5},
};

#define ALLOWED_COUNT (sizeof(allow_list) / sizeof(*allow_list))

struct rule {
    const struct allowed *allowed;
    enum grammar_family family;    /* FAMILY_COUNT: of all */
    const struct reply *arguments; /* of ours; NULL: it has none */
    const struct reply *theirs;    /* the whole of their entry, searched for tokens */
};

struct grammar {
    struct rule rules[ALLOWED_COUNT];
    int count, weight;
};

static const char *text_of(const struct reply *map, const char *key)
{
    const struct reply *value = reply_find(map, key);
    return value && value->data ? value->data : "";
}

static const struct reply *entry_of(const struct reply *docs, const struct allowed *allowed)
{
    const struct reply *entry = reply_find(docs, allowed->name);
    if (!entry || !allowed->subcommand) return entry;
    char name[64];
    const struct reply *subcommands = reply_find(entry, "subcommands");
    snprintf(name, sizeof(name), "%s|%s", allowed->name, allowed->subcommand);
    return subcommands ? reply_find(subcommands, name) : NULL;
}

static enum grammar_family family_of_group(const char *group)
{
    static const struct {
        const char *name;
        enum grammar_family family;
    } groups[] = {
        {"string", FAMILY_STRING}, {"bitmap", FAMILY_STRING}, {"list", FAMILY_LIST},
        {"set", FAMILY_SET},       {"hash", FAMILY_HASH},     {"sorted-set", FAMILY_ZSET},
        {"geo", FAMILY_ZSET},      {"stream", FAMILY_STREAM}, {"hyperloglog", FAMILY_HLL},
    };
    for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
        if (strcmp(groups[i].name, group) == 0) return groups[i].family;
    return FAMILY_COUNT;
}

static bool add_rule(struct grammar *grammar, const struct allowed *allowed,
                     const struct reply *ours, const struct reply *theirs)
{
    const struct reply *arguments = reply_find(ours, "arguments");
    if (!arguments && reply_find(theirs, "arguments")) {
        printf("COMMAND DOCS tells no arguments of %s %s\n", allowed->name,
               allowed->subcommand ? allowed->subcommand : "");
        return false;
    }
    enum grammar_family family = family_of_group(text_of(ours, "group"));
    grammar->rules[grammar->count++] = (struct rule){allowed, family, arguments, theirs};
    grammar->weight += allowed->weight;
    return true;
}

struct grammar *grammar_new(const struct reply *ours, const struct reply *theirs)
{
    struct grammar *grammar = calloc(1, sizeof(*grammar));
    bool ok = grammar != NULL;
    for (size_t i = 0; i < ALLOWED_COUNT; i++) {
        const struct reply *our_entry = entry_of(ours, &allow_list[i]);
        const struct reply *their_entry = entry_of(theirs, &allow_list[i]);
        if (our_entry && their_entry &&
            !add_rule(grammar, &allow_list[i], our_entry, their_entry)) {
            ok = false;
        }
    }
    if (ok && grammar->count) return grammar;
    free(grammar);
    return NULL;
}

void grammar_free(struct grammar *grammar)
{
    free(grammar);
}

int grammar_count(const struct grammar *grammar)
{
    return grammar->count;
}

void grammar_key(int number, char *name, size_t size)
{
    static const char *const forms[] = {"key:%d", "{tag}%d", "k%d", "{a}b{c}%d", "bin\r\n%d", "%d"};
    snprintf(name, size, forms[number % 6], number);
}

struct draw {
    struct rng *rng;
    struct words *words;
    const struct rule *rule;
    int numkeys;                /* word that says how many keys follow; 0: none */
    uint32_t key_count;         /* the keys that did */
    enum grammar_family family; /* of its keys */
    bool lex;                   /* sorted sets with one score for all: see draw_key() */
};

static void add(struct draw *draw, const char *word)
{
    words_add(draw->words, word, strlen(word));
}

static bool one_in(struct draw *draw, uint32_t n)
{
    return rng_below(draw->rng, n) == 0;
}

#define PICK(draw, list) list[rng_below((draw)->rng, sizeof(list) / sizeof(*list))]

static bool is_bitmap(const struct draw *draw)
{
    return strstr(draw->rule->allowed->name, "bit") != NULL;
}

static bool is_hll(const struct draw *draw)
{
    return strncmp(draw->rule->allowed->name, "pf", 2) == 0;
}

static bool is_sort(const struct draw *draw)
{
    return strncmp(draw->rule->allowed->name, "sort", 4) == 0;
}

/* The families whose keys a command is about: its own, or one for all of its keys. Sorted sets stay
 * among themselves: redis-server makes one large that it has sorted, and in a large one whose
 * scores are not equal ranges of members are what its dice say. */
static enum grammar_family draw_family(struct draw *draw)
{
    if (is_sort(draw)) return one_in(draw, 2) ? FAMILY_LIST : FAMILY_SET;
    if (draw->rule->family != FAMILY_COUNT) return draw->rule->family;
    return rng_below(draw->rng, FAMILY_COUNT);
}

static bool is_lex(struct draw *draw)
{
    const char *name = draw->rule->allowed->name;
    bool may_be =
        strcmp(name, "zadd") == 0 || strcmp(name, "zrange") == 0 || strcmp(name, "zrem") == 0;
    return strstr(name, "lex") || (may_be && one_in(draw, 4));
}

/* Half of them from a few, so that keys meet again. What ranges of members are where scores are not
 * equal is nobody's business: the last keys of sorted sets have one score for all. */
static int draw_key(struct draw *draw)
{
    enum { LEX_KEYS = 3, OTHER_KEYS = GRAMMAR_FAMILY_KEYS - LEX_KEYS };
    if (draw->lex)
        return (int)((OTHER_KEYS + rng_below(draw->rng, LEX_KEYS)) * FAMILY_COUNT + draw->family);
    if (draw->family != FAMILY_ZSET && !is_sort(draw) && one_in(draw, 12))
        return (int)rng_below(draw->rng, GRAMMAR_KEY_COUNT - LEX_KEYS * FAMILY_COUNT);
    uint32_t all = draw->family == FAMILY_ZSET ? OTHER_KEYS : GRAMMAR_FAMILY_KEYS;
    uint32_t bound = one_in(draw, 2) ? 3 : all;
    return (int)(rng_below(draw->rng, bound) * FAMILY_COUNT + draw->family);
}

static void add_key(struct draw *draw)
{
    char name[32];
    if (one_in(draw, 200)) {
        add(draw, "");
        return;
    }
    grammar_key(draw_key(draw), name, sizeof(name));
    add(draw, name);
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
    add(draw, PICK(draw, members));
}

static void add_value(struct draw *draw)
{
    if (draw->rule->family != FAMILY_STRING && !one_in(draw, 4)) {
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
        add(draw, number);
    } else {
        add(draw, PICK(draw, values));
    }
}

/* Seconds or milliseconds from now: far enough, and so far apart that no two are close. */
static void add_duration(struct draw *draw)
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
    if (one_in(draw, 8)) {
        add(draw, PICK(draw, wrong));
        return;
    }
    snprintf(number, sizeof(number), "%u000000", 100 + rng_below(draw->rng, 1000000));
    add(draw, number);
}

static void add_moment(struct draw *draw)
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
    add(draw, PICK(draw, moments));
}

static void add_integer(struct draw *draw)
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
    add(draw, PICK(draw, integers));
}

/* Of LPOS. The least integer is not here: redis-server 7.0 answers it with indexes that there are
 * not, later ones refuse it. */
static void add_rank(struct draw *draw)
{
    static const char *const ranks[] = {"1", "2", "3", "-1", "-2", "0", "x", "9223372036854775807"};
    add(draw, PICK(draw, ranks));
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
    if (one_in(draw, 3)) {
        add(draw, PICK(draw, numbers));
        return;
    }
    bool has_sign = counts_fields && one_in(draw, 3);
    uint32_t bound = one_in(draw, 20) ? (has_sign ? 3900 : 250000) : one_in(draw, 4) ? 2000 : 200;
    snprintf(number, sizeof(number), "%s%u", has_sign ? "#" : "", rng_below(draw->rng, bound));
    add(draw, number);
}

static void add_encoding(struct draw *draw)
{
    static const char *const wrong[] = {"u64", "i65", "u0", "i0", "I8", "8", "", "u08", "u-1"};
    char encoding[32];
    if (one_in(draw, 20)) {
        add(draw, PICK(draw, wrong));
        return;
    }
    bool is_signed = one_in(draw, 2);
    uint32_t bits = one_in(draw, 2) ? 8 : 1 + rng_below(draw->rng, is_signed ? 64 : 63);
    snprintf(encoding, sizeof(encoding), "%c%u", is_signed ? 'i' : 'u', bits);
    add(draw, encoding);
}

static void add_debug_word(struct draw *draw)
{
    static const char *const words[] = {"ENCODING", "decode", "DECODE", "todense", "GETREG", "x"};
    add(draw, PICK(draw, words));
}

/* SETBIT's value and BITPOS' bit. */
static void add_bit(struct draw *draw)
{
    static const char *const wrong[] = {"2", "-1", "x", "", "1.0", "9223372036854775808"};
    add(draw, one_in(draw, 20) ? PICK(draw, wrong) : one_in(draw, 2) ? "1" : "0");
}

/* What a name means in these families. false: nothing special. */
static bool add_family_argument(struct draw *draw, const char *name)
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

static void add_double(struct draw *draw)
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
    add(draw, PICK(draw, doubles));
}

static void add_pattern(struct draw *draw)
{
    static const char *const patterns[] = {"*",      "key:*", "k?",      "{tag}*", "*1",
                                           "[a-k]*", "[^k]*", "*[",      "\\k*",   "",
                                           "key:1",  "*:*1*", "b?n\r\n*"};
    add(draw, PICK(draw, patterns));
}

static bool is_duration(const struct draw *draw, const char *token)
{
    static const char *const commands[] = {"expire", "pexpire", "setex", "psetex"};
    if (strcasecmp(token, "EX") == 0 || strcasecmp(token, "PX") == 0) return true;
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (strcmp(draw->rule->allowed->name, commands[i]) == 0) return true;
    }
    return false;
}

/* Does the other server know this token for this command? */
static bool has_token(const struct reply *tree, const char *token)
{
    const char *own = text_of(tree, "token");
    if (strcasecmp(own, token) == 0) return true;
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->items[i]->count && has_token(tree->items[i], token)) return true;
    }
    return false;
}

static bool is_known(const struct draw *draw, const struct reply *argument)
{
    const char *token = text_of(argument, "token");
    if (!draw->lex && strcasecmp(token, "BYLEX") == 0) return false;
    bool changes_scores = strcasecmp(token, "INCR") == 0;
    if (draw->lex && changes_scores) return false;
    if (draw->rule->family == FAMILY_STREAM && grammar_stream_avoids(token)) return false;
    return !*token || has_token(draw->rule->theirs, token);
}

static bool has_flag(const struct reply *argument, const char *flag)
{
    const struct reply *flags = reply_find(argument, "flags");
    for (size_t i = 0; flags && i < flags->count; i++) {
        if (strcmp(flags->items[i]->data, flag) == 0) return true;
    }
    return false;
}

static void add_arguments(struct draw *draw, const struct reply *arguments);

static void add_one_of(struct draw *draw, const struct reply *choices);

static void add_token(struct draw *draw, const char *token)
{
    char word[64];
    if (!*token) return;
    snprintf(word, sizeof(word), "%s", token);
    if (one_in(draw, 3)) {
        for (char *at = word; *at; at++)
            *at = (char)tolower((unsigned char)*at);
    }
    add(draw, word);
}

static void add_score(struct draw *draw)
{
    static const char *const scores[] = {"0",   "1",  "1",    "2",   "3",    "-1",
                                         "1.5", "10", "2.25", "inf", "-inf", "0.1"};
    if (draw->lex)
        add(draw, "1");
    else if (one_in(draw, 10))
        add_double(draw);
    else
        add(draw, PICK(draw, scores));
}

/* An end of a range of scores, or of bytes. */
static void add_bound(struct draw *draw)
{
    static const char *const scores[] = {"(1", "-inf", "+inf", "(0",   "(x",
                                         "(",  "",     "(inf", "1e300"};
    static const char *const lexes[] = {"-",  "+",   "[a",  "(a", "[c", "(c",
                                        "[x", "[30", "(b5", "[",  "++", "(70000"};
    bool by_lex = strstr(draw->rule->allowed->name, "lex") ? !one_in(draw, 8) : one_in(draw, 4);
    if (by_lex)
        add(draw, PICK(draw, lexes));
    else if (one_in(draw, 2))
        add(draw, PICK(draw, scores));
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
        add(draw, PICK(draw, counts));
    else if (strcmp(name, "longitude") == 0)
        add(draw, PICK(draw, longitudes));
    else if (strcmp(name, "latitude") == 0)
        add(draw, PICK(draw, latitudes));
    else if (strcmp(name, "radius") == 0 || strcmp(name, "width") == 0 ||
             strcmp(name, "height") == 0)
        add(draw, PICK(draw, distances));
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
        add(draw, PICK(draw, offsets));
    else if (strcmp(name, "score") == 0 || strcmp(name, "weight") == 0 ||
             strcmp(name, "increment") == 0)
        add_score(draw);
    else if (ends ||
             (by_index && strcmp(draw->rule->allowed->name, "zrange") == 0 && one_in(draw, 2)))
        add_bound(draw);
    else
        return false;
    return true;
}

/* Keys, and as many ids, most of the time. */
static void add_streams(struct draw *draw)
{
    uint32_t keys = 1 + rng_below(draw->rng, 3), ids = one_in(draw, 20) ? keys + 1 : keys;
    for (uint32_t i = 0; i < keys; i++)
        add_key(draw);
    for (uint32_t i = 0; i < ids; i++) {
        if (one_in(draw, 3))
            add(draw, ">");
        else
            grammar_stream_id(draw->rng, draw->words);
    }
}

static bool add_of_stream(struct draw *draw, const struct reply *argument)
{
    const char *name = text_of(argument, "name");
    if (draw->rule->family != FAMILY_STREAM) return false;
    if (strcmp(name, "streams") == 0)
        add_streams(draw);
    else if (reply_find(argument, "arguments") ||
             strcmp(text_of(argument, "type"), "pure-token") == 0)
        return false;
    else
        return grammar_stream_argument(draw->rng, draw->words, name, text_of(argument, "token"));
    return true;
}

static void add_body(struct draw *draw, const struct reply *argument)
{
    if (add_of_zset(draw, text_of(argument, "name"))) return;
    if (add_of_stream(draw, argument)) return;
    const char *type = text_of(argument, "type"), *token = text_of(argument, "token");
    const struct reply *children = reply_find(argument, "arguments");
    bool is_plain = !children && strcmp(type, "pure-token") != 0 && strcmp(type, "key") != 0;
    if (is_plain && add_family_argument(draw, text_of(argument, "name"))) return;
    if (strcmp(type, "key") == 0) {
        add_key(draw);
    } else if (strcmp(type, "integer") == 0) {
        if (is_duration(draw, token)) {
            add_duration(draw);
        } else if (strcmp(token, "RANK") == 0) {
            add_rank(draw);
        } else {
            add_integer(draw);
        }
    } else if (strcmp(type, "double") == 0) {
        add_double(draw);
    } else if (strcmp(type, "pattern") == 0) {
        add_pattern(draw);
    } else if (strcmp(type, "unix-time") == 0) {
        add_moment(draw);
    } else if (strcmp(type, "oneof") == 0 && children) {
        add_one_of(draw, children);
    } else if (strcmp(type, "block") == 0 && children) {
        add_arguments(draw, children);
    } else if (strcmp(type, "pure-token") != 0) {
        add_value(draw);
    }
}

/* After keys have been drawn: what says how many they are says so, most of the time. */
static void settle_numkeys(struct draw *draw, uint32_t count)
{
    char number[16];
    if (!draw->numkeys || one_in(draw, 10)) return;
    int len = snprintf(number, sizeof(number), "%u", count);
    free(draw->words->data[draw->numkeys]);
    draw->words->data[draw->numkeys] = strdup(number);
    draw->words->lens[draw->numkeys] = (size_t)len;
    draw->key_count = count;
}

static uint32_t draw_times(struct draw *draw, const struct reply *argument)
{
    if (!has_flag(argument, "multiple")) return 1;
    bool of_keys = strcmp(text_of(argument, "name"), "weight") == 0 && draw->key_count;
    return of_keys && !one_in(draw, 10) ? draw->key_count : 1 + rng_below(draw->rng, 4);
}

static void add_argument(struct draw *draw, const struct reply *argument)
{
    const char *token = text_of(argument, "token");
    uint32_t times = draw_times(draw, argument);
    if (strcmp(text_of(argument, "name"), "numkeys") == 0) draw->numkeys = draw->words->count;
    for (uint32_t i = 0; i < times; i++) {
        if (i == 0 || has_flag(argument, "multiple_token")) add_token(draw, token);
        add_body(draw, argument);
    }
    if (draw->numkeys && strcmp(text_of(argument, "type"), "key") == 0) settle_numkeys(draw, times);
}

static void add_one_of(struct draw *draw, const struct reply *choices)
{
    for (int tries = 0; tries < 20; tries++) {
        const struct reply *choice = choices->items[rng_below(draw->rng, (uint32_t)choices->count)];
        if (!is_known(draw, choice)) continue;
        add_argument(draw, choice);
        return;
    }
}

/* Where the options end that begin at `start`. */
static size_t end_of_options(const struct reply *arguments, size_t start)
{
    while (start < arguments->count && has_flag(arguments->items[start], "optional"))
        start++;
    return start;
}

static void shuffle(struct draw *draw, const struct reply **items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = rng_below(draw->rng, (uint32_t)i);
        const struct reply *item = items[i - 1];
        items[i - 1] = items[other];
        items[other] = item;
    }
}

/* Options may come in any order, and more than once: a second time it may be another of those that
 * exclude each other. */
static void add_options(struct draw *draw, struct reply *const *options, size_t count)
{
    const struct reply *order[16];
    size_t known = 0;
    for (size_t i = 0; i < count && known < sizeof(order) / sizeof(*order); i++) {
        if (is_known(draw, options[i])) order[known++] = options[i];
    }
    if (one_in(draw, 2)) shuffle(draw, order, known);
    for (size_t i = 0; i < known; i++) {
        if (!one_in(draw, 3)) continue;
        add_argument(draw, order[i]);
        if (one_in(draw, 12)) add_argument(draw, order[rng_below(draw->rng, (uint32_t)known)]);
    }
}

static void add_arguments(struct draw *draw, const struct reply *arguments)
{
    for (size_t i = 0; i < arguments->count;) {
        size_t end = end_of_options(arguments, i);
        if (end == i) {
            if (is_known(draw, arguments->items[i])) add_argument(draw, arguments->items[i]);
            i++;
        } else {
            add_options(draw, &arguments->items[i], end - i);
            i = end;
        }
    }
}

static void drop_word(struct words *words, int at)
{
    free(words->data[at]);
    memmove(&words->data[at], &words->data[at + 1],
            (size_t)(words->count - at - 1) * sizeof(*words->data));
    memmove(&words->lens[at], &words->lens[at + 1],
            (size_t)(words->count - at - 1) * sizeof(*words->lens));
    words->count--;
}

/* Makes a wrong command of a right one. What it adds is never a number, so that no key gets an
 * expiry that ends while the test runs. */
static void spoil(struct draw *draw)
{
    static const char *const garbage[] = {"x", "", "NX", "XX", "GET", "EX", "KEEPTTL", "LIMIT"};
    /* redis-server 7.0 takes one argument less. */
    bool may_add = !strstr(draw->rule->allowed->name, "rank");
    if ((one_in(draw, 2) || !may_add) && draw->words->count > 1) {
        drop_word(draw->words, 1 + (int)rng_below(draw->rng, (uint32_t)draw->words->count - 1));
    } else {
        add(draw, PICK(draw, garbage));
    }
}

/* By a pattern without a star elements are in the order in which they are kept. */
static bool is_unsorted(const struct words *words)
{
    bool unsorted = false;
    if (strncasecmp(words->data[0], "sort", 4) != 0) return false;
    for (int i = 2; i + 1 < words->count; i++)
        if (strcasecmp(words->data[i], "BY") == 0 && !strchr(words->data[i + 1], '*'))
            unsorted = true;
    return unsorted;
}

enum grammar_comparison grammar_comparison(const struct words *words)
{
    if (is_unsorted(words)) return COMPARE_COUNT;
    for (size_t i = 0; i < ALLOWED_COUNT; i++) {
        const struct allowed *allowed = &allow_list[i];
        if (strcasecmp(words->data[0], allowed->name) != 0) continue;
        if (!allowed->subcommand) return allowed->comparison;
        if (words->count > 1 && strcasecmp(words->data[1], allowed->subcommand) == 0)
            return allowed->comparison;
    }
    return COMPARE_EXACT;
}

static int find_word(const struct words *words, const char *word)
{
    for (int i = 1; i < words->count; i++)
        if (strcasecmp(words->data[i], word) == 0) return i;
    return 0;
}

/* Where texts that are compared are equal, or nothing is, the order of SORT is anybody's. */
static void leave_out_chance(struct draw *draw)
{
    if (!is_sort(draw)) return;
    for (int at; find_word(draw->words, "BY") && (at = find_word(draw->words, "ALPHA"));)
        drop_word(draw->words, at);
}

/* Only we have BITCOUNT with a start alone. */
static void leave_out_what_is_newer(struct draw *draw)
{
    bool is_bitcount = strcmp(draw->rule->allowed->name, "bitcount") == 0;
    if (is_bitcount && draw->words->count == 3) drop_word(draw->words, 2);
}

static const struct rule *draw_rule(const struct grammar *grammar, struct rng *rng)
{
    int left = (int)rng_below(rng, (uint32_t)grammar->weight);
    for (int i = 0; i < grammar->count; i++) {
        left -= grammar->rules[i].allowed->weight;
        if (left < 0) return &grammar->rules[i];
    }
    return &grammar->rules[0];
}

void grammar_random_command(const struct grammar *grammar, struct rng *rng, struct words *words)
{
    const struct rule *rule = draw_rule(grammar, rng);
    struct draw draw = {.rng = rng, .words = words, .rule = rule};
    draw.family = draw_family(&draw);
    draw.lex = is_lex(&draw);
    add_token(&draw, rule->allowed->name);
    if (rule->allowed->subcommand) add_token(&draw, rule->allowed->subcommand);
    if (rule->arguments) add_arguments(&draw, rule->arguments);
    leave_out_chance(&draw);
    if (one_in(&draw, 30)) spoil(&draw);
    leave_out_what_is_newer(&draw);
}
