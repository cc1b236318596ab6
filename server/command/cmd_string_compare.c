#include <ctype.h>

#include "base/hashing.h"
#include "command/cmd_string_parts.h"

static enum string_condition condition_of(struct bytes word, bool existence)
{
    if (existence && bytes_is(word, "nx")) return IF_NX;
    if (existence && bytes_is(word, "xx")) return IF_XX;
    if (bytes_is(word, "ifeq")) return IF_EQ;
    if (bytes_is(word, "ifne")) return IF_NE;
    if (bytes_is(word, "ifdeq")) return IF_DIGEST_EQ;
    if (bytes_is(word, "ifdne")) return IF_DIGEST_NE;
    return IF_ALWAYS;
}

enum args_match string_test_option(const struct call *call, uint32_t *at, bool existence,
                                   struct string_test *test)
{
    enum string_condition condition = condition_of(call->args[*at], existence);
    if (condition == IF_ALWAYS) return ARGS_OTHER;
    bool again = test->condition == condition && condition < IF_EQ; /* NX NX says nothing new */
    if (test->condition != IF_ALWAYS && !again) return ARGS_CONFLICT;
    test->condition = condition;
    if (string_test_compares(test)) {
        if (*at + 1 == call->arg_count) return ARGS_CONFLICT;
        test->index = ++*at;
    }
    ++*at;
    return ARGS_TAKEN;
}

static bool is_digest(struct bytes text)
{
    if (text.len != STRING_DIGEST_LEN) return false;
    for (size_t i = 0; i < text.len; i++)
        if (!isxdigit(text.ptr[i])) return false;
    return true;
}

bool string_test_check(struct call *call, const struct string_test *test, struct outcome *problem)
{
    if (test->condition != IF_DIGEST_EQ && test->condition != IF_DIGEST_NE) return true;
    if (is_digest(call->args[test->index])) return true;
    *problem = reply_error(call, "ERR The digest must be exactly %d hexadecimal characters",
                           STRING_DIGEST_LEN);
    return false;
}

static void write_digest(const struct entry *entry, char digest[STRING_DIGEST_LEN])
{
    char scratch[NUMBER_INT_MAX];
    uint64_t hash = hash_xxh3(entry_text(entry, scratch));
    for (int i = STRING_DIGEST_LEN; i-- > 0; hash >>= 4)
        digest[i] = "0123456789abcdef"[hash & 15];
}

static bool digest_equal(const struct entry *entry, struct bytes wanted)
{
    char digest[STRING_DIGEST_LEN];
    write_digest(entry, digest);
    return bytes_equal_nocase(bytes_make(digest, sizeof digest), wanted);
}

bool string_test_passes(const struct call *call, const struct string_test *test,
                        const struct entry *entry)
{
    switch (test->condition) {
    case IF_ALWAYS: return true;
    case IF_NX: return !entry;
    case IF_XX: return entry;
    case IF_EQ: return entry && entry_text_equal(entry, call->args[test->index]);
    case IF_NE: return !entry || !entry_text_equal(entry, call->args[test->index]);
    case IF_DIGEST_EQ: return entry && digest_equal(entry, call->args[test->index]);
    case IF_DIGEST_NE: return !entry || !digest_equal(entry, call->args[test->index]);
    }
    return false;
}

static struct outcome delete_if(struct call *call, const struct place *place, struct entry *entry,
                                const struct string_test *test)
{
    struct outcome problem;
    if (!string_test_check(call, test, &problem)) return problem;
    if (!string_test_passes(call, test, entry)) return reply_int(call, 0);
    keyspace_remove(place, entry, CHANGE_DEL);
    return reply_int(call, 1);
}

/* A key that is not there answers before the condition is looked at, as redis-server has it. */
struct outcome cmd_delex(struct call *call)
{
    if (call->arg_count != 2 && call->arg_count != 4) return reply_wrong_arity(call);
    struct string_test test = {IF_ALWAYS, 0};
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!entry) return reply_int(call, 0);
    if (call->arg_count == 2) return delete_if(call, &place, entry, &test);
    if (!string_is_type(entry))
        return reply_error(call, "ERR Key should be of string type if conditions are specified");
    uint32_t at = 2;
    if (string_test_option(call, &at, false, &test) != ARGS_TAKEN)
        return reply_error(call, "ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
    return delete_if(call, &place, entry, &test);
}

struct outcome cmd_delifeq(struct call *call)
{
    struct string_test test = {IF_EQ, 2};
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!entry) return reply_int(call, 0);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    return delete_if(call, &place, entry, &test);
}

struct outcome cmd_digest(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!entry) return reply_null(call);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    char digest[STRING_DIGEST_LEN];
    write_digest(entry, digest);
    return reply_bulk(call, bytes_make(digest, sizeof digest));
}
