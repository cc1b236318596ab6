/* Commands that wait for elements of lists. */
#include "command/cmd_list_parts.h"
#include "command/wait.h"

static bool is_served(const struct waiter *waiter, const struct wait *wait,
                      const struct entry *entry)
{
    (void)waiter;
    if (!entry || entry_type(entry) != VALUE_LIST) return false;
    struct value list = entry_view(entry);
    return value_count(&list) >= wait->memo[0];
}

struct outcome list_wait(struct call *call, const struct list_patience *patience)
{
    struct outcome otherwise;
    if (call->is_queued)
        return patience->other_key && !patience->least ? reply_null(call) : reply_null_array(call);
    struct waiter *waiter = call_waiter(call, patience->end - patience->first, &otherwise);
    if (!waiter) return otherwise;
    waiter->is_served = is_served;
    waiter->deadline_ms = patience->deadline_ms;
    waiter->other_key = patience->other_key;
    for (uint32_t i = 0; i < waiter->count; i++) {
        waiter->waits[i].index = patience->first + i;
        waiter->waits[i].memo[0] = patience->least;
    }
    return call_wait(call, waiter);
}

static struct outcome pop_named(struct call *call, struct collection *list, uint32_t key,
                                enum list_end end)
{
    writer_array(&call->out, 2);
    writer_bulk(&call->out, call->args[key]);
    return list_pop_one(call, list, end);
}

static struct outcome pop_or_wait(struct call *call, enum list_end end)
{
    struct outcome problem;
    uint32_t last = call->arg_count - 1;
    struct list_patience patience = {.first = 1, .end = last};
    if (!args_seconds(call, last, &patience.deadline_ms, &problem)) return problem;
    for (uint32_t i = 1; i < last; i++) {
        struct collection list;
        if (!call_looks_at(call, i)) continue;
        if (!collection_find(call, i, VALUE_LIST, &list)) return reply_wrong_type(call);
        if (list.entry) return pop_named(call, &list, i, end);
    }
    return list_wait(call, &patience);
}

struct outcome cmd_blpop(struct call *call)
{
    return pop_or_wait(call, LIST_FIRST);
}

struct outcome cmd_brpop(struct call *call)
{
    return pop_or_wait(call, LIST_LAST);
}

struct outcome cmd_blmpop(struct call *call)
{
    struct list_patience patience = {0};
    return list_pop_first(call, 2, &patience);
}

static const struct list_patience for_source = {.first = 1, .end = 2, .other_key = 2};

struct outcome cmd_blmove(struct call *call)
{
    enum list_end from, to;
    struct outcome problem;
    struct list_patience patience = for_source;
    if (!list_end_of_word(call, 3, &from) || !list_end_of_word(call, 4, &to))
        return reply_syntax(call);
    if (!args_seconds(call, 5, &patience.deadline_ms, &problem)) return problem;
    return list_move_one(call, from, to, &patience);
}

struct outcome cmd_brpoplpush(struct call *call)
{
    struct outcome problem;
    struct list_patience patience = for_source;
    if (!args_seconds(call, 3, &patience.deadline_ms, &problem)) return problem;
    return list_move_one(call, LIST_LAST, LIST_FIRST, &patience);
}

struct outcome cmd_blmovem(struct call *call)
{
    struct list_patience patience = for_source;
    return list_move_many(call, 6, &patience);
}
