#include "command/cmd_key_parts.h"

struct expire_options {
    bool nx, xx, gt, lt;
};

static bool read_options(struct call *call, struct expire_options *options, struct outcome *problem)
{
    for (uint32_t at = 3; at < call->arg_count; at++) {
        struct bytes word = call->args[at];
        bool *option = bytes_is(word, "nx")   ? &options->nx
                       : bytes_is(word, "xx") ? &options->xx
                       : bytes_is(word, "gt") ? &options->gt
                       : bytes_is(word, "lt") ? &options->lt
                                              : NULL;
        if (!option) {
            *problem = reply_error(call, "ERR Unsupported option %.*s",
                                   (int)(word.len < 128 ? word.len : 128), word.ptr);
            return false;
        }
        *option = true;
    }
    if (options->nx && (options->xx || options->gt || options->lt)) {
        *problem = reply_error(
            call, "ERR NX and XX, GT or LT options at the same time are not compatible");
        return false;
    }
    if (options->gt && options->lt) {
        *problem = reply_error(call, "ERR GT and LT options at the same time are not compatible");
        return false;
    }
    return true;
}

struct expire_time {
    bool seconds, absolute;
};

/* Negative times are allowed, and long gone. */
static bool read_time(struct call *call, struct expire_time unit, int64_t *deadline_ms,
                      struct outcome *problem)
{
    int64_t time;
    if (!args_read_int(call, 2, &time, problem)) return false;
    bool bad = unit.seconds && __builtin_mul_overflow(time, 1000, &time);
    if (!bad && !unit.absolute) bad = __builtin_add_overflow(time, call->now_ms, &time);
    if (bad) {
        *problem = reply_bad_expiry(call);
        return false;
    }
    *deadline_ms = args_deadline_kept(time);
    return true;
}

/* A key without an expiry has, for GT and LT, the latest of all. */
static bool is_allowed(const struct expire_options *options, const struct entry *entry,
                       int64_t deadline_ms)
{
    int64_t current_ms = entry_expiry_ms(entry);
    if (options->nx && entry_expires(entry)) return false;
    if (options->xx && !entry_expires(entry)) return false;
    if (options->gt && deadline_ms <= current_ms) return false;
    return !options->lt || deadline_ms < current_ms;
}

static struct outcome expire(struct call *call, struct expire_time unit)
{
    struct expire_options options = {false, false, false, false};
    struct outcome problem;
    int64_t deadline_ms;
    if (!read_options(call, &options, &problem)) return problem;
    if (!read_time(call, unit, &deadline_ms, &problem)) return problem;
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!entry || !is_allowed(&options, entry, deadline_ms)) return reply_int(call, 0);
    if (deadline_ms <= call->now_ms)
        keyspace_remove(&place, entry, CHANGE_DEL);
    else
        keyspace_set_expiry(&place, entry, deadline_ms);
    return reply_int(call, 1);
}

struct outcome cmd_expire(struct call *call)
{
    return expire(call, (struct expire_time){.seconds = true, .absolute = false});
}

struct outcome cmd_pexpire(struct call *call)
{
    return expire(call, (struct expire_time){.seconds = false, .absolute = false});
}

struct outcome cmd_expireat(struct call *call)
{
    return expire(call, (struct expire_time){.seconds = true, .absolute = true});
}

struct outcome cmd_pexpireat(struct call *call)
{
    return expire(call, (struct expire_time){.seconds = false, .absolute = true});
}

/* -2: no such key; -1: it does not expire; else the time, rounded to the nearest second if wanted.
 */
static struct outcome reply_time(struct call *call, struct expire_time unit)
{
    struct place place = call_first_place(call, 1);
    const struct entry *entry = call_peek(call, &place);
    if (!entry) return reply_int(call, -2);
    if (!entry_expires(entry)) return reply_int(call, -1);
    int64_t time_ms = args_deadline_told(entry_expiry_ms(entry));
    if (!unit.absolute) time_ms -= call->now_ms;
    if (time_ms < 0) time_ms = 0;
    if (!unit.seconds) return reply_int(call, time_ms);
    return reply_int(call, time_ms / 1000 + (time_ms % 1000 >= 500));
}

struct outcome cmd_ttl(struct call *call)
{
    return reply_time(call, (struct expire_time){.seconds = true, .absolute = false});
}

struct outcome cmd_pttl(struct call *call)
{
    return reply_time(call, (struct expire_time){.seconds = false, .absolute = false});
}

struct outcome cmd_expiretime(struct call *call)
{
    return reply_time(call, (struct expire_time){.seconds = true, .absolute = true});
}

struct outcome cmd_pexpiretime(struct call *call)
{
    return reply_time(call, (struct expire_time){.seconds = false, .absolute = true});
}

struct outcome cmd_persist(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!entry || !entry_expires(entry)) return reply_int(call, 0);
    keyspace_set_expiry(&place, entry, INT64_MAX);
    return reply_int(call, 1);
}
