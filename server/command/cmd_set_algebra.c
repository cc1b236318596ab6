/* Intersections, unions and differences, of which each comes in three forms: as the reply, as a
 * count, and kept under a key. */
#include <stdlib.h>

#include "command/cmd_set_parts.h"

enum { LOOK_WORK = 2, ADD_WORK = 4 };

/* The sets that a command names, borrowed. */
struct operands {
    struct value *sets;
    uint32_t count;
};

/* Where the result goes. */
struct result {
    struct call *call;
    enum { TO_REPLY, TO_COUNT, TO_KEY } to;
    uint64_t count, limit; /* limit: no more are wanted; 0: all */
    struct chunk *hole;    /* TO_REPLY */
    struct value set;      /* TO_KEY */
};

static void result_begin(struct result *result)
{
    if (result->to == TO_REPLY) result->hole = writer_hole(&result->call->out);
    if (result->to == TO_KEY) result->set = value_new(VALUE_SET);
}

static bool is_enough(const struct result *result)
{
    return result->limit && result->count >= result->limit;
}

/* A member that has not been there yet. */
static void result_add(struct result *result, struct bytes member)
{
    result->count++;
    if (result->to == TO_REPLY) writer_bulk(&result->call->out, member);
    if (result->to == TO_KEY) set_add(&result->set, member, &result->call->limits->types);
}

static struct outcome result_end(struct result *result, enum change_event event)
{
    struct call *call = result->call;
    if (result->to == TO_REPLY) {
        writer_close_set(&call->out, result->hole, result->count);
        return reply_written(call);
    }
    if (result->to == TO_KEY) collection_store(call, 1, &result->set, event);
    return reply_int(call, (int64_t)result->count);
}

/* A command of these: `first` is the first of its keys, `key_count` their number. */
struct operation {
    /* The work it is, and doing it. */
    uint64_t (*work)(const struct operands *operands);
    void (*run)(struct result *result, struct operands *operands);
    enum change_event event; /* TO_KEY */
};

static bool read_operands(struct call *call, uint32_t first, struct operands *operands)
{
    operands->sets = arena_alloc_array(call->scratch, operands->count, sizeof(struct value));
    for (uint32_t i = 0; i < operands->count; i++) {
        struct collection set;
        if (!collection_read(call, first + i, VALUE_SET, &set)) return false;
        operands->sets[i] = set.value;
    }
    return true;
}

static struct outcome operate(const struct operation *operation, struct result *result,
                              uint32_t first, uint32_t key_count)
{
    struct call *call = result->call;
    struct operands operands = {.count = key_count};
    if (!read_operands(call, first, &operands)) return reply_wrong_type(call);
    if (call_is_long(call, operation->work(&operands))) return call_run_long(call);
    result_begin(result);
    operation->run(result, &operands);
    return result_end(result, operation->event);
}

static struct outcome operate_to_reply(struct call *call, const struct operation *operation)
{
    struct result result = {.call = call, .to = TO_REPLY};
    return operate(operation, &result, 1, call->arg_count - 1);
}

static struct outcome operate_to_key(struct call *call, const struct operation *operation)
{
    struct result result = {.call = call, .to = TO_KEY};
    return operate(operation, &result, 2, call->arg_count - 2);
}

static bool read_limit(struct call *call, uint32_t at, uint64_t *limit, struct outcome *problem)
{
    for (; at < call->arg_count; at += 2) {
        int64_t number;
        if (!args_is(call, at, "limit") || at + 1 == call->arg_count) {
            *problem = reply_syntax(call);
            return false;
        }
        if (!args_read_from(call, at + 1, 0, &number, "LIMIT can't be negative", problem))
            return false;
        *limit = (uint64_t)number;
    }
    return true;
}

static struct outcome operate_to_count(struct call *call, const struct operation *operation)
{
    int64_t keys;
    struct outcome problem;
    struct result result = {.call = call, .to = TO_COUNT};
    if (!args_read_from(call, 1, 1, &keys, "numkeys should be greater than 0", &problem))
        return problem;
    if (keys > call->arg_count - 2)
        return reply_error(call, "ERR Number of keys can't be greater than number of args");
    if (!read_limit(call, 2 + (uint32_t)keys, &result.limit, &problem)) return problem;
    return operate(operation, &result, 2, (uint32_t)keys);
}

/* Intersection: the members of the smallest set, by the batch, which all others have. */

static int by_count(const void *a, const void *b)
{
    uint64_t first = value_count(a), second = value_count(b);
    return (first > second) - (first < second);
}

static uint64_t smallest_count(const struct operands *operands)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < operands->count; i++) {
        uint64_t count = value_count(&operands->sets[i]);
        if (count < least) least = count;
    }
    return least;
}

static uint64_t inter_work(const struct operands *operands)
{
    uint64_t work = operands->count;
    return work + smallest_count(operands) * operands->count * LOOK_WORK;
}

static void add_batch(struct result *result, const struct set_batch *batch, uint32_t wanted)
{
    for (; wanted && !is_enough(result); wanted &= wanted - 1)
        result_add(result, batch->members[__builtin_ctz(wanted)]);
}

static uint32_t all_of(const struct set_batch *batch)
{
    return batch->count < 32 ? (1u << batch->count) - 1 : UINT32_MAX;
}

static void inter_run(struct result *result, struct operands *operands)
{
    struct value *sets = operands->sets;
    struct set_cursor cursor;
    struct set_batch batch;
    qsort(sets, operands->count, sizeof *sets, by_count);
    set_begin(&cursor, &sets[0]);
    while (!is_enough(result) && set_next_batch(&cursor, &batch)) {
        uint32_t common = all_of(&batch);
        for (uint32_t i = 1; i < operands->count && common; i++)
            common = set_has_batch(&sets[i], &batch, common);
        add_batch(result, &batch, common);
        breathe(result->call->breath, (uint64_t)batch.count * operands->count * LOOK_WORK);
    }
}

static const struct operation inter = {inter_work, inter_run, CHANGE_SINTERSTORE};

struct outcome cmd_sinter(struct call *call)
{
    return operate_to_reply(call, &inter);
}

struct outcome cmd_sintercard(struct call *call)
{
    return operate_to_count(call, &inter);
}

struct outcome cmd_sinterstore(struct call *call)
{
    return operate_to_key(call, &inter);
}

/* Union: members are gathered in a set, which is the result when there is a key for it. */

static uint64_t total_work(const struct operands *operands)
{
    uint64_t work = 0;
    for (uint32_t i = 0; i < operands->count; i++)
        work += set_work(&operands->sets[i]) * ADD_WORK + 1;
    return work;
}

static void write_all(struct result *result, const struct value *set)
{
    struct set_cursor cursor;
    struct bytes member;
    set_begin(&cursor, set);
    while (!is_enough(result) && set_next(&cursor, &member)) {
        result_add(result, member);
        breathe(result->call->breath, 1);
    }
}

static bool union_add(struct result *result, struct value *gathered, const struct value *set)
{
    struct set_cursor cursor;
    struct bytes member;
    set_begin(&cursor, set);
    while (set_next(&cursor, &member)) {
        bool is_new = set_add(gathered, member, &result->call->limits->types);
        breathe(result->call->breath, ADD_WORK);
        if (!is_new) continue;
        result->count++;
        if (result->to == TO_REPLY) writer_bulk(&result->call->out, member);
        if (is_enough(result)) return false;
    }
    return true;
}

static void union_run(struct result *result, struct operands *operands)
{
    if (operands->count == 1 && result->to != TO_KEY) {
        write_all(result, &operands->sets[0]);
        return;
    }
    struct value gathered = result->to == TO_KEY ? result->set : value_new(VALUE_SET);
    for (uint32_t i = 0; i < operands->count; i++)
        if (!union_add(result, &gathered, &operands->sets[i])) break;
    if (result->to == TO_KEY)
        result->set = gathered;
    else
        collection_drop(result->call, &gathered);
}

static const struct operation union_of = {total_work, union_run, CHANGE_SUNIONSTORE};

struct outcome cmd_sunion(struct call *call)
{
    return operate_to_reply(call, &union_of);
}

struct outcome cmd_sunioncard(struct call *call)
{
    return operate_to_count(call, &union_of);
}

struct outcome cmd_sunionstore(struct call *call)
{
    return operate_to_key(call, &union_of);
}

/* Difference: either the others are asked for each member of the first set, or all their members
 * are taken out of a copy of it, whichever is less to do. */

static uint64_t asking_work(const struct operands *operands)
{
    return value_count(&operands->sets[0]) * operands->count * LOOK_WORK;
}

static uint64_t diff_work(const struct operands *operands)
{
    uint64_t asking = asking_work(operands), taking = total_work(operands);
    return operands->count + (asking < taking ? asking : taking);
}

static void diff_by_asking(struct result *result, const struct operands *operands)
{
    const struct value *sets = operands->sets;
    struct set_cursor cursor;
    struct set_batch batch;
    set_begin(&cursor, &sets[0]);
    while (!is_enough(result) && set_next_batch(&cursor, &batch)) {
        uint32_t left = all_of(&batch);
        for (uint32_t i = operands->count - 1; i > 0 && left; i--)
            left &= ~set_has_batch(&sets[i], &batch, left);
        add_batch(result, &batch, left);
        breathe(result->call->breath, (uint64_t)batch.count * operands->count * LOOK_WORK);
    }
}

static void take_out(struct result *result, struct value *rest, const struct value *set)
{
    struct set_cursor cursor;
    struct bytes member;
    set_begin(&cursor, set);
    while (!value_is_empty(rest) && set_next(&cursor, &member)) {
        set_remove(rest, member);
        breathe(result->call->breath, ADD_WORK);
    }
}

static void diff_by_taking(struct result *result, const struct operands *operands)
{
    struct value rest = value_copy(&operands->sets[0], result->call->breath);
    for (uint32_t i = 1; i < operands->count; i++)
        take_out(result, &rest, &operands->sets[i]);
    write_all(result, &rest);
    collection_drop(result->call, &rest);
}

static void diff_run(struct result *result, struct operands *operands)
{
    /* The largest is asked first: it is the most likely to have a member. */
    qsort(operands->sets + 1, operands->count - 1, sizeof *operands->sets, by_count);
    if (asking_work(operands) <= total_work(operands))
        diff_by_asking(result, operands);
    else
        diff_by_taking(result, operands);
}

static const struct operation diff = {diff_work, diff_run, CHANGE_SDIFFSTORE};

struct outcome cmd_sdiff(struct call *call)
{
    return operate_to_reply(call, &diff);
}

struct outcome cmd_sdiffcard(struct call *call)
{
    return operate_to_count(call, &diff);
}

struct outcome cmd_sdiffstore(struct call *call)
{
    return operate_to_key(call, &diff);
}
