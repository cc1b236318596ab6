/* Fields of hashes that expire, written from the documentation of Redis 7.4 to 8 and Valkey 9. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

#define NO_FIELDS    "-ERR Mandatory argument FIELDS is missing or not at the right position"
#define NOT_POSITIVE "-ERR Number of fields must be a positive integer"
#define NO_MATCH     "-ERR The `numfields` parameter must match the number of arguments"
#define NOT_NEGATIVE "-ERR invalid expire time, must be >= 0"
#define ONE_TIME     "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"

/* A time far away. */
#define SECONDS "33177117420"
#define MILLIS  "33177117420500"

TORC_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"HEXPIRE k 1 FIELDS 1",
                                        "HPEXPIRE k 1 FIELDS 1",
                                        "HEXPIREAT k 1 FIELDS 1",
                                        "HPEXPIREAT k 1 FIELDS 1",
                                        "HTTL k FIELDS 1",
                                        "HPTTL k FIELDS 1",
                                        "HEXPIRETIME k FIELDS 1",
                                        "HPEXPIRETIME k FIELDS 1",
                                        "HPERSIST k FIELDS 1",
                                        "HGETDEL k FIELDS 1",
                                        "HGETEX k FIELDS 1",
                                        "HSETEX k FIELDS 1 f",
                                        NULL};
    check_arity(c, lines);
}

TORC_TEST(wrong_type_is_refused)
{
    static const char *const lines[] = {"HEXPIRE k 1 FIELDS 1 f",
                                        "HPEXPIRE k 1 FIELDS 1 f",
                                        "HEXPIREAT k 1 FIELDS 1 f",
                                        "HPEXPIREAT k 1 FIELDS 1 f",
                                        "HTTL k FIELDS 1 f",
                                        "HPTTL k FIELDS 1 f",
                                        "HEXPIRETIME k FIELDS 1 f",
                                        "HPEXPIRETIME k FIELDS 1 f",
                                        "HPERSIST k FIELDS 1 f",
                                        "HGETDEL k FIELDS 1 f",
                                        "HGETEX k FIELDS 1 f",
                                        "HSETEX k FIELDS 1 f v",
                                        NULL};
    CHECK_REPLY(c, "SET k v", "+OK");
    check_all(c, lines, sizeof(lines) / sizeof(*lines) - 1, WRONG_TYPE);
    CHECK_REPLY(c, "HEXPIRE k x FIELDS 0 f", WRONG_TYPE);
    CHECK_REPLY(c, "HTTL k FIELDS 2 f", WRONG_TYPE);
    CHECK_REPLY(c, "HPERSIST k FIELDS x f", WRONG_TYPE);
    CHECK_REPLY(c, "HGETDEL k FIELDS 2 f", NO_MATCH);
    CHECK_REPLY(c, "GET k", "\"v\"");
}

TORC_TEST(times_are_set_and_told)
{
    CHECK_REPLY(c, "HSET h a 1 b 2 d 3", ":3");
    CHECK_REPLY(c, "HEXPIREAT h " SECONDS " FIELDS 2 a x", "[:1, :-2]");
    CHECK_REPLY(c, "HPEXPIREAT h " MILLIS " FIELDS 1 b", "[:1]");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 4 a b d x", "[:" SECONDS ", :33177117421, :-1, :-2]");
    CHECK_REPLY(c, "HPEXPIRETIME h FIELDS 4 a b d x", "[:" SECONDS "000, :" MILLIS ", :-1, :-2]");
    CHECK_REPLY(c, "HEXPIRE h 1000 FIELDS 1 d", "[:1]");
    CHECK_LIKE(c, "HTTL h FIELDS 3 a d x", "[:*, :*, :-2]");
    CHECK_REPLY(c, "HPEXPIRE h 1000000 FIELDS 1 d", "[:1]");
    CHECK_LIKE(c, "HPTTL h FIELDS 2 d x", "[:*, :-2]");
    CHECK_REPLY(c, "HLEN h", ":3");
    CHECK_REPLY(c, "TTL h", ":-1");
    CHECK_REPLY(c, "HPERSIST h FIELDS 4 a b b x", "[:1, :1, :-1, :-2]");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 2 a b", "[:-1, :-1]");
    CHECK_REPLY(c, "HEXPIRE none 1 FIELDS 2 a b", "[:-2, :-2]");
    CHECK_REPLY(c, "HTTL none FIELDS 2 a b", "[:-2, :-2]");
    CHECK_REPLY(c, "HPERSIST none FIELDS 1 a", "[:-2]");
    CHECK_REPLY(c, "EXISTS none", ":0");
}

TORC_TEST(conditions)
{
    CHECK_REPLY(c, "HSET h a 1 b 2", ":2");
    CHECK_REPLY(c, "HEXPIREAT h " SECONDS " XX FIELDS 2 a b", "[:0, :0]");
    CHECK_REPLY(c, "HEXPIREAT h " SECONDS " GT FIELDS 1 a", "[:0]");
    CHECK_REPLY(c, "HEXPIREAT h " SECONDS " NX FIELDS 1 a", "[:1]");
    CHECK_REPLY(c, "HEXPIREAT h " SECONDS " nx FIELDS 1 a", "[:0]");
    CHECK_REPLY(c, "HEXPIREAT h 33177117421 LT FIELDS 2 a b", "[:0, :1]");
    CHECK_REPLY(c, "HEXPIREAT h 33177117421 GT FIELDS 2 a b", "[:1, :0]");
    CHECK_REPLY(c, "HEXPIREAT h " SECONDS " LT FIELDS 2 a b", "[:1, :1]");
    CHECK_REPLY(c, "HEXPIREAT h 33177117425 XX FIELDS 2 a b", "[:1, :1]");
    CHECK_REPLY(c, "HEXPIREAT h 33177117426 FIELDS 1 a XX", "[:1]");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 2 a b", "[:33177117426, :33177117425]");
    CHECK_REPLY(c, "HEXPIREAT h 1 NX FIELDS 1 a", "[:0]");
    CHECK_REPLY(c, "HEXPIREAT h 1 FIELDS 2 a x", "[:2, :-2]");
    CHECK_REPLY(c, "HEXISTS h a", ":0");
    CHECK_REPLY(c, "HEXPIRE h 0 FIELDS 1 b", "[:2]");
    CHECK_REPLY(c, "EXISTS h", ":0");
}

TORC_TEST(mistakes_in_hexpire)
{
    CHECK_REPLY(c, "HSET h a 1", ":1");
    CHECK_REPLY(c, "HEXPIRE h x FIELDS 1 a", NOT_INTEGER);
    CHECK_REPLY(c, "HEXPIRE h -1 FIELDS 1 a", NOT_NEGATIVE);
    CHECK_REPLY(c, "HEXPIRE h 9223372036854775807 FIELDS 1 a",
                "-ERR invalid expire time in 'hexpire' command");
    CHECK_REPLY(c, "HPEXPIRE h 70368744177663 FIELDS 1 a",
                "-ERR invalid expire time in 'hpexpire' command");
    CHECK_REPLY(c, "HPEXPIREAT h 70368744177664 FIELDS 1 a",
                "-ERR invalid expire time in 'hpexpireat' command");
    CHECK_REPLY(c, "HPEXPIREAT h 70368744177663 FIELDS 1 a", "[:1]");
    CHECK_REPLY(c, "HEXPIREAT h 9223372036854775 FIELDS 1 a",
                "-ERR invalid expire time in 'hexpireat' command");
    CHECK_REPLY(c, "HEXPIRE h 1 NX XX FIELDS 1 a", "-ERR Multiple condition flags specified");
    CHECK_REPLY(c, "HEXPIRE h 1 NX FIELDS 1 a XX", "-ERR Multiple condition flags specified");
    CHECK_REPLY(c, "HEXPIRE h 1 XX XX FIELDS 1 b", "[:-2]");
    CHECK_REPLY(c, "HEXPIRE h 1 NX XX NX NX", "-ERR missing FIELDS argument");
    CHECK_REPLY(c, "HEXPIRE h 1 FIELD 1 a", "-ERR unknown argument: FIELD");
    CHECK_REPLY(c, "HEXPIRE h 1 FIELDS 0 a", "-ERR Parameter `numFields` should be greater than 0");
    CHECK_REPLY(c, "HEXPIRE h 1 FIELDS x a", "-ERR Parameter `numFields` should be greater than 0");
    CHECK_REPLY(c, "HEXPIRE h 1 FIELDS 2 a", "-ERR wrong number of arguments");
    CHECK_REPLY(c, "HEXPIRE h 1 FIELDS 1 a b", "-ERR unknown argument: b");
    CHECK_REPLY(c, "HEXPIRE h 1 FIELDS 1 a FIELDS 1 b",
                "-ERR FIELDS keyword specified multiple times");
    CHECK_REPLY(c, "HEXPIRE h 1 FIELDS 9223372036854775807 a", "-ERR wrong number of arguments");
    CHECK_REPLY(c, "HGET h a", "\"1\"");
}

TORC_TEST(mistakes_in_the_others)
{
    static const char *const commands[] = {"HTTL",     "HPTTL",   "HEXPIRETIME", "HPEXPIRETIME",
                                           "HPERSIST", "HGETDEL", NULL};
    char line[64];
    for (int i = 0; commands[i]; i++) {
        snprintf(line, sizeof(line), "%s h FIELD 1 a", commands[i]);
        CHECK_REPLY(c, line, NO_FIELDS);
        snprintf(line, sizeof(line), "%s h FIELDS 0 a", commands[i]);
        CHECK_REPLY(c, line, NOT_POSITIVE);
        snprintf(line, sizeof(line), "%s h FIELDS x a", commands[i]);
        CHECK_REPLY(c, line, NOT_POSITIVE);
        snprintf(line, sizeof(line), "%s h FIELDS 2 a", commands[i]);
        CHECK_REPLY(c, line, NO_MATCH);
        snprintf(line, sizeof(line), "%s h FIELDS 1 a b", commands[i]);
        CHECK_REPLY(c, line, NO_MATCH);
    }
}

TORC_TEST(setting_a_field_takes_its_expiry)
{
    CHECK_REPLY(c, "HSETEX h EXAT " SECONDS " FIELDS 4 a 1 b 2 d 3 e 4", ":1");
    CHECK_REPLY(c, "HSET h a x", ":0");
    CHECK_REPLY(c, "HINCRBY h b 1", ":3");
    CHECK_REPLY(c, "HINCRBYFLOAT h d 0.5", "\"3.5\"");
    CHECK_REPLY(c, "HSETNX h e 1", ":0");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 4 a b d e",
                "[:-1, :" SECONDS ", :" SECONDS ", :" SECONDS "]");
    CHECK_REPLY(c, "HMGET h a b d e", "[\"x\", \"3\", \"3.5\", \"4\"]");
    CHECK_REPLY(c, "HDEL h b", ":1");
    CHECK_REPLY(c, "HSET h b 5", ":1");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 1 b", "[:-1]");
}

TORC_TEST(hsetex)
{
    CHECK_REPLY(c, "HSETEX h FIELDS 2 a 1 b 2", ":1");
    CHECK_REPLY(c, "HSETEX h FNX FIELDS 2 b x d x", ":0");
    CHECK_REPLY(c, "HSETEX h FXX FIELDS 2 b x d x", ":0");
    CHECK_REPLY(c, "HMGET h a b d", "[\"1\", \"2\", nil]");
    CHECK_REPLY(c, "HSETEX h FXX EXAT " SECONDS " FIELDS 2 a 3 b 4", ":1");
    CHECK_REPLY(c, "HSETEX h FNX PXAT " MILLIS " FIELDS 1 d 5", ":1");
    CHECK_REPLY(c, "HPEXPIRETIME h FIELDS 3 a b d",
                "[:" SECONDS "000, :" SECONDS "000, :" MILLIS "]");
    CHECK_REPLY(c, "HSETEX h KEEPTTL FIELDS 2 a 6 e 7", ":1");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 2 a e", "[:" SECONDS ", :-1]");
    CHECK_REPLY(c, "HSETEX h FIELDS 1 a 8", ":1");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 1 a", "[:-1]");
    CHECK_REPLY(c, "HSETEX h fields 1 a 9 ex 1000", ":1");
    CHECK_LIKE(c, "HTTL h FIELDS 1 a", "[:*]");
    CHECK_REPLY(c, "HMGET h a b d e", "[\"9\", \"4\", \"5\", \"7\"]");
    CHECK_REPLY(c, "HSETEX h EXAT 1 FIELDS 2 a x new y", ":1");
    CHECK_REPLY(c, "HMGET h a new", "[nil, nil]");
    CHECK_REPLY(c, "HSETEX n PX 0 FIELDS 1 a x", ":1");
    CHECK_REPLY(c, "EXISTS n", ":0");
}

TORC_TEST(hsetex_by_key)
{
    CHECK_REPLY(c, "HSETEX h XX FIELDS 1 a 1", ":0");
    CHECK_REPLY(c, "EXISTS h", ":0");
    CHECK_REPLY(c, "HSETEX h NX EXAT " SECONDS " FIELDS 1 a 1", ":1");
    CHECK_REPLY(c, "HSETEX h NX FIELDS 1 b 1", ":0");
    CHECK_REPLY(c, "HSETEX h XX FNX FIELDS 1 b 2", ":1");
    CHECK_REPLY(c, "HSETEX h XX FXX KEEPTTL FIELDS 1 a 3", ":1");
    CHECK_REPLY(c, "HMGET h a b", "[\"3\", \"2\"]");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 2 a b", "[:" SECONDS ", :-1]");
}

TORC_TEST(mistakes_in_hsetex)
{
    CHECK_REPLY(c, "HSETEX h EX 1 PX 1 FIELDS 1 a b", ONE_TIME);
    CHECK_REPLY(c, "HSETEX h EX 1 EX 1 FIELDS 1 a b", ONE_TIME);
    CHECK_REPLY(c, "HSETEX h KEEPTTL PXAT 1 FIELDS 1 a b", ONE_TIME);
    CHECK_REPLY(c, "HSETEX h PERSIST FIELDS 1 a b", "-ERR unknown argument: PERSIST");
    CHECK_REPLY(c, "HSETEX h FNX FXX FIELDS 1 a b",
                "-ERR Only one of FXX or FNX arguments can be specified");
    CHECK_REPLY(c, "HSETEX h FXX FXX FIELDS 1 a b",
                "-ERR Only one of FXX or FNX arguments can be specified");
    CHECK_REPLY(c, "HSETEX h EX FIELDS 1 a b", NOT_INTEGER);
    CHECK_REPLY(c, "HSETEX h EX -1 FIELDS 1 a b", NOT_NEGATIVE);
    CHECK_REPLY(c, "HSETEX h PX 70368744177663 FIELDS 1 a b",
                "-ERR invalid expire time in 'hsetex' command");
    CHECK_REPLY(c, "HSETEX h FIELDS 1 a b EX", "-ERR missing expire time");
    CHECK_REPLY(c, "HSETEX h FIELDS 0 a b", "-ERR invalid number of fields");
    CHECK_REPLY(c, "HSETEX h FIELDS 2 a b d", "-ERR wrong number of arguments");
    CHECK_REPLY(c, "HSETEX h FIELDS 1 a b d", "-ERR unknown argument: d");
    CHECK_REPLY(c, "HSETEX h FNX EX 10 KEEPTTL x", ONE_TIME);
    CHECK_REPLY(c, "HSETEX h FNX EX 10 FXX x",
                "-ERR Only one of FXX or FNX arguments can be specified");
    CHECK_REPLY(c, "HSETEX h NX FNX EX 10", "-ERR missing FIELDS argument");
    CHECK_REPLY(c, "EXISTS h", ":0");
}

TORC_TEST(hgetex)
{
    CHECK_REPLY(c, "HSET h a 1 b 2", ":2");
    CHECK_REPLY(c, "HGETEX h FIELDS 3 a x b", "[\"1\", nil, \"2\"]");
    CHECK_REPLY(c, "HGETEX h EXAT " SECONDS " FIELDS 2 a x", "[\"1\", nil]");
    CHECK_REPLY(c, "HGETEX h PXAT " MILLIS " FIELDS 1 b", "[\"2\"]");
    CHECK_REPLY(c, "HPEXPIRETIME h FIELDS 2 a b", "[:" SECONDS "000, :" MILLIS "]");
    CHECK_REPLY(c, "HGETEX h FIELDS 1 a", "[\"1\"]");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 1 a", "[:" SECONDS "]");
    CHECK_REPLY(c, "HGETEX h PERSIST FIELDS 2 a a", "[\"1\", \"1\"]");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 1 a", "[:-1]");
    CHECK_REPLY(c, "HGETEX h PXAT 1 FIELDS 2 a a", "[\"1\", nil]");
    CHECK_REPLY(c, "HGETEX h EX 0 FIELDS 1 b", "[\"2\"]");
    CHECK_REPLY(c, "EXISTS h", ":0");
    CHECK_REPLY(c, "HGETEX h EX 10 FIELDS 2 a b", "[nil, nil]");
    CHECK_REPLY(c, "HGETEX h EX 1 PERSIST FIELDS 1 a",
                "-ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified");
    CHECK_REPLY(c, "HGETEX h KEEPTTL FIELDS 1 a", "-ERR unknown argument: KEEPTTL");
    CHECK_REPLY(c, "HGETEX h FIELDS -1 a", "-ERR invalid number of fields");
    CHECK_REPLY(c, "HGETEX h FIELDS 2 a", "-ERR wrong number of arguments");
    CHECK_REPLY(c, "HGETEX h PX 1 EX 2",
                "-ERR Only one of EX, PX, EXAT, PXAT or PERSIST "
                "arguments can be specified");
}

TORC_TEST(hgetdel)
{
    CHECK_REPLY(c, "HSET h a 1 b 2 d 3", ":3");
    CHECK_REPLY(c, "HGETDEL h FIELDS 3 a x a", "[\"1\", nil, nil]");
    CHECK_REPLY(c, "HLEN h", ":2");
    CHECK_REPLY(c, "HGETDEL h FIELDS 2 b d", "[\"2\", \"3\"]");
    CHECK_REPLY(c, "EXISTS h", ":0");
    CHECK_REPLY(c, "HGETDEL h FIELDS 2 b d", "[nil, nil]");
}

/* Repeats a command until it answers so; the bound is far above what it should take. */
static void wait_for(struct wire *c, const char *line, const char *expected)
{
    for (int i = 0; i < 5000; i++) {
        if (strcmp(wire_command_text(c, line), expected) == 0) return;
        wait_ms(2);
    }
    CHECK_REPLY(c, line, expected);
}

TORC_TEST(fields_leave_when_their_time_has_come)
{
    CHECK_REPLY(c, "HSET h a 1 b 2 d 3", ":3");
    CHECK_REPLY(c, "HPEXPIRE h 20 FIELDS 2 a b", "[:1, :1]");
    wait_for(c, "HMGET h a b", "[nil, nil]");
    CHECK_REPLY(c, "HLEN h", ":1");
    CHECK_REPLY(c, "HGETALL h", BY_RESP(c, "[\"d\", \"3\"]", "{\"d\": \"3\"}"));
    CHECK_REPLY(c, "HRANDFIELD h 5", "[\"d\"]");
    CHECK_REPLY(c, "HSETNX h a 9", ":1");
    CHECK_REPLY(c, "HINCRBY h b 5", ":5");
    CHECK_REPLY(c, "HEXPIRETIME h FIELDS 2 a b", "[:-1, :-1]");
}

/* Nobody looks at the hash: EXISTS and DBSIZE do not. */
TORC_TEST(a_key_goes_with_its_last_field)
{
    CHECK_REPLY(c, "HSETEX h PX 10 FIELDS 2 a 1 b 2", ":1");
    CHECK_REPLY(c, "HSETEX k EXAT " SECONDS " FIELDS 2 a 1 b 2", ":1");
    CHECK_REPLY(c, "HSET k d 1", ":1");
    wait_for(c, "DBSIZE", ":1");
    CHECK_REPLY(c, "EXISTS h", ":0");
    CHECK_REPLY(c, "HLEN k", ":3");
    CHECK_REPLY(c, "TTL k", ":-1");
}

TORC_TEST(expiries_follow_the_hash)
{
    CHECK_REPLY(c, "HSETEX h EXAT " SECONDS " FIELDS 2 a 1 b 2", ":1");
    CHECK_REPLY(c, "COPY h copy", ":1");
    CHECK_REPLY(c, "RENAME h {x}moved", "+OK");
    CHECK_REPLY(c, "HEXPIRETIME copy FIELDS 1 a", "[:" SECONDS "]");
    CHECK_REPLY(c, "HEXPIRETIME {x}moved FIELDS 1 b", "[:" SECONDS "]");
    restore_dump(c, "copy", "t");
    CHECK_REPLY(c, "HEXPIRETIME t FIELDS 3 a b x", "[:" SECONDS ", :" SECONDS ", :-2]");
    CHECK_REPLY(c, "HPEXPIRE t 5 FIELDS 2 a b", "[:1, :1]");
    CHECK_REPLY(c, "RENAME t {u}moved", "+OK");
    CHECK_REPLY(c, "HPEXPIRE copy 5 FIELDS 2 a b", "[:1, :1]");
    CHECK_REPLY(c, "SET copy string", "+OK");
    wait_for(c, "DBSIZE", ":2");
    CHECK_REPLY(c, "EXISTS {u}moved copy {x}moved", ":2");
    CHECK_REPLY(c, "OBJECT ENCODING {x}moved", "\"listpackex\"");
}

TORC_TEST(encodings)
{
    CHECK_REPLY(c, "CONFIG SET hash-max-listpack-entries 3 hash-max-listpack-value 8", "+OK");
    CHECK_REPLY(c, "HSET h a 1 b 2", ":2");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"listpack\"");
    CHECK_REPLY(c, "HPERSIST h FIELDS 1 a", "[:-1]");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"listpack\"");
    CHECK_REPLY(c, "HPEXPIREAT h " MILLIS " FIELDS 1 a", "[:1]");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"listpackex\"");
    CHECK_REPLY(c, "HPERSIST h FIELDS 1 a", "[:1]");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"listpackex\"");
    CHECK_REPLY(c, "HSET h d 3 e 4", ":2");
    CHECK_REPLY(c, "OBJECT ENCODING h", "\"hashtable\"");
    CHECK_REPLY(c, "HSETEX g PXAT " MILLIS " FIELDS 1 f 12345678", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING g", "\"listpackex\"");
    CHECK_REPLY(c, "HSETEX g KEEPTTL FIELDS 1 f 123456789", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING g", "\"hashtable\"");
    CHECK_REPLY(c, "HPEXPIRETIME g FIELDS 1 f", "[:" MILLIS "]");
    CHECK_REPLY(c, "CONFIG SET hash-max-listpack-entries 512 hash-max-listpack-value 64", "+OK");
}

TORC_TEST(many_fields_leave)
{
    char line[8192];
    for (int from = 0; from < 2000; from += 200) {
        int len = snprintf(line, sizeof(line), "HSETEX h PX 100 FIELDS 200");
        for (int i = from; i < from + 200; i++)
            len += snprintf(line + len, sizeof(line) - (size_t)len, " f%d v%d", i, i);
        CHECK_REPLY(c, line, ":1");
    }
    CHECK_REPLY(c, "HSET h stays 1", ":1");
    wait_for(c, "HLEN h", ":1");
    CHECK_REPLY(c, "HKEYS h", "[\"stays\"]");
}

/* f<from> .. f<end - 1>, which are gone in a moment, though nobody removes them. */
static void set_passing(struct wire *c, int from, int end)
{
    char line[8192];
    int len = snprintf(line, sizeof(line), "HSETEX h PX 1 FIELDS %d", end - from);
    for (int i = from; i < end; i++)
        len += snprintf(line + len, sizeof(line) - (size_t)len, " f%d v%d", i, i);
    CHECK_REPLY(c, line, ":1");
}

TORC_TEST(fields_that_have_expired_are_absent_while_they_are_there)
{
    CHECK_REPLY(c, "DEBUG SET-ACTIVE-EXPIRE 0", "+OK");
    CHECK_REPLY(c, "HSET h a 1", ":1");
    for (int from = 0; from < 4000; from += 200)
        set_passing(c, from, from + 200);
    wait_for(c, "HGET h f3999", "nil");
    CHECK_RANGE(c, "HLEN h", 100, 4001);
    CHECK_REPLY(c, "HGETALL h", BY_RESP(c, "[\"a\", \"1\"]", "{\"a\": \"1\"}"));
    CHECK_REPLY(c, "HKEYS h", "[\"a\"]");
    CHECK_REPLY(c, "HVALS h", "[\"1\"]");
    CHECK_REPLY(c, "HRANDFIELD h", "\"a\"");
    CHECK_REPLY(c, "HRANDFIELD h 10", "[\"a\"]");
    CHECK_REPLY(c, "HRANDFIELD h -2", "[\"a\", \"a\"]");
    CHECK_REPLY(c, "HSCAN h 0 COUNT 100000", "[\"0\", [\"a\", \"1\"]]");
    CHECK_REPLY(c, "HTTL h FIELDS 2 a f3999", "[:-1, :-2]");
    CHECK_REPLY(c, "HDEL h f3998 f3999", ":0");
    CHECK_REPLY(c, "HSETNX h f3997 new", ":1");
    CHECK_REPLY(c, "HINCRBY h f3996 1", ":1");
    CHECK_REPLY(c, "HDEL h a f3997 f3996", ":3");
    CHECK_RANGE(c, "HLEN h", 100, 4001);
    CHECK_REPLY(c, "HRANDFIELD h", "nil");
    CHECK_REPLY(c, "HRANDFIELD h 3 WITHVALUES", "[]");
    CHECK_REPLY(c, "HGETALL h", BY_RESP(c, "[]", "{}"));
    CHECK_REPLY(c, "DEBUG SET-ACTIVE-EXPIRE 1", "+OK");
    wait_for(c, "DBSIZE", ":0");
}
