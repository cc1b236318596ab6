/* The commands of sets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/text.h"
#include "wire/wire_test.h"

#define NOT_POSITIVE "-ERR value is out of range, must be positive"

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {
        "SADD k",        "SREM k",    "SISMEMBER k",   "SISMEMBER k a b", "SMISMEMBER k",
        "SCARD",         "SCARD k l", "SMEMBERS",      "SMEMBERS k l",    "SMOVE k l",
        "SMOVE k l m n", "SPOP",      "SRANDMEMBER",   "SINTER",          "SINTERCARD 1",
        "SINTERSTORE k", "SUNION",    "SUNIONSTORE k", "SDIFF",           "SDIFFSTORE k",
        "SSCAN k",       NULL};
    check_arity(c, lines);
}

TORC_TEST(wrong_arity_of_newer_ones)
{
    static const char *const lines[] = {"SUNIONCARD 1", "SDIFFCARD 1", NULL};
    check_arity(c, lines);
}

WIRE_TEST(wrong_type_is_refused)
{
    static const char *const lines[] = {"SADD k a",
                                        "SREM k a",
                                        "SISMEMBER k a",
                                        "SMISMEMBER k a",
                                        "SCARD k",
                                        "SMEMBERS k",
                                        "SMOVE k s a",
                                        "SMOVE s k a",
                                        "SPOP k",
                                        "SPOP k 0",
                                        "SPOP k 2",
                                        "SRANDMEMBER k",
                                        "SRANDMEMBER k -2",
                                        "SINTER none k",
                                        "SINTERCARD 2 s k",
                                        "SINTERSTORE d k s",
                                        "SUNION none k",
                                        "SUNIONSTORE d k",
                                        "SDIFF s k",
                                        "SDIFF none k",
                                        "SDIFFSTORE d k",
                                        "SSCAN k 0",
                                        NULL};
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "SADD s a", ":1");
    for (int i = 0; lines[i]; i++) {
        if (wire_env()->oracle && strstr(lines[i], "none k")) continue; /* 7.0 may not look */
        CHECK_REPLY(c, lines[i], WRONG_TYPE);
    }
    CHECK_REPLY(c, "GET k", "\"v\"");
    CHECK_REPLY(c, "SMOVE none k a", ":0");
    CHECK_REPLY(c, "GET s", WRONG_TYPE);
}

WIRE_TEST(sadd_srem)
{
    CHECK_REPLY(c, "SADD s a b c a", ":3");
    CHECK_REPLY(c, "SADD s a d", ":1");
    CHECK_REPLY(c, "SADD s a", ":0");
    CHECK_REPLY(c, "TYPE s", "+set");
    CHECK_REPLY(c, "SCARD s", ":4");
    CHECK_REPLY(c, "SCARD none", ":0");
    CHECK_REPLY(c, "SISMEMBER s d", ":1");
    CHECK_REPLY(c, "SISMEMBER s D", ":0");
    CHECK_REPLY(c, "SISMEMBER none d", ":0");
    CHECK_REPLY(c, "SMISMEMBER s a x b", "[:1, :0, :1]");
    CHECK_REPLY(c, "SMISMEMBER none a x", "[:0, :0]");
    CHECK_REPLY(c, "SREM s a x b a", ":2");
    CHECK_REPLY(c, "SREM s a", ":0");
    CHECK_REPLY(c, "SREM none a", ":0");
    CHECK_REPLY(c, "SREM s c d e", ":2");
    CHECK_REPLY(c, "EXISTS s", ":0");
    CHECK_REPLY(c, "SADD s \"\" \"a\\x00b\" \"\\xff\\r\\n\" 007 7 -0", ":6");
    CHECK_REPLY(c, "SMISMEMBER s \"\" \"a\\x00b\" \"a\" \"\\xff\\r\\n\" 07 7 0",
                "[:1, :1, :0, :1, :0, :1, :0]");
    CHECK_REPLY(c, "SREM s \"\" 7", ":2");
    CHECK_REPLY(c, "SCARD s", ":4");
}

WIRE_TEST(an_expiry_stays)
{
    CHECK_REPLY(c, "SADD s a b", ":2");
    CHECK_REPLY(c, "EXPIREAT s 33177117420", ":1");
    CHECK_REPLY(c, "SADD s 1 2 3 4 5", ":5");
    CHECK_REPLY(c, "SREM s a", ":1");
    CHECK_REPLY(c, "EXPIRETIME s", ":33177117420");
    CHECK_REPLY(c, "SADD t z", ":1");
    CHECK_REPLY(c, "SUNIONSTORE s s t", ":7");
    CHECK_REPLY(c, "TTL s", ":-1");
}

WIRE_TEST(encodings)
{
    bool oracle = wire_env()->oracle;
    CHECK_REPLY(c, "SADD s 1 2 -3", ":3");
    CHECK_REPLY(c, "OBJECT ENCODING s", "\"intset\"");
    CHECK_REPLY(c, "SADD s 9223372036854775807 -9223372036854775808", ":2");
    CHECK_REPLY(c, "OBJECT ENCODING s", "\"intset\"");
    CHECK_REPLY(c, "SISMEMBER s -9223372036854775808", ":1");
    CHECK_REPLY(c, "SADD s 9223372036854775808", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING s", oracle ? "\"hashtable\"" : "\"listpack\"");
    CHECK_REPLY(c, "SADD s 0123456789012345678901234567890123456789012345678901234567890123", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING s", oracle ? "\"hashtable\"" : "\"listpack\"");
    CHECK_REPLY(c, "SADD s 01234567890123456789012345678901234567890123456789012345678901234",
                ":1");
    CHECK_REPLY(c, "OBJECT ENCODING s", "\"hashtable\"");
    CHECK_REPLY(c, "SREM s 01234567890123456789012345678901234567890123456789012345678901234",
                ":1");
    CHECK_REPLY(c, "OBJECT ENCODING s", "\"hashtable\"");
    CHECK_REPLY(c, "SCARD s", ":7");
}

/* Members n with prefix, from .. end - 1, in several commands. */
static void add_many(struct wire *c, const char *key, const char *prefix, int from, int end)
{
    char line[4096];
    while (from < end) {
        int len = snprintf(line, sizeof(line), "SADD %s", key);
        int stop = from + 200 < end ? from + 200 : end, count = stop - from;
        char expected[32];
        for (; from < stop; from++)
            len += snprintf(line + len, sizeof(line) - (size_t)len, " %s%d", prefix, from);
        snprintf(expected, sizeof(expected), ":%d", count);
        CHECK_REPLY(c, line, expected);
    }
}

WIRE_TEST(large_sets)
{
    add_many(c, "s", "m", 0, 3000);
    add_many(c, "t", "m", 1000, 5000);
    add_many(c, "i", "", 0, 700);
    add_many(c, "j", "", 600, 1000);
    CHECK_REPLY(c, "OBJECT ENCODING s", "\"hashtable\"");
    CHECK_REPLY(c, "OBJECT ENCODING i", "\"hashtable\"");
    CHECK_REPLY(c, "OBJECT ENCODING j", "\"intset\"");
    CHECK_REPLY(c, "SCARD s", ":3000");
    CHECK_REPLY(c, "SINTERSTORE d s t", ":2000");
    CHECK_REPLY(c, "SMISMEMBER d m999 m1000 m2999 m3000", "[:0, :1, :1, :0]");
    CHECK_REPLY(c, "SUNIONSTORE d s t", ":5000");
    CHECK_REPLY(c, "SCARD d", ":5000");
    CHECK_REPLY(c, "SDIFFSTORE d s t", ":1000");
    CHECK_REPLY(c, "SMISMEMBER d m0 m999 m1000", "[:1, :1, :0]");
    CHECK_REPLY(c, "SDIFFSTORE d t s i", ":2000");
    CHECK_REPLY(c, "SINTERSTORE d i j", ":100");
    CHECK_REPLY(c, "OBJECT ENCODING d", "\"intset\"");
    CHECK_REPLY(c, "SINTERCARD 2 s t", ":2000");
    CHECK_REPLY(c, "SINTERCARD 2 s t LIMIT 37", ":37");
    CHECK_REPLY(c, "COPY s copy", ":1");
    CHECK_REPLY(c, "SDIFFSTORE d copy s", ":0");
    CHECK_REPLY(c, "EXISTS d", ":0");
    CHECK_REPLY(c, "DEL s t", ":2");
    CHECK_REPLY(c, "SCARD copy", ":3000");
}

WIRE_TEST(smove)
{
    CHECK_REPLY(c, "SADD s a b", ":2");
    CHECK_REPLY(c, "SMOVE s t a", ":1");
    CHECK_REPLY(c, "SMOVE s t a", ":0");
    CHECK_REPLY(c, "SISMEMBER t a", ":1");
    CHECK_REPLY(c, "SMOVE s s b", ":1");
    CHECK_REPLY(c, "SMOVE s s x", ":0");
    CHECK_REPLY(c, "SADD t b", ":1");
    CHECK_REPLY(c, "SMOVE s t b", ":1");
    CHECK_REPLY(c, "EXISTS s", ":0");
    CHECK_REPLY(c, "SCARD t", ":2");
    CHECK_REPLY(c, "SMOVE t {t}2 a", ":1");
    CHECK_REPLY(c, "SMEMBERS {t}2", BY_RESP(c, "[\"a\"]", "~[\"a\"]"));
}

WIRE_TEST(algebra)
{
    CHECK_REPLY(c, "SADD a 1 2 3 4", ":4");
    CHECK_REPLY(c, "SADD b 2 3 x", ":3");
    CHECK_REPLY(c, "SADD d 3 x y", ":3");
    CHECK_REPLY(c, "SINTER a b d", BY_RESP(c, "[\"3\"]", "~[\"3\"]"));
    CHECK_REPLY(c, "SINTER a none", BY_RESP(c, "[]", "~[]"));
    CHECK_REPLY(c, "SDIFF d a b", BY_RESP(c, "[\"y\"]", "~[\"y\"]"));
    CHECK_REPLY(c, "SDIFF none a", BY_RESP(c, "[]", "~[]"));
    CHECK_REPLY(c, "SDIFF a a", BY_RESP(c, "[]", "~[]"));
    CHECK_REPLY(c, "SUNION none none", BY_RESP(c, "[]", "~[]"));
    CHECK_REPLY(c, "SINTERSTORE e a b", ":2");
    CHECK_REPLY(c, "SINTERSTORE a a b", ":2");
    CHECK_REPLY(c, "SCARD a", ":2");
    CHECK_REPLY(c, "SDIFFSTORE a b d", ":1");
    CHECK_REPLY(c, "SMEMBERS a", BY_RESP(c, "[\"2\"]", "~[\"2\"]"));
    CHECK_REPLY(c, "SUNIONSTORE a a b d", ":4");
    CHECK_REPLY(c, "SCARD a", ":4");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "SUNIONSTORE k b none", ":3");
    CHECK_REPLY(c, "TYPE k", "+set");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "SINTERSTORE k b none", ":0");
    CHECK_REPLY(c, "EXISTS k", ":0");
    CHECK_REPLY(c, "SDIFFSTORE none none b", ":0");
}

WIRE_TEST(sintercard)
{
    CHECK_REPLY(c, "SADD a 1 2 3 4", ":4");
    CHECK_REPLY(c, "SADD b 2 3 4 x", ":4");
    CHECK_REPLY(c, "SINTERCARD 2 a b", ":3");
    CHECK_REPLY(c, "SINTERCARD 1 a", ":4");
    CHECK_REPLY(c, "SINTERCARD 2 a none", ":0");
    CHECK_REPLY(c, "SINTERCARD 2 a b LIMIT 2", ":2");
    CHECK_REPLY(c, "SINTERCARD 2 a b limit 0", ":3");
    CHECK_REPLY(c, "SINTERCARD 2 a b LIMIT 100", ":3");
    CHECK_REPLY(c, "SINTERCARD 2 a b LIMIT 1 LIMIT 2", ":2");
    CHECK_REPLY(c, "SINTERCARD 0 a", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "SINTERCARD -1 a", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "SINTERCARD x a", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "SINTERCARD 2 a", "-ERR Number of keys can't be greater than number of args");
    CHECK_REPLY(c, "SINTERCARD 9223372036854775807 a",
                "-ERR Number of keys can't be greater than number of args");
    CHECK_REPLY(c, "SINTERCARD 2 a b LIMIT -1", "-ERR LIMIT can't be negative");
    CHECK_REPLY(c, "SINTERCARD 2 a b LIMIT x", "-ERR LIMIT can't be negative");
    CHECK_REPLY(c, "SINTERCARD 2 a b LIMIT", SYNTAX);
    CHECK_REPLY(c, "SINTERCARD 1 a b", SYNTAX);
    CHECK_REPLY(c, "SINTERCARD 1 a LIMITS 1", SYNTAX);
}

TORC_TEST(sunioncard_sdiffcard)
{
    CHECK_REPLY(c, "SADD a 1 2 3 4", ":4");
    CHECK_REPLY(c, "SADD b 2 3 x", ":3");
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "SUNIONCARD 2 a b", ":5");
    CHECK_REPLY(c, "SUNIONCARD 2 a b LIMIT 3", ":3");
    CHECK_REPLY(c, "SUNIONCARD 2 a b LIMIT 0", ":5");
    CHECK_REPLY(c, "SUNIONCARD 1 a LIMIT 9", ":4");
    CHECK_REPLY(c, "SUNIONCARD 1 a LIMIT 2", ":2");
    CHECK_REPLY(c, "SUNIONCARD 1 none", ":0");
    CHECK_REPLY(c, "SUNIONCARD 2 a k", WRONG_TYPE);
    CHECK_REPLY(c, "SUNIONCARD 0 a", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "SUNIONCARD 2 a", "-ERR Number of keys can't be greater than number of args");
    CHECK_REPLY(c, "SUNIONCARD 1 a LIMIT -1", "-ERR LIMIT can't be negative");
    CHECK_REPLY(c, "SUNIONCARD 1 a b", SYNTAX);
    CHECK_REPLY(c, "SDIFFCARD 2 a b", ":2");
    CHECK_REPLY(c, "SDIFFCARD 2 b a", ":1");
    CHECK_REPLY(c, "SDIFFCARD 2 a b LIMIT 1", ":1");
    CHECK_REPLY(c, "SDIFFCARD 1 a", ":4");
    CHECK_REPLY(c, "SDIFFCARD 2 none a", ":0");
    CHECK_REPLY(c, "SDIFFCARD 2 a a", ":0");
    CHECK_REPLY(c, "SDIFFCARD 2 a k", WRONG_TYPE);
    CHECK_REPLY(c, "SDIFFCARD x a", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "SDIFFCARD 1 a LIMIT", SYNTAX);
}

WIRE_TEST(spop)
{
    CHECK_REPLY(c, "SPOP none", "nil");
    CHECK_REPLY(c, "SPOP none 3", BY_RESP(c, "[]", "~[]"));
    CHECK_REPLY(c, "SADD s a", ":1");
    CHECK_REPLY(c, "SPOP s 0", BY_RESP(c, "[]", "~[]"));
    CHECK_REPLY(c, "SPOP s", "\"a\"");
    CHECK_REPLY(c, "EXISTS s", ":0");
    CHECK_REPLY(c, "SADD s 12", ":1");
    CHECK_REPLY(c, "SPOP s 9223372036854775807", BY_RESP(c, "[\"12\"]", "~[\"12\"]"));
    CHECK_REPLY(c, "EXISTS s", ":0");
    CHECK_REPLY(c, "SPOP s -1", NOT_POSITIVE);
    CHECK_REPLY(c, "SPOP s x", NOT_POSITIVE);
    CHECK_REPLY(c, "SPOP s 9223372036854775808", NOT_POSITIVE);
    CHECK_REPLY(c, "SPOP s 1 2", SYNTAX);
}

/* As many strings as expected, all of them members of the key; no two equal if `distinct`. */
static void check_drawn(struct wire *c, const char *line, size_t count, bool distinct)
{
    struct reply *reply = wire_command(c, line);
    REQUIRE(reply && (reply->type == '*' || reply->type == '~'));
    CHECK_INT(reply->count, count);
    for (size_t i = 0; i < reply->count; i++) {
        char query[64];
        snprintf(query, sizeof(query), "SISMEMBER s %s", reply->items[i]->data);
        CHECK_REPLY(c, query, ":1");
        for (size_t j = 0; distinct && j < i; j++)
            CHECK(strcmp(reply->items[i]->data, reply->items[j]->data) != 0);
    }
    reply_free(reply);
}

static void check_srandmember(struct wire *c, size_t members)
{
    char line[64];
    check_drawn(c, "SRANDMEMBER s 1", 1, true);
    check_drawn(c, "SRANDMEMBER s 3", 3, true);
    check_drawn(c, "SRANDMEMBER s -3", 3, false);
    check_drawn(c, "SRANDMEMBER s -70", 70, false);
    snprintf(line, sizeof(line), "SRANDMEMBER s %zu", members - 1);
    check_drawn(c, line, members - 1, true);
    snprintf(line, sizeof(line), "SRANDMEMBER s %zu", members / 4);
    check_drawn(c, line, members / 4, true);
    check_drawn(c, "SRANDMEMBER s 9223372036854775807", members, true);
    snprintf(line, sizeof(line), "SCARD s");
    CHECK_RANGE(c, line, (long long)members, (long long)members);
}

WIRE_TEST(srandmember)
{
    add_many(c, "s", "", 0, 12);
    check_srandmember(c, 12);
    add_many(c, "s", "x", 0, 12);
    check_srandmember(c, 24);
    add_many(c, "s", "y", 0, 176);
    check_srandmember(c, 200);
    CHECK_REPLY(c, "SRANDMEMBER none", "nil");
    CHECK_REPLY(c, "SRANDMEMBER none 3", "[]");
    CHECK_REPLY(c, "SRANDMEMBER none -3", "[]");
    CHECK_REPLY(c, "SRANDMEMBER s 0", "[]");
    CHECK_REPLY(c, "SRANDMEMBER s x", NOT_INTEGER);
    CHECK_REPLY(c, "SRANDMEMBER s -9223372036854775808",
                "-ERR value is out of range, value must between -9223372036854775807 and "
                "9223372036854775807");
    CHECK_REPLY(c, "SRANDMEMBER s 1 2", SYNTAX);
    CHECK_REPLY(c, "SADD one a", ":1");
    CHECK_REPLY(c, "SRANDMEMBER one", "\"a\"");
    CHECK_REPLY(c, "SRANDMEMBER one -2", "[\"a\", \"a\"]");
}

/* redis-server would try, until the memory is used up. */
TORC_TEST(srandmember_is_bounded)
{
    CHECK_REPLY(c, "SADD s a b", ":2");
    CHECK_REPLY(c, "SRANDMEMBER s -9223372036854775807", "-ERR value is out of range");
    CHECK_REPLY(c, "SRANDMEMBER s -200000000", "-ERR value is out of range");
    CHECK_REPLY(c, "DEL s", ":1");
    struct text line = {0}; /* few of what is long are too much, too */
    text_addf(&line, "SADD s %0*d", 200000, 7);
    CHECK_REPLY(c, line.data, ":1");
    CHECK_REPLY(c, "SRANDMEMBER s -10000", "-ERR value is out of range");
    CHECK_REPLY(c, "SRANDMEMBER s -9223372036854775807", "-ERR value is out of range");
    text_fini(&line);
}

static void check_pops(struct wire *c, int left)
{
    char line[64], expected[32];
    while (left > 0) {
        int count = 1 + left / 3;
        snprintf(line, sizeof(line), "SPOP s %d", count);
        struct reply *reply = wire_command(c, line);
        REQUIRE(reply && reply->type == (c->resp == 3 ? '~' : '*'));
        CHECK_INT(reply->count, count);
        for (size_t i = 0; i < reply->count; i++) {
            snprintf(line, sizeof(line), "SADD popped %s", reply->items[i]->data);
            CHECK_REPLY(c, line, ":1");
        }
        reply_free(reply);
        left -= count;
        snprintf(expected, sizeof(expected), ":%d", left);
        CHECK_REPLY(c, "SCARD s", expected);
    }
    CHECK_REPLY(c, "EXISTS s", ":0");
    CHECK_REPLY(c, "DEL popped", ":1");
}

WIRE_TEST(spop_takes_each_once)
{
    add_many(c, "s", "", 0, 20);
    check_pops(c, 20);
    add_many(c, "s", "x", 0, 100);
    check_pops(c, 100);
    add_many(c, "s", "x", 0, 1000);
    check_pops(c, 1000);
}

/* How many of the members 0 .. 999 behind a prefix a whole pass finds, each at least once. */
static int scan_all(struct wire *c, const char *options)
{
    bool seen[1000] = {false};
    char cursor[32] = "0", line[128];
    int count = 0;
    do {
        snprintf(line, sizeof(line), "SSCAN s %s %s", cursor, options);
        struct reply *reply = wire_command(c, line);
        if (!reply || reply->count != 2) test_fail(__FILE__, __LINE__, "no scan");
        if (test_failed()) break;
        for (size_t i = 0; i < reply->items[1]->count; i++) {
            int number = atoi(reply->items[1]->items[i]->data + 1);
            count += !seen[number];
            seen[number] = true;
        }
        snprintf(cursor, sizeof(cursor), "%s", reply->items[0]->data);
        reply_free(reply);
    } while (strcmp(cursor, "0") != 0);
    return count;
}

WIRE_TEST(sscan)
{
    add_many(c, "s", "m", 0, 1000);
    CHECK_INT(scan_all(c, ""), 1000);
    CHECK_INT(scan_all(c, "COUNT 1"), 1000);
    CHECK_INT(scan_all(c, "COUNT 300"), 1000);
    CHECK_INT(scan_all(c, "COUNT 9223372036854775807"), 1000);
    CHECK_INT(scan_all(c, "MATCH *7"), 100);
    CHECK_INT(scan_all(c, "count 5 match m1?"), 10);
    CHECK_REPLY(c, "SADD i 3 1 2", ":3");
    CHECK_REPLY(c, "SSCAN i 0", "[\"0\", [\"1\", \"2\", \"3\"]]");
    CHECK_REPLY(c, "SSCAN i 0 MATCH 2", "[\"0\", [\"2\"]]");
    CHECK_REPLY(c, "SSCAN i 0 COUNT 1", "[\"0\", [\"1\", \"2\", \"3\"]]");
    CHECK_REPLY(c, "SSCAN none 0", "[\"0\", []]");
    CHECK_REPLY(c, "SSCAN none 0 nonsense", "[\"0\", []]");
    CHECK_REPLY(c, "SSCAN s x", "-ERR invalid cursor");
    CHECK_REPLY(c, "SSCAN s 0 COUNT 0", SYNTAX);
    CHECK_REPLY(c, "SSCAN s 0 COUNT x", NOT_INTEGER);
    CHECK_REPLY(c, "SSCAN s 0 COUNT", SYNTAX);
    CHECK_REPLY(c, "SSCAN s 0 MATCH", SYNTAX);
    CHECK_REPLY(c, "SSCAN s 0 TYPE set", SYNTAX);
    CHECK_REPLY(c, "SSCAN s 0 NOVALUES", SYNTAX);
}

WIRE_TEST(dump_and_restore)
{
    static const char *const members[] = {"1 2 3", "a b 3", NULL};
    char line[64];
    for (int i = 0; members[i]; i++) {
        snprintf(line, sizeof(line), "SADD s %s", members[i]);
        CHECK_REPLY(c, line, ":3");
        restore_dump(c, "s", "t");
        CHECK_REPLY(c, "SINTERCARD 2 s t", ":3");
        CHECK_REPLY(c, "SCARD t", ":3");
        CHECK_REPLY(c, "DEL s t", ":2");
    }
}

#define MANY 60000

/* COMMAND key m<from> ..., so many. */
static void send_many(struct wire *c, const char *command, const char *key, int from)
{
    struct text out = {0};
    text_addf(&out, "*%d\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", MANY + 2, strlen(command), command,
              strlen(key), key);
    for (int i = from; i < from + MANY; i++) {
        char member[32];
        text_addf(&out, "$%d\r\n%s\r\n", snprintf(member, sizeof(member), "m%d", i), member);
    }
    REQUIRE(wire_send(c, out.data, out.len));
    text_fini(&out);
}

static void check_count(struct wire *c, const char *line, size_t count)
{
    struct reply *reply = wire_command(c, line);
    REQUIRE(reply && reply->type != '-');
    CHECK_INT(reply->count, count);
    reply_free(reply);
}

/* Those that take several turns. */
WIRE_TEST(long_commands)
{
    send_many(c, "SADD", "s", 0);
    CHECK_NEXT(c, ":60000");
    send_many(c, "SADD", "t", MANY / 2);
    CHECK_NEXT(c, ":60000");
    send_many(c, "SMISMEMBER", "t", 0);
    struct reply *reply = wire_read(c);
    REQUIRE(reply && reply->count == MANY);
    CHECK_INT(reply->items[0]->integer, 0);
    CHECK_INT(reply->items[MANY - 1]->integer, 1);
    reply_free(reply);
    check_count(c, "SMEMBERS s", 60000);
    check_count(c, "SINTER s t", 30000);
    check_count(c, "SUNION s t", 90000);
    check_count(c, "SDIFF s t", 30000);
    check_count(c, "SDIFF s t none", 30000);
    check_count(c, "SRANDMEMBER s 15000", 15000);
    check_count(c, "SRANDMEMBER s 50000", 50000);
    check_count(c, "SRANDMEMBER s -50000", 50000);
    CHECK_REPLY(c, "SINTERCARD 2 s t LIMIT 29000", ":29000");
    CHECK_REPLY(c, "SINTERSTORE d s t", ":30000");
    CHECK_REPLY(c, "SUNIONSTORE d s t", ":90000");
    CHECK_REPLY(c, "SDIFFSTORE s s t", ":30000");
    CHECK_REPLY(c, "COPY t u", ":1");
    check_count(c, "SPOP t 20000", 20000);
    check_count(c, "SPOP t 60000", 40000);
    CHECK_REPLY(c, "EXISTS t", ":0");
    send_many(c, "SREM", "u", 0);
    CHECK_NEXT(c, ":30000");
    CHECK_REPLY(c, "DEL d u s", ":3");
}
