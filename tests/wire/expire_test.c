/* Expiry: the commands that set and tell it, and keys that go away on time. Nothing here depends
 * on how long something took: waiting is for a condition, with a bound. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

#define FAR    "33177117420"
#define NEARER "33177117000"

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {
        "EXPIRE k", "PEXPIRE k", "EXPIREAT k", "PEXPIREAT k",    "TTL",         "TTL k l",
        "PTTL",     "PTTL k l",  "EXPIRETIME", "EXPIRETIME k l", "PEXPIRETIME", "PEXPIRETIME k l",
        NULL};
    check_arity(c, lines);
}

WIRE_TEST(ttl_and_expiretime)
{
    CHECK_REPLY(c, "TTL k", ":-2");
    CHECK_REPLY(c, "PTTL k", ":-2");
    CHECK_REPLY(c, "EXPIRETIME k", ":-2");
    CHECK_REPLY(c, "PEXPIRETIME k", ":-2");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "PTTL k", ":-1");
    CHECK_REPLY(c, "EXPIRETIME k", ":-1");
    CHECK_REPLY(c, "PEXPIRETIME k", ":-1");
    CHECK_REPLY(c, "PEXPIREAT k 33177117420499", ":1");
    CHECK_REPLY(c, "EXPIRETIME k", ":33177117420");
    CHECK_REPLY(c, "PEXPIREAT k 33177117420500", ":1");
    CHECK_REPLY(c, "EXPIRETIME k", ":33177117421");
    CHECK_REPLY(c, "PEXPIRETIME k", ":33177117420500");
}

WIRE_TEST(expire_family)
{
    CHECK_REPLY(c, "EXPIRE none 10", ":0");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "EXPIRE k 100", ":1");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "PEXPIRE k 200000", ":1");
    CHECK_RANGE(c, "PTTL k", 190000, 200000);
    CHECK_REPLY(c, "EXPIREAT k " FAR, ":1");
    CHECK_REPLY(c, "EXPIRETIME k", ":" FAR);
    CHECK_REPLY(c, "PEXPIREAT k " FAR "001", ":1");
    CHECK_REPLY(c, "PEXPIRETIME k", ":" FAR "001");
    CHECK_REPLY(c, "PERSIST k", ":1");
    CHECK_REPLY(c, "PERSIST k", ":0");
    CHECK_REPLY(c, "PERSIST none", ":0");
    CHECK_REPLY(c, "TTL k", ":-1");
}

WIRE_TEST(expire_in_the_past_deletes)
{
    static const char *const lines[] = {
        "EXPIRE k -1",  "EXPIRE k 0",    "PEXPIRE k -1",  "PEXPIRE k 0",
        "EXPIREAT k 1", "PEXPIREAT k 1", "EXPIREAT k -5", "EXPIRE k -9223372036854775"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        CHECK_REPLY(c, "SET k v", "+OK");
        CHECK_REPLY(c, lines[i], ":1");
        CHECK_REPLY(c, "EXISTS k", ":0");
        CHECK_REPLY(c, "DBSIZE", ":0");
    }
}

WIRE_TEST(expire_conditions)
{
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "EXPIREAT k " FAR " XX", ":0");
    CHECK_REPLY(c, "EXPIREAT k " FAR " GT", ":0"); /* no expiry counts as infinite */
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "EXPIREAT k " FAR " LT", ":1");
    CHECK_REPLY(c, "EXPIREAT k " FAR " NX", ":0");
    CHECK_REPLY(c, "EXPIREAT k " NEARER " GT", ":0");
    CHECK_REPLY(c, "EXPIREAT k " FAR " LT", ":0");
    CHECK_REPLY(c, "EXPIREAT k " NEARER " lt", ":1");
    CHECK_REPLY(c, "EXPIRETIME k", ":" NEARER);
    CHECK_REPLY(c, "EXPIREAT k " NEARER " GT", ":0");
    CHECK_REPLY(c, "PEXPIREAT k " FAR "000 GT", ":1");
    CHECK_REPLY(c, "EXPIREAT k " NEARER " XX", ":1");
    CHECK_REPLY(c, "EXPIREAT k " FAR " XX GT", ":1");
    CHECK_REPLY(c, "EXPIREAT k " FAR " XX LT", ":0");
    CHECK_REPLY(c, "EXPIRETIME k", ":" FAR);
    CHECK_REPLY(c, "PERSIST k", ":1");
    CHECK_REPLY(c, "EXPIRE k 100 NX", ":1");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "PEXPIRE k 500000 GT", ":1");
    CHECK_RANGE(c, "TTL k", 490, 500);
    CHECK_REPLY(c, "EXPIRE k -1 GT", ":0");
    CHECK_REPLY(c, "EXPIRE k -1 LT", ":1");
    CHECK_REPLY(c, "EXISTS k", ":0");
}

WIRE_TEST(expire_errors)
{
    static const char *const together =
        "-ERR NX and XX, GT or LT options at the same time are not compatible";
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "EXPIRE k x", NOT_INTEGER);
    CHECK_REPLY(c, "EXPIRE k 1.5", NOT_INTEGER);
    CHECK_REPLY(c, "EXPIRE none x", NOT_INTEGER);
    CHECK_REPLY(c, "EXPIRE k 10 NX XX", together);
    CHECK_REPLY(c, "EXPIRE k 10 NX GT", together);
    CHECK_REPLY(c, "EXPIRE k 10 LT NX", together);
    CHECK_REPLY(c, "EXPIRE k 10 GT LT",
                "-ERR GT and LT options at the same time are not compatible");
    CHECK_REPLY(c, "EXPIRE k 10 NONSENSE", "-ERR Unsupported option NONSENSE");
    CHECK_REPLY(c, "EXPIRE k 10 NX NONSENSE", "-ERR Unsupported option NONSENSE");
    CHECK_REPLY(c, "EXPIRE k 10 \"a\\r\\nb\\r\\n\"", "-ERR Unsupported option a  b");
    CHECK_REPLY(c, "EXPIRE k 9223372036854775807", "-ERR invalid expire time in 'expire' command");
    CHECK_REPLY(c, "EXPIRE k 9223372036854775", "-ERR invalid expire time in 'expire' command");
    CHECK_REPLY(c, "EXPIRE k -9223372036854776", "-ERR invalid expire time in 'expire' command");
    CHECK_REPLY(c, "PEXPIRE k 9223372036854775807",
                "-ERR invalid expire time in 'pexpire' command");
    CHECK_REPLY(c, "EXPIREAT k 9223372036854776", "-ERR invalid expire time in 'expireat' command");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "PEXPIREAT k 9223372036854775807", ":1");
    CHECK_REPLY(c, "PEXPIRETIME k", ":9223372036854775807");
}

WIRE_TEST(writes_and_their_expiry)
{
    CHECK_REPLY(c, "SET k 1 EXAT " FAR, "+OK");
    CHECK_REPLY(c, "APPEND k 2", ":2");
    CHECK_REPLY(c, "INCRBY k 5", ":17");
    CHECK_REPLY(c, "SETRANGE k 0 2", ":2");
    CHECK_REPLY(c, "EXPIRETIME k", ":" FAR);
    CHECK_REPLY(c, "GETSET k 9", "\"27\"");
    CHECK_REPLY(c, "TTL k", ":-1");
}

/* Asks until the reply is the wanted one; the bound is far above what it should take. */
static bool comes_to(struct wire *c, const char *line, const char *wanted)
{
    int64_t deadline = now_ms() + 10000;
    while (now_ms() < deadline) {
        if (strcmp(wire_command_text(c, line), wanted) == 0) return true;
        wait_ms(2);
    }
    return false;
}

WIRE_TEST(keys_go_when_looked_at)
{
    CHECK_REPLY(c, "DEBUG SET-ACTIVE-EXPIRE 0", "+OK");
    CHECK_REPLY(c, "SET k v PX 20", "+OK");
    CHECK(comes_to(c, "EXISTS k", ":0"));
    CHECK_REPLY(c, "GET k", "nil");
    CHECK_REPLY(c, "TTL k", ":-2");
    CHECK_REPLY(c, "SETNX k w", ":1");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "DEBUG SET-ACTIVE-EXPIRE 1", "+OK");
}

/* INFO's line of that name, or -1. */
static long long info_number(struct wire *c, const char *name)
{
    struct reply *reply = wire_command(c, "INFO everything");
    const char *at = reply && reply->data ? strstr(reply->data, name) : NULL;
    long long number = at ? atoll(at + strlen(name) + 1) : -1;
    reply_free(reply);
    return number;
}

WIRE_TEST(keys_go_without_being_looked_at)
{
    struct text out = {0};
    long long before = info_number(c, "\nexpired_keys");
    CHECK(before >= 0);
    for (int i = 0; i < 500; i++)
        text_addf(&out, "SET key:%d v PX %d\r\n", i, 1 + i % 50);
    REQUIRE(wire_send(c, out.data, out.len));
    text_fini(&out);
    for (int i = 0; i < 500; i++)
        CHECK_NEXT(c, "+OK");
    CHECK_REPLY(c, "SET stays v", "+OK");
    CHECK(comes_to(c, "DBSIZE", ":1"));
    CHECK_INT(info_number(c, "\nexpired_keys") - before, 500);
}

/* As long as clients are held back, only who looks at a key may find that it has expired. */
WIRE_TEST(keys_stay_while_clients_are_paused)
{
    CHECK_REPLY(c, "CLIENT PAUSE 100000 WRITE", "+OK");
    CHECK_REPLY(c, "CLIENT UNPAUSE", "+OK");
    CHECK_REPLY(c, "SET a v PX 40", "+OK");
    CHECK_REPLY(c, "SET b v PX 20", "+OK");
    CHECK_REPLY(c, "CLIENT PAUSE 100000 WRITE", "+OK");
    CHECK(comes_to(c, "EXISTS a", ":0"));
    CHECK_RANGE(c, "DBSIZE", 1, 2);
    CHECK_REPLY(c, "CLIENT UNPAUSE", "+OK");
    CHECK(comes_to(c, "DBSIZE", ":0"));
}

WIRE_TEST(expired_keys_are_not_listed)
{
    CHECK_REPLY(c, "DEBUG SET-ACTIVE-EXPIRE 0", "+OK");
    CHECK_REPLY(c, "SET gone v PX 1", "+OK");
    CHECK_REPLY(c, "SET stays v", "+OK");
    CHECK(comes_to(c, "KEYS *", "[\"stays\"]"));
    CHECK_REPLY(c, "DEBUG SET-ACTIVE-EXPIRE 1", "+OK");
    CHECK(comes_to(c, "DBSIZE", ":1"));
}
