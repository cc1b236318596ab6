/* Unions, intersections and differences of sorted sets and sets: gathered, then sorted once. */
#include <math.h>

#include "command/cmd_zset_source.h"
#include "types/zset_gather.h"

enum combine_operation { COMBINE_UNION, COMBINE_INTER, COMBINE_DIFF };
enum aggregate { AGGREGATE_SUM, AGGREGATE_MIN, AGGREGATE_MAX, AGGREGATE_COUNT };

struct combine {
    struct call *call;
    enum combine_operation operation;
    uint32_t numkeys; /* argument; the keys stand behind it */
    bool stores;      /* in the key of argument 1 */
    bool only_counts; /* ZINTERCARD */
    enum aggregate aggregate;
    bool with_scores;
    int64_t limit; /* 0: none */
    struct zset_source *sources;
    uint32_t count;
};

/* --- Arguments -------------------------------------------------------------------------------- */

static bool refuse(struct outcome *problem, struct outcome outcome)
{
    *problem = outcome;
    return false;
}

static bool read_keys(struct combine *combine, struct outcome *problem)
{
    struct call *call = combine->call;
    int64_t count;
    if (!args_read_int(call, combine->numkeys, &count, problem)) return false;
    if (count < 1)
        return refuse(problem,
                      reply_error(call, "ERR at least 1 input key is needed for '%s' command",
                                  call->command->full_name));
    if (count > (int64_t)call->arg_count - combine->numkeys - 1)
        return refuse(problem, reply_syntax(call));
    combine->count = (uint32_t)count;
    combine->sources = arena_alloc_array(call->scratch, combine->count, sizeof *combine->sources);
    for (uint32_t i = 0; i < combine->count; i++)
        if (!zset_source_read(call, combine->numkeys + 1 + i, &combine->sources[i]))
            return refuse(problem, reply_wrong_type(call));
    return true;
}

/* As many as there are keys, from *at on. */
static bool read_weights(struct combine *combine, uint32_t *at, struct outcome *problem)
{
    struct call *call = combine->call;
    for (uint32_t i = 0; i < combine->count; i++, ++*at)
        if (!number_parse_double(call->args[*at], &combine->sources[i].weight))
            return refuse(problem, reply_error(call, "ERR weight value is not a float"));
    return true;
}

static bool read_aggregate(struct combine *combine, uint32_t at, struct outcome *problem)
{
    struct bytes word = combine->call->args[at];
    if (bytes_is(word, "sum"))
        combine->aggregate = AGGREGATE_SUM;
    else if (bytes_is(word, "min"))
        combine->aggregate = AGGREGATE_MIN;
    else if (bytes_is(word, "max"))
        combine->aggregate = AGGREGATE_MAX;
    else if (bytes_is(word, "count"))
        combine->aggregate = AGGREGATE_COUNT;
    else
        return refuse(problem, reply_syntax(combine->call));
    return true;
}

/* The option at *at, which is passed. */
static bool read_option(struct combine *combine, uint32_t *at, struct outcome *problem)
{
    struct call *call = combine->call;
    uint32_t behind = call->arg_count - *at - 1, option = (*at)++;
    bool weighs = combine->operation != COMBINE_DIFF && !combine->only_counts;
    if (weighs && behind >= combine->count && args_is(call, option, "weights"))
        return read_weights(combine, at, problem);
    if (weighs && behind && args_is(call, option, "aggregate"))
        return read_aggregate(combine, (*at)++, problem);
    if (combine->only_counts && behind && args_is(call, option, "limit"))
        return args_read_from(call, (*at)++, 0, &combine->limit, "LIMIT can't be negative",
                              problem);
    if (combine->stores || combine->only_counts || !args_is(call, option, "withscores"))
        return refuse(problem, reply_syntax(call));
    combine->with_scores = true;
    return true;
}

/* Sorted by size, as redis-server does it: sums of doubles depend on their order. */
static void sort_sources(struct combine *combine)
{
    if (combine->operation == COMBINE_DIFF) return;
    for (uint32_t i = 1; i < combine->count; i++) {
        struct zset_source source = combine->sources[i];
        uint64_t count = zset_source_count(&source);
        uint32_t at = i;
        for (; at > 0 && zset_source_count(&combine->sources[at - 1]) > count; at--)
            combine->sources[at] = combine->sources[at - 1];
        combine->sources[at] = source;
    }
}

static bool read_all(struct combine *combine, struct outcome *problem)
{
    if (!read_keys(combine, problem)) return false;
    uint32_t at = combine->numkeys + 1 + combine->count;
    while (at < combine->call->arg_count)
        if (!read_option(combine, &at, problem)) return false;
    sort_sources(combine);
    return true;
}

/* --- Scores ----------------------------------------------------------------------------------- */

/* Zero times infinity, and infinities that cancel out, count as 0. */
static double or_zero(double score)
{
    return isnan(score) ? 0 : score;
}

static double first_score(const struct combine *combine, const struct zset_source *source,
                          double score)
{
    return or_zero(source->weight * (combine->aggregate == AGGREGATE_COUNT ? 1 : score));
}

static double joined(const struct combine *combine, double score, double other)
{
    switch (combine->aggregate) {
    case AGGREGATE_MIN: return other < score ? other : score;
    case AGGREGATE_MAX: return other > score ? other : score;
    default: return or_zero(score + other);
    }
}

/* --- The operations --------------------------------------------------------------------------- */

static void unite(const struct combine *combine, struct zset_gather *gather)
{
    for (uint32_t i = 0; i < combine->count; i++) {
        struct zset_source_cursor cursor;
        struct zset_element element;
        zset_source_begin(&cursor, &combine->sources[i]);
        while (zset_source_next(&cursor, &element)) {
            double score = first_score(combine, &combine->sources[i], element.score);
            struct zset_gathered gathered = zset_gather_at(gather, element.member, score);
            if (!gathered.is_new) *gathered.score = joined(combine, *gathered.score, score);
            breathe(combine->call->breath, 10);
        }
    }
}

/* Do all others have it? *score is that of the first, and becomes that of all. */
static bool is_in_others(const struct combine *combine, struct bytes member, double *score)
{
    for (uint32_t i = 1; i < combine->count; i++) {
        const struct zset_source *source = &combine->sources[i];
        double other;
        if (!zset_source_find(source, member, &other)) return false;
        if (combine->aggregate == AGGREGATE_COUNT) other = 1;
        *score = joined(combine, *score, other * source->weight);
        breathe(combine->call->breath, 10);
    }
    return true;
}

static uint64_t intersect(const struct combine *combine, struct zset_gather *gather)
{
    struct zset_source_cursor cursor;
    struct zset_element element;
    uint64_t count = 0;
    zset_source_begin(&cursor, &combine->sources[0]);
    while (zset_source_next(&cursor, &element)) {
        double score = first_score(combine, &combine->sources[0], element.score);
        breathe(combine->call->breath, 6);
        if (!is_in_others(combine, element.member, &score)) continue;
        if (gather) zset_gather_at(gather, element.member, score);
        if (++count == (uint64_t)combine->limit) break;
    }
    return count;
}

static uint64_t count_from(const struct combine *combine, uint32_t first)
{
    uint64_t count = 0;
    for (uint32_t i = first; i < combine->count; i++)
        count += zset_source_count(&combine->sources[i]);
    return count;
}

static bool is_in_any_other(const struct combine *combine, struct bytes member)
{
    double score;
    for (uint32_t i = 1; i < combine->count; i++) {
        if (zset_source_find(&combine->sources[i], member, &score)) return true;
        breathe(combine->call->breath, 6);
    }
    return false;
}

/* All members of the others, for when asking each of them would take longer than gathering. */
static void gather_others(const struct combine *combine, struct zset_gather *others)
{
    struct combine rest = *combine;
    rest.sources++;
    rest.count--;
    unite(&rest, others);
}

static void subtract(const struct combine *combine, struct zset_gather *gather)
{
    struct zset_source_cursor cursor;
    struct zset_element element;
    struct zset_gather others;
    uint64_t first = zset_source_count(&combine->sources[0]);
    bool gathers = first * (combine->count - 1) > 2 * count_from(combine, 1) + first;
    zset_gather_init(&others);
    if (gathers) gather_others(combine, &others);
    zset_source_begin(&cursor, &combine->sources[0]);
    while (zset_source_next(&cursor, &element)) {
        bool found = gathers ? zset_gather_has(&others, element.member)
                             : is_in_any_other(combine, element.member);
        if (!found) zset_gather_at(gather, element.member, element.score);
        breathe(combine->call->breath, 10);
    }
    zset_gather_fini(&others, combine->call->breath);
}

static void gather_all(const struct combine *combine, struct zset_gather *gather)
{
    switch (combine->operation) {
    case COMBINE_UNION: unite(combine, gather); break;
    case COMBINE_INTER: intersect(combine, gather); break;
    case COMBINE_DIFF: subtract(combine, gather); break;
    }
}

/* --- Replies ---------------------------------------------------------------------------------- */

static uint64_t work_of(const struct combine *combine)
{
    uint64_t smallest = zset_source_count(&combine->sources[0]);
    if (combine->operation == COMBINE_INTER) return smallest * combine->count * 4;
    return count_from(combine, 0) * 8;
}

static enum change_event event_of(enum combine_operation operation)
{
    if (operation == COMBINE_UNION) return CHANGE_ZUNIONSTORE;
    return operation == COMBINE_INTER ? CHANGE_ZINTERSTORE : CHANGE_ZDIFFSTORE;
}

static struct outcome store(const struct combine *combine, struct zset_gather *gather)
{
    struct call *call = combine->call;
    int64_t count = (int64_t)zset_gather_count(gather);
    struct value result = zset_gather_finish(gather, &call->limits->types, call->breath);
    collection_store(call, 1, &result, event_of(combine->operation));
    return reply_int(call, count);
}

static struct outcome reply(const struct combine *combine, struct zset_gather *gather)
{
    struct call *call = combine->call;
    struct value result = zset_gather_finish(gather, NULL, call->breath);
    struct zset_range all = {0, zset_count(&result)};
    zset_write_range(call, &result, all, combine->with_scores, false);
    collection_drop(call, &result);
    return reply_written(call);
}

static struct outcome run(struct combine *combine)
{
    struct outcome problem;
    struct zset_gather gather;
    if (!read_all(combine, &problem)) return problem;
    if (call_is_long(combine->call, work_of(combine))) return call_run_long(combine->call);
    if (combine->only_counts) return reply_int(combine->call, (int64_t)intersect(combine, NULL));
    zset_gather_init(&gather);
    gather_all(combine, &gather);
    return combine->stores ? store(combine, &gather) : reply(combine, &gather);
}

static struct outcome answer(struct call *call, enum combine_operation operation)
{
    return run(&(struct combine){.call = call, .operation = operation, .numkeys = 1});
}

static struct outcome keep(struct call *call, enum combine_operation operation)
{
    return run(
        &(struct combine){.call = call, .operation = operation, .numkeys = 2, .stores = true});
}

struct outcome cmd_zunion(struct call *call)
{
    return answer(call, COMBINE_UNION);
}

struct outcome cmd_zinter(struct call *call)
{
    return answer(call, COMBINE_INTER);
}

struct outcome cmd_zdiff(struct call *call)
{
    return answer(call, COMBINE_DIFF);
}

struct outcome cmd_zunionstore(struct call *call)
{
    return keep(call, COMBINE_UNION);
}

struct outcome cmd_zinterstore(struct call *call)
{
    return keep(call, COMBINE_INTER);
}

struct outcome cmd_zdiffstore(struct call *call)
{
    return keep(call, COMBINE_DIFF);
}

struct outcome cmd_zintercard(struct call *call)
{
    struct combine combine = {
        .call = call, .operation = COMBINE_INTER, .numkeys = 1, .only_counts = true};
    return run(&combine);
}
