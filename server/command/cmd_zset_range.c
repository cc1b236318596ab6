/* Ranges of sorted sets, by index, score or bytes: answered, stored, counted, removed. */
#include "command/cmd_zset_parts.h"
#include "types/zset_gather.h"

/* --- The ends of a range ---------------------------------------------------------------------- */

static bool read_score(struct bytes text, double *score, bool *excluded)
{
    *excluded = text.len && text.ptr[0] == '(';
    if (*excluded) text = bytes_make(text.ptr + 1, text.len - 1);
    return number_parse_bound(text, score);
}

bool zset_read_scores(const struct call *call, uint32_t min, uint32_t max,
                      struct zset_scores *scores)
{
    return read_score(call->args[min], &scores->min, &scores->min_excluded) &&
           read_score(call->args[max], &scores->max, &scores->max_excluded);
}

static bool read_lex(struct bytes text, struct zset_lex_bound *bound)
{
    if (!text.len) return false;
    bool alone = text.len == 1 || text.ptr[1] == 0;
    bound->member = bytes_make(text.ptr + 1, text.len - 1);
    switch (text.ptr[0]) {
    case '-': bound->end = ZSET_LEX_FIRST; return alone;
    case '+': bound->end = ZSET_LEX_LAST; return alone;
    case '(': bound->end = ZSET_LEX_EXCLUDED; return true;
    case '[': bound->end = ZSET_LEX_INCLUDED; return true;
    default: return false;
    }
}

bool zset_read_lex(const struct call *call, uint32_t min, uint32_t max, struct zset_lex *lex)
{
    return read_lex(call->args[min], &lex->min) && read_lex(call->args[max], &lex->max);
}

struct zset_range zset_range_of_indexes(uint64_t count, int64_t start, int64_t stop, bool backwards)
{
    int64_t len = (int64_t)count;
    if (start < 0) start += len;
    if (stop < 0) stop += len;
    if (start < 0) start = 0;
    if (stop >= len) stop = len - 1;
    if (start > stop) return (struct zset_range){0, 0};
    if (!backwards) return (struct zset_range){(uint64_t)start, (uint64_t)stop + 1};
    return (struct zset_range){(uint64_t)(len - 1 - stop), (uint64_t)(len - start)};
}

static struct outcome reply_bad_scores(struct call *call)
{
    return reply_error(call, "ERR min or max is not a float");
}

static struct outcome reply_bad_lex(struct call *call)
{
    return reply_error(call, "ERR min or max not valid string range item");
}

/* --- ZRANGE and its relatives ----------------------------------------------------------------- */

enum range_kind { RANGE_ANY, RANGE_INDEXES, RANGE_SCORES, RANGE_LEX };
enum range_direction { DIRECTION_ANY, DIRECTION_FORWARDS, DIRECTION_BACKWARDS };

struct request {
    uint32_t key; /* argument: the source; the ends stand behind it */
    bool stores;
    enum range_kind kind;
    enum range_direction direction;
    bool with_scores;
    int64_t offset, limit; /* limit negative: none */
    int64_t start, stop;
    struct zset_scores scores;
    struct zset_lex lex;
};

/* The argument at *at is an option, which is taken. */
static bool read_option(struct call *call, struct request *request, uint32_t *at,
                        struct outcome *problem)
{
    if (!request->stores && args_is(call, *at, "withscores")) {
        request->with_scores = true;
    } else if (args_is(call, *at, "limit") && *at + 2 < call->arg_count) {
        *at += 2;
        return args_read_int(call, *at - 1, &request->offset, problem) &&
               args_read_int(call, *at, &request->limit, problem);
    } else if (request->direction == DIRECTION_ANY && args_is(call, *at, "rev")) {
        request->direction = DIRECTION_BACKWARDS;
    } else if (request->kind == RANGE_ANY && args_is(call, *at, "bylex")) {
        request->kind = RANGE_LEX;
    } else if (request->kind == RANGE_ANY && args_is(call, *at, "byscore")) {
        request->kind = RANGE_SCORES;
    } else {
        *problem = reply_syntax(call);
        return false;
    }
    return true;
}

static bool read_options(struct call *call, struct request *request, struct outcome *problem)
{
    for (uint32_t at = request->key + 3; at < call->arg_count; at++)
        if (!read_option(call, request, &at, problem)) return false;
    if (request->kind == RANGE_ANY) request->kind = RANGE_INDEXES;
    if (request->limit != -1 && request->kind == RANGE_INDEXES) {
        *problem = reply_error(call, "ERR syntax error, LIMIT is only supported in combination "
                                     "with either BYSCORE or BYLEX");
        return false;
    }
    if (!request->with_scores || request->kind != RANGE_LEX) return true;
    *problem =
        reply_error(call, "ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    return false;
}

static bool read_ends(struct call *call, struct request *request, struct outcome *problem)
{
    uint32_t first = request->key + 1, second = request->key + 2;
    if (request->kind == RANGE_INDEXES)
        return args_read_int(call, first, &request->start, problem) &&
               args_read_int(call, second, &request->stop, problem);
    bool swapped = request->direction == DIRECTION_BACKWARDS;
    uint32_t min = swapped ? second : first, max = swapped ? first : second;
    if (request->kind == RANGE_SCORES) {
        if (zset_read_scores(call, min, max, &request->scores)) return true;
        *problem = reply_bad_scores(call);
        return false;
    }
    if (zset_read_lex(call, min, max, &request->lex)) return true;
    *problem = reply_bad_lex(call);
    return false;
}

/* LIMIT: from the end where the range is read from. */
static struct zset_range limited(const struct request *request, struct zset_range range)
{
    uint64_t count = zset_range_count(range), offset = (uint64_t)request->offset;
    if (request->offset < 0 || offset >= count) return (struct zset_range){0, 0};
    count -= offset;
    if (request->limit >= 0 && (uint64_t)request->limit < count) count = (uint64_t)request->limit;
    if (request->direction == DIRECTION_BACKWARDS)
        return (struct zset_range){range.end - offset - count, range.end - offset};
    return (struct zset_range){range.start + offset, range.start + offset + count};
}

static struct zset_range range_of(const struct request *request, const struct value *set)
{
    bool backwards = request->direction == DIRECTION_BACKWARDS;
    if (request->kind == RANGE_INDEXES)
        return zset_range_of_indexes(zset_count(set), request->start, request->stop, backwards);
    if (request->kind == RANGE_SCORES)
        return limited(request, zset_range_of_scores(set, &request->scores));
    return limited(request, zset_range_of_lex(set, &request->lex, backwards));
}

static struct outcome store(struct call *call, const struct value *set, struct zset_range range)
{
    struct zset_gather gather;
    struct zset_cursor cursor;
    struct zset_element element;
    uint64_t count = zset_range_count(range);
    zset_gather_init(&gather);
    if (count) zset_begin(&cursor, set, range.start);
    for (uint64_t i = 0; i < count && zset_next(&cursor, &element); i++) {
        zset_gather_at(&gather, element.member, element.score);
        breathe(call->breath, 10);
    }
    struct value result = zset_gather_finish(&gather, &call->limits->types, call->breath);
    collection_store(call, 1, &result, CHANGE_ZRANGESTORE);
    return reply_int(call, (int64_t)count);
}

static struct outcome run(struct call *call, struct request *request)
{
    struct collection set;
    struct outcome problem;
    request->limit = -1;
    if (!read_options(call, request, &problem)) return problem;
    if (!read_ends(call, request, &problem)) return problem;
    if (!collection_read(call, request->key, VALUE_ZSET, &set)) return reply_wrong_type(call);
    struct zset_range range = range_of(request, &set.value);
    uint64_t work = zset_range_count(range) * (request->stores ? 8 : 1);
    if (call_is_long(call, work)) return call_run_long(call);
    if (request->stores) return store(call, &set.value, range);
    bool backwards = request->direction == DIRECTION_BACKWARDS;
    zset_write_range(call, &set.value, range, request->with_scores, backwards);
    return reply_written(call);
}

struct outcome cmd_zrange(struct call *call)
{
    return run(call, &(struct request){.key = 1});
}

struct outcome cmd_zrangestore(struct call *call)
{
    return run(call, &(struct request){.key = 2, .stores = true});
}

static struct outcome run_old(struct call *call, enum range_kind kind,
                              enum range_direction direction)
{
    return run(call, &(struct request){.key = 1, .kind = kind, .direction = direction});
}

struct outcome cmd_zrevrange(struct call *call)
{
    return run_old(call, RANGE_INDEXES, DIRECTION_BACKWARDS);
}

struct outcome cmd_zrangebyscore(struct call *call)
{
    return run_old(call, RANGE_SCORES, DIRECTION_FORWARDS);
}

struct outcome cmd_zrevrangebyscore(struct call *call)
{
    return run_old(call, RANGE_SCORES, DIRECTION_BACKWARDS);
}

struct outcome cmd_zrangebylex(struct call *call)
{
    return run_old(call, RANGE_LEX, DIRECTION_FORWARDS);
}

struct outcome cmd_zrevrangebylex(struct call *call)
{
    return run_old(call, RANGE_LEX, DIRECTION_BACKWARDS);
}

/* --- Counting and removing -------------------------------------------------------------------- */

struct outcome cmd_zcount(struct call *call)
{
    struct collection set;
    struct zset_scores scores;
    if (!zset_read_scores(call, 2, 3, &scores)) return reply_bad_scores(call);
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    struct zset_range range = zset_range_of_scores(&set.value, &scores);
    return reply_int(call, (int64_t)zset_range_count(range));
}

struct outcome cmd_zlexcount(struct call *call)
{
    struct collection set;
    struct zset_lex lex;
    if (!zset_read_lex(call, 2, 3, &lex)) return reply_bad_lex(call);
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    struct zset_range range = zset_range_of_lex(&set.value, &lex, false);
    return reply_int(call, (int64_t)zset_range_count(range));
}

static struct outcome remove_range(struct call *call, const struct request *request,
                                   enum change_event event)
{
    struct collection set;
    if (!collection_find(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    struct zset_range range = range_of(request, &set.value);
    uint64_t count = zset_range_count(range);
    if (!count) return reply_int(call, 0);
    if (call_is_long(call, count * 4)) return call_run_long(call);
    collection_open(&set);
    zset_remove_range(&set.value, range, call->breath);
    collection_close(call, &set, event);
    return reply_int(call, (int64_t)count);
}

struct outcome cmd_zremrangebyrank(struct call *call)
{
    struct request request = {.key = 1, .kind = RANGE_INDEXES, .limit = -1};
    struct outcome problem;
    if (!read_ends(call, &request, &problem)) return problem;
    return remove_range(call, &request, CHANGE_ZREMRANGEBYRANK);
}

struct outcome cmd_zremrangebyscore(struct call *call)
{
    struct request request = {.key = 1, .kind = RANGE_SCORES, .limit = -1};
    struct outcome problem;
    if (!read_ends(call, &request, &problem)) return problem;
    return remove_range(call, &request, CHANGE_ZREMRANGEBYSCORE);
}

struct outcome cmd_zremrangebylex(struct call *call)
{
    struct request request = {.key = 1, .kind = RANGE_LEX, .limit = -1};
    struct outcome problem;
    if (!read_ends(call, &request, &problem)) return problem;
    return remove_range(call, &request, CHANGE_ZREMRANGEBYLEX);
}
