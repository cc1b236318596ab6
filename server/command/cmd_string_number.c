#include <float.h>
#include <math.h>

#include "base/number.h"
#include "command/cmd_string_parts.h"

static bool entry_as_int(const struct entry *entry, int64_t *value)
{
    *value = 0;
    if (!entry) return true;
    char scratch[NUMBER_INT_MAX];
    if (entry_encoding(entry) == VALUE_INT) {
        *value = entry_int(entry);
        return true;
    }
    return number_parse_int(entry_text(entry, scratch), value);
}

static bool entry_as_long_double(const struct entry *entry, long double *value)
{
    *value = 0;
    if (!entry) return true;
    char scratch[NUMBER_INT_MAX];
    return number_parse_long_double(entry_text(entry, scratch), value);
}

static struct entry *put_number(struct call *call, const struct place *place, struct entry *entry,
                                const struct str *value, int64_t expiry_ms, enum change_event event)
{
    if (entry) return keyspace_overwrite(place, entry, value, expiry_ms, event);
    return call_add(call, place, value, expiry_ms, event);
}

static struct outcome increment(struct call *call, int64_t by)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    int64_t value;
    if (!entry_as_int(entry, &value)) return reply_not_int(call);
    if (__builtin_add_overflow(value, by, &value))
        return reply_error(call, "ERR increment or decrement would overflow");
    struct str result = str_of_int(value);
    put_number(call, &place, entry, &result, KEYSPACE_KEEP_EXPIRY, CHANGE_INCRBY);
    return reply_int(call, value);
}

struct outcome cmd_incr(struct call *call)
{
    return increment(call, 1);
}

struct outcome cmd_decr(struct call *call)
{
    return increment(call, -1);
}

struct outcome cmd_incrby(struct call *call)
{
    int64_t by;
    if (!args_int(call, 2, &by)) return reply_not_int(call);
    return increment(call, by);
}

struct outcome cmd_decrby(struct call *call)
{
    int64_t by;
    if (!args_int(call, 2, &by)) return reply_not_int(call);
    if (by == INT64_MIN) return reply_error(call, "ERR decrement would overflow");
    return increment(call, -by);
}

/* A float is kept as text, even when it looks like an integer: so redis-server does it. */
static struct str str_of_long_double(struct call *call, long double value)
{
    char *text = arena_alloc(call->scratch, NUMBER_LONG_DOUBLE_MAX);
    size_t len = number_write_long_double(text, value);
    return (struct str){.encoding = VALUE_INLINE, .bytes = bytes_make(text, len)};
}

struct outcome cmd_incrbyfloat(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    long double value, by;
    if (!entry_as_long_double(entry, &value)) return reply_not_float(call);
    if (!number_parse_long_double(call->args[2], &by)) return reply_not_float(call);
    value += by;
    if (!isfinite(value)) return reply_error(call, "ERR increment would produce NaN or Infinity");
    struct str result = str_of_long_double(call, value);
    put_number(call, &place, entry, &result, KEYSPACE_KEEP_EXPIRY, CHANGE_INCRBYFLOAT);
    return reply_bulk(call, result.bytes);
}

/* INCREX. */

struct increx {
    uint32_t by, lower, upper; /* indexes of their arguments; 0: not given */
    bool is_float, saturate, only_new_expiry;
    struct args_expiry expiry;
    struct string_test test;
    int64_t deadline_ms;
};

static bool read_indexed(const struct call *call, uint32_t *at, uint32_t *index)
{
    if (*index || *at + 1 == call->arg_count) return false;
    *index = *at + 1;
    *at += 2;
    return true;
}

static bool read_flag(uint32_t *at, bool *flag)
{
    if (*flag) return false;
    *flag = true;
    ++*at;
    return true;
}

static bool read_increx_option(const struct call *call, uint32_t *at, struct increx *increx)
{
    if (args_is(call, *at, "byint")) return read_indexed(call, at, &increx->by);
    if (args_is(call, *at, "byfloat")) {
        increx->is_float = true;
        return read_indexed(call, at, &increx->by);
    }
    if (args_is(call, *at, "lbound")) return read_indexed(call, at, &increx->lower);
    if (args_is(call, *at, "ubound")) return read_indexed(call, at, &increx->upper);
    if (args_is(call, *at, "saturate")) return read_flag(at, &increx->saturate);
    if (args_is(call, *at, "enx")) return read_flag(at, &increx->only_new_expiry);
    bool had_expiry = increx->expiry.kind != EXPIRY_NONE;
    enum args_match match = args_expiry_option(call, at, EXPIRY_PERSIST, &increx->expiry);
    if (match == ARGS_TAKEN && had_expiry) return false; /* unlike SET, none may be repeated */
    if (match == ARGS_OTHER) match = string_test_option(call, at, true, &increx->test);
    return match == ARGS_TAKEN && !string_test_compares(&increx->test);
}

static bool read_increx_deadline(struct call *call, struct increx *increx, struct outcome *problem)
{
    return args_deadline(call, &increx->expiry, &increx->deadline_ms, problem);
}

/* The expiry that the key has afterwards. */
static int64_t increx_expiry(const struct increx *increx, const struct entry *entry)
{
    if (increx->expiry.kind == EXPIRY_NONE) return KEYSPACE_KEEP_EXPIRY;
    if (increx->only_new_expiry && entry && entry_expires(entry)) return KEYSPACE_KEEP_EXPIRY;
    return increx->deadline_ms;
}

static struct outcome reply_two_ints(struct call *call, int64_t value, int64_t delta)
{
    writer_array(&call->out, 2);
    writer_int(&call->out, value);
    writer_int(&call->out, delta);
    return reply_written(call);
}

static struct outcome reply_bounds(struct call *call)
{
    return reply_error(call, "ERR LBOUND can't be greater than UBOUND");
}

struct int_step {
    int64_t by, lower, upper;
};

static bool read_int(const struct call *call, uint32_t index, int64_t none, int64_t *value)
{
    *value = none;
    return !index || args_int(call, index, value);
}

static bool read_int_step(struct call *call, const struct increx *increx, struct int_step *step,
                          struct outcome *problem)
{
    if (!read_int(call, increx->by, 1, &step->by))
        *problem = reply_error(call, "ERR Increment is not an integer or out of range");
    else if (!read_int(call, increx->lower, INT64_MIN, &step->lower))
        *problem = reply_error(call, "ERR LBOUND is not an integer or out of range");
    else if (!read_int(call, increx->upper, INT64_MAX, &step->upper))
        *problem = reply_error(call, "ERR UBOUND is not an integer or out of range");
    else if (step->lower > step->upper)
        *problem = reply_bounds(call);
    else
        return true;
    return false;
}

static struct outcome increx_int(struct call *call, struct increx *increx)
{
    struct int_step step;
    struct outcome problem;
    if (!read_int_step(call, increx, &step, &problem)) return problem;
    if (!read_increx_deadline(call, increx, &problem)) return problem;
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    int64_t value, delta;
    if (!entry_as_int(entry, &value)) return reply_not_int(call);
    if (!string_test_passes(call, &increx->test, entry)) return reply_two_ints(call, value, 0);
    __int128 sum = (__int128)value + step.by;
    bool inside = sum >= step.lower && sum <= step.upper;
    if (!inside && !increx->saturate) return reply_two_ints(call, value, 0);
    int64_t result = sum < step.lower ? step.lower : sum > step.upper ? step.upper : (int64_t)sum;
    if (__builtin_sub_overflow(result, value, &delta))
        return reply_error(call, "ERR applied increment would overflow");
    struct str stored = str_of_int(result);
    put_number(call, &place, entry, &stored, increx_expiry(increx, entry), CHANGE_INCRBY);
    return reply_two_ints(call, result, delta);
}

static void write_long_double(struct call *call, long double value)
{
    if (call->out.protocol == 3)
        writer_double(&call->out, (double)value);
    else
        writer_bulk(&call->out, str_of_long_double(call, value).bytes);
}

static struct outcome reply_two_floats(struct call *call, long double value, long double delta)
{
    writer_array(&call->out, 2);
    write_long_double(call, value);
    write_long_double(call, delta);
    return reply_written(call);
}

struct float_step {
    long double by, lower, upper;
};

static bool read_float(const struct call *call, uint32_t index, long double none,
                       long double *value)
{
    *value = none;
    return !index || number_parse_long_double(call->args[index], value);
}

static bool read_float_step(struct call *call, const struct increx *increx, struct float_step *step,
                            struct outcome *problem)
{
    if (!read_float(call, increx->by, 1, &step->by))
        *problem = reply_error(call, "ERR Increment is not a valid float");
    else if (isinf(step->by))
        *problem = reply_error(call, "ERR BYFLOAT increment cannot be Infinity");
    else if (!read_float(call, increx->lower, -LDBL_MAX, &step->lower))
        *problem = reply_error(call, "ERR LBOUND is not a valid float");
    else if (!read_float(call, increx->upper, LDBL_MAX, &step->upper))
        *problem = reply_error(call, "ERR UBOUND is not a valid float");
    else if (step->lower > step->upper)
        *problem = reply_bounds(call);
    else
        return true;
    return false;
}

static struct outcome increx_float(struct call *call, struct increx *increx)
{
    struct float_step step;
    struct outcome problem;
    if (!read_float_step(call, increx, &step, &problem)) return problem;
    if (!read_increx_deadline(call, increx, &problem)) return problem;
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    long double value;
    if (!entry_as_long_double(entry, &value)) return reply_not_float(call);
    if (isinf(value)) return reply_error(call, "ERR value cannot be Infinity");
    if (!string_test_passes(call, &increx->test, entry)) return reply_two_floats(call, value, 0);
    long double sum = value + step.by;
    bool inside = sum >= step.lower && sum <= step.upper;
    if (!inside && !increx->saturate) return reply_two_floats(call, value, 0);
    long double result = sum < step.lower ? step.lower : sum > step.upper ? step.upper : sum;
    long double delta = result - value; /* not what was asked for, if the sum was rounded */
    if (!isfinite(result) || !isfinite(delta))
        return reply_error(call, "ERR applied increment would be Infinity");
    struct str stored = str_of_long_double(call, result);
    put_number(call, &place, entry, &stored, increx_expiry(increx, entry), CHANGE_INCRBYFLOAT);
    return reply_two_floats(call, result, delta);
}

struct outcome cmd_increx(struct call *call)
{
    struct increx increx = {.by = 0};
    for (uint32_t at = 2; at < call->arg_count;)
        if (!read_increx_option(call, &at, &increx)) return reply_syntax(call);
    if (increx.only_new_expiry && increx.expiry.kind == EXPIRY_PERSIST) return reply_syntax(call);
    if (increx.only_new_expiry && increx.expiry.kind == EXPIRY_NONE)
        return reply_error(call, "ERR ENX flag requires an expiration option");
    return increx.is_float ? increx_float(call, &increx) : increx_int(call, &increx);
}
