#include "diff/grammar_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* DBSIZE is not here: redis-server counts keys that have expired and that nobody looked at. Nor is
 * OBJECT REFCOUNT: whether an integer is shared there depends on which command put it. Nor
 * PFSELFTEST, which takes half a second there. */

/* How often a command is drawn. What throws everything away is rare, and what only reads stays
 * below what writes. */
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
    {"blmove", NULL, 3},
    {"blmpop", NULL, 3},
    {"blpop", NULL, 3},
    {"brpop", NULL, 3},
    {"brpoplpush", NULL, 2},
    {"bzmpop", NULL, 3},
    {"bzpopmax", NULL, 3},
    {"bzpopmin", NULL, 3},
    {"publish", NULL, 4},
    {"pubsub", "channels", 1, COMPARE_AS_SET},
    {"pubsub", "numpat", 1},
    {"pubsub", "numsub", 1},
    {"pubsub", "shardchannels", 1, COMPARE_AS_SET},
    {"pubsub", "shardnumsub", 1},
    {"spublish", NULL, 2},
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
    {"xinfo", "groups", 6, COMPARE_UNTIMED},
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

struct grammar {
    struct rule rules[ALLOWED_COUNT];
    int count, weight;
};

const char *grammar_text(const struct reply *map, const char *key)
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
    enum grammar_family family = family_of_group(grammar_text(ours, "group"));
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

const struct rule *rules_draw(const struct grammar *grammar, struct rng *rng)
{
    int left = (int)rng_below(rng, (uint32_t)grammar->weight);
    for (int i = 0; i < grammar->count; i++) {
        left -= grammar->rules[i].allowed->weight;
        if (left < 0) return &grammar->rules[i];
    }
    return &grammar->rules[0];
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
