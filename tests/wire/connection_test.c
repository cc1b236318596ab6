/* What concerns the connection: PING ECHO AUTH HELLO QUIT RESET SELECT and CLIENT. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire_test.h"

WIRE_TEST(wrong_arity_is_refused)
{
    static const char *const lines[] = {"AUTH",    "CLIENT", "ECHO",       "ECHO a b", "PING a b",
                                        "RESET x", "SELECT", "SELECT 1 2", NULL};
    check_arity(c, lines);
    CHECK_REPLY(c, "CLIENT ID x", "-ERR wrong number of arguments for 'client|id' command");
    CHECK_REPLY(c, "CLIENT KILL", "-ERR wrong number of arguments for 'client|kill' command");
    CHECK_REPLY(c, "CLIENT SETNAME", "-ERR wrong number of arguments for 'client|setname' command");
    CHECK_REPLY(c, "client reply", "-ERR wrong number of arguments for 'client|reply' command");
    CHECK_REPLY(c, "CLIENT PAUSE", "-ERR wrong number of arguments for 'client|pause' command");
    CHECK_REPLY(c, "CLIENT UNPAUSE x",
                "-ERR wrong number of arguments for 'client|unpause' command");
    CHECK_REPLY(c, "CLIENT NO-EVICT",
                "-ERR wrong number of arguments for 'client|no-evict' command");
}

WIRE_TEST(unknown_commands)
{
    CHECK_REPLY(c, "NONSENSE", "-ERR unknown command 'NONSENSE', with args beginning with: ");
    CHECK_REPLY(c, "nonsense a \"b c\"",
                "-ERR unknown command 'nonsense', with args beginning with: 'a' 'b c' ");
    CHECK_REPLY(c, "\"\"", "-ERR unknown command '', with args beginning with: ");
    CHECK_REPLY(c, "CLIENT NONSENSE", "-ERR unknown subcommand 'NONSENSE'. Try CLIENT HELP.");
}

/* What a client sent comes back in an error line without its line ends, and cut. */
WIRE_TEST(errors_are_one_line)
{
    struct words words = {0};
    char name[400];
    memset(name, 'n', sizeof(name));
    CHECK_REPLY(c, "\"a\\r\\nb\" \"c\\nd\"",
                "-ERR unknown command 'a  b', with args beginning with: 'c d' ");
    CHECK_REPLY(c, "CLIENT \"x\\r\\n+OK\"", "-ERR unknown subcommand 'x  +OK'. Try CLIENT HELP.");
    CHECK_REPLY(c, "HELLO 2 \"x\\r\\n:1\"", "-ERR Syntax error in HELLO option 'x  :1'");
    CHECK_REPLY(c, "CLIENT KILL TYPE \"x\\r\\n:1\"", "-ERR Unknown client type 'x  :1'");
    CHECK_REPLY(c, "PING", "+PONG");
    words_add(&words, name, sizeof(name));
    const char *got = wire_words_text(c, &words);
    CHECK(strncmp(got, "-ERR unknown command 'nnnn", 26) == 0);
    CHECK(strlen(got) < 250);
    words_fini(&words);
}

WIRE_TEST(ping_and_echo)
{
    CHECK_REPLY(c, "PING", "+PONG");
    CHECK_REPLY(c, "ping \"a\\r\\nb\"", "\"a\\r\\nb\"");
    CHECK_REPLY(c, "PING \"\"", "\"\"");
    CHECK_REPLY(c, "ECHO hello", "\"hello\"");
    CHECK_REPLY(c, "ECHO \"\"", "\"\"");
    CHECK_REPLY(c, "ECHO 12", "\"12\"");
}

WIRE_TEST(quit)
{
    CHECK_REPLY(c, "QUIT", "+OK");
    CHECK(wire_is_closed(c));
}

WIRE_TEST(quit_after_a_pipeline)
{
    REQUIRE(wire_send_text(c, "SET a 1\r\nGET a\r\nQUIT\r\nSET a 2\r\n"));
    CHECK_NEXT(c, "+OK");
    CHECK_NEXT(c, "\"1\"");
    CHECK_NEXT(c, "+OK");
    CHECK(wire_is_closed(c));
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(&other, "GET a", "\"1\"");
    wire_close(&other);
}

WIRE_TEST(select_is_of_the_connection)
{
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(c, "SELECT 3", "+OK");
    CHECK_REPLY(c, "SET k 3", "+OK");
    CHECK_REPLY(&other, "GET k", "nil");
    CHECK_REPLY(&other, "SELECT 3", "+OK");
    CHECK_REPLY(&other, "GET k", "\"3\"");
    wire_close(&other);
}

WIRE_TEST(select_inside_a_pipeline)
{
    REQUIRE(wire_send_text(c, "SET k 0\r\nSELECT 1\r\nSET k 1\r\nSELECT 0\r\nGET k\r\n"
                              "SELECT 1\r\nGET k\r\nDBSIZE\r\n"));
    static const char *const expected[] = {"+OK",   "+OK", "+OK",   "+OK",
                                           "\"0\"", "+OK", "\"1\"", ":1"};
    for (int i = 0; i < 8; i++)
        CHECK_NEXT(c, expected[i]);
}

WIRE_TEST(hello)
{
    struct wire other;
    wire_another(&other);
    other.resp = 2;
    CHECK_LIKE(&other, "HELLO 2",
               "[\"server\", \"*\", \"version\", \"*\", \"proto\", :2, \"id\", :*, \"mode\", "
               "\"standalone\", \"role\", \"master\", \"modules\", []]");
    other.resp = 3;
    CHECK_LIKE(&other, "HELLO 3 SETNAME me",
               "{\"server\": \"*\", \"version\": \"*\", \"proto\": :3, \"id\": :*, \"mode\": "
               "\"standalone\", \"role\": \"master\", \"modules\": []}");
    CHECK_REPLY(&other, "CLIENT GETNAME", "\"me\"");
    CHECK_LIKE(&other, "HELLO", "{\"server\"*\"proto\": :3*}");
    CHECK_REPLY(&other, "GET none", "nil");
    other.resp = 2;
    CHECK_LIKE(&other, "HELLO 2", "[\"server\"*\"proto\", :2*]");
    CHECK_REPLY(&other, "GET none", "nil");
    wire_close(&other);
}

WIRE_TEST(hello_errors)
{
    CHECK_REPLY(c, "HELLO 1", "-NOPROTO unsupported protocol version");
    CHECK_REPLY(c, "HELLO 4", "-NOPROTO unsupported protocol version");
    CHECK_REPLY(c, "HELLO x", "-ERR Protocol version is not an integer or out of range");
    CHECK_REPLY(c, "HELLO 2 NONSENSE", "-ERR Syntax error in HELLO option 'NONSENSE'");
    CHECK_REPLY(c, "HELLO 2 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'");
    CHECK_REPLY(c, "HELLO 2 AUTH a", "-ERR Syntax error in HELLO option 'AUTH'");
    CHECK_REPLY(c, "HELLO 2 SETNAME \"a b\"",
                "-ERR Client names cannot contain spaces, newlines or special characters.");
    CHECK_REPLY(c, "HELLO 2 AUTH nobody x",
                "-WRONGPASS invalid username-password pair or user is disabled.");
    CHECK_REPLY(c, "GET none", "nil"); /* none of them changed the protocol */
}

WIRE_TEST(auth_without_a_password)
{
    CHECK_REPLY(c, "AUTH x",
                "-ERR AUTH <password> called without any password configured for the default user. "
                "Are you sure your configuration is correct?");
    CHECK_REPLY(c, "AUTH default any", "+OK");
    CHECK_REPLY(c, "AUTH nobody x",
                "-WRONGPASS invalid username-password pair or user is disabled.");
    CHECK_REPLY(c, "AUTH a b d", SYNTAX);
}

WIRE_TEST(a_password_that_is_taken_away)
{
    struct wire before, during;
    wire_another(&before);
    CHECK_REPLY(c, "CONFIG SET requirepass secret", "+OK");
    REQUIRE(wire_open(&during, c->port));
    CHECK_REPLY(&before, "PING", "+PONG");
    CHECK_REPLY(&during, "PING", "-NOAUTH Authentication required.");
    CHECK_REPLY(&during, "HELLO 3 SETNAME \"a b\"",
                "-ERR Client names cannot contain spaces, newlines or special characters.");
    CHECK_REPLY(c, "CONFIG SET requirepass \"\"", "+OK");
    CHECK_REPLY(&during, "PING", "+PONG");
    wire_close(&during);
    wire_close(&before);
}

ONCE_TEST(requirepass)
{
    static const char *const args[] = {"--requirepass", "secret", NULL};
    struct server server;
    struct wire wire;
    wire_own_start(&server, NULL, args);
    REQUIRE(wire_open(&wire, server.port));
    CHECK_REPLY(&wire, "GET k", "-NOAUTH Authentication required.");
    CHECK_REPLY(&wire, "PING", "-NOAUTH Authentication required.");
    CHECK_REPLY(&wire, "EXEC",
                "-EXECABORT Transaction discarded because of: NOAUTH Authentication required.");
    CHECK_REPLY(&wire, "NONSENSE", "-ERR unknown command 'NONSENSE', with args beginning with: ");
    CHECK_REPLY(&wire, "HELLO 3",
                "-NOAUTH HELLO must be called with the client already authenticated, otherwise the "
                "HELLO AUTH <user> <pass> option can be used to authenticate the client and select "
                "the RESP protocol version at the same time");
    CHECK_REPLY(&wire, "AUTH wrong",
                "-WRONGPASS invalid username-password pair or user is disabled.");
    CHECK_REPLY(&wire, "AUTH nobody secret",
                "-WRONGPASS invalid username-password pair or user is disabled.");
    CHECK_REPLY(&wire, "AUTH secret", "+OK");
    CHECK_REPLY(&wire, "GET k", "nil");
    CHECK_REPLY(&wire, "RESET", "+RESET");
    CHECK_REPLY(&wire, "GET k", "-NOAUTH Authentication required.");
    wire.resp = 3;
    CHECK_LIKE(&wire, "HELLO 3 AUTH default secret", "{\"server\"*}");
    CHECK_REPLY(&wire, "CONFIG SET requirepass \"\"", "+OK");
    wire_close(&wire);
    REQUIRE(wire_open(&wire, server.port));
    CHECK_REPLY(&wire, "PING", "+PONG");
    wire_close(&wire);
    wire_own_stop(&server);
}

WIRE_TEST(reset)
{
    CHECK_REPLY(c, "SELECT 2", "+OK");
    CHECK_REPLY(c, "CLIENT SETNAME me", "+OK");
    c->resp = 2; /* RESET goes back to RESP2, and its own reply is the same in both */
    CHECK_REPLY(c, "RESET", "+RESET");
    CHECK_REPLY(c, "CLIENT GETNAME", "nil");
    CHECK_REPLY(c, "SET k 0", "+OK");
    CHECK_REPLY(c, "SELECT 0", "+OK");
    CHECK_REPLY(c, "GET k", "\"0\"");
}

static long long client_id(struct wire *c)
{
    const char *text = wire_command_text(c, "CLIENT ID");
    return *text == ':' ? atoll(text + 1) : -1;
}

WIRE_TEST(client_ids_grow)
{
    struct wire other;
    long long first = client_id(c);
    CHECK(first > 0);
    CHECK_INT(client_id(c), first);
    wire_another(&other);
    CHECK(client_id(&other) > first);
    wire_close(&other);
}

WIRE_TEST(client_names)
{
    CHECK_REPLY(c, "CLIENT GETNAME", "nil");
    CHECK_REPLY(c, "CLIENT SETNAME me", "+OK");
    CHECK_REPLY(c, "CLIENT GETNAME", "\"me\"");
    CHECK_REPLY(c, "CLIENT SETNAME \"a b\"",
                "-ERR Client names cannot contain spaces, newlines or special characters.");
    CHECK_REPLY(c, "CLIENT SETNAME \"a\\nb\"",
                "-ERR Client names cannot contain spaces, newlines or special characters.");
    CHECK_REPLY(c, "CLIENT GETNAME", "\"me\"");
    CHECK_REPLY(c, "CLIENT SETNAME \"\"", "+OK");
    CHECK_REPLY(c, "CLIENT GETNAME", "nil");
}

/* CLIENT INFO and LIST are a bulk in RESP2, a verbatim text in RESP3. */
static void check_line(struct wire *c, const char *command, const char *pattern)
{
    char full[512];
    snprintf(full, sizeof(full), c->resp == 3 ? "=txt:\"%s\"" : "\"%s\"", pattern);
    CHECK_LIKE(c, command, full);
}

WIRE_TEST(client_info_and_list)
{
    struct wire other;
    char line[64], pattern[256];
    wire_another(&other);
    CHECK_REPLY(c, "CLIENT SETNAME first", "+OK");
    CHECK_REPLY(c, "SELECT 5", "+OK");
    snprintf(pattern, sizeof(pattern),
             "id=%lld addr=127.0.0.1:* laddr=127.0.0.1:%d fd=* name=first age=* idle=* flags=N "
             "db=5 sub=0 psub=0 ssub=0 multi=-1 *cmd=client|info user=default*resp=%d*\\n",
             client_id(c), c->port, c->resp);
    check_line(c, "CLIENT INFO", pattern);
    snprintf(pattern, sizeof(pattern), "*id=%lld *", client_id(&other));
    check_line(c, "CLIENT LIST", pattern);
    check_line(c, "CLIENT LIST TYPE normal", "*name=first *");
    check_line(c, "CLIENT LIST", "*name=first age=* idle=* flags=N db=5 *cmd=client|list *");
    check_line(c, "CLIENT LIST TYPE pubsub", "");
    check_line(c, "CLIENT LIST TYPE replica", "");
    snprintf(line, sizeof(line), "CLIENT LIST ID %lld", client_id(&other));
    snprintf(pattern, sizeof(pattern), "id=%lld addr=*\\n", client_id(&other));
    check_line(c, line, pattern);
    check_line(c, "CLIENT LIST ID 999999999", "");
    wire_close(&other);
}

WIRE_TEST(client_list_begins_with_the_oldest)
{
    enum { OTHERS = 9 };
    struct wire others[OTHERS];
    char pattern[1024] = "*";
    for (int i = 0; i < OTHERS; i++) {
        size_t len = strlen(pattern);
        wire_another(&others[i]);
        snprintf(pattern + len, sizeof(pattern) - len, "id=%lld *", client_id(&others[i]));
    }
    check_line(c, "CLIENT LIST", pattern);
    for (int i = 0; i < OTHERS; i++)
        wire_close(&others[i]);
}

WIRE_TEST(client_list_errors)
{
    CHECK_REPLY(c, "CLIENT LIST NONSENSE", SYNTAX);
    CHECK_REPLY(c, "CLIENT LIST TYPE", SYNTAX);
    CHECK_REPLY(c, "CLIENT LIST TYPE bad", "-ERR Unknown client type 'bad'");
    CHECK_REPLY(c, "CLIENT LIST ID", SYNTAX);
    CHECK_REPLY(c, "CLIENT LIST ID x", "-ERR Invalid client ID");
    CHECK_REPLY(c, "CLIENT LIST ID 1 x", "-ERR Invalid client ID");
    check_line(c, "CLIENT LIST ID 0", "");
    check_line(c, "CLIENT LIST ID -1 0", "");
}

WIRE_TEST(client_kill_by_id)
{
    struct wire other;
    char line[64];
    wire_another(&other);
    snprintf(line, sizeof(line), "CLIENT KILL ID %lld", client_id(&other));
    CHECK_REPLY(c, line, ":1");
    CHECK(wire_is_closed(&other));
    CHECK_REPLY(c, line, ":0");
    wire_close(&other);
}

/* The other's address as CLIENT INFO tells it. */
static void address_of(struct wire *other, char *address, size_t size)
{
    const char *text = wire_command_text(other, "CLIENT INFO");
    const char *at = strstr(text, " addr=");
    REQUIRE(at);
    snprintf(address, size, "%.*s", (int)strcspn(at + 6, " "), at + 6);
}

WIRE_TEST(client_kill_by_address)
{
    struct wire other;
    char line[128], address[64];
    wire_another(&other);
    address_of(&other, address, sizeof(address));
    snprintf(line, sizeof(line), "CLIENT KILL %s", address);
    CHECK_REPLY(c, line, "+OK");
    CHECK(wire_is_closed(&other));
    wire_close(&other);
    wire_another(&other);
    address_of(&other, address, sizeof(address));
    snprintf(line, sizeof(line), "CLIENT KILL ADDR %s USER default TYPE normal", address);
    CHECK_REPLY(c, line, ":1");
    CHECK(wire_is_closed(&other));
    wire_close(&other);
    CHECK_REPLY(c, line, ":0");
}

WIRE_TEST(client_kill_many)
{
    struct wire others[5];
    char line[64];
    for (int i = 0; i < 5; i++)
        wire_another(&others[i]);
    snprintf(line, sizeof(line), "CLIENT KILL LADDR 127.0.0.1:%d", c->port);
    long long killed = CHECK_RANGE(c, line, 5, 1000);
    CHECK(killed >= 5);
    for (int i = 0; i < 5; i++) {
        CHECK(wire_is_closed(&others[i]));
        wire_close(&others[i]);
    }
    CHECK_REPLY(c, "PING", "+PONG"); /* SKIPME is yes unless told otherwise */
    CHECK_REPLY(c, "CLIENT KILL TYPE normal SKIPME no", ":1");
    CHECK(wire_is_closed(c));
}

WIRE_TEST(client_kill_errors)
{
    CHECK_REPLY(c, "CLIENT KILL 1.2.3.4:5", "-ERR No such client");
    CHECK_REPLY(c, "CLIENT KILL nonsense", "-ERR No such client");
    CHECK_REPLY(c, "CLIENT KILL ID x", "-ERR client-id should be greater than 0");
    CHECK_REPLY(c, "CLIENT KILL ID 0", "-ERR client-id should be greater than 0");
    CHECK_REPLY(c, "CLIENT KILL TYPE bad", "-ERR Unknown client type 'bad'");
    CHECK_REPLY(c, "CLIENT KILL USER none", "-ERR No such user 'none'");
    CHECK_REPLY(c, "CLIENT KILL SKIPME maybe ID 1", SYNTAX);
    CHECK_REPLY(c, "CLIENT KILL ID 1 ADDR", SYNTAX);
    CHECK_REPLY(c, "CLIENT KILL NONSENSE 1", SYNTAX);
    CHECK_REPLY(c, "CLIENT KILL ADDR 1.2.3.4:5", ":0");
}

TORC_TEST(client_kill_by_age)
{
    CHECK_REPLY(c, "CLIENT KILL MAXAGE 1000000", ":0");
    CHECK_LIKE(c, "CLIENT KILL MAXAGE x", "-ERR*");
    CHECK_REPLY(c, "PING", "+PONG");
}

WIRE_TEST(client_reply)
{
    CHECK_REPLY(c, "CLIENT REPLY NONSENSE", SYNTAX);
    REQUIRE(wire_send_text(c, "CLIENT REPLY SKIP\r\nSET a 1\r\nGET a\r\n"));
    CHECK_NEXT(c, "\"1\"");
    REQUIRE(wire_send_text(c, "CLIENT REPLY OFF\r\nSET a 2\r\nGET a\r\nNONSENSE\r\n"
                              "CLIENT REPLY ON\r\nGET a\r\n"));
    CHECK_NEXT(c, "+OK");
    CHECK_NEXT(c, "\"2\"");
    REQUIRE(wire_send_text(c, "CLIENT REPLY SKIP\r\nMGET a b d e f\r\nPING\r\n"));
    CHECK_NEXT(c, "+PONG");
}

WIRE_TEST(client_pause_writes)
{
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(c, "SET k old", "+OK");
    CHECK_REPLY(c, "CLIENT PAUSE 100000 WRITE", "+OK");
    CHECK_REPLY(&other, "GET k", "\"old\"");
    CHECK_REPLY(&other, "CLIENT SETNAME waits", "+OK");
    REQUIRE(wire_send_command(&other, "SET k new"));
    CHECK(wire_is_silent(&other, 30));
    CHECK_REPLY(c, "GET k", "\"old\"");
    check_line(c, "CLIENT LIST", "*name=waits age=* idle=* flags=b db=0 *");
    check_line(c, "INFO clients", "*blocked_clients:1\\r\\n*");
    CHECK_REPLY(c, "CLIENT UNPAUSE", "+OK");
    CHECK_NEXT(&other, "+OK");
    CHECK_REPLY(c, "GET k", "\"new\"");
    static const char *const told_to_replicas[] = {"PUBLISH a x", "SPUBLISH a x", "PFCOUNT h"};
    for (int i = 0; i < 3; i++) {
        CHECK_REPLY(c, "CLIENT PAUSE 100000 WRITE", "+OK");
        REQUIRE(wire_send_command(&other, told_to_replicas[i]));
        CHECK(wire_is_silent(&other, 30));
        CHECK_REPLY(c, "CLIENT UNPAUSE", "+OK");
        CHECK_NEXT(&other, ":0");
    }
    wire_close(&other);
}

TORC_TEST(client_info_counts_bytes)
{
    char before[32] = "0";
    for (int i = 0; i < 2; i++) {
        const char *line = wire_command_text(c, "CLIENT INFO");
        const char *at = strstr(line, "tot-net-out=");
        REQUIRE(at);
        at += strlen("tot-net-out=");
        if (i) CHECK(atoll(at) - atoll(before) > 100); /* the line itself */
        snprintf(before, sizeof(before), "%.*s", (int)strcspn(at, " "), at);
    }
}

WIRE_TEST(client_reply_skip_of_a_paused_command)
{
    struct wire other;
    wire_another(&other);
    CHECK_REPLY(c, "CLIENT PAUSE 100000 WRITE", "+OK");
    REQUIRE(wire_send_text(&other, "CLIENT REPLY SKIP\r\nSET k new\r\nGET k\r\n"));
    CHECK(wire_is_silent(&other, 30));
    CHECK_REPLY(c, "CLIENT UNPAUSE", "+OK");
    CHECK_NEXT(&other, "\"new\"");
    wire_close(&other);
}

/* A pause of all holds UNPAUSE back too, so it ends by its time alone. That a reply cannot come
 * before then holds however slow the machine is. */
WIRE_TEST(client_pause_all)
{
    struct wire other;
    wire_another(&other);
    int64_t before = now_ms();
    CHECK_REPLY(c, "CLIENT PAUSE 100 ALL", "+OK");
    CHECK_REPLY(&other, "GET k", "nil");
    CHECK(now_ms() - before >= 95);
    before = now_ms();
    CHECK_REPLY(c, "CLIENT PAUSE 50", "+OK");
    CHECK_REPLY(c, "GET k", "nil");
    CHECK(now_ms() - before >= 45);
    wire_close(&other);
}

WIRE_TEST(client_pause_errors)
{
    CHECK_REPLY(c, "CLIENT PAUSE x", "-ERR timeout is not an integer or out of range");
    CHECK_REPLY(c, "CLIENT PAUSE 9223372036854775807 WRITE", "+OK");
    CHECK_REPLY(c, "CLIENT UNPAUSE", "+OK");
    CHECK_REPLY(c, "CLIENT PAUSE -1", "-ERR timeout is negative");
    CHECK_REPLY(c, "CLIENT PAUSE 1 WRITE x",
                "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. "
                "Try CLIENT HELP.");
    CHECK_REPLY(c, "CLIENT PAUSE 1 NONSENSE", "-ERR CLIENT PAUSE mode must be WRITE or ALL");
}

WIRE_TEST(client_no_evict)
{
    CHECK_REPLY(c, "CLIENT NO-EVICT ON", "+OK");
    check_line(c, "CLIENT INFO", "*flags=e *");
    CHECK_REPLY(c, "CLIENT NO-EVICT off", "+OK");
    check_line(c, "CLIENT INFO", "*flags=N *");
    CHECK_REPLY(c, "CLIENT NO-EVICT maybe", SYNTAX);
}

TORC_TEST(client_no_touch)
{
    CHECK_REPLY(c, "CLIENT NO-TOUCH ON", "+OK");
    check_line(c, "CLIENT INFO", "*flags=T *");
    CHECK_REPLY(c, "CLIENT NO-TOUCH off", "+OK");
    check_line(c, "CLIENT INFO", "*flags=N *");
    CHECK_REPLY(c, "CLIENT NO-TOUCH maybe", SYNTAX);
}

TORC_TEST(client_list_by_flags_and_ip)
{
    CHECK_REPLY(c, "CLIENT NO-TOUCH ON", "+OK");
    CHECK_REPLY(c, "CLIENT NO-EVICT ON", "+OK");
    check_line(c, "CLIENT LIST FLAGS Te IP 127.0.0.1", "*flags=eT *");
    check_line(c, "CLIENT LIST FLAGS T FLAGS b", "");
    check_line(c, "CLIENT LIST NOT-IP 127.0.0.1", "");
    check_line(c, "CLIENT LIST NOT-FLAGS T IP 127.0.0.2", "");
    CHECK_REPLY(c, "CLIENT LIST FLAGS TZ", "-ERR Unknown flags found in the provided filter: TZ");
}

TORC_TEST(client_setinfo)
{
    CHECK_REPLY(c, "CLIENT SETINFO LIB-NAME redis-py", "+OK");
    CHECK_REPLY(c, "CLIENT SETINFO lib-ver 5.0.1", "+OK");
    check_line(c, "CLIENT INFO", "*lib-name=redis-py lib-ver=5.0.1*");
    CHECK_LIKE(c, "CLIENT SETINFO lib-name \"a b\"",
               "-ERR lib-name cannot contain spaces, newlines or special characters.");
    CHECK_LIKE(c, "CLIENT SETINFO nonsense x", "-ERR Unrecognized option 'nonsense'");
    CHECK_REPLY(c, "CLIENT SETINFO lib-name",
                "-ERR wrong number of arguments for 'client|setinfo' command");
}

WIRE_TEST(client_help)
{
    CHECK_LIKE(c, "CLIENT HELP", "[+CLIENT <subcommand>*+HELP, *]");
}
