/* The generic commands that need no type but strings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {
        "DEL",         "UNLINK",   "EXISTS",     "TOUCH",        "PERSIST",      "PERSIST k l",
        "TYPE",        "TYPE k l", "RENAME k",   "RENAME k l m", "RENAMENX k",   "RENAMENX k l m",
        "COPY k",      "MOVE k",   "MOVE k 1 2", "KEYS",         "KEYS a b",     "SCAN",
        "RANDOMKEY x", "OBJECT",   "DBSIZE x",   "SWAPDB 1",     "SWAPDB 1 2 3", NULL};
    check_arity(c, lines);
}

WIRE_TEST(del_unlink_exists_touch)
{
    CHECK_REPLY(c, "MSET a 1 b 2 d 3 {t}1 4 {t}2 5", "+OK");
    CHECK_REPLY(c, "EXISTS a", ":1");
    CHECK_REPLY(c, "EXISTS none", ":0");
    CHECK_REPLY(c, "EXISTS a b none a", ":3");
    CHECK_REPLY(c, "TOUCH a b none a", ":3");
    CHECK_REPLY(c, "DEL a none a", ":1");
    CHECK_REPLY(c, "DEL b {t}1 none", ":2");
    CHECK_REPLY(c, "UNLINK d {t}2 a", ":2");
    CHECK_REPLY(c, "DEL none", ":0");
    CHECK_REPLY(c, "UNLINK none", ":0");
    CHECK_REPLY(c, "DBSIZE", ":0");
}

WIRE_TEST(type)
{
    CHECK_REPLY(c, "TYPE k", "+none");
    CHECK_REPLY(c, "SET k 1", "+OK");
    CHECK_REPLY(c, "TYPE k", "+string");
    CHECK_REPLY(c, "SET k text", "+OK");
    CHECK_REPLY(c, "TYPE k", "+string");
}

WIRE_TEST(rename_replaces)
{
    CHECK_REPLY(c, "RENAME a b", "-ERR no such key");
    CHECK_REPLY(c, "SET a 1 EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "SET b 2", "+OK");
    CHECK_REPLY(c, "RENAME a b", "+OK");
    CHECK_REPLY(c, "GET b", "\"1\"");
    CHECK_REPLY(c, "EXPIRETIME b", ":33177117420");
    CHECK_REPLY(c, "EXISTS a", ":0");
    CHECK_REPLY(c, "RENAME b b", "+OK");
    CHECK_REPLY(c, "GET b", "\"1\"");
    CHECK_REPLY(c, "RENAME none none", "-ERR no such key");
    CHECK_REPLY(c, "SET d 3 EX 100", "+OK");
    CHECK_REPLY(c, "SET e 4", "+OK");
    CHECK_REPLY(c, "RENAME e d", "+OK");
    CHECK_REPLY(c, "TTL d", ":-1");
    CHECK_REPLY(c, "RENAME {t}none {t}b", "-ERR no such key");
    CHECK_REPLY(c, "SET {t}a x", "+OK");
    CHECK_REPLY(c, "RENAME {t}a {t}b", "+OK");
    CHECK_REPLY(c, "GET {t}b", "\"x\"");
    CHECK_REPLY(c, "DBSIZE", ":3");
}

WIRE_TEST(renamenx)
{
    CHECK_REPLY(c, "RENAMENX a b", "-ERR no such key");
    CHECK_REPLY(c, "MSET a 1 b 2", "+OK");
    CHECK_REPLY(c, "RENAMENX a b", ":0");
    CHECK_REPLY(c, "MGET a b", "[\"1\", \"2\"]");
    CHECK_REPLY(c, "RENAMENX a a", ":0");
    CHECK_REPLY(c, "RENAMENX a d", ":1");
    CHECK_REPLY(c, "MGET a d", "[nil, \"1\"]");
}

WIRE_TEST(copy_keys)
{
    CHECK_REPLY(c, "COPY a b", ":0");
    CHECK_REPLY(c, "SET a 1 EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "COPY a b", ":1");
    CHECK_REPLY(c, "EXPIRETIME b", ":33177117420");
    CHECK_REPLY(c, "INCR b", ":2");
    CHECK_REPLY(c, "GET a", "\"1\"");
    CHECK_REPLY(c, "COPY a b", ":0");
    CHECK_REPLY(c, "GET b", "\"2\"");
    CHECK_REPLY(c, "COPY a b REPLACE", ":1");
    CHECK_REPLY(c, "GET b", "\"1\"");
    CHECK_REPLY(c, "COPY a a", "-ERR source and destination objects are the same");
    CHECK_REPLY(c, "COPY a a DB 0", "-ERR source and destination objects are the same");
    CHECK_REPLY(c, "COPY a a DB 1", ":1");
    CHECK_REPLY(c, "COPY a a DB 1", ":0");
    CHECK_REPLY(c, "COPY a z db 1 replace", ":1");
    CHECK_REPLY(c, "SELECT 1", "+OK");
    CHECK_REPLY(c, "MGET a z", "[\"1\", \"1\"]");
    CHECK_REPLY(c, "EXPIRETIME a", ":33177117420");
    CHECK_REPLY(c, "SELECT 0", "+OK");
    CHECK_REPLY(c, "COPY a b DB", SYNTAX);
    CHECK_REPLY(c, "COPY a b DB x", NOT_INTEGER);
    CHECK_REPLY(c, "COPY a b DB 16", "-ERR DB index is out of range");
    CHECK_REPLY(c, "COPY a b DB -1", "-ERR DB index is out of range");
    CHECK_REPLY(c, "COPY a b NONSENSE", SYNTAX);
}

WIRE_TEST(move_keys)
{
    CHECK_REPLY(c, "MOVE a 1", ":0");
    CHECK_REPLY(c, "SET a 1 EXAT 33177117420", "+OK");
    CHECK_REPLY(c, "MOVE a 1", ":1");
    CHECK_REPLY(c, "EXISTS a", ":0");
    CHECK_REPLY(c, "SET a 2", "+OK");
    CHECK_REPLY(c, "MOVE a 1", ":0");
    CHECK_REPLY(c, "MOVE a 0", "-ERR source and destination objects are the same");
    CHECK_REPLY(c, "MOVE a 16", "-ERR DB index is out of range");
    CHECK_REPLY(c, "MOVE a -1", "-ERR DB index is out of range");
    CHECK_REPLY(c, "MOVE a x", NOT_INTEGER);
    CHECK_REPLY(c, "SELECT 1", "+OK");
    CHECK_REPLY(c, "GET a", "\"1\"");
    CHECK_REPLY(c, "EXPIRETIME a", ":33177117420");
    CHECK_REPLY(c, "DBSIZE", ":1");
}

WIRE_TEST(databases)
{
    CHECK_REPLY(c, "SET a 0", "+OK");
    CHECK_REPLY(c, "SELECT 15", "+OK");
    CHECK_REPLY(c, "GET a", "nil");
    CHECK_REPLY(c, "MSET a 15 b 15", "+OK");
    CHECK_REPLY(c, "DBSIZE", ":2");
    CHECK_REPLY(c, "SWAPDB 0 15", "+OK");
    CHECK_REPLY(c, "GET a", "\"0\"");
    CHECK_REPLY(c, "DBSIZE", ":1");
    CHECK_REPLY(c, "SELECT 0", "+OK");
    CHECK_REPLY(c, "MGET a b", "[\"15\", \"15\"]");
    CHECK_REPLY(c, "SWAPDB 0 0", "+OK");
    CHECK_REPLY(c, "FLUSHDB", "+OK");
    CHECK_REPLY(c, "DBSIZE", ":0");
    CHECK_REPLY(c, "SELECT 15", "+OK");
    CHECK_REPLY(c, "DBSIZE", ":1");
    CHECK_REPLY(c, "FLUSHALL ASYNC", "+OK");
    CHECK_REPLY(c, "DBSIZE", ":0");
    CHECK_REPLY(c, "FLUSHALL SYNC", "+OK");
    CHECK_REPLY(c, "FLUSHDB async", "+OK");
    CHECK_REPLY(c, "FLUSHDB sync", "+OK");
    CHECK_REPLY(c, "SELECT 16", "-ERR DB index is out of range");
    CHECK_REPLY(c, "SELECT -1", "-ERR DB index is out of range");
    CHECK_REPLY(c, "SELECT x", NOT_INTEGER);
    CHECK_REPLY(c, "SWAPDB 0 16", "-ERR DB index is out of range");
    CHECK_REPLY(c, "SWAPDB x 0", "-ERR invalid first DB index");
    CHECK_REPLY(c, "SWAPDB 0 x", "-ERR invalid second DB index");
    CHECK_REPLY(c, "FLUSHALL NONSENSE", SYNTAX);
    CHECK_REPLY(c, "FLUSHDB SYNC SYNC", SYNTAX);
}

/* How many keys KEYS finds; the order is free, so only the number is compared. */
static int keys_count(struct wire *c, const char *pattern)
{
    char line[256];
    snprintf(line, sizeof(line), "KEYS \"%s\"", pattern);
    struct reply *reply = wire_command(c, line);
    int count = reply && reply->type == '*' ? (int)reply->count : -1;
    reply_free(reply);
    return count;
}

WIRE_TEST(keys)
{
    CHECK_REPLY(c, "KEYS *", "[]");
    CHECK_REPLY(c, "MSET hello 1 hallo 2 hxllo 3 hllo 4 heeello 5 h*llo 6 \"h\\x00llo\" 7", "+OK");
    CHECK_INT(keys_count(c, "*"), 7);
    CHECK_INT(keys_count(c, "h?llo"), 5);
    CHECK_INT(keys_count(c, "h[ae]llo"), 2);
    CHECK_INT(keys_count(c, "h[^e]llo"), 4);
    CHECK_INT(keys_count(c, "h[a-b]llo"), 1);
    CHECK_INT(keys_count(c, "h*llo"), 7);
    CHECK_INT(keys_count(c, "h\\\\*llo"), 1);
    CHECK_INT(keys_count(c, "hello"), 1);
    CHECK_INT(keys_count(c, "HELLO"), 0);
    CHECK_INT(keys_count(c, "h[a-"), 0);
    CHECK_INT(keys_count(c, "*a*a*a*a*"), 0);
    CHECK_REPLY(c, "KEYS \"h\\\\*llo\"", "[\"h*llo\"]");
    CHECK_REPLY(c, "KEYS \"\"", "[]");
    CHECK_REPLY(c, "SET {tag}one 1", "+OK");
    CHECK_REPLY(c, "KEYS {tag}*", "[\"{tag}one\"]");
}

/* One full iteration; false if a reply is not as it should be. Counts each key of key:0..N-1. */
static bool scan_all(struct wire *c, const char *options, int *seen, int count)
{
    char line[256], cursor[32] = "0";
    for (int rounds = 0; rounds < 100000; rounds++) {
        snprintf(line, sizeof(line), "SCAN %s %s", cursor, options);
        struct reply *reply = wire_command(c, line);
        bool whole = reply && reply->type == '*' && reply->count == 2;
        for (size_t i = 0; whole && i < reply->items[1]->count; i++) {
            const char *key = reply->items[1]->items[i]->data;
            int number = strncmp(key, "key:", 4) == 0 ? atoi(key + 4) : -1;
            if (number >= 0 && number < count) seen[number]++;
        }
        if (whole) snprintf(cursor, sizeof(cursor), "%s", reply->items[0]->data);
        reply_free(reply);
        if (!whole) return false;
        if (strcmp(cursor, "0") == 0) return true;
    }
    return false;
}

static void fill(struct wire *c, int from, int to)
{
    struct text out = {0};
    for (int i = from; i < to; i++)
        text_addf(&out, "SET key:%d %d\r\n", i, i);
    REQUIRE(wire_send(c, out.data, out.len));
    for (int i = from; i < to; i++)
        CHECK_NEXT(c, "+OK");
    text_fini(&out);
}

WIRE_TEST(scan_sees_every_key)
{
    static int seen[3000];
    memset(seen, 0, sizeof(seen));
    static const char *const options[] = {"", "COUNT 1000", "COUNT 7 MATCH *",
                                          "MATCH key:* TYPE string"};
    CHECK(scan_all(c, "", seen, 3000));
    for (int key = 0; key < 3000; key++) {
        CHECK_INT(seen[key], 0);
    }
    fill(c, 0, 3);
    CHECK_LIKE(c, "SCAN 0 COUNT 1000", "[\"0\", [*]]"); /* few keys: in one go, on any shards */
    fill(c, 0, 3000);
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        memset(seen, 0, sizeof(seen));
        CHECK(scan_all(c, options[i], seen, 3000));
        int missing = 0;
        for (int key = 0; key < 3000; key++)
            missing += !seen[key];
        CHECK_INT(missing, 0);
    }
}

WIRE_TEST(scan_filters)
{
    static int seen[100];
    int found = 0;
    fill(c, 0, 100);
    CHECK(scan_all(c, "MATCH key:1? COUNT 10", seen, 100));
    for (int key = 0; key < 100; key++)
        found += seen[key] > 0;
    CHECK_INT(found, 10);
    memset(seen, 0, sizeof(seen));
    CHECK(scan_all(c, "TYPE list", seen, 100));
    for (int key = 0; key < 100; key++)
        CHECK_INT(seen[key], 0);
}

/* Keys that are there from start to end are seen, whatever the table does meanwhile. */
WIRE_TEST(scan_while_the_table_grows_and_shrinks)
{
    static int seen[500];
    char line[64], cursor[32] = "0";
    int extra = 500, rounds = 0;
    memset(seen, 0, sizeof(seen));
    fill(c, 0, 500);
    do {
        snprintf(line, sizeof(line), "SCAN %s COUNT 20", cursor);
        struct reply *reply = wire_command(c, line);
        REQUIRE(reply && reply->type == '*' && reply->count == 2);
        for (size_t i = 0; i < reply->items[1]->count; i++) {
            int number = atoi(reply->items[1]->items[i]->data + 4);
            if (number < 500) seen[number]++;
        }
        snprintf(cursor, sizeof(cursor), "%s", reply->items[0]->data);
        reply_free(reply);
        if (rounds < 10) {
            fill(c, extra, extra + 1000);
            extra += 1000;
        } else {
            for (int i = 0; i < 300 && extra > 500; i++) {
                snprintf(line, sizeof(line), "DEL key:%d", --extra);
                CHECK_REPLY(c, line, ":1");
            }
        }
    } while (strcmp(cursor, "0") != 0 && ++rounds < 100000);
    CHECK_STR(cursor, "0");
    for (int key = 0; key < 500; key++) {
        if (!seen[key]) test_fail(__FILE__, __LINE__, "key:%d was not seen", key);
    }
}

WIRE_TEST(scan_errors)
{
    CHECK_REPLY(c, "SCAN x", "-ERR invalid cursor");
    CHECK_REPLY(c, "SCAN -1x", "-ERR invalid cursor");
    CHECK_REPLY(c, "SCAN 0 COUNT 0", SYNTAX);
    CHECK_REPLY(c, "SCAN 0 COUNT -1", SYNTAX);
    CHECK_REPLY(c, "SCAN 0 COUNT x", NOT_INTEGER);
    CHECK_REPLY(c, "SCAN 0 COUNT", SYNTAX);
    CHECK_REPLY(c, "SCAN 0 MATCH", SYNTAX);
    CHECK_REPLY(c, "SCAN 0 NONSENSE 1", SYNTAX);
    /* A cursor that no SCAN gave is taken; how it goes on is undefined, but it is a reply. */
    CHECK_LIKE(c, "SCAN 18446744073709551615", "[\"*\", [*]]");
}

WIRE_TEST(randomkey)
{
    CHECK_REPLY(c, "RANDOMKEY", "nil");
    CHECK_REPLY(c, "MSET key:a 1 key:b 2 key:c 3", "+OK");
    for (int i = 0; i < 50; i++)
        CHECK_LIKE(c, "RANDOMKEY", "\"key:*\"");
    CHECK_REPLY(c, "DEL key:a key:b", ":2");
    for (int i = 0; i < 10; i++)
        CHECK_REPLY(c, "RANDOMKEY", "\"key:c\"");
}

WIRE_TEST(object_encoding)
{
    CHECK_REPLY(c, "OBJECT ENCODING none", "nil");
    CHECK_REPLY(c, "SET k 12", "+OK");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"int\"");
    CHECK_REPLY(c, "SET k -9223372036854775808", "+OK");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"int\"");
    CHECK_REPLY(c, "SET k 9223372036854775808", "+OK");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"embstr\"");
    CHECK_REPLY(c, "SET k 01234567890123456789012345678901234567890123", "+OK");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"embstr\"");
    CHECK_REPLY(c, "SET k 012345678901234567890123456789012345678901234", "+OK");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"raw\"");
    CHECK_REPLY(c, "SET k \"\"", "+OK");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"embstr\"");
    CHECK_REPLY(c, "APPEND k 12", ":2");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"raw\"");
    CHECK_REPLY(c, "INCR k", ":13");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"int\"");
    CHECK_REPLY(c, "INCRBYFLOAT k 1.5", "\"14.5\"");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"embstr\"");
    CHECK_REPLY(c, "INCRBYFLOAT k 1.5", "\"16\"");
    CHECK_REPLY(c, "OBJECT ENCODING k", "\"embstr\"");
    CHECK_REPLY(c, "SETRANGE new 0 a", ":1");
    CHECK_REPLY(c, "OBJECT ENCODING new", "\"raw\"");
    CHECK_REPLY(c, "APPEND newer 12", ":2");
    CHECK_REPLY(c, "OBJECT ENCODING newer", "\"int\"");
}

WIRE_TEST(object)
{
    CHECK_REPLY(c, "SET shared 9999", "+OK");
    CHECK_REPLY(c, "OBJECT REFCOUNT shared", ":2147483647");
    CHECK_REPLY(c, "SET shared 10000", "+OK");
    CHECK_REPLY(c, "OBJECT REFCOUNT shared", ":1");
    CHECK_REPLY(c, "OBJECT REFCOUNT none", "nil");
    CHECK_REPLY(c, "OBJECT IDLETIME none", "nil");
    CHECK_REPLY(c, "OBJECT FREQ none", "nil");
    CHECK_REPLY(c, "SET k value", "+OK");
    CHECK_REPLY(c, "OBJECT REFCOUNT k", ":1");
    CHECK_RANGE(c, "OBJECT IDLETIME k", 0, 60);
    CHECK_REPLY(
        c, "OBJECT FREQ k",
        "-ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please "
        "note that when switching between policies at runtime LRU and LFU data will take "
        "some time to adjust.");
    CHECK_LIKE(c, "OBJECT HELP", "[+OBJECT <subcommand>*HELP*]");
    CHECK_REPLY(c, "OBJECT NONSENSE k", "-ERR unknown subcommand 'NONSENSE'. Try OBJECT HELP.");
    CHECK_REPLY(c, "OBJECT ENCODING",
                "-ERR wrong number of arguments for 'object|encoding' command");
    CHECK_REPLY(c, "OBJECT REFCOUNT a b",
                "-ERR wrong number of arguments for 'object|refcount' command");
}

WIRE_TEST(hash_tags_do_not_change_names)
{
    CHECK_REPLY(c, "MSET {a}x 1 {a}y 2 {}x 3 }{a} 4 {a 5 a} 6", "+OK");
    CHECK_REPLY(c, "MGET {a}x {a}y {}x }{a} {a a}", "[\"1\", \"2\", \"3\", \"4\", \"5\", \"6\"]");
    CHECK_REPLY(c, "DEL {a}x {a}y {}x }{a} {a a}", ":6");
}

/* What DEBUG does not know in this form, it says in its own words. */
WIRE_TEST(debug_arity)
{
    static const char *const lines[] = {"HELP x",
                                        "DIGEST x",
                                        "CHANGE-REPL-ID x",
                                        "QUICKLIST-PACKED-THRESHOLD",
                                        "QUICKLIST-PACKED-THRESHOLD 1 1",
                                        "SLEEP",
                                        "NONSENSE",
                                        NULL};
    char line[64], expected[160];
    for (int i = 0; lines[i]; i++) {
        snprintf(line, sizeof(line), "DEBUG %s", lines[i]);
        snprintf(expected, sizeof(expected),
                 "-ERR unknown subcommand or wrong number of arguments for '%.*s'. Try DEBUG HELP.",
                 (int)strcspn(lines[i], " "), lines[i]);
        CHECK_REPLY(c, line, expected);
    }
}
