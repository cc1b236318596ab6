/* The string commands and options that came after Redis 7.0: SET IFEQ IFNE IFDEQ IFDNE, MSETEX,
 * DELEX, DELIFEQ, DIGEST, INCREX. The oracle has none of them; what holds here:
 *
 * - DIGEST: XXH3 (64 bits) of the value, 16 lowercase hexadecimal digits with leading zeros.
 * - SET IF*: at most one of NX XX IFEQ IFNE IFDEQ IFDNE, once; else a syntax error. IFEQ and IFDEQ
 *   on a missing key: nil, not created. IFNE and IFDNE on a missing key: created. With GET the old
 *   value is the reply whether the condition held or not. Digests compare without regard to case.
 *   A digest that is not 16 digits long is an error, but only if the key exists.
 * - DELEX: without a condition as DEL of one key. The number of arguments is looked at first; then
 *   a missing key is 0, before the condition's name is looked at.
 * - MSETEX numkeys key value ... then options in any order; 1 or 0; all or nothing.
 * - INCREX: [new value, applied increment]; integers with BYINT, with BYFLOAT bulks in RESP2 and
 *   doubles in RESP3. Out of bounds (or of the type): nothing happens, [current, 0]; with SATURATE
 *   the value goes to the bound. NX and XX that do not hold: nothing happens, [current, 0]. A TTL
 *   stays unless told otherwise; ENX sets one only where there is none; an expiry in the past
 *   deletes the key. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "wire/wire_test.h"

#define DIGEST_LENGTH "-ERR*must be exactly 16 hexadecimal characters"

TORC_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"DIGEST",    "DIGEST k l",    "DELEX",
                                        "DELIFEQ k", "DELIFEQ k v w", "INCREX",
                                        "MSETEX",    "MSETEX 1 k",    NULL};
    check_arity(c, lines);
}

TORC_TEST(digest)
{
    CHECK_REPLY(c, "DIGEST k", "nil");
    CHECK_REPLY(c, "SET k \"Hello world\"", "+OK");
    CHECK_REPLY(c, "DIGEST k", "\"b6acb9d84a38ff74\"");
    CHECK_REPLY(c, "SET k foo", "+OK");
    CHECK_REPLY(c, "DIGEST k", "\"ab6e5f64077e7d8a\"");
    CHECK_REPLY(c, "SET k \"\"", "+OK");
    CHECK_REPLY(c, "DIGEST k", "\"2d06800538d394c2\"");
    CHECK_REPLY(c, "SET k \"Hello, World!\"", "+OK");
    CHECK_REPLY(c, "DIGEST k", "\"60415d5f616602aa\"");
    CHECK_REPLY(c, "SET k test", "+OK");
    CHECK_REPLY(c, "DIGEST k", "\"9ec9f7918d7dfc40\"");
    CHECK_REPLY(c,
                "SET k v8lf0c11xh8ymlqztfd3eeq16kfn4sspw7fqmnuuq3k3t75em5wdizgcdw7uc26nnf961u2jkf"
                "zkjytls2kwlj7626sd",
                "+OK");
    CHECK_REPLY(c, "DIGEST k", "\"00006c38adf31777\"");
    CHECK_REPLY(c, "DELEX k IFDEQ 00006C38ADF31777", ":1");
}

/* An integer is kept as an integer, yet its digest is that of its text. */
TORC_TEST(digest_of_an_integer)
{
    char of_integer[64];
    CHECK_REPLY(c, "SET k 12345", "+OK");
    snprintf(of_integer, sizeof(of_integer), "%s", wire_command_text(c, "DIGEST k"));
    CHECK_REPLY(c, "SET l 1234", "+OK");
    CHECK_REPLY(c, "APPEND l 5", ":5");
    CHECK_REPLY(c, "DIGEST l", of_integer);
    CHECK(strlen(of_integer) == 18);
}

TORC_TEST(set_if_equal)
{
    CHECK_REPLY(c, "SET k new IFEQ old", "nil");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SET k old", "+OK");
    CHECK_REPLY(c, "SET k new IFEQ other", "nil");
    CHECK_REPLY(c, "GET k", "\"old\"");
    CHECK_REPLY(c, "SET k new ifeq old", "+OK");
    CHECK_REPLY(c, "GET k", "\"new\"");
    CHECK_REPLY(c, "SET k 12345", "+OK");
    CHECK_REPLY(c, "SET k \"\" IFEQ 12345", "+OK");
    CHECK_REPLY(c, "SET k x IFEQ \"\" EX 100", "+OK");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "SET k y IFEQ x KEEPTTL", "+OK");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "SET k z IFEQ y", "+OK");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "SET k z EX 100 IFEQ no", "nil");
    CHECK_REPLY(c, "TTL k", ":-1");
}

TORC_TEST(set_if_not_equal)
{
    CHECK_REPLY(c, "SET k v IFNE any", "+OK");
    CHECK_REPLY(c, "GET k", "\"v\"");
    CHECK_REPLY(c, "SET k w IFNE v", "nil");
    CHECK_REPLY(c, "SET k w IFNE other PX 100000", "+OK");
    CHECK_REPLY(c, "GET k", "\"w\"");
    CHECK_RANGE(c, "PTTL k", 90000, 100000);
}

TORC_TEST(set_if_equal_with_get)
{
    CHECK_REPLY(c, "SET k v IFEQ x GET", "nil");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SET k v IFNE x GET", "nil");
    CHECK_REPLY(c, "GET k", "\"v\"");
    CHECK_REPLY(c, "SET k w GET IFEQ x", "\"v\"");
    CHECK_REPLY(c, "GET k", "\"v\"");
    CHECK_REPLY(c, "SET k w IFEQ v GET", "\"v\"");
    CHECK_REPLY(c, "GET k", "\"w\"");
    CHECK_REPLY(c, "SET k x IFNE w GET", "\"w\"");
    CHECK_REPLY(c, "GET k", "\"w\"");
}

TORC_TEST(set_if_digest)
{
    CHECK_REPLY(c, "SET k v IFDEQ ab6e5f64077e7d8a", "nil");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SET k foo IFDNE ab6e5f64077e7d8a", "+OK");
    CHECK_REPLY(c, "SET k bar IFDEQ ab6e5f64077e7d8b", "nil");
    CHECK_REPLY(c, "SET k bar IFDNE ab6e5f64077e7d8a", "nil");
    CHECK_REPLY(c, "GET k", "\"foo\"");
    CHECK_REPLY(c, "SET k bar IFDEQ AB6E5F64077E7D8A GET", "\"foo\"");
    CHECK_REPLY(c, "GET k", "\"bar\"");
    CHECK_REPLY(c, "SET k foo IFDNE ab6e5f64077e7d8a EX 100", "+OK");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_LIKE(c, "SET k x IFDEQ abc", DIGEST_LENGTH);
    CHECK_LIKE(c, "SET k x IFDNE ab6e5f64077e7d8a0", DIGEST_LENGTH);
    CHECK_REPLY(c, "GET k", "\"foo\"");
}

TORC_TEST(set_if_errors)
{
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "SET k w IFEQ", SYNTAX);
    CHECK_REPLY(c, "SET k w IFEQ v NX", SYNTAX);
    CHECK_REPLY(c, "SET k w XX IFEQ v", SYNTAX);
    CHECK_REPLY(c, "SET k w IFEQ v IFNE x", SYNTAX);
    CHECK_REPLY(c, "SET k w IFEQ v IFEQ v", SYNTAX);
    CHECK_REPLY(c, "SET k w IFDEQ", SYNTAX);
    CHECK_REPLY(c, "SET k w IFDNE ab6e5f64077e7d8a IFEQ v", SYNTAX);
    CHECK_REPLY(c, "GET k", "\"v\"");
}

TORC_TEST(delex)
{
    CHECK_REPLY(c, "DELEX k", ":0");
    CHECK_REPLY(c, "DELEX k IFEQ v", ":0");
    CHECK_REPLY(c, "DELEX k NONSENSE v", ":0");
    CHECK_REPLY(c, "DELEX k IFNE v", ":0");
    CHECK_REPLY(c, "DELEX k IFDEQ ab6e5f64077e7d8a", ":0");
    CHECK_REPLY(c, "DELEX k IFDNE ab6e5f64077e7d8a", ":0");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "DELEX k IFEQ w", ":0");
    CHECK_REPLY(c, "DELEX k IFNE v", ":0");
    CHECK_REPLY(c, "DELEX k ifeq v", ":1");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SET k -999", "+OK");
    CHECK_REPLY(c, "DELEX k IFNE 5", ":1");
    CHECK_REPLY(c, "SET k foo", "+OK");
    CHECK_REPLY(c, "DELEX k IFDNE AB6E5F64077E7D8A", ":0");
    CHECK_REPLY(c, "DELEX k IFDEQ ab6e5f64077e7d8b", ":0");
    CHECK_REPLY(c, "DELEX k IFDEQ ab6e5f64077e7d8a", ":1");
    CHECK_REPLY(c, "SET k \"\"", "+OK");
    CHECK_REPLY(c, "DELEX k IFEQ \"\"", ":1");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "DELEX k", ":1");
    CHECK_REPLY(c, "DBSIZE", ":0");
}

TORC_TEST(delex_errors)
{
    CHECK_REPLY(c, "DELEX k IFEQ", "-ERR wrong number of arguments for 'delex' command");
    CHECK_REPLY(c, "DELEX k IFEQ v w", "-ERR wrong number of arguments for 'delex' command");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "DELEX k IFEQ", "-ERR wrong number of arguments for 'delex' command");
    CHECK_REPLY(c, "DELEX k IFEQ v w", "-ERR wrong number of arguments for 'delex' command");
    CHECK_LIKE(c, "DELEX k NONSENSE v", "-ERR Invalid condition*");
    CHECK_LIKE(c, "DELEX k NX v", "-ERR Invalid condition*");
    CHECK_LIKE(c, "DELEX k IFDEQ abc", DIGEST_LENGTH);
    CHECK_LIKE(c, "DELEX k IFDNE abc", DIGEST_LENGTH);
    CHECK_REPLY(c, "GET k", "\"v\"");
}

TORC_TEST(delifeq)
{
    CHECK_REPLY(c, "DELIFEQ k v", ":0");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "DELIFEQ k w", ":0");
    CHECK_REPLY(c, "GET k", "\"v\"");
    CHECK_REPLY(c, "DELIFEQ k v", ":1");
    CHECK_REPLY(c, "DELIFEQ k v", ":0");
    CHECK_REPLY(c, "SET k 12345", "+OK");
    CHECK_REPLY(c, "DELIFEQ k 12345", ":1");
}

TORC_TEST(msetex)
{
    CHECK_REPLY(c, "MSETEX 2 a 1 b 2", ":1");
    CHECK_REPLY(c, "MGET a b", "[\"1\", \"2\"]");
    CHECK_REPLY(c, "TTL a", ":-1");
    CHECK_REPLY(c, "MSETEX 2 a 3 b 4 EX 100", ":1");
    CHECK_RANGE(c, "TTL a", 90, 100);
    CHECK_RANGE(c, "TTL b", 90, 100);
    CHECK_REPLY(c, "MSETEX 2 a 5 new 6 KEEPTTL", ":1");
    CHECK_RANGE(c, "TTL a", 90, 100);
    CHECK_REPLY(c, "TTL new", ":-1");
    CHECK_REPLY(c, "MSETEX 1 a 7", ":1");
    CHECK_REPLY(c, "TTL a", ":-1");
    CHECK_REPLY(c, "MSETEX 2 a 1 b 2 px 100000 xx", ":1");
    CHECK_RANGE(c, "PTTL b", 90000, 100000);
    CHECK_REPLY(c, "MSETEX 1 a 1 EXAT 33177117420", ":1");
    CHECK_REPLY(c, "EXPIRETIME a", ":33177117420");
    CHECK_REPLY(c, "MSETEX 1 a 1 PXAT 33177117420123", ":1");
    CHECK_REPLY(c, "PEXPIRETIME a", ":33177117420123");
    CHECK_REPLY(c, "MSETEX 2 k x k y", ":1");
    CHECK_REPLY(c, "GET k", "\"y\"");
    CHECK_REPLY(c, "MSETEX 1 k v PXAT 1", ":1");
    CHECK_REPLY(c, "EXISTS k", ":0");
}

TORC_TEST(msetex_conditions)
{
    CHECK_REPLY(c, "MSETEX 2 a 1 b 2 XX", ":0");
    CHECK_REPLY(c, "EXISTS a b", ":0");
    CHECK_REPLY(c, "MSETEX 2 a 1 b 2 NX EX 100", ":1");
    CHECK_REPLY(c, "MSETEX 2 b 9 d 9 EX 10 NX", ":0");
    CHECK_REPLY(c, "MGET b d", "[\"2\", nil]");
    CHECK_RANGE(c, "TTL b", 90, 100);
    CHECK_REPLY(c, "MSETEX 2 a 9 d 9 XX", ":0");
    CHECK_REPLY(c, "MGET a d", "[\"1\", nil]");
    CHECK_REPLY(c, "MSETEX 2 a 8 b 8 xx", ":1");
    CHECK_REPLY(c, "MGET a b", "[\"8\", \"8\"]");
    /* A key may have the name of an option. */
    CHECK_REPLY(c, "MSETEX 2 NX EX XX PX", ":1");
    CHECK_REPLY(c, "MGET NX XX", "[\"EX\", \"PX\"]");
}

TORC_TEST(msetex_errors)
{
    CHECK_REPLY(c, "MSETEX k v EX 10", "-ERR invalid numkeys value");
    CHECK_REPLY(c, "MSETEX 0 k v", "-ERR invalid numkeys value");
    CHECK_REPLY(c, "MSETEX -1 k v", "-ERR invalid numkeys value");
    CHECK_REPLY(c, "MSETEX 2147483648 k v", "-ERR invalid numkeys value");
    CHECK_REPLY(c, "MSETEX 2 k v l", "-ERR wrong number of key-value pairs");
    CHECK_REPLY(c, "MSETEX 2147483647 k v EX 10", "-ERR wrong number of key-value pairs");
    CHECK_REPLY(c, "MSETEX 1 k v NONSENSE", SYNTAX);
    CHECK_REPLY(c, "MSETEX 1 k v EX", SYNTAX);
    CHECK_REPLY(c, "MSETEX 1 k v NX XX", SYNTAX);
    CHECK_REPLY(c, "MSETEX 1 k v EX 10 PX 10", SYNTAX);
    CHECK_REPLY(c, "MSETEX 1 k v KEEPTTL EX 10", SYNTAX);
    CHECK_REPLY(c, "MSETEX 1 k v EX 10 KEEPTTL", SYNTAX);
    CHECK_REPLY(c, "MSETEX 1 k v EX x", NOT_INTEGER);
    CHECK_REPLY(c, "MSETEX 1 k v EX 0", "-ERR invalid expire time in 'msetex' command");
    CHECK_REPLY(c, "MSETEX 1 k v PX -1", "-ERR invalid expire time in 'msetex' command");
    CHECK_REPLY(c, "DBSIZE", ":0");
}

TORC_TEST(increx_integers)
{
    CHECK_REPLY(c, "INCREX k", "[:1, :1]");
    CHECK_REPLY(c, "INCREX k BYINT 5", "[:6, :5]");
    CHECK_REPLY(c, "INCREX k byint -10", "[:-4, :-10]");
    CHECK_REPLY(c, "INCREX k BYINT 0", "[:-4, :0]");
    CHECK_REPLY(c, "SET k 50", "+OK");
    CHECK_REPLY(c, "INCREX k BYINT 100 UBOUND 80", "[:50, :0]");
    CHECK_REPLY(c, "INCREX k BYINT 100 UBOUND 80 SATURATE", "[:80, :30]");
    CHECK_REPLY(c, "INCREX k BYINT -100 LBOUND 0", "[:80, :0]");
    CHECK_REPLY(c, "INCREX k SATURATE LBOUND 0 BYINT -100", "[:0, :-80]");
    CHECK_REPLY(c, "INCREX k BYINT 5 LBOUND 0 UBOUND 5", "[:5, :5]");
    CHECK_REPLY(c, "GET k", "\"5\"");
    CHECK_REPLY(c, "SET k 50", "+OK");
    CHECK_REPLY(c, "INCREX k BYINT 5 UBOUND 30", "[:50, :0]");
    CHECK_REPLY(c, "INCREX k BYINT 5 UBOUND 30 SATURATE", "[:30, :-20]");
    CHECK_REPLY(c, "INCREX none BYINT 5 LBOUND 10", "[:0, :0]");
    CHECK_REPLY(c, "EXISTS none", ":0");
    CHECK_REPLY(c, "INCREX none BYINT 5 LBOUND 10 SATURATE", "[:10, :10]");
    CHECK_REPLY(c, "GET none", "\"10\"");
}

TORC_TEST(increx_overflow)
{
    CHECK_REPLY(c, "SET k 9223372036854775800", "+OK");
    CHECK_REPLY(c, "INCREX k BYINT 8", "[:9223372036854775800, :0]");
    CHECK_REPLY(c, "INCREX k BYINT 9223372036854775800 SATURATE", "[:9223372036854775807, :7]");
    CHECK_REPLY(c, "SET k -9223372036854775800", "+OK");
    CHECK_REPLY(c, "INCREX k BYINT -9", "[:-9223372036854775800, :0]");
    CHECK_REPLY(c, "INCREX k BYINT -9223372036854775800 SATURATE", "[:-9223372036854775808, :-8]");
    CHECK_REPLY(c, "SET k 9223372036854775800", "+OK");
    CHECK_LIKE(c, "INCREX k BYINT 1 SATURATE UBOUND -9223372036854775808",
               "-ERR applied increment would overflow*");
    CHECK_REPLY(c, "GET k", "\"9223372036854775800\"");
}

TORC_TEST(increx_floats)
{
    CHECK_REPLY(c, "SET k 1.5", "+OK");
    CHECK_REPLY(c, "INCREX k BYFLOAT 0.25", BY_RESP(c, "[\"1.75\", \"0.25\"]", "[,1.75, ,0.25]"));
    CHECK_REPLY(c, "INCREX k BYFLOAT 1", BY_RESP(c, "[\"2.75\", \"1\"]", "[,2.75, ,1]"));
    CHECK_REPLY(c, "GET k", "\"2.75\"");
    CHECK_REPLY(c, "INCREX k BYFLOAT 100 UBOUND 42.5",
                BY_RESP(c, "[\"2.75\", \"0\"]", "[,2.75, ,0]"));
    CHECK_REPLY(c, "INCREX k BYFLOAT 100 UBOUND 42.5 SATURATE",
                BY_RESP(c, "[\"42.5\", \"39.75\"]", "[,42.5, ,39.75]"));
    CHECK_REPLY(c, "INCREX none BYFLOAT -0.5 UBOUND -1.5",
                BY_RESP(c, "[\"0\", \"0\"]", "[,0, ,0]"));
    CHECK_REPLY(c, "EXISTS none", ":0");
    CHECK_LIKE(c, "INCREX k BYFLOAT inf", "-ERR BYFLOAT increment cannot be Infinity*");
    CHECK_LIKE(c, "INCREX k BYFLOAT -inf", "-ERR BYFLOAT increment cannot be Infinity*");
    CHECK_LIKE(c, "INCREX k BYFLOAT abc", "-ERR Increment is not a valid float*");
    CHECK_REPLY(c, "SET k inf", "+OK");
    CHECK_LIKE(c, "INCREX k BYFLOAT 1", "-ERR value cannot be Infinity*");
    CHECK_REPLY(c, "SET k x", "+OK");
    CHECK_REPLY(c, "INCREX k BYFLOAT 1", "-ERR value is not a valid float");
}

TORC_TEST(increx_expiry)
{
    CHECK_REPLY(c, "INCREX k EX 100", "[:1, :1]");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "INCREX k", "[:2, :1]");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "INCREX k EX 1000 ENX", "[:3, :1]");
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "INCREX k PERSIST", "[:4, :1]");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "INCREX k ENX PX 100000", "[:5, :1]");
    CHECK_RANGE(c, "PTTL k", 90000, 100000);
    CHECK_REPLY(c, "INCREX k EXAT 33177117420 BYINT 5", "[:10, :5]");
    CHECK_REPLY(c, "EXPIRETIME k", ":33177117420");
    CHECK_REPLY(c, "INCREX k PXAT 33177117420123", "[:11, :1]");
    CHECK_REPLY(c, "PEXPIRETIME k", ":33177117420123");
    CHECK_REPLY(c, "INCREX k EXAT 1 ENX", "[:12, :1]");
    CHECK_REPLY(c, "PEXPIRETIME k", ":33177117420123");
    CHECK_REPLY(c, "INCREX k UBOUND 12 EX 5", "[:12, :0]");
    CHECK_REPLY(c, "PEXPIRETIME k", ":33177117420123");
    CHECK_REPLY(c, "INCREX k UBOUND 12 SATURATE EXAT 33177117420", "[:12, :0]");
    CHECK_REPLY(c, "EXPIRETIME k", ":33177117420");
    CHECK_REPLY(c, "INCREX k EXAT 1", "[:13, :1]");
    CHECK_REPLY(c, "EXISTS k", ":0");
}

TORC_TEST(increx_conditions)
{
    CHECK_REPLY(c, "INCREX k XX", "[:0, :0]");
    CHECK_REPLY(c, "INCREX k XX BYFLOAT 1.5", BY_RESP(c, "[\"0\", \"0\"]", "[,0, ,0]"));
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "INCREX k NX BYINT 3 EX 100", "[:3, :3]");
    CHECK_REPLY(c, "INCREX k nx BYINT 3 EX 1000", "[:3, :0]");
    CHECK_REPLY(c, "INCREX k NX BYFLOAT 0.5", BY_RESP(c, "[\"3\", \"0\"]", "[,3, ,0]"));
    CHECK_RANGE(c, "TTL k", 90, 100);
    CHECK_REPLY(c, "INCREX k XX", "[:4, :1]");
    CHECK_REPLY(c, "INCREX k NX XX", SYNTAX);
    CHECK_REPLY(c, "SET k x", "+OK");
    CHECK_REPLY(c, "INCREX k NX", NOT_INTEGER);
    CHECK_REPLY(c, "INCREX k NX BYFLOAT 1", "-ERR value is not a valid float");
}

/* A long double has no room for the last digits of these: the sum is rounded, and so is what was
 * added to get there. */
TORC_TEST(increx_tells_what_was_added)
{
    CHECK_REPLY(c, "SET k 100000000000000000000", "+OK");
    CHECK_REPLY(c, "INCREX k BYFLOAT 1",
                BY_RESP(c, "[\"100000000000000000000\", \"0\"]", "[,1e+20, ,0]"));
    CHECK_REPLY(c, "INCREX k BYFLOAT 7",
                BY_RESP(c, "[\"100000000000000000008\", \"8\"]", "[,1e+20, ,8]"));
    CHECK_REPLY(c, "SET k 0.1", "+OK");
    CHECK_REPLY(c, "INCREX k BYFLOAT 0.2",
                BY_RESP(c, "[\"0.3\", \"0.2\"]", "[,0.29999999999999999, ,0.20000000000000001]"));
}

TORC_TEST(increx_infinite_bounds)
{
    CHECK_REPLY(c, "SET k 10", "+OK");
    CHECK_REPLY(c, "INCREX k BYFLOAT 1 UBOUND +inf LBOUND -inf",
                BY_RESP(c, "[\"11\", \"1\"]", "[,11, ,1]"));
    CHECK_REPLY(c, "INCREX k BYFLOAT 1 LBOUND inf UBOUND inf",
                BY_RESP(c, "[\"11\", \"0\"]", "[,11, ,0]"));
    CHECK_REPLY(c, "INCREX k BYFLOAT 1 LBOUND inf UBOUND inf SATURATE",
                "-ERR applied increment would be Infinity");
    CHECK_REPLY(c, "INCREX k BYFLOAT 1 UBOUND -inf LBOUND -inf SATURATE",
                "-ERR applied increment would be Infinity");
    CHECK_REPLY(c, "INCREX k BYFLOAT 1 LBOUND inf", "-ERR LBOUND can't be greater than UBOUND");
    CHECK_REPLY(c, "INCREX k UBOUND inf", "-ERR UBOUND is not an integer or out of range");
    CHECK_REPLY(c, "GET k", "\"11\"");
}

TORC_TEST(increx_errors)
{
    static const char *const wrong[] = {"FOO",
                                        "BYINT 1 FOO",
                                        "BYINT",
                                        "UBOUND",
                                        "EX",
                                        "BYINT 1 BYFLOAT 1.5",
                                        "BYFLOAT 1.5 BYINT 1",
                                        "BYINT 1 BYINT 2",
                                        "EX 10 PX 5000",
                                        "EX 10 PERSIST",
                                        "PERSIST EX 10",
                                        "PERSIST ENX",
                                        "ENX PERSIST",
                                        "LBOUND 0 LBOUND 1",
                                        "UBOUND 1 UBOUND 2",
                                        "SATURATE SATURATE",
                                        "ENX ENX EX 10",
                                        "EX 10 EX 20",
                                        "PERSIST PERSIST",
                                        "KEEPTTL"};
    char line[128];
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        snprintf(line, sizeof(line), "INCREX k %s", wrong[i]);
        CHECK_REPLY(c, line, SYNTAX);
    }
    CHECK_LIKE(c, "INCREX k BYINT abc", "-ERR Increment is not an integer*");
    CHECK_LIKE(c, "INCREX k BYINT 1.5", "-ERR Increment is not an integer*");
    CHECK_LIKE(c, "INCREX k LBOUND abc", "-ERR*");
    CHECK_LIKE(c, "INCREX k LBOUND 1.5", "-ERR*");
    CHECK_LIKE(c, "INCREX k ENX", "-ERR ENX flag requires an expiration*");
    CHECK_LIKE(c, "INCREX k LBOUND 10 UBOUND 5", "-ERR LBOUND can't be greater than UBOUND*");
    CHECK_LIKE(c, "INCREX k BYFLOAT 1 LBOUND 10.5 UBOUND 5",
               "-ERR LBOUND can't be greater than UBOUND*");
    CHECK_REPLY(c, "INCREX k EX x", NOT_INTEGER);
    CHECK_REPLY(c, "INCREX k EX 0", "-ERR invalid expire time in 'increx' command");
    CHECK_REPLY(c, "INCREX k PX -1", "-ERR invalid expire time in 'increx' command");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SET k 1.5", "+OK");
    CHECK_REPLY(c, "INCREX k", NOT_INTEGER);
}
