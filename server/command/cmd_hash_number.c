#include <math.h>

#include "base/number.h"
#include "command/cmd_hash_parts.h"

/* The number becomes the field's value; its expiry stays. */
static void put_number(struct call *call, struct collection *hash, struct bytes text,
                       enum change_event event)
{
    struct hash_entry entry = {call->args[2], text, HASH_KEEP_EXPIRY};
    collection_open(hash);
    hash_put(call, hash, &entry);
    collection_close(call, hash, event);
}

struct outcome cmd_hincrby(struct call *call)
{
    struct collection hash;
    struct hash_found found;
    int64_t by, value = 0;
    char digits[NUMBER_INT_MAX];
    if (!args_int(call, 3, &by)) return reply_not_int(call);
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    bool is_there = hash_look(call, &hash, call->args[2], &found);
    if (is_there && !number_parse_int(found.value, &value))
        return reply_error(call, "ERR hash value is not an integer");
    if (__builtin_add_overflow(value, by, &value))
        return reply_error(call, "ERR increment or decrement would overflow");
    struct bytes text = bytes_make(digits, number_write_int(digits, value));
    put_number(call, &hash, text, CHANGE_HINCRBY);
    return reply_int(call, value);
}

struct outcome cmd_hincrbyfloat(struct call *call)
{
    struct collection hash;
    struct hash_found found;
    long double by, value = 0;
    if (!number_parse_long_double(call->args[3], &by)) return reply_not_float(call);
    if (!isfinite(by)) return reply_error(call, "ERR value is NaN or Infinity");
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    bool is_there = hash_look(call, &hash, call->args[2], &found);
    if (is_there && !number_parse_long_double(found.value, &value))
        return reply_error(call, "ERR hash value is not a float");
    value += by;
    if (!isfinite(value)) return reply_error(call, "ERR increment would produce NaN or Infinity");
    char *digits = arena_alloc(call->scratch, NUMBER_LONG_DOUBLE_MAX);
    struct bytes text = bytes_make(digits, number_write_long_double(digits, value));
    put_number(call, &hash, text, CHANGE_HINCRBYFLOAT);
    return reply_bulk(call, text);
}
