/* Commands that take long: they hold their keys and nobody else, stay in their place of a pipeline,
 * and are seen whole or not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

#define MANY 60000

/* COMMAND key:0 ... key:(MANY - 1), with a value behind each if there is one. */
static void send_many(struct wire *c, const char *command, const char *value)
{
    struct text out = {0};
    text_addf(&out, "*%d\r\n$%zu\r\n%s\r\n", MANY * (value ? 2 : 1) + 1, strlen(command), command);
    for (int i = 0; i < MANY; i++) {
        char key[32];
        text_addf(&out, "$%d\r\n%s\r\n", snprintf(key, sizeof(key), "key:%d", i), key);
        if (value) text_addf(&out, "$%zu\r\n%s\r\n", strlen(value), value);
    }
    REQUIRE(wire_send(c, out.data, out.len));
    text_fini(&out);
}

static long long sum_of_shards(struct wire *c, const char *name)
{
    struct reply *reply = wire_command(c, "INFO shards");
    REQUIRE(reply);
    long long sum = 0;
    for (const char *at = reply->data; (at = strstr(at, name)); at++)
        sum += strtoll(at + strlen(name), NULL, 10);
    reply_free(reply);
    return sum;
}

WIRE_TEST(a_pipeline_keeps_its_order)
{
    send_many(c, "MSET", "1");
    REQUIRE(wire_send_text(c, "GET key:0\r\nINCR key:59999\r\nPING\r\nDBSIZE\r\n"));
    send_many(c, "EXISTS", NULL);
    send_many(c, "TOUCH", NULL);
    send_many(c, "DEL", NULL);
    REQUIRE(wire_send_text(c, "GET key:1\r\nDBSIZE\r\n"));
    CHECK_NEXT(c, "+OK");
    CHECK_NEXT(c, "\"1\"");
    CHECK_NEXT(c, ":2");
    CHECK_NEXT(c, "+PONG");
    CHECK_NEXT(c, ":60000");
    CHECK_NEXT(c, ":60000");
    CHECK_NEXT(c, ":60000");
    CHECK_NEXT(c, ":60000");
    CHECK_NEXT(c, "nil");
    CHECK_NEXT(c, ":0");
}

WIRE_TEST(all_of_it_is_answered)
{
    send_many(c, "MSET", "value");
    CHECK_NEXT(c, "+OK");
    send_many(c, "MGET", NULL);
    REQUIRE(wire_send_text(c, "KEYS *\r\n"));
    for (int i = 0; i < 2; i++) {
        struct reply *reply = wire_read(c);
        REQUIRE(reply);
        CHECK_INT(reply->count, MANY);
        reply_free(reply);
    }
    send_many(c, "MSETNX", "other");
    CHECK_NEXT(c, ":0");
    CHECK_REPLY(c, "GET key:7", "\"value\"");
}

/* Others go on meanwhile, and see all of a change or nothing. */
WIRE_TEST(it_is_seen_whole)
{
    struct wire other;
    char expected[64];
    wire_another(&other);
    send_many(c, "MSET", "0");
    CHECK_NEXT(c, "+OK");
    for (int round = 1; round < 8; round++) {
        char value[16];
        snprintf(value, sizeof(value), "%d", round);
        send_many(c, "MSET", value);
        struct reply *reply = wire_command(&other, "MGET key:59999 key:0 key:31000 key:2");
        REQUIRE(reply && reply->count == 4);
        for (int i = 1; i < 4; i++)
            CHECK_STR(reply->items[i]->data, reply->items[0]->data);
        reply_free(reply);
        CHECK_REPLY(&other, "PING", "+PONG");
        CHECK_NEXT(c, "+OK");
        snprintf(expected, sizeof(expected), "\"%d\"", round);
        CHECK_REPLY(&other, "GET key:31000", expected);
    }
    wire_close(&other);
}

TORC_TEST(it_takes_several_turns)
{
    long long calls = sum_of_shards(c, "long_calls="), slices = sum_of_shards(c, "long_slices=");
    send_many(c, "MSET", "1");
    CHECK_NEXT(c, "+OK");
    CHECK_INT(sum_of_shards(c, "long_calls=") - calls, 1);
    CHECK(sum_of_shards(c, "long_slices=") - slices > 1);
}

/* A stream without entries, of which a group has many pending. */
TORC_TEST(what_groups_hold_is_work_too)
{
    enum { PENDING = 20000 };
    struct text out = {0};
    CHECK_REPLY(c, "XGROUP CREATE s g 0 MKSTREAM", "+OK");
    for (int i = 1; i <= PENDING; i++)
        text_addf(&out, "XADD s %d-0 f v\r\n", i);
    text_addf(&out, "XREADGROUP GROUP g a STREAMS s >\r\nXTRIM s MAXLEN 0\r\n");
    REQUIRE(wire_send(c, out.data, out.len));
    text_fini(&out);
    for (int i = 0; i < PENDING + 2; i++) {
        struct reply *reply = wire_read(c);
        REQUIRE(reply && reply->type != '-');
        reply_free(reply);
    }
    long long calls = sum_of_shards(c, "long_calls=");
    CHECK_REPLY(c, "COPY s t", ":1");
    CHECK_LIKE(c, "DUMP t", "*");
    CHECK_REPLY(c, "XGROUP DESTROY s g", ":1");
    CHECK_INT(sum_of_shards(c, "long_calls=") - calls, 3);
    CHECK_LIKE(c, "XPENDING t g", "[:20000, *");
}

/* More than run at once, of keys of their own. */
WIRE_TEST(many_of_them)
{
    enum { SETS = 40, MEMBERS = 12000 };
    char line[128], expected[32];
    for (int i = 0; i < SETS; i++) {
        struct text out = {0};
        text_addf(&out, "*%d\r\n$4\r\nSADD\r\n$5\r\nset%02d\r\n", MEMBERS + 2, i);
        for (int j = 0; j < MEMBERS; j++)
            text_addf(&out, "$6\r\nm%05d\r\n", j);
        REQUIRE(wire_send(c, out.data, out.len));
        text_fini(&out);
    }
    for (int i = 0; i < SETS; i++) {
        snprintf(line, sizeof(line), "SUNIONSTORE union%02d set%02d\r\nSCARD union%02d\r\n", i, i,
                 i);
        REQUIRE(wire_send_text(c, line));
    }
    snprintf(expected, sizeof(expected), ":%d", MEMBERS);
    for (int i = 0; i < SETS * 3; i++)
        CHECK_NEXT(c, expected);
}

/* It ends, and nobody hears of it. */
WIRE_TEST(who_asked_may_go)
{
    for (int i = 0; i < 5; i++) {
        struct wire other;
        wire_another(&other);
        send_many(&other, "MSET", i % 2 ? "1" : "2");
        if (i % 2) REQUIRE(wire_send_text(&other, "KEYS *\r\n"));
        wire_close(&other);
    }
    CHECK_REPLY(c, "PING", "+PONG");
    send_many(c, "DEL", NULL);
    CHECK_LIKE(c, "PING", ":*");
    CHECK_NEXT(c, "+PONG");
}
