#include "admin/cmd_debug.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/glob.h"
#include "base/log.h"
#include "client/client.h"
#include "client/cmd_server.h"
#include "command/args.h"
#include "command/lookup.h"
#include "command/reply.h"
#include "ring/ring_process.h"
#include "ring/ring_socket.h"
#include "shard/visit.h"
#include "store/access.h"
#include "store/debug_digest.h"

/* Guards every handler: that many arguments stand behind the subcommand. */
#define GUARD(call, count)                                                                         \
    do {                                                                                           \
        if ((call)->arg_count != (count) + 2) return reply_bad_subcommand(call);                   \
    } while (0)

/* What all shards do, and then the client gets its OK. */
struct debug_errand {
    struct visit visit; /* first */
    struct client_handle asker;
    int64_t sleep_us;
    bool pause_expire;
};

static void on_done(struct shard *shard, struct visit *visit)
{
    struct debug_errand *errand = (struct debug_errand *)(void *)visit;
    struct writer writer;
    if (client_answer(shard, errand->asker, &writer)) {
        writer_status(&writer, BYTES("OK"));
        client_answered(shard, errand->asker);
    }
    mem_free(errand, sizeof *errand);
}

static struct outcome start_errand(struct call *call, const struct debug_errand *what,
                                   void (*run)(struct shard *shard, struct visit *visit))
{
    struct debug_errand *errand = mem_alloc(sizeof *errand);
    *errand = *what;
    struct outcome outcome = client_park(call, &errand->asker);
    errand->visit.run = run;
    errand->visit.done = on_done;
    visit_start(call->shard, &errand->visit);
    return outcome;
}

static void sleep_here(struct shard *shard, struct visit *visit)
{
    (void)shard;
    process_sleep(((const struct debug_errand *)(const void *)visit)->sleep_us);
}

/* All shards at about the same time: the server stands still. */
static struct outcome debug_sleep(struct call *call)
{
    GUARD(call, 1);
    char text[64];
    struct bytes word = call->args[2];
    snprintf(text, sizeof text, "%.*s", (int)(word.len < 63 ? word.len : 63), word.ptr);
    double seconds = strtod(text, NULL);
    if (!(seconds >= 0)) seconds = 0;
    if (seconds > 1e6) seconds = 1e6;
    return start_errand(call, &(struct debug_errand){.sleep_us = (int64_t)(seconds * 1e6)},
                        sleep_here);
}

static void pause_expire(struct shard *shard, struct visit *visit)
{
    shard->expire_paused = ((const struct debug_errand *)(const void *)visit)->pause_expire;
}

static struct outcome debug_set_active_expire(struct call *call)
{
    GUARD(call, 1);
    int64_t active = 0;
    args_int(call, 2, &active); /* as in redis-server, what is no number is 0 */
    return start_errand(call, &(struct debug_errand){.pause_expire = !active}, pause_expire);
}

static struct outcome debug_error(struct call *call)
{
    GUARD(call, 1);
    struct bytes text = call->args[2];
    return reply_error(call, "%.*s", (int)(text.len < 1000 ? text.len : 1000), text.ptr);
}

static struct outcome debug_log(struct call *call)
{
    GUARD(call, 1);
    struct bytes text = call->args[2];
    log_warning("DEBUG LOG: %.*s", (int)(text.len < 1000 ? text.len : 1000), text.ptr);
    return reply_ok(call);
}

/* Matches the pattern against so many letters a: how long does the worst one take? */
static struct outcome debug_stringmatch_len(struct call *call)
{
    enum { LEN_MAX = 64 << 20 };
    GUARD(call, 2);
    int64_t len;
    if (!args_int(call, 2, &len) || len < 0 || len > LEN_MAX) return reply_not_int(call);
    uint8_t *text = mem_alloc((size_t)len + 1);
    memset(text, 'a', (size_t)len);
    bool matches = glob_match(call->args[3], bytes_make(text, (size_t)len));
    mem_free(text, (size_t)len + 1);
    return reply_int(call, matches);
}

static struct outcome debug_accept(struct call *call)
{
    return reply_ok(call);
}

static struct outcome debug_change_repl_id(struct call *call)
{
    GUARD(call, 0);
    return reply_ok(call);
}

static struct outcome debug_quicklist_packed_threshold(struct call *call)
{
    GUARD(call, 1);
    return reply_ok(call);
}

static struct outcome debug_reload(struct call *call)
{
    return reply_error(call, "ERR This server keeps nothing on disk that could be loaded");
}

static struct outcome debug_slot_move(struct call *call)
{
    GUARD(call, 2);
    return cmd_debug_slot_move(call);
}

/* DEBUG PROTOCOL: one example of each kind of reply. */

static void example_numbers(struct writer *out)
{
    for (int i = 0; i < 3; i++)
        writer_int(out, i);
}

static void example_array(struct writer *out)
{
    writer_array(out, 3);
    example_numbers(out);
}

static void example_set(struct writer *out)
{
    writer_set(out, 3);
    example_numbers(out);
}

static void example_map(struct writer *out)
{
    writer_map(out, 3);
    for (int i = 0; i < 3; i++) {
        writer_int(out, i);
        writer_bool(out, i == 1);
    }
}

static void example_attribute(struct writer *out)
{
    if (out->protocol == 3) {
        writer_raw(out, BYTES("|1\r\n"));
        writer_bulk(out, BYTES("key-popularity"));
        writer_array(out, 2);
        writer_bulk(out, BYTES("key:123"));
        writer_int(out, 90);
    }
    writer_bulk(out, BYTES("Some real reply following the attribute"));
}

static void example_push(struct writer *out)
{
    if (out->protocol != 3) {
        writer_error(out, BYTES("ERR RESP2 is not supported by this command"));
        return;
    }
    writer_push(out, 2);
    writer_bulk(out, BYTES("server-cpu-usage"));
    writer_int(out, 42);
    writer_bulk(out, BYTES("Some real reply following the push reply"));
}

static void example_string(struct writer *out)
{
    writer_bulk(out, BYTES("Hello World"));
}

static void example_integer(struct writer *out)
{
    writer_int(out, 12345);
}

static void example_double(struct writer *out)
{
    writer_double(out, 3.141);
}

static void example_big_number(struct writer *out)
{
    writer_big_number(out, BYTES("1234567999999999999999999999999999999"));
}

static void example_verbatim(struct writer *out)
{
    writer_verbatim(out, "txt", BYTES("This is a verbatim\nstring"));
}

static void example_true(struct writer *out)
{
    writer_bool(out, true);
}

static void example_false(struct writer *out)
{
    writer_bool(out, false);
}

static struct outcome debug_protocol(struct call *call)
{
    static const struct {
        const char *name;
        void (*write)(struct writer *out);
    } examples[] = {
        {"string", example_string},     {"integer", example_integer},
        {"double", example_double},     {"bignum", example_big_number},
        {"null", writer_null},          {"array", example_array},
        {"set", example_set},           {"map", example_map},
        {"attrib", example_attribute},  {"push", example_push},
        {"verbatim", example_verbatim}, {"true", example_true},
        {"false", example_false},
    };
    GUARD(call, 1);
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        if (!bytes_equal_nocase(call->args[2], bytes_of_string(examples[i].name))) continue;
        examples[i].write(&call->out);
        return reply_written(call);
    }
    return reply_error(call, "ERR Wrong protocol type name. Please use one of the following: "
                             "string|integer|double|bignum|null|array|set|map|attrib|push|"
                             "verbatim|true|false");
}

static void write_digest(struct writer *out, struct digest digest)
{
    char text[2 * SHA1_BYTES + 1];
    for (int i = 0; i < SHA1_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest.bytes[i]);
    writer_status(out, bytes_make(text, 2 * SHA1_BYTES));
}

static struct outcome debug_digest_all(struct call *call)
{
    GUARD(call, 0);
    write_digest(&call->out, debug_digest(call->store));
    return reply_written(call);
}

static struct outcome debug_digest_values(struct call *call)
{
    writer_array(&call->out, call->arg_count - 2);
    for (uint32_t i = 2; i < call->arg_count; i++) {
        struct place place = call_place(call, i);
        write_digest(&call->out, debug_digest_value(keyspace_find(&place)));
    }
    return reply_written(call);
}

static size_t dumped_len(const struct entry *entry, struct breath *breath)
{
    struct value value = entry_view(entry);
    struct buf out = {0};
    buf_reserve(&out, entry_block_size(entry)); /* or its growth would copy it all at once */
    value_dump(&value, &out, breath);
    size_t len = out.len - 1; /* without the type */
    buf_fini(&out);
    return len;
}

/* Bytes of the value in a snapshot file, were it written uncompressed. */
static size_t serialized_len(const struct entry *entry, struct breath *breath)
{
    char scratch[NUMBER_INT_MAX];
    if (entry_type(entry) != VALUE_STRING) return dumped_len(entry, breath);
    size_t len = entry_text(entry, scratch).len;
    if (entry_encoding(entry) == VALUE_INT) {
        int64_t value = entry_int(entry);
        if (value == (int8_t)value) return 2;
        if (value == (int16_t)value) return 3;
        if (value == (int32_t)value) return 5;
    }
    if (len < 64) return len + 1;
    return len < 16384 ? len + 2 : len + 5;
}

static struct outcome debug_object(struct call *call)
{
    GUARD(call, 1);
    struct place place = call_first_place(call, 2);
    const struct entry *entry = keyspace_find(&place);
    char text[256];
    if (!entry) return reply_no_key(call);
    if (call_is_long(call, entry_work(entry))) return call_run_long(call);
    snprintf(text, sizeof text,
             "Value at:%p refcount:1 encoding:%s serializedlength:%zu lru:%u lru_seconds_idle:%lld",
             (const void *)entry, entry_encoding_name(entry), serialized_len(entry, call->breath),
             entry->clock, (long long)(access_idle_ms(entry->clock, call->now_ms) / 1000));
    return reply_status(call, text);
}

static struct outcome debug_help(struct call *call)
{
    static const char *const lines[] = {
        "CHANGE-REPL-ID | JMAP | QUICKLIST-PACKED-THRESHOLD <size>",
        "    Nothing here has need of these; they are answered with OK.",
        "DIGEST",
        "    A digest of all data, in which order does not count.",
        "DIGEST-VALUE <key> [<key> ...]",
        "    Digests of single values.",
        "ERROR <text>",
        "    Reply this error.",
        "LOG <text>",
        "    Write a line to the log.",
        "OBJECT <key>",
        "    How a key is kept.",
        "PROTOCOL <type>",
        "    An example of a reply: string, integer, double, bignum, null, array, set,",
        "    map, attrib, push, verbatim, true, false.",
        "SET-ACTIVE-EXPIRE <0|1>",
        "    0: keys that have expired stay in memory until somebody looks for them.",
        "SLEEP <seconds>",
        "    Every shard sleeps. Decimals are allowed.",
        "SLOT-MOVE <slot> <shard>",
        "    Change the home of a slot.",
        "STRINGMATCH-LEN <length> <pattern>",
        "    Match the pattern against so many letters a.",
        NULL};
    GUARD(call, 0);
    return reply_help(call, lines);
}

/* Without a subcommand that is known. */
static struct outcome cmd_debug(struct call *call)
{
    return reply_bad_subcommand(call);
}

#define SHARED CMD_ADMIN | CMD_NOSCRIPT | CMD_LOADING | CMD_STALE | CMD_PROTECTED
#define HERE   SHARED | CMD_FRONT
#define PARKS  HERE | CMD_MAY_PARK
#define NO_KEYS                                                                                    \
    {                                                                                              \
        {                                                                                          \
            KEYS_NONE                                                                              \
        }                                                                                          \
    }
#define ROW NO_KEYS, "server", "1.0.0", "O(1)"

/* clang-format off */
static const struct command subcommands[] = {
    {"change-repl-id", debug_change_repl_id, -2, HERE, 0, ROW, NULL, "Answers OK."},
    {"digest", debug_digest_all, -2, SHARED | CMD_ALL_SLOTS, 0, NO_KEYS, "server", "1.0.0",
     "O(N) for all data", NULL, "A digest of all data."},
    {"digest-value", debug_digest_values, -3, SHARED, 0, {{KEYS_RANGE, 2, -1, 1, KEY_RO}}, "server",
     "1.0.0", "O(N) for all values", "key [key ...]", "Digests of values."},
    {"error", debug_error, -2, HERE, 0, ROW, "text", "Replies an error."},
    {"help", debug_help, -2, HERE, 0, ROW, NULL, "What the subcommands do."},
    {"jmap", debug_accept, -2, HERE, 0, ROW, NULL, "Answers OK."},
    {"loadaof", debug_reload, -2, HERE, 0, ROW, NULL, "Answers that there is nothing to load."},
    {"log", debug_log, -2, HERE, 0, ROW, "text", "Writes a line to the log."},
    {"object", debug_object, 3, SHARED, 0, KEYS_AT(2, KEY_RO), "server", "1.0.0", "O(1)", "key",
     "How a key is kept."},
    {"protocol", debug_protocol, -2, HERE, 0, ROW, "type", "An example of a reply."},
    {"quicklist-packed-threshold", debug_quicklist_packed_threshold, -2, HERE, 0, ROW, "size",
     "Answers OK."},
    {"reload", debug_reload, -2, HERE, 0, ROW, NULL, "Answers that there is nothing to load."},
    {"set-active-expire", debug_set_active_expire, -2, PARKS, 0, ROW, "active",
     "Stops or resumes the removal of expired keys in the background."},
    {"sleep", debug_sleep, -2, PARKS, 0, ROW, "seconds", "Makes every shard sleep."},
    {"slot-move", debug_slot_move, -2, PARKS | CMD_NO_MULTI, 0, ROW, "slot shard",
     "Changes the home of a slot."},
    {"stringmatch-len", debug_stringmatch_len, -2, HERE, 0, ROW, "length pattern",
     "Matches a pattern against a long text."},
    {.name = NULL},
};

const struct command cmd_debug_table[] = {
    {"debug", cmd_debug, -2, HERE, 0, NO_KEYS, "server", "1.0.0", "Depends on the subcommand", NULL,
     "What tests of servers lean on.", subcommands},
    {.name = NULL},
};
/* clang-format on */
