/* Commands that wait for their keys: BLPOP and its like, BZPOPMIN ..., XREAD BLOCK. */
#include <stdio.h>
#include <string.h>

#include "wire/wire_test.h"

#define NEGATIVE          "-ERR timeout is negative"
#define NOT_FLOAT_TIMEOUT "-ERR timeout is not a float or out of range"

static const char *nothing(const struct wire *c)
{
    return BY_RESP(c, "nil*", "nil");
}

/* Until so many clients wait; asked on another connection. */
static void await_blocked(struct wire *other, int count)
{
    char pattern[64];
    snprintf(pattern, sizeof pattern, "*blocked_clients:%d\\r\\n*", count);
    bool reached = false;
    for (int i = 0; i < 50000 && !reached; i++)
        reached = text_like(wire_command_text(other, "INFO clients"), pattern);
    if (!reached) CHECK_LIKE(other, "INFO clients", pattern);
}

static void begin(struct wire *wire, struct wire *other, const char *line, int blocked)
{
    CHECK(wire_send_command(wire, line));
    await_blocked(other, blocked);
}

struct two {
    struct wire a, b;
};

static void open_two(struct two *two)
{
    wire_another(&two->a);
    wire_another(&two->b);
}

static void close_two(struct two *two)
{
    wire_close(&two->a);
    wire_close(&two->b);
}

WIRE_TEST(what_is_there_is_answered_at_once)
{
    CHECK_REPLY(c, "RPUSH l 1 2 3 4 5 6", ":6");
    CHECK_REPLY(c, "BLPOP none l 0", "[\"l\", \"1\"]");
    CHECK_REPLY(c, "BRPOP l none 0", "[\"l\", \"6\"]");
    CHECK_REPLY(c, "BLMOVE l m LEFT RIGHT 0", "\"2\"");
    CHECK_REPLY(c, "BRPOPLPUSH l m 0", "\"5\"");
    CHECK_REPLY(c, "BLMPOP 0 2 none l RIGHT COUNT 9", "[\"l\", [\"4\", \"3\"]]");
    CHECK_REPLY(c, "LRANGE m 0 -1", "[\"5\", \"2\"]");
    CHECK_REPLY(c, "ZADD z 1 a 2 b 3 c 4 d", ":4");
    CHECK_REPLY(c, "BZPOPMIN none z 0", BY_RESP(c, "[\"z\", \"a\", \"1\"]", "[\"z\", \"a\", ,1]"));
    CHECK_REPLY(c, "BZPOPMAX z 0", BY_RESP(c, "[\"z\", \"d\", \"4\"]", "[\"z\", \"d\", ,4]"));
    CHECK_REPLY(c, "BZMPOP 0 2 none z MAX COUNT 5",
                BY_RESP(c, "[\"z\", [[\"c\", \"3\"], [\"b\", \"2\"]]]",
                        "[\"z\", [[\"c\", ,3], [\"b\", ,2]]]"));
    CHECK_REPLY(c, "XADD x 1-1 a b", "\"1-1\"");
    CHECK_REPLY(c, "XREAD BLOCK 0 STREAMS x 0",
                BY_RESP(c, "[[\"x\", [[\"1-1\", [\"a\", \"b\"]]]]]",
                        "{\"x\": [[\"1-1\", [\"a\", \"b\"]]]}"));
}

TORC_TEST(blmovem_waits_for_as_many_as_it_needs)
{
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(c, "RPUSH l 1 2 3", ":3");
    CHECK_REPLY(c, "BLMOVEM l m LEFT RIGHT 0 COUNT 2 BULK", "[\"1\", \"2\"]");
    CHECK_REPLY(c, "BLMOVEM l m LEFT RIGHT 0", "[\"3\"]");
    begin(c, &other, "BLMOVEM l m LEFT RIGHT 0 EXACTLY 2 OBO", 1);
    CHECK_REPLY(&other, "RPUSH l 4", ":1");
    CHECK_REPLY(&other, "LLEN l", ":1");
    CHECK_REPLY(&other, "RPUSH l 5", ":2");
    CHECK_NEXT(c, "[\"4\", \"5\"]");
    CHECK_REPLY(c, "BLMOVEM l m LEFT RIGHT 0.01 EXACTLY 2 OBO", nothing(c));
    static const char *const arity[] = {"BLMOVEM a b LEFT LEFT", NULL};
    check_arity(c, arity);
    CHECK_REPLY(c, "BLMOVEM l m LEFT RIGHT -1", NEGATIVE);
    CHECK_REPLY(c, "BLMOVEM l m LEFT RIGHT 1 COUNT 0 OBO", "-ERR count should be greater than 0");
    CHECK_REPLY(c, "BLMOVEM l m LEFT RIGHT 1 COUNT 1", SYNTAX);
    CHECK_REPLY(c, "SET s v", "+OK");
    CHECK_REPLY(c, "BLMOVEM s m LEFT RIGHT 0", WRONG_TYPE);
    wire_close(&other);
}

WIRE_TEST(time_is_over)
{
    CHECK_REPLY(c, "BLPOP a b 0.01", nothing(c));
    CHECK_REPLY(c, "BRPOP a b 0.01", nothing(c));
    CHECK_REPLY(c, "BLMOVE a b LEFT LEFT 0.01", nothing(c));
    CHECK_REPLY(c, "BRPOPLPUSH a b 0.01", nothing(c));
    CHECK_REPLY(c, "BLMPOP 0.01 2 a b LEFT", nothing(c));
    CHECK_REPLY(c, "BZPOPMIN a b 0.01", nothing(c));
    CHECK_REPLY(c, "BZPOPMAX a b 0.01", nothing(c));
    CHECK_REPLY(c, "BZMPOP 0.01 2 a b MIN", nothing(c));
    CHECK_REPLY(c, "XREAD BLOCK 10 STREAMS a b 0 $", nothing(c));
    CHECK_REPLY(c, "XGROUP CREATE x g $ MKSTREAM", "+OK");
    CHECK_REPLY(c, "XREADGROUP GROUP g me BLOCK 10 STREAMS x >", nothing(c));
    CHECK_REPLY(c, "RPUSH a 1", ":1"); /* nobody waits any more */
    CHECK_REPLY(c, "LLEN a", ":1");
}

WIRE_TEST(info_counts_who_waits_listens_and_watches)
{
    struct two two;
    struct wire other;
    open_two(&two);
    wire_another(&other);
    begin(&two.a, c, "BLPOP a b 1000", 1);
    begin(&two.b, c, "BLPOP a 0", 2);
    CHECK_REPLY(&other, "WATCH a x", "+OK");
    CHECK_LIKE(c, "INFO clients", "*clients_in_timeout_table:1\\r\\n*");
    if (!wire_env()->oracle)
        CHECK_LIKE(c, "INFO clients",
                   "*pubsub_clients:0\\r\\nwatching_clients:1\\r\\n*total_watched_keys:2\\r\\n"
                   "total_blocking_keys:2\\r\\ntotal_blocking_keys_on_nokey:0\\r\\n*");
    CHECK_REPLY(c, "RPUSH a 1 2", ":2");
    CHECK_NEXT(&two.a, "[\"a\", \"1\"]");
    CHECK_NEXT(&two.b, "[\"a\", \"2\"]");
    CHECK_REPLY(&other, "UNWATCH", "+OK");
    CHECK_REPLY(c, "XGROUP CREATE s g $ MKSTREAM", "+OK");
    begin(&two.a, c, "XREADGROUP GROUP g me BLOCK 0 STREAMS s >", 1);
    begin(&two.b, c, "XREADGROUP GROUP g me BLOCK 0 STREAMS s >", 2);
    CHECK_LIKE(c, "INFO clients", "*clients_in_timeout_table:0\\r\\n*");
    if (!wire_env()->oracle)
        CHECK_LIKE(c, "INFO clients",
                   "*watching_clients:0\\r\\n*total_watched_keys:0\\r\\ntotal_blocking_keys:1\\r\\n"
                   "total_blocking_keys_on_nokey:1\\r\\n*");
    CHECK_REPLY(c, "DEL s", ":1");
    CHECK_LIKE(&two.a, "PING", "-*");
    CHECK_LIKE(&two.b, "PING", "-*");
    if (!wire_env()->oracle)
        CHECK_LIKE(c, "INFO clients", "*total_blocking_keys_on_nokey:0\\r\\n*");
    close_two(&two);
    wire_close(&other);
}

/* It leaves the queues of all of them, however it ends. */
WIRE_TEST(one_waits_for_many_keys)
{
    enum { COUNT = 1000 };
    struct two two;
    struct text line = {0};
    open_two(&two);
    text_addf(&line, "BLPOP same same");
    for (int i = 0; i < COUNT; i++)
        text_addf(&line, " k%d", i);
    text_addf(&line, " 0");
    begin(&two.a, c, line.data, 1);
    CHECK_REPLY(c, "RPUSH k500 x", ":1");
    CHECK_NEXT(&two.a, "[\"k500\", \"x\"]");
    begin(&two.a, c, line.data, 1);
    CHECK_REPLY(c, "RPUSH same x", ":1");
    CHECK_NEXT(&two.a, "[\"same\", \"x\"]");
    begin(&two.a, c, line.data, 1);
    CHECK_LIKE(&two.b, "CLIENT KILL TYPE normal SKIPME yes", ":*");
    wire_close(c);
    wire_another(c);
    await_blocked(c, 0);
    CHECK_REPLY(c, "RPUSH same x", ":1");
    CHECK_REPLY(c, "RPUSH k7 x", ":1");
    CHECK_REPLY(c, "EXISTS k7 same", ":2");
    if (!wire_env()->oracle) CHECK_BECOMES(c, "INFO clients", "*total_blocking_keys:0\\r\\n*");
    text_fini(&line);
    close_two(&two);
}

WIRE_TEST(arguments_are_checked)
{
    static const char *const lines[] = {
        "BLPOP a",    "BRPOP a",    "BLMOVE a b LEFT LEFT", "BRPOPLPUSH a b", "BLMPOP 0 1 a",
        "BZPOPMIN a", "BZPOPMAX a", "BZMPOP 0 1 a",         "XREAD BLOCK 0",  NULL};
    check_arity(c, lines);
    static const char *const negative[] = {
        "BLPOP a -1",        "BRPOP a -0.1",       "BLMOVE a b LEFT LEFT -1",
        "BRPOPLPUSH a b -1", "BLMPOP -1 1 a LEFT", "BZPOPMIN a -1",
        "BZPOPMAX a -1",     "BZMPOP -1 1 a MIN",  "XREAD BLOCK -1 STREAMS a 0"};
    check_all(c, negative, sizeof negative / sizeof *negative, NEGATIVE);
    static const char *const none[] = {
        "BLPOP a x",         "BRPOP a \"\"", "BLMOVE a b LEFT LEFT nan", "BRPOPLPUSH a b x",
        "BLMPOP x 1 a LEFT", "BZPOPMIN a x", "BZMPOP x 1 a MIN"};
    check_all(c, none, sizeof none / sizeof *none, NOT_FLOAT_TIMEOUT);
    CHECK_REPLY(c, "BLMOVE a b NO LEFT -1", SYNTAX);
    CHECK_REPLY(c, "BLMPOP x 1 a UP", SYNTAX); /* the timeout comes last */
    CHECK_REPLY(c, "BZMPOP x 1 a UP", SYNTAX);
    CHECK_REPLY(c, "BLMPOP 1 0 a LEFT", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "BLMPOP 1 1 a UP", SYNTAX);
    CHECK_REPLY(c, "BLMPOP 1 1 a LEFT COUNT 0", "-ERR count should be greater than 0");
    CHECK_REPLY(c, "BZMPOP 1 0 a MIN", "-ERR numkeys should be greater than 0");
    CHECK_REPLY(c, "BZMPOP 1 1 a UP", SYNTAX);
    CHECK_REPLY(c, "XREAD BLOCK x STREAMS a 0", "-ERR timeout is not an integer or out of range");
}

WIRE_TEST(wrong_type_is_refused)
{
    static const char *const lines[] = {"BLPOP k 0",
                                        "BLPOP none k 0",
                                        "BRPOP k 0",
                                        "BLMOVE k d LEFT LEFT 0",
                                        "BLMOVE l k LEFT LEFT 0",
                                        "BRPOPLPUSH k d 0",
                                        "BLMPOP 0 2 none k LEFT",
                                        "BZPOPMIN k 0",
                                        "BZPOPMAX none k 0",
                                        "BZMPOP 0 1 k MIN",
                                        "XREAD BLOCK 0 STREAMS k 0"};
    CHECK_REPLY(c, "SET k v", "+OK");
    CHECK_REPLY(c, "RPUSH l 1", ":1");
    check_all(c, lines, sizeof lines / sizeof *lines, WRONG_TYPE);
    CHECK_REPLY(c, "LLEN l", ":1");
}

WIRE_TEST(who_waits_is_served_with_what_comes)
{
    static const struct {
        const char *waits, *pushes, *resp2, *resp3;
    } cases[] = {
        {"BLPOP k1 k2 k3 0", "RPUSH k2 a", "[\"k2\", \"a\"]", NULL},
        {"BRPOP k1 k2 k3 0", "RPUSH k3 a b", "[\"k3\", \"b\"]", NULL},
        {"BLMPOP 0 2 k1 k2 LEFT COUNT 2", "RPUSH k1 a b c", "[\"k1\", [\"a\", \"b\"]]", NULL},
        {"BLMOVE k1 to RIGHT LEFT 0", "RPUSH k1 a b", "\"b\"", NULL},
        {"BRPOPLPUSH k1 to 0", "LPUSH k1 a", "\"a\"", NULL},
        {"BLMOVE k1 k1 LEFT RIGHT 0", "RPUSH k1 a b", "\"a\"", NULL},
        {"BZPOPMIN k1 k2 0", "ZADD k2 2 b 1 a", "[\"k2\", \"a\", \"1\"]", "[\"k2\", \"a\", ,1]"},
        {"BZPOPMAX k1 k2 0", "ZADD k2 2 b 1 a", "[\"k2\", \"b\", \"2\"]", "[\"k2\", \"b\", ,2]"},
        {"BZMPOP 0 2 k1 k2 MIN COUNT 2", "ZADD k1 1 a", "[\"k1\", [[\"a\", \"1\"]]]",
         "[\"k1\", [[\"a\", ,1]]]"},
        {"XREAD BLOCK 0 STREAMS k1 k2 $ $", "XADD k2 5-1 a b",
         "[[\"k2\", [[\"5-1\", [\"a\", \"b\"]]]]]", "{\"k2\": [[\"5-1\", [\"a\", \"b\"]]]}"},
    };
    struct wire other;
    wire_another(&other);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_REPLY(&other, "FLUSHALL", "+OK");
        begin(c, &other, cases[i].waits, 1);
        CHECK_LIKE(&other, cases[i].pushes, "*");
        CHECK_NEXT(c, c->resp == 3 && cases[i].resp3 ? cases[i].resp3 : cases[i].resp2);
    }
    wire_close(&other);
}

/* However a list comes to stand at the key. */
WIRE_TEST(every_way_in_which_a_key_can_appear_serves)
{
    static const char *const ways[] = {
        "RENAME l q",     "RENAMENX l q", "COPY l q",   "LMOVE l q LEFT LEFT",  "RPOPLPUSH l q",
        "SORT l STORE q", "LPUSH q x",    "SWAPDB 0 1", "LINSERT q BEFORE x y", NULL};
    struct wire other;
    wire_another(&other);
    for (int i = 0; ways[i]; i++) {
        CHECK_REPLY(&other, "FLUSHALL", "+OK");
        CHECK_REPLY(&other, "RPUSH l 7", ":1");
        CHECK_REPLY(&other, "SELECT 1", "+OK");
        CHECK_REPLY(&other, "RPUSH q 7", ":1");
        CHECK_REPLY(&other, "SELECT 0", "+OK");
        if (strstr(ways[i], "LINSERT")) continue; /* it makes no key */
        begin(c, &other, "BLPOP p q 0", 1);
        CHECK_LIKE(&other, ways[i], "*");
        CHECK_LIKE(c, "PING", "[\"q\", \"*\"]"); /* the answer to BLPOP comes first */
        CHECK_NEXT(c, "+PONG");
    }
    begin(c, &other, "BLPOP q 0", 1);
    CHECK_REPLY(&other, "SELECT 1", "+OK");
    CHECK_REPLY(&other, "DEL q", ":1");
    CHECK_REPLY(&other, "RPUSH q 8", ":1");
    CHECK_REPLY(&other, "MOVE q 0", ":1");
    CHECK_NEXT(c, "[\"q\", \"8\"]");
    CHECK_REPLY(&other, "SELECT 0", "+OK");
    CHECK_REPLY(&other, "RPUSH l 9", ":2");
    begin(c, &other, "BLPOP q 0", 1);
    restore_dump(&other, "l", "q");
    CHECK_NEXT(c, "[\"q\", \"7\"]");
    wire_close(&other);
}

WIRE_TEST(first_come_first_served)
{
    struct two two;
    struct wire pusher;
    open_two(&two);
    wire_another(&pusher);
    begin(c, &pusher, "BLPOP q 0", 1);
    begin(&two.a, &pusher, "BLPOP r q 0", 2);
    begin(&two.b, &pusher, "BRPOP q 0", 3);
    CHECK_REPLY(&pusher, "RPUSH q 1 2 3 4", ":4");
    CHECK_NEXT(c, "[\"q\", \"1\"]");
    CHECK_NEXT(&two.a, "[\"q\", \"2\"]");
    CHECK_NEXT(&two.b, "[\"q\", \"4\"]");
    CHECK_REPLY(&pusher, "LRANGE q 0 -1", "[\"3\"]");
    await_blocked(&pusher, 0);
    close_two(&two);
    wire_close(&pusher);
}

/* One who moves elements elsewhere keeps its place though it has to borrow a slot. */
WIRE_TEST(moves_wait_in_the_same_queue)
{
    struct two two;
    struct wire pusher;
    open_two(&two);
    wire_another(&pusher);
    for (int i = 0; i < 10; i++) {
        char move[64], pop[64];
        snprintf(move, sizeof move, "BLMOVE q to%d LEFT RIGHT 0", i);
        snprintf(pop, sizeof pop, "BLPOP to%d 0", i);
        begin(c, &pusher, move, 1);
        begin(&two.a, &pusher, "BLPOP q 0", 2);
        begin(&two.b, &pusher, pop, 3);
        CHECK_REPLY(&pusher, "RPUSH q 1 2", ":2");
        CHECK_NEXT(c, "\"1\"");
        CHECK_NEXT(&two.a, "[\"q\", \"2\"]");
        CHECK_LIKE(&two.b, "PING", "[\"to*\", \"1\"]");
        CHECK_NEXT(&two.b, "+PONG");
    }
    CHECK_REPLY(&pusher, "SET str v", "+OK");
    begin(c, &pusher, "BLMOVE q str LEFT RIGHT 0", 1);
    begin(&two.a, &pusher, "BLPOP q 0", 2);
    CHECK_REPLY(&pusher, "RPUSH q 1", ":1");
    CHECK_NEXT(c, WRONG_TYPE);
    CHECK_NEXT(&two.a, "[\"q\", \"1\"]");
    close_two(&two);
    wire_close(&pusher);
}

WIRE_TEST(a_block_serves_when_it_is_over)
{
    struct wire other;
    wire_another(&other);
    begin(c, &other, "BLPOP q 0", 1);
    CHECK_REPLY(&other, "MULTI", "+OK");
    CHECK_REPLY(&other, "RPUSH q 1", "+QUEUED");
    CHECK_REPLY(&other, "DEL q", "+QUEUED");
    CHECK_REPLY(&other, "SET q v", "+QUEUED");
    CHECK_REPLY(&other, "DEL q", "+QUEUED");
    CHECK_REPLY(&other, "RPUSH q 2 3", "+QUEUED");
    CHECK_REPLY(&other, "LLEN q", "+QUEUED");
    CHECK_REPLY(&other, "EXEC", "[:1, :1, +OK, :1, :2, :2]");
    CHECK_NEXT(c, "[\"q\", \"2\"]");
    wire_close(&other);
}

WIRE_TEST(nothing_waits_inside_a_block)
{
    static const char *const lines[] = {"BLPOP a 0",
                                        "BRPOP a 0",
                                        "BLMOVE a b LEFT LEFT 0",
                                        "BRPOPLPUSH a b 0",
                                        "BLMPOP 0 1 a LEFT",
                                        "BZPOPMIN a 0",
                                        "BZMPOP 0 1 a MIN",
                                        "XREAD BLOCK 0 STREAMS a $",
                                        NULL};
    CHECK_REPLY(c, "MULTI", "+OK");
    for (int i = 0; lines[i]; i++)
        CHECK_REPLY(c, lines[i], "+QUEUED");
    CHECK_REPLY(c, "EXEC",
                BY_RESP(c, "[nil*, nil*, nil, nil, nil*, nil*, nil*, nil*]",
                        "[nil, nil, nil, nil, nil, nil, nil, nil]"));
}

WIRE_TEST(another_type_does_not_serve)
{
    struct wire other;
    wire_another(&other);
    begin(c, &other, "BLPOP q 0", 1);
    CHECK_REPLY(&other, "SET q v", "+OK");
    CHECK_REPLY(&other, "DEL q", ":1");
    CHECK_REPLY(&other, "ZADD q 1 a", ":1");
    CHECK_REPLY(&other, "DEL q", ":1");
    await_blocked(&other, 1);
    CHECK_REPLY(&other, "RPUSH q 1", ":1");
    CHECK_NEXT(c, "[\"q\", \"1\"]");
    wire_close(&other);
}

WIRE_TEST(readers_of_a_group_hear_that_it_has_gone)
{
    static const struct {
        const char *change, *answer;
    } cases[] = {
        {"DEL x", "-UNBLOCKED the stream key no longer exists"},
        {"SET x v", "-UNBLOCKED the stream key no longer exists"},
        {"RENAME x y", "-UNBLOCKED the stream key no longer exists"},
        {"FLUSHALL", "-UNBLOCKED the stream key no longer exists"},
        {"PEXPIRE x 1", "-UNBLOCKED the stream key no longer exists"},
        {"SWAPDB 0 1", "-UNBLOCKED the stream key no longer exists"},
        {"XGROUP DESTROY x g",
         "-NOGROUP the consumer group this client was blocked on no longer exists"},
    };
    struct wire other;
    wire_another(&other);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_REPLY(&other, "FLUSHALL", "+OK");
        CHECK_REPLY(&other, "XGROUP CREATE x g $ MKSTREAM", "+OK");
        begin(c, &other, "XREADGROUP GROUP g me BLOCK 0 STREAMS x >", 1);
        CHECK_LIKE(&other, cases[i].change, "*");
        CHECK_NEXT(c, cases[i].answer);
    }
    CHECK_REPLY(&other, "FLUSHALL", "+OK");
    CHECK_REPLY(&other, "XGROUP CREATE x g $ MKSTREAM", "+OK");
    begin(c, &other, "XREADGROUP GROUP g me BLOCK 0 STREAMS x >", 1);
    CHECK_REPLY(&other, "XADD x 3-1 a b", "\"3-1\"");
    CHECK_NEXT(c, BY_RESP(c, "[[\"x\", [[\"3-1\", [\"a\", \"b\"]]]]]",
                          "{\"x\": [[\"3-1\", [\"a\", \"b\"]]]}"));
    CHECK_LIKE(&other, "XPENDING x g", "[:1, *");
    wire_close(&other);
}

/* Nobody does anything: what another one has read becomes old enough. Two streams, of two shards.
 */
WIRE_TEST(who_would_claim_waits_for_what_others_leave)
{
    struct wire other;
    wire_another(&other);
    if (wire_env()->oracle) return;
    for (const char *key = "x"; *key == 'x' || *key == 'y'; key = *key == 'x' ? "y" : "") {
        char line[96];
        snprintf(line, sizeof line, "XGROUP CREATE %s g $ MKSTREAM", key);
        CHECK_REPLY(&other, line, "+OK");
    }
    CHECK_REPLY(&other, "XADD y 1-1 a b", "\"1-1\"");
    CHECK_LIKE(&other, "XREADGROUP GROUP g you STREAMS y >", "*1-1*");
    begin(c, &other, "XREADGROUP GROUP g me BLOCK 0 CLAIM 150 STREAMS x y > >", 1);
    CHECK(text_like(wire_read_text(c), "*\"y\"*\"1-1\", [\"a\", \"b\"], :*, :1]*"));
    CHECK_LIKE(&other, "XPENDING y g - + 5 me", "*\"1-1\"*");
    CHECK_REPLY(c, "XREADGROUP GROUP g me BLOCK 30 CLAIM 100000000 STREAMS x y > >",
                BY_RESP(c, "nil*", "nil"));
    begin(c, &other, "XREADGROUP GROUP g me BLOCK 0 CLAIM 20 STREAMS x >", 1);
    CHECK_REPLY(&other, "XADD x 2-2 c d", "\"2-2\"");
    CHECK(text_like(wire_read_text(c), "*\"x\"*\"2-2\"*"));
    begin(c, &other, "XREADGROUP GROUP g me BLOCK 0 CLAIM 1000000 STREAMS x >", 1);
    CHECK_LIKE(&other, "INFO clients", "*clients_in_timeout_table:0\\r*");
    CHECK_REPLY(&other, "DEL x", ":1");
    CHECK_NEXT(c, "-UNBLOCKED the stream key no longer exists");
    await_blocked(&other, 0);
    wire_close(&other);
}

WIRE_TEST(many_readers_of_a_stream)
{
    struct two two;
    struct wire other;
    open_two(&two);
    wire_another(&other);
    CHECK_REPLY(&other, "XADD x 1-1 a b", "\"1-1\"");
    begin(c, &other, "XREAD COUNT 1 BLOCK 0 STREAMS x $", 1);
    begin(&two.a, &other, "XREAD BLOCK 0 STREAMS none x 0 1-1", 2);
    begin(&two.b, &other, "XREAD BLOCK 0 STREAMS x 7-0", 3);
    CHECK_REPLY(&other, "XADD x 2-1 c d", "\"2-1\"");
    const char *second = BY_RESP(c, "[[\"x\", [[\"2-1\", [\"c\", \"d\"]]]]]",
                                 "{\"x\": [[\"2-1\", [\"c\", \"d\"]]]}");
    CHECK_NEXT(c, second);
    CHECK_NEXT(&two.a, second);
    await_blocked(&other, 1);
    CHECK_REPLY(&other, "XADD x 8-1 e f", "\"8-1\"");
    CHECK_NEXT(&two.b, BY_RESP(c, "[[\"x\", [[\"8-1\", [\"e\", \"f\"]]]]]",
                               "{\"x\": [[\"8-1\", [\"e\", \"f\"]]]}"));
    close_two(&two);
    wire_close(&other);
}

static void id_of(struct wire *c, char *id, size_t size)
{
    snprintf(id, size, "%s", wire_command_text(c, "CLIENT ID") + 1);
}

WIRE_TEST(client_unblock)
{
    struct wire other;
    char id[32], line[96];
    wire_another(&other);
    id_of(c, id, sizeof id);
    begin(c, &other, "BLPOP a b c 0", 1);
    snprintf(line, sizeof line, "CLIENT UNBLOCK %s", id);
    CHECK_REPLY(&other, line, ":1");
    CHECK_NEXT(c, nothing(c));
    CHECK_REPLY(&other, line, ":0");
    begin(c, &other, "XREAD BLOCK 0 STREAMS a $", 1);
    snprintf(line, sizeof line, "CLIENT UNBLOCK %s ERROR", id);
    CHECK_REPLY(&other, line, ":1");
    CHECK_NEXT(c, "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    begin(c, &other, "BZPOPMIN a 0", 1);
    snprintf(line, sizeof line, "CLIENT UNBLOCK %s TIMEOUT", id);
    CHECK_REPLY(&other, line, ":1");
    CHECK_NEXT(c, nothing(c));
    CHECK_REPLY(&other, "CLIENT UNBLOCK 999999", ":0");
    CHECK_REPLY(&other, "CLIENT UNBLOCK x", NOT_INTEGER);
    CHECK_REPLY(&other, "CLIENT UNBLOCK 1 NO",
                "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    CHECK_REPLY(&other, "RPUSH a 1", ":1");
    CHECK_REPLY(&other, "LLEN a", ":1");
    wire_close(&other);
}

/* Elements are for those who are still there. */
WIRE_TEST(who_has_gone_is_not_served)
{
    struct two two;
    char line[96] = "CLIENT KILL ID ";
    wire_another(&two.a);
    wire_another(&two.b);
    begin(&two.a, c, "BLPOP q r 0", 1);
    wire_close(&two.a);
    await_blocked(c, 0);
    id_of(&two.b, line + strlen(line), 32);
    begin(&two.b, c, "BLMOVE q r LEFT LEFT 0", 1);
    CHECK_REPLY(c, line, ":1");
    CHECK_REPLY(c, "RPUSH q 1", ":1");
    CHECK_REPLY(c, "LLEN q", ":1");
    CHECK(wire_is_closed(&two.b));
    wire_close(&two.b);
    await_blocked(c, 0);
}

WIRE_TEST(what_comes_behind_in_the_pipeline_waits)
{
    struct wire other;
    wire_another(&other);
    CHECK(wire_send_text(c, "BLPOP q 0\r\nRPUSH done 1\r\nBLPOP q 0\r\nGET k\r\n"));
    await_blocked(&other, 1);
    CHECK_REPLY(&other, "EXISTS done", ":0");
    CHECK_REPLY(&other, "SET k v", "+OK");
    CHECK_REPLY(&other, "RPUSH q 1", ":1");
    CHECK_NEXT(c, "[\"q\", \"1\"]");
    CHECK_NEXT(c, ":1");
    await_blocked(&other, 1);
    CHECK_REPLY(&other, "RPUSH q 2", ":1");
    CHECK_NEXT(c, "[\"q\", \"2\"]");
    CHECK_NEXT(c, "\"v\"");
    wire_close(&other);
}

ONCE_TEST(a_server_ends_though_clients_wait)
{
    struct server server;
    struct wire one, other;
    wire_own_start(&server, NULL, (const char *const[]){NULL});
    wire_connect(&one, &server);
    wire_connect(&other, &server);
    begin(&one, &other, "BLPOP a b c 0", 1);
    CHECK(wire_send_command(&other, "XREAD BLOCK 0 STREAMS x $"));
    wire_own_stop(&server);
    wire_close(&one);
    wire_close(&other);
}
