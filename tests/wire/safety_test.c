/* What is refused by construction (DESIGN, section 9): numbers from clients before arithmetic,
 * lines that would smuggle a reply, patterns that would take for ever, strangers, stale references.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire/wire_test.h"

/* Any answer but a broken one; then the connection still works. */
static void check_survives(struct wire *c, const char *line)
{
    struct reply *reply = wire_command(c, line);
    if (!reply) test_fail(__FILE__, __LINE__, "%s: %s", line, c->error);
    REQUIRE(reply);
    reply_free(reply);
    CHECK_REPLY(c, "PING", "+PONG");
}

static void check_error(struct wire *c, const char *line)
{
    const char *got = wire_command_text(c, line);
    if (*got != '-') test_fail(__FILE__, __LINE__, "%s: %s, expected an error", line, got);
    CHECK_REPLY(c, "PING", "+PONG");
}

#define MAX "9223372036854775807"
#define MIN "-9223372036854775808"

WIRE_TEST(numbers_at_their_ends_are_refused)
{
    static const char *const refused[] = {"SETRANGE k " MAX " x",
                                          "SETRANGE k -1 x",
                                          "SETRANGE k " MIN " x",
                                          "SETRANGE k 536870912 x",
                                          "SETRANGE k 4294967295 x",
                                          "SETRANGE k 99999999999999999999 x",
                                          "SET k v EX " MAX,
                                          "SET k v PX " MAX,
                                          "SET k v EXAT " MAX,
                                          "SET k v EX 9223372036854776",
                                          "SET k v EX 0",
                                          "SET k v PX -1",
                                          "SET k v EX " MIN,
                                          "SETEX k " MAX " v",
                                          "SETEX k 0 v",
                                          "PSETEX k " MAX " v",
                                          "PSETEX k -1 v",
                                          "GETEX k EX " MAX,
                                          "GETEX k PXAT " MIN,
                                          "EXPIRE k " MAX,
                                          "EXPIRE k " MIN,
                                          "EXPIREAT k " MAX,
                                          "PEXPIRE k " MAX,
                                          "EXPIRE k 1e3",
                                          "INCRBY n " MAX "0",
                                          "INCRBY k 1",
                                          "DECRBY n " MIN,
                                          "INCRBYFLOAT n nan",
                                          "INCRBYFLOAT n 1e5000",
                                          "SCAN 99999999999999999999",
                                          "SCAN 0 COUNT 0",
                                          "SCAN 0 COUNT -5",
                                          "SCAN 0 COUNT 99999999999999999999",
                                          "SELECT 16",
                                          "SELECT -1",
                                          "SELECT " MAX,
                                          "SELECT 4294967296",
                                          "MOVE k 99999999999999999999",
                                          "SWAPDB 0 4294967296",
                                          "COPY k n DB 4294967296",
                                          "COPY k n DB -1",
                                          "CLIENT PAUSE -1",
                                          "CLIENT KILL ID 0",
                                          "CLIENT KILL ID -1",
                                          "CLIENT LIST ID 99999999999999999999",
                                          "HELLO 4",
                                          "HELLO 99999999999999999999",
                                          "LCS k n MINMATCHLEN 99999999999999999999",
                                          "CONFIG SET hz x",
                                          "CONFIG SET maxclients 0",
                                          "CONFIG SET timeout -1",
                                          "CONFIG SET maxclients " MAX,
                                          "DEBUG NONSENSE"};
    CHECK_REPLY(c, "MSET k abc n 9223372036854775807", "+OK");
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        check_error(c, refused[i]);
    check_error(c, "INCR n");
    CHECK_REPLY(c, "DECRBY n 9223372036854775807", ":0");
    CHECK_REPLY(c, "SET n " MIN, "+OK");
    check_error(c, "DECR n");
    CHECK_REPLY(c, "GET k", "\"abc\"");
    CHECK_REPLY(c, "TTL k", ":-1");
    CHECK_REPLY(c, "GET n", "\"" MIN "\"");
    CHECK_REPLY(c, "DBSIZE", ":2");
}

TORC_TEST(numbers_of_the_newer_commands)
{
    static const char *const refused[] = {
        "MSETEX " MAX " a b",      "MSETEX 4611686018427387905 a b",
        "MSETEX 2147483649 a b",   "MSETEX 0 a b",
        "MSETEX -1 a b",           "MSETEX 2 a b",
        "MSETEX 1 a b EX " MAX,    "MSETEX 1 a b PX 0",
        "DEBUG SLOT-MOVE 16384 0", "DEBUG SLOT-MOVE -1 0",
        "DEBUG SLOT-MOVE 0 1025",  "DEBUG SLOT-MOVE 0 -1",
        "DEBUG SLOT-MOVE 65536 0", "DEBUG SLOT-MOVE 0 65536"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        check_error(c, refused[i]);
    CHECK_REPLY(c, "DBSIZE", ":0");
}

WIRE_TEST(ranges_are_cut_to_what_is_there)
{
    CHECK_REPLY(c, "SET k abcdef", "+OK");
    CHECK_REPLY(c, "GETRANGE k " MIN " " MAX, "\"abcdef\"");
    CHECK_REPLY(c, "GETRANGE k " MAX " " MIN, "\"\"");
    CHECK_REPLY(c, "GETRANGE k " MIN " " MIN, "\"a\"");
    CHECK_REPLY(c, "GETRANGE k " MAX " " MAX, "\"\"");
    CHECK_REPLY(c, "GETRANGE k -" MAX " -1", "\"abcdef\"");
    CHECK_REPLY(c, "GETRANGE k 2 4294967298", "\"cdef\"");
    CHECK_REPLY(c, "SUBSTR k 0 " MAX, "\"abcdef\"");
    CHECK_REPLY(c, "GETRANGE none " MIN " " MAX, "\"\"");
    CHECK_REPLY(c, "SET n 12345", "+OK");
    CHECK_REPLY(c, "GETRANGE n " MIN " " MAX, "\"12345\"");
    CHECK_LIKE(c, "SCAN 0 COUNT " MAX, "[\"*\", [*]]");
}

/* The table of LCS has as many cells as both lengths multiplied. */
WIRE_TEST(lcs_of_large_values)
{
    CHECK_REPLY(c, "SETRANGE {k}a 300000 x", ":300001");
    CHECK_REPLY(c, "SETRANGE {k}b 300000 x", ":300001");
    check_error(c, "LCS {k}a {k}b");
    check_error(c, "LCS {k}a {k}b LEN");
    CHECK_REPLY(c, "STRLEN {k}a", ":300001");
}

/* Counts from clients that overflowed in servers of this kind, and where they are tested:
 *
 *     HyperLogLog    hll_test (lengths_that_overflow_are_refused), unit ds/hll_test, fuzz_hll
 *     BITFIELD       bitmap_test (offsets_that_overflow_are_refused)
 *     SETRANGE, LCS  here (numbers_at_their_ends_are_refused, lcs_of_large_values)
 *     SORT, streams  here (counts_at_their_ends, claims_and_deletions_of_many)
 *     listpacks      unit types/listpack_test (too_much_does_not_fit, unsound_bytes_are_refused)
 *     intsets        unit types/intset_test (unsound_bytes_are_refused)
 *     HRANDFIELD, SRANDMEMBER, ZRANDMEMBER: their families' tests
 *
 * and, as payloads of RESTORE, by fuzz_payload, fuzz_stream and fuzz_zset. */
WIRE_TEST(counts_at_their_ends)
{
    static const char *const ends[] = {MAX, MIN, "4294967296", "4294967295", "2147483648", "-1"};
    static const char *const lines[] = {"SORT l LIMIT %s 2",
                                        "SORT l LIMIT 1 %s",
                                        "SORT l LIMIT 0 %s STORE d",
                                        "LRANGE l %s -1",
                                        "LPOS l 1 COUNT %s",
                                        "LPOS l 1 COUNT 1 MAXLEN %s",
                                        "LREM l %s nothing",
                                        "LMPOP %s l LEFT",
                                        "ZRANGEBYSCORE z -inf +inf LIMIT %s 2",
                                        "ZRANGE z %s -1",
                                        "ZMPOP %s z MIN",
                                        "ZINTERCARD 1 z LIMIT %s",
                                        "SINTERCARD %s s",
                                        "XRANGE x - + COUNT %s",
                                        "XREAD COUNT %s STREAMS x 0",
                                        "XREADGROUP GROUP g a COUNT %s STREAMS x 0",
                                        "XPENDING x g - + %s",
                                        "XPENDING x g IDLE %s - + 10",
                                        "XCLAIM x g a %s 1-1",
                                        "XCLAIM x g a 0 1-1 IDLE %s",
                                        "XCLAIM x g a 0 1-1 TIME %s",
                                        "XCLAIM x g a 0 1-1 RETRYCOUNT %s",
                                        "XAUTOCLAIM x g a 0 0 COUNT %s",
                                        "XTRIM x MAXLEN ~ 1000 LIMIT %s",
                                        "XADD y MAXLEN ~ 1 LIMIT %s * f v",
                                        "XSETID x 9-9 ENTRIESADDED %s MAXDELETEDID 0-0",
                                        "XINFO STREAM x FULL COUNT %s",
                                        "XGROUP CREATE x h%s 0 ENTRIESREAD 5"};
    CHECK_REPLY(c, "RPUSH l 3 1 2", ":3");
    CHECK_REPLY(c, "ZADD z 1 a 2 b", ":2");
    CHECK_REPLY(c, "SADD s a b", ":2");
    CHECK_REPLY(c, "XADD x 1-1 f v", "\"1-1\"");
    CHECK_REPLY(c, "XGROUP CREATE x g 0", "+OK");
    CHECK_LIKE(c, "XREADGROUP GROUP g b STREAMS x >", BY_RESP(c, "[[*]]", "{*}"));
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        for (size_t j = 0; j < sizeof(ends) / sizeof(*ends); j++) {
            char line[128];
            const char *at = strstr(lines[i], "%s");
            snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - lines[i]), lines[i], ends[j],
                     at + 2);
            check_survives(c, line);
        }
    }
    CHECK_REPLY(c, "SCARD s", ":2");
    CHECK_REPLY(c, "LLEN l", ":3");
    CHECK_REPLY(c, "XLEN x", ":1");
}

/* More ids than somebody's array held once. */
TORC_TEST(claims_and_deletions_of_many)
{
    enum { IDS = 600 };
    struct text ids = {0}, line = {0}, none = {0};
    CHECK_REPLY(c, "XGROUP CREATE x g 0 MKSTREAM", "+OK");
    for (int i = 1; i <= IDS; i++) {
        char add[64];
        snprintf(add, sizeof(add), "XADD x %d-0 f v", i);
        check_survives(c, add);
        text_addf(&ids, " %d-0", i);
        text_addf(&none, "%s:-1", i > 1 ? ", " : "[");
    }
    text_addf(&none, "]");
    check_survives(c, "XREADGROUP GROUP g a STREAMS x >");
    text_addf(&line, "XNACK x g FAIL IDS %d%s", IDS, ids.data);
    CHECK_REPLY(c, line.data, ":600");
    CHECK_REPLY(c, "XDEL x 300-0", ":1");
    CHECK_LIKE(c, "XAUTOCLAIM x g b 0 299 COUNT 3 JUSTID",
               "[\"302-0\", [\"299-0\", \"301-0\"], [\"300-0\"]]");
    CHECK_REPLY(c, "XADD x 700-0 f v", "\"700-0\"");
    line.len = 0;
    text_addf(&line, "XDELEX x ACKED IDS %d%s", IDS, ids.data);
    check_survives(c, line.data);
    line.len = 0;
    text_addf(&line, "XACKDEL x none IDS %d%s", IDS, ids.data);
    CHECK_REPLY(c, line.data, none.data);
    line.len = 0;
    text_addf(&line, "XACK x g%s", ids.data);
    CHECK_REPLY(c, line.data, ":599");
    line.len = 0;
    text_addf(&line, "XACKDEL x g DELREF IDS %d%s", IDS, ids.data);
    CHECK_REPLY(c, line.data, none.data);
    CHECK_REPLY(c, "XLEN x", ":600");
    text_fini(&ids);
    text_fini(&line);
    text_fini(&none);
}

/* Whatever a client says comes back in one line, if it comes back. */
WIRE_TEST(no_line_can_be_smuggled_in)
{
    static const char *const lines[] = {
        "\"foo\\r\\n+OK\\r\\n\" \"bar\\r\\n$3\\r\\nabc\\r\\n\"",
        "\"foo\\n\" \"\\n\"",
        "\"\\r\"",
        "\"CLIENT\" \"x\\r\\n+OK\"",
        "OBJECT \"x\\r\\n+OK\" k",
        "CONFIG \"x\\r\\n+OK\"",
        "DEBUG \"x\\r\\n+OK\"",
        "COMMAND \"x\\r\\n+OK\"",
        "CONFIG SET \"x\\r\\n+OK\" 1",
        "CONFIG SET maxclients \"1\\r\\n+OK\"",
        "CONFIG SET loglevel \"x\\r\\n+OK\"",
        "CONFIG SET client-output-buffer-limit \"x\\r\\n+OK\"",
        "CLIENT KILL USER \"x\\r\\n+OK\"",
        "CLIENT KILL TYPE \"x\\r\\n+OK\"",
        "CLIENT KILL ADDR \"x\\r\\n+OK\" MAXAGE \"x\\r\\n\"",
        "CLIENT LIST TYPE \"x\\r\\n+OK\"",
        "CLIENT SETNAME \"x\\r\\n+OK\"",
        "CLIENT SETINFO \"x\\r\\n+OK\" y",
        "CLIENT SETINFO lib-name \"x\\r\\n+OK\"",
        "CLIENT REPLY \"x\\r\\n+OK\"",
        "HELLO \"x\\r\\n+OK\"",
        "HELLO 3 SETNAME \"x\\r\\n+OK\"",
        "HELLO 3 \"x\\r\\n+OK\"",
        "AUTH \"x\\r\\n+OK\"",
        "AUTH \"x\\r\\n+OK\" y",
        "SET k v \"x\\r\\n+OK\"",
        "EXPIRE k 1 \"x\\r\\n+OK\"",
        "COPY k l \"x\\r\\n+OK\"",
        "SCAN \"x\\r\\n+OK\"",
        "SCAN 0 TYPE \"x\\r\\n+OK\" MATCH \"\\r\\n\" X \"\\r\\n\"",
        "SHUTDOWN \"x\\r\\n+OK\"",
        "LCS k l \"x\\r\\n+OK\"",
        "LOLWUT VERSION \"x\\r\\n+OK\"",
        "COMMAND GETKEYS \"x\\r\\n+OK\" y",
        "COMMAND LIST FILTERBY \"x\\r\\n+OK\" y",
        "SELECT \"x\\r\\n+OK\"",
        "FLUSHALL \"x\\r\\n+OK\"",
        "INFO \"x\\r\\n+OK\"",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        check_survives(c, lines[i]); /* a stray line would stand before PING's answer */
    CHECK_REPLY(c, "ECHO \"\\r\\n+OK\\r\\n\"", "\"\\r\\n+OK\\r\\n\"");
}

/* Names with line ends cannot add fields or clients to a listing. */
WIRE_TEST(listings_stay_in_their_lines)
{
    check_error(c, "CLIENT SETNAME \"a\\nid=99\"");
    check_error(c, "CLIENT SETNAME \"a b\"");
    check_error(c, "CLIENT SETINFO LIB-VER \"1\\n2\"");
    CHECK_LIKE(c, "CLIENT INFO", "* name= *");
}

/* Star after star, and then something that does not fit: backtracking would take centuries. */
static void add_bomb(struct text *out, int stars)
{
    for (int i = 0; i < stars; i++)
        text_addf(out, "a*");
    text_addf(out, "b");
}

WIRE_TEST(patterns_cannot_explode)
{
    struct text pattern = {0}, line = {0};
    char *key = malloc(30001);
    memset(key, 'a', 30000);
    key[30000] = 0;
    text_addf(&line, "SET %s 1", key);
    CHECK_REPLY(c, line.data, "+OK");
    static const int stars[] = {5, 50, 500};
    for (int i = 0; i < 3; i++) {
        if (wire_env()->oracle && i) break; /* takes it for minutes */
        pattern.len = line.len = 0;
        add_bomb(&pattern, stars[i]);
        text_addf(&line, "KEYS %s", pattern.data);
        CHECK_REPLY(c, line.data, "[]");
        line.len = 0;
        text_addf(&line, "SCAN 0 COUNT 1000000 MATCH %s", pattern.data);
        CHECK_LIKE(c, line.data, "[\"*\", []]");
        line.len = 0;
        text_addf(&line, "CONFIG GET %s", pattern.data);
        CHECK_REPLY(c, line.data, BY_RESP(c, "[]", "{}"));
        line.len = 0;
        text_addf(&line, "COMMAND LIST FILTERBY PATTERN %s", pattern.data);
        CHECK_REPLY(c, line.data, "[]");
    }
    CHECK_REPLY(c, "KEYS [a", "[]");
    CHECK_REPLY(c, "KEYS \"[\"", "[]");
    CHECK_REPLY(c, "KEYS \"[^\"", "[]");
    check_survives(c, "KEYS \"[a-\"");
    check_survives(c, "KEYS \"\\\\\"");
    check_survives(c, "KEYS \"[\\\\\"");
    check_survives(c, "KEYS \"a\\x00*[\\xff-\\x01]\"");
    free(key);
    text_fini(&pattern);
    text_fini(&line);
}

/* Half a million arguments: counted, refused or done, and answered in a few bytes. */
WIRE_TEST(very_many_arguments)
{
    static const char *const heads[] = {"NONSENSE", "GET", "PING",   "MSET", "DEL",
                                        "CONFIG",   "SET", "CLIENT", "MGET", "COMMAND"};
    enum { ARGS = 200000 };
    struct text out = {0};
    for (int i = 1; i < ARGS; i++)
        text_addf(&out, "$1\r\nx\r\n");
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        char head[64];
        snprintf(head, sizeof(head), "*%d\r\n$%d\r\n%s\r\n", ARGS, (int)strlen(heads[i]), heads[i]);
        REQUIRE(wire_send_text(c, head));
        REQUIRE(wire_send(c, out.data, out.len));
        struct reply *reply = wire_read(c);
        REQUIRE(reply);
        if (reply->type == '-') CHECK(reply->len < 500);
        reply_free(reply);
    }
    CHECK_REPLY(c, "PING", "+PONG");
    text_fini(&out);
}

/* A long name is shown in part. */
WIRE_TEST(errors_are_short)
{
    struct words words = {0};
    char *name = malloc(100000);
    memset(name, 'n', 100000);
    for (int i = 0; i < 50; i++)
        words_add(&words, name, 100000);
    const char *got = wire_words_text(c, &words);
    CHECK(strncmp(got, "-ERR unknown command 'nnn", 25) == 0);
    CHECK(strlen(got) < 600);
    words_fini(&words);
    words_add(&words, "OBJECT", 6);
    words_add(&words, name, 100000);
    words_add(&words, name, 100000);
    got = wire_words_text(c, &words);
    CHECK(*got == '-' && strlen(got) < 600);
    words_fini(&words);
    free(name);
    CHECK_REPLY(c, "PING", "+PONG");
}

/* Nothing but what leads to a password, before there was one. */
ONCE_TEST(strangers_may_do_nothing)
{
    static const char *const args[] = {"--requirepass", "secret", NULL};
    static const char *const refused[] = {
        "PING",        "GET k",     "SET k v", "ECHO x",        "INFO",     "CONFIG GET *",
        "CLIENT LIST", "CLIENT ID", "COMMAND", "COMMAND COUNT", "SELECT 0", "DEBUG SLEEP 0",
        "FLUSHALL",    "KEYS *",    "SCAN 0",  "MGET a b",      "SHUTDOWN", "TIME",
        "LOLWUT",      "HELLO 3",   "HELLO 2", "SWAPDB 0 1"};
    struct server server;
    struct wire own;
    wire_own_start(&server, NULL, args);
    REQUIRE(wire_open(&own, server.port));
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        CHECK_LIKE(&own, refused[i], "-NOAUTH *");
    for (int i = 0; i < 20; i++) { /* guesses that share a beginning, or an end */
        char line[40];
        snprintf(line, sizeof(line), "AUTH %.*s", i % 6, "secret");
        CHECK_LIKE(&own, i % 6 ? line : "AUTH \"\"", "-WRONGPASS *");
    }
    CHECK_LIKE(&own, "AUTH secretx", "-WRONGPASS *");
    CHECK_LIKE(&own, "AUTH \"secret\\x00\"", "-WRONGPASS *");
    CHECK_LIKE(&own, "HELLO 2 AUTH default wrong", "-WRONGPASS *");
    CHECK_LIKE(&own, "GET k", "-NOAUTH *");
    CHECK_REPLY(&own, "AUTH secret", "+OK");
    CHECK_REPLY(&own, "PING", "+PONG");
    CHECK_REPLY(&own, "RESET", "+RESET");
    CHECK_LIKE(&own, "PING", "-NOAUTH *");
    CHECK_REPLY(&own, "AUTH default secret", "+OK");
    CHECK_REPLY(&own, "CONFIG SET requirepass \"\"", "+OK");
    wire_close(&own);
    wire_own_stop(&server);
}

/* The limits hold from the first byte, in the same delivery too, and end with the password. */
ONCE_TEST(limits_of_strangers_end_with_the_password)
{
    static const char *const args[] = {"--requirepass", "secret", NULL};
    struct server server;
    struct wire own;
    struct text out = {0};
    wire_own_start(&server, NULL, args);
    REQUIRE(wire_open(&own, server.port));
    text_addf(&out, "AUTH secret\r\n*12\r\n$3\r\nDEL\r\n");
    for (int i = 0; i < 11; i++)
        text_addf(&out, "$1\r\n%c\r\n", 'a' + i);
    text_addf(&out, "*2\r\n$4\r\nECHO\r\n$20000\r\n%020000d\r\n", 7);
    REQUIRE(wire_send(&own, out.data, out.len));
    CHECK_NEXT(&own, "+OK");
    CHECK_NEXT(&own, ":0");
    struct reply *reply = wire_read(&own);
    CHECK(reply && reply->len == 20000);
    reply_free(reply);
    wire_close(&own);
    REQUIRE(wire_open(&own, server.port)); /* the other way round */
    REQUIRE(wire_send_text(&own, "AUTH secret\r\nRESET\r\n"));
    CHECK_NEXT(&own, "+OK");
    CHECK_NEXT(&own, "+RESET");
    REQUIRE(wire_send_text(&own, "*11\r\n"));
    CHECK_NEXT(&own, "-ERR Protocol error: unauthenticated multibulk length");
    CHECK(wire_is_closed(&own));
    wire_close(&own);
    text_fini(&out);
    wire_own_stop(&server);
}

static void add_arguments(struct text *out, int count, int len)
{
    text_addf(out, "*%d\r\n$3\r\nDEL\r\n", count + 1);
    for (int i = 0; i < count; i++)
        text_addf(out, "$%d\r\n%0*d\r\n", len, len, i);
}

/* What strangers may send is refused for want of a password, and no sooner; one more byte is not
 * read. */
ONCE_TEST(strangers_may_send_ten_arguments_of_16_kib)
{
    static const char *const args[] = {"--requirepass", "secret", NULL};
    enum { BULK_MAX = 16384 };
    struct text out = {0};
    struct server server;
    struct wire own;
    wire_own_start(&server, NULL, args);
    REQUIRE(wire_open(&own, server.port));
    add_arguments(&out, 9, BULK_MAX);
    for (int i = 0; i < 3; i++) {
        REQUIRE(wire_send(&own, out.data, out.len));
        CHECK_NEXT(&own, "-NOAUTH Authentication required.");
    }
    REQUIRE(wire_send_text(&own, "*2\r\n$3\r\nDEL\r\n$16385\r\n"));
    CHECK_NEXT(&own, "-ERR Protocol error: unauthenticated bulk length");
    CHECK(wire_is_closed(&own));
    wire_close(&own);
    text_fini(&out);
    wire_own_stop(&server);
}

/* Connections that end with commands under way leave their place to others, who must see none of
 * the answers. */
WIRE_TEST(answers_find_nobody_but_who_asked)
{
    enum { ROUNDS = 200 };
    struct text out = {0};
    struct wire gone, next;
    for (int i = 0; i < 20; i++)
        text_addf(&out, "SET stale:%d old\r\nGET stale:%d\r\nMGET stale:%d x%d\r\n", i, i, i, i);
    for (int i = 0; i < ROUNDS; i++) {
        REQUIRE(wire_open(&gone, wire_env()->server->port));
        REQUIRE(wire_send(&gone, out.data, out.len));
        if (i % 2) {
            struct linger hard = {.l_onoff = 1};
            setsockopt(gone.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        }
        wire_close(&gone);
        char line[32], expected[32];
        REQUIRE(wire_open(&next, wire_env()->server->port));
        snprintf(line, sizeof(line), "ECHO new%d", i);
        snprintf(expected, sizeof(expected), "\"new%d\"", i);
        CHECK_REPLY(&next, line, expected);
        CHECK_REPLY(&next, "STRLEN none", ":0");
        wire_close(&next);
    }
    text_fini(&out);
    CHECK_REPLY(c, "PING", "+PONG");
}

/* Killed by others at any moment of their work: by id, by filter, by themselves. */
WIRE_TEST(killed_with_commands_under_way)
{
    struct text out = {0};
    struct wire victim;
    for (int i = 0; i < 200; i++)
        text_addf(&out, "MSET a%d 1 b%d 2 c%d 3\r\nGET a%d\r\nMGET a%d b%d c%d\r\n", i, i, i, i, i,
                  i, i);
    for (int i = 0; i < 60; i++) {
        char line[64];
        wire_another(&victim);
        long long id = CHECK_RANGE(&victim, "CLIENT ID", 1, 1LL << 60);
        REQUIRE(wire_send(&victim, out.data, out.len));
        if (i % 3 == 2) { /* itself, in the middle */
            snprintf(line, sizeof(line), "CLIENT KILL ID %lld SKIPME no", id);
            REQUIRE(wire_send_command(&victim, line));
            (void)wire_send(&victim, out.data, out.len);
        } else {
            snprintf(line, sizeof(line), i % 3 ? "CLIENT KILL TYPE normal" : "CLIENT KILL ID %lld",
                     id);
            CHECK_LIKE(c, line, ":*");
        }
        while (!victim.ended && !victim.error) {
            struct reply *reply = wire_read(&victim);
            if (!reply) break;
            reply_free(reply);
        }
        CHECK(victim.ended);
        wire_close(&victim);
    }
    CHECK_REPLY(c, "PING", "+PONG");
    text_fini(&out);
}

/* Sums up a figure of all shards in a reply of INFO shards. */
static double sum_of_shards(const struct reply *reply, const char *name)
{
    double sum = 0;
    for (const char *at = reply->data; (at = strstr(at, name)); at++)
        sum += strtod(at + strlen(name), NULL);
    return sum;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Utilisation is time at work, what the kernel does in the shard's thread included; more shards
 * than CPUs do not spin, so that all CPU time is work. */
WIRE_TEST_WITH(utilisation_is_what_the_cpu_did, WIRE_TORC_ONLY | WIRE_ONCE)
{
    enum { PINGS = 10000 };
    char shards[24];
    const char *args[] = {"--shards", shards, NULL};
    struct server server;
    struct wire own;
    snprintf(shards, sizeof(shards), "%ld", sysconf(_SC_NPROCESSORS_ONLN) + 1);
    double start = seconds_now();
    wire_own_start(&server, NULL, args);
    wire_connect(&own, &server);
    for (int i = 0; i < PINGS && !own.error; i++)
        wire_command_text(&own, "PING");
    struct reply *reply = wire_command(&own, "INFO shards");
    REQUIRE(reply && reply->data);
    double worked = sum_of_shards(reply, "utilisation=") * (seconds_now() - start);
    double used = sum_of_shards(reply, "cpu=");
    if (worked < used / 2) test_fail(__FILE__, __LINE__, "%f s of %f s", worked, used);
    reply_free(reply);
    wire_close(&own);
    wire_own_stop(&server);
}
