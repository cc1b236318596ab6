/* DUMP and RESTORE; the oracle proves each line. */
#include <stdio.h>
#include <string.h>

#include "wire/wire_test.h"

#define WRONG_PAYLOAD "-ERR DUMP payload version or checksum are wrong"
#define BUSY          "-BUSYKEY Target key name already exists."
/* As redis-server 7.0 writes "10" and "hello". */
#define TEN         "\"\\x00\\xc0\\n\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\""
#define RESTORE_TEN "RESTORE k 0 " TEN

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"DUMP", "DUMP k l", "RESTORE k 0", "RESTORE", NULL};
    check_arity(c, lines);
    CHECK_REPLY(c, "OBJECT FREQ", "-ERR wrong number of arguments for 'object|freq' command");
    CHECK_REPLY(c, "OBJECT IDLETIME k l",
                "-ERR wrong number of arguments for 'object|idletime' command");
    CHECK_REPLY(c, "OBJECT REFCOUNT",
                "-ERR wrong number of arguments for 'object|refcount' command");
    CHECK_REPLY(c, "OBJECT ENCODING",
                "-ERR wrong number of arguments for 'object|encoding' command");
}

WIRE_TEST(a_string)
{
    CHECK_REPLY(c, "DUMP k", "nil");
    CHECK_REPLY(c, "SET k 10", "+OK");
    CHECK_REPLY(c, "DUMP k", TEN);
    CHECK_REPLY(c, RESTORE_TEN, BUSY);
    CHECK_REPLY(c, "DEL k", ":1");
    CHECK_REPLY(c, RESTORE_TEN, "+OK");
    CHECK_REPLY(c, "GET k", "\"10\"");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"int\"");
    CHECK_REPLY(c, "TTL k", ":-1");
}

WIRE_TEST(with_options)
{
    CHECK_REPLY(c, "RESTORE k 100000 " TEN, "+OK");
    CHECK_RANGE(c, "PTTL k", 1, 100000);
    CHECK_REPLY(c, "RESTORE k 0 " TEN " REPLACE", "+OK");
    CHECK_REPLY(c, "PTTL k", ":-1");
    CHECK_REPLY(c, "RESTORE k 33177117420000 " TEN " replace ABSTTL", "+OK");
    CHECK_REPLY(c, "PEXPIRETIME k", ":33177117420000");
    CHECK_REPLY(c, "RESTORE k 1 " TEN " REPLACE ABSTTL", "+OK");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "RESTORE k 0 " TEN " IDLETIME 1000", "+OK");
    CHECK_RANGE(c, "OBJECT IDLETIME k", 1000, 1010);
    CHECK_REPLY(c, "RESTORE k 0 " TEN " REPLACE FREQ 5", "+OK");
    CHECK_REPLY(c, "RESTORE k -1 " TEN " REPLACE", "-ERR Invalid TTL value, must be >= 0");
    CHECK_REPLY(c, "RESTORE k x " TEN " REPLACE", "-ERR value is not an integer or out of range");
    CHECK_REPLY(c, "RESTORE k x " TEN, BUSY);
    CHECK_REPLY(c, "RESTORE k 0 " TEN " REPLACE IDLETIME -1",
                "-ERR Invalid IDLETIME value, must be >= 0");
    CHECK_REPLY(c, "RESTORE k 0 " TEN " REPLACE FREQ 256",
                "-ERR Invalid FREQ value, must be >= 0 and <= 255");
    CHECK_REPLY(c, "RESTORE k 0 " TEN " REPLACE FREQ 1 IDLETIME 1", "-ERR syntax error");
    CHECK_REPLY(c, "RESTORE k 0 " TEN " REPLACE IDLETIME", "-ERR syntax error");
    CHECK_REPLY(c, "RESTORE k 0 " TEN " NONSENSE", "-ERR syntax error");
}

WIRE_TEST(what_is_not_sound_is_refused)
{
    CHECK_REPLY(c, "RESTORE k 0 \"\"", WRONG_PAYLOAD);
    CHECK_REPLY(c, "RESTORE k 0 x", WRONG_PAYLOAD);
    CHECK_REPLY(c, "RESTORE k 0 \"\\x00\\xc0\\v\\n\\x00n\\x9fWE\\x0e\\xaec\\xbb\"", WRONG_PAYLOAD);
    CHECK_REPLY(c, "EXISTS k", ":0");
}
