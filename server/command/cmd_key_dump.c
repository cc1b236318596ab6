/* DUMP and RESTORE: a key as a string of bytes, in the format of RDB files. */
#include "command/cmd_key_parts.h"
#include "store/access.h"
#include "types/rdb_payload.h"

static void write_value(struct call *call, const struct entry *entry, struct buf *out)
{
    if (entry_type(entry) == VALUE_STRING) {
        char scratch[NUMBER_INT_MAX];
        rdb_write_byte(out, RDB_STRING);
        rdb_write_string(out, entry_text(entry, scratch));
        return;
    }
    struct value value = entry_view(entry);
    value_dump(&value, out, call->breath);
}

/* As a bulk string, in pieces. */
static void write_payload(struct call *call, struct bytes payload)
{
    enum { PIECE_BYTES = 64 * 1024, PIECE_WORK = 500 };
    char header[NUMBER_INT_MAX + 3] = "$";
    size_t len = 1 + number_write_int(header + 1, (int64_t)payload.len);
    memcpy(header + len, "\r\n", 2);
    writer_raw(&call->out, bytes_make(header, len + 2));
    for (size_t at = 0; at < payload.len; at += PIECE_BYTES) {
        size_t rest = payload.len - at;
        writer_raw(&call->out,
                   bytes_make(payload.ptr + at, rest < PIECE_BYTES ? rest : PIECE_BYTES));
        breathe(call->breath, PIECE_WORK);
    }
    writer_raw(&call->out, BYTES("\r\n"));
}

struct outcome cmd_dump(struct call *call)
{
    struct place place = call_first_place(call, 1);
    const struct entry *entry = call_find_read(call, &place);
    if (!entry) return reply_null(call);
    if (call_is_long(call, entry_work(entry))) return call_run_long(call);
    struct buf payload = {0};
    buf_reserve(&payload, entry_block_size(entry)); /* or its growth would copy it all at once */
    write_value(call, entry, &payload);
    rdb_close(&payload, call->breath);
    write_payload(call, buf_view(&payload));
    buf_fini(&payload);
    return reply_written(call);
}

struct restore {
    int64_t ttl_ms;
    bool replace, absolute;
    int64_t idle_s, freq; /* -1: not told */
    int64_t expiry_ms;
};

static bool refuse(struct call *call, struct outcome *problem, const char *text)
{
    *problem = reply_error(call, "%s", text);
    return false;
}

/* IDLETIME and FREQ exclude each other: the second one is a syntax error. */
static bool read_restore_option(struct call *call, uint32_t *at, struct restore *restore,
                                struct outcome *problem)
{
    bool more = *at + 1 < call->arg_count;
    if (args_is(call, *at, "replace")) {
        restore->replace = true;
    } else if (args_is(call, *at, "absttl")) {
        restore->absolute = true;
    } else if (args_is(call, *at, "idletime") && more && restore->freq < 0) {
        if (!args_read_int(call, ++*at, &restore->idle_s, problem)) return false;
        if (restore->idle_s < 0)
            return refuse(call, problem, "ERR Invalid IDLETIME value, must be >= 0");
    } else if (args_is(call, *at, "freq") && more && restore->idle_s < 0) {
        if (!args_read_int(call, ++*at, &restore->freq, problem)) return false;
        if (restore->freq < 0 || restore->freq > 255)
            return refuse(call, problem, "ERR Invalid FREQ value, must be >= 0 and <= 255");
    } else {
        *problem = reply_syntax(call);
        return false;
    }
    return true;
}

static bool read_restore(struct call *call, struct restore *restore, struct outcome *problem)
{
    *restore = (struct restore){.idle_s = -1, .freq = -1, .expiry_ms = INT64_MAX};
    for (uint32_t at = 4; at < call->arg_count; at++)
        if (!read_restore_option(call, &at, restore, problem)) return false;
    return true;
}

static bool read_ttl(struct call *call, struct restore *restore, struct outcome *problem)
{
    if (!args_read_int(call, 2, &restore->ttl_ms, problem)) return false;
    if (restore->ttl_ms < 0) return refuse(call, problem, "ERR Invalid TTL value, must be >= 0");
    if (!restore->ttl_ms) return true;
    int64_t expiry_ms = restore->ttl_ms;
    if (!restore->absolute && __builtin_add_overflow(expiry_ms, call->now_ms, &expiry_ms))
        expiry_ms = INT64_MAX;
    restore->expiry_ms = args_deadline_kept(expiry_ms);
    return true;
}

static uint32_t clock_of(const struct call *call, const struct restore *restore)
{
    if (call->limits->lfu && restore->freq >= 0)
        return (access_new(true, call->now_ms) & ~0xffu) | (uint32_t)restore->freq;
    if (!call->limits->lfu && restore->idle_s >= 0)
        return access_lru_clock(call->now_ms - restore->idle_s % (1 << 24) * 1000);
    return access_new(call->limits->lfu, call->now_ms);
}

/* What a payload holds. */
struct payload {
    bool is_string;
    struct str str;
    struct rdb_string text; /* what `str` may borrow from */
    struct value value;
};

static bool read_payload(struct call *call, struct rdb_reader *reader, struct payload *payload)
{
    uint8_t type;
    if (!rdb_read_byte(reader, &type)) return false;
    payload->is_string = type == RDB_STRING;
    if (!payload->is_string)
        return value_restore(&payload->value, reader, type, &call->limits->types, call->breath);
    if (!rdb_read_string(reader, &payload->text)) return false;
    payload->str = str_of_bytes(rdb_string_view(&payload->text));
    return true;
}

static void drop_payload(struct payload *payload)
{
    if (payload->is_string)
        str_drop(&payload->str);
    else
        value_free(&payload->value);
}

static void put(struct call *call, const struct place *place, struct payload *payload,
                const struct restore *restore)
{
    struct entry *old = call_find_write(call, place);
    uint32_t clock = clock_of(call, restore);
    if (old) keyspace_remove(place, old, CHANGE_NONE);
    if (payload->is_string)
        keyspace_add(place, &payload->str, restore->expiry_ms, clock, CHANGE_RESTORE);
    else
        keyspace_put(place, NULL, &payload->value, restore->expiry_ms, clock, CHANGE_RESTORE);
}

/* A key whose time is over before it comes is as good as one that expires at once. */
static struct outcome restore_payload(struct call *call, const struct restore *restore)
{
    struct place place = call_first_place(call, 1);
    struct rdb_reader reader;
    struct payload payload = {.is_string = false};
    if (!rdb_open(&reader, call->args[3]))
        return reply_error(call, "ERR DUMP payload version or checksum are wrong");
    bool sound = read_payload(call, &reader, &payload);
    if (!sound) return reply_error(call, "ERR Bad data format");
    if (!rdb_at_end(&reader)) {
        drop_payload(&payload);
        if (payload.is_string) rdb_string_drop(&payload.text);
        return reply_error(call, "ERR Bad data format");
    }
    if (restore->expiry_ms > call->now_ms) {
        put(call, &place, &payload, restore);
    } else {
        keyspace_delete(&place);
        drop_payload(&payload);
    }
    if (payload.is_string) rdb_string_drop(&payload.text);
    return reply_ok(call);
}

struct outcome cmd_restore(struct call *call)
{
    struct restore restore;
    struct outcome problem;
    if (!read_restore(call, &restore, &problem)) return problem;
    struct place place = call_first_place(call, 1);
    if (!restore.replace && call_find_write(call, &place))
        return reply_error(call, "BUSYKEY Target key name already exists.");
    if (!read_ttl(call, &restore, &problem)) return problem;
    if (call_is_long(call, call->args[3].len / 8)) return call_run_long(call);
    return restore_payload(call, &restore);
}
