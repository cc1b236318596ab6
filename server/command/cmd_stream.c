#include "command/cmd_stream.h"

#include "command/cmd_stream_parts.h"

/* --- Ids -------------------------------------------------------------------------------------- */

struct outcome reply_bad_stream_id(struct call *call)
{
    return reply_error(call, "ERR Invalid stream ID specified as stream command argument");
}

bool stream_read_id(struct call *call, uint32_t index, struct id *id, struct outcome *problem)
{
    if (likely(stream_id_parse(call->args[index], 0, id))) return true;
    *problem = reply_bad_stream_id(call);
    return false;
}

bool stream_read_ids(struct call *call, uint32_t first, uint32_t end, struct id **ids,
                     struct outcome *problem)
{
    *ids = arena_alloc_array(call->scratch, end - first + 1, sizeof **ids);
    for (uint32_t i = first; i < end; i++) {
        if (!stream_read_id(call, i, &(*ids)[i - first], problem)) return false;
        breathe(call->breath, 2);
    }
    return true;
}

void stream_write_id(struct call *call, struct id id)
{
    char text[STREAM_ID_TEXT_MAX];
    writer_bulk(&call->out, bytes_make(text, stream_id_write(text, id)));
}

/* --- XADD ------------------------------------------------------------------------------------- */

/* What XADD is asked for. */
struct addition {
    struct stream_capping capping;
    struct stream_sender sender;
    bool only_to_existing;
    bool has_id, has_seq; /* "*": neither; "ms-*": the first */
    struct id id;
    uint32_t content_at;
};

/* Options, up to the id. */
static bool read_addition(struct call *call, struct addition *addition, struct outcome *problem)
{
    *addition = (struct addition){.content_at = 0};
    for (uint32_t at = 2; at < call->arg_count;) {
        if (args_is(call, at, "*")) {
            addition->content_at = at + 1;
            break;
        }
        enum args_match match = stream_read_capping(call, &at, &addition->capping, problem);
        if (match == ARGS_OTHER) match = stream_read_sender(call, &at, &addition->sender, problem);
        if (match == ARGS_CONFLICT) return false;
        if (match == ARGS_TAKEN) continue;
        if (args_is(call, at, "nomkstream")) {
            addition->only_to_existing = true;
            at++;
            continue;
        }
        addition->has_id = true;
        addition->content_at = at + 1;
        if (stream_id_parse_open(call->args[at], &addition->id, &addition->has_seq)) break;
        *problem = reply_bad_stream_id(call);
        return false;
    }
    if (!addition->content_at) addition->content_at = call->arg_count;
    return stream_settle_capping(call, &addition->capping, problem);
}

static bool check_addition(struct call *call, const struct addition *addition,
                           const struct stream_content *content, struct outcome *problem)
{
    if (content->count < 2 || content->count % 2)
        *problem = reply_wrong_arity(call);
    else if (addition->has_id && addition->has_seq && stream_id_is_zero(addition->id))
        *problem = reply_error(call, "ERR The ID specified in XADD must be greater than 0-0");
    else if (addition->sender.producer && addition->has_id)
        *problem = reply_error(call, "ERR IDMP/IDMPAUTO can be used only with auto-generated IDs");
    else
        return true;
    return false;
}

/* What was sent before is not added again: the answer is the id it got then. */
static bool is_duplicate(struct call *call, struct collection *at,
                         const struct stream_addition *sent)
{
    struct id id;
    if (!at->value.stream) return false;
    if (!stream_producers_find(at->value.stream->producers, sent, &id)) return false;
    collection_open(at);
    stream_producers_count_duplicate(at->value.stream->producers);
    collection_close(call, at, CHANGE_NONE);
    stream_write_id(call, id);
    return true;
}

/* The id of the new entry, which comes after all others. */
static bool choose_id(struct call *call, const struct addition *addition, struct id last,
                      struct id *id)
{
    *id = last;
    if (!addition->has_id && last.ms >= (uint64_t)call->now_ms) return stream_id_increment(id);
    if (!addition->has_id) {
        *id = (struct id){(uint64_t)call->now_ms, 0};
        return true;
    }
    if (!addition->has_seq && last.ms == addition->id.ms) {
        id->seq++;
        return id->seq != 0;
    }
    *id = addition->id;
    return id_compare(*id, last) > 0;
}

static bool settle_id(struct call *call, const struct addition *addition, struct id last,
                      struct id *id, struct outcome *problem)
{
    if (id_compare(last, ID_MAX) == 0)
        *problem = reply_error(call, "ERR The stream has exhausted the last possible ID, unable "
                                     "to add more items");
    else if (!choose_id(call, addition, last, id))
        *problem = reply_error(call, "ERR The ID specified in XADD is equal or smaller than the "
                                     "target stream top item");
    else
        return true;
    return false;
}

static void add(struct call *call, struct collection *at, const struct addition *addition,
                struct id id, const struct stream_content *content,
                const struct stream_addition *sent)
{
    uint64_t trimmed = 0;
    collection_open(at);
    struct stream *stream = stream_open(&at->value);
    stream_add(stream, id, content, &call->limits->types);
    if (sent) stream_producers_add(stream, sent, id);
    if (addition->capping.trim.by != STREAM_TRIM_NONE)
        trimmed = stream_trim(stream, &addition->capping.trim, call->breath);
    collection_close(call, at, CHANGE_XADD);
    if (trimmed) change_note(&at->place, CHANGE_XTRIM, false);
}

static struct outcome cmd_xadd(struct call *call)
{
    struct addition addition;
    struct outcome problem;
    struct collection at;
    struct id id;
    if (!read_addition(call, &addition, &problem)) return problem;
    struct stream_content content = {call->args + addition.content_at,
                                     call->arg_count - addition.content_at, call->breath};
    if (!check_addition(call, &addition, &content, &problem)) return problem;
    bool is_sent = addition.sender.producer != 0;
    struct stream_addition sent;
    if (!collection_find(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    if (!at.entry && addition.only_to_existing) return reply_null(call);
    if (is_sent) sent = stream_addition_of(call, &addition.sender, &content);
    if (is_sent && is_duplicate(call, &at, &sent)) return reply_written(call);
    struct id last = at.value.stream ? at.value.stream->last_id : (struct id){0, 0};
    if (!settle_id(call, &addition, last, &id, &problem)) return problem;
    if (!stream_content_fits(&content))
        return reply_error(call, "ERR Elements are too large to be stored");
    uint64_t work = stream_trim_work(at.value.stream, &addition.capping.trim);
    if (call_is_long(call, work + (uint64_t)call->arg_count * 3)) return call_run_long(call);
    add(call, &at, &addition, id, &content, is_sent ? &sent : NULL);
    stream_write_id(call, id);
    return reply_written(call);
}

/* --- Others ----------------------------------------------------------------------------------- */

static struct outcome cmd_xlen(struct call *call)
{
    struct collection at;
    if (!collection_read(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    return reply_int(call, at.entry ? (int64_t)value_count(&at.value) : 0);
}

static struct outcome cmd_xdel(struct call *call)
{
    struct collection at;
    struct outcome problem;
    struct id *ids;
    int64_t removed = 0;
    if (call_is_long(call, (uint64_t)call->arg_count * 8)) return call_run_long(call);
    if (!collection_find(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    if (!at.entry) return reply_int(call, 0);
    if (!stream_read_ids(call, 2, call->arg_count, &ids, &problem)) return problem;
    collection_open(&at);
    struct stream *stream = stream_open(&at.value);
    for (uint32_t i = 0; i < call->arg_count - 2; i++) {
        breathe(call->breath, 8);
        if (!stream_remove(stream, ids[i])) continue;
        if (id_compare(ids[i], stream->max_deleted_id) > 0) stream->max_deleted_id = ids[i];
        removed++;
    }
    collection_close(call, &at, removed ? CHANGE_XDEL : CHANGE_NONE);
    return reply_int(call, removed);
}

/* What XSETID sets. */
struct figures {
    struct id last_id, max_deleted_id;
    int64_t entries_added; /* -1: not given */
};

static bool read_figures(struct call *call, struct figures *figures, struct outcome *problem)
{
    *figures = (struct figures){.entries_added = -1};
    if (!stream_read_id(call, 2, &figures->last_id, problem)) return false;
    for (uint32_t at = 3; at < call->arg_count; at += 2) {
        bool more = at + 1 < call->arg_count;
        if (more && args_is(call, at, "entriesadded")) {
            if (args_int(call, at + 1, &figures->entries_added) && figures->entries_added >= 0)
                continue;
            *problem = args_int(call, at + 1, &figures->entries_added)
                           ? reply_error(call, "ERR entries_added must be positive")
                           : reply_not_int(call);
            return false;
        }
        if (!more || !args_is(call, at, "maxdeletedid")) {
            *problem = reply_syntax(call);
            return false;
        }
        if (!stream_read_id(call, at + 1, &figures->max_deleted_id, problem)) return false;
        if (id_compare(figures->last_id, figures->max_deleted_id) >= 0) continue;
        *problem = reply_error(call, "ERR The ID specified in XSETID is smaller than the provided "
                                     "max_deleted_entry_id");
        return false;
    }
    return true;
}

/* What is wrong with them for this stream; NULL: nothing. */
static const char *complaint(const struct stream *stream, const struct figures *figures)
{
    struct stream_cursor last;
    if (!stream_seek(&last, stream, ID_MAX, true)) return NULL;
    if (id_compare(figures->last_id, last.entry.id) < 0)
        return "ERR The ID specified in XSETID is smaller than the target stream top item";
    if (figures->entries_added >= 0 && (uint64_t)figures->entries_added < stream->length)
        return "ERR The entries_added specified in XSETID is smaller than the target stream "
               "length";
    return NULL;
}

static struct outcome cmd_xsetid(struct call *call)
{
    struct collection at;
    struct figures figures;
    struct outcome problem;
    if (!read_figures(call, &figures, &problem)) return problem;
    if (!collection_find(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    if (!at.entry) return reply_no_key(call);
    const char *wrong = complaint(at.value.stream, &figures);
    if (wrong) return reply_error(call, "%s", wrong);
    collection_open(&at);
    struct stream *stream = stream_open(&at.value);
    stream->last_id = figures.last_id;
    if (figures.entries_added >= 0) stream->entries_added = (uint64_t)figures.entries_added;
    if (!stream_id_is_zero(figures.max_deleted_id)) stream->max_deleted_id = figures.max_deleted_id;
    collection_close(call, &at, CHANGE_XSETID);
    return reply_ok(call);
}

#define READ     CMD_READ
#define MORE     CMD_WRITE | CMD_DENYOOM
#define LESS     CMD_WRITE
#define READ_KEY KEYS_ONE(KEY_RO | KEY_ACCESS)

/* clang-format off */
const struct command cmd_stream_table[] = {
    {"xack", cmd_xack, -4, LESS | CMD_FAST, ACL_STREAM, KEYS_ONE(KEY_RW | KEY_UPDATE),
     "stream", "5.0.0", "O(1) for each entry", "key group id [id ...]",
     "Acknowledges entries: they are pending no more."},
    {"xackdel", cmd_xackdel, -6, LESS | CMD_FAST, ACL_STREAM,
     KEYS_ONE(KEY_RW | KEY_UPDATE | KEY_DELETE),
     "stream", "8.2.0", "O(1) for each entry",
     "key group [KEEPREF | DELREF | ACKED] IDS numids id [id ...]",
     "Acknowledges entries and removes them."},
    {"xadd", cmd_xadd, -5, MORE | CMD_FAST, ACL_STREAM,
     KEYS_NOTED(KEY_RW | KEY_UPDATE, "UPDATE: it may trim as well"),
     "stream", "5.0.0", "O(1), and O(N) for N entries that are trimmed",
     "key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] "
     "[IDMPAUTO producer-id | IDMP producer-id idempotent-id] [<MAXLEN | MINID> [= | ~] threshold "
     "[LIMIT count]] <* | id> field value [field value ...]",
     "Appends an entry to a stream.", .tips = "nondeterministic_output"},
    {"xautoclaim", cmd_xautoclaim, -6, LESS | CMD_FAST, ACL_STREAM,
     KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_DELETE),
     "stream", "6.2.0", "O(N) for N pending entries that are looked at",
     "key group consumer min-idle-time start [COUNT count] [JUSTID]",
     "Makes a consumer the owner of pending entries that have been idle.",
     .tips = "nondeterministic_output"},
    {"xcfgset", cmd_xcfgset, -2, LESS | CMD_FAST, ACL_STREAM, KEYS_ONE(KEY_RW | KEY_UPDATE),
     "stream", "8.6.0", "O(1)", "key [IDMP-DURATION idmp-duration] [IDMP-MAXSIZE idmp-maxsize]",
     "How long, and how many of them, additions are remembered that must not be made twice."},
    {"xclaim", cmd_xclaim, -6, LESS | CMD_FAST, ACL_STREAM, KEYS_ONE(KEY_RW | KEY_UPDATE),
     "stream", "5.0.0", "O(log N) for N entries that are pending",
     "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] "
     "[RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
     "Makes a consumer the owner of pending entries.", .tips = "nondeterministic_output"},
    {"xdel", cmd_xdel, -3, LESS | CMD_FAST, ACL_STREAM, KEYS_ONE(KEY_RW | KEY_DELETE),
     "stream", "5.0.0", "O(1) for each entry", "key id [id ...]",
     "Removes entries by their ids."},
    {"xdelex", cmd_xdelex, -5, LESS | CMD_FAST, ACL_STREAM, KEYS_ONE(KEY_RW | KEY_DELETE),
     "stream", "8.2.0", "O(1) for each entry",
     "key [KEEPREF | DELREF | ACKED] IDS numids id [id ...]",
     "Removes entries with regard to the groups that refer to them."},
    {"xgroup", NULL, -2, 0, 0, {{KEYS_NONE}},
     "stream", "5.0.0", "Depends on the subcommand", "",
     "Makes and removes groups of consumers.", cmd_stream_group_table},
    {"xinfo", NULL, -2, 0, 0, {{KEYS_NONE}},
     "stream", "5.0.0", "Depends on the subcommand", "",
     "What there is to know of a stream.", cmd_stream_info_table},
    {"xlen", cmd_xlen, 2, READ | CMD_FAST, ACL_STREAM, KEYS_ONE(KEY_RO),
     "stream", "5.0.0", "O(1)", "key",
     "How many entries a stream has."},
    {"xnack", cmd_xnack, -7, LESS | CMD_FAST, ACL_STREAM, KEYS_ONE(KEY_RW | KEY_UPDATE),
     "stream", "8.8.0", "O(1) for each entry",
     "key group <SILENT | FAIL | FATAL> IDS numids id [id ...] [RETRYCOUNT count] [FORCE]",
     "Gives pending entries back, so that others may claim them at once."},
    {"xpending", cmd_xpending, -3, READ, ACL_STREAM, READ_KEY,
     "stream", "5.0.0", "O(N) for N consumers, or for N entries that are looked at",
     "key group [[IDLE min-idle-time] start end count [consumer]]",
     "Entries that have been delivered and not been acknowledged.",
     .tips = "nondeterministic_output"},
    {"xrange", cmd_xrange, -4, READ, ACL_STREAM, READ_KEY,
     "stream", "5.0.0", "O(N) for N entries that are returned", "key start end [COUNT count]",
     "Entries from an id to another one."},
    {"xread", cmd_xread, -4, READ | CMD_BLOCKING, ACL_STREAM | ACL_BLOCKING,
     {{KEYS_WORD, 1, -1, 1, KEY_RO | KEY_ACCESS, .word = "STREAMS"}},
     "stream", "5.0.0", "O(N) for N entries that are returned",
     "[COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK milliseconds] "
     "STREAMS key [key ...] id [id ...]",
     "Entries of several streams that come after given ids.",
     .can_wait = stream_reading_can_wait},
    {"xreadgroup", cmd_xreadgroup, -7, LESS | CMD_BLOCKING, ACL_STREAM | ACL_BLOCKING,
     {{KEYS_WORD, 4, -1, 1, KEY_RO | KEY_ACCESS, .word = "STREAMS"}},
     "stream", "5.0.0", "O(N) for N entries that are returned",
     "GROUP group consumer [COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] "
     "[BLOCK milliseconds] [CLAIM min-idle-time] [NOACK] STREAMS key [key ...] id [id ...]",
     "Entries that a group has not read yet, or that a consumer has not acknowledged.",
     .can_wait = stream_reading_can_wait},
    {"xrevrange", cmd_xrevrange, -4, READ, ACL_STREAM, READ_KEY,
     "stream", "5.0.0", "O(N) for N entries that are returned", "key end start [COUNT count]",
     "Entries from an id back to another one."},
    {"xsetid", cmd_xsetid, -3, MORE | CMD_FAST, ACL_STREAM, KEYS_ONE(KEY_RW | KEY_UPDATE),
     "stream", "5.0.0", "O(1)",
     "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
     "Sets what a stream knows of the ids it has given out."},
    {"xtrim", cmd_xtrim, -4, LESS, ACL_STREAM, KEYS_ONE(KEY_RW | KEY_DELETE),
     "stream", "5.0.0", "O(N) for N entries that are removed, nearly nothing for whole nodes",
     "key <MAXLEN | MINID> [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]",
     "Removes the oldest entries of a stream.", .tips = "nondeterministic_output"},
    {.name = NULL},
};
/* clang-format on */
