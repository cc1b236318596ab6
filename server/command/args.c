#include "command/args.h"

#include "base/number.h"
#include "command/reply.h"
#include "store/keyspace.h"

bool args_int(const struct call *call, uint32_t index, int64_t *value)
{
    return number_parse_int(call->args[index], value);
}

bool args_read_int(struct call *call, uint32_t index, int64_t *value, struct outcome *problem)
{
    if (args_int(call, index, value)) return true;
    *problem = reply_not_int(call);
    return false;
}

bool args_read_from(struct call *call, uint32_t index, int64_t min, int64_t *value,
                    const char *text, struct outcome *problem)
{
    if (args_int(call, index, value) && *value >= min) return true;
    *problem = reply_error(call, "ERR %s", text);
    return false;
}

bool args_database(struct call *call, uint32_t index, uint16_t *db, struct outcome *problem)
{
    int64_t number;
    if (!args_read_int(call, index, &number, problem)) return false;
    if (number < INT32_MIN || number > INT32_MAX) {
        *problem = reply_error(call, "ERR value is out of range, value must between %d and %d",
                               INT32_MIN, INT32_MAX);
        return false;
    }
    if (number < 0 || number >= call->limits->databases) {
        *problem = reply_error(call, "ERR DB index is out of range");
        return false;
    }
    *db = (uint16_t)number;
    return true;
}

static enum args_expiry_kind expiry_kind(struct bytes word)
{
    if (bytes_is(word, "ex")) return EXPIRY_EX;
    if (bytes_is(word, "px")) return EXPIRY_PX;
    if (bytes_is(word, "exat")) return EXPIRY_EXAT;
    if (bytes_is(word, "pxat")) return EXPIRY_PXAT;
    if (bytes_is(word, "keepttl")) return EXPIRY_KEEPTTL;
    if (bytes_is(word, "persist")) return EXPIRY_PERSIST;
    return EXPIRY_NONE;
}

enum args_match args_expiry_option(const struct call *call, uint32_t *at,
                                   enum args_expiry_kind extra, struct args_expiry *expiry)
{
    enum args_expiry_kind kind = expiry_kind(call->args[*at]);
    if (kind == EXPIRY_NONE) return ARGS_OTHER;
    if (kind >= EXPIRY_KEEPTTL && kind != extra) return ARGS_OTHER;
    if (expiry->kind != EXPIRY_NONE && expiry->kind != kind) return ARGS_CONFLICT;
    expiry->kind = kind;
    if (args_expiry_has_time(expiry)) {
        if (*at + 1 == call->arg_count) return ARGS_CONFLICT;
        expiry->index = ++*at;
    }
    ++*at;
    return ARGS_TAKEN;
}

struct outcome reply_bad_expiry(struct call *call)
{
    return reply_error(call, "ERR invalid expire time in '%s' command", call->command->full_name);
}

bool args_deadline(struct call *call, const struct args_expiry *expiry, int64_t *deadline_ms,
                   struct outcome *problem)
{
    *deadline_ms = expiry->kind == EXPIRY_KEEPTTL ? KEYSPACE_KEEP_EXPIRY : INT64_MAX;
    if (!args_expiry_has_time(expiry)) return true;
    int64_t time;
    if (!args_read_int(call, expiry->index, &time, problem)) return false;
    bool seconds = expiry->kind == EXPIRY_EX || expiry->kind == EXPIRY_EXAT;
    bool bad = time <= 0 || (seconds && time > INT64_MAX / 1000);
    if (!bad && seconds) time *= 1000;
    if (!bad && !args_expiry_is_absolute(expiry))
        bad = __builtin_add_overflow(time, call->now_ms, &time);
    if (bad) {
        *problem = reply_bad_expiry(call);
        return false;
    }
    *deadline_ms = args_deadline_kept(time);
    return true;
}
