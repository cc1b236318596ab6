#include "command/cmd_hash.h"

#include "command/cmd_hash_parts.h"

enum { DUE_AT_ONCE = 64 };

static void drop_due(struct call *call, struct collection *hash)
{
    uint32_t gone;
    if (likely(!hash_is_due(call, &hash->value))) return;
    hash->entry = keyspace_expire_fields(&hash->place, hash->entry, DUE_AT_ONCE, &gone);
    hash->value = hash->entry ? entry_view(hash->entry) : value_nothing(VALUE_HASH);
}

bool hash_read(struct call *call, struct collection *hash)
{
    if (!collection_read(call, 1, VALUE_HASH, hash)) return false;
    drop_due(call, hash);
    return true;
}

bool hash_find(struct call *call, struct collection *hash)
{
    if (!collection_find(call, 1, VALUE_HASH, hash)) return false;
    drop_due(call, hash);
    return true;
}

static uint64_t work_of(const struct call *call)
{
    return (uint64_t)call->arg_count * HASH_FIELD_WORK;
}

/* Sets all pairs of the arguments; how many fields are new. */
static struct outcome set_pairs(struct call *call, bool reply_count)
{
    struct collection hash;
    if (call->arg_count % 2) return reply_wrong_arity(call);
    if (call_is_long(call, work_of(call))) return call_run_long(call);
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    collection_open(&hash);
    int64_t added = 0;
    for (uint32_t i = 2; i < call->arg_count; i += 2) {
        struct hash_entry entry = {call->args[i], call->args[i + 1], INT64_MAX};
        added += hash_put(call, &hash, &entry);
        breathe(call->breath, HASH_FIELD_WORK + entry.value.len / 64);
    }
    collection_close(call, &hash, CHANGE_HSET);
    return reply_count ? reply_int(call, added) : reply_ok(call);
}

static struct outcome cmd_hset(struct call *call)
{
    return set_pairs(call, true);
}

static struct outcome cmd_hmset(struct call *call)
{
    return set_pairs(call, false);
}

static struct outcome cmd_hsetnx(struct call *call)
{
    struct collection hash;
    struct hash_found found;
    struct hash_entry entry = {call->args[2], call->args[3], INT64_MAX};
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    if (hash_look(call, &hash, entry.field, &found)) return reply_int(call, 0);
    collection_open(&hash);
    hash_put(call, &hash, &entry);
    collection_close(call, &hash, CHANGE_HSET);
    return reply_int(call, 1);
}

static struct outcome cmd_hget(struct call *call)
{
    struct collection hash;
    struct hash_found found;
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    if (!hash_look(call, &hash, call->args[2], &found)) return reply_null(call);
    return reply_bulk(call, found.value);
}

static struct outcome cmd_hmget(struct call *call)
{
    struct collection hash;
    if (call_is_long(call, work_of(call))) return call_run_long(call);
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    writer_array(&call->out, call->arg_count - 2);
    for (uint32_t i = 2; i < call->arg_count; i++) {
        struct hash_found found = {.value = {NULL, 0}};
        if (hash_look(call, &hash, call->args[i], &found))
            writer_bulk(&call->out, found.value);
        else
            writer_null(&call->out);
        breathe(call->breath, HASH_FIELD_WORK + found.value.len / 64);
    }
    return reply_written(call);
}

static struct outcome cmd_hdel(struct call *call)
{
    struct collection hash;
    if (call_is_long(call, work_of(call))) return call_run_long(call);
    if (!hash_find(call, &hash)) return reply_wrong_type(call);
    if (!hash.entry) return reply_int(call, 0);
    collection_open(&hash);
    int64_t removed = 0;
    for (uint32_t i = 2; i < call->arg_count; i++) {
        removed += hash_remove(&hash.value, call->args[i], call->now_ms);
        breathe(call->breath, HASH_FIELD_WORK);
    }
    collection_close(call, &hash, removed ? CHANGE_HDEL : CHANGE_NONE);
    return reply_int(call, removed);
}

static struct outcome cmd_hlen(struct call *call)
{
    struct collection hash;
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    return reply_int(call, (int64_t)value_count(&hash.value));
}

static struct outcome cmd_hstrlen(struct call *call)
{
    struct collection hash;
    struct hash_found found;
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    bool is_there = hash_look(call, &hash, call->args[2], &found);
    return reply_int(call, is_there ? (int64_t)found.value.len : 0);
}

static struct outcome cmd_hexists(struct call *call)
{
    struct collection hash;
    struct hash_found found;
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    return reply_bool(call, hash_look(call, &hash, call->args[2], &found));
}

#define READ        CMD_READ
#define WRITE       CMD_WRITE
#define WRITE_MORE  CMD_WRITE | CMD_DENYOOM
#define READ_KEY    KEYS_ONE(KEY_RO | KEY_ACCESS)
#define LOOK_KEY    KEYS_ONE(KEY_RO)
#define UPDATE_KEY  KEYS_ONE(KEY_RW | KEY_UPDATE)
#define CHANGED_KEY KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_UPDATE)
#define ANY_ORDER   .tips = "nondeterministic_output_order"
#define ANY         .tips = "nondeterministic_output"
#define FIELDS      "FIELDS numfields field [field ...]"
#define TEST        "[NX | XX | GT | LT]"
#define SECONDS     "EX seconds | PX milliseconds"
#define MOMENTS     "EXAT unix-time-seconds | PXAT unix-time-milliseconds"
#define TIMES       SECONDS " | " MOMENTS

/* clang-format off */
const struct command cmd_hash_table[] = {
    {"hdel", cmd_hdel, -3, WRITE | CMD_FAST, ACL_HASH, KEYS_ONE(KEY_RW | KEY_DELETE),
     "hash", "2.0.0", "O(N) for N fields given", "key field [field ...]",
     "Removes fields from a hash, and the key with the last one."},
    {"hexists", cmd_hexists, 3, READ | CMD_FAST, ACL_HASH, LOOK_KEY,
     "hash", "2.0.0", "O(1)", "key field",
     "Whether a hash has a field."},
    {"hexpire", cmd_hexpire, -6, WRITE_MORE | CMD_FAST, ACL_HASH, UPDATE_KEY,
     "hash", "7.4.0", "O(N) for N fields given", "key seconds " TEST " " FIELDS,
     "Lets fields of a hash expire after so many seconds."},
    {"hexpireat", cmd_hexpireat, -6, WRITE_MORE | CMD_FAST, ACL_HASH, UPDATE_KEY,
     "hash", "7.4.0", "O(N) for N fields given", "key unix-time-seconds " TEST " " FIELDS,
     "Lets fields of a hash expire at a time, in seconds."},
    {"hexpiretime", cmd_hexpiretime, -5, READ | CMD_FAST, ACL_HASH, READ_KEY,
     "hash", "7.4.0", "O(N) for N fields given", "key " FIELDS,
     "When fields of a hash expire, in seconds."},
    {"hget", cmd_hget, 3, READ | CMD_FAST, ACL_HASH, READ_KEY,
     "hash", "2.0.0", "O(1)", "key field",
     "The value of a field of a hash."},
    {"hgetall", cmd_hgetall, 2, READ, ACL_HASH, READ_KEY,
     "hash", "2.0.0", "O(N) for N fields", "key",
     "All fields of a hash and their values.", ANY_ORDER},
    {"hgetdel", cmd_hgetdel, -5, WRITE | CMD_FAST, ACL_HASH,
     KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_DELETE),
     "hash", "8.0.0", "O(N) for N fields given", "key " FIELDS,
     "The values of fields of a hash; the fields are removed."},
    {"hgetex", cmd_hgetex, -5, WRITE | CMD_FAST, ACL_HASH, CHANGED_KEY,
     "hash", "8.0.0", "O(N) for N fields given", "key [" TIMES " | PERSIST] " FIELDS,
     "The values of fields of a hash; their expiry is set or removed."},
    {"hincrby", cmd_hincrby, 4, WRITE_MORE | CMD_FAST, ACL_HASH, CHANGED_KEY,
     "hash", "2.0.0", "O(1)", "key field increment",
     "Adds a number to the integer in a field of a hash, 0 if there is none."},
    {"hincrbyfloat", cmd_hincrbyfloat, 4, WRITE_MORE | CMD_FAST, ACL_HASH, CHANGED_KEY,
     "hash", "2.6.0", "O(1)", "key field increment",
     "Adds to the number in a field of a hash, 0 if there is none; fractions are allowed."},
    {"hkeys", cmd_hkeys, 2, READ, ACL_HASH, READ_KEY,
     "hash", "2.0.0", "O(N) for N fields", "key",
     "All fields of a hash.", ANY_ORDER},
    {"hlen", cmd_hlen, 2, READ | CMD_FAST, ACL_HASH, LOOK_KEY,
     "hash", "2.0.0", "O(1)", "key",
     "How many fields a hash has."},
    {"hmget", cmd_hmget, -3, READ | CMD_FAST, ACL_HASH, READ_KEY,
     "hash", "2.0.0", "O(N) for N fields given", "key field [field ...]",
     "The values of several fields of a hash."},
    {"hmset", cmd_hmset, -4, WRITE_MORE | CMD_FAST, ACL_HASH, UPDATE_KEY,
     "hash", "2.0.0", "O(N) for N fields given", "key field value [field value ...]",
     "Sets several fields of a hash.",
     .deprecated_since = "4.0.0", .replaced_by = "`HSET` with several pairs"},
    {"hpersist", cmd_hpersist, -5, WRITE | CMD_FAST, ACL_HASH, UPDATE_KEY,
     "hash", "7.4.0", "O(N) for N fields given", "key " FIELDS,
     "Takes the expiry from fields of a hash."},
    {"hpexpire", cmd_hpexpire, -6, WRITE_MORE | CMD_FAST, ACL_HASH, UPDATE_KEY,
     "hash", "7.4.0", "O(N) for N fields given", "key milliseconds " TEST " " FIELDS,
     "Lets fields of a hash expire after so many milliseconds."},
    {"hpexpireat", cmd_hpexpireat, -6, WRITE_MORE | CMD_FAST, ACL_HASH, UPDATE_KEY,
     "hash", "7.4.0", "O(N) for N fields given", "key unix-time-milliseconds " TEST " " FIELDS,
     "Lets fields of a hash expire at a time, in milliseconds."},
    {"hpexpiretime", cmd_hpexpiretime, -5, READ | CMD_FAST, ACL_HASH, READ_KEY,
     "hash", "7.4.0", "O(N) for N fields given", "key " FIELDS,
     "When fields of a hash expire, in milliseconds."},
    {"hpttl", cmd_hpttl, -5, READ | CMD_FAST, ACL_HASH, READ_KEY,
     "hash", "7.4.0", "O(N) for N fields given", "key " FIELDS,
     "In how many milliseconds fields of a hash expire.", ANY},
    {"hrandfield", cmd_hrandfield, -2, READ, ACL_HASH, READ_KEY,
     "hash", "6.2.0", "O(N) for N fields asked for", "key [count [WITHVALUES]]",
     "Fields of a hash, chosen at random.", ANY},
    {"hscan", cmd_hscan, -3, READ, ACL_HASH, READ_KEY,
     "hash", "2.8.0", "O(1) for each call", "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
     "Walks through the fields of a hash, some at each call.", ANY},
    {"hset", cmd_hset, -4, WRITE_MORE | CMD_FAST, ACL_HASH, UPDATE_KEY,
     "hash", "2.0.0", "O(1) for each field", "key field value [field value ...]",
     "Sets fields of a hash; makes the key if need be."},
    {"hsetex", cmd_hsetex, -6, WRITE_MORE | CMD_FAST, ACL_HASH, UPDATE_KEY,
     "hash", "8.0.0", "O(N) for N fields given",
     "key [NX | XX] [FNX | FXX] [" TIMES " | KEEPTTL] FIELDS numfields field value "
     "[field value ...]",
     "Sets fields of a hash and their expiry in one step, on a condition."},
    {"hsetnx", cmd_hsetnx, 4, WRITE_MORE | CMD_FAST, ACL_HASH, KEYS_ONE(KEY_RW | KEY_INSERT),
     "hash", "2.0.0", "O(1)", "key field value",
     "Sets a field of a hash if it does not exist."},
    {"hstrlen", cmd_hstrlen, 3, READ | CMD_FAST, ACL_HASH, LOOK_KEY,
     "hash", "3.2.0", "O(1)", "key field",
     "The length of the value of a field of a hash."},
    {"httl", cmd_httl, -5, READ | CMD_FAST, ACL_HASH, READ_KEY,
     "hash", "7.4.0", "O(N) for N fields given", "key " FIELDS,
     "In how many seconds fields of a hash expire.", ANY},
    {"hvals", cmd_hvals, 2, READ, ACL_HASH, READ_KEY,
     "hash", "2.0.0", "O(N) for N fields", "key",
     "All values of a hash.", ANY_ORDER},
    {.name = NULL},
};
/* clang-format on */
