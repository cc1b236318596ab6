/* XCFGSET, and how XADD's IDMP tells additions apart. */
#include "command/cmd_stream_parts.h"

enum args_match stream_read_sender(struct call *call, uint32_t *at, struct stream_sender *sender,
                                   struct outcome *problem)
{
    bool named = args_is(call, *at, "idmp"), automatic = args_is(call, *at, "idmpauto");
    uint32_t words = named ? 3 : 2;
    if (!(named || automatic) || *at + words > call->arg_count) return ARGS_OTHER;
    if (sender->producer) {
        *problem = reply_error(call, "ERR IDMP/IDMPAUTO specified multiple times");
        return ARGS_CONFLICT;
    }
    sender->producer = *at + 1;
    sender->name = named ? *at + 2 : 0;
    *at += words;
    if (!call->args[sender->producer].len)
        *problem = reply_error(call, "ERR %s requires a non-empty producer ID",
                               named ? "IDMP" : "IDMPAUTO");
    else if (named && !call->args[sender->name].len)
        *problem = reply_error(call, "ERR IDMP requires a non-empty idempotent ID");
    else
        return ARGS_TAKEN;
    return ARGS_CONFLICT;
}

struct stream_addition stream_addition_of(struct call *call, const struct stream_sender *sender,
                                          const struct stream_content *content)
{
    struct stream_addition addition = {.producer = call->args[sender->producer],
                                       .now_ms = call->now_ms};
    if (sender->name) {
        digest_next(&addition.digest, call->args[sender->name]);
        return addition;
    }
    digest_number(&addition.digest, content->count); /* other than any name's */
    for (uint32_t i = 0; i < content->count; i++)
        digest_next(&addition.digest, content->ptr[i]);
    return addition;
}

static bool read_seconds(struct call *call, uint32_t index, int64_t *seconds,
                         struct outcome *problem)
{
    if (!args_read_int(call, index, seconds, problem)) return false;
    if (*seconds >= 1 && *seconds <= STREAM_REMEMBER_S_MAX) return true;
    *problem = reply_error(call, "ERR IDMP-DURATION must be between 1 and %d seconds",
                           STREAM_REMEMBER_S_MAX);
    return false;
}

static bool read_count(struct call *call, uint32_t index, int64_t *count, struct outcome *problem)
{
    if (!args_read_int(call, index, count, problem)) return false;
    if (*count >= 1 && *count <= STREAM_REMEMBER_COUNT_MAX) return true;
    *problem = reply_error(call, "ERR IDMP-MAXSIZE must be between 1 and %d entries",
                           STREAM_REMEMBER_COUNT_MAX);
    return false;
}

/* Those that are not given are -1. */
static bool read_limits(struct call *call, struct stream_producer_limits *limits,
                        struct outcome *problem)
{
    *limits = (struct stream_producer_limits){-1, -1};
    for (uint32_t at = 2; at < call->arg_count; at += 2) {
        bool more = at + 1 < call->arg_count, good;
        if (more && args_is(call, at, "idmp-duration"))
            good = read_seconds(call, at + 1, &limits->seconds, problem);
        else if (more && args_is(call, at, "idmp-maxsize"))
            good = read_count(call, at + 1, &limits->count, problem);
        else
            break;
        if (!good) return false;
        if (at + 2 == call->arg_count) return true;
    }
    *problem = call->arg_count > 2
                   ? reply_syntax(call)
                   : reply_error(call, "ERR At least one parameter (IDMP-DURATION or IDMP-MAXSIZE) "
                                       "is required");
    return false;
}

struct outcome cmd_xcfgset(struct call *call)
{
    struct collection at;
    struct outcome problem;
    struct stream_producer_limits limits;
    if (!read_limits(call, &limits, &problem)) return problem;
    if (!collection_find(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    if (!at.entry) return reply_no_key(call);
    const struct stream_producers *producers = at.value.stream->producers;
    uint64_t work = stream_producers_figures(producers).producers * 8;
    if (call_is_long(call, work)) return call_run_long(call);
    struct stream_producer_limits old = stream_producers_limits(producers);
    if (limits.seconds < 0) limits.seconds = old.seconds;
    if (limits.count < 0) limits.count = old.count;
    collection_open(&at);
    stream_producers_set_limits(stream_open(&at.value), limits, call->breath);
    collection_close(call, &at, CHANGE_XGROUP_USE);
    return reply_ok(call);
}
