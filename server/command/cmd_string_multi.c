#include "base/number.h"
#include "command/cmd_string_parts.h"

/* Keys whose memory is asked for together, so that their cache misses overlap. */
enum { BATCH = 16 };

static struct place place_of(struct call *call, uint32_t index, uint32_t first)
{
    return index == first ? call_first_place(call, index) : call_place(call, index);
}

static void prefetch_batch(const struct place *places, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        store_prefetch_bucket(places[i].store, places[i].slot, places[i].db, places[i].hash);
    for (uint32_t i = 0; i < count; i++)
        store_prefetch_entry(places[i].store, places[i].slot, places[i].db, places[i].hash);
}

static void get_one(struct call *call, const struct place *place)
{
    struct entry *entry = call_find_read(call, place);
    if (entry && string_is_type(entry))
        string_write(call, entry);
    else
        writer_null(&call->out);
}

struct outcome cmd_mget(struct call *call)
{
    if (call_is_long(call, call->arg_count)) return call_run_long(call);
    writer_array(&call->out, call->arg_count - 1);
    struct place places[BATCH];
    for (uint32_t start = 1; start < call->arg_count; start += BATCH) {
        uint32_t rest = call->arg_count - start, count = rest < BATCH ? rest : BATCH;
        for (uint32_t i = 0; i < count; i++) {
            places[i] = place_of(call, start + i, 1);
            store_prefetch_slot(call->store, places[i].slot);
        }
        prefetch_batch(places, count);
        for (uint32_t i = 0; i < count; i++)
            get_one(call, &places[i]);
        breathe(call->breath, count);
    }
    return reply_written(call);
}

/* Pairs of keys and values among the arguments. */
struct pairs {
    uint32_t first, end;
};

static void set_all(struct call *call, struct pairs pairs, int64_t deadline_ms)
{
    for (uint32_t at = pairs.first; at < pairs.end; at += 2) {
        struct place place = place_of(call, at, pairs.first);
        struct str value = call_str(call, at + 1);
        call_put(call, &place, &value, deadline_ms, CHANGE_SET);
        breathe(call->breath, 1);
    }
}

/* Is each of the keys there, or none of them? */
static bool all_are(struct call *call, struct pairs pairs, bool there)
{
    for (uint32_t at = pairs.first; at < pairs.end; at += 2) {
        struct place place = place_of(call, at, pairs.first);
        if ((call_find_write(call, &place) != NULL) != there) return false;
        breathe(call->breath, 1);
    }
    return true;
}

struct outcome cmd_mset(struct call *call)
{
    if (call->arg_count % 2 == 0) return reply_wrong_arity(call);
    if (call_is_long(call, call->arg_count)) return call_run_long(call);
    set_all(call, (struct pairs){1, call->arg_count}, INT64_MAX);
    return reply_ok(call);
}

struct outcome cmd_msetnx(struct call *call)
{
    if (call->arg_count % 2 == 0) return reply_wrong_arity(call);
    if (call_is_long(call, call->arg_count)) return call_run_long(call);
    struct pairs pairs = {1, call->arg_count};
    if (!all_are(call, pairs, false)) return reply_int(call, 0);
    set_all(call, pairs, INT64_MAX);
    return reply_int(call, 1);
}

struct outcome cmd_msetex(struct call *call)
{
    int64_t count;
    if (!args_int(call, 1, &count) || count < 1 || count > INT32_MAX)
        return reply_error(call, "ERR invalid numkeys value");
    if (count > (call->arg_count - 2) / 2)
        return reply_error(call, "ERR wrong number of key-value pairs");
    struct pairs pairs = {2, 2 + (uint32_t)count * 2};
    struct args_expiry expiry = {EXPIRY_NONE, 0};
    struct string_test test = {IF_ALWAYS, 0};
    for (uint32_t at = pairs.end; at < call->arg_count;) {
        enum args_match match = args_expiry_option(call, &at, EXPIRY_KEEPTTL, &expiry);
        if (match == ARGS_OTHER) match = string_test_option(call, &at, true, &test);
        if (match != ARGS_TAKEN || string_test_compares(&test)) return reply_syntax(call);
    }
    int64_t deadline_ms;
    struct outcome problem;
    if (!args_deadline(call, &expiry, &deadline_ms, &problem)) return problem;
    if (call_is_long(call, call->arg_count)) return call_run_long(call);
    bool wanted = test.condition == IF_XX;
    if (test.condition != IF_ALWAYS && !all_are(call, pairs, wanted)) return reply_int(call, 0);
    set_all(call, pairs, deadline_ms);
    return reply_int(call, 1);
}
