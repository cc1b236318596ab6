/* XINFO: what there is to know of a stream. */
#include "command/cmd_stream_parts.h"

static void write_name(struct call *call, const char *name)
{
    writer_bulk_string(&call->out, name);
}

static void write_int(struct call *call, const char *name, int64_t value)
{
    write_name(call, name);
    writer_int(&call->out, value);
}

static void write_id(struct call *call, const char *name, struct id id)
{
    write_name(call, name);
    stream_write_id(call, id);
}

static bool find(struct call *call, struct collection *at, struct outcome *problem)
{
    bool is_stream = collection_read(call, 2, VALUE_STREAM, at);
    if (is_stream && at->entry) return true;
    *problem = is_stream ? reply_no_key(call) : reply_wrong_type(call);
    return false;
}

bool stream_group_lag(const struct stream *stream, const struct stream_group *group, int64_t *lag)
{
    int64_t read = group->entries_read;
    *lag = 0;
    if (!stream->entries_added) return true;
    if (read == STREAM_READ_UNKNOWN || stream_has_tombstone(stream, group->last_id))
        read = stream_entries_until(stream, group->last_id);
    *lag = (int64_t)(stream->entries_added - (uint64_t)read);
    return read != STREAM_READ_UNKNOWN;
}

static void write_progress(struct call *call, const struct stream *stream,
                           const struct stream_group *group)
{
    int64_t lag;
    write_name(call, "entries-read");
    if (group->entries_read == STREAM_READ_UNKNOWN)
        writer_null(&call->out);
    else
        writer_int(&call->out, group->entries_read);
    write_name(call, "lag");
    if (stream_group_lag(stream, group, &lag))
        writer_int(&call->out, lag);
    else
        writer_null(&call->out);
}

/* --- XINFO GROUPS and CONSUMERS --------------------------------------------------------------- */

static struct outcome xinfo_groups(struct call *call)
{
    struct collection at;
    struct outcome problem;
    if (!find(call, &at, &problem)) return problem;
    const struct stream *stream = at.value.stream;
    uint64_t count = stream_groups_count(stream->groups);
    if (call_is_long(call, count * 16)) return call_run_long(call);
    writer_array(&call->out, count);
    for (uint64_t i = 0; i < count; i++) {
        const struct stream_group *group = stream_groups_at(stream->groups, i);
        writer_map(&call->out, 6);
        write_name(call, "name");
        writer_bulk(&call->out, stream_group_name(group));
        write_int(call, "consumers", (int64_t)stream_group_consumer_count(group));
        write_int(call, "pending", (int64_t)group->pending.count);
        write_id(call, "last-delivered-id", group->last_id);
        write_progress(call, stream, group);
        breathe(call->breath, 16);
    }
    return reply_written(call);
}

static int64_t since(struct call *call, int64_t time_ms)
{
    return time_ms < call->now_ms ? call->now_ms - time_ms : 0;
}

static struct outcome xinfo_consumers(struct call *call)
{
    struct collection at;
    struct outcome problem;
    if (!find(call, &at, &problem)) return problem;
    const struct stream_group *group = stream_groups_find(at.value.stream->groups, call->args[3]);
    if (!group)
        return reply_error(call, "NOGROUP No such consumer group '%.*s' for key name '%.*s'",
                           args_print_len(call, 3), (const char *)call->args[3].ptr,
                           args_print_len(call, 2), (const char *)call->args[2].ptr);
    uint64_t count = stream_group_consumer_count(group);
    if (call_is_long(call, count * 8)) return call_run_long(call);
    writer_array(&call->out, count);
    for (uint64_t i = 0; i < count; i++) {
        const struct stream_consumer *consumer = stream_consumer_at(group, i);
        writer_map(&call->out, 4);
        write_name(call, "name");
        writer_bulk(&call->out, stream_consumer_name(consumer));
        write_int(call, "pending", (int64_t)consumer->pending.count);
        write_int(call, "idle", since(call, consumer->seen_ms));
        bool was_active = consumer->active_ms >= 0;
        write_int(call, "inactive", was_active ? since(call, consumer->active_ms) : -1);
        breathe(call->breath, 8);
    }
    return reply_written(call);
}

/* --- XINFO STREAM ----------------------------------------------------------------------------- */

static void write_figures(struct call *call, const struct stream *stream)
{
    write_int(call, "length", (int64_t)stream->length);
    write_int(call, "radix-tree-keys", (int64_t)stream->nodes.count);
    write_int(call, "radix-tree-nodes", (int64_t)stream->nodes.count + 1); /* the nearest to it */
    write_id(call, "last-generated-id", stream->last_id);
    write_id(call, "max-deleted-entry-id", stream->max_deleted_id);
    write_int(call, "entries-added", (int64_t)stream->entries_added);
    write_id(call, "recorded-first-entry-id", stream->first_id);
}

/* Only of streams to which additions have been sent that must not be made twice. */
static void write_producers(struct call *call, const struct stream *stream)
{
    if (!stream->producers) return;
    struct stream_producer_limits limits = stream_producers_limits(stream->producers);
    struct stream_producer_figures figures = stream_producers_figures(stream->producers);
    write_int(call, "idmp-duration", limits.seconds);
    write_int(call, "idmp-maxsize", limits.count);
    write_int(call, "pids-tracked", (int64_t)figures.producers);
    write_int(call, "iids-tracked", (int64_t)figures.remembered);
    write_int(call, "iids-added", (int64_t)figures.added);
    write_int(call, "iids-duplicates", (int64_t)figures.duplicates);
}

static size_t producer_pairs(const struct stream *stream)
{
    return stream->producers ? 6 : 0;
}

static void write_edge(struct call *call, const char *name, const struct stream *stream,
                       bool is_last)
{
    struct stream_cursor cursor;
    struct id from = is_last ? ID_MAX : (struct id){0, 0};
    write_name(call, name);
    if (stream_seek(&cursor, stream, from, is_last))
        stream_write_entry(call, &cursor);
    else
        writer_null(&call->out);
}

static struct outcome write_summary(struct call *call, const struct stream *stream)
{
    writer_map(&call->out, 10 + producer_pairs(stream));
    write_figures(call, stream);
    write_producers(call, stream);
    write_int(call, "groups", (int64_t)stream_groups_count(stream->groups));
    write_edge(call, "first-entry", stream, false);
    write_edge(call, "last-entry", stream, true);
    return reply_written(call);
}

static void write_entries(struct call *call, const struct stream *stream, uint64_t max)
{
    struct stream_cursor cursor;
    write_name(call, "entries");
    writer_array(&call->out, stream->length < max ? stream->length : max);
    bool more = stream_seek(&cursor, stream, (struct id){0, 0}, false);
    for (uint64_t i = 0; more && i < max; i++) {
        stream_write_entry(call, &cursor);
        breathe(call->breath, 2);
        more = stream_step(&cursor, false);
    }
}

static void write_pending_entry(struct call *call, const struct id_map_item *item,
                                bool with_consumer)
{
    const struct stream_pending *pending = item->item;
    writer_array(&call->out, with_consumer ? 4 : 3);
    stream_write_id(call, item->id);
    if (with_consumer)
        writer_bulk(&call->out,
                    pending->consumer ? stream_consumer_name(pending->consumer) : BYTES(""));
    writer_int(&call->out, pending->delivered_ms);
    writer_int(&call->out, (int64_t)pending->deliveries);
}

static void write_pending(struct call *call, const struct id_map *map, uint64_t max,
                          bool with_consumer)
{
    struct id_map_cursor place;
    uint64_t count = map->count < max ? map->count : max;
    write_int(call, "pel-count", (int64_t)map->count);
    write_name(call, "pending");
    writer_array(&call->out, count);
    bool more = id_map_first(map, &place);
    for (uint64_t i = 0; more && i < count; i++) {
        struct id_map_item item = id_map_get(&place);
        write_pending_entry(call, &item, with_consumer);
        breathe(call->breath, 4);
        more = id_map_next(&place);
    }
}

static void write_group(struct call *call, const struct stream *stream,
                        const struct stream_group *group, uint64_t max)
{
    uint64_t consumers = stream_group_consumer_count(group);
    writer_map(&call->out, 7);
    write_name(call, "name");
    writer_bulk(&call->out, stream_group_name(group));
    write_id(call, "last-delivered-id", group->last_id);
    write_progress(call, stream, group);
    write_pending(call, &group->pending, max, true);
    write_name(call, "consumers");
    writer_array(&call->out, consumers);
    for (uint64_t i = 0; i < consumers; i++) {
        const struct stream_consumer *consumer = stream_consumer_at(group, i);
        writer_map(&call->out, 5);
        write_name(call, "name");
        writer_bulk(&call->out, stream_consumer_name(consumer));
        write_int(call, "seen-time", consumer->seen_ms);
        write_int(call, "active-time", consumer->active_ms);
        write_pending(call, &consumer->pending, max, false);
        breathe(call->breath, 8);
    }
}

static uint64_t work_of(const struct stream *stream, uint64_t max)
{
    uint64_t groups = stream_groups_count(stream->groups);
    uint64_t work = stream_reading_work(stream, max) + groups * 16;
    for (uint64_t i = 0; i < groups && work <= call_long_work; i++) {
        const struct stream_group *group = stream_groups_at(stream->groups, i);
        work += stream_group_consumer_count(group) * 8 + group->pending.count;
    }
    return work;
}

static struct outcome write_full(struct call *call, const struct stream *stream, uint64_t max)
{
    if (call_is_long(call, work_of(stream, max))) return call_run_long(call);
    uint64_t groups = stream_groups_count(stream->groups);
    writer_map(&call->out, 9 + producer_pairs(stream));
    write_figures(call, stream);
    write_producers(call, stream);
    write_entries(call, stream, max);
    write_name(call, "groups");
    writer_array(&call->out, groups);
    for (uint64_t i = 0; i < groups; i++)
        write_group(call, stream, stream_groups_at(stream->groups, i), max);
    return reply_written(call);
}

static struct outcome xinfo_stream(struct call *call)
{
    enum { COUNT_STANDARD = 10 };
    struct collection at;
    struct outcome problem;
    int64_t count = COUNT_STANDARD;
    bool is_full = call->arg_count > 3;
    bool is_counted = call->arg_count == 6 && args_is(call, 4, "count");
    if (!find(call, &at, &problem)) return problem;
    if (is_full && !(args_is(call, 3, "full") && (call->arg_count == 4 || is_counted)))
        return reply_bad_subcommand(call);
    if (is_counted && !args_int(call, 5, &count)) return reply_not_int(call);
    if (!is_full) return write_summary(call, at.value.stream);
    if (count < 0) count = COUNT_STANDARD;
    return write_full(call, at.value.stream, count ? (uint64_t)count : UINT64_MAX);
}

static struct outcome xinfo_help(struct call *call)
{
    static const char *const lines[] = {
        "CONSUMERS <key> <group>",
        "    The consumers of a group.",
        "GROUPS <key>",
        "    The groups of a stream.",
        "STREAM <key> [FULL [COUNT <count>]]",
        "    A stream; in full: with entries and groups.",
        NULL,
    };
    return reply_help(call, lines);
}

#define READ_KEY KEYS_AT(2, KEY_RO | KEY_ACCESS)

/* clang-format off */
const struct command cmd_stream_info_table[] = {
    {"consumers", xinfo_consumers, 4, CMD_READ, ACL_STREAM, READ_KEY,
     "stream", "5.0.0", "O(N) for N consumers", "key group",
     "The consumers of a group.", .tips = "nondeterministic_output"},
    {"groups", xinfo_groups, 3, CMD_READ, ACL_STREAM, READ_KEY,
     "stream", "5.0.0", "O(N) for N groups", "key",
     "The groups of a stream."},
    {"help", xinfo_help, 2, CMD_LOADING | CMD_STALE | CMD_FRONT, ACL_STREAM, {{KEYS_NONE}},
     "stream", "5.0.0", "O(1)", "",
     "What the subcommands do."},
    {"stream", xinfo_stream, -3, CMD_READ, ACL_STREAM, READ_KEY,
     "stream", "5.0.0", "O(1), and O(N) in full for N entries, groups and consumers",
     "key [FULL [COUNT count]]",
     "What there is to know of a stream."},
    {.name = NULL},
};
/* clang-format on */
