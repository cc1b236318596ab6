/* XCLAIM and XAUTOCLAIM: pending entries change hands. */
#include "command/cmd_stream_parts.h"

/* What is to be claimed, and how. */
struct claim {
    int64_t idle_ms;      /* at least; 0: all */
    int64_t delivered_ms; /* what its time becomes */
    int64_t retry_count;  /* -1: counts one more, but for JUSTID */
    bool only_ids, force;
    struct id last_id;
    struct id *ids;
    uint32_t id_count;
    /* Who claims: made when there is something to claim. */
    struct stream_group *group;
    struct stream_consumer *consumer;
    bool is_new;
};

/* Entries that are gone lose their place among those that are pending. */
static bool lives(const struct stream *stream, struct id id, struct stream_cursor *cursor)
{
    return stream_seek(cursor, stream, id, false) && id_compare(cursor->entry.id, id) == 0;
}

static bool is_idle(struct call *call, const struct stream_pending *pending,
                    const struct claim *claim)
{
    if (!pending->consumer || !claim->idle_ms) return true;
    return call->now_ms - pending->delivered_ms >= claim->idle_ms;
}

static void take(struct call *call, struct claim *claim, struct stream_pending *pending,
                 const struct stream_cursor *cursor)
{
    struct id id = cursor->entry.id;
    if (!claim->consumer)
        claim->consumer = stream_see_consumer(call, claim->group, call->args[3], &claim->is_new);
    claim->consumer->active_ms = call->now_ms;
    stream_pending_give(claim->group, pending, id, claim->consumer);
    stream_pending_deliver(claim->group, pending, claim->delivered_ms);
    if (claim->retry_count >= 0)
        pending->deliveries = (uint64_t)claim->retry_count;
    else if (!claim->only_ids && pending->deliveries < INT64_MAX)
        pending->deliveries++;
    if (claim->only_ids)
        stream_write_id(call, id);
    else
        stream_write_entry(call, cursor);
}

/* --- XCLAIM ----------------------------------------------------------------------------------- */

static bool read_number(struct call *call, uint32_t index, const char *name, int64_t *number,
                        struct outcome *problem)
{
    if (args_int(call, index, number)) return true;
    *problem = reply_error(call, "ERR Invalid %s option argument for XCLAIM", name);
    return false;
}

/* An idle time becomes a time in *time_ms; one that makes no sense becomes now, later. */
static bool read_idle(struct call *call, uint32_t index, int64_t *time_ms, struct outcome *problem)
{
    int64_t idle_ms;
    if (!read_number(call, index, "IDLE", &idle_ms, problem)) return false;
    if (__builtin_sub_overflow(call->now_ms, idle_ms, time_ms)) *time_ms = INT64_MAX;
    return true;
}

static enum args_match valued_option(struct call *call, uint32_t at, struct claim *claim,
                                     struct outcome *problem)
{
    bool good;
    if (args_is(call, at, "idle"))
        good = read_idle(call, at + 1, &claim->delivered_ms, problem);
    else if (args_is(call, at, "time"))
        good = read_number(call, at + 1, "TIME", &claim->delivered_ms, problem);
    else if (args_is(call, at, "retrycount"))
        good = read_number(call, at + 1, "RETRYCOUNT", &claim->retry_count, problem);
    else if (args_is(call, at, "lastid"))
        good = stream_read_id(call, at + 1, &claim->last_id, problem);
    else
        return ARGS_OTHER;
    return good ? ARGS_TAKEN : ARGS_CONFLICT;
}

static bool read_options(struct call *call, uint32_t at, struct claim *claim,
                         struct outcome *problem)
{
    while (at < call->arg_count) {
        enum args_match match = ARGS_OTHER;
        if (at + 1 < call->arg_count) match = valued_option(call, at, claim, problem);
        if (match == ARGS_CONFLICT) return false;
        if (match == ARGS_TAKEN) {
            at += 2;
        } else if (args_is(call, at, "force")) {
            claim->force = true;
            at++;
        } else if (args_is(call, at, "justid")) {
            claim->only_ids = true;
            at++;
        } else {
            *problem = reply_error(call, "ERR Unrecognized XCLAIM option '%.*s'",
                                   args_print_len(call, at), (const char *)call->args[at].ptr);
            return false;
        }
    }
    return true;
}

/* Ids as far as they go, then options. */
static bool read_claim(struct call *call, struct claim *claim, struct outcome *problem)
{
    uint32_t at = 5;
    *claim = (struct claim){.delivered_ms = -1, .retry_count = -1};
    if (!args_int(call, 4, &claim->idle_ms)) {
        *problem = reply_error(call, "ERR Invalid min-idle-time argument for XCLAIM");
        return false;
    }
    if (claim->idle_ms < 0) claim->idle_ms = 0;
    claim->ids = arena_alloc_array(call->scratch, call->arg_count, sizeof *claim->ids);
    while (at < call->arg_count &&
           stream_id_parse(call->args[at], 0, &claim->ids[claim->id_count])) {
        claim->id_count++;
        at++;
        breathe(call->breath, 2);
    }
    if (!read_options(call, at, claim, problem)) return false;
    bool is_bogus = claim->delivered_ms < 0 || claim->delivered_ms > call->now_ms;
    if (is_bogus) claim->delivered_ms = call->now_ms;
    return true;
}

/* true: it was taken, and written. */
static bool claim_one(struct call *call, struct claim *claim, const struct stream *stream,
                      struct id id)
{
    struct stream_cursor cursor;
    struct stream_group *group = claim->group;
    struct stream_pending *pending = stream_pending_find(group, id);
    if (!pending && !claim->force) return false;
    bool found = lives(stream, id, &cursor);
    if (!found) {
        if (pending) stream_pending_remove(group, id);
        return false;
    }
    if (!pending) {
        pending = stream_pending_add(group, id, NULL);
        pending->deliveries = 1;
    }
    if (!is_idle(call, pending, claim)) return false;
    take(call, claim, pending, &cursor);
    return true;
}

struct outcome cmd_xclaim(struct call *call)
{
    struct collection at;
    struct stream_group *group;
    struct outcome problem;
    struct claim claim;
    size_t claimed = 0;
    if (call_is_long(call, call->arg_count * (uint64_t)16)) return call_run_long(call);
    if (!stream_find_group(call, &at, &group, &problem)) return problem;
    if (!read_claim(call, &claim, &problem)) return problem;
    collection_open(&at);
    if (id_compare(claim.last_id, group->last_id) > 0) group->last_id = claim.last_id;
    claim.group = group;
    struct chunk *hole = writer_hole(&call->out);
    for (uint32_t i = 0; i < claim.id_count; i++) {
        claimed += claim_one(call, &claim, at.value.stream, claim.ids[i]);
        breathe(call->breath, 16);
    }
    writer_close_array(&call->out, hole, claimed);
    collection_close(call, &at, CHANGE_XGROUP_USE);
    if (claim.is_new) change_note(&at.place, CHANGE_XGROUP_CREATECONSUMER, false);
    return reply_written(call);
}

/* --- XAUTOCLAIM ------------------------------------------------------------------------------- */

enum { SCANNED_FOR_EACH = 10 }; /* pending entries looked at, for each that may be claimed */

struct scan {
    struct claim claim;
    struct id start;
    int64_t count;
    /* What it finds: */
    struct id *deleted;
    uint32_t deleted_count;
    size_t claimed;
};

static bool read_count(struct call *call, uint32_t index, int64_t *count, struct outcome *problem)
{
    if (args_int(call, index, count) && *count > 0 && *count <= INT64_MAX / STREAM_ID_BYTES)
        return true;
    *problem = reply_error(call, "ERR COUNT must be > 0");
    return false;
}

static bool read_scan(struct call *call, struct scan *scan, struct outcome *problem)
{
    enum { COUNT_STANDARD = 100 };
    *scan = (struct scan){.count = COUNT_STANDARD};
    scan->claim.retry_count = -1;
    scan->claim.delivered_ms = call->now_ms;
    if (!args_int(call, 4, &scan->claim.idle_ms)) {
        *problem = reply_error(call, "ERR Invalid min-idle-time argument for XAUTOCLAIM");
        return false;
    }
    if (scan->claim.idle_ms < 0) scan->claim.idle_ms = 0;
    if (!stream_read_bound(call, 5, false, &scan->start, problem)) return false;
    for (uint32_t at = 6; at < call->arg_count; at++) {
        if (args_is(call, at, "justid")) {
            scan->claim.only_ids = true;
        } else if (args_is(call, at, "count") && at + 1 < call->arg_count) {
            if (!read_count(call, ++at, &scan->count, problem)) return false;
        } else {
            *problem = reply_syntax(call);
            return false;
        }
    }
    return true;
}

static void scan_one(struct call *call, struct scan *scan, const struct stream *stream,
                     const struct id_map_item *item)
{
    struct stream_cursor cursor;
    struct stream_pending *pending = item->item;
    if (!lives(stream, item->id, &cursor)) {
        stream_pending_remove(scan->claim.group, item->id);
        scan->deleted[scan->deleted_count++] = item->id;
        scan->count--;
        return;
    }
    if (!is_idle(call, pending, &scan->claim)) return;
    take(call, &scan->claim, pending, &cursor);
    scan->claimed++;
    scan->count--;
}

/* Where the next scan is to begin. */
static struct id scan_all(struct call *call, struct scan *scan, const struct stream *stream)
{
    struct id_map_cursor place;
    struct stream_group *group = scan->claim.group;
    uint64_t attempts = (uint64_t)scan->count > UINT64_MAX / SCANNED_FOR_EACH
                            ? UINT64_MAX
                            : (uint64_t)scan->count * SCANNED_FOR_EACH;
    bool more = id_map_from(&group->pending, scan->start, &place);
    while (more && attempts-- && scan->count) {
        struct id_map_item item = id_map_get(&place);
        uint64_t before = group->pending.count;
        scan_one(call, scan, stream, &item);
        breathe(call->breath, 16);
        if (group->pending.count == before)
            more = id_map_next(&place);
        else /* it has gone */
            more = id_map_from(&group->pending, item.id, &place);
    }
    return more ? id_map_get(&place).id : (struct id){0, 0};
}

static void fill_id(struct call *call, struct chunk *hole, struct id id)
{
    char text[STREAM_ID_TEXT_MAX + 16], id_text[STREAM_ID_TEXT_MAX];
    size_t id_len = stream_id_write(id_text, id), len = 1;
    text[0] = '$';
    len += number_write_uint(text + len, id_len);
    memcpy(text + len, "\r\n", 2);
    memcpy(text + len + 2, id_text, id_len);
    memcpy(text + len + 2 + id_len, "\r\n", 2);
    chain_fill(call->out.chain, hole, bytes_make(text, len + id_len + 4));
}

/* The cursor is known when the entries have been written, and stands before them. */
static void write_scanned(struct call *call, struct scan *scan, const struct stream *stream)
{
    writer_array(&call->out, 3);
    struct chunk *cursor_hole = writer_hole(&call->out);
    struct chunk *entries_hole = writer_hole(&call->out);
    struct id next = scan_all(call, scan, stream);
    writer_close_array(&call->out, entries_hole, scan->claimed);
    writer_array(&call->out, scan->deleted_count);
    for (uint32_t i = 0; i < scan->deleted_count; i++)
        stream_write_id(call, scan->deleted[i]);
    fill_id(call, cursor_hole, next);
}

struct outcome cmd_xautoclaim(struct call *call)
{
    struct collection at;
    struct stream_group *group;
    struct outcome problem;
    struct scan scan;
    if (!read_scan(call, &scan, &problem)) return problem;
    if (!stream_find_group(call, &at, &group, &problem)) return problem;
    uint64_t most = group->pending.count;
    if ((uint64_t)scan.count < most / SCANNED_FOR_EACH)
        most = (uint64_t)scan.count * SCANNED_FOR_EACH;
    if (call_is_long(call, most * 16)) return call_run_long(call);
    scan.deleted = arena_alloc_array(call->scratch, most + 1, sizeof *scan.deleted);
    collection_open(&at);
    scan.claim.group = group;
    write_scanned(call, &scan, at.value.stream);
    collection_close(call, &at, CHANGE_XGROUP_USE);
    if (scan.claim.is_new) change_note(&at.place, CHANGE_XGROUP_CREATECONSUMER, false);
    return reply_written(call);
}
