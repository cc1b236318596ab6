/* The configuration: CONFIG GET SET REWRITE RESETSTAT, files, the command line, mistakes. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/wire_test.h"

#define FAILED "-ERR CONFIG SET failed (possibly related to argument "

/* One pair, as CONFIG GET replies: a map in RESP3. */
static void check_setting(struct wire *c, const char *name, const char *value)
{
    char line[128], expected[512];
    snprintf(line, sizeof(line), "CONFIG GET %s", name);
    snprintf(expected, sizeof(expected), c->resp == 3 ? "{\"%s\": \"%s\"}" : "[\"%s\", \"%s\"]",
             name, value);
    CHECK_REPLY(c, line, expected);
}

WIRE_TEST(defaults)
{
    static const char *const defaults[][2] = {
        {"tcp-backlog", "511"},
        {"tcp-keepalive", "300"},
        {"timeout", "0"},
        {"maxclients", "10000"},
        {"databases", "16"},
        {"requirepass", ""},
        {"protected-mode", "yes"},
        {"daemonize", "no"},
        {"logfile", ""},
        {"loglevel", "notice"},
        {"supervised", "no"},
        {"proto-max-bulk-len", "536870912"},
        {"client-query-buffer-limit", "1073741824"},
        {"maxmemory-clients", "0"},
        {"unixsocket", ""},
        {"unixsocketperm", "0"},
        {"bind", "127.0.0.1"},
        {"client-output-buffer-limit",
         "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
    };
    for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
        check_setting(c, defaults[i][0], defaults[i][1]);
    }
}

TORC_TEST(shards)
{
    char shards[16];
    snprintf(shards, sizeof(shards), "%d", wire_env()->shards);
    check_setting(c, "shards", shards);
    CHECK_LIKE(c, "CONFIG SET shards 3", FAILED "'shards') - can't set immutable config");
    CHECK_LIKE(c, "CONFIG GET shard-cpus", "*shard-cpus*");
}

WIRE_TEST(get)
{
    CHECK_REPLY(c, "CONFIG GET nonsense", BY_RESP(c, "[]", "{}"));
    check_setting(c, "TIMEOUT", "0");
    struct reply *reply = wire_command(c, "CONFIG GET tcp* timeout tcp-backlog");
    REQUIRE(reply && reply->count == 6);
    CHECK(reply_find(reply, "tcp-backlog") && reply_find(reply, "tcp-keepalive"));
    CHECK(reply_find(reply, "timeout") != NULL);
    reply_free(reply);
    reply = wire_command(c, "CONFIG GET *");
    REQUIRE(reply && reply->count > 30);
    reply_free(reply);
    CHECK_REPLY(c, "CONFIG GET max[c]lients",
                BY_RESP(c, "[\"maxclients\", \"10000\"]", "{\"maxclients\": \"10000\"}"));
}

WIRE_TEST(set)
{
    CHECK_REPLY(c, "CONFIG SET timeout 600", "+OK");
    check_setting(c, "timeout", "600");
    CHECK_REPLY(c, "CONFIG SET TIMEOUT 0 tcp-keepalive 60 loglevel warning", "+OK");
    check_setting(c, "timeout", "0");
    check_setting(c, "tcp-keepalive", "60");
    check_setting(c, "loglevel", "warning");
    CHECK_REPLY(c, "CONFIG SET tcp-keepalive 300 loglevel notice", "+OK");
    CHECK_REPLY(c, "CONFIG SET proto-max-bulk-len 2Mb", "+OK");
    check_setting(c, "proto-max-bulk-len", "2097152");
    CHECK_REPLY(c, "CONFIG SET proto-max-bulk-len 3M", "+OK");
    check_setting(c, "proto-max-bulk-len", "3000000");
    CHECK_REPLY(c, "CONFIG SET proto-max-bulk-len 512mb", "+OK");
    CHECK_REPLY(c, "CONFIG SET client-output-buffer-limit \"normal 1mb 512kb 10\"", "+OK");
    check_setting(
        c, "client-output-buffer-limit",
        "normal 1048576 524288 10 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
    CHECK_REPLY(c, "CONFIG SET client-output-buffer-limit \"normal 0 0 0\"", "+OK");
    CHECK_REPLY(c, "CONFIG SET maxmemory-clients 5%", "+OK");
    check_setting(c, "maxmemory-clients", "5%");
    CHECK_REPLY(c, "CONFIG SET maxmemory-clients 0", "+OK");
}

WIRE_TEST(set_errors)
{
    CHECK_REPLY(c, "CONFIG SET timeout", "-ERR wrong number of arguments for 'config|set' command");
    CHECK_REPLY(c, "CONFIG SET timeout 1 loglevel", "-ERR syntax error");
    CHECK_REPLY(c, "CONFIG SET nonsense 1",
                "-ERR Unknown option or number of arguments for CONFIG SET - 'nonsense'");
    CHECK_REPLY(c, "CONFIG SET timeout x",
                FAILED "'timeout') - argument couldn't be parsed into an integer");
    CHECK_REPLY(c, "CONFIG SET timeout -1",
                FAILED "'timeout') - argument must be between 0 and 2147483647 inclusive");
    CHECK_REPLY(c, "CONFIG SET loglevel bad",
                FAILED "'loglevel') - argument(s) must be one of the following: debug, verbose, "
                       "notice, warning");
    CHECK_REPLY(c, "CONFIG SET protected-mode maybe",
                FAILED "'protected-mode') - argument must be 'yes' or 'no'");
    CHECK_REPLY(c, "CONFIG SET proto-max-bulk-len 1",
                FAILED "'proto-max-bulk-len') - argument must be between 1048576 and "
                       "9223372036854775807 inclusive");
    CHECK_REPLY(c, "CONFIG SET databases 3", FAILED "'databases') - can't set immutable config");
    CHECK_REPLY(c, "CONFIG SET timeout 1 timeout 2", FAILED "'timeout') - duplicate parameter");
    CHECK_LIKE(c, "CONFIG SET client-output-buffer-limit \"bad 1 1 1\"", "-ERR*");
    CHECK_LIKE(c, "CONFIG SET client-output-buffer-limit \"normal 1\"", "-ERR*");
}

/* Else a password would be what stands before the NUL: nothing, here. */
TORC_TEST(set_refuses_nul)
{
    CHECK_REPLY(c, "CONFIG SET requirepass \"\\x00secret\"",
                FAILED "'requirepass') - argument can't contain a NUL byte");
    CHECK_REPLY(c, "CONFIG SET timeout \"1\\x00\"",
                FAILED "'timeout') - argument can't contain a NUL byte");
    check_setting(c, "timeout", "0");
}

/* Several at once: all or nothing. */
WIRE_TEST(set_is_atomic)
{
    CHECK_LIKE(c, "CONFIG SET timeout 5 loglevel bad", FAILED "'loglevel')*");
    check_setting(c, "timeout", "0");
    CHECK_LIKE(c, "CONFIG SET timeout 5 nonsense 1", "-ERR Unknown option*");
    check_setting(c, "timeout", "0");
    CHECK_LIKE(c, "CONFIG SET timeout 5 tcp-keepalive 99999999999", "-ERR*");
    check_setting(c, "timeout", "0");
    check_setting(c, "tcp-keepalive", "300");
}

WIRE_TEST(subcommands)
{
    CHECK_REPLY(c, "CONFIG NONSENSE", "-ERR unknown subcommand 'NONSENSE'. Try CONFIG HELP.");
    CHECK_REPLY(c, "CONFIG", "-ERR wrong number of arguments for 'config' command");
    CHECK_REPLY(c, "CONFIG GET", "-ERR wrong number of arguments for 'config|get' command");
    CHECK_LIKE(c, "CONFIG HELP", "[+CONFIG*+HELP, *]");
    CHECK_REPLY(c, "CONFIG REWRITE", "-ERR The server is running without a config file");
}

WIRE_TEST(resetstat)
{
    CHECK_REPLY(c, "GET none", "nil");
    CHECK_REPLY(c, "CONFIG RESETSTAT", "+OK");
    struct reply *reply = wire_command(c, "INFO stats");
    REQUIRE(reply && reply->data);
    CHECK(strstr(reply->data, "\nkeyspace_misses:0\r\n") != NULL);
    CHECK(strstr(reply->data, "\nexpired_keys:0\r\n") != NULL);
    reply_free(reply);
    CHECK_REPLY(c, "CONFIG RESETSTAT x",
                "-ERR wrong number of arguments for 'config|resetstat' command");
}

static void read_config(const struct server *server, struct text *text)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/server.conf", server->dir);
    REQUIRE(file_read(path, text));
}

static bool in_order(const char *text, const char *const *parts)
{
    for (; *parts; parts++) {
        const char *at = strstr(text, *parts);
        if (!at) {
            test_fail(__FILE__, __LINE__, "'%s' is not where it should be", *parts);
            return false;
        }
        text = at + strlen(*parts);
    }
    return true;
}

ONCE_TEST(rewrite_keeps_comments_and_order)
{
    static const char *const kept[] = {"# first comment\n",
                                       "timeout 77\n",
                                       "# second comment\n",
                                       "loglevel verbose\n",
                                       "# last comment\n",
                                       "tcp-keepalive 111\n",
                                       NULL};
    struct server server, again;
    struct wire wire;
    struct text text = {0};
    wire_own_start(&server,
                   "# first comment\ntimeout 10\n\n# second comment\nloglevel verbose\n"
                   "# last comment\n",
                   NULL);
    REQUIRE(wire_open(&wire, server.port));
    CHECK_REPLY(&wire, "CONFIG SET timeout 77 tcp-keepalive 111", "+OK");
    CHECK_REPLY(&wire, "CONFIG REWRITE", "+OK");
    read_config(&server, &text);
    in_order(text.data, kept);
    CHECK(strstr(text.data, "timeout 10\n") == NULL);
    CHECK(strstr(text.data, "maxclients") == NULL); /* a default is not written */
    CHECK_REPLY(&wire, "CONFIG SET timeout 0", "+OK");
    CHECK_REPLY(&wire, "CONFIG REWRITE", "+OK");
    wire_close(&wire);
    text.len = 0;
    read_config(&server, &text);
    CHECK(server_stop(&server));
    wire_own_start(&again, text.data, NULL);
    REQUIRE(wire_open(&wire, again.port));
    check_setting(&wire, "timeout", "0");
    check_setting(&wire, "tcp-keepalive", "111");
    check_setting(&wire, "loglevel", "verbose");
    wire_close(&wire);
    wire_own_stop(&again);
    server_fini(&server); /* its directory may be named in the rewritten file */
    text_fini(&text);
}

ONCE_TEST(files_quote_repeat_and_have_units)
{
    struct server server;
    struct wire wire;
    wire_own_start(&server,
                   "requirepass \"a \\x62\\t\\\"c\"\n   # indented comment\n\n"
                   "timeout 5\ntimeout 6\nTCP-Keepalive 42\nproto-max-bulk-len 2gb\n"
                   "client-output-buffer-limit normal 5mb 1mb 30\n"
                   "client-output-buffer-limit pubsub 1mb 1mb 5\nlogfile ''\n",
                   NULL);
    REQUIRE(wire_open(&wire, server.port));
    CHECK_REPLY(&wire, "AUTH \"a b\\t\\\"c\"", "+OK");
    check_setting(&wire, "timeout", "6");
    check_setting(&wire, "tcp-keepalive", "42");
    check_setting(&wire, "proto-max-bulk-len", "2147483648");
    check_setting(&wire, "client-output-buffer-limit",
                  "normal 5242880 1048576 30 slave 268435456 67108864 60 pubsub 1048576 1048576 5");
    wire_close(&wire);
    wire_own_stop(&server);
}

ONCE_TEST(command_line_overrides_file)
{
    static const char *const args[] = {
        "--timeout", "9", "--client-output-buffer-limit", "normal", "1mb", "1mb", "5", NULL};
    struct server server;
    struct wire wire;
    wire_own_start(&server, "timeout 5\ntcp-keepalive 42\n", args);
    REQUIRE(wire_open(&wire, server.port));
    check_setting(&wire, "timeout", "9");
    check_setting(&wire, "tcp-keepalive", "42");
    CHECK_LIKE(&wire, "CONFIG GET client-output-buffer-limit", "*normal 1048576 1048576 5 *");
    wire_close(&wire);
    wire_own_stop(&server);
}

/* The timer of the server's end of a connection, as /proc/net/tcp has it. */
struct tcp_timer {
    unsigned kind;      /* 0: none, 1: to send again, 2: keep-alive */
    unsigned long when; /* hundredths of a second */
};

static struct tcp_timer timer_of(const struct wire *wire)
{
    struct sockaddr_in own;
    struct tcp_timer found = {0, 0}, timer;
    socklen_t len = sizeof(own);
    char line[512];
    REQUIRE(getsockname(wire->fd, (struct sockaddr *)&own, &len) == 0);
    FILE *file = fopen("/proc/net/tcp", "re");
    REQUIRE(file);
    while (fgets(line, sizeof(line), file)) {
        unsigned local, remote;
        int count = sscanf(line, "%*s %*x:%x %*x:%x %*x %*x:%*x %x:%lx", &local, &remote,
                           &timer.kind, &timer.when);
        if (count == 4 && local == (unsigned)wire->port && remote == ntohs(own.sin_port))
            found = timer;
    }
    fclose(file);
    return found;
}

/* Once the last reply is acknowledged. */
static struct tcp_timer settled_timer_of(struct wire *wire)
{
    struct tcp_timer timer = timer_of(wire);
    for (int i = 0; i < 5000 && timer.kind == 1; i++) {
        CHECK(wire_is_silent(wire, 1));
        timer = timer_of(wire);
    }
    return timer;
}

WIRE_TEST(keepalive_of_new_connections)
{
    static const int seconds[] = {100, 0, 300};
    for (int i = 0; i < 3; i++) {
        struct wire wire;
        char line[64];
        snprintf(line, sizeof(line), "CONFIG SET tcp-keepalive %d", seconds[i]);
        CHECK_REPLY(c, line, "+OK");
        wire_another(&wire);
        CHECK_REPLY(&wire, "PING", "+PONG");
        struct tcp_timer timer = settled_timer_of(&wire);
        CHECK_INT(timer.kind, seconds[i] ? 2 : 0);
        CHECK(timer.when <= 100UL * (unsigned)seconds[i]);
        wire_close(&wire);
    }
}

static void set_port(struct wire *c, int port, const char *expected)
{
    char line[64];
    snprintf(line, sizeof(line), "CONFIG SET port %d", port);
    CHECK_REPLY(c, line, expected);
}

/* Is somebody there, and the server? */
static bool answers(int port)
{
    struct wire wire;
    if (!wire_open(&wire, port)) return false;
    CHECK_REPLY(&wire, "PING", "+PONG");
    wire_close(&wire);
    return true;
}

static bool answers_ipv6(int port)
{
    struct wire wire;
    if (!wire_open_ipv6(&wire, port)) return false;
    CHECK_REPLY(&wire, "PING", "+PONG");
    wire_close(&wire);
    return true;
}

/* A port that is taken; -1: none could be. */
static int take_port(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken = fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 1) == 0 &&
                 getsockname(fd, (struct sockaddr *)&address, &len) == 0;
    *port = ntohs(address.sin_port);
    return taken ? fd : -1;
}

ONCE_TEST(port_changes_while_it_runs)
{
    static const char failed[] =
        FAILED "'port') - Unable to listen on this port. Check server logs.";
    struct server server;
    struct wire wire;
    int taken, fd = take_port(&taken), port = free_port();
    REQUIRE(fd >= 0);
    wire_own_start(&server, NULL, NULL);
    REQUIRE(wire_open(&wire, server.port));
    set_port(&wire, taken, failed);
    CHECK(answers(server.port));
    set_port(&wire, port, "+OK");
    CHECK(answers(port) && !answers(server.port));
    CHECK_LIKE(&wire, "INFO server", "*tcp_port:*");
    set_port(&wire, port, "+OK");
    CHECK_REPLY(&wire, "CONFIG SET port 0", "+OK");
    CHECK(!answers(port));
    CHECK_REPLY(&wire, "SET k v", "+OK"); /* what is connected stays so */
    set_port(&wire, server.port, "+OK");
    CHECK(answers(server.port));
    wire_close(&wire);
    wire_own_stop(&server);
    close(fd);
}

ONCE_TEST(bind_changes_while_it_runs)
{
    static const char failed[] = FAILED "'bind') - Failed to bind to specified addresses.";
    static const char *const good[] = {"127.0.0.1 -::1", "*",      "localhost",
                                       "127.0.0.1",      "* -::*", "127.0.0.1 -1.2.3.4"};
    struct server server;
    struct wire wire;
    char line[128];
    wire_own_start(&server, NULL, NULL);
    REQUIRE(wire_open(&wire, server.port));
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        snprintf(line, sizeof(line), "CONFIG SET bind \"%s\"", good[i]);
        CHECK_REPLY(&wire, line, "+OK");
        check_setting(&wire, "bind", good[i]);
        CHECK(answers(server.port));
        if (!strstr(good[i], ":")) CHECK(!answers_ipv6(server.port));
    }
    CHECK_REPLY(&wire, "CONFIG SET bind 1.2.3.4", failed);
    CHECK_REPLY(&wire, "CONFIG SET bind \"127.0.0.1 127.0.0.1\"", failed);
    CHECK_REPLY(&wire, "CONFIG SET bind \"* 127.0.0.1\"", failed);
    check_setting(&wire, "bind", "127.0.0.1 -1.2.3.4");
    CHECK(answers(server.port));
    CHECK_REPLY(&wire, "CONFIG SET bind \"\"", "+OK");
    CHECK(!answers(server.port));
    CHECK_REPLY(&wire, "CONFIG SET bind 127.0.0.1 timeout 7", "+OK");
    CHECK(answers(server.port));
    wire_close(&wire);
    wire_own_stop(&server);
}

/* All or nothing: a value that is wrong leaves the sockets alone, an address that cannot be had the
 * other values. */
ONCE_TEST(port_and_bind_with_others)
{
    struct server server;
    struct wire wire;
    char line[128];
    int port = free_port();
    wire_own_start(&server, NULL, NULL);
    REQUIRE(wire_open(&wire, server.port));
    snprintf(line, sizeof(line), "CONFIG SET port %d timeout x", port);
    CHECK_LIKE(&wire, line, FAILED "'timeout')*");
    snprintf(line, sizeof(line), "CONFIG SET timeout 9 bind 1.2.3.4 port %d", port);
    CHECK_LIKE(&wire, line, FAILED "'bind')*");
    check_setting(&wire, "timeout", "0");
    CHECK(answers(server.port) && !answers(port));
    snprintf(line, sizeof(line), "CONFIG SET bind \"127.0.0.1 -::1\" port %d timeout 9", port);
    CHECK_REPLY(&wire, line, "+OK");
    check_setting(&wire, "timeout", "9");
    CHECK(answers(port) && !answers(server.port));
    wire_close(&wire);
    wire_own_stop(&server);
}

/* As CONFIG SET takes them: all words of a value in one argument. */
ONCE_TEST(words_in_one_argument)
{
    static const char *const args[] = {"--client-output-buffer-limit", "normal 1mb 1mb 5", "--bind",
                                       "127.0.0.1 -::1", NULL};
    struct server server;
    struct wire wire;
    wire_own_start(&server, "client-output-buffer-limit \"pubsub 1 2 3\"\n", args);
    REQUIRE(wire_open(&wire, server.port));
    check_setting(&wire, "bind", "127.0.0.1 -::1");
    check_setting(&wire, "client-output-buffer-limit",
                  "normal 1048576 1048576 5 slave 268435456 67108864 60 pubsub 1 2 3");
    wire_close(&wire);
    wire_own_stop(&server);
}

ONCE_TEST(include)
{
    char path[] = "/tmp/torc-include-XXXXXX", config[128];
    struct server server;
    struct wire wire;
    int fd = mkstemp(path);
    REQUIRE(fd >= 0 && file_write(path, "timeout 33\ntcp-keepalive 44\n"));
    snprintf(config, sizeof(config), "timeout 1\ninclude %s\ntcp-keepalive 55\n", path);
    wire_own_start(&server, config, NULL);
    REQUIRE(wire_open(&wire, server.port));
    check_setting(&wire, "timeout", "33");
    check_setting(&wire, "tcp-keepalive", "55");
    wire_close(&wire);
    wire_own_stop(&server);
    remove(path);
}

ONCE_TEST(standard_input)
{
    static const char *const args[] = {"-", NULL};
    struct server_options options = {.oracle = wire_env()->oracle,
                                     .shards = wire_env()->shards,
                                     .args = args,
                                     .input = "timeout 21\ntcp-keepalive 22\n"};
    struct server server;
    struct wire wire;
    REQUIRE(server_start(&server, &options));
    REQUIRE(wire_open(&wire, server.port));
    check_setting(&wire, "timeout", "21");
    check_setting(&wire, "tcp-keepalive", "22");
    wire_close(&wire);
    wire_own_stop(&server);
}

/* Runs the server on a file with this content; it must end by itself with status 1. `says` are
 * patterns that its output must match. */
static void check_bad_file(const char *content, const char *const *says)
{
    char path[] = "/tmp/torc-bad-XXXXXX";
    const char *argv[] = {server_program(wire_env()->oracle), path, NULL};
    struct program program = {.argv = argv, .timeout_ms = 20000};
    struct text output = {0};
    int fd = mkstemp(path);
    REQUIRE(fd >= 0 && file_write(path, content));
    CHECK_INT(program_run(&program, &output), 1);
    for (; *says; says++) {
        if (text_like(output.data, *says)) continue;
        test_fail(__FILE__, __LINE__, "for '%s' the output is not like '%s':\n%s", content, *says,
                  output.data);
    }
    /* redis-server does not name the file. */
    if (!wire_env()->oracle && !strstr(output.data, path)) {
        test_fail(__FILE__, __LINE__, "the output does not name the file:\n%s", output.data);
    }
    text_fini(&output);
    remove(path);
}

ONCE_TEST(mistakes_in_files)
{
    static const char *const bad[][3] = {
        {"timeout 1\nnonsense 1\n", "*2*", "*nonsense*"},
        {"timeout 1\n\ntimeout x\n", "*3*", "*timeout x*"},
        {"timeout\n", "*1*", "*timeout*"},
        {"timeout 1 2\n", "*1*", "*timeout 1 2*"},
        {"# c\nloglevel bad\n", "*2*", "*loglevel bad*debug, verbose, notice, warning*"},
        {"port 99999\n", "*1*", "*port 99999*"},
        {"timeout \"1\n", "*1*", "*timeout \"1*"},
        {"protected-mode maybe\n", "*1*", "*'yes' or 'no'*"},
        {"maxclients 0\n", "*1*", "*maxclients 0*"},
        {"databases 0\n", "*1*", "*databases 0*"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const char *says[] = {bad[i][1], bad[i][2], NULL};
        check_bad_file(bad[i][0], says);
    }
}

static int run_server(struct text *output, const char *input, const char *first, const char *second,
                      const char *third)
{
    const char *argv[] = {server_program(wire_env()->oracle), first, second, third, NULL};
    struct program program = {.argv = argv, .input = input, .timeout_ms = 20000};
    return program_run(&program, output);
}

static void check_run(int expected, const char *like, const char *input, const char *first,
                      const char *second, const char *third)
{
    struct text output = {0};
    CHECK_INT(run_server(&output, input, first, second, third), expected);
    if (!text_like(output.data ? output.data : "", like)) {
        test_fail(__FILE__, __LINE__, "%s %s: the output is not like '%s':\n%s", first,
                  second ? second : "", like, output.data);
    }
    text_fini(&output);
}

ONCE_TEST(mistakes_on_the_command_line)
{
    check_run(1, "*nonsense*", NULL, "--nonsense", "1", NULL);
    check_run(1, "*timeout*", NULL, "--timeout", "x", NULL);
    check_run(1, "*no-such-file*", NULL, "no-such-file.conf", NULL, NULL);
    check_run(1, "*nonsense*", "nonsense 1\n", "-", NULL, NULL);
    check_run(1, "*no-such-file*", "include no-such-file.conf\n", "-", NULL, NULL);
}

ONCE_TEST(version_and_help)
{
    check_run(0, "*v=*", NULL, "--version", NULL, NULL);
    check_run(0, "*v=*", NULL, "-v", NULL, NULL);
    if (wire_env()->oracle) return; /* its help ends with status 1 */
    check_run(0, "*sage:*", NULL, "--help", NULL, NULL);
    check_run(0, "*sage:*", NULL, "-h", NULL, NULL);
}

static void check_file_only(const char *content, int status)
{
    char path[] = "/tmp/torc-check-XXXXXX";
    int fd = mkstemp(path);
    REQUIRE(fd >= 0 && file_write(path, content));
    check_run(status, "*", NULL, path, "--check-config", NULL);
    remove(path);
}

WIRE_TEST_WITH(check_config, WIRE_TORC_ONLY | WIRE_ONCE)
{
    check_file_only("timeout 5\nport 6379\n", 0);
    check_file_only("timeout x\n", 1);
    check_file_only("nonsense 5\n", 1);
}

WIRE_TEST_WITH(the_example_is_valid, WIRE_TORC_ONLY | WIRE_ONCE)
{
    char *path = realpath("redis.conf.example", NULL);
    REQUIRE(path);
    check_run(0, "*", NULL, path, "--check-config", NULL);
    free(path);
}
