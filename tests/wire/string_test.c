/* The string commands that Redis has up to 7.0, with every option; the oracle proves each line. */
#include <stdio.h>
#include <string.h>

#include "wire/wire_test.h"

#define MAX_INTEGER "9223372036854775807"
#define MIN_INTEGER "-9223372036854775808"

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"APPEND",
                                        "APPEND k",
                                        "APPEND k v w",
                                        "DECR",
                                        "DECR k 1",
                                        "DECRBY k",
                                        "DECRBY k 1 2",
                                        "GET",
                                        "GET k l",
                                        "GETDEL",
                                        "GETDEL k l",
                                        "GETEX",
                                        "GETRANGE k 0",
                                        "GETRANGE k 0 1 2",
                                        "GETSET k",
                                        "GETSET k v w",
                                        "INCR",
                                        "INCR k 1",
                                        "INCRBY k",
                                        "INCRBY k 1 2",
                                        "INCRBYFLOAT k",
                                        "INCRBYFLOAT k 1 2",
                                        "LCS",
                                        "LCS a",
                                        "MGET",
                                        "MSET",
                                        "MSET k",
                                        "MSET k v l",
                                        "MSETNX",
                                        "MSETNX k",
                                        "MSETNX k v l",
                                        "PSETEX k 1",
                                        "PSETEX k 1 v w",
                                        "SET",
                                        "SET k",
                                        "SETEX k 1",
                                        "SETEX k 1 v w",
                                        "SETNX k",
                                        "SETNX k v w",
                                        "SETRANGE k 0",
                                        "SETRANGE k 0 v w",
                                        "STRLEN",
                                        "STRLEN k l",
                                        "SUBSTR k 0",
                                        "SUBSTR k 0 1 2",
                                        NULL};
    check_arity(c, lines);
}

WIRE_TEST(get_and_set)
{
    CHECK_REPLY(c, "GET k", "nil");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "GET k", "\"v\"");
    CHECK_REPLY(c, "set K V", "+OK");
    CHECK_REPLY(c, "gEt K", "\"V\"");
    CHECK_REPLY(c, "SET k \"\"", "+OK");
    CHECK_REPLY(c, "GET k", "\"\"");
    CHECK_REPLY(c, "SET \"\" empty", "+OK");
    CHECK_REPLY(c, "GET \"\"", "\"empty\"");
    CHECK_REPLY(c, "SET \"a\\x00b\\r\\n\" \"\\x00\\xff\\r\\n\"", "+OK");
    CHECK_REPLY(c, "GET \"a\\x00b\\r\\n\"", "\"\\x00\\xff\\r\\n\"");
    CHECK_REPLY(c, "SET k 0012", "+OK");
    CHECK_REPLY(c, "GET k", "\"0012\"");
    CHECK_REPLY(c, "SET k +5", "+OK");
    CHECK_REPLY(c, "GET k", "\"+5\"");
    CHECK_REPLY(c, "SET k -0", "+OK");
    CHECK_REPLY(c, "GET k", "\"-0\"");
    CHECK_REPLY(c, "SET k " MIN_INTEGER, "+OK");
    CHECK_REPLY(c, "GET k", "\"" MIN_INTEGER "\"");
    CHECK_REPLY(c, "SET k 9223372036854775808", "+OK");
    CHECK_REPLY(c, "GET k", "\"9223372036854775808\"");
    CHECK_REPLY(c, "SET k \" 1\"", "+OK");
    CHECK_REPLY(c, "GET k", "\" 1\"");
}

WIRE_TEST(set_conditions)
{
    CHECK_REPLY(c, "SET k v XX", "nil");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SET k v NX", "+OK");
    CHECK_REPLY(c, "SET k w NX", "nil");
    CHECK_REPLY(c, "GET k", "\"v\"");
    CHECK_REPLY(c, "SET k w xx", "+OK");
    CHECK_REPLY(c, "GET k", "\"w\"");
    CHECK_REPLY(c, "SET k v NX XX", SYNTAX);
    CHECK_REPLY(c, "SET k v XX NX", SYNTAX);
    CHECK_REPLY(c, "SET k v XX XX", "+OK");
    CHECK_REPLY(c, "SET k v NONSENSE", SYNTAX);
    CHECK_REPLY(c, "SET k v \"\"", SYNTAX);
    CHECK_REPLY(c, "GET k", "\"v\"");
}

WIRE_TEST(set_get)
{
    CHECK_REPLY(c, "SET k v GET", "nil");
    CHECK_REPLY(c, "SET k w GET", "\"v\"");
    CHECK_REPLY(c, "SET k x NX GET", "\"w\"");
    CHECK_REPLY(c, "SET k x GET NX", "\"w\"");
    CHECK_REPLY(c, "SET k y XX GET", "\"w\"");
    CHECK_REPLY(c, "GET k", "\"y\"");
    CHECK_REPLY(c, "SET n z NX GET", "nil");
    CHECK_REPLY(c, "GET n", "\"z\"");
    CHECK_REPLY(c, "SET m z XX GET", "nil");
    CHECK_REPLY(c, "EXISTS m", ":0");
    CHECK_REPLY(c, "SET k z GET EX 100", "\"y\"");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "SET k 7 GET GET", "\"z\"");
    CHECK_REPLY(c, "SET k 8 GET", "\"7\"");
    CHECK_REPLY(c, "TTL k", ":-1");
}

WIRE_TEST(set_expiry)
{
    CHECK_REPLY(c, "SET k v EX 100", "+OK");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "SET k v ex 100 NX", "nil");
    CHECK_REPLY(c, "SET k w KEEPTTL", "+OK");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "SET k w", "+OK");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "SET k v PX 100000", "+OK");
    CHECK_RANGE(c, "PTTL k", 90000, 100000);
    CHECK_REPLY(c, "SET k v EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "EXPIRETIME k", ":33177117420");
    CHECK_REPLY(c, "SET k v PXAT 33177117420123", "+OK");
    CHECK_REPLY(c, "PEXPIRETIME k", ":33177117420123");
    CHECK_REPLY(c, "SET k w XX KEEPTTL GET", "\"v\"");
    CHECK_REPLY(c, "PEXPIRETIME k", ":33177117420123");
    CHECK_REPLY(c, "SET new w KEEPTTL", "+OK");
    CHECK_REPLY(c, "TTL new", ":-1");
    CHECK_REPLY(c, "SET past v PXAT 1", "+OK");
    CHECK_REPLY(c, "EXISTS past", ":0");
    CHECK_REPLY(c, "SET k v EXAT 1", "+OK");
    CHECK_REPLY(c, "GET k", "nil");
}

WIRE_TEST(set_expiry_errors)
{
    CHECK_REPLY(c, "SET k v EX", SYNTAX);
    CHECK_REPLY(c, "SET k v EX 10 PX 10", SYNTAX);
    CHECK_REPLY(c, "SET k v EX 10 KEEPTTL", SYNTAX);
    CHECK_REPLY(c, "SET k v KEEPTTL EX 10", SYNTAX);
    CHECK_REPLY(c, "SET k v EXAT 10 EX 10", SYNTAX);
    CHECK_REPLY(c, "SET k v PERSIST", SYNTAX);
    CHECK_REPLY(c, "SET k v EX ten", NOT_INTEGER);
    CHECK_REPLY(c, "SET k v EX 1.5", NOT_INTEGER);
    CHECK_REPLY(c, "SET k v PX \"\"", NOT_INTEGER);
    CHECK_REPLY(c, "SET k v EX 0", "-ERR invalid expire time in 'set' command");
    CHECK_REPLY(c, "SET k v EX -1", "-ERR invalid expire time in 'set' command");
    CHECK_REPLY(c, "SET k v PX 0", "-ERR invalid expire time in 'set' command");
    CHECK_REPLY(c, "SET k v EXAT 0", "-ERR invalid expire time in 'set' command");
    CHECK_REPLY(c, "SET k v PXAT -1", "-ERR invalid expire time in 'set' command");
    CHECK_REPLY(c, "SET k v EX " MAX_INTEGER, "-ERR invalid expire time in 'set' command");
    CHECK_REPLY(c, "SET k v EX 9223372036854775", "-ERR invalid expire time in 'set' command");
    CHECK_REPLY(c, "SET k v PX " MAX_INTEGER, "-ERR invalid expire time in 'set' command");
    CHECK_REPLY(c, "SET k v EXAT 9223372036854776", "-ERR invalid expire time in 'set' command");
    CHECK_REPLY(c, "SET k v EX 9223372036854775808", NOT_INTEGER);
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SET k v EXAT 9223372036854775", "+OK");
    CHECK_REPLY(c, "PEXPIRETIME k", ":9223372036854775000");
    CHECK_REPLY(c, "SET k v PXAT " MAX_INTEGER, "+OK");
    CHECK_REPLY(c, "PEXPIRETIME k", ":" MAX_INTEGER);
}

WIRE_TEST(setnx_setex_psetex_getset)
{
    CHECK_REPLY(c, "SETNX k v", ":1");
    CHECK_REPLY(c, "SETNX k w", ":0");
    CHECK_REPLY(c, "GET k", "\"v\"");
    CHECK_REPLY(c, "SETEX k 100 w", "+OK");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "GETSET k x", "\"w\"");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "GETSET none x", "nil");
    CHECK_REPLY(c, "GET none", "\"x\"");
    CHECK_REPLY(c, "PSETEX k 100000 y", "+OK");
    CHECK_RANGE(c, "PTTL k", 90000, 100000);
    CHECK_REPLY(c, "SETEX k 0 v", "-ERR invalid expire time in 'setex' command");
    CHECK_REPLY(c, "SETEX k -5 v", "-ERR invalid expire time in 'setex' command");
    CHECK_REPLY(c, "SETEX k x v", NOT_INTEGER);
    CHECK_REPLY(c, "SETEX k " MAX_INTEGER " v", "-ERR invalid expire time in 'setex' command");
    CHECK_REPLY(c, "PSETEX k 0 v", "-ERR invalid expire time in 'psetex' command");
    CHECK_REPLY(c, "PSETEX k " MAX_INTEGER " v", "-ERR invalid expire time in 'psetex' command");
    CHECK_REPLY(c, "GET k", "\"y\"");
}

WIRE_TEST(getdel)
{
    CHECK_REPLY(c, "GETDEL k", "nil");
    CHECK_REPLY(c, "SET k v EX 100", "+OK");
    CHECK_REPLY(c, "GETDEL k", "\"v\"");
    CHECK_REPLY(c, "GETDEL k", "nil");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SET k 12", "+OK");
    CHECK_REPLY(c, "GETDEL k", "\"12\"");
    CHECK_REPLY(c, "DBSIZE", ":0");
}

WIRE_TEST(getex)
{
    CHECK_REPLY(c, "GETEX k", "nil");
    CHECK_REPLY(c, "GETEX k EX 10", "nil");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "GETEX k", "\"v\"");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "GETEX k EX 100", "\"v\"");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "GETEX k", "\"v\"");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "GETEX k PERSIST", "\"v\"");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "GETEX k px 100000", "\"v\"");
    CHECK_RANGE(c, "PTTL k", 90000, 100000);
    CHECK_REPLY(c, "GETEX k EXAT 33177117420", "\"v\"");
    CHECK_REPLY(c, "EXPIRETIME k", ":33177117420");
    CHECK_REPLY(c, "GETEX k PXAT 33177117420123", "\"v\"");
    CHECK_REPLY(c, "PEXPIRETIME k", ":33177117420123");
    CHECK_REPLY(c, "GETEX k PXAT 1", "\"v\"");
    CHECK_REPLY(c, "EXISTS k", ":0");
}

WIRE_TEST(getex_errors)
{
    CHECK_REPLY(c, "SET k v EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "GETEX k NONSENSE", SYNTAX);
    CHECK_REPLY(c, "GETEX k EX", SYNTAX);
    CHECK_REPLY(c, "GETEX k EX 10 PERSIST", SYNTAX);
    CHECK_REPLY(c, "GETEX k PERSIST EX 10", SYNTAX);
    CHECK_REPLY(c, "GETEX k EX 10 PX 10", SYNTAX);
    CHECK_REPLY(c, "GETEX k KEEPTTL", SYNTAX);
    CHECK_REPLY(c, "GETEX k NX", SYNTAX);
    CHECK_REPLY(c, "GETEX k EX x", NOT_INTEGER);
    CHECK_REPLY(c, "GETEX k EX 0", "-ERR invalid expire time in 'getex' command");
    CHECK_REPLY(c, "GETEX k PX -1", "-ERR invalid expire time in 'getex' command");
    CHECK_REPLY(c, "GETEX k EX " MAX_INTEGER, "-ERR invalid expire time in 'getex' command");
    CHECK_REPLY(c, "EXPIRETIME k", ":33177117420");
    CHECK_REPLY(c, "GETEX none EX x", "nil");
    CHECK_REPLY(c, "GETEX none NONSENSE", SYNTAX);
}

WIRE_TEST(append_and_strlen)
{
    CHECK_REPLY(c, "STRLEN k", ":0");
    CHECK_REPLY(c, "APPEND k abc", ":3");
    CHECK_REPLY(c, "APPEND k \"\"", ":3");
    CHECK_REPLY(c, "APPEND k \"\\x00d\"", ":5");
    CHECK_REPLY(c, "GET k", "\"abc\\x00d\"");
    CHECK_REPLY(c, "STRLEN k", ":5");
    CHECK_REPLY(c, "APPEND none \"\"", ":0");
    CHECK_REPLY(c, "EXISTS none", ":1");
    CHECK_REPLY(c, "SET n -12 EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "STRLEN n", ":3");
    CHECK_REPLY(c, "APPEND n 34", ":5");
    CHECK_REPLY(c, "INCR n", ":-1233");
    CHECK_REPLY(c, "EXPIRETIME n", ":33177117420");
}

WIRE_TEST(incr_and_decr)
{
    CHECK_REPLY(c, "INCR k", ":1");
    CHECK_REPLY(c, "DECR k", ":0");
    CHECK_REPLY(c, "DECR k", ":-1");
    CHECK_REPLY(c, "INCRBY k 10", ":9");
    CHECK_REPLY(c, "DECRBY k -10", ":19");
    CHECK_REPLY(c, "DECRBY new 5", ":-5");
    CHECK_REPLY(c, "GET new", "\"-5\"");
    CHECK_REPLY(c, "SET k 5 EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "INCR k", ":6");
    CHECK_REPLY(c, "EXPIRETIME k", ":33177117420");
    CHECK_REPLY(c, "SET k " MAX_INTEGER, "+OK");
    CHECK_REPLY(c, "INCR k", "-ERR increment or decrement would overflow");
    CHECK_REPLY(c, "INCRBY k 1", "-ERR increment or decrement would overflow");
    CHECK_REPLY(c, "DECR k", ":9223372036854775806");
    CHECK_REPLY(c, "INCR k", ":" MAX_INTEGER);
    CHECK_REPLY(c, "SET k " MIN_INTEGER, "+OK");
    CHECK_REPLY(c, "DECR k", "-ERR increment or decrement would overflow");
    CHECK_REPLY(c, "INCRBY k " MAX_INTEGER, ":-1");
    CHECK_REPLY(c, "DECRBY k " MIN_INTEGER, "-ERR decrement would overflow");
    CHECK_REPLY(c, "INCRBY k " MIN_INTEGER, "-ERR increment or decrement would overflow");
    CHECK_REPLY(c, "GET k", "\"-1\"");
}

WIRE_TEST(incr_errors)
{
    static const char *const values[] = {"abc",
                                         "1.5",
                                         "\"\"",
                                         "\" 1\"",
                                         "\"1 \"",
                                         "01",
                                         "+1",
                                         "-0",
                                         "0x10",
                                         "1e3",
                                         "9223372036854775808"};
    char line[128];
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        snprintf(line, sizeof(line), "SET k %s", values[i]);
        CHECK_REPLY(c, line, "+OK");
        CHECK_REPLY(c, "INCR k", NOT_INTEGER);
        CHECK_REPLY(c, "SET k 1", "+OK");
        snprintf(line, sizeof(line), "INCRBY k %s", values[i]);
        CHECK_REPLY(c, line, NOT_INTEGER);
        snprintf(line, sizeof(line), "DECRBY k %s", values[i]);
        CHECK_REPLY(c, line, NOT_INTEGER);
        CHECK_REPLY(c, "GET k", "\"1\"");
    }
}

WIRE_TEST(incrbyfloat)
{
    CHECK_REPLY(c, "INCRBYFLOAT k 1.5", "\"1.5\"");
    CHECK_REPLY(c, "INCRBYFLOAT k 1.5", "\"3\"");
    CHECK_REPLY(c, "INCR k", ":4");
    CHECK_REPLY(c, "INCRBYFLOAT k -0.1", "\"3.9\"");
    CHECK_REPLY(c, "INCRBYFLOAT k 5.0e3", "\"5003.89999999999999991\"");
    CHECK_REPLY(c, "SET k 10.50 EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "INCRBYFLOAT k 0.1", "\"10.6\"");
    CHECK_REPLY(c, "EXPIRETIME k", ":33177117420");
    CHECK_REPLY(c, "SET k 3.0e3", "+OK");
    CHECK_REPLY(c, "INCRBYFLOAT k 200", "\"3200\"");
    CHECK_REPLY(c, "SET k 0.1", "+OK");
    CHECK_REPLY(c, "INCRBYFLOAT k 0.2", "\"0.3\"");
    CHECK_REPLY(c, "SET k 9223372036854775808", "+OK");
    CHECK_REPLY(c, "INCRBYFLOAT k 1", "\"9223372036854775809\"");
    CHECK_REPLY(c, "SET k 1", "+OK");
    CHECK_REPLY(c, "INCRBYFLOAT k 1e-17", "\"1.00000000000000001\"");
    CHECK_REPLY(c, "SET k 1", "+OK");
    CHECK_REPLY(c, "INCRBYFLOAT k -1", "\"0\"");
    CHECK_REPLY(c, "INCRBYFLOAT k -0", "\"0\"");
    CHECK_REPLY(c, "INCRBYFLOAT k 0x10", "\"16\"");
    CHECK_REPLY(c, "INCRBYFLOAT k 1e20", "\"100000000000000000016\"");
}

WIRE_TEST(incrbyfloat_errors)
{
    CHECK_REPLY(c, "SET k 1", "+OK");
    CHECK_REPLY(c, "INCRBYFLOAT k x", NOT_FLOAT);
    CHECK_REPLY(c, "INCRBYFLOAT k \"\"", NOT_FLOAT);
    CHECK_REPLY(c, "INCRBYFLOAT k \" 1\"", NOT_FLOAT);
    CHECK_REPLY(c, "INCRBYFLOAT k \"1 \"", NOT_FLOAT);
    CHECK_REPLY(c, "INCRBYFLOAT k 1.5.5", NOT_FLOAT);
    CHECK_REPLY(c, "INCRBYFLOAT k nan", NOT_FLOAT);
    CHECK_REPLY(c, "INCRBYFLOAT k inf", "-ERR increment would produce NaN or Infinity");
    CHECK_REPLY(c, "INCRBYFLOAT k -inf", "-ERR increment would produce NaN or Infinity");
    CHECK_REPLY(c, "GET k", "\"1\"");
    CHECK_REPLY(c, "SET k x", "+OK");
    CHECK_REPLY(c, "INCRBYFLOAT k 1", NOT_FLOAT);
}

WIRE_TEST(getrange)
{
    CHECK_REPLY(c, "GETRANGE none 0 -1", "\"\"");
    CHECK_REPLY(c, "SET k 0123456789", "+OK");
    CHECK_REPLY(c, "GETRANGE k 0 3", "\"0123\"");
    CHECK_REPLY(c, "GETRANGE k 0 -1", "\"0123456789\"");
    CHECK_REPLY(c, "GETRANGE k -3 -1", "\"789\"");
    CHECK_REPLY(c, "GETRANGE k -3 -5", "\"\"");
    CHECK_REPLY(c, "GETRANGE k 5 3", "\"\"");
    CHECK_REPLY(c, "GETRANGE k 5 5000", "\"56789\"");
    CHECK_REPLY(c, "GETRANGE k -5000 2", "\"012\"");
    CHECK_REPLY(c, "GETRANGE k -5000 -4000", "\"0\"");
    CHECK_REPLY(c, "GETRANGE k 10 20", "\"\"");
    CHECK_REPLY(c, "GETRANGE k " MIN_INTEGER " " MAX_INTEGER, "\"0123456789\"");
    CHECK_REPLY(c, "GETRANGE k x 1", NOT_INTEGER);
    CHECK_REPLY(c, "GETRANGE k 0 1.5", NOT_INTEGER);
    CHECK_REPLY(c, "GETRANGE k 0 9223372036854775808", NOT_INTEGER);
    CHECK_REPLY(c, "SUBSTR k 1 2", "\"12\"");
    CHECK_REPLY(c, "SUBSTR k -2 -1", "\"89\"");
    CHECK_REPLY(c, "SET n -12345", "+OK");
    CHECK_REPLY(c, "GETRANGE n 0 1", "\"-1\"");
    CHECK_REPLY(c, "SET e \"\"", "+OK");
    CHECK_REPLY(c, "GETRANGE e 0 -1", "\"\"");
}

WIRE_TEST(setrange)
{
    CHECK_REPLY(c, "SETRANGE k 3 abc", ":6");
    CHECK_REPLY(c, "GET k", "\"\\x00\\x00\\x00abc\"");
    CHECK_REPLY(c, "SETRANGE k 0 xyz", ":6");
    CHECK_REPLY(c, "SETRANGE k 5 long", ":9");
    CHECK_REPLY(c, "GET k", "\"xyzablong\"");
    CHECK_REPLY(c, "SETRANGE k 1 \"\"", ":9");
    CHECK_REPLY(c, "SETRANGE none 5 \"\"", ":0");
    CHECK_REPLY(c, "EXISTS none", ":0");
    CHECK_REPLY(c, "SET n 1234 EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "SETRANGE n 1 9", ":4");
    CHECK_REPLY(c, "INCR n", ":1935");
    CHECK_REPLY(c, "EXPIRETIME n", ":33177117420");
    CHECK_REPLY(c, "SETRANGE k -1 a", "-ERR offset is out of range");
    CHECK_REPLY(c, "SETRANGE k x a", NOT_INTEGER);
    CHECK_REPLY(c, "SETRANGE k 536870912 a",
                "-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    CHECK_REPLY(c, "SETRANGE none " MAX_INTEGER " a",
                "-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    CHECK_REPLY(c, "EXISTS none", ":0");
}

WIRE_TEST(mget_mset_msetnx)
{
    CHECK_REPLY(c, "MGET a", "[nil]");
    CHECK_REPLY(c, "MSET a 1 b 2 {t}c 3 {t}d 4", "+OK");
    CHECK_REPLY(c, "MGET a none b {t}c {t}d a", "[\"1\", nil, \"2\", \"3\", \"4\", \"1\"]");
    CHECK_REPLY(c, "MSET a x a y", "+OK");
    CHECK_REPLY(c, "GET a", "\"y\"");
    CHECK_REPLY(c, "EXPIRE a 100", ":1");
    CHECK_REPLY(c, "MSET a z", "+OK");
    CHECK_REPLY(c, "TTL a", ":-1");
    CHECK_REPLY(c, "MSETNX e 1 f 2 g 3", ":1");
    CHECK_REPLY(c, "MSETNX h 1 e 9", ":0");
    CHECK_REPLY(c, "MGET e h", "[\"1\", nil]");
    CHECK_REPLY(c, "MSETNX i 1 i 2", ":1");
    CHECK_REPLY(c, "GET i", "\"2\"");
}

WIRE_TEST(lcs)
{
    CHECK_REPLY(c, "MSET {t}a ohmytext {t}b mynewtext", "+OK");
    CHECK_REPLY(c, "LCS {t}a {t}b", "\"mytext\"");
    CHECK_REPLY(c, "LCS {t}a {t}b LEN", ":6");
    CHECK_REPLY(c, "LCS {t}a none", "\"\"");
    CHECK_REPLY(c, "LCS none none2 LEN", ":0");
    CHECK_REPLY(
        c, "LCS {t}a {t}b IDX",
        BY_RESP(c, "[\"matches\", [[[:4, :7], [:5, :8]], [[:2, :3], [:0, :1]]], \"len\", :6]",
                "{\"matches\": [[[:4, :7], [:5, :8]], [[:2, :3], [:0, :1]]], \"len\": :6}"));
    CHECK_REPLY(c, "LCS {t}a {t}b IDX MINMATCHLEN 4",
                BY_RESP(c, "[\"matches\", [[[:4, :7], [:5, :8]]], \"len\", :6]",
                        "{\"matches\": [[[:4, :7], [:5, :8]]], \"len\": :6}"));
    CHECK_REPLY(c, "LCS {t}a {t}b idx minmatchlen 4 withmatchlen",
                BY_RESP(c, "[\"matches\", [[[:4, :7], [:5, :8], :4]], \"len\", :6]",
                        "{\"matches\": [[[:4, :7], [:5, :8], :4]], \"len\": :6}"));
    CHECK_REPLY(c, "LCS {t}a none IDX",
                BY_RESP(c, "[\"matches\", [], \"len\", :0]", "{\"matches\": [], \"len\": :0}"));
    CHECK_REPLY(
        c, "LCS {t}a {t}b IDX MINMATCHLEN -1 ",
        BY_RESP(c, "[\"matches\", [[[:4, :7], [:5, :8]], [[:2, :3], [:0, :1]]], \"len\", :6]",
                "{\"matches\": [[[:4, :7], [:5, :8]], [[:2, :3], [:0, :1]]], \"len\": :6}"));
}

WIRE_TEST(lcs_errors)
{
    CHECK_REPLY(c, "MSET a 1 b 2", "+OK");
    CHECK_REPLY(c, "LCS a b LEN IDX",
                "-ERR If you want both the length and indexes, please just use IDX.");
    CHECK_REPLY(c, "LCS a b NONSENSE", SYNTAX);
    CHECK_REPLY(c, "LCS a b MINMATCHLEN", SYNTAX);
    CHECK_REPLY(c, "LCS a b MINMATCHLEN x", NOT_INTEGER);
    CHECK_REPLY(c, "LCS a b WITHMATCHLEN", "\"\"");
}

WIRE_TEST(keys_over_all_shards)
{
    char line[64], expected[64];
    for (int i = 0; i < 200; i++) {
        snprintf(line, sizeof(line), "SET key:%d %d", i, i * i);
        CHECK_REPLY(c, line, "+OK");
    }
    CHECK_REPLY(c, "DBSIZE", ":200");
    for (int i = 0; i < 200; i++) {
        snprintf(line, sizeof(line), "GET key:%d", i);
        snprintf(expected, sizeof(expected), "\"%d\"", i * i);
        CHECK_REPLY(c, line, expected);
    }
}

WIRE_TEST(another_type_is_refused)
{
    static const char *const lines[] = {
        "APPEND l x",      "DECR l",         "DECRBY l 1", "GET l",        "GETDEL l",
        "GETEX l",         "GETRANGE l 0 1", "GETSET l x", "INCR l",       "INCRBY l 1",
        "INCRBYFLOAT l 1", "SETRANGE l 1 x", "STRLEN l",   "SUBSTR l 0 1", "SET l x GET"};
    static const char *const newer[] = {"DELIFEQ l x", "DIGEST l", "INCREX l"};
    CHECK_REPLY(c, "RPUSH l a", ":1");
    check_all(c, lines, sizeof(lines) / sizeof(*lines), WRONG_TYPE);
    for (size_t i = 0; !wire_env()->oracle && i < sizeof(newer) / sizeof(*newer); i++)
        CHECK_REPLY(c, newer[i], WRONG_TYPE);
    if (!wire_env()->oracle)
        CHECK_REPLY(c, "DELEX l IFEQ x",
                    "-ERR Key should be of string type if conditions are specified");
    CHECK_REPLY(c, "MGET l l", "[nil, nil]");
    CHECK_REPLY(c, "LCS l l", "-ERR The specified keys must contain string values");
    CHECK_REPLY(c, "SETNX l x", ":0");
    CHECK_REPLY(c, "MSETNX l x m y", ":0");
    CHECK_REPLY(c, "LRANGE l 0 -1", "[\"a\"]");
    CHECK_REPLY(c, "SET l x", "+OK");
    CHECK_REPLY(c, "GET l", "\"x\"");
}
