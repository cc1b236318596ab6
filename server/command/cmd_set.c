#include "command/cmd_set.h"

#include "command/cmd_set_parts.h"
#include "command/element_scan.h"

enum { CHANGE_WORK = 4 }; /* of adding or removing a member */

static struct outcome cmd_sadd(struct call *call)
{
    if (call_is_long(call, (uint64_t)call->arg_count * CHANGE_WORK)) return call_run_long(call);
    struct collection set;
    if (!collection_write(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    int64_t added = 0;
    for (uint32_t i = 2; i < call->arg_count; i++) {
        added += set_add(&set.value, call->args[i], &call->limits->types);
        breathe(call->breath, CHANGE_WORK);
    }
    collection_close(call, &set, added ? CHANGE_SADD : CHANGE_NONE);
    return reply_int(call, added);
}

static struct outcome cmd_srem(struct call *call)
{
    if (call_is_long(call, (uint64_t)call->arg_count * CHANGE_WORK)) return call_run_long(call);
    struct collection set;
    if (!collection_find(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    if (!set.entry) return reply_int(call, 0);
    collection_open(&set);
    int64_t removed = 0;
    for (uint32_t i = 2; i < call->arg_count; i++) {
        removed += set_remove(&set.value, call->args[i]);
        breathe(call->breath, CHANGE_WORK);
    }
    collection_close(call, &set, removed ? CHANGE_SREM : CHANGE_NONE);
    return reply_int(call, removed);
}

static struct outcome cmd_sismember(struct call *call)
{
    struct collection set;
    if (!collection_read(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    return reply_bool(call, set_has(&set.value, call->args[2]));
}

static struct outcome cmd_smismember(struct call *call)
{
    if (call_is_long(call, call->arg_count)) return call_run_long(call);
    struct collection set;
    if (!collection_read(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    writer_array(&call->out, call->arg_count - 2);
    for (uint32_t i = 2; i < call->arg_count; i++) {
        writer_int(&call->out, set_has(&set.value, call->args[i]));
        breathe(call->breath, 1);
    }
    return reply_written(call);
}

static struct outcome cmd_scard(struct call *call)
{
    struct collection set;
    if (!collection_read(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    return reply_int(call, (int64_t)value_count(&set.value));
}

struct outcome set_reply_all(struct call *call, const struct value *set)
{
    struct set_cursor cursor;
    struct bytes member;
    writer_set(&call->out, value_count(set));
    set_begin(&cursor, set);
    while (set_next(&cursor, &member)) {
        writer_bulk(&call->out, member);
        breathe(call->breath, 1 + member.len / 64);
    }
    return reply_written(call);
}

static struct outcome cmd_smembers(struct call *call)
{
    struct collection set;
    if (!collection_read(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    if (call_is_long(call, set_work(&set.value))) return call_run_long(call);
    return set_reply_all(call, &set.value);
}

static void add_to(struct call *call, uint32_t index, struct bytes member)
{
    struct collection set;
    collection_write(call, index, VALUE_SET, &set);
    bool is_new = set_add(&set.value, member, &call->limits->types);
    collection_close(call, &set, is_new ? CHANGE_SADD : CHANGE_NONE);
}

static struct outcome cmd_smove(struct call *call)
{
    struct collection from, to;
    struct bytes member = call->args[3];
    bool is_set = collection_find(call, 1, VALUE_SET, &from);
    if (is_set && !from.entry) return reply_int(call, 0);
    if (!is_set || !collection_find(call, 2, VALUE_SET, &to)) return reply_wrong_type(call);
    if (!set_has(&from.value, member)) return reply_int(call, 0);
    if (from.entry == to.entry) return reply_int(call, 1);
    collection_open(&from);
    set_remove(&from.value, member);
    collection_close(call, &from, CHANGE_SREM);
    add_to(call, 2, member);
    return reply_int(call, 1);
}

static void visit(void *context, struct bytes member)
{
    struct element_scan *scan = context;
    if (!element_scan_wants(scan, member)) return;
    writer_bulk(&scan->call->out, member);
    scan->written++;
}

static uint32_t step(struct element_scan *scan, const void *context, uint32_t cursor)
{
    return set_scan(context, cursor, visit, scan);
}

static struct outcome cmd_sscan(struct call *call)
{
    struct element_scan scan;
    struct outcome problem;
    struct collection set;
    if (!element_scan_begin(call, &scan, &problem)) return problem;
    if (!collection_read(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    if (!set.entry) return element_scan_reply_empty(call);
    if (!element_scan_options(&scan, NULL, &problem)) return problem;
    uint64_t work = element_scan_work(&scan, value_count(&set.value));
    if (call_is_long(call, work)) return call_run_long(call);
    return element_scan_reply(&scan, step, &set.value);
}

#define READ       CMD_READ
#define WRITE      CMD_WRITE
#define WRITE_MORE CMD_WRITE | CMD_DENYOOM
#define READ_KEY   KEYS_ONE(KEY_RO | KEY_ACCESS)
#define READ_KEYS  KEYS_ALL(KEY_RO | KEY_ACCESS)
#define ANY_ORDER  .tips = "nondeterministic_output_order"
#define ANY        .tips = "nondeterministic_output"

/* clang-format off */
#define COUNTED_KEYS {{KEYS_COUNTED, 1, 0, 1, KEY_RO | KEY_ACCESS}}
#define STORE_KEYS   {{KEYS_RANGE, 1, 0, 1, KEY_OW | KEY_UPDATE}, \
                      {KEYS_RANGE, 2, -1, 1, KEY_RO | KEY_ACCESS}}

const struct command cmd_set_table[] = {
    {"sadd", cmd_sadd, -3, WRITE_MORE | CMD_FAST, ACL_SET, KEYS_ONE(KEY_RW | KEY_INSERT),
     "set", "1.0.0", "O(1) for each member", "key member [member ...]",
     "Adds members to a set; makes the key if need be."},
    {"scard", cmd_scard, 2, READ | CMD_FAST, ACL_SET, KEYS_ONE(KEY_RO),
     "set", "1.0.0", "O(1)", "key",
     "How many members a set has."},
    {"sdiff", cmd_sdiff, -2, READ, ACL_SET, READ_KEYS,
     "set", "1.0.0", "O(N) for N members in all sets", "key [key ...]",
     "The members of the first set that are in none of the others.", ANY_ORDER},
    {"sdiffcard", cmd_sdiffcard, -3, READ, ACL_SET, COUNTED_KEYS,
     "set", "8.10.0", "O(N) for N members in all sets", "numkeys key [key ...] [LIMIT limit]",
     "How many members of the first set are in none of the others."},
    {"sdiffstore", cmd_sdiffstore, -3, WRITE_MORE, ACL_SET, STORE_KEYS,
     "set", "1.0.0", "O(N) for N members in all sets", "destination key [key ...]",
     "Keeps the members of the first set that are in none of the others under another key."},
    {"sinter", cmd_sinter, -2, READ, ACL_SET, READ_KEYS,
     "set", "1.0.0", "O(N*M) for N members of the smallest of M sets", "key [key ...]",
     "The members that all sets have in common.", ANY_ORDER},
    {"sintercard", cmd_sintercard, -3, READ, ACL_SET, COUNTED_KEYS,
     "set", "7.0.0", "O(N*M) for N members of the smallest of M sets",
     "numkeys key [key ...] [LIMIT limit]",
     "How many members all sets have in common."},
    {"sinterstore", cmd_sinterstore, -3, WRITE_MORE, ACL_SET, STORE_KEYS,
     "set", "1.0.0", "O(N*M) for N members of the smallest of M sets", "destination key [key ...]",
     "Keeps the members that all sets have in common under another key."},
    {"sismember", cmd_sismember, 3, READ | CMD_FAST, ACL_SET, KEYS_ONE(KEY_RO),
     "set", "1.0.0", "O(1)", "key member",
     "Whether a set has a member."},
    {"smembers", cmd_smembers, 2, READ, ACL_SET, READ_KEY,
     "set", "1.0.0", "O(N) for N members", "key",
     "All members of a set.", ANY_ORDER},
    {"smismember", cmd_smismember, -3, READ | CMD_FAST, ACL_SET, READ_KEY,
     "set", "6.2.0", "O(N) for N members asked for", "key member [member ...]",
     "Whether a set has each of several members."},
    {"smove", cmd_smove, 4, WRITE | CMD_FAST, ACL_SET,
     KEYS_TWO(KEY_RW | KEY_ACCESS | KEY_DELETE, KEY_RW | KEY_INSERT),
     "set", "1.0.0", "O(1)", "source destination member",
     "Moves a member from one set to another."},
    {"spop", cmd_spop, -2, WRITE | CMD_FAST, ACL_SET, KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_DELETE),
     "set", "1.0.0", "O(1) for each member", "key [count]",
     "Takes members chosen at random out of a set.", ANY},
    {"srandmember", cmd_srandmember, -2, READ, ACL_SET, READ_KEY,
     "set", "1.0.0", "O(N) for N members asked for", "key [count]",
     "Members of a set, chosen at random.", ANY},
    {"srem", cmd_srem, -3, WRITE | CMD_FAST, ACL_SET, KEYS_ONE(KEY_RW | KEY_DELETE),
     "set", "1.0.0", "O(N) for N members given", "key member [member ...]",
     "Removes members from a set, and the key with the last one."},
    {"sscan", cmd_sscan, -3, READ, ACL_SET, READ_KEY,
     "set", "2.8.0", "O(1) for each call", "key cursor [MATCH pattern] [COUNT count]",
     "Walks through the members of a set, some at each call.", ANY},
    {"sunion", cmd_sunion, -2, READ, ACL_SET, READ_KEYS,
     "set", "1.0.0", "O(N) for N members in all sets", "key [key ...]",
     "The members that at least one of the sets has.", ANY_ORDER},
    {"sunioncard", cmd_sunioncard, -3, READ, ACL_SET, COUNTED_KEYS,
     "set", "8.10.0", "O(N) for N members in all sets", "numkeys key [key ...] [LIMIT limit]",
     "How many members at least one of the sets has."},
    {"sunionstore", cmd_sunionstore, -3, WRITE_MORE, ACL_SET, STORE_KEYS,
     "set", "1.0.0", "O(N) for N members in all sets", "destination key [key ...]",
     "Keeps the members that at least one of the sets has under another key."},
    {.name = NULL},
};
/* clang-format on */
