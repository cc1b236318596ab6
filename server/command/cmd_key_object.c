#include "command/cmd_key_parts.h"
#include "store/access.h"

static struct entry *find(struct call *call)
{
    struct place place = call_first_place(call, 2);
    return call_inspect(call, &place);
}

static struct outcome object_encoding(struct call *call)
{
    const struct entry *entry = find(call);
    if (!entry) return reply_null(call);
    return reply_bulk(call, bytes_of_string(entry_encoding_name(entry)));
}

/* redis-server keeps one object for each of these numbers, and says so. */
static bool is_shared_integer(const struct entry *entry)
{
    if (entry_encoding(entry) != VALUE_INT) return false;
    int64_t value = entry_int(entry);
    return value >= 0 && value < 10000;
}

static struct outcome object_refcount(struct call *call)
{
    const struct entry *entry = find(call);
    if (!entry) return reply_null(call);
    return reply_int(call, is_shared_integer(entry) ? INT32_MAX : 1);
}

#define SWITCHING                                                                                  \
    "Please note that when switching between policies at runtime LRU and LFU data will take some " \
    "time to adjust."

static struct outcome object_idletime(struct call *call)
{
    const struct entry *entry = find(call);
    if (!entry) return reply_null(call);
    if (call->limits->lfu)
        return reply_error(
            call, "ERR An LFU maxmemory policy is selected, idle time not tracked. " SWITCHING);
    return reply_int(call, access_idle_ms(entry->clock, call->now_ms) / 1000);
}

static struct outcome object_freq(struct call *call)
{
    const struct entry *entry = find(call);
    if (!entry) return reply_null(call);
    if (!call->limits->lfu)
        return reply_error(call, "ERR An LFU maxmemory policy is not selected, access frequency "
                                 "not tracked. " SWITCHING);
    struct access_rule rule = {true, call->limits->lfu_log_factor, call->limits->lfu_decay_minutes};
    return reply_int(call, access_lfu_count(entry->clock, call->now_ms, &rule));
}

static struct outcome object_help(struct call *call)
{
    static const char *const lines[] = {
        "ENCODING <key>",
        "    How the value of the key is kept.",
        "FREQ <key>",
        "    How often the key is used, on a logarithmic scale; LFU policies only.",
        "IDLETIME <key>",
        "    Seconds since the key was last used; not with LFU policies.",
        "REFCOUNT <key>",
        "    How many references to the value there are: always 1.",
        NULL,
    };
    return reply_help(call, lines);
}

#define OBJECT_KEY KEYS_AT(2, KEY_RO)

/* clang-format off */
const struct command cmd_key_object_table[] = {
    {"encoding", object_encoding, 3, CMD_READ, ACL_KEYSPACE, OBJECT_KEY,
     "generic", "2.2.3", "O(1)", "key",
     "How the value of a key is kept.",
     .tips = "nondeterministic_output"},
    {"freq", object_freq, 3, CMD_READ, ACL_KEYSPACE, OBJECT_KEY,
     "generic", "4.0.0", "O(1)", "key",
     "How often a key is used, on a logarithmic scale.",
     .tips = "nondeterministic_output"},
    {"help", object_help, 2, CMD_LOADING | CMD_STALE | CMD_FRONT, ACL_KEYSPACE, {{KEYS_NONE}},
     "generic", "6.2.0", "O(1)", "",
     "What the subcommands do."},
    {"idletime", object_idletime, 3, CMD_READ, ACL_KEYSPACE, OBJECT_KEY,
     "generic", "2.2.3", "O(1)", "key",
     "Seconds since a key was last used.",
     .tips = "nondeterministic_output"},
    {"refcount", object_refcount, 3, CMD_READ, ACL_KEYSPACE, OBJECT_KEY,
     "generic", "2.2.3", "O(1)", "key",
     "How many references to a key's value there are.",
     .tips = "nondeterministic_output"},
    {.name = NULL},
};
/* clang-format on */
