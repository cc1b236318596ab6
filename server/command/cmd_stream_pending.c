/* Pending entries: XPENDING, XACK and XNACK. */
#include "command/cmd_stream_parts.h"

struct outcome reply_no_group(struct call *call, uint32_t key, uint32_t group)
{
    return reply_error(call, "NOGROUP No such key '%.*s' or consumer group '%.*s'",
                       args_print_len(call, key), (const char *)call->args[key].ptr,
                       args_print_len(call, group), (const char *)call->args[group].ptr);
}

bool stream_find_group(struct call *call, struct collection *at, struct stream_group **group,
                       struct outcome *problem)
{
    if (!collection_read(call, 1, VALUE_STREAM, at)) {
        *problem = reply_wrong_type(call);
        return false;
    }
    *group = at->entry ? stream_groups_find(at->value.stream->groups, call->args[2]) : NULL;
    if (*group) return true;
    *problem = reply_no_group(call, 1, 2);
    return false;
}

/* --- XPENDING --------------------------------------------------------------------------------- */

static void write_consumers(struct call *call, const struct stream_group *group)
{
    struct chunk *hole = writer_hole(&call->out);
    size_t written = 0;
    for (uint64_t i = 0; i < stream_group_consumer_count(group); i++) {
        const struct stream_consumer *consumer = stream_consumer_at(group, i);
        breathe(call->breath, 8);
        if (!consumer->pending.count) continue;
        writer_array(&call->out, 2);
        writer_bulk(&call->out, stream_consumer_name(consumer));
        writer_bulk_int(&call->out, (int64_t)consumer->pending.count);
        written++;
    }
    writer_close_array(&call->out, hole, written);
}

static struct outcome write_summary(struct call *call, const struct stream_group *group)
{
    struct id_map_cursor place;
    if (call_is_long(call, stream_group_consumer_count(group) * 8)) return call_run_long(call);
    writer_array(&call->out, 4);
    writer_int(&call->out, (int64_t)group->pending.count);
    if (!id_map_first(&group->pending, &place)) {
        writer_null(&call->out);
        writer_null(&call->out);
        writer_null_array(&call->out);
        return reply_written(call);
    }
    stream_write_id(call, id_map_get(&place).id);
    id_map_last(&group->pending, &place);
    stream_write_id(call, id_map_get(&place).id);
    write_consumers(call, group);
    return reply_written(call);
}

/* The extended form. */
struct question {
    struct id start, end;
    int64_t count, idle_ms;
    uint32_t consumer; /* 0: of all */
};

static bool read_question(struct call *call, struct question *question, struct outcome *problem)
{
    bool with_idle = args_is(call, 3, "idle");
    uint32_t start = with_idle ? 5 : 3;
    *question = (struct question){.idle_ms = 0};
    if (with_idle && !args_int(call, 4, &question->idle_ms)) {
        *problem = reply_not_int(call);
        return false;
    }
    if (start + 2 >= call->arg_count) {
        *problem = reply_syntax(call);
        return false;
    }
    if (!args_read_int(call, start + 2, &question->count, problem)) return false;
    if (start + 3 < call->arg_count) question->consumer = start + 3;
    return stream_read_bound(call, start, false, &question->start, problem) &&
           stream_read_bound(call, start + 1, true, &question->end, problem);
}

static int64_t idle_of(struct call *call, const struct stream_pending *pending)
{
    if (!pending->consumer) return -1; /* nobody's: not idle, but waiting */
    int64_t idle_ms = call->now_ms - pending->delivered_ms;
    return idle_ms < 0 ? 0 : idle_ms;
}

static void write_pending(struct call *call, struct id id, const struct stream_pending *pending)
{
    writer_array(&call->out, 4);
    stream_write_id(call, id);
    writer_bulk(&call->out,
                pending->consumer ? stream_consumer_name(pending->consumer) : BYTES(""));
    writer_int(&call->out, idle_of(call, pending));
    writer_int(&call->out, (int64_t)pending->deliveries);
}

static size_t write_matches(struct call *call, const struct id_map *map,
                            const struct question *question)
{
    struct id_map_cursor place;
    int64_t left = question->count;
    size_t written = 0;
    bool more = id_map_from(map, question->start, &place);
    for (; more && left > 0; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        const struct stream_pending *pending = item.item;
        if (id_compare(item.id, question->end) > 0) break;
        breathe(call->breath, 2);
        bool is_owned = pending->consumer != NULL;
        int64_t idle_ms = call->now_ms - pending->delivered_ms;
        if (question->idle_ms && is_owned && idle_ms < question->idle_ms) continue;
        write_pending(call, item.id, pending);
        written++;
        left--;
    }
    return written;
}

struct outcome cmd_xpending(struct call *call)
{
    struct collection at;
    struct stream_group *group;
    struct outcome problem;
    struct question question;
    bool is_summary = call->arg_count == 3;
    if (!is_summary && (call->arg_count < 6 || call->arg_count > 9)) return reply_syntax(call);
    if (!is_summary && !read_question(call, &question, &problem)) return problem;
    if (!stream_find_group(call, &at, &group, &problem)) return problem;
    if (is_summary) return write_summary(call, group);
    const struct id_map *map = &group->pending;
    if (question.consumer) {
        const struct stream_consumer *consumer =
            stream_consumer_find(group, call->args[question.consumer]);
        if (!consumer) return reply_empty_array(call);
        map = &consumer->pending;
    }
    uint64_t most = map->count, count = question.count < 0 ? 0 : (uint64_t)question.count;
    if (!question.idle_ms && count < most) most = count;
    if (call_is_long(call, most * 2)) return call_run_long(call);
    struct chunk *hole = writer_hole(&call->out);
    writer_close_array(&call->out, hole, write_matches(call, map, &question));
    return reply_written(call);
}

/* --- XACK ------------------------------------------------------------------------------------- */

struct outcome cmd_xack(struct call *call)
{
    struct collection at;
    struct outcome problem;
    struct id *ids;
    int64_t removed = 0;
    uint32_t count = call->arg_count - 3;
    if (call_is_long(call, count * (uint64_t)8)) return call_run_long(call);
    if (!collection_read(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    struct stream_group *group =
        at.entry ? stream_groups_find(at.value.stream->groups, call->args[2]) : NULL;
    if (!group) return reply_int(call, 0);
    if (!stream_read_ids(call, 3, call->arg_count, &ids, &problem)) return problem;
    collection_open(&at);
    for (uint32_t i = 0; i < count; i++) {
        removed += stream_pending_remove(group, ids[i]);
        breathe(call->breath, 8);
    }
    collection_close(call, &at, removed ? CHANGE_XGROUP_USE : CHANGE_NONE);
    return reply_int(call, removed);
}

/* --- XNACK ------------------------------------------------------------------------------------ */

bool stream_read_id_list(struct call *call, uint32_t *at, struct stream_id_list *list,
                         const struct stream_id_list_texts *texts, struct outcome *problem)
{
    int64_t count = 0;
    uint32_t first = *at + 2, left = call->arg_count - first;
    if (first > call->arg_count) {
        *problem = reply_syntax(call);
        return false;
    }
    if (!args_int(call, *at + 1, &count) || count <= 0 || count > INT32_MAX) {
        *problem = reply_error(call, "ERR %s", texts->not_positive);
        return false;
    }
    if ((uint64_t)count > left) {
        *problem = reply_error(call, "ERR %s", texts->too_few);
        return false;
    }
    list->count = (uint32_t)count;
    *at = first + list->count;
    return stream_read_ids(call, first, *at, &list->ids, problem);
}

/* What becomes of how often it was delivered. */
struct release {
    enum { RELEASE_SILENT, RELEASE_FAIL, RELEASE_FATAL } mode;
    int64_t retry_count; /* -1: as the mode says */
    bool force;
    struct stream_id_list list;
};

static bool read_mode(struct call *call, struct release *release, struct outcome *problem)
{
    bool is_silent = args_is(call, 3, "silent"), is_fail = args_is(call, 3, "fail");
    release->mode = is_silent ? RELEASE_SILENT : is_fail ? RELEASE_FAIL : RELEASE_FATAL;
    if (is_silent || is_fail || args_is(call, 3, "fatal")) return true;
    *problem = reply_error(call, "ERR mode must be SILENT, FAIL, or FATAL");
    return false;
}

static bool read_retry_count(struct call *call, uint32_t index, int64_t *count,
                             struct outcome *problem)
{
    if (!args_read_int(call, index, count, problem)) return false;
    if (*count >= 0) return true;
    *problem = reply_error(call, "ERR Invalid RETRYCOUNT value, must be >= 0");
    return false;
}

/* The option at *at, which passes it. */
static bool read_release_option(struct call *call, uint32_t *at, struct release *release,
                                struct outcome *problem)
{
    static const struct stream_id_list_texts texts = {"numids must be a positive integer",
                                                      "number of IDs doesn't match numids"};
    bool has_value = *at + 1 < call->arg_count;
    if (has_value && args_is(call, *at, "ids"))
        return stream_read_id_list(call, at, &release->list, &texts, problem);
    if (has_value && args_is(call, *at, "retrycount")) {
        *at += 2;
        return read_retry_count(call, *at - 1, &release->retry_count, problem);
    }
    if (args_is(call, *at, "force")) {
        ++*at;
        return release->force = true;
    }
    *problem = reply_error(call, "ERR Unrecognized XNACK option '%.*s'", args_print_len(call, *at),
                           (const char *)call->args[*at].ptr);
    return false;
}

static bool read_release(struct call *call, struct release *release, struct outcome *problem)
{
    *release = (struct release){.retry_count = -1};
    if (!read_mode(call, release, problem)) return false;
    for (uint32_t at = 4; at < call->arg_count;)
        if (!read_release_option(call, &at, release, problem)) return false;
    if (release->list.count) return true;
    *problem = reply_error(call, "ERR syntax error, expected IDS keyword");
    return false;
}

static uint64_t deliveries_after(const struct release *release, uint64_t before)
{
    if (release->retry_count >= 0) return (uint64_t)release->retry_count;
    if (release->mode == RELEASE_FATAL) return INT64_MAX;
    return release->mode == RELEASE_SILENT && before ? before - 1 : before;
}

static bool release_one(const struct stream *stream, struct stream_group *group, struct id id,
                        const struct release *release)
{
    struct stream_pending *pending = stream_pending_find(group, id);
    if (!pending && release->force && stream_has(stream, id))
        pending = stream_pending_add(group, id, NULL);
    if (!pending) return false;
    stream_pending_give(group, pending, id, NULL);
    pending->delivered_ms = 0;
    pending->deliveries = deliveries_after(release, pending->deliveries);
    return true;
}

struct outcome cmd_xnack(struct call *call)
{
    struct collection at;
    struct stream_group *group;
    struct outcome problem;
    struct release release;
    int64_t released = 0;
    if (call_is_long(call, call->arg_count * (uint64_t)8)) return call_run_long(call);
    if (!read_release(call, &release, &problem)) return problem;
    if (!stream_find_group(call, &at, &group, &problem)) return problem;
    collection_open(&at);
    for (uint32_t i = 0; i < release.list.count; i++) {
        released += release_one(at.value.stream, group, release.list.ids[i], &release);
        breathe(call->breath, 8);
    }
    collection_close(call, &at, released ? CHANGE_XGROUP_USE : CHANGE_NONE);
    return reply_int(call, released);
}
