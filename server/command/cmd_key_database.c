#include "command/cmd_key_parts.h"
#include "store/garbage.h"

struct outcome cmd_dbsize(struct call *call)
{
    return reply_int(call, (int64_t)store_count_keys(call->store, call->db));
}

/* ASYNC and SYNC are the same here: keys are gone at once, and their memory is freed by and by. */
static bool read_flush_options(struct call *call)
{
    if (call->arg_count == 1) return true;
    return call->arg_count == 2 && (args_is(call, 1, "sync") || args_is(call, 1, "async"));
}

static void flush(struct call *call, uint32_t first_db, uint32_t end_db)
{
    struct garbage own = {.keys = 0};
    struct garbage *garbage = call->garbage ? call->garbage : &own;
    uint64_t before = garbage->keys;
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
        for (uint32_t db = first_db; db < end_db; db++) {
            struct place place = call_database_place(call, (uint16_t)slot, (uint16_t)db);
            keyspace_detach(&place, garbage);
        }
    }
    metric_add(&call->counters->changes, (int64_t)(garbage->keys - before));
    garbage_fini(&own);
}

struct outcome cmd_flushdb(struct call *call)
{
    if (!read_flush_options(call)) return reply_syntax(call);
    keyspace_note_all(CHANGE_FLUSH, call->db, call->actor);
    flush(call, call->db, call->db + 1u);
    return reply_ok(call);
}

struct outcome cmd_flushall(struct call *call)
{
    if (!read_flush_options(call)) return reply_syntax(call);
    keyspace_note_all(CHANGE_FLUSH, -1, call->actor);
    flush(call, 0, call->limits->databases);
    return reply_ok(call);
}

static bool read_index(const struct call *call, uint32_t index, int64_t *number)
{
    return args_int(call, index, number) && *number >= INT32_MIN && *number <= INT32_MAX;
}

struct outcome cmd_swapdb(struct call *call)
{
    int64_t a, b, count = call->limits->databases;
    if (!read_index(call, 1, &a)) return reply_error(call, "ERR invalid first DB index");
    if (!read_index(call, 2, &b)) return reply_error(call, "ERR invalid second DB index");
    if (a < 0 || a >= count || b < 0 || b >= count)
        return reply_error(call, "ERR DB index is out of range");
    if (a == b) return reply_ok(call);
    keyspace_note_all(CHANGE_SWAP, (int32_t)a, call->actor);
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
        struct place place = call_database_place(call, (uint16_t)slot, (uint16_t)a);
        keyspace_swap(&place, (uint16_t)b);
    }
    metric_add(&call->counters->changes, 1);
    return reply_ok(call);
}
