/* SUBSCRIBE, PUBLISH and their family. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

#define RESTRICTED(name)                                                                           \
    "-ERR Can't execute '" name "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET " \
    "are allowed in this context"

#define NOT_IN_BLOCK "-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"

/* Sends the line and reads the first push that it brings. */
static void push_of(struct wire *c, const char *line, const char *items)
{
    CHECK(wire_send_command(c, line));
    check_push(c, items, line, 0);
}

WIRE_TEST(a_message_reaches_those_who_asked)
{
    struct wire sub, pattern;
    wire_another(&sub);
    wire_another(&pattern);
    CHECK_REPLY(c, "PUBLISH a nobody", ":0");
    push_of(&sub, "SUBSCRIBE a b a", "\"subscribe\", \"a\", :1");
    CHECK_PUSH(&sub, "\"subscribe\", \"b\", :2");
    CHECK_PUSH(&sub, "\"subscribe\", \"a\", :2");
    push_of(&pattern, "PSUBSCRIBE ?", "\"psubscribe\", \"?\", :1");
    CHECK_REPLY(c, "PUBLISH a 1", ":2");
    CHECK_REPLY(c, "PUBLISH b 2", ":2");
    CHECK_REPLY(c, "PUBLISH c 3", ":1");
    CHECK_REPLY(c, "PUBLISH cc 4", ":0");
    CHECK_PUSH(&sub, "\"message\", \"a\", \"1\"");
    CHECK_PUSH(&sub, "\"message\", \"b\", \"2\"");
    CHECK_PUSH(&pattern, "\"pmessage\", \"?\", \"a\", \"1\"");
    CHECK_PUSH(&pattern, "\"pmessage\", \"?\", \"b\", \"2\"");
    CHECK_PUSH(&pattern, "\"pmessage\", \"?\", \"c\", \"3\"");
    wire_close(&sub);
    wire_close(&pattern);
}

/* Of one client: its subscription first, then each of its patterns. */
WIRE_TEST(several_subscriptions_of_one_client_all_hear)
{
    struct wire sub;
    wire_another(&sub);
    push_of(&sub, "PSUBSCRIBE n*", "\"psubscribe\", \"n*\", :1");
    push_of(&sub, "SUBSCRIBE news", "\"subscribe\", \"news\", :2");
    push_of(&sub, "PSUBSCRIBE n*", "\"psubscribe\", \"n*\", :2");
    CHECK_REPLY(c, "PUBLISH news x", ":2");
    CHECK_PUSH(&sub, "\"message\", \"news\", \"x\"");
    CHECK_PUSH(&sub, "\"pmessage\", \"n*\", \"news\", \"x\"");
    push_of(&sub, "PSUBSCRIBE *s", "\"psubscribe\", \"*s\", :3");
    CHECK_REPLY(c, "PUBLISH news y", ":3");
    CHECK_PUSH(&sub, "\"message\", \"news\", \"y\"");
    for (int i = 0; i < 2; i++)
        CHECK(text_like(wire_read_text(&sub), "*[\"pmessage\", \"*\", \"news\", \"y\"]"));
    wire_close(&sub);
}

WIRE_TEST(patterns_are_globs)
{
    static const struct {
        const char *pattern, *hears, *misses;
    } cases[] = {
        {"h?llo", "hello", "hllo"},        {"h*llo", "heeello", "hell"},
        {"h[ae]llo", "hallo", "hillo"},    {"h[^e]llo", "hallo", "hello"},
        {"h[a-c]llo", "hbllo", "hdllo"},   {"h\\\\*llo", "h*llo", "hello"},
        {"*", "anything", NULL},           {"\"\"", "\"\"", "x"},
        {"\"\\x00*\"", "\"\\x00y\"", "y"},
    };
    struct wire sub;
    char line[128];
    wire_another(&sub);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(line, sizeof line, "PSUBSCRIBE %s%s%s", *cases[i].pattern == '"' ? "" : "\"",
                 cases[i].pattern, *cases[i].pattern == '"' ? "" : "\"");
        CHECK(wire_send_command(&sub, line));
        CHECK(text_like(wire_read_text(&sub), "*psubscribe*:1]"));
        snprintf(line, sizeof line, "PUBLISH %s x", cases[i].hears);
        CHECK_REPLY(c, line, ":1");
        CHECK(text_like(wire_read_text(&sub), "*pmessage*, \"x\"]"));
        snprintf(line, sizeof line, "PUBLISH %s x", cases[i].misses ? cases[i].misses : "");
        if (cases[i].misses) CHECK_REPLY(c, line, ":0");
        CHECK(wire_send_command(&sub, "PUNSUBSCRIBE"));
        CHECK(text_like(wire_read_text(&sub), "*punsubscribe*:0]"));
    }
    wire_close(&sub);
}

WIRE_TEST(subscriptions_end)
{
    push_of(c, "UNSUBSCRIBE", "\"unsubscribe\", nil, :0");
    push_of(c, "PUNSUBSCRIBE", "\"punsubscribe\", nil, :0");
    push_of(c, "SUNSUBSCRIBE", "\"sunsubscribe\", nil, :0");
    push_of(c, "UNSUBSCRIBE none", "\"unsubscribe\", \"none\", :0");
    push_of(c, "PUNSUBSCRIBE none", "\"punsubscribe\", \"none\", :0");
    push_of(c, "SUNSUBSCRIBE none", "\"sunsubscribe\", \"none\", :0");
    push_of(c, "SUBSCRIBE a b", "\"subscribe\", \"a\", :1");
    CHECK_PUSH(c, "\"subscribe\", \"b\", :2");
    push_of(c, "PSUBSCRIBE p", "\"psubscribe\", \"p\", :3");
    push_of(c, "SSUBSCRIBE s", "\"ssubscribe\", \"s\", :1"); /* these count apart */
    push_of(c, "UNSUBSCRIBE none a", "\"unsubscribe\", \"none\", :3");
    CHECK_PUSH(c, "\"unsubscribe\", \"a\", :2");
    push_of(c, "UNSUBSCRIBE", "\"unsubscribe\", \"b\", :1");
    push_of(c, "PUNSUBSCRIBE", "\"punsubscribe\", \"p\", :0");
    push_of(c, "SUNSUBSCRIBE", "\"sunsubscribe\", \"s\", :0");
    CHECK_REPLY(c, "GET x", "nil");
}

WIRE_TEST(shard_channels_are_a_world_of_their_own)
{
    struct wire sub;
    wire_another(&sub);
    push_of(&sub, "SSUBSCRIBE a b", "\"ssubscribe\", \"a\", :1");
    CHECK_PUSH(&sub, "\"ssubscribe\", \"b\", :2");
    CHECK_REPLY(c, "PUBLISH a x", ":0");
    CHECK_REPLY(c, "SPUBLISH a y", ":1");
    CHECK_PUSH(&sub, "\"smessage\", \"a\", \"y\"");
    push_of(&sub, "SUBSCRIBE a", "\"subscribe\", \"a\", :1");
    push_of(&sub, "PSUBSCRIBE *", "\"psubscribe\", \"*\", :2");
    CHECK_REPLY(c, "SPUBLISH a z", ":1");
    CHECK_PUSH(&sub, "\"smessage\", \"a\", \"z\"");
    push_of(&sub, "SUNSUBSCRIBE a", "\"sunsubscribe\", \"a\", :1");
    CHECK_REPLY(c, "SPUBLISH a z", ":0");
    CHECK_REPLY(c, "SPUBLISH b z", ":1");
    CHECK_PUSH(&sub, "\"smessage\", \"b\", \"z\"");
    wire_close(&sub);
}

WIRE_TEST(resp2_subscribers_may_do_little_else)
{
    push_of(c, "SUBSCRIBE a", "\"subscribe\", \"a\", :1");
    if (c->resp == 2) {
        CHECK_REPLY(c, "PING", "[\"pong\", \"\"]");
        CHECK_REPLY(c, "PING x", "[\"pong\", \"x\"]");
        CHECK_REPLY(c, "GET x", RESTRICTED("get"));
        CHECK_REPLY(c, "PUBLISH a x", RESTRICTED("publish"));
        CHECK_REPLY(c, "MULTI", RESTRICTED("multi"));
        CHECK_REPLY(c, "EXEC",
                    "-EXECABORT Transaction discarded because of: Can't execute 'exec': only "
                    "(P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
                    "context");
        CHECK_REPLY(c, "CLIENT ID", RESTRICTED("client|id"));
        CHECK_REPLY(c, "PUBSUB NUMPAT", RESTRICTED("pubsub|numpat"));
    } else {
        CHECK_REPLY(c, "PING", "+PONG");
        CHECK_REPLY(c, "PING x", "\"x\"");
        CHECK_REPLY(c, "GET x", "nil");
        CHECK_REPLY(c, "PUBSUB NUMPAT", ":0");
    }
    CHECK_LIKE(c, "NOSUCH x", "-ERR unknown command 'NOSUCH', with args beginning with: *");
    CHECK_REPLY(c, "GET", "-ERR wrong number of arguments for 'get' command");
    push_of(c, "PSUBSCRIBE p", "\"psubscribe\", \"p\", :2");
    push_of(c, "SSUBSCRIBE s", "\"ssubscribe\", \"s\", :1");
    push_of(c, "UNSUBSCRIBE a", "\"unsubscribe\", \"a\", :1");
    push_of(c, "PUNSUBSCRIBE p", "\"punsubscribe\", \"p\", :0");
    CHECK_REPLY(c, "GET x", BY_RESP(c, RESTRICTED("get"), "nil"));
    push_of(c, "SUNSUBSCRIBE s", "\"sunsubscribe\", \"s\", :0");
    CHECK_REPLY(c, "GET x", "nil");
}

/* SUBSCRIBE answers by messages, and those come. */
WIRE_TEST(messages_come_whatever_client_reply_says)
{
    struct wire sub;
    wire_another(&sub);
    CHECK(wire_send_command(&sub, "CLIENT REPLY OFF"));
    push_of(&sub, "SUBSCRIBE a", "\"subscribe\", \"a\", :1");
    push_of(&sub, "SSUBSCRIBE a", "\"ssubscribe\", \"a\", :1");
    CHECK_REPLY(c, "PUBLISH a 1", ":1");
    CHECK_PUSH(&sub, "\"message\", \"a\", \"1\"");
    CHECK(wire_send_command(&sub, "PING"));
    CHECK(wire_send_command(&sub, "SUBSCRIBE"));
    push_of(&sub, "UNSUBSCRIBE", "\"unsubscribe\", \"a\", :0");
    push_of(&sub, "SUNSUBSCRIBE", "\"sunsubscribe\", \"a\", :0");
    CHECK(wire_send_command(&sub, "PING"));
    CHECK_REPLY(&sub, "CLIENT REPLY ON", "+OK");
    REQUIRE(wire_send_text(&sub, "CLIENT REPLY SKIP\r\nPSUBSCRIBE a*\r\nPSUBSCRIBE b*\r\n"));
    CHECK_PUSH(&sub, "\"psubscribe\", \"a*\", :1");
    CHECK_PUSH(&sub, "\"psubscribe\", \"b*\", :2");
    wire_close(&sub);
}

WIRE_TEST(reset_and_quit_end_all_subscriptions)
{
    struct wire other;
    wire_another(&other);
    push_of(c, "SUBSCRIBE a", "\"subscribe\", \"a\", :1");
    push_of(c, "PSUBSCRIBE p", "\"psubscribe\", \"p\", :2");
    push_of(c, "SSUBSCRIBE s", "\"ssubscribe\", \"s\", :1");
    CHECK_REPLY(&other, "PUBSUB NUMSUB a", "[\"a\", :1]");
    CHECK_REPLY(c, "RESET", "+RESET");
    CHECK_REPLY(&other, "PUBSUB NUMSUB a", "[\"a\", :0]");
    CHECK_REPLY(&other, "PUBSUB SHARDNUMSUB s", "[\"s\", :0]");
    CHECK_REPLY(&other, "PUBSUB NUMPAT", ":0");
    c->resp = 2; /* RESET has put it back */
    CHECK_REPLY(c, "GET x", "nil");
    push_of(c, "SUBSCRIBE a", "\"subscribe\", \"a\", :1");
    CHECK_REPLY(c, "QUIT", "+OK");
    CHECK(wire_is_closed(c));
    CHECK_BECOMES(&other, "PUBSUB NUMSUB a", "[\"a\", :0]");
    wire_close(&other);
}

WIRE_TEST(who_has_gone_hears_nothing)
{
    struct wire sub;
    wire_another(&sub);
    push_of(&sub, "SUBSCRIBE a b", "\"subscribe\", \"a\", :1");
    CHECK_PUSH(&sub, "\"subscribe\", \"b\", :2");
    push_of(&sub, "PSUBSCRIBE *", "\"psubscribe\", \"*\", :3");
    CHECK_REPLY(c, "PUBSUB NUMPAT", ":1");
    wire_close(&sub);
    CHECK_BECOMES(c, "PUBSUB NUMPAT", ":0");
    CHECK_BECOMES(c, "PUBSUB CHANNELS", "[]");
    CHECK_REPLY(c, "PUBLISH a x", ":0");
}

WIRE_TEST(pubsub_tells_who_listens)
{
    struct wire one, two;
    wire_another(&one);
    wire_another(&two);
    CHECK_REPLY(c, "PUBSUB CHANNELS", "[]");
    CHECK_REPLY(c, "PUBSUB SHARDCHANNELS", "[]");
    CHECK_REPLY(c, "PUBSUB NUMSUB", "[]");
    CHECK_REPLY(c, "PUBSUB SHARDNUMSUB", "[]");
    push_of(&one, "SUBSCRIBE aa", "\"subscribe\", \"aa\", :1");
    push_of(&two, "SUBSCRIBE aa ab", "\"subscribe\", \"aa\", :1");
    CHECK_PUSH(&two, "\"subscribe\", \"ab\", :2");
    push_of(&one, "PSUBSCRIBE x*", "\"psubscribe\", \"x*\", :2");
    push_of(&two, "PSUBSCRIBE x*", "\"psubscribe\", \"x*\", :3");
    push_of(&two, "PSUBSCRIBE y*", "\"psubscribe\", \"y*\", :4");
    push_of(&two, "SSUBSCRIBE sa", "\"ssubscribe\", \"sa\", :1");
    CHECK_REPLY(c, "PUBSUB CHANNELS ?b", "[\"ab\"]");
    CHECK_LIKE(c, "PUBSUB CHANNELS", "[\"a*\", \"a*\"]");
    CHECK_REPLY(c, "PUBSUB channels z*", "[]");
    CHECK_REPLY(c, "PUBSUB NUMSUB ab aa zz aa sa",
                "[\"ab\", :1, \"aa\", :2, \"zz\", :0, \"aa\", :2, \"sa\", :0]");
    CHECK_REPLY(c, "PUBSUB NUMPAT", ":2"); /* patterns, not subscriptions */
    CHECK_REPLY(c, "PUBSUB SHARDCHANNELS", "[\"sa\"]");
    CHECK_REPLY(c, "PUBSUB SHARDCHANNELS s*", "[\"sa\"]");
    CHECK_REPLY(c, "PUBSUB SHARDCHANNELS a*", "[]");
    CHECK_REPLY(c, "PUBSUB SHARDNUMSUB sa aa", "[\"sa\", :1, \"aa\", :0]");
    CHECK_LIKE(c, "INFO stats", "*pubsub_channels:2\\r\\npubsub_patterns:2\\r\\n*");
    CHECK_LIKE(c, "PUBSUB HELP", "[+PUBSUB <subcommand> *HELP*]");
    wire_close(&one);
    wire_close(&two);
}

WIRE_TEST(arguments_are_checked)
{
    static const char *const lines[] = {"SUBSCRIBE", "PSUBSCRIBE",    "SSUBSCRIBE",
                                        "PUBLISH a", "SPUBLISH a",    "PUBLISH",
                                        "PUBSUB",    "PUBLISH a b c", NULL};
    check_arity(c, lines);
    CHECK_REPLY(c, "PUBSUB NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try PUBSUB HELP.");
    CHECK_REPLY(c, "PUBSUB CHANNELS a b",
                "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB "
                "HELP.");
    CHECK_REPLY(c, "PUBSUB SHARDCHANNELS a b",
                "-ERR unknown subcommand or wrong number of arguments for 'SHARDCHANNELS'. Try "
                "PUBSUB HELP.");
    CHECK_REPLY(c, "PUBSUB NUMPAT a", "-ERR wrong number of arguments for 'pubsub|numpat' command");
    CHECK_REPLY(c, "PUBSUB HELP a", "-ERR wrong number of arguments for 'pubsub|help' command");
}

/* The message comes first; in a block, when that is over. */
WIRE_TEST(resp3_clients_hear_themselves)
{
    if (c->resp == 2) return;
    push_of(c, "SUBSCRIBE a", "\"subscribe\", \"a\", :1");
    CHECK(wire_send_command(c, "PUBLISH a self"));
    CHECK_PUSH(c, "\"message\", \"a\", \"self\"");
    CHECK_NEXT(c, ":1");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "PUBLISH a x", "+QUEUED");
    CHECK_REPLY(c, "PING", "+QUEUED");
    if (wire_env()->oracle) { /* it pushes in the middle of an array that has no place for it */
        CHECK_REPLY(c, "EXEC", "[>[\"message\", \"a\", \"x\"], :1]");
        CHECK_NEXT(c, "+PONG");
        return;
    }
    CHECK_REPLY(c, "EXEC", "[:1, +PONG]");
    CHECK_PUSH(c, "\"message\", \"a\", \"x\"");
}

WIRE_TEST(messages_of_a_block_come_in_its_order)
{
    struct wire sub;
    wire_another(&sub);
    push_of(&sub, "PSUBSCRIBE ch*", "\"psubscribe\", \"ch*\", :1");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "PUBLISH ch1 1", "+QUEUED");
    CHECK_REPLY(c, "SET x 1", "+QUEUED");
    CHECK_REPLY(c, "PUBLISH ch2 2", "+QUEUED");
    CHECK_REPLY(c, "SPUBLISH ch2 2", "+QUEUED");
    CHECK_REPLY(c, "PUBLISH ch1 3", "+QUEUED");
    CHECK_REPLY(c, "PUBLISH other 4", "+QUEUED");
    CHECK_REPLY(c, "PUBSUB NUMPAT", "+QUEUED");
    CHECK_REPLY(c, "EXEC", "[:1, +OK, :1, :0, :1, :0, :1]");
    CHECK_PUSH(&sub, "\"pmessage\", \"ch*\", \"ch1\", \"1\"");
    CHECK_PUSH(&sub, "\"pmessage\", \"ch*\", \"ch2\", \"2\"");
    CHECK_PUSH(&sub, "\"pmessage\", \"ch*\", \"ch1\", \"3\"");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "PUBLISH ch1 x", "+QUEUED");
    CHECK_REPLY(c, "DISCARD", "+OK");
    CHECK_REPLY(c, "PUBLISH ch1 fence", ":1");
    CHECK_PUSH(&sub, "\"pmessage\", \"ch*\", \"ch1\", \"fence\"");
    wire_close(&sub);
}

/* Whoever hears both may be on the publisher's shard or elsewhere. */
WIRE_TEST(nothing_overtakes_the_messages_of_a_block)
{
    struct wire subs[8];
    for (int i = 0; i < 8; i++) {
        wire_another(&subs[i]);
        push_of(&subs[i], "SUBSCRIBE ch", "\"subscribe\", \"ch\", :1");
    }
    CHECK(wire_send_text(c, "MULTI\r\nPUBLISH ch 1\r\nSET x 1\r\nEXEC\r\nPUBLISH ch 2\r\n"));
    CHECK_NEXT(c, "+OK");
    CHECK_NEXT(c, "+QUEUED");
    CHECK_NEXT(c, "+QUEUED");
    CHECK_NEXT(c, "[:8, +OK]");
    CHECK_NEXT(c, ":8");
    for (int i = 0; i < 8; i++) {
        CHECK_PUSH(&subs[i], "\"message\", \"ch\", \"1\"");
        CHECK_PUSH(&subs[i], "\"message\", \"ch\", \"2\"");
        wire_close(&subs[i]);
    }
}

WIRE_TEST(a_block_may_subscribe)
{
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SUBSCRIBE a", "+QUEUED");
    CHECK_REPLY(c, "SSUBSCRIBE s", "+QUEUED");
    CHECK_REPLY(c, "PSUBSCRIBE p", "+QUEUED");
    CHECK_REPLY(c, "PING", "+QUEUED");
    CHECK_REPLY(c, "EXEC",
                BY_RESP(c,
                        "[[\"subscribe\", \"a\", :1], " NOT_IN_BLOCK
                        ", [\"psubscribe\", \"p\", :2], [\"pong\", \"\"]]",
                        "[>[\"subscribe\", \"a\", :1], " NOT_IN_BLOCK
                        ", >[\"psubscribe\", \"p\", :2], +PONG]"));
    CHECK_REPLY(c, "GET x", BY_RESP(c, RESTRICTED("get"), "nil"));
}

WIRE_TEST(who_blocks_still_hears)
{
    struct wire sub;
    if (c->resp == 2) return;
    wire_another(&sub);
    push_of(&sub, "SUBSCRIBE a", "\"subscribe\", \"a\", :1");
    CHECK(wire_send_command(&sub, "BLPOP q 0"));
    CHECK_BECOMES(c, "INFO clients", "*blocked_clients:1\\r\\n*");
    for (int i = 0; i < 3; i++) {
        CHECK_REPLY(c, "PUBLISH a x", ":1");
        CHECK_PUSH(&sub, "\"message\", \"a\", \"x\"");
    }
    CHECK_REPLY(c, "RPUSH q 1", ":1");
    CHECK_NEXT(&sub, "[\"q\", \"1\"]");
    CHECK_REPLY(&sub, "GET x", "nil");
    wire_close(&sub);
}

WIRE_TEST(long_messages_and_names_of_any_bytes)
{
    enum { LEN = 100000 };
    struct wire sub;
    struct words words = {0};
    struct text expected = {0};
    char *big = malloc(LEN);
    REQUIRE(big);
    for (int i = 0; i < LEN; i++)
        big[i] = (char)(i * 7);
    wire_another(&sub);
    push_of(&sub, "SUBSCRIBE \"a\\r\\n\\x00b\"", "\"subscribe\", \"a\\r\\n\\x00b\", :1");
    words_add(&words, "PUBLISH", 7);
    words_add(&words, "a\r\n\0b", 5);
    words_add(&words, big, LEN);
    text_addf(&expected, "\"message\", \"a\\r\\n\\x00b\", ");
    text_add_quoted(&expected, big, LEN);
    for (int i = 0; i < 20; i++) {
        CHECK_STR(wire_words_text(c, &words), ":1");
        CHECK_PUSH(&sub, expected.data);
    }
    text_fini(&expected);
    words_fini(&words);
    free(big);
    wire_close(&sub);
}

WIRE_TEST(many_channels_of_one_client)
{
    enum { CHANNELS = 3000 };
    struct text line = {0}, out = {0};
    struct wire sub;
    wire_another(&sub);
    text_addf(&line, "SUBSCRIBE");
    for (int i = 0; i < CHANNELS; i++) {
        text_addf(&line, " ch%d", i);
        text_addf(&out, "PUBLISH ch%d %d\r\n", i, i);
    }
    CHECK(wire_send_command(&sub, line.data));
    for (int i = 0; i < CHANNELS; i++) {
        char items[64];
        snprintf(items, sizeof items, "\"subscribe\", \"ch%d\", :%d", i, i + 1);
        CHECK_PUSH(&sub, items);
    }
    CHECK(wire_send_text(c, out.data));
    for (int i = 0; i < CHANNELS; i++) {
        char items[64];
        snprintf(items, sizeof items, "\"message\", \"ch%d\", \"%d\"", i, i);
        CHECK_NEXT(c, ":1");
        CHECK_PUSH(&sub, items);
    }
    CHECK(wire_send_command(&sub, "UNSUBSCRIBE"));
    for (int i = 0; i < CHANNELS; i++) {
        char pattern[64];
        snprintf(pattern, sizeof pattern, "*unsubscribe\", \"ch*\", :%d]", CHANNELS - 1 - i);
        CHECK(text_like(wire_read_text(&sub), pattern));
    }
    CHECK_REPLY(c, "PUBSUB CHANNELS", "[]");
    text_fini(&line);
    text_fini(&out);
    wire_close(&sub);
}

/* One publisher, many channels, subscribers on several shards: each sees all of its messages, in
 * the order in which they were said. */
WIRE_TEST(a_publishers_order_is_kept_over_channels)
{
    enum { SUBSCRIBERS = 7, CHANNELS = 40, MESSAGES = 4000 };
    struct wire subs[SUBSCRIBERS + 1];
    struct text out = {0};
    for (int i = 0; i < SUBSCRIBERS; i++) {
        struct text line = {0};
        wire_another(&subs[i]);
        text_addf(&line, "SUBSCRIBE");
        for (int channel = 0; channel < CHANNELS; channel++)
            if (channel % SUBSCRIBERS != i) text_addf(&line, " ch%d", channel);
        CHECK(wire_send_command(&subs[i], line.data));
        text_fini(&line);
        for (int channel = 0; channel < CHANNELS; channel++)
            if (channel % SUBSCRIBERS != i)
                CHECK(text_like(wire_read_text(&subs[i]), "*\"subscribe\", *"));
    }
    wire_another(&subs[SUBSCRIBERS]);
    push_of(&subs[SUBSCRIBERS], "PSUBSCRIBE ch*", "\"psubscribe\", \"ch*\", :1");
    for (int i = 0; i < MESSAGES; i++)
        text_addf(&out, "PUBLISH ch%d %d\r\n", i * 17 % CHANNELS, i);
    CHECK(wire_send_text(c, out.data));
    text_fini(&out);
    for (int i = 0; i < MESSAGES; i++) {
        char count[32];
        snprintf(count, sizeof count, ":%d", SUBSCRIBERS);
        CHECK_NEXT(c, count);
    }
    for (int i = 0; i < MESSAGES && !test_failed(); i++) {
        int channel = i * 17 % CHANNELS;
        char items[64];
        snprintf(items, sizeof items, "\"message\", \"ch%d\", \"%d\"", channel, i);
        for (int sub = 0; sub < SUBSCRIBERS; sub++)
            if (channel % SUBSCRIBERS != sub) CHECK_PUSH(&subs[sub], items);
        snprintf(items, sizeof items, "\"pmessage\", \"ch*\", \"ch%d\", \"%d\"", channel, i);
        CHECK_PUSH(&subs[SUBSCRIBERS], items);
    }
    for (int i = 0; i <= SUBSCRIBERS; i++)
        wire_close(&subs[i]);
}

enum { CROWD = 40, CROWD_MESSAGES = 120 };

/* Some long, most short. */
static size_t message_len(int message)
{
    return message % 10 ? (size_t)message % 50 + 1 : (size_t)message * 200 + 1;
}

static void crowd_speak(struct wire *c)
{
    struct text line = {0};
    for (int i = 0; i < CROWD_MESSAGES; i++) {
        line.len = 0;
        text_addf(&line, "PUBLISH crowd %03d:", i);
        for (size_t at = 0; at < message_len(i); at++)
            text_addf(&line, "x");
        CHECK(wire_send_command(c, line.data));
    }
    text_fini(&line);
}

static void crowd_hears(struct wire *sub, const char *head)
{
    struct text items = {0};
    for (int i = 0; i < CROWD_MESSAGES; i++) {
        items.len = 0;
        text_addf(&items, "%s, \"%03d:", head, i);
        for (size_t at = 0; at < message_len(i); at++)
            text_addf(&items, "x");
        text_addf(&items, "\"");
        CHECK_PUSH(sub, items.data);
    }
    text_fini(&items);
}

/* So many of a channel, of a pattern, and with either protocol; one leaves without having read. */
WIRE_TEST(a_crowd_hears_every_message_once_and_in_order)
{
    struct wire subs[CROWD], gone;
    wire_another(&gone);
    push_of(&gone, "SUBSCRIBE crowd", "\"subscribe\", \"crowd\", :1");
    for (int i = 0; i < CROWD; i++) {
        wire_another(&subs[i]);
        if (i % 2)
            push_of(&subs[i], "SUBSCRIBE crowd", "\"subscribe\", \"crowd\", :1");
        else
            push_of(&subs[i], "PSUBSCRIBE cro*", "\"psubscribe\", \"cro*\", :1");
    }
    crowd_speak(c);
    crowd_speak(c);
    wire_close(&gone);
    for (int i = 0; i < 2 * CROWD_MESSAGES; i++)
        CHECK(text_like(wire_read_text(c), ":4*"));
    for (int i = 0; i < CROWD; i++)
        for (int round = 0; round < 2; round++)
            crowd_hears(&subs[i],
                        i % 2 ? "\"message\", \"crowd\"" : "\"pmessage\", \"cro*\", \"crowd\"");
    for (int i = 0; i < CROWD; i++)
        wire_close(&subs[i]);
}

WIRE_TEST(client_list_and_kill_know_subscribers)
{
    struct wire sub;
    wire_another(&sub);
    CHECK_REPLY(&sub, "CLIENT SETNAME listener", "+OK");
    push_of(&sub, "SUBSCRIBE a b", "\"subscribe\", \"a\", :1");
    CHECK_PUSH(&sub, "\"subscribe\", \"b\", :2");
    push_of(&sub, "PSUBSCRIBE p", "\"psubscribe\", \"p\", :3");
    push_of(&sub, "SSUBSCRIBE s", "\"ssubscribe\", \"s\", :1");
    CHECK_LIKE(c, "CLIENT LIST TYPE pubsub",
               "*\"id=*name=listener*flags=P *sub=2 psub=1 ssub=1 multi=-1*\"");
    CHECK_LIKE(c, "CLIENT LIST TYPE normal", "*\"id=*sub=0 psub=0 *\"");
    CHECK_REPLY(c, "CLIENT KILL TYPE pubsub", ":1");
    CHECK(wire_is_closed(&sub));
    CHECK_BECOMES(c, "PUBSUB CHANNELS", "[]");
    CHECK_LIKE(c, "CLIENT LIST TYPE pubsub", "*\"\"");
    wire_close(&sub);
}

static void add_message(struct text *out, size_t len)
{
    struct words words = {0};
    char *value = calloc(1, len);
    REQUIRE(value);
    words_add(&words, "PUBLISH", 7);
    words_add(&words, "a", 1);
    words_add(&words, value, len);
    text_add_command(out, &words);
    words_fini(&words);
    free(value);
}

/* What a subscriber does not read fills its buffers, the kernel's first. */
static bool is_dropped(struct wire *c, const char *say, int64_t until_ms)
{
    int64_t deadline = now_ms() + until_ms;
    while (now_ms() < deadline) {
        if (strcmp(wire_command_text(c, say), ":0") == 0) return true;
        wait_ms(5);
    }
    return false;
}

static void check_limit(const char *limit, int messages)
{
    const char *const args[] = {"--client-output-buffer-limit", limit, NULL};
    struct server server;
    struct wire publisher, slow, quick;
    struct text out = {0};
    wire_own_start(&server, NULL, args);
    wire_connect(&publisher, &server);
    wire_connect(&slow, &server);
    wire_connect(&quick, &server);
    push_of(&slow, "SUBSCRIBE a", "\"subscribe\", \"a\", :1");
    push_of(&quick, "SUBSCRIBE b", "\"subscribe\", \"b\", :1");
    add_message(&out, 100000);
    for (int i = 0; i < messages; i++) {
        CHECK(wire_send(&publisher, out.data, out.len));
        CHECK(text_like(wire_read_text(&publisher), ":*"));
    }
    CHECK(is_dropped(&publisher, "PUBLISH a x", 20000));
    CHECK_REPLY(&publisher, "PUBLISH b x", ":1");
    CHECK_PUSH(&quick, "\"message\", \"b\", \"x\"");
    CHECK(*wire_read_all(&slow) != '<'); /* closed, however much has come */
    text_fini(&out);
    wire_close(&publisher);
    wire_close(&slow);
    wire_close(&quick);
    wire_own_stop(&server);
}

ONCE_TEST(a_slow_subscriber_falls_to_the_hard_limit)
{
    check_limit("pubsub 1mb 0 0", 300);
}

ONCE_TEST(a_slow_subscriber_falls_to_the_soft_limit)
{
    check_limit("pubsub 0 1mb 1", 300);
}

/* Without a limit it stays, and finds everything when it reads at last. */
ONCE_TEST(without_a_limit_nothing_is_lost)
{
    const char *const args[] = {"--client-output-buffer-limit", "pubsub 0 0 0", NULL};
    enum { MESSAGES = 300 };
    struct server server;
    struct wire publisher, slow;
    struct text out = {0};
    wire_own_start(&server, NULL, args);
    wire_connect(&publisher, &server);
    wire_connect(&slow, &server);
    push_of(&slow, "SUBSCRIBE a", "\"subscribe\", \"a\", :1");
    add_message(&out, 100000);
    for (int i = 0; i < MESSAGES; i++) {
        CHECK(wire_send(&publisher, out.data, out.len));
        CHECK_NEXT(&publisher, ":1");
    }
    for (int i = 0; i < MESSAGES; i++) {
        struct reply *reply = wire_read(&slow);
        REQUIRE(reply && reply->count == 3);
        CHECK_INT((int64_t)reply->items[2]->len, 100000);
        reply_free(reply);
    }
    text_fini(&out);
    wire_close(&publisher);
    wire_close(&slow);
    wire_own_stop(&server);
}
