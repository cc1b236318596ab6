/* A program on asynchronous hiredis over libevent, as users write them, on 1, 2 and 7 shards. */
#include <event2/event.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hiredis/adapters/libevent.h>

#include "support/check.h"
#include "support/server.h"

#define COMMAND_COUNT    600
#define CONNECTION_COUNT 20

/* What the callbacks of one test see. */
static struct {
    struct event_base *base;
    int port;
    int replies, wrong, connects, disconnects;
    bool timed_out;
} loop;

static void on_timeout(evutil_socket_t fd, short what, void *unused)
{
    (void)fd, (void)what, (void)unused;
    loop.timed_out = true;
    event_base_loopbreak(loop.base);
}

/* Runs until nothing is left to wait for, 20 seconds at most. */
static void run_loop(void)
{
    struct timeval limit = {.tv_sec = 20};
    struct event *timer = evtimer_new(loop.base, on_timeout, NULL);
    evtimer_add(timer, &limit);
    while (!loop.timed_out && loop.disconnects < loop.connects) {
        event_base_loop(loop.base, EVLOOP_ONCE);
    }
    event_free(timer);
    CHECK(!loop.timed_out);
}

static void on_connect(const redisAsyncContext *context, int status)
{
    (void)context;
    if (status != REDIS_OK) loop.wrong++;
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
    (void)context, (void)status;
    loop.disconnects++;
}

static redisAsyncContext *connect_async(void)
{
    redisAsyncContext *context = redisAsyncConnect("127.0.0.1", loop.port);
    REQUIRE(context && !context->err);
    redisLibeventAttach(context, loop.base);
    redisAsyncSetConnectCallback(context, on_connect);
    redisAsyncSetDisconnectCallback(context, on_disconnect);
    loop.connects++;
    return context;
}

/* The reply to the GET of the number in `data`. */
static void on_get(redisAsyncContext *context, void *reply_of, void *data)
{
    redisReply *reply = reply_of;
    int number = (int)(intptr_t)data;
    if (!reply || reply->type != REDIS_REPLY_STRING || atoi(reply->str) != number) loop.wrong++;
    if (loop.replies != number) loop.wrong++; /* in the order of sending */
    if (++loop.replies == COMMAND_COUNT) redisAsyncDisconnect(context);
}

static void on_set(redisAsyncContext *context, void *reply_of, void *data)
{
    redisReply *reply = reply_of;
    (void)context, (void)data;
    if (!reply || reply->type != REDIS_REPLY_STATUS) loop.wrong++;
}

TEST(a_pipeline_of_callbacks)
{
    redisAsyncContext *context = connect_async();
    for (int i = 0; i < COMMAND_COUNT; i++) {
        redisAsyncCommand(context, on_set, NULL, "SET key:%d %d", i % 50, i);
        redisAsyncCommand(context, on_get, (void *)(intptr_t)i, "GET key:%d", i % 50);
    }
    run_loop();
    CHECK_INT(loop.replies, COMMAND_COUNT);
    CHECK_INT(loop.wrong, 0);
}

/* Each reply sends the next command. */
static void on_incr(redisAsyncContext *context, void *reply_of, void *data)
{
    redisReply *reply = reply_of;
    (void)data;
    loop.replies++;
    if (!reply || reply->type != REDIS_REPLY_INTEGER || reply->integer != loop.replies)
        loop.wrong++;
    if (loop.replies < COMMAND_COUNT) {
        redisAsyncCommand(context, on_incr, NULL, "INCR counter");
    } else {
        redisAsyncDisconnect(context);
    }
}

TEST(a_chain_of_callbacks)
{
    redisAsyncCommand(connect_async(), on_incr, NULL, "INCR counter");
    run_loop();
    CHECK_INT(loop.replies, COMMAND_COUNT);
    CHECK_INT(loop.wrong, 0);
}

static void on_shared_incr(redisAsyncContext *context, void *reply_of, void *data)
{
    redisReply *reply = reply_of;
    loop.replies++;
    if (!reply || reply->type != REDIS_REPLY_INTEGER) loop.wrong++;
    if (data) redisAsyncDisconnect(context);
}

TEST(many_connections)
{
    for (int i = 0; i < CONNECTION_COUNT; i++) {
        redisAsyncContext *context = connect_async();
        for (int j = 0; j < 30; j++) {
            redisAsyncCommand(context, on_shared_incr, j == 29 ? context : NULL, "INCR shared");
        }
    }
    run_loop();
    CHECK_INT(loop.replies, CONNECTION_COUNT * 30);
    CHECK_INT(loop.wrong, 0);
    redisContext *sync = redisConnect("127.0.0.1", loop.port);
    redisReply *reply = redisCommand(sync, "GET shared");
    REQUIRE(reply && reply->type == REDIS_REPLY_STRING);
    CHECK_INT(atoi(reply->str), CONNECTION_COUNT * 30);
    freeReplyObject(reply);
    redisFree(sync);
}

static void on_quit(redisAsyncContext *context, void *reply_of, void *data)
{
    redisReply *reply = reply_of;
    (void)context, (void)data;
    if (!reply || reply->type != REDIS_REPLY_STATUS) loop.wrong++;
    loop.replies++;
}

static void on_lost(redisAsyncContext *context, void *reply_of, void *data)
{
    (void)context, (void)data;
    if (reply_of) loop.wrong++; /* the server has closed, so there is no reply */
    loop.replies++;
}

TEST(reconnect_after_the_server_closed)
{
    for (int i = 1; i <= 10; i++) {
        redisAsyncContext *context = connect_async();
        redisAsyncCommand(context, on_quit, NULL, "QUIT");
        redisAsyncCommand(context, on_lost, NULL, "PING");
        run_loop();
        CHECK_INT(loop.replies, i * 2);
    }
    CHECK_INT(loop.wrong, 0);
}

static void run_one(struct test *test, int port, const char *label)
{
    redisContext *sync = redisConnect("127.0.0.1", port);
    if (!sync || sync->err) exit(1);
    freeReplyObject(redisCommand(sync, "FLUSHALL"));
    redisFree(sync);
    memset(&loop, 0, sizeof(loop));
    loop.base = event_base_new();
    loop.port = port;
    test_run(test, label);
    event_base_free(loop.base);
}

static void run_setting(bool oracle, int shards)
{
    struct server server;
    struct server_options options = {.oracle = oracle, .shards = shards};
    char label[32];
    if (!server_start(&server, &options)) exit(1);
    snprintf(label, sizeof(label), "%d shards", shards);
    for (struct test *test = test_first(); test; test = test->next) {
        run_one(test, server.port, label);
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
