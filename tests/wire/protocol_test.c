/* The bytes themselves: inline commands, quoting, protocol errors, odd deliveries, big things. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

#define PROTOCOL "-ERR Protocol error: "

/* A connection that sends `data` gets the error line and is closed. */
static void check_refused(const void *data, size_t len, const char *expected)
{
    struct wire wire;
    wire_another(&wire);
    REQUIRE(wire_send(&wire, data, len));
    CHECK_NEXT(&wire, expected);
    CHECK(wire_is_closed(&wire));
    wire_close(&wire);
}

WIRE_TEST(protocol_errors)
{
    static const char *const cases[][2] = {
        {"*x\r\n", PROTOCOL "invalid multibulk length"},
        {"*1x\r\n", PROTOCOL "invalid multibulk length"},
        {"* 1\r\n", PROTOCOL "invalid multibulk length"},
        {"*2147483648\r\n", PROTOCOL "invalid multibulk length"},
        {"*99999999999999999999\r\n", PROTOCOL "invalid multibulk length"},
        {"*1\r\n:1\r\n", PROTOCOL "expected '$', got ':'"},
        {"*1\r\nPING\r\n", PROTOCOL "expected '$', got 'P'"},
        {"*1\r\n\r\n", PROTOCOL "expected '$', got ' '"},
        {"*1\r\n\n\r\n", PROTOCOL "expected '$', got ' '"},
        {"*1\r\n$x\r\n", PROTOCOL "invalid bulk length"},
        {"*1\r\n$\r\n", PROTOCOL "invalid bulk length"},
        {"*1\r\n$-1\r\n", PROTOCOL "invalid bulk length"},
        {"*1\r\n$ 4\r\n", PROTOCOL "invalid bulk length"},
        {"*1\r\n$536870913\r\n", PROTOCOL "invalid bulk length"},
        {"*1\r\n$9223372036854775808\r\n", PROTOCOL "invalid bulk length"},
        {"SET \"a b\r\n", PROTOCOL "unbalanced quotes in request"},
        {"SET 'a b\r\n", PROTOCOL "unbalanced quotes in request"},
        {"SET \"a\"b c\r\n", PROTOCOL "unbalanced quotes in request"},
        {"SET 'a'b c\r\n", PROTOCOL "unbalanced quotes in request"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        check_refused(cases[i][0], strlen(cases[i][0]), cases[i][1]);
    }
    CHECK_REPLY(c, "PING", "+PONG");
}

/* Lines that never end are cut off at 64 KiB. */
WIRE_TEST(endless_lines)
{
    static char line[70000];
    memset(line, 'a', sizeof(line));
    check_refused(line, sizeof(line), PROTOCOL "too big inline request");
    memset(line, '1', sizeof(line));
    line[0] = '*';
    check_refused(line, sizeof(line), PROTOCOL "too big mbulk count string");
    memcpy(line, "*1\r\n$", 5);
    check_refused(line, sizeof(line), PROTOCOL "too big bulk count string");
}

WIRE_TEST(replies_before_a_protocol_error)
{
    struct wire wire;
    wire_another(&wire);
    REQUIRE(wire_send_text(&wire, "SET a 1\r\nGET a\r\n*1\r\n$x\r\nSET a 2\r\n"));
    CHECK_NEXT(&wire, "+OK");
    CHECK_NEXT(&wire, "\"1\"");
    CHECK_NEXT(&wire, PROTOCOL "invalid bulk length");
    CHECK(wire_is_closed(&wire));
    wire_close(&wire);
    CHECK_REPLY(c, "GET a", "\"1\"");
}

WIRE_TEST(empty_requests_are_skipped)
{
    REQUIRE(wire_send_text(c, "*0\r\n*-1\r\n*-5\r\n\r\n\r\n   \r\nPING\r\n*0\r\nPING\r\n"));
    CHECK_NEXT(c, "+PONG");
    CHECK_NEXT(c, "+PONG");
    CHECK_REPLY(c, "PING", "+PONG");
}

/* What a web page can make a browser send is no command. */
WIRE_TEST(http_requests)
{
    static const char *const requests[] = {
        "POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\nSET k v\r\n",
        "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\nSET k v\r\n",
        "post\r\nSET k v\r\n",
        "HOST: x\r\nSET k v\r\n",
    };
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        struct wire wire;
        wire_another(&wire);
        REQUIRE(wire_send_text(&wire, requests[i]));
        const char *all = wire_read_all(&wire);
        if (strncmp(requests[i], "GET", 3)) CHECK_STR(all, ""); /* closed without a word */
        CHECK(wire_is_closed(&wire));
        wire_close(&wire);
    }
    CHECK_REPLY(c, "EXISTS k", ":0");
}

WIRE_TEST(inline_commands)
{
    static const char *const cases[][2] = {
        {"PING\r\n", "+PONG"},
        {"PING\n", "+PONG"},
        {"  ping   x  \r\n", "\"x\""},
        {"\tPING\tx\r\n", "\"x\""},
        {"PING \"a b\"\r\n", "\"a b\""},
        {"PING 'a b'\r\n", "\"a b\""},
        {"PING \"\"\r\n", "\"\""},
        {"PING ''\r\n", "\"\""},
        {"PING \"\\x41\\x00\\n\\r\\t\\b\\a\\\"\\\\\\q\"\r\n",
         "\"A\\x00\\n\\r\\t\\x08\\x07\\\"\\\\q\""},
        {"PING \"\\xg1\"\r\n", "\"xg1\""},
        {"PING '\\x41\\'\\n'\r\n", "\"\\\\x41'\\\\n\""},
        {"PING a\"b\"\r\n", "\"ab\""},
        {"PING a\\nb\r\n", "\"a\\\\nb\""},
        {"\"PING\"\r\n", "+PONG"},
        {"PING \xff\r\n", "\"\\xff\""},
        {"PING $3\r\n", "\"$3\""},
        {"NONSENSE x\r\n", "-ERR unknown command 'NONSENSE', with args beginning with: 'x' "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        REQUIRE(wire_send_text(c, cases[i][0]));
        const char *got = wire_read_text(c);
        if (strcmp(got, cases[i][1]) != 0) {
            test_fail(__FILE__, __LINE__, "%s    expected: %s\n    got:      %s", cases[i][0],
                      cases[i][1], got);
        }
    }
}

WIRE_TEST(byte_by_byte)
{
    static const char data[] = "*3\r\n$3\r\nSET\r\n$2\r\na\n\r\n$4\r\n\r\n\r\n\r\n"
                               "*2\r\n$3\r\nGET\r\n$2\r\na\n\r\nPING \"x y\"\r\n*0\r\n"
                               "*1\r\n$4\r\nPING\r\n";
    for (size_t i = 0; i < sizeof(data) - 1; i++)
        REQUIRE(wire_send(c, data + i, 1));
    CHECK_NEXT(c, "+OK");
    CHECK_NEXT(c, "\"\\r\\n\\r\\n\"");
    CHECK_NEXT(c, "\"x y\"");
    CHECK_NEXT(c, "+PONG");
}

/* Each split of a pipeline in two deliveries; a round trip on another connection lies between. */
WIRE_TEST(every_split)
{
    static const char data[] =
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\nabc\r\n*2\r\n$3\r\nGET\r\n$1\r\n"
        "k\r\nPING\r\n";
    struct wire other;
    wire_another(&other);
    for (size_t i = 1; i < sizeof(data) - 1; i++) {
        REQUIRE(wire_send(c, data, i));
        CHECK_REPLY(&other, "PING", "+PONG");
        REQUIRE(wire_send(c, data + i, sizeof(data) - 1 - i));
        CHECK_NEXT(c, "+OK");
        CHECK_NEXT(c, "\"abc\"");
        CHECK_NEXT(c, "+PONG");
    }
    wire_close(&other);
}

WIRE_TEST(arguments_may_hold_anything)
{
    struct words words = {0};
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    words_add(&words, "SET", 3);
    words_add(&words, all, sizeof(all));
    words_add(&words, all, sizeof(all));
    CHECK_STR(wire_words_text(c, &words), "+OK");
    words_fini(&words);
    words_add(&words, "GET", 3);
    words_add(&words, all, sizeof(all));
    REQUIRE(wire_send_words(c, &words));
    struct reply *reply = wire_read(c);
    REQUIRE(reply && reply->type == '$');
    CHECK_BYTES(reply->data, reply->len, all, sizeof(all));
    reply_free(reply);
    words_fini(&words);
    CHECK_REPLY(c, "DBSIZE", ":1");
}

#define PIPELINE_COUNT 100000

WIRE_TEST(a_pipeline_of_100000_commands)
{
    struct text out = {0};
    char expected[32];
    int wrong = 0;
    for (int i = 0; i < PIPELINE_COUNT / 2; i++) {
        text_addf(&out, "*3\r\n$3\r\nSET\r\n$8\r\nkey:%04d\r\n$5\r\n%05d\r\n", i % 1000, i);
        text_addf(&out, "*2\r\n$3\r\nGET\r\n$8\r\nkey:%04d\r\n", i % 1000);
    }
    REQUIRE(wire_send(c, out.data, out.len));
    text_fini(&out);
    for (int i = 0; i < PIPELINE_COUNT / 2 && wrong < 5; i++) {
        snprintf(expected, sizeof(expected), "\"%05d\"", i);
        if (strcmp(wire_read_text(c), "+OK") != 0) wrong++;
        const char *got = wire_read_text(c);
        if (strcmp(got, expected) == 0) continue;
        test_fail(__FILE__, __LINE__, "reply %d is %s, expected %s", i, got, expected);
        wrong++;
    }
    CHECK_INT(wrong, 0);
    CHECK_REPLY(c, "DBSIZE", ":1000");
}

WIRE_TEST(a_pipeline_over_several_keys_keeps_its_order)
{
    struct text out = {0};
    char expected[64];
    int count = 5000;
    for (int i = 0; i < count; i++) {
        text_addf(&out, "MSET a%d %d b%d %d\r\nMGET b%d a%d\r\n", i % 50, i, i % 50, i, i % 50,
                  i % 50);
    }
    REQUIRE(wire_send(c, out.data, out.len));
    text_fini(&out);
    for (int i = 0; i < count; i++) {
        CHECK_NEXT(c, "+OK");
        snprintf(expected, sizeof(expected), "[\"%d\", \"%d\"]", i, i);
        CHECK_NEXT(c, expected);
    }
}

#define BIG (64 << 20)

static void check_big(struct wire *c, const char *value)
{
    REQUIRE(wire_send_command(c, "GET big"));
    struct reply *reply = wire_read(c);
    REQUIRE(reply && reply->type == '$');
    CHECK_INT((int64_t)reply->len, BIG);
    CHECK(reply->len == BIG && memcmp(reply->data, value, BIG) == 0);
    reply_free(reply);
}

WIRE_TEST(a_value_of_64_mib)
{
    struct words words = {0};
    char *value = malloc(BIG);
    REQUIRE(value);
    for (size_t i = 0; i < BIG; i++)
        value[i] = (char)(i * 2654435761u >> 13);
    c->timeout_ms = 60000;
    words_add(&words, "SET", 3);
    words_add(&words, "big", 3);
    words_add(&words, value, BIG);
    CHECK_STR(wire_words_text(c, &words), "+OK");
    words_fini(&words);
    CHECK_REPLY(c, "STRLEN big", ":67108864");
    check_big(c, value);
    check_big(c, value);
    CHECK_REPLY(c, "COPY big copy", ":1");
    CHECK_REPLY(c, "STRLEN copy", ":67108864");
    CHECK_REPLY(c, "DEL big copy", ":2");
    free(value);
}

WIRE_TEST(a_command_of_100000_arguments)
{
    struct words words = {0};
    char name[16];
    words_add(&words, "MSET", 4);
    for (int i = 0; i < 50000; i++) {
        snprintf(name, sizeof(name), "k%d", i);
        words_add(&words, name, strlen(name));
        words_add(&words, name, strlen(name));
    }
    CHECK_STR(wire_words_text(c, &words), "+OK");
    memcpy(words.data[0], "DEL", 4);
    words.lens[0] = 3;
    CHECK_REPLY(c, "DBSIZE", ":50000");
    CHECK_STR(wire_words_text(c, &words), ":50000");
    words_fini(&words);
}

WIRE_TEST(half_closed)
{
    struct wire wire;
    wire_another(&wire);
    REQUIRE(wire_send_text(&wire, "SET a 1\r\nSET b 2\r\nMGET a b\r\nGET a\r\n"));
    wire_shutdown_write(&wire);
    CHECK_NEXT(&wire, "+OK");
    CHECK_NEXT(&wire, "+OK");
    CHECK_NEXT(&wire, "[\"1\", \"2\"]");
    CHECK_NEXT(&wire, "\"1\"");
    CHECK(wire_is_closed(&wire));
    wire_close(&wire);
}

WIRE_TEST(half_closed_inside_a_command)
{
    struct wire wire;
    wire_another(&wire);
    REQUIRE(wire_send_text(&wire, "SET a 1\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nab"));
    wire_shutdown_write(&wire);
    CHECK_NEXT(&wire, "+OK");
    CHECK(wire_is_closed(&wire));
    wire_close(&wire);
    CHECK_REPLY(c, "GET a", "\"1\"");
}

/* Peers that go away at any point cost the others nothing. */
WIRE_TEST(peers_that_die)
{
    static const char data[] =
        "*2\r\n$4\r\nMGET\r\n$1\r\na\r\nMSET a 1 b 2 {x}d 3\r\n*3\r\n$3\r\nSET\r\n"
        "$1\r\nk\r\n$100000\r\nxxxx";
    for (size_t i = 0; i < sizeof(data); i++) {
        struct wire wire;
        wire_another(&wire);
        REQUIRE(wire_send(&wire, data, i));
        wire_close(&wire);
    }
    CHECK_REPLY(c, "PING", "+PONG");
    CHECK_REPLY(c, "EXISTS k", ":0");
}

WIRE_TEST(a_peer_that_never_reads)
{
    struct wire deaf;
    set_filled(c, "mib", 1 << 20);
    wire_another(&deaf);
    for (int i = 0; i < 20; i++)
        REQUIRE(wire_send_command(&deaf, "GET mib"));
    for (int i = 0; i < 200; i++)
        CHECK_RANGE(c, "INCR counter", i + 1, i + 1);
    wire_close(&deaf);
    CHECK_REPLY(c, "PING", "+PONG");
}

ONCE_TEST(limits_before_authentication)
{
    static const char *const args[] = {"--requirepass", "secret", NULL};
    static const char *const cases[][2] = {
        {"*11\r\n", PROTOCOL "unauthenticated multibulk length"},
        {"*2\r\n$4\r\nAUTH\r\n$16385\r\n", PROTOCOL "unauthenticated bulk length"},
    };
    struct server server;
    struct wire wire;
    wire_own_start(&server, NULL, args);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        REQUIRE(wire_open(&wire, server.port));
        REQUIRE(wire_send_text(&wire, cases[i][0]));
        CHECK_NEXT(&wire, cases[i][1]);
        CHECK(wire_is_closed(&wire));
        wire_close(&wire);
    }
    REQUIRE(wire_open(&wire, server.port));
    CHECK_REPLY(&wire, "A b c d e f g h i j",
                "-ERR unknown command 'A', with args beginning with: 'b' 'c' 'd' 'e' 'f' 'g' 'h' "
                "'i' 'j' ");
    CHECK_REPLY(&wire, "AUTH secret", "+OK");
    CHECK_REPLY(&wire, "DEL a b c d e f g h i j k l", ":0");
    wire_close(&wire);
    wire_own_stop(&server);
}

ONCE_TEST(limit_of_bulks)
{
    CHECK_REPLY(c, "CONFIG SET proto-max-bulk-len 1mb", "+OK");
    check_refused("*1\r\n$1048577\r\n", 14, PROTOCOL "invalid bulk length");
    CHECK_REPLY(c, "SETRANGE k 1048576 x",
                "-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    CHECK_REPLY(c, "CONFIG SET proto-max-bulk-len 512mb", "+OK");
}
