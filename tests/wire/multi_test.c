/* MULTI, EXEC, DISCARD, WATCH, UNWATCH. */
#include <stdio.h>
#include <string.h>

#include "wire/wire_test.h"

#define ABORTED "-EXECABORT Transaction discarded because of previous errors."

/* Queues lines, up to NULL. */
static void queue(struct wire *c, const char *const *lines)
{
    CHECK_REPLY(c, "MULTI", "+OK");
    for (; *lines; lines++)
        CHECK_REPLY(c, *lines, "+QUEUED");
}

WIRE_TEST(a_block_runs_as_one)
{
    static const char *const lines[] = {"SET a 1", "INCR a", "SET b x", "MGET a b c",
                                        "INCR b",  "PING",   "ECHO e",  NULL};
    queue(c, lines);
    CHECK_REPLY(
        c, "EXEC",
        BY_RESP(c,
                "[+OK, :2, +OK, [\"2\", \"x\", nil], -ERR value is not an integer or out of "
                "range, +PONG, \"e\"]",
                "[+OK, :2, +OK, [\"2\", \"x\", nil], -ERR value is not an integer or out of "
                "range, +PONG, \"e\"]"));
    CHECK_REPLY(c, "GET a", "\"2\"");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "EXEC", "[]");
}

WIRE_TEST(without_multi_there_is_nothing_to_run_or_drop)
{
    CHECK_REPLY(c, "EXEC", "-ERR EXEC without MULTI");
    CHECK_REPLY(c, "DISCARD", "-ERR DISCARD without MULTI");
    CHECK_REPLY(c, "UNWATCH", "+OK");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SET a 1", "+QUEUED");
    CHECK_REPLY(c, "DISCARD", "+OK");
    CHECK_REPLY(c, "EXEC", "-ERR EXEC without MULTI");
    CHECK_REPLY(c, "GET a", "nil");
}

WIRE_TEST(errors_while_queueing_abort)
{
    static const char *const bad[] = {"NOSUCH a", "GET", "SHUTDOWN", "CLIENT NOSUCH", NULL};
    for (int i = 0; bad[i]; i++) {
        CHECK_REPLY(c, "MULTI", "+OK");
        CHECK_REPLY(c, "SET a 1", "+QUEUED");
        CHECK_LIKE(c, bad[i], "-ERR *");
        CHECK_REPLY(c, "SET a 2", "+QUEUED");
        CHECK_REPLY(c, "EXEC", ABORTED);
        CHECK_REPLY(c, "EXEC", "-ERR EXEC without MULTI");
    }
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SHUTDOWN NOSAVE", "-ERR Command not allowed inside a transaction");
    CHECK_REPLY(c, "DISCARD", "+OK");
    CHECK_REPLY(c, "EXISTS a", ":0");
}

WIRE_TEST(blocks_are_not_nested_and_nothing_is_watched_in_them)
{
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "MULTI", "-ERR MULTI calls can not be nested");
    CHECK_REPLY(c, "WATCH a", "-ERR WATCH inside MULTI is not allowed");
    CHECK_REPLY(c, "SET a 1", "+QUEUED");
    CHECK_REPLY(c, "EXEC", "[+OK]");
}

WIRE_TEST(reset_and_quit_drop_the_block)
{
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SET a 1", "+QUEUED");
    CHECK_REPLY(c, "RESET", "+RESET");
    CHECK_REPLY(c, "EXEC", "-ERR EXEC without MULTI");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SET a 1", "+QUEUED");
    CHECK_REPLY(c, "QUIT", "+OK");
    CHECK(wire_is_closed(c));
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(&other, "EXISTS a", ":0");
    wire_close(&other);
}

WIRE_TEST(select_takes_effect_within_the_block_and_after_it)
{
    static const char *const lines[] = {"SET a 0", "SELECT 3", "SET a 3", "SELECT 99", NULL};
    queue(c, lines);
    CHECK_REPLY(c, "EXEC", "[+OK, +OK, +OK, -ERR DB index is out of range]");
    CHECK_REPLY(c, "GET a", "\"3\"");
    CHECK_REPLY(c, "SELECT 0", "+OK");
    CHECK_REPLY(c, "GET a", "\"0\"");
}

WIRE_TEST(all_kinds_of_commands_can_be_queued)
{
    static const char *const lines[] = {"MSET a 1 b 2 c 3",
                                        "DBSIZE",
                                        "RENAME a d",
                                        "SUNIONSTORE u v w",
                                        "SCAN 0 COUNT 100 MATCH d",
                                        "SWAPDB 0 1",
                                        "GET b",
                                        "SWAPDB 0 1",
                                        "GET b",
                                        "CONFIG SET timeout 0",
                                        "CLIENT ID",
                                        NULL};
    queue(c, lines);
    CHECK_LIKE(c, "EXEC", "[+OK, :3, +OK, :0, [\"0\", [\"d\"]], +OK, nil, +OK, \"2\", +OK, :*]");
    static const char *const flush[] = {"KEYS d", "FLUSHALL", "DBSIZE", NULL};
    queue(c, flush);
    CHECK_REPLY(c, "EXEC", "[[\"d\"], +OK, :0]");
}

WIRE_TEST(a_long_command_keeps_the_block_whole)
{
    struct text line = {0};
    text_addf(&line, "RPUSH l");
    for (int i = 0; i < 30000; i++)
        text_addf(&line, " %d", i);
    CHECK_REPLY(c, line.data, ":30000");
    text_fini(&line);
    static const char *const lines[] = {
        "INCR n", "SORT l DESC STORE s", "INCR n", "LLEN s", "COPY s t", "INCR n", NULL};
    queue(c, lines);
    CHECK_REPLY(c, "EXEC", "[:1, :30000, :2, :30000, :1, :3]");
    CHECK_REPLY(c, "LINDEX t 0", "\"29999\"");
}

WIRE_TEST(what_was_watched_and_has_changed_prevents_the_block)
{
    static const char *const changes[] = {
        "SET a 2",    "DEL a",        "APPEND a x",       "EXPIRE a 100", "RENAME b a",
        "RENAME a c", "MOVE a 1",     "COPY b a REPLACE", "FLUSHALL",     "FLUSHDB",
        "SWAPDB 0 1", "MSET x 1 a 2", "GETDEL a",         "PERSIST a",    NULL};
    struct wire other;
    wire_another(&other);
    for (int i = 0; changes[i]; i++) {
        CHECK_REPLY(&other, "FLUSHALL", "+OK");
        CHECK_REPLY(&other, "SET a 1 EX 1000", "+OK");
        CHECK_REPLY(&other, "SET b 1", "+OK");
        CHECK_REPLY(c, "WATCH z a y", "+OK");
        CHECK_LIKE(&other, changes[i], "*");
        CHECK_REPLY(c, "MULTI", "+OK");
        CHECK_REPLY(c, "SET done 1", "+QUEUED");
        CHECK_REPLY(c, "EXEC", BY_RESP(c, "nil*", "nil"));
        CHECK_REPLY(c, "EXISTS done", ":0");
    }
    wire_close(&other);
}

WIRE_TEST(what_leaves_the_key_alone_does_not)
{
    static const char *const harmless[] = {"GET a",       "SET b 2",    "TTL a",    "DEL nokey",
                                           "SETNX a 7",   "LPUSHX k 1", "SET aa 1", "SELECT 1",
                                           "SET a other", "FLUSHDB",    "SELECT 0", NULL};
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(c, "SET a 1", "+OK");
    CHECK_REPLY(c, "WATCH a", "+OK");
    for (int i = 0; harmless[i]; i++)
        CHECK_LIKE(&other, harmless[i], "*");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "GET a", "+QUEUED");
    CHECK_REPLY(c, "EXEC", "[\"1\"]");
    CHECK_REPLY(&other, "SET a 2", "+OK"); /* EXEC has ended the watch */
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "GET a", "+QUEUED");
    CHECK_REPLY(c, "EXEC", "[\"2\"]");
    wire_close(&other);
}

WIRE_TEST(a_watch_can_be_ended)
{
    static const char *const ends[] = {"UNWATCH", "DISCARD", "EXEC", "RESET", NULL};
    for (int i = 0; ends[i]; i++) {
        bool in_block = !strcmp(ends[i], "DISCARD") || !strcmp(ends[i], "EXEC");
        CHECK_REPLY(c, "WATCH a b", "+OK");
        CHECK_REPLY(c, "WATCH a", "+OK");
        if (in_block) CHECK_REPLY(c, "MULTI", "+OK");
        CHECK_LIKE(c, ends[i], "*");
        if (!strcmp(ends[i], "RESET")) CHECK(wire_hello(c, c->resp));
        CHECK_REPLY(c, "SET a 1", "+OK");
        CHECK_REPLY(c, "MULTI", "+OK");
        CHECK_REPLY(c, "GET a", "+QUEUED");
        CHECK_REPLY(c, "EXEC", "[\"1\"]");
    }
}

WIRE_TEST(own_changes_count_too)
{
    CHECK_REPLY(c, "WATCH a", "+OK");
    CHECK_REPLY(c, "SET a 1", "+OK");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "GET a", "+QUEUED");
    CHECK_REPLY(c, "EXEC", BY_RESP(c, "nil*", "nil"));
}

/* Waits, not for long, until the key has expired. */
static void wait_until_gone(struct wire *c, const char *key)
{
    char line[64];
    snprintf(line, sizeof line, "PTTL %s", key);
    for (int i = 0; i < 100000 && strcmp(wire_command_text(c, line), ":-2") != 0; i++)
        continue;
}

WIRE_TEST(a_watched_key_that_expires_has_changed)
{
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(c, "SET a 1 PX 20", "+OK");
    CHECK_REPLY(c, "WATCH a", "+OK");
    wait_until_gone(&other, "a");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "PING", "+QUEUED");
    CHECK_REPLY(c, "EXEC", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, "SET a 1 PX 1", "+OK");
    wait_until_gone(&other, "a");
    CHECK_REPLY(c, "WATCH a", "+OK"); /* it is gone already */
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "PING", "+QUEUED");
    CHECK_REPLY(c, "EXEC", "[+PONG]");
    wire_close(&other);
}

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"MULTI a", "DISCARD a", "WATCH", "UNWATCH a", NULL};
    check_arity(c, lines);
    CHECK_REPLY(c, "EXEC a",
                "-EXECABORT Transaction discarded because of: wrong number of "
                "arguments for 'exec' command");
}

/* Everything at once, and what follows in the same pipeline. */
WIRE_TEST(a_pipeline_of_blocks)
{
    enum { BLOCKS = 200 };
    struct text all = {0};
    for (int i = 0; i < BLOCKS; i++)
        text_addf(&all,
                  "WATCH w%d\r\nMULTI\r\nINCR a%d\r\nINCR b%d\r\nSELECT 0\r\nEXEC\r\nPING\r\n", i,
                  i % 7, i % 5);
    CHECK(wire_send_text(c, all.data));
    text_fini(&all);
    for (int i = 0; i < BLOCKS; i++) {
        char expected[64];
        CHECK_NEXT(c, "+OK");
        CHECK_NEXT(c, "+OK");
        for (int j = 0; j < 3; j++)
            CHECK_NEXT(c, "+QUEUED");
        snprintf(expected, sizeof expected, "[:%d, :%d, +OK]", i / 7 + 1, i / 5 + 1);
        CHECK_NEXT(c, expected);
        CHECK_NEXT(c, "+PONG");
    }
}

WIRE_TEST(client_list_shows_blocks_and_watches)
{
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(c, "CLIENT SETNAME me", "+OK");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SET a 1", "+QUEUED");
    CHECK_REPLY(c, "SET a 1", "+QUEUED");
    CHECK_LIKE(&other, "CLIENT LIST", "*name=me*flags=x*multi=2 *cmd=set *");
    CHECK_REPLY(c, "DISCARD", "+OK");
    CHECK_LIKE(&other, "CLIENT LIST", "*name=me*flags=N*multi=-1 *");
    wire_close(&other);
}

/* It would wait for a slot that the block holds. */
TORC_TEST(no_slot_moves_within_a_block)
{
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SET a 1", "+QUEUED");
    CHECK_REPLY(c, "DEBUG SLOT-MOVE 1 0", "-ERR Command not allowed inside a transaction");
    CHECK_REPLY(c, "EXEC", ABORTED);
}

/* Each is found among the others, and all end. */
WIRE_TEST(many_keys_are_watched)
{
    enum { COUNT = 3000 };
    struct wire other;
    struct text line = {0};
    wire_another(&other);
    text_addf(&line, "WATCH");
    for (int i = 0; i < COUNT; i++)
        text_addf(&line, " k%d", i);
    CHECK_REPLY(c, line.data, "+OK");
    CHECK_REPLY(c, line.data, "+OK"); /* those it watches already */
    if (!wire_env()->oracle) CHECK_LIKE(c, "CLIENT INFO", "*flags=N *watch=3000 *");
    CHECK_REPLY(&other, "SET k1234 v", "+OK");
    CHECK_LIKE(c, "CLIENT INFO", "*flags=d *");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "EXEC", BY_RESP(c, "nil*", "nil"));
    CHECK_REPLY(c, line.data, "+OK");
    CHECK_REPLY(c, "UNWATCH", "+OK");
    CHECK_REPLY(&other, "SET k1234 w", "+OK");
    CHECK_LIKE(c, "CLIENT INFO", "*flags=N *");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "EXEC", "[]");
    CHECK_REPLY(c, "WATCH k1", "+OK");
    CHECK_REPLY(c, "SELECT 1", "+OK");
    CHECK_REPLY(c, "WATCH k1", "+OK"); /* another key of the same name */
    CHECK_REPLY(&other, "SELECT 1", "+OK");
    CHECK_REPLY(&other, "SET k1 v", "+OK");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "EXEC", BY_RESP(c, "nil*", "nil"));
    text_fini(&line);
    wire_close(&other);
}
