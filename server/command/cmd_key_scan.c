#include "base/glob.h"
#include "base/number.h"
#include "command/cmd_key_parts.h"
#include "store/scan.h"

/* What is asked of the keys that a walk comes across, and the reply that gathers them. */
struct collector {
    struct call *call;
    struct bytes pattern; /* NULL ptr: all */
    struct bytes type;    /* NULL ptr: all */
    size_t count;
};

static bool is_wanted(const struct collector *collector, const struct entry *entry)
{
    if (entry_expiry_ms(entry) <= collector->call->now_ms) return false;
    if (collector->pattern.ptr && !glob_match(collector->pattern, entry_key(entry))) return false;
    if (!collector->type.ptr) return true;
    struct bytes name = bytes_of_string(value_type_name(entry_type(entry)));
    return bytes_equal_nocase(collector->type, name);
}

static void collect(struct collector *collector, const struct entry *entry)
{
    if (!is_wanted(collector, entry)) return;
    writer_bulk(&collector->call->out, entry_key(entry));
    collector->count++;
}

static void collect_item(void *context, void *item)
{
    struct collector *collector = context;
    collect(collector, item);
    breathe(collector->call->breath, 1);
}

struct outcome cmd_keys(struct call *call)
{
    struct collector collector = {.call = call};
    if (call_is_long(call, store_count_keys(call->store, call->db))) return call_run_long(call);
    if (!glob_is_all(call->args[1])) collector.pattern = call->args[1];
    struct chunk *hole = writer_hole(&call->out);
    scan_all(call->store, call->db, collect_item, &collector);
    writer_close_array(&call->out, hole, collector.count);
    return reply_written(call);
}

static void on_entry(void *context, struct entry *entry)
{
    collect(context, entry);
}

static bool may_touch(void *context, uint16_t slot)
{
    struct call *call = ((struct collector *)context)->call;
    return !call->may_touch || call->may_touch(call, slot);
}

static bool read_scan_options(struct call *call, struct collector *collector, int64_t *count,
                              struct outcome *problem)
{
    for (uint32_t at = 2; at < call->arg_count; at += 2) {
        bool has_value = at + 1 < call->arg_count;
        if (has_value && args_is(call, at, "count")) {
            if (!args_read_int(call, at + 1, count, problem)) return false;
            if (*count >= 1) continue;
        } else if (has_value && args_is(call, at, "match")) {
            bool all = glob_is_all(call->args[at + 1]);
            collector->pattern = all ? bytes_make(NULL, 0) : call->args[at + 1];
            continue;
        } else if (has_value && args_is(call, at, "type")) {
            collector->type = call->args[at + 1];
            continue;
        }
        *problem = reply_syntax(call);
        return false;
    }
    return true;
}

/* The cursor stands before the keys in the reply, but is known after them. */
static void begin_walk(struct call *call, struct walk *walk, uint64_t cursor, uint64_t count)
{
    writer_array(&call->out, 2);
    *walk = (struct walk){
        .cursor = cursor,
        .keys_left = count,
        .buckets_left = count > UINT64_MAX / 10 ? UINT64_MAX : count * 10,
        .cursor_hole = writer_hole(&call->out),
        .items_hole = writer_hole(&call->out),
    };
}

struct outcome cmd_scan(struct call *call)
{
    uint64_t cursor;
    if (!scan_parse_cursor(call->args[1], &cursor)) return reply_error(call, "ERR invalid cursor");
    struct collector collector = {.call = call};
    int64_t count = 10;
    struct outcome problem;
    if (!read_scan_options(call, &collector, &count, &problem)) return problem;
    struct walk here = {0}, *walk = call->walk ? call->walk : &here;
    if (!walk->under_way) begin_walk(call, walk, cursor, (uint64_t)count);
    collector.count = walk->count;
    struct scan scan = {.store = call->store,
                        .db = call->db,
                        .keys_left = walk->keys_left,
                        .buckets_left = walk->buckets_left,
                        .may_touch = may_touch,
                        .on_entry = on_entry,
                        .context = &collector};
    cursor = scan_step(&scan, walk->cursor);
    if (call->walk && cursor && scan.keys_left && scan.buckets_left) {
        walk->cursor = cursor;
        walk->keys_left = scan.keys_left;
        walk->buckets_left = scan.buckets_left;
        walk->count = collector.count;
        return call_walk_on(call, scan_slot_of_cursor(cursor));
    }
    writer_close_array(&call->out, walk->items_hole, collector.count);
    writer_close_bulk_uint(&call->out, walk->cursor_hole, cursor);
    return reply_written(call);
}

enum { RANDOM_TRIES = 100 };

struct outcome cmd_randomkey(struct call *call)
{
    for (int i = 0; i < RANDOM_TRIES; i++) {
        uint16_t slot;
        struct entry *entry = scan_random(call->store, call->db, call->random, &slot);
        if (!entry) break;
        struct bytes key = entry_key(entry);
        if (entry_expiry_ms(entry) > call->now_ms) return reply_bulk(call, key);
        struct place place = call_place_of_key(call, key);
        keyspace_expire(&place, entry);
    }
    return reply_null(call);
}
