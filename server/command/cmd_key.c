#include "command/cmd_key.h"

#include "command/cmd_key_parts.h"

static struct place place_of(struct call *call, uint32_t index)
{
    return index == 1 ? call_first_place(call, index) : call_place(call, index);
}

static struct outcome cmd_del(struct call *call)
{
    if (call_is_long(call, call->arg_count)) return call_run_long(call);
    int64_t count = 0;
    for (uint32_t i = 1; i < call->arg_count; i++) {
        struct place place = place_of(call, i);
        count += keyspace_delete(&place);
        breathe(call->breath, 1);
    }
    return reply_int(call, count);
}

static struct outcome cmd_exists(struct call *call)
{
    if (call_is_long(call, call->arg_count)) return call_run_long(call);
    int64_t count = 0;
    for (uint32_t i = 1; i < call->arg_count; i++) {
        struct place place = place_of(call, i);
        count += call_peek(call, &place) != NULL;
        breathe(call->breath, 1);
    }
    return reply_int(call, count);
}

static struct outcome cmd_touch(struct call *call)
{
    if (call_is_long(call, call->arg_count)) return call_run_long(call);
    int64_t count = 0;
    for (uint32_t i = 1; i < call->arg_count; i++) {
        struct place place = place_of(call, i);
        count += call_find_read(call, &place) != NULL;
        breathe(call->breath, 1);
    }
    return reply_int(call, count);
}

static struct outcome cmd_type(struct call *call)
{
    struct place place = call_first_place(call, 1);
    const struct entry *entry = call_peek(call, &place);
    return reply_status(call, entry ? value_type_name(entry_type(entry)) : "none");
}

static struct outcome rename_key(struct call *call, bool only_new)
{
    struct place from = call_first_place(call, 1), to = call_place(call, 2);
    struct entry *entry = call_find_write(call, &from);
    if (!entry) return reply_no_key(call);
    bool same = bytes_equal(from.key, to.key);
    if (only_new && (same || call_find_write(call, &to))) return reply_int(call, 0);
    if (!same) keyspace_rename(&from, entry, &to, CHANGE_RENAME_FROM, CHANGE_RENAME_TO);
    return only_new ? reply_int(call, 1) : reply_ok(call);
}

static struct outcome cmd_rename(struct call *call)
{
    return rename_key(call, false);
}

static struct outcome cmd_renamenx(struct call *call)
{
    return rename_key(call, true);
}

static struct outcome reply_same_object(struct call *call)
{
    return reply_error(call, "ERR source and destination objects are the same");
}

static struct outcome cmd_move(struct call *call)
{
    struct place from = call_first_place(call, 1), to = from;
    struct outcome problem;
    if (!args_database(call, 2, &to.db, &problem)) return problem;
    if (to.db == from.db) return reply_same_object(call);
    struct entry *entry = call_find_write(call, &from);
    if (!entry || call_find_write(call, &to)) return reply_int(call, 0);
    keyspace_rename(&from, entry, &to, CHANGE_MOVE_FROM, CHANGE_MOVE_TO);
    return reply_int(call, 1);
}

struct copy_options {
    uint16_t db;
    bool replace;
};

static bool read_copy_options(struct call *call, struct copy_options *options,
                              struct outcome *problem)
{
    for (uint32_t at = 3; at < call->arg_count; at++) {
        if (args_is(call, at, "replace")) {
            options->replace = true;
        } else if (args_is(call, at, "db") && at + 1 < call->arg_count) {
            if (!args_database(call, ++at, &options->db, problem)) return false;
        } else {
            *problem = reply_syntax(call);
            return false;
        }
    }
    return true;
}

static struct outcome cmd_copy(struct call *call)
{
    struct copy_options options = {call->db, false};
    struct outcome problem;
    if (!read_copy_options(call, &options, &problem)) return problem;
    struct place from = call_first_place(call, 1), to = call_place(call, 2);
    to.db = options.db;
    if (from.db == to.db && bytes_equal(from.key, to.key)) return reply_same_object(call);
    struct entry *entry = call_find_read(call, &from);
    if (!entry) return reply_int(call, 0);
    if (call_find_write(call, &to) && !options.replace) return reply_int(call, 0);
    if (call_is_long(call, entry_work(entry))) return call_run_long(call);
    keyspace_copy(entry, &to, call->breath);
    return reply_int(call, 1);
}

#define WHOLE_KEYSPACE CMD_ALL_SLOTS
#define READ_KEY       KEYS_ONE(KEY_RO | KEY_ACCESS)
#define UPDATED_KEY    KEYS_ONE(KEY_RW | KEY_UPDATE)

/* clang-format off */
const struct command cmd_key_table[] = {
    {"copy", cmd_copy, -3, CMD_WRITE | CMD_DENYOOM, ACL_KEYSPACE,
     KEYS_TWO(KEY_RO | KEY_ACCESS, KEY_OW | KEY_UPDATE),
     "generic", "6.2.0", "O(1) for strings, O(N) for collections of N elements",
     "source destination [DB destination-db] [REPLACE]",
     "Copies a key and its expiry to another key."},
    {"dbsize", cmd_dbsize, 1, CMD_READ | CMD_FAST | WHOLE_KEYSPACE, ACL_KEYSPACE, {{KEYS_NONE}},
     "server", "1.0.0", "O(1) in the number of keys", "",
     "How many keys the database has.",
     .tips = "request_policy:all_shards response_policy:agg_sum"},
    {"del", cmd_del, -2, CMD_WRITE | CMD_BRIEF, ACL_KEYSPACE, KEYS_ALL(KEY_RM | KEY_DELETE),
     "generic", "1.0.0", "O(N) for N keys", "key [key ...]",
     "Removes keys.",
     .tips = "request_policy:multi_shard response_policy:agg_sum"},
    {"dump", cmd_dump, 2, CMD_READ, ACL_KEYSPACE, READ_KEY,
     "generic", "2.6.0", "O(N*M) for N elements of M bytes", "key",
     "A key's value as bytes that RESTORE understands.",
     .tips = "nondeterministic_output"},
    {"exists", cmd_exists, -2, CMD_READ | CMD_FAST, ACL_KEYSPACE, KEYS_ALL(KEY_RO),
     "generic", "1.0.0", "O(N) for N keys", "key [key ...]",
     "How many of the keys exist; one named twice counts twice.",
     .tips = "request_policy:multi_shard response_policy:agg_sum"},
    {"expire", cmd_expire, -3, CMD_WRITE | CMD_FAST, ACL_KEYSPACE, UPDATED_KEY,
     "generic", "1.0.0", "O(1)", "key seconds [NX | XX | GT | LT]",
     "Lets a key expire after so many seconds."},
    {"expireat", cmd_expireat, -3, CMD_WRITE | CMD_FAST, ACL_KEYSPACE, UPDATED_KEY,
     "generic", "1.2.0", "O(1)", "key unix-time-seconds [NX | XX | GT | LT]",
     "Lets a key expire at a point in time, in seconds since 1970."},
    {"expiretime", cmd_expiretime, 2, CMD_READ | CMD_FAST, ACL_KEYSPACE, READ_KEY,
     "generic", "7.0.0", "O(1)", "key",
     "When a key expires, in seconds since 1970."},
    {"flushall", cmd_flushall, -1, CMD_WRITE | WHOLE_KEYSPACE, ACL_KEYSPACE | ACL_DANGEROUS,
     {{KEYS_NONE}},
     "server", "1.0.0", "O(1) in the number of keys; their memory is freed by and by",
     "[ASYNC | SYNC]",
     "Removes all keys of all databases.",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {"flushdb", cmd_flushdb, -1, CMD_WRITE | WHOLE_KEYSPACE, ACL_KEYSPACE | ACL_DANGEROUS,
     {{KEYS_NONE}},
     "server", "1.0.0", "O(1) in the number of keys; their memory is freed by and by",
     "[ASYNC | SYNC]",
     "Removes all keys of the database.",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {"keys", cmd_keys, 2, CMD_READ | WHOLE_KEYSPACE, ACL_KEYSPACE | ACL_DANGEROUS, {{KEYS_NONE}},
     "generic", "1.0.0", "O(N) for N keys in the database", "pattern",
     "All keys that match a pattern. SCAN does it without holding everything up.",
     .tips = "request_policy:all_shards nondeterministic_output_order"},
    {"move", cmd_move, 3, CMD_WRITE | CMD_FAST, ACL_KEYSPACE,
     KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_UPDATE),
     "generic", "1.0.0", "O(1)", "key db",
     "Moves a key to another database, where it must not exist."},
    {"object", NULL, -2, 0, 0, {{KEYS_NONE}},
     "generic", "2.2.3", "Depends on the subcommand", "",
     "Looks into how a key is kept.", cmd_key_object_table},
    {"persist", cmd_persist, 2, CMD_WRITE | CMD_FAST, ACL_KEYSPACE, UPDATED_KEY,
     "generic", "2.2.0", "O(1)", "key",
     "Lets a key expire no more."},
    {"pexpire", cmd_pexpire, -3, CMD_WRITE | CMD_FAST, ACL_KEYSPACE, UPDATED_KEY,
     "generic", "2.6.0", "O(1)", "key milliseconds [NX | XX | GT | LT]",
     "Lets a key expire after so many milliseconds."},
    {"pexpireat", cmd_pexpireat, -3, CMD_WRITE | CMD_FAST, ACL_KEYSPACE, UPDATED_KEY,
     "generic", "2.6.0", "O(1)", "key unix-time-milliseconds [NX | XX | GT | LT]",
     "Lets a key expire at a point in time, in milliseconds since 1970."},
    {"pexpiretime", cmd_pexpiretime, 2, CMD_READ | CMD_FAST, ACL_KEYSPACE, READ_KEY,
     "generic", "7.0.0", "O(1)", "key",
     "When a key expires, in milliseconds since 1970."},
    {"pttl", cmd_pttl, 2, CMD_READ | CMD_FAST, ACL_KEYSPACE, READ_KEY,
     "generic", "2.6.0", "O(1)", "key",
     "How long a key has to live, in milliseconds.",
     .tips = "nondeterministic_output"},
    {"randomkey", cmd_randomkey, 1, CMD_READ | CMD_ARBITRARY_KEYS | WHOLE_KEYSPACE, ACL_KEYSPACE,
     {{KEYS_NONE}},
     "generic", "1.0.0", "O(1) in the number of keys", "",
     "Some key of the database.",
     .tips = "request_policy:all_shards nondeterministic_output"},
    {"rename", cmd_rename, 3, CMD_WRITE | CMD_BRIEF, ACL_KEYSPACE,
     KEYS_TWO(KEY_RW | KEY_ACCESS | KEY_DELETE, KEY_OW | KEY_UPDATE),
     "generic", "1.0.0", "O(1)", "key newkey",
     "Gives a key another name; a key that has it already is overwritten."},
    {"renamenx", cmd_renamenx, 3, CMD_WRITE | CMD_FAST, ACL_KEYSPACE,
     KEYS_TWO(KEY_RW | KEY_ACCESS | KEY_DELETE, KEY_OW | KEY_INSERT),
     "generic", "1.0.0", "O(1)", "key newkey",
     "Gives a key another name, if no key has it."},
    {"restore", cmd_restore, -4, CMD_WRITE | CMD_DENYOOM, ACL_KEYSPACE | ACL_DANGEROUS,
     KEYS_ONE(KEY_OW | KEY_UPDATE),
     "generic", "2.6.0", "O(N*M) for N elements of M bytes; more for sorted sets",
     "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
     "Makes a key from what DUMP gave."},
    {"restore-asking", cmd_restore, -4, CMD_WRITE | CMD_DENYOOM, ACL_KEYSPACE | ACL_DANGEROUS,
     KEYS_ONE(KEY_OW | KEY_UPDATE),
     "server", "3.0.0", "O(N*M) for N elements of M bytes; more for sorted sets",
     "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
     "RESTORE, as nodes of a cluster say it to each other."},
    {"scan", cmd_scan, -2, CMD_READ | CMD_ARBITRARY_KEYS | CMD_BY_CURSOR, ACL_KEYSPACE,
     {{KEYS_NONE}},
     "generic", "2.8.0", "O(1) for each call, O(N) for all N keys",
     "cursor [MATCH pattern] [COUNT count] [TYPE type]",
     "Walks through the keys of the database, some with each call.",
     .tips = "nondeterministic_output request_policy:special"},
    {"swapdb", cmd_swapdb, 3, CMD_WRITE | CMD_FAST | WHOLE_KEYSPACE, ACL_KEYSPACE | ACL_DANGEROUS,
     {{KEYS_NONE}},
     "server", "4.0.0", "O(1) in the number of keys", "index1 index2",
     "Exchanges two databases."},
    {"touch", cmd_touch, -2, CMD_READ | CMD_FAST, ACL_KEYSPACE, KEYS_ALL(KEY_RO),
     "generic", "3.2.1", "O(N) for N keys", "key [key ...]",
     "Counts as an access to keys; answers how many exist.",
     .tips = "request_policy:multi_shard response_policy:agg_sum"},
    {"ttl", cmd_ttl, 2, CMD_READ | CMD_FAST, ACL_KEYSPACE, READ_KEY,
     "generic", "1.0.0", "O(1)", "key",
     "How long a key has to live, in seconds.",
     .tips = "nondeterministic_output"},
    {"type", cmd_type, 2, CMD_READ | CMD_FAST, ACL_KEYSPACE, KEYS_ONE(KEY_RO),
     "generic", "1.0.0", "O(1)", "key",
     "What kind of value a key holds."},
    {"unlink", cmd_del, -2, CMD_WRITE | CMD_FAST, ACL_KEYSPACE, KEYS_ALL(KEY_RM | KEY_DELETE),
     "generic", "4.0.0", "O(N) for N keys", "key [key ...]",
     "Removes keys; large values are freed by and by.",
     .tips = "request_policy:multi_shard response_policy:agg_sum"},
    {.name = NULL},
};
/* clang-format on */
