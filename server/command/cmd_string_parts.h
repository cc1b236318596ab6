/* command/cmd_string_parts.h -- What the commands on strings share. */
#ifndef TORC_COMMAND_CMD_STRING_PARTS_H
#define TORC_COMMAND_CMD_STRING_PARTS_H

#include "command/args.h"
#include "command/lookup.h"
#include "command/reply.h"

/* The text of a string entry as a bulk string: copied, or referred to when it is large. */
void string_write(struct call *call, const struct entry *entry);

/* No entry is as good as a string. */
static inline bool string_is_type(const struct entry *entry)
{
    return !entry || entry_type(entry) == VALUE_STRING;
}

/* false: a string of this size would exceed proto-max-bulk-len; *problem says so. */
bool string_size_allowed(struct call *call, int64_t len, int64_t more, struct outcome *problem);

/* A string of `len` bytes that come from no client, so it is kept as bytes even if it looks like an
 * integer: to be written through *bytes, not initialized, and then stored. false: no memory. */
bool string_make(struct call *call, size_t len, uint8_t **bytes, struct str *value);
struct outcome string_no_memory(struct call *call); /* ERR out of memory ... */

/* When a key is to be set or removed. */
enum string_condition {
    IF_ALWAYS,
    IF_NX,
    IF_XX,
    IF_EQ,
    IF_NE,
    IF_DIGEST_EQ,
    IF_DIGEST_NE,
};

struct string_test {
    enum string_condition condition;
    uint32_t index; /* of the argument to compare with */
};

enum { STRING_DIGEST_LEN = 16 };

/* Is the argument at *at one of IFEQ, IFNE, IFDEQ, IFDNE? With NX and XX too if `existence`. */
enum args_match string_test_option(const struct call *call, uint32_t *at, bool existence,
                                   struct string_test *test);
static inline bool string_test_compares(const struct string_test *test)
{
    return test->condition >= IF_EQ;
}
/* false: a digest is not 16 hexadecimal digits; *problem says so. Asked only when the key exists.
 */
bool string_test_check(struct call *call, const struct string_test *test, struct outcome *problem);
/* Does the entry, NULL or a string if the test compares, pass? A key that is not there equals
 * nothing. */
bool string_test_passes(const struct call *call, const struct string_test *test,
                        const struct entry *entry);

command_run cmd_incr, cmd_decr, cmd_incrby, cmd_decrby, cmd_incrbyfloat, cmd_increx;
command_run cmd_append, cmd_setrange, cmd_getrange, cmd_strlen;
command_run cmd_mget, cmd_mset, cmd_msetnx, cmd_msetex;
command_run cmd_delex, cmd_delifeq, cmd_digest;
command_run cmd_lcs;

#endif
