/* A program on synchronous hiredis, as users write them, on 1, 2 and 7 shards. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/server.h"

static redisContext *context; /* of the running setting */
static struct server server;

static void check_reply(redisReply *reply, int type, const char *text, int line)
{
    if (!reply) {
        test_fail(__FILE__, line, "no reply: %s", context->errstr);
        test_abort();
    }
    if (reply->type != type || (text && strcmp(reply->str ? reply->str : "", text) != 0)) {
        test_fail(__FILE__, line, "reply of type %d '%s', expected type %d '%s'", reply->type,
                  reply->str ? reply->str : "", type, text ? text : "");
    }
    freeReplyObject(reply);
}

#define CHECK_CALL(type, text, ...)                                                                \
    check_reply(redisCommand(context, __VA_ARGS__), type, text, __LINE__)

static long long integer(const char *format, int number)
{
    redisReply *reply = redisCommand(context, format, number);
    REQUIRE(reply && reply->type == REDIS_REPLY_INTEGER);
    long long value = reply->integer;
    freeReplyObject(reply);
    return value;
}

TEST(simple_commands)
{
    char expected[32];
    CHECK_CALL(REDIS_REPLY_STATUS, "PONG", "PING");
    for (int i = 0; i < 200; i++) {
        snprintf(expected, sizeof(expected), "value %d", i);
        CHECK_CALL(REDIS_REPLY_STATUS, "OK", "SET key:%d %s", i, expected);
        CHECK_CALL(REDIS_REPLY_STRING, expected, "GET key:%d", i);
    }
    CHECK_INT(integer("DBSIZE", 0), 200);
    for (int i = 0; i < 200; i++)
        CHECK_INT(integer("DEL key:%d", i), 1);
    CHECK_CALL(REDIS_REPLY_NIL, NULL, "GET key:%d", 0);
}

TEST(counters)
{
    for (int i = 1; i <= 100; i++)
        CHECK_INT(integer("INCR counter", 0), i);
    for (int i = 1; i <= 100; i++)
        CHECK_INT(integer("DECRBY counter %d", 1), 100 - i);
}

TEST(binary_values)
{
    char value[256];
    for (int i = 0; i < 256; i++)
        value[i] = (char)i;
    CHECK_CALL(REDIS_REPLY_STATUS, "OK", "SET %b %b", value, sizeof(value), value, sizeof(value));
    redisReply *reply = redisCommand(context, "GET %b", value, sizeof(value));
    REQUIRE(reply && reply->type == REDIS_REPLY_STRING);
    CHECK_BYTES(reply->str, (uint64_t)reply->len, value, sizeof(value));
    freeReplyObject(reply);
}

TEST(errors)
{
    CHECK_CALL(REDIS_REPLY_ERROR, "ERR wrong number of arguments for 'get' command", "GET");
    CHECK_CALL(REDIS_REPLY_STATUS, "OK", "SET text abc");
    CHECK_CALL(REDIS_REPLY_ERROR, "ERR value is not an integer or out of range", "INCR text");
    CHECK_INT(context->err, 0);
    CHECK_CALL(REDIS_REPLY_STATUS, "PONG", "PING");
}

TEST(arrays)
{
    CHECK_CALL(REDIS_REPLY_STATUS, "OK", "MSET a 1 b 2 d 3");
    redisReply *reply = redisCommand(context, "MGET a none b d");
    REQUIRE(reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 4);
    CHECK_STR(reply->element[0]->str, "1");
    CHECK_INT(reply->element[1]->type, REDIS_REPLY_NIL);
    CHECK_STR(reply->element[2]->str, "2");
    CHECK_STR(reply->element[3]->str, "3");
    freeReplyObject(reply);
}

/* Everything is sent before the first reply is taken; the replies come in order. */
TEST(a_pipeline)
{
    char expected[32];
    void *reply;
    for (int i = 0; i < 500; i++) {
        REQUIRE(redisAppendCommand(context, "SET key:%d %d", i, i) == REDIS_OK);
        REQUIRE(redisAppendCommand(context, "MGET key:%d key:%d", i, i / 2) == REDIS_OK);
        REQUIRE(redisAppendCommand(context, "GET key:%d", i) == REDIS_OK);
    }
    for (int i = 0; i < 500; i++) {
        snprintf(expected, sizeof(expected), "%d", i);
        REQUIRE(redisGetReply(context, &reply) == REDIS_OK);
        check_reply(reply, REDIS_REPLY_STATUS, "OK", __LINE__);
        REQUIRE(redisGetReply(context, &reply) == REDIS_OK);
        check_reply(reply, REDIS_REPLY_ARRAY, NULL, __LINE__);
        REQUIRE(redisGetReply(context, &reply) == REDIS_OK);
        check_reply(reply, REDIS_REPLY_STRING, expected, __LINE__);
    }
}

TEST(reconnect_after_quit)
{
    CHECK_CALL(REDIS_REPLY_STATUS, "OK", "SET stays here");
    CHECK_CALL(REDIS_REPLY_STATUS, "OK", "QUIT");
    redisReply *reply = redisCommand(context, "PING");
    CHECK(!reply);
    CHECK(context->err != 0);
    if (reply) freeReplyObject(reply);
    for (int i = 0; i < 20; i++) {
        REQUIRE(redisReconnect(context) == REDIS_OK);
        CHECK_CALL(REDIS_REPLY_STRING, "here", "GET stays");
    }
}

TEST(a_large_value)
{
    size_t len = 1 << 20;
    char *value = malloc(len);
    REQUIRE(value);
    memset(value, 'x', len);
    CHECK_CALL(REDIS_REPLY_STATUS, "OK", "SET large %b", value, len);
    redisReply *reply = redisCommand(context, "GET large");
    REQUIRE(reply && reply->type == REDIS_REPLY_STRING);
    CHECK_BYTES(reply->str, (uint64_t)reply->len, value, len);
    freeReplyObject(reply);
    free(value);
}

static void run_setting(bool oracle, int shards)
{
    struct server_options options = {.oracle = oracle, .shards = shards};
    struct timeval timeout = {.tv_sec = 10};
    char label[32];
    if (!server_start(&server, &options)) exit(1);
    snprintf(label, sizeof(label), "%d shards", shards);
    for (struct test *test = test_first(); test; test = test->next) {
        context = redisConnectWithTimeout("127.0.0.1", server.port, timeout);
        if (!context || context->err) exit(1);
        redisSetTimeout(context, timeout);
        freeReplyObject(redisCommand(context, "FLUSHALL"));
        test_run(test, label);
        redisFree(context);
    }
    if (!server_stop(&server)) exit(1);
    server_fini(&server);
}

int main(int argc, char **argv)
{
    static const int shards[] = {1, 2, 7};
    bool oracle = argc == 2 && strcmp(argv[1], "--oracle") == 0;
    for (int i = 0; i < (oracle ? 1 : 3); i++)
        run_setting(oracle, shards[i]);
    return test_finish(argv[0]);
}
