#include "command/cmd_zset.h"

#include "command/cmd_zset_parts.h"

/* --- What the family shares ------------------------------------------------------------------- */

bool zset_members_fit(struct call *call, uint32_t first, uint32_t step, uint32_t count,
                      struct outcome *problem)
{
    for (uint32_t i = 0; i < count; i++) {
        if (call->args[first + i * step].len <= ZSET_MEMBER_MAX) continue;
        *problem =
            reply_error(call, "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
        return false;
    }
    return true;
}

void zset_write_pair(struct call *call, const struct zset_element *element)
{
    if (call->out.protocol == 3) writer_array(&call->out, 2);
    writer_bulk(&call->out, element->member);
    writer_double(&call->out, element->score);
}

void zset_write_count(struct call *call, uint64_t count, bool with_scores)
{
    writer_array(&call->out, with_scores && call->out.protocol == 2 ? count * 2 : count);
}

void zset_write_range(struct call *call, const struct value *set, struct zset_range range,
                      bool with_scores, bool backwards)
{
    uint64_t count = zset_range_count(range);
    struct zset_cursor cursor;
    struct zset_element element;
    zset_write_count(call, count, with_scores);
    if (!count) return;
    zset_begin(&cursor, set, backwards ? range.end - 1 : range.start);
    for (uint64_t i = 0; i < count; i++) {
        if (backwards)
            zset_prev(&cursor, &element);
        else
            zset_next(&cursor, &element);
        if (with_scores)
            zset_write_pair(call, &element);
        else
            writer_bulk(&call->out, element.member);
        breathe(call->breath, 2 + element.member.len / 64);
    }
}

/* --- Adding ----------------------------------------------------------------------------------- */

struct addition {
    uint32_t flags;
    bool counts_changes; /* CH */
    uint32_t first;      /* argument: a score */
    uint32_t count;
    const double *scores;
};

struct added {
    int64_t added, updated;
    enum zset_outcome last;
    double score;
};

/* false: a score is no number. */
static bool read_scores(struct call *call, struct addition *addition)
{
    double *scores = arena_alloc_array(call->scratch, addition->count, sizeof *scores);
    for (uint32_t i = 0; i < addition->count; i++)
        if (!number_parse_double(call->args[addition->first + i * 2], &scores[i])) return false;
    addition->scores = scores;
    return true;
}

/* false: it ended with what is no number. */
static bool add_all(struct call *call, const struct addition *addition, struct value *set,
                    struct added *added)
{
    for (uint32_t i = 0; i < addition->count; i++) {
        struct bytes member = call->args[addition->first + i * 2 + 1];
        added->score = addition->scores[i];
        added->last = zset_add(set, member, &added->score, addition->flags, &call->limits->types);
        if (added->last == ZSET_NAN) return false;
        added->added += added->last == ZSET_ADDED;
        added->updated += added->last == ZSET_UPDATED;
        breathe(call->breath, 16);
    }
    return true;
}

static struct outcome reply_added(struct call *call, const struct addition *addition,
                                  const struct added *added)
{
    if (!(addition->flags & ZSET_INCR))
        return reply_int(call, added->added + (addition->counts_changes ? added->updated : 0));
    if (added->last == ZSET_REFUSED) return reply_null(call);
    writer_double(&call->out, added->score);
    return reply_written(call);
}

static struct outcome add(struct call *call, struct addition *addition)
{
    struct collection set;
    struct added added = {0, 0, ZSET_REFUSED, 0};
    struct outcome problem;
    if (!read_scores(call, addition)) return reply_not_float(call);
    if (!zset_members_fit(call, addition->first + 1, 2, addition->count, &problem)) return problem;
    if (!collection_find(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    if (!set.entry && addition->flags & ZSET_XX) return reply_added(call, addition, &added);
    collection_open(&set);
    bool done = add_all(call, addition, &set.value, &added);
    enum change_event event = addition->flags & ZSET_INCR ? CHANGE_ZINCR : CHANGE_ZADD;
    collection_close(call, &set, added.added || added.updated ? event : CHANGE_NONE);
    if (!done) return reply_error(call, "ERR resulting score is not a number (NaN)");
    return reply_added(call, addition, &added);
}

static uint32_t flag_of(struct bytes word)
{
    if (bytes_is(word, "nx")) return ZSET_NX;
    if (bytes_is(word, "xx")) return ZSET_XX;
    if (bytes_is(word, "gt")) return ZSET_GT;
    if (bytes_is(word, "lt")) return ZSET_LT;
    return bytes_is(word, "incr") ? ZSET_INCR : 0;
}

static void read_flags(const struct call *call, struct addition *addition)
{
    uint32_t at = 2;
    for (; at < call->arg_count; at++) {
        uint32_t flag = flag_of(call->args[at]);
        bool is_ch = args_is(call, at, "ch");
        if (!flag && !is_ch) break;
        addition->flags |= flag;
        addition->counts_changes |= is_ch;
    }
    addition->first = at;
    addition->count = (call->arg_count - at) / 2;
}

static bool has_both(uint32_t flags, uint32_t both)
{
    return (flags & both) == both;
}

static struct outcome cmd_zadd(struct call *call)
{
    struct addition addition = {0};
    read_flags(call, &addition);
    uint32_t flags = addition.flags;
    if ((call->arg_count - addition.first) % 2 || !addition.count) return reply_syntax(call);
    if (has_both(flags, ZSET_NX | ZSET_XX))
        return reply_error(call, "ERR XX and NX options at the same time are not compatible");
    if (has_both(flags, ZSET_GT | ZSET_NX) || has_both(flags, ZSET_LT | ZSET_NX) ||
        has_both(flags, ZSET_GT | ZSET_LT))
        return reply_error(call,
                           "ERR GT, LT, and/or NX options at the same time are not compatible");
    if (flags & ZSET_INCR && addition.count > 1)
        return reply_error(call, "ERR INCR option supports a single increment-element pair");
    if (call_is_long(call, (uint64_t)addition.count * 8)) return call_run_long(call);
    return add(call, &addition);
}

static struct outcome cmd_zincrby(struct call *call)
{
    struct addition addition = {.flags = ZSET_INCR, .first = 2, .count = 1};
    return add(call, &addition);
}

/* --- Removing --------------------------------------------------------------------------------- */

static struct outcome cmd_zrem(struct call *call)
{
    struct collection set;
    int64_t removed = 0;
    if (call_is_long(call, (uint64_t)call->arg_count * 8)) return call_run_long(call);
    if (!collection_find(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    if (!set.entry) return reply_int(call, 0);
    collection_open(&set);
    for (uint32_t i = 2; i < call->arg_count && !value_is_empty(&set.value); i++) {
        removed += zset_remove(&set.value, call->args[i]);
        breathe(call->breath, 16);
    }
    collection_close(call, &set, removed ? CHANGE_ZREM : CHANGE_NONE);
    return reply_int(call, removed);
}

/* --- Looking at members ----------------------------------------------------------------------- */

static struct outcome cmd_zcard(struct call *call)
{
    struct collection set;
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    return reply_int(call, (int64_t)zset_count(&set.value));
}

static void write_score(struct call *call, const struct value *set, struct bytes member)
{
    double score;
    if (zset_score(set, member, &score))
        writer_double(&call->out, score);
    else
        writer_null(&call->out);
}

static struct outcome cmd_zscore(struct call *call)
{
    struct collection set;
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    write_score(call, &set.value, call->args[2]);
    return reply_written(call);
}

static struct outcome cmd_zmscore(struct call *call)
{
    struct collection set;
    if (call_is_long(call, (uint64_t)call->arg_count * 4)) return call_run_long(call);
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    writer_array(&call->out, call->arg_count - 2);
    for (uint32_t i = 2; i < call->arg_count; i++) {
        write_score(call, &set.value, call->args[i]);
        breathe(call->breath, 4);
    }
    return reply_written(call);
}

static struct outcome reply_rank(struct call *call, bool backwards)
{
    struct collection set;
    uint64_t rank;
    double score;
    if (call->arg_count > 4) return reply_wrong_arity(call);
    bool with_score = call->arg_count == 4;
    if (with_score && !args_is(call, 3, "withscore")) return reply_syntax(call);
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    if (!zset_rank(&set.value, call->args[2], &rank, &score))
        return with_score ? reply_null_array(call) : reply_null(call);
    if (backwards) rank = zset_count(&set.value) - 1 - rank;
    if (!with_score) return reply_int(call, (int64_t)rank);
    writer_array(&call->out, 2);
    writer_int(&call->out, (int64_t)rank);
    writer_double(&call->out, score);
    return reply_written(call);
}

static struct outcome cmd_zrank(struct call *call)
{
    return reply_rank(call, false);
}

static struct outcome cmd_zrevrank(struct call *call)
{
    return reply_rank(call, true);
}

#define READ_KEY  KEYS_ONE(KEY_RO | KEY_ACCESS)
#define TAKEN_KEY KEYS_ONE(KEY_RW | KEY_DELETE)
#define POPPED_KEYS                                                                                \
    {                                                                                              \
        {                                                                                          \
            KEYS_RANGE, 1, -2, 1, KEY_RW | KEY_ACCESS | KEY_DELETE                                 \
        }                                                                                          \
    }
#define POPPED_KEY KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_DELETE)
#define COUNTED_AT(at_)                                                                            \
    {                                                                                              \
        KEYS_COUNTED, (at_), 0, 1, KEY_RO | KEY_ACCESS                                             \
    }
#define COUNTED_KEYS                                                                               \
    {                                                                                              \
        COUNTED_AT(1)                                                                              \
    }
#define STORED_KEYS                                                                                \
    {                                                                                              \
        {KEYS_RANGE, 1, 0, 1, KEY_OW | KEY_UPDATE}, COUNTED_AT(2)                                  \
    }
#define COMBINED                                                                                   \
    "numkeys key [key ...] [WEIGHTS weight [weight ...]]"                                          \
    " [AGGREGATE <SUM | MIN | MAX | COUNT>]"

/* clang-format off */
const struct command cmd_zset_table[] = {
    {"bzmpop", cmd_bzmpop, -5, CMD_WRITE | CMD_BLOCKING, ACL_SORTEDSET,
     {{KEYS_COUNTED, 2, 0, 1, KEY_RW | KEY_ACCESS | KEY_DELETE}},
     "sorted-set", "7.0.0", "O(K + M*log(N)) for K keys and M members taken",
     "timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
     "Takes members with the lowest or highest scores out of the first sorted set that has any; "
     "waits for them if none has."},
    {"bzpopmax", cmd_bzpopmax, -3, CMD_WRITE | CMD_FAST | CMD_BLOCKING, ACL_SORTEDSET, POPPED_KEYS,
     "sorted-set", "5.0.0", "O(log(N))", "key [key ...] timeout",
     "Takes the member with the highest score out of the first sorted set that has any; waits for "
     "it if none has."},
    {"bzpopmin", cmd_bzpopmin, -3, CMD_WRITE | CMD_FAST | CMD_BLOCKING, ACL_SORTEDSET, POPPED_KEYS,
     "sorted-set", "5.0.0", "O(log(N))", "key [key ...] timeout",
     "Takes the member with the lowest score out of the first sorted set that has any; waits for "
     "it if none has."},
    {"zadd", cmd_zadd, -4, CMD_WRITE | CMD_DENYOOM | CMD_FAST, ACL_SORTEDSET,
     KEYS_ONE(KEY_RW | KEY_UPDATE),
     "sorted-set", "1.2.0", "O(log(N)) for each member of a set of N",
     "key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
     "Adds members with their scores to a sorted set, or gives them other scores."},
    {"zcard", cmd_zcard, 2, CMD_READ | CMD_FAST, ACL_SORTEDSET, KEYS_ONE(KEY_RO),
     "sorted-set", "1.2.0", "O(1)", "key",
     "How many members a sorted set has."},
    {"zcount", cmd_zcount, 4, CMD_READ | CMD_FAST, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "2.0.0", "O(log(N))", "key min max",
     "How many members have a score from min to max."},
    {"zdiff", cmd_zdiff, -3, CMD_READ, ACL_SORTEDSET, COUNTED_KEYS,
     "sorted-set", "6.2.0", "O(N*K) for the N members of the first of K sets, or O(all members)",
     "numkeys key [key ...] [WITHSCORES]",
     "Members of the first sorted set that none of the others has."},
    {"zdiffstore", cmd_zdiffstore, -4, CMD_WRITE | CMD_DENYOOM, ACL_SORTEDSET, STORED_KEYS,
     "sorted-set", "6.2.0", "O(N*K + M*log(M)) for M results", "destination numkeys key [key ...]",
     "Stores members of the first sorted set that none of the others has."},
    {"zincrby", cmd_zincrby, 4, CMD_WRITE | CMD_DENYOOM | CMD_FAST, ACL_SORTEDSET,
     KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_UPDATE),
     "sorted-set", "1.2.0", "O(log(N))", "key increment member",
     "Adds to the score of a member."},
    {"zinter", cmd_zinter, -3, CMD_READ, ACL_SORTEDSET, COUNTED_KEYS,
     "sorted-set", "6.2.0", "O(N*K + M*log(M)) for N members of the smallest of K sets, M results",
     COMBINED " [WITHSCORES]",
     "Members that all of the sorted sets have."},
    {"zintercard", cmd_zintercard, -3, CMD_READ, ACL_SORTEDSET, COUNTED_KEYS,
     "sorted-set", "7.0.0", "O(N*K) for N members of the smallest of K sets",
     "numkeys key [key ...] [LIMIT limit]",
     "How many members all of the sorted sets have."},
    {"zinterstore", cmd_zinterstore, -4, CMD_WRITE | CMD_DENYOOM, ACL_SORTEDSET, STORED_KEYS,
     "sorted-set", "2.0.0", "O(N*K + M*log(M)) for N members of the smallest of K sets, M results",
     "destination " COMBINED,
     "Stores the members that all of the sorted sets have."},
    {"zlexcount", cmd_zlexcount, 4, CMD_READ | CMD_FAST, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "2.8.9", "O(log(N))", "key min max",
     "How many members stand from min to max in the order of bytes."},
    {"zmpop", cmd_zmpop, -4, CMD_WRITE, ACL_SORTEDSET,
     {{KEYS_COUNTED, 1, 0, 1, KEY_RW | KEY_ACCESS | KEY_DELETE}},
     "sorted-set", "7.0.0", "O(K + M*log(N)) for K keys and M members taken",
     "numkeys key [key ...] <MIN | MAX> [COUNT count]",
     "Takes members with the lowest or highest scores out of the first sorted set that has any."},
    {"zmscore", cmd_zmscore, -3, CMD_READ | CMD_FAST, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "6.2.0", "O(1) for each member", "key member [member ...]",
     "The scores of some members."},
    {"zpopmax", cmd_zpopmax, -2, CMD_WRITE | CMD_FAST, ACL_SORTEDSET, POPPED_KEY,
     "sorted-set", "5.0.0", "O(log(N)) for each member taken", "key [count]",
     "Takes members with the highest scores out of a sorted set."},
    {"zpopmin", cmd_zpopmin, -2, CMD_WRITE | CMD_FAST, ACL_SORTEDSET, POPPED_KEY,
     "sorted-set", "5.0.0", "O(log(N)) for each member taken", "key [count]",
     "Takes members with the lowest scores out of a sorted set."},
    {"zrandmember", cmd_zrandmember, -2, CMD_READ, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "6.2.0", "O(log(N)) for each member answered", "key [count [WITHSCORES]]",
     "Random members of a sorted set.", .tips = "nondeterministic_output"},
    {"zrange", cmd_zrange, -4, CMD_READ, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "1.2.0", "O(log(N) + M) for M members answered",
     "key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
     "Members of a range of indexes, of scores, or of bytes."},
    {"zrangebylex", cmd_zrangebylex, -4, CMD_READ, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "2.8.9", "O(log(N) + M) for M members answered",
     "key min max [LIMIT offset count]",
     "Members from min to max in the order of bytes.",
     .deprecated_since = "6.2.0", .replaced_by = "ZRANGE with BYLEX"},
    {"zrangebyscore", cmd_zrangebyscore, -4, CMD_READ, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "1.0.5", "O(log(N) + M) for M members answered",
     "key min max [WITHSCORES] [LIMIT offset count]",
     "Members with scores from min to max.",
     .deprecated_since = "6.2.0", .replaced_by = "ZRANGE with BYSCORE"},
    {"zrangestore", cmd_zrangestore, -5, CMD_WRITE | CMD_DENYOOM, ACL_SORTEDSET,
     KEYS_TWO(KEY_OW | KEY_UPDATE, KEY_RO | KEY_ACCESS),
     "sorted-set", "6.2.0", "O(log(N) + M) for M members stored",
     "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
     "Stores what ZRANGE would answer."},
    {"zrank", cmd_zrank, -3, CMD_READ | CMD_FAST, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "2.0.0", "O(log(N))", "key member [WITHSCORE]",
     "The index of a member, from the lowest score on."},
    {"zrem", cmd_zrem, -3, CMD_WRITE | CMD_FAST, ACL_SORTEDSET, TAKEN_KEY,
     "sorted-set", "1.2.0", "O(log(N)) for each member", "key member [member ...]",
     "Removes members."},
    {"zremrangebylex", cmd_zremrangebylex, 4, CMD_WRITE, ACL_SORTEDSET, TAKEN_KEY,
     "sorted-set", "2.8.9", "O(log(N) + M) for M members removed", "key min max",
     "Removes members from min to max in the order of bytes."},
    {"zremrangebyrank", cmd_zremrangebyrank, 4, CMD_WRITE, ACL_SORTEDSET, TAKEN_KEY,
     "sorted-set", "2.0.0", "O(log(N) + M) for M members removed", "key start stop",
     "Removes members of a range of indexes."},
    {"zremrangebyscore", cmd_zremrangebyscore, 4, CMD_WRITE, ACL_SORTEDSET, TAKEN_KEY,
     "sorted-set", "1.2.0", "O(log(N) + M) for M members removed", "key min max",
     "Removes members with scores from min to max."},
    {"zrevrange", cmd_zrevrange, -4, CMD_READ, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "1.2.0", "O(log(N) + M) for M members answered", "key start stop [WITHSCORES]",
     "Members of a range of indexes, from the highest score on.",
     .deprecated_since = "6.2.0", .replaced_by = "ZRANGE with REV"},
    {"zrevrangebylex", cmd_zrevrangebylex, -4, CMD_READ, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "2.8.9", "O(log(N) + M) for M members answered",
     "key max min [LIMIT offset count]",
     "Members from max down to min in the order of bytes.",
     .deprecated_since = "6.2.0", .replaced_by = "ZRANGE with REV and BYLEX"},
    {"zrevrangebyscore", cmd_zrevrangebyscore, -4, CMD_READ, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "2.2.0", "O(log(N) + M) for M members answered",
     "key max min [WITHSCORES] [LIMIT offset count]",
     "Members with scores from max down to min.",
     .deprecated_since = "6.2.0", .replaced_by = "ZRANGE with REV and BYSCORE"},
    {"zrevrank", cmd_zrevrank, -3, CMD_READ | CMD_FAST, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "2.0.0", "O(log(N))", "key member [WITHSCORE]",
     "The index of a member, from the highest score on."},
    {"zscan", cmd_zscan, -3, CMD_READ, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "2.8.0", "O(1) for each call, O(N) for all N members",
     "key cursor [MATCH pattern] [COUNT count] [NOSCORES]",
     "Walks through a sorted set, some members with each call.", .tips = "nondeterministic_output"},
    {"zscore", cmd_zscore, 3, CMD_READ | CMD_FAST, ACL_SORTEDSET, READ_KEY,
     "sorted-set", "1.2.0", "O(1)", "key member",
     "The score of a member."},
    {"zunion", cmd_zunion, -3, CMD_READ, ACL_SORTEDSET, COUNTED_KEYS,
     "sorted-set", "6.2.0", "O(N + M*log(M)) for N members of all sets, M results",
     COMBINED " [WITHSCORES]",
     "Members that any of the sorted sets has."},
    {"zunionstore", cmd_zunionstore, -4, CMD_WRITE | CMD_DENYOOM, ACL_SORTEDSET, STORED_KEYS,
     "sorted-set", "2.0.0", "O(N + M*log(M)) for N members of all sets, M results",
     "destination " COMBINED,
     "Stores the members that any of the sorted sets has."},
    {.name = NULL},
};
/* clang-format on */
