#include "command/cmd_string.h"

#include "command/cmd_string_parts.h"

void string_write(struct call *call, const struct entry *entry)
{
    struct blob *blob;
    switch (entry_encoding(entry)) {
    case VALUE_INLINE: writer_bulk(&call->out, entry_inline(entry)); break;
    case VALUE_INT: writer_bulk_int(&call->out, entry_int(entry)); break;
    default: blob = entry_blob(entry); writer_bulk_blob(&call->out, blob, blob_view(blob));
    }
}

bool string_size_allowed(struct call *call, int64_t len, int64_t more, struct outcome *problem)
{
    int64_t total;
    bool overflow = __builtin_add_overflow(len, more, &total);
    if (!overflow && total <= call->limits->proto_max_bulk_len) return true;
    *problem = reply_error(call, "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    return false;
}

/* Answers with the value or null; what GET, GETSET, GETDEL and SET with GET have in common. */
static struct outcome reply_entry(struct call *call, const struct entry *entry)
{
    if (!entry) return reply_null(call);
    if (unlikely(entry_type(entry) != VALUE_STRING)) return reply_wrong_type(call);
    string_write(call, entry);
    return reply_written(call);
}

static struct outcome cmd_get(struct call *call)
{
    struct place place = call_first_place(call, 1);
    return reply_entry(call, call_find_read(call, &place));
}

static struct outcome cmd_getdel(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    struct outcome outcome = reply_entry(call, entry);
    if (entry && string_is_type(entry)) keyspace_remove(&place, entry, CHANGE_DEL);
    return outcome;
}

static struct outcome cmd_getset(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    struct outcome outcome = reply_entry(call, entry);
    struct str value = call_str(call, 2);
    call_put(call, &place, &value, INT64_MAX, CHANGE_SET);
    return outcome;
}

static void apply_getex(const struct place *place, struct entry *entry,
                        const struct args_expiry *expiry, int64_t deadline_ms)
{
    if (expiry->kind == EXPIRY_NONE) return;
    if (args_expiry_is_absolute(expiry) && deadline_ms <= place->now_ms)
        keyspace_remove(place, entry, CHANGE_DEL);
    else if (expiry->kind != EXPIRY_PERSIST || entry_expires(entry))
        keyspace_set_expiry(place, entry, deadline_ms);
}

static struct outcome cmd_getex(struct call *call)
{
    struct args_expiry expiry = {EXPIRY_NONE, 0};
    for (uint32_t at = 2; at < call->arg_count;)
        if (args_expiry_option(call, &at, EXPIRY_PERSIST, &expiry) != ARGS_TAKEN)
            return reply_syntax(call);
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!entry) return reply_null(call); /* before the time is checked, as redis-server does it */
    if (!string_is_type(entry)) return reply_wrong_type(call);
    int64_t deadline_ms;
    struct outcome outcome;
    if (!args_deadline(call, &expiry, &deadline_ms, &outcome)) return outcome;
    outcome = reply_entry(call, entry);
    apply_getex(&place, entry, &expiry, deadline_ms);
    return outcome;
}

/* SET and its options. */

struct set_options {
    struct string_test test;
    struct args_expiry expiry;
    bool get;
};

static bool read_set_option(const struct call *call, uint32_t *at, struct set_options *options)
{
    if (args_is(call, *at, "get")) {
        options->get = true;
        ++*at;
        return true;
    }
    enum args_match match = args_expiry_option(call, at, EXPIRY_KEEPTTL, &options->expiry);
    if (match == ARGS_OTHER) match = string_test_option(call, at, true, &options->test);
    return match == ARGS_TAKEN;
}

/* What SET does when all has been read: the condition is looked at, and the value is put. */
static struct outcome set(struct call *call, const struct set_options *options,
                          uint32_t value_index, int64_t deadline_ms)
{
    struct place place = call_first_place(call, 1);
    bool compares = string_test_compares(&options->test);
    struct entry *entry =
        options->get ? call_find_read(call, &place) : call_find_write(call, &place);
    if ((options->get || compares) && !string_is_type(entry)) return reply_wrong_type(call);
    struct outcome outcome;
    if (entry && !string_test_check(call, &options->test, &outcome)) return outcome;
    bool passes = string_test_passes(call, &options->test, entry);
    if (options->get)
        outcome = reply_entry(call, entry);
    else
        outcome = passes ? reply_ok(call) : reply_null(call);
    if (!passes) return outcome;
    struct str value = call_str(call, value_index);
    if (entry)
        keyspace_overwrite(&place, entry, &value, deadline_ms, CHANGE_SET);
    else
        call_add(call, &place, &value, deadline_ms, CHANGE_SET);
    return outcome;
}

static struct outcome cmd_set(struct call *call)
{
    struct set_options options = {{IF_ALWAYS, 0}, {EXPIRY_NONE, 0}, false};
    for (uint32_t at = 3; at < call->arg_count;)
        if (!read_set_option(call, &at, &options)) return reply_syntax(call);
    int64_t deadline_ms;
    struct outcome problem;
    if (!args_deadline(call, &options.expiry, &deadline_ms, &problem)) return problem;
    return set(call, &options, 2, deadline_ms);
}

static struct outcome set_with_time(struct call *call, enum args_expiry_kind kind)
{
    struct set_options options = {{IF_ALWAYS, 0}, {kind, 2}, false};
    int64_t deadline_ms;
    struct outcome problem;
    if (!args_deadline(call, &options.expiry, &deadline_ms, &problem)) return problem;
    return set(call, &options, 3, deadline_ms);
}

static struct outcome cmd_setex(struct call *call)
{
    return set_with_time(call, EXPIRY_EX);
}

static struct outcome cmd_psetex(struct call *call)
{
    return set_with_time(call, EXPIRY_PX);
}

static struct outcome cmd_setnx(struct call *call)
{
    struct place place = call_first_place(call, 1);
    if (call_find_write(call, &place)) return reply_int(call, 0);
    struct str value = call_str(call, 2);
    call_add(call, &place, &value, INT64_MAX, CHANGE_SET);
    return reply_int(call, 1);
}

#define READ        CMD_READ
#define WRITE       CMD_WRITE
#define WRITE_MORE  CMD_WRITE | CMD_DENYOOM
#define READ_KEY    KEYS_ONE(KEY_RO | KEY_ACCESS)
#define CHANGED_KEY KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_UPDATE)
#define EXPIRY_SYNTAX                                                                              \
    "EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds"
#define TEST_SYNTAX "IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest"

/* clang-format off */
const struct command cmd_string_table[] = {
    {"append", cmd_append, 3, WRITE_MORE | CMD_FAST, ACL_STRING, KEYS_ONE(KEY_RW | KEY_INSERT),
     "string", "2.0.0", "O(1) on average", "key value",
     "Adds bytes behind the end of a string; makes the key if need be."},
    {"decr", cmd_decr, 2, WRITE_MORE | CMD_FAST, ACL_STRING, CHANGED_KEY,
     "string", "1.0.0", "O(1)", "key",
     "Takes one from the integer that a key holds, 0 if there is none."},
    {"decrby", cmd_decrby, 3, WRITE_MORE | CMD_FAST, ACL_STRING, CHANGED_KEY,
     "string", "1.0.0", "O(1)", "key decrement",
     "Takes a number from the integer that a key holds, 0 if there is none."},
    {"delex", cmd_delex, -2, WRITE | CMD_FAST, ACL_STRING,
     KEYS_ONE(KEY_RW | KEY_DELETE | KEY_VARIABLE_FLAGS),
     "string", "8.4.0", "O(1), or O(N) for a digest of N bytes", "key [" TEST_SYNTAX "]",
     "Removes a key if its value, or its value's digest, is or is not the one given."},
    {"delifeq", cmd_delifeq, 3, WRITE | CMD_FAST, ACL_STRING,
     KEYS_ONE(KEY_RM | KEY_ACCESS | KEY_DELETE),
     "string", "9.0.0", "O(1)", "key value",
     "Removes a key if it holds exactly this value."},
    {"digest", cmd_digest, 2, READ | CMD_FAST, ACL_STRING, KEYS_ONE(KEY_RO | KEY_ACCESS),
     "string", "8.4.0", "O(N) for N bytes", "key",
     "The XXH3 digest of a string, as 16 hexadecimal digits."},
    {"get", cmd_get, 2, READ | CMD_FAST, ACL_STRING, READ_KEY,
     "string", "1.0.0", "O(1)", "key",
     "The string that a key holds."},
    {"getdel", cmd_getdel, 2, WRITE | CMD_FAST, ACL_STRING,
     KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_DELETE),
     "string", "6.2.0", "O(1)", "key",
     "The string that a key holds; the key is removed."},
    {"getex", cmd_getex, -2, WRITE | CMD_FAST, ACL_STRING,
     KEYS_NOTED(KEY_RW | KEY_ACCESS | KEY_UPDATE, "RW and UPDATE: the expiry may change"),
     "string", "6.2.0", "O(1)", "key [" EXPIRY_SYNTAX " | PERSIST]",
     "The string that a key holds; the key's expiry is set or removed."},
    {"getrange", cmd_getrange, 4, READ, ACL_STRING, READ_KEY,
     "string", "2.4.0", "O(N) for N bytes returned", "key start end",
     "A part of a string, both ends counted in."},
    {"getset", cmd_getset, 3, WRITE_MORE | CMD_FAST, ACL_STRING, CHANGED_KEY,
     "string", "1.0.0", "O(1)", "key value",
     "Sets a string and answers with the one that was there.",
     .deprecated_since = "6.2.0", .replaced_by = "`SET` with `GET`"},
    {"incr", cmd_incr, 2, WRITE_MORE | CMD_FAST, ACL_STRING, CHANGED_KEY,
     "string", "1.0.0", "O(1)", "key",
     "Adds one to the integer that a key holds, 0 if there is none."},
    {"incrby", cmd_incrby, 3, WRITE_MORE | CMD_FAST, ACL_STRING, CHANGED_KEY,
     "string", "1.0.0", "O(1)", "key increment",
     "Adds a number to the integer that a key holds, 0 if there is none."},
    {"incrbyfloat", cmd_incrbyfloat, 3, WRITE_MORE | CMD_FAST, ACL_STRING, CHANGED_KEY,
     "string", "2.6.0", "O(1)", "key increment",
     "Adds to the number that a key holds, 0 if there is none; fractions are allowed."},
    {"increx", cmd_increx, -2, WRITE_MORE | CMD_FAST, ACL_STRING, CHANGED_KEY,
     "string", "8.8.0", "O(1)",
     "key [BYFLOAT increment | BYINT increment] [LBOUND lowerbound] [UBOUND upperbound] [SATURATE] "
     "[NX | XX] [" EXPIRY_SYNTAX " | PERSIST] [ENX]",
     "Adds to a number within bounds, and sets the key's expiry in the same step."},
    {"lcs", cmd_lcs, -3, READ, ACL_STRING, {{KEYS_RANGE, 1, 2, 1, KEY_RO | KEY_ACCESS}},
     "string", "7.0.0", "O(N*M) for strings of N and M bytes",
     "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
     "The longest sequence of bytes that two strings have in common."},
    {"mget", cmd_mget, -2, READ | CMD_FAST, ACL_STRING, KEYS_ALL(KEY_RO | KEY_ACCESS),
     "string", "1.0.0", "O(N) for N keys", "key [key ...]",
     "The strings that several keys hold, at one instant.",
     .tips = "request_policy:multi_shard"},
    {"mset", cmd_mset, -3, WRITE_MORE | CMD_BRIEF, ACL_STRING,
     {{KEYS_RANGE, 1, -1, 2, KEY_OW | KEY_UPDATE}}, "string", "1.0.1", "O(N) for N keys",
     "key value [key value ...]",
     "Sets several strings at one instant.",
     .tips = "request_policy:multi_shard response_policy:all_succeeded"},
    {"msetex", cmd_msetex, -4, WRITE_MORE | CMD_BRIEF, ACL_STRING,
     {{KEYS_COUNTED, 1, 0, 2, KEY_OW | KEY_UPDATE}},
     "string", "8.4.0", "O(N) for N keys",
     "numkeys key value [key value ...] [NX | XX] [" EXPIRY_SYNTAX " | KEEPTTL]",
     "Sets several strings and their common expiry at one instant."},
    {"msetnx", cmd_msetnx, -3, WRITE_MORE | CMD_BRIEF, ACL_STRING,
     {{KEYS_RANGE, 1, -1, 2, KEY_OW | KEY_INSERT}},
     "string", "1.0.1", "O(N) for N keys", "key value [key value ...]",
     "Sets several strings at one instant if none of the keys exists.",
     .tips = "request_policy:multi_shard response_policy:agg_min"},
    {"psetex", cmd_psetex, 4, WRITE_MORE | CMD_BRIEF, ACL_STRING, KEYS_ONE(KEY_OW | KEY_UPDATE),
     "string", "2.6.0", "O(1)", "key milliseconds value",
     "Sets a string that expires after so many milliseconds."},
    {"set", cmd_set, -3, WRITE_MORE | CMD_BRIEF, ACL_STRING,
     KEYS_NOTED(KEY_RW | KEY_ACCESS | KEY_UPDATE | KEY_VARIABLE_FLAGS,
                "RW and ACCESS: with GET or a comparison the old value is read"),
     "string", "1.0.0", "O(1)",
     "key value [NX | XX | " TEST_SYNTAX "] [GET] [" EXPIRY_SYNTAX " | KEEPTTL]",
     "Sets a string, whatever the key held before."},
    {"setex", cmd_setex, 4, WRITE_MORE | CMD_BRIEF, ACL_STRING, KEYS_ONE(KEY_OW | KEY_UPDATE),
     "string", "2.0.0", "O(1)", "key seconds value",
     "Sets a string that expires after so many seconds."},
    {"setnx", cmd_setnx, 3, WRITE_MORE | CMD_FAST, ACL_STRING, KEYS_ONE(KEY_OW | KEY_INSERT),
     "string", "1.0.0", "O(1)", "key value",
     "Sets a string if the key does not exist."},
    {"setrange", cmd_setrange, 4, WRITE_MORE, ACL_STRING, KEYS_ONE(KEY_RW | KEY_UPDATE),
     "string", "2.2.0", "O(N) for N bytes written", "key offset value",
     "Writes over a part of a string, which grows with zero bytes if need be."},
    {"strlen", cmd_strlen, 2, READ | CMD_FAST, ACL_STRING, KEYS_ONE(KEY_RO),
     "string", "2.2.0", "O(1)", "key",
     "The length of a string in bytes."},
    {"substr", cmd_getrange, 4, READ, ACL_STRING, READ_KEY,
     "string", "1.0.0", "O(N) for N bytes returned", "key start end",
     "The old name of GETRANGE.",
     .deprecated_since = "2.0.0", .replaced_by = "`GETRANGE`"},
    {.name = NULL},
};
/* clang-format on */
