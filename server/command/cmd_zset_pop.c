/* Members taken from either end, and members drawn at random. */
#include "command/cmd_zset_parts.h"
#include "command/sampler.h"
#include "command/wait.h"

/* --- Popping ---------------------------------------------------------------------------------- */

struct pop {
    bool highest;
    bool has_count;
    int64_t count;
    bool names_key; /* the reply begins with the key's name */
    bool is_flat;   /* and it is one array with the one member */
};

static struct zset_range popped_range(const struct value *set, const struct pop *pop)
{
    uint64_t all = zset_count(set), count = (uint64_t)pop->count;
    if (count > all) count = all;
    return pop->highest ? (struct zset_range){all - count, all} : (struct zset_range){0, count};
}

/* Pairs are nested where there may be several: in RESP3 with a count, and always with a name. */
static void write_popped(struct call *call, const struct value *set, struct zset_range range,
                         const struct pop *pop)
{
    uint64_t count = zset_range_count(range);
    bool nested = (pop->names_key && !pop->is_flat) || (pop->has_count && call->out.protocol == 3);
    struct zset_cursor cursor;
    struct zset_element element;
    if (!pop->is_flat) writer_array(&call->out, nested ? count : count * 2);
    zset_begin(&cursor, set, pop->highest ? range.end - 1 : range.start);
    for (uint64_t i = 0; i < count; i++) {
        if (pop->highest)
            zset_prev(&cursor, &element);
        else
            zset_next(&cursor, &element);
        if (nested) writer_array(&call->out, 2);
        writer_bulk(&call->out, element.member);
        writer_double(&call->out, element.score);
        breathe(call->breath, 2);
    }
}

/* From a set that was found and is not empty. */
static struct outcome pop_from(struct call *call, struct collection *set, const struct pop *pop)
{
    struct zset_range range = popped_range(&set->value, pop);
    if (call_is_long(call, zset_range_count(range) * 4)) return call_run_long(call);
    collection_open(set);
    if (pop->names_key) {
        writer_array(&call->out, pop->is_flat ? 3 : 2);
        writer_bulk(&call->out, set->place.key);
    }
    write_popped(call, &set->value, range, pop);
    zset_remove_range(&set->value, range, call->breath);
    collection_close(call, set, pop->highest ? CHANGE_ZPOPMAX : CHANGE_ZPOPMIN);
    return reply_written(call);
}

static struct outcome pop_one_key(struct call *call, bool highest)
{
    struct pop pop = {.highest = highest, .has_count = call->arg_count == 3, .count = 1};
    struct outcome problem;
    struct collection set;
    if (call->arg_count > 3) return reply_syntax(call);
    if (pop.has_count && !args_read_from(call, 2, 0, &pop.count,
                                         "value is out of range, must be positive", &problem))
        return problem;
    if (!collection_find(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    if (!set.entry || !pop.count) return reply_empty_array(call);
    return pop_from(call, &set, &pop);
}

struct outcome cmd_zpopmin(struct call *call)
{
    return pop_one_key(call, false);
}

struct outcome cmd_zpopmax(struct call *call)
{
    return pop_one_key(call, true);
}

/* MIN or MAX, and what follows. */
static bool read_pop(struct call *call, uint32_t at, struct pop *pop, struct outcome *problem)
{
    if (at >= call->arg_count || !(args_is(call, at, "min") || args_is(call, at, "max"))) {
        *problem = reply_syntax(call);
        return false;
    }
    pop->highest = args_is(call, at, "max");
    for (at++; at < call->arg_count; at++) {
        bool more = at + 1 < call->arg_count;
        if (pop->has_count || !more || !args_is(call, at, "count")) {
            *problem = reply_syntax(call);
            return false;
        }
        pop->has_count = true;
        if (!args_read_from(call, ++at, 1, &pop->count, "count should be greater than 0", problem))
            return false;
    }
    return true;
}

/* The keys among the arguments. */
struct popped_keys {
    uint32_t first, end;
};

static bool pop_from_first(struct call *call, struct popped_keys keys, const struct pop *pop,
                           struct outcome *answer)
{
    for (uint32_t i = keys.first; i < keys.end; i++) {
        struct collection set;
        if (!call_looks_at(call, i)) continue;
        bool fits = collection_find(call, i, VALUE_ZSET, &set);
        if (fits && !set.entry) continue;
        *answer = fits ? pop_from(call, &set, pop) : reply_wrong_type(call);
        return true;
    }
    return false;
}

/* A number of keys, the keys, and what follows. */
static bool read_keys(struct call *call, uint32_t count_at, struct popped_keys *keys,
                      struct pop *pop, struct outcome *problem)
{
    int64_t count;
    if (!args_read_from(call, count_at, 1, &count, "numkeys should be greater than 0", problem))
        return false;
    bool fits = count <= call->arg_count - count_at;
    keys->first = count_at + 1;
    keys->end = fits ? keys->first + (uint32_t)count : call->arg_count;
    return read_pop(call, keys->end, pop, problem);
}

struct outcome cmd_zmpop(struct call *call)
{
    struct pop pop = {.count = 1, .names_key = true};
    struct popped_keys keys;
    struct outcome answer;
    if (!read_keys(call, 1, &keys, &pop, &answer)) return answer;
    return pop_from_first(call, keys, &pop, &answer) ? answer : reply_null_array(call);
}

/* --- Waiting for members ---------------------------------------------------------------------- */

static bool is_served(const struct waiter *waiter, const struct wait *wait,
                      const struct entry *entry)
{
    (void)waiter;
    (void)wait;
    return entry && entry_type(entry) == VALUE_ZSET;
}

static struct outcome wait_for_members(struct call *call, struct popped_keys keys,
                                       int64_t deadline_ms)
{
    struct outcome otherwise;
    if (call->is_queued) return reply_null_array(call);
    struct waiter *waiter = call_waiter(call, keys.end - keys.first, &otherwise);
    if (!waiter) return otherwise;
    waiter->is_served = is_served;
    waiter->deadline_ms = deadline_ms;
    for (uint32_t i = 0; i < waiter->count; i++)
        waiter->waits[i].index = keys.first + i;
    return call_wait(call, waiter);
}

static struct outcome pop_one_or_wait(struct call *call, bool highest)
{
    struct pop pop = {.highest = highest, .count = 1, .names_key = true, .is_flat = true};
    struct popped_keys keys = {1, call->arg_count - 1};
    struct outcome answer;
    int64_t deadline_ms;
    if (!args_seconds(call, keys.end, &deadline_ms, &answer)) return answer;
    if (pop_from_first(call, keys, &pop, &answer)) return answer;
    return wait_for_members(call, keys, deadline_ms);
}

struct outcome cmd_bzpopmin(struct call *call)
{
    return pop_one_or_wait(call, false);
}

struct outcome cmd_bzpopmax(struct call *call)
{
    return pop_one_or_wait(call, true);
}

struct outcome cmd_bzmpop(struct call *call)
{
    struct pop pop = {.count = 1, .names_key = true};
    struct popped_keys keys;
    struct outcome answer;
    int64_t deadline_ms;
    if (!read_keys(call, 2, &keys, &pop, &answer)) return answer;
    if (!args_seconds(call, 1, &deadline_ms, &answer)) return answer;
    if (pop_from_first(call, keys, &pop, &answer)) return answer;
    return wait_for_members(call, keys, deadline_ms);
}

/* --- Drawing at random ------------------------------------------------------------------------ */

static struct zset_element element_at(struct zset_cursor *cursor, const struct value *set,
                                      uint64_t rank)
{
    struct zset_element element = {{NULL, 0}, 0};
    zset_begin(cursor, set, rank);
    zset_next(cursor, &element);
    return element;
}

static void write_element(struct call *call, const struct zset_element *element, bool with_scores)
{
    if (with_scores)
        zset_write_pair(call, element);
    else
        writer_bulk(&call->out, element->member);
}

static struct zset_element draw(struct zset_cursor *cursor, const struct value *set,
                                struct random *random)
{
    return element_at(cursor, set, random_below(random, zset_count(set)));
}

static size_t draw_len(void *source, struct random *random)
{
    struct zset_cursor cursor;
    return draw(&cursor, source, random).member.len;
}

static struct outcome reply_repeated(struct call *call, struct value *set, uint64_t count,
                                     bool with_scores)
{
    struct zset_cursor cursor;
    struct random random;
    struct outcome problem;
    if (!sample_fits(call, set, count, draw_len, set, &random, &problem)) return problem;
    zset_write_count(call, count, with_scores);
    for (uint64_t i = 0; i < count; i++) {
        struct zset_element element = draw(&cursor, set, &random);
        write_element(call, &element, with_scores);
        breathe(call->breath, 4 + element.member.len / 64);
    }
    return reply_written(call);
}

enum { WORD_BITS = 64 };

static bool test_and_set(uint64_t *words, uint64_t bit)
{
    uint64_t mask = (uint64_t)1 << bit % WORD_BITS, *word = &words[bit / WORD_BITS];
    bool was = *word & mask;
    *word |= mask;
    return was;
}

/* `count` of the ranks below `all`, every choice equally likely (Floyd): each draw from one rank
 * more than the one before, and that rank itself when the draw has been chosen already. */
static uint64_t *choose_ranks(struct call *call, uint64_t all, uint64_t count)
{
    uint64_t words = all / WORD_BITS + 1;
    uint64_t *chosen = arena_alloc_array(call->scratch, words, sizeof *chosen);
    memset(chosen, 0, words * sizeof *chosen);
    for (uint64_t last = all - count; last < all; last++) {
        if (test_and_set(chosen, random_below(call->random, last + 1))) test_and_set(chosen, last);
        breathe(call->breath, 1);
    }
    return chosen;
}

static struct outcome reply_distinct(struct call *call, const struct value *set, uint64_t count,
                                     bool with_scores)
{
    enum { STEPS_MAX = 16 }; /* beyond, looking for a rank costs less than walking to it */
    uint64_t all = zset_count(set), *chosen = choose_ranks(call, all, count);
    struct zset_cursor cursor;
    struct zset_element element;
    uint64_t at = 0;
    zset_begin(&cursor, set, 0);
    zset_write_count(call, count, with_scores);
    for (uint64_t word = 0; word <= all / WORD_BITS; word++) {
        for (uint64_t bits = chosen[word]; bits; bits &= bits - 1) {
            uint64_t rank = word * WORD_BITS + (uint64_t)__builtin_ctzll(bits);
            if (rank - at > STEPS_MAX) zset_begin(&cursor, set, at = rank);
            do
                zset_next(&cursor, &element);
            while (at++ < rank);
            write_element(call, &element, with_scores);
            breathe(call->breath, 4);
        }
    }
    return reply_written(call);
}

static struct outcome reply_one(struct call *call)
{
    struct collection set;
    struct zset_cursor cursor;
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    if (!set.entry) return reply_null(call);
    uint64_t rank = random_below(call->random, zset_count(&set.value));
    return reply_bulk(call, element_at(&cursor, &set.value, rank).member);
}

struct outcome cmd_zrandmember(struct call *call)
{
    struct collection set;
    struct sample sample;
    struct outcome problem;
    bool with_scores;
    if (call->arg_count == 2) return reply_one(call);
    if (!sample_read_pairs(call, 2, "withscores", &sample, &with_scores, &problem)) return problem;
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    if (!set.entry || !sample.count) return reply_empty_array(call);
    uint64_t all = zset_count(&set.value), count = sample.count;
    if (!sample.repeats && count > all) count = all;
    if (call_is_long(call, count + all / WORD_BITS)) return call_run_long(call);
    if (sample.repeats) return reply_repeated(call, &set.value, count, with_scores);
    if (count < all) return reply_distinct(call, &set.value, count, with_scores);
    zset_write_range(call, &set.value, (struct zset_range){0, all}, with_scores, true);
    return reply_written(call);
}
