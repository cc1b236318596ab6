/* The options that cap a stream, and XTRIM. */
#include "command/cmd_stream_parts.h"

bool stream_is_refs(const struct call *call, uint32_t index, enum stream_refs *refs)
{
    static const char *const words[] = {
        [STREAM_KEEP_REFS] = "keepref", [STREAM_DELETE_REFS] = "delref", [STREAM_ACKED] = "acked"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (!args_is(call, index, words[i])) continue;
        *refs = (enum stream_refs)i;
        return true;
    }
    return false;
}

static bool read_not_negative(struct call *call, uint32_t index, const char *name, uint64_t *value,
                              struct outcome *problem)
{
    int64_t number;
    if (!args_read_int(call, index, &number, problem)) return false;
    *value = (uint64_t)number;
    if (number >= 0) return true;
    *problem = reply_error(call, "ERR The %s argument must be >= 0.", name);
    return false;
}

/* The word is at *at, and something follows it. */
static enum args_match read_threshold(struct call *call, uint32_t *at, struct stream_trim *trim,
                                      struct outcome *problem)
{
    bool by_length = args_is(call, *at, "maxlen");
    uint32_t value = *at + 1;
    if (trim->by != STREAM_TRIM_NONE) {
        *problem = reply_error(call, "ERR syntax error, MAXLEN and MINID options at the same time "
                                     "are not compatible");
        return ARGS_CONFLICT;
    }
    trim->whole_nodes = false;
    if (value + 1 < call->arg_count && (args_is(call, value, "~") || args_is(call, value, "="))) {
        trim->whole_nodes = args_is(call, value, "~");
        value++;
    }
    trim->by = by_length ? STREAM_TRIM_LENGTH : STREAM_TRIM_ID;
    *at = value + 1;
    bool good = by_length ? read_not_negative(call, value, "MAXLEN", &trim->max_length, problem)
                          : stream_read_id(call, value, &trim->min_id, problem);
    return good ? ARGS_TAKEN : ARGS_CONFLICT;
}

enum args_match stream_read_capping(struct call *call, uint32_t *at, struct stream_capping *capping,
                                    struct outcome *problem)
{
    struct stream_trim *trim = &capping->trim;
    bool more = *at + 1 < call->arg_count;
    if (more && (args_is(call, *at, "maxlen") || args_is(call, *at, "minid")))
        return read_threshold(call, at, trim, problem);
    if (more && args_is(call, *at, "limit")) {
        capping->has_limit = true;
        *at += 2;
        bool good = read_not_negative(call, *at - 1, "LIMIT", &trim->limit, problem);
        return good ? ARGS_TAKEN : ARGS_CONFLICT;
    }
    enum stream_refs refs;
    if (!stream_is_refs(call, *at, &refs)) return ARGS_OTHER;
    if (capping->has_refs) {
        *problem = reply_syntax(call);
        return ARGS_CONFLICT;
    }
    capping->has_refs = true;
    trim->refs = refs;
    ++*at;
    return ARGS_TAKEN;
}

/* A hundred nodes, unless they are without limit or beyond measure. */
static uint64_t standard_limit(const struct type_limits *limits)
{
    enum { NODES = 100, MAX = 1000000, UNLIMITED = 10000 };
    int64_t entries = limits->stream_node_max_entries;
    if (entries <= 0) return UNLIMITED;
    return entries > MAX / NODES ? MAX : (uint64_t)entries * NODES;
}

bool stream_settle_capping(struct call *call, struct stream_capping *capping,
                           struct outcome *problem)
{
    struct stream_trim *trim = &capping->trim;
    if (trim->limit && trim->by == STREAM_TRIM_NONE)
        *problem = reply_error(call, "ERR syntax error, LIMIT cannot be used without specifying a "
                                     "trimming strategy");
    else if (trim->by == STREAM_TRIM_NONE && !bytes_is(call->args[0], "xadd"))
        *problem = reply_error(call, "ERR syntax error, XTRIM must be called with a trimming "
                                     "strategy");
    else if (capping->has_limit && !trim->whole_nodes)
        *problem = reply_error(call, "ERR syntax error, LIMIT cannot be used without the special "
                                     "~ option");
    else {
        if (!capping->has_limit && trim->whole_nodes)
            trim->limit = standard_limit(&call->limits->types);
        return true;
    }
    return false;
}

uint64_t stream_trim_work(const struct stream *stream, const struct stream_trim *trim)
{
    if (!stream || trim->by == STREAM_TRIM_NONE) return 0;
    uint64_t most = stream->length;
    if (trim->by == STREAM_TRIM_LENGTH)
        most = most > trim->max_length ? most - trim->max_length : 0;
    if (trim->limit && most > trim->limit) most = trim->limit;
    uint64_t groups = trim->refs == STREAM_KEEP_REFS ? 0 : stream_groups_count(stream->groups);
    return groups ? most * groups * 4 : most / 8;
}

struct outcome cmd_xtrim(struct call *call)
{
    struct collection at;
    struct outcome problem;
    struct stream_capping capping = {.has_limit = false};
    for (uint32_t i = 2; i < call->arg_count;) {
        enum args_match match = stream_read_capping(call, &i, &capping, &problem);
        if (match == ARGS_OTHER) return reply_syntax(call);
        if (match == ARGS_CONFLICT) return problem;
    }
    if (!stream_settle_capping(call, &capping, &problem)) return problem;
    if (!collection_find(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    if (!at.entry) return reply_int(call, 0);
    if (call_is_long(call, stream_trim_work(at.value.stream, &capping.trim)))
        return call_run_long(call);
    collection_open(&at);
    uint64_t removed = stream_trim(stream_open(&at.value), &capping.trim, call->breath);
    collection_close(call, &at, removed ? CHANGE_XTRIM : CHANGE_NONE);
    return reply_int(call, (int64_t)removed);
}
