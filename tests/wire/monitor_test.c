/* MONITOR: every command of every client, in an order that agrees with what they do. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

static void begin(struct wire *monitor)
{
    wire_another(monitor);
    CHECK_REPLY(monitor, "MONITOR", "+OK");
}

/* The command of a line, with its database: `[0] "GET" "a"`. */
static bool take_apart(const char *line, struct text *text)
{
    const char *bracket = strstr(line, " ["), *address, *end;
    if (*line != '+' || !bracket) return false;
    for (const char *at = line + 1; at < bracket; at++)
        if (!isdigit((unsigned char)*at) && *at != '.') return false;
    address = strchr(bracket + 2, ' ');
    end = address ? strstr(address, "] ") : NULL;
    if (!end || strncmp(address, " 127.0.0.1:", 11) != 0) return false;
    text->len = 0;
    text_addf(text, "[%.*s] %s", (int)(address - bracket - 2), bracket + 2, end + 2);
    return true;
}

static void check_shown(struct wire *monitor, const char *expected, int at)
{
    struct text text = {0};
    const char *line = wire_read_text(monitor);
    if (!take_apart(line, &text)) test_fail(__FILE__, at, "no line of a monitor: %.300s", line);
    if (text.data && strcmp(text.data, expected) != 0)
        test_fail(__FILE__, at, "shown:    %.300s\n    expected: %.300s", text.data, expected);
    text_fini(&text);
    if (*line == '<') test_abort();
}
#define CHECK_SHOWN(monitor, expected) check_shown(monitor, expected, __LINE__)

/* Sends a command, whatever it answers, and looks at what is shown; "": nothing. */
static void check_command(struct wire *c, struct wire *monitor, const char *line,
                          const char *expected)
{
    CHECK_LIKE(c, line, "*");
    if (*expected) check_shown(monitor, expected, __LINE__);
    CHECK_REPLY(c, "ECHO fence", "\"fence\"");
    check_shown(monitor, "[0] \"ECHO\" \"fence\"", __LINE__);
    if (test_failed()) test_fail(__FILE__, __LINE__, "after %s", line);
}

WIRE_TEST(commands_are_shown_as_they_were_sent)
{
    static const char *const cases[][2] = {
        {"SET a b", "[0] \"SET\" \"a\" \"b\""},
        {"gEt a", "[0] \"gEt\" \"a\""},
        {"SET \"a\\x00\\n\\r\\t\\a\\b\\\"\\\\\\xff\" ''",
         "[0] \"SET\" \"a\\x00\\n\\r\\tab\\\"\\\\\\xff\" \"\""},
        {"SET \"\\x07\\x08\\x1b\" é", "[0] \"SET\" \"\\a\\b\\x1b\" \"\\xc3\\xa9\""},
        {"MSET a 1 b 2 c 3 d 4", "[0] \"MSET\" \"a\" \"1\" \"b\" \"2\" \"c\" \"3\" \"d\" \"4\""},
        {"DBSIZE", "[0] \"DBSIZE\""},
        {"KEYS *", "[0] \"KEYS\" \"*\""},
        {"SCAN 0", "[0] \"SCAN\" \"0\""},
        {"FLUSHALL", "[0] \"FLUSHALL\""},
        {"PING", "[0] \"PING\""},
        {"TIME", "[0] \"TIME\""},
        {"CLIENT ID", "[0] \"CLIENT\" \"ID\""},
        {"CLIENT SETNAME x", "[0] \"CLIENT\" \"SETNAME\" \"x\""},
        {"INFO clients", "[0] \"INFO\" \"clients\""},
        {"COMMAND COUNT", "[0] \"COMMAND\" \"COUNT\""},
        {"OBJECT ENCODING a", "[0] \"OBJECT\" \"ENCODING\" \"a\""},
        {"PUBLISH a b", "[0] \"PUBLISH\" \"a\" \"b\""},
        {"SWAPDB 0 1", "[0] \"SWAPDB\" \"0\" \"1\""},
        {"WATCH a", "[0] \"WATCH\" \"a\""},
        {"UNWATCH", "[0] \"UNWATCH\""},
        {"BLPOP nolist 0.01", "[0] \"BLPOP\" \"nolist\" \"0.01\""},
        {"LPUSH list x", "[0] \"LPUSH\" \"list\" \"x\""},
        {"INCR list", "[0] \"INCR\" \"list\""}, /* that it fails makes no difference */
        {"EXPIRE a notanumber", "[0] \"EXPIRE\" \"a\" \"notanumber\""},
        {"EXEC", "[0] \"EXEC\""},
        {"DISCARD", "[0] \"DISCARD\""},
    };
    struct wire monitor;
    begin(&monitor);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_command(c, &monitor, cases[i][0], cases[i][1]);
    wire_close(&monitor);
}

WIRE_TEST(administration_and_refused_commands_are_not)
{
    static const char *const lines[] = {"CONFIG GET port",
                                        "CONFIG SET timeout 0",
                                        "CLIENT LIST",
                                        "DEBUG SLEEP 0",
                                        "NOSUCH a",
                                        "GET",
                                        "GET a b",
                                        "SHUTDOWN ABORT",
                                        "CLIENT NOSUCH",
                                        "CONFIG NOSUCH",
                                        "LATENCY RESET",
                                        "SLOWLOG LEN",
                                        NULL};
    struct wire monitor;
    begin(&monitor);
    for (int i = 0; lines[i]; i++)
        check_command(c, &monitor, lines[i], "");
    wire_close(&monitor);
}

WIRE_TEST(passwords_are_not_shown)
{
    static const char *const cases[][2] = {
        {"AUTH secret", "[0] \"AUTH\" \"(redacted)\""},
        {"AUTH me secret", "[0] \"AUTH\" \"(redacted)\" \"(redacted)\""},
        {"auth secret", "[0] \"auth\" \"(redacted)\""},
        {"HELLO 2 AUTH me secret", "[0] \"HELLO\" \"2\" \"AUTH\" \"(redacted)\" \"(redacted)\""},
        {"HELLO 2 SETNAME auth auth me secret",
         "[0] \"HELLO\" \"2\" \"SETNAME\" \"auth\" \"auth\" \"(redacted)\" \"(redacted)\""},
        {"HELLO 2 SETNAME a", "[0] \"HELLO\" \"2\" \"SETNAME\" \"a\""},
    };
    struct wire monitor;
    begin(&monitor);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_LIKE(c, cases[i][0], "*");
        CHECK_SHOWN(&monitor, cases[i][1]);
    }
    wire_close(&monitor);
}

WIRE_TEST(each_line_tells_the_database)
{
    struct wire monitor;
    begin(&monitor);
    CHECK_REPLY(c, "SET a 1", "+OK");
    CHECK_SHOWN(&monitor, "[0] \"SET\" \"a\" \"1\"");
    CHECK_REPLY(c, "SELECT 9", "+OK");
    CHECK_SHOWN(&monitor, "[9] \"SELECT\" \"9\""); /* the one that it has chosen */
    CHECK_REPLY(c, "SET a 1", "+OK");
    CHECK_SHOWN(&monitor, "[9] \"SET\" \"a\" \"1\"");
    CHECK_REPLY(c, "SELECT 99", "-ERR DB index is out of range");
    CHECK_SHOWN(&monitor, "[9] \"SELECT\" \"99\"");
    wire_close(&monitor);
}

/* With their block, when that runs. */
WIRE_TEST(blocks_are_shown_whole)
{
    struct wire monitor, other;
    begin(&monitor);
    wire_another(&other);
    CHECK_SHOWN(&monitor, c->resp == 3 ? "[0] \"HELLO\" \"3\"" : "[0] \"PING\"");
    if (c->resp == 3) CHECK_SHOWN(&monitor, "[0] \"PING\"");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SET q 1", "+QUEUED");
    CHECK_REPLY(&other, "SET between 1", "+OK");
    CHECK_REPLY(c, "GET q", "+QUEUED");
    CHECK_REPLY(c, "BLPOP none 0", "+QUEUED");
    CHECK_REPLY(c, "MSET a 1 b 2", "+QUEUED");
    CHECK_LIKE(c, "EXEC", "[+OK, \"1\", nil*, +OK]");
    CHECK_SHOWN(&monitor, "[0] \"MULTI\"");
    CHECK_SHOWN(&monitor, "[0] \"SET\" \"between\" \"1\"");
    CHECK_SHOWN(&monitor, "[0] \"SET\" \"q\" \"1\"");
    CHECK_SHOWN(&monitor, "[0] \"GET\" \"q\"");
    CHECK_SHOWN(&monitor, "[0] \"BLPOP\" \"none\" \"0\"");
    CHECK_SHOWN(&monitor, "[0] \"MSET\" \"a\" \"1\" \"b\" \"2\"");
    CHECK_SHOWN(&monitor, "[0] \"EXEC\"");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "SET q 1", "+QUEUED");
    CHECK_REPLY(c, "DISCARD", "+OK");
    CHECK_SHOWN(&monitor, "[0] \"MULTI\"");
    CHECK_SHOWN(&monitor, "[0] \"DISCARD\"");
    wire_close(&monitor);
    wire_close(&other);
}

WIRE_TEST(who_waits_is_shown_once)
{
    struct wire monitor, other;
    wire_another(&other);
    begin(&monitor);
    CHECK(wire_send_command(&other, "BLPOP q r 0"));
    CHECK_SHOWN(&monitor, "[0] \"BLPOP\" \"q\" \"r\" \"0\"");
    CHECK_REPLY(c, "RPUSH r 1", ":1");
    CHECK_NEXT(&other, "[\"r\", \"1\"]");
    CHECK_SHOWN(&monitor, "[0] \"RPUSH\" \"r\" \"1\"");
    CHECK_REPLY(&other, "PING", "+PONG");
    CHECK_SHOWN(&monitor, "[0] \"PING\"");
    wire_close(&other);
    wire_close(&monitor);
}

WIRE_TEST(long_commands_are_shown_once)
{
    struct wire monitor;
    struct text line = {0};
    text_addf(&line, "RPUSH l");
    for (int i = 0; i < 30000; i++)
        text_addf(&line, " %d", i);
    CHECK_REPLY(c, line.data, ":30000");
    text_fini(&line);
    begin(&monitor);
    check_command(c, &monitor, "SORT l DESC STORE s",
                  "[0] \"SORT\" \"l\" \"DESC\" \"STORE\" \"s\"");
    check_command(c, &monitor, "COPY s t", "[0] \"COPY\" \"s\" \"t\"");
    check_command(c, &monitor, "SUNION l s", "[0] \"SUNION\" \"l\" \"s\"");
    wire_close(&monitor);
}

WIRE_TEST(a_monitor_does_little_else)
{
    struct wire monitor;
    CHECK_REPLY(c, "MONITOR x", "-ERR wrong number of arguments for 'monitor' command");
    CHECK_REPLY(c, "MULTI", "+OK");
    CHECK_REPLY(c, "MONITOR", "+QUEUED");
    CHECK_REPLY(c, "EXEC", "[-ERR MONITOR isn't allowed for DENY BLOCKING client]");
    begin(&monitor);
    CHECK_REPLY(&monitor, "GET x", "-ERR Replica can't interact with the keyspace");
    CHECK_REPLY(&monitor, "MSET x 1 y 2", "-ERR Replica can't interact with the keyspace");
    CHECK(wire_send_command(&monitor, "PING"));
    CHECK_NEXT(&monitor, "+PONG");
    CHECK_SHOWN(&monitor, "[0] \"PING\"");
    CHECK_LIKE(c, "CLIENT LIST", "*flags=O *");
    CHECK_LIKE(&monitor, "RESET", "+RESET");
    monitor.resp = 2;
    CHECK_REPLY(c, "SET x 1", "+OK");
    CHECK_REPLY(&monitor, "GET x", "\"1\"");
    CHECK_LIKE(c, "CLIENT LIST", "*flags=N *");
    CHECK_REPLY(&monitor, "MONITOR", "+OK");
    CHECK_REPLY(&monitor, "QUIT", "+OK");
    CHECK(*wire_read_all(&monitor) != '<');
    CHECK_REPLY(c, "GET x", "\"1\"");
    wire_close(&monitor);
}

WIRE_TEST(who_wants_no_replies_is_shown_nothing)
{
    struct wire mute, monitor;
    begin(&monitor);
    begin(&mute);
    CHECK(wire_send_command(&mute, "CLIENT REPLY OFF"));
    while (!test_failed() && !text_like(wire_read_text(&monitor), "*\"OFF\"*"))
        CHECK(!monitor.error); /* what it takes to connect is shown as well */
    check_command(c, &monitor, "SET a 1", "[0] \"SET\" \"a\" \"1\"");
    CHECK_REPLY(&mute, "CLIENT REPLY ON", "+OK");
    CHECK_SHOWN(&mute, "[0] \"CLIENT\" \"REPLY\" \"ON\"");
    wire_close(&mute);
    wire_close(&monitor);
}

WIRE_TEST(several_monitors_see_the_same)
{
    enum { MONITORS = 5, COMMANDS = 300 };
    struct wire monitors[MONITORS];
    char line[64], shown[64];
    for (int i = 0; i < MONITORS; i++)
        wire_another(&monitors[i]);
    for (int i = 0; i < MONITORS; i++)
        CHECK_REPLY(&monitors[i], "MONITOR", "+OK");
    for (int i = 0; i < COMMANDS; i++) {
        snprintf(line, sizeof line, "SET k%d %d", i % 50, i);
        CHECK_REPLY(c, line, "+OK");
    }
    for (int i = 0; i < COMMANDS && !test_failed(); i++) {
        snprintf(shown, sizeof shown, "[0] \"SET\" \"k%d\" \"%d\"", i % 50, i);
        for (int j = 0; j < MONITORS; j++)
            CHECK_SHOWN(&monitors[j], shown);
    }
    for (int i = 0; i < MONITORS; i++)
        wire_close(&monitors[i]);
}

enum { WRITERS = 4, WRITES = 150, ORDER_KEYS = 11 };

/* What the key would hold if the lines were the whole truth. */
static void note_line(const char *line, struct text *values)
{
    struct text text = {0};
    char command[8] = "", value[32] = "";
    int key = 0;
    REQUIRE(take_apart(line, &text));
    CHECK_INT(sscanf(text.data, "[0] \"%7[A-Z]\" \"k%d\" \"%31[^\"]\"", command, &key, value), 3);
    CHECK(key >= 0 && key < ORDER_KEYS);
    struct text *kept = &values[key % ORDER_KEYS];
    if (!strcmp(command, "SET")) kept->len = 0;
    text_addf(kept, "%s", value);
    text_fini(&text);
}

/* Writers on several shards race for the same keys: replaying what was shown gives what is there.
 */
WIRE_TEST(the_order_of_the_lines_is_that_of_the_effects)
{
    struct wire monitor, writers[WRITERS];
    struct text values[ORDER_KEYS] = {{0}};
    for (int i = 0; i < WRITERS; i++)
        wire_another(&writers[i]);
    begin(&monitor);
    for (int i = 0; i < WRITERS; i++) {
        struct text out = {0};
        for (int j = 0; j < WRITES; j++) {
            int key = (j * 7 + i) % ORDER_KEYS;
            text_addf(&out, "SET k%d %d.%d\r\nAPPEND k%d +%d\r\n", key, i, j, key, i);
        }
        CHECK(wire_send(&writers[i], out.data, out.len));
        text_fini(&out);
    }
    for (int i = 0; i < 2 * WRITERS * WRITES; i++)
        note_line(wire_read_text(&monitor), values);
    for (int i = 0; i < WRITERS; i++) {
        for (int j = 0; j < 2 * WRITES; j++)
            CHECK(*wire_read_text(&writers[i]) != '-');
        wire_close(&writers[i]);
    }
    for (int i = 0; i < ORDER_KEYS; i++) {
        char get[32];
        struct text expected = {0};
        snprintf(get, sizeof get, "GET k%d", i);
        text_add_quoted(&expected, values[i].data, values[i].len);
        CHECK_REPLY(c, get, expected.data);
        text_fini(&expected);
        text_fini(&values[i]);
    }
    wire_close(&monitor);
}

ONCE_TEST(who_has_not_said_the_password_is_not_shown)
{
    const char *const args[] = {"--requirepass", "secret", NULL};
    struct server server;
    struct wire monitor, other;
    wire_own_start(&server, NULL, args);
    REQUIRE(wire_open(&monitor, server.port));
    REQUIRE(wire_open(&other, server.port));
    CHECK_LIKE(&monitor, "MONITOR", "-NOAUTH *");
    CHECK_REPLY(&monitor, "AUTH secret", "+OK");
    CHECK_REPLY(&monitor, "MONITOR", "+OK");
    CHECK_LIKE(&other, "GET a", "-NOAUTH *");
    CHECK_LIKE(&other, "AUTH wrong", "-WRONGPASS *");
    CHECK_SHOWN(&monitor, "[0] \"AUTH\" \"(redacted)\"");
    CHECK_REPLY(&other, "AUTH default secret", "+OK");
    CHECK_SHOWN(&monitor, "[0] \"AUTH\" \"(redacted)\" \"(redacted)\"");
    CHECK_REPLY(&other, "GET a", "nil");
    CHECK_SHOWN(&monitor, "[0] \"GET\" \"a\"");
    wire_close(&monitor);
    wire_close(&other);
    wire_own_stop(&server);
}

/* What hangs off a client in other shards ends by errands, and the server's end comes upon them. */
ONCE_TEST(a_server_ends_while_its_clients_go)
{
    static const char *const lines[] = {"MONITOR", "WATCH a b c", "CLIENT TRACKING ON BCAST",
                                        "PSUBSCRIBE x*"};
    enum { CLIENTS = 60, ROUNDS = 3 };
    for (int i = 0; i < ROUNDS; i++) {
        struct server server;
        struct wire wires[CLIENTS];
        wire_own_start(&server, NULL, (const char *const[]){NULL});
        for (int j = 0; j < CLIENTS; j++) {
            REQUIRE(wire_open(&wires[j], server.port));
            CHECK(wire_send_command(&wires[j], lines[j % 4]));
            CHECK(*wire_read_text(&wires[j]) != '-');
        }
        for (int j = 0; j < CLIENTS; j++)
            wire_close(&wires[j]);
        wire_own_stop(&server);
    }
}
