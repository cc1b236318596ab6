/* The server as a whole: INFO, TIME, LOLWUT, DEBUG, SHUTDOWN, sockets, limits, ending. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire/wire_test.h"

static char *info(struct wire *c, const char *line)
{
    static char text[65536];
    struct reply *reply = wire_command(c, line);
    REQUIRE(reply && reply->data);
    CHECK_INT(reply->type, c->resp == 3 ? '=' : '$');
    snprintf(text, sizeof(text), "%s", reply->data + (c->resp == 3 ? 4 : 0));
    reply_free(reply);
    return text;
}

/* The value of a field; fails when there is none. */
static const char *field(const char *text, const char *name)
{
    static char value[512];
    char start[128];
    snprintf(start, sizeof(start), "\n%s:", name);
    const char *at = strstr(text, start);
    if (!at) {
        test_fail(__FILE__, __LINE__, "INFO has no field %s", name);
        return "";
    }
    at += strlen(start);
    snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r\n"), at);
    return value;
}

WIRE_TEST(info_fields)
{
    static const char *const names[] = {"redis_version",
                                        "redis_mode",
                                        "os",
                                        "arch_bits",
                                        "process_id",
                                        "run_id",
                                        "tcp_port",
                                        "uptime_in_seconds",
                                        "uptime_in_days",
                                        "hz",
                                        "executable",
                                        "config_file",
                                        "connected_clients",
                                        "maxclients",
                                        "blocked_clients",
                                        "client_recent_max_input_buffer",
                                        "client_recent_max_output_buffer",
                                        "used_memory",
                                        "used_memory_human",
                                        "used_memory_rss",
                                        "used_memory_peak",
                                        "maxmemory",
                                        "maxmemory_policy",
                                        "loading",
                                        "total_connections_received",
                                        "total_commands_processed",
                                        "total_net_input_bytes",
                                        "total_net_output_bytes",
                                        "rejected_connections",
                                        "expired_keys",
                                        "evicted_keys",
                                        "keyspace_hits",
                                        "keyspace_misses",
                                        "total_error_replies",
                                        "role",
                                        "connected_slaves",
                                        "used_cpu_sys",
                                        "used_cpu_user",
                                        "cluster_enabled"};
    const char *text = info(c, "INFO");
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        field(text, names[i]);
    CHECK_INT(atoi(field(text, "tcp_port")), wire_env()->server->port);
    CHECK_INT(atoi(field(text, "process_id")), wire_env()->server->pid);
    CHECK_STR(field(text, "redis_mode"), "standalone");
    CHECK_STR(field(text, "role"), "master");
    CHECK_INT((int)strlen(field(text, "run_id")), 40);
}

WIRE_TEST(info_sections)
{
    CHECK(strncmp(info(c, "INFO server"), "# Server\r\n", 10) == 0);
    CHECK(strstr(info(c, "INFO clients"), "# Server") == NULL);
    const char *two = info(c, "INFO clients memory");
    CHECK(strstr(two, "# Clients\r\n") && strstr(two, "# Memory\r\n") && !strstr(two, "# Stats"));
    CHECK_STR(info(c, "INFO nonsense"), "");
    CHECK(strstr(info(c, "INFO"), "# Commandstats") == NULL);
    CHECK(strstr(info(c, "INFO default"), "# Stats") != NULL);
    CHECK(strstr(info(c, "INFO all"), "# Commandstats\r\n") != NULL);
    CHECK(strstr(info(c, "INFO everything"), "# Commandstats\r\n") != NULL);
    CHECK(strstr(info(c, "INFO SERVER"), "# Server\r\n") != NULL);
}

WIRE_TEST(info_counts)
{
    CHECK_REPLY(c, "CONFIG RESETSTAT", "+OK");
    CHECK_REPLY(c, "SET a 1", "+OK");
    CHECK_REPLY(c, "GET a", "\"1\"");
    CHECK_REPLY(c, "GET none", "nil");
    CHECK_REPLY(c, "MGET a none", "[\"1\", nil]");
    CHECK_LIKE(c, "NONSENSE", "-ERR*");
    const char *text = info(c, "INFO everything");
    CHECK_STR(field(text, "keyspace_hits"), "2");
    CHECK_STR(field(text, "keyspace_misses"), "2");
    CHECK_STR(field(text, "total_error_replies"), "1");
    CHECK_STR(field(text, "errorstat_ERR"), "count=1");
    CHECK(strncmp(field(text, "cmdstat_get"), "calls=2,", 8) == 0);
    CHECK(strncmp(field(text, "cmdstat_config|resetstat"), "calls=1,", 8) == 0);
    CHECK(strstr(field(text, "cmdstat_mget"), "rejected_calls=0,failed_calls=0") != NULL);
    CHECK_STR(field(text, "connected_clients"), "1");
}

WIRE_TEST(info_keyspace)
{
    CHECK(strstr(info(c, "INFO keyspace"), "db0") == NULL);
    CHECK_REPLY(c, "MSET a 1 b 2 d 3", "+OK");
    CHECK_REPLY(c, "EXPIRE a 1000", ":1");
    CHECK_REPLY(c, "COPY a a DB 5", ":1");
    const char *text = info(c, "INFO keyspace");
    CHECK(strncmp(field(text, "db0"), "keys=3,expires=1,avg_ttl=", 25) == 0);
    CHECK(strncmp(field(text, "db5"), "keys=1,expires=1,avg_ttl=", 25) == 0);
    if (!wire_env()->oracle) { /* which has looked at some keys only after a while */
        const char *ttl = strstr(field(text, "db5"), "avg_ttl=") + strlen("avg_ttl=");
        CHECK(atoll(ttl) > 0);
    }
}

TORC_TEST(info_of_shards_and_rings)
{
    const char *text = info(c, "INFO shards");
    CHECK(strncmp(text, "# Shards\r\n", 10) == 0);
    text = info(c, "INFO rings");
    CHECK(strncmp(text, "# Rings\r\n", 9) == 0);
    text = info(c, "INFO");
    CHECK(strstr(text, "# Shards\r\n") != NULL);
}

/* One client: all other shards sleep, but for the moments in which they wake for a timer. */
TORC_TEST(sleepers_are_not_woken)
{
    long long stood_in = 0;
    for (int i = 0; i < 1000 && !stood_in; i++) {
        CHECK_REPLY(c, "MSET a 1 b 2 c 3 d 4", "+OK");
        CHECK_REPLY(c, "MGET a b c d", "[\"1\", \"2\", \"3\", \"4\"]");
        CHECK_REPLY(c, "INCR a", ":2");
        CHECK_REPLY(c, "INCR b", ":3");
        CHECK_REPLY(c, "INCR c", ":4");
        CHECK_REPLY(c, "RENAME a e", "+OK");
        CHECK_REPLY(c, "DEL b c d e", ":4");
        const char *at = info(c, "INFO shards");
        while ((at = strstr(at, ",stood_in="))) {
            at += strlen(",stood_in=");
            stood_in += atoll(at);
        }
    }
    CHECK(wire_env()->shards == 1 ? !stood_in : stood_in > 0);
}

WIRE_TEST(time)
{
    struct reply *reply = wire_command(c, "TIME");
    REQUIRE(reply && reply->type == '*' && reply->count == 2);
    long long seconds = atoll(reply->items[0]->data), now = unix_now_ms() / 1000;
    CHECK(seconds > now - 60 && seconds < now + 60);
    long long micros = atoll(reply->items[1]->data);
    CHECK(micros >= 0 && micros < 1000000);
    reply_free(reply);
    CHECK_REPLY(c, "TIME x", "-ERR wrong number of arguments for 'time' command");
}

WIRE_TEST(lolwut)
{
    char version[64];
    snprintf(version, sizeof(version), "%s", field(info(c, "INFO server"), "redis_version"));
    struct reply *reply = wire_command(c, "LOLWUT");
    REQUIRE(reply && reply->data);
    CHECK_INT(reply->type, c->resp == 3 ? '=' : '$');
    CHECK(wire_env()->oracle || strchr(reply->data, '\n') != strrchr(reply->data, '\n'));
    reply_free(reply);
    CHECK_LIKE(c, "LOLWUT VERSION 5", BY_RESP(c, "\"*\"", "=txt:\"*\""));
    CHECK_REPLY(c, "LOLWUT VERSION x", "-ERR value is not an integer or out of range");
}

WIRE_TEST(debug_bits)
{
    CHECK_REPLY(c, "DEBUG SLEEP 0", "+OK");
    CHECK_REPLY(c, "DEBUG SLEEP 0.001", "+OK");
    CHECK_REPLY(c, "DEBUG OBJECT none", "-ERR no such key");
    CHECK_REPLY(c, "SET k 12", "+OK");
    CHECK_LIKE(c, "DEBUG OBJECT k",
               "+Value at:* refcount:* encoding:int serializedlength:* lru:* lru_seconds_idle:*");
    CHECK_REPLY(c, "DEBUG SET-ACTIVE-EXPIRE 1", "+OK");
    CHECK_REPLY(c, "DEBUG NONSENSE",
                "-ERR unknown subcommand or wrong number of arguments for 'NONSENSE'. Try DEBUG "
                "HELP.");
    CHECK_REPLY(c, "DEBUG", "-ERR wrong number of arguments for 'debug' command");
    CHECK_LIKE(c, "DEBUG HELP", "[+DEBUG*+HELP, *]");
}

WIRE_TEST(debug_protocol)
{
    CHECK_REPLY(c, "DEBUG PROTOCOL string", "\"Hello World\"");
    CHECK_REPLY(c, "DEBUG PROTOCOL integer", ":12345");
    CHECK_REPLY(c, "DEBUG PROTOCOL double", BY_RESP(c, "\"3.141\"", ",3.141"));
    CHECK_REPLY(c, "DEBUG PROTOCOL null", "nil");
    CHECK_REPLY(c, "DEBUG PROTOCOL array", "[:0, :1, :2]");
    CHECK_REPLY(c, "DEBUG PROTOCOL set", BY_RESP(c, "[:0, :1, :2]", "~[:0, :1, :2]"));
    CHECK_REPLY(c, "DEBUG PROTOCOL map",
                BY_RESP(c, "[:0, :0, :1, :1, :2, :0]", "{:0: #f, :1: #t, :2: #f}"));
    CHECK_REPLY(c, "DEBUG PROTOCOL bignum",
                BY_RESP(c, "\"1234567999999999999999999999999999999\"",
                        "(1234567999999999999999999999999999999"));
    CHECK_REPLY(c, "DEBUG PROTOCOL true", BY_RESP(c, ":1", "#t"));
    CHECK_REPLY(c, "DEBUG PROTOCOL false", BY_RESP(c, ":0", "#f"));
    CHECK_REPLY(
        c, "DEBUG PROTOCOL verbatim",
        BY_RESP(c, "\"This is a verbatim\\nstring\"", "=txt:\"This is a verbatim\\nstring\""));
    if (c->resp == 3) {
        CHECK_REPLY(c, "DEBUG PROTOCOL push", ">[\"server-cpu-usage\", :42]");
        CHECK_NEXT(c, "\"Some real reply following the push reply\"");
        CHECK_LIKE(c, "DEBUG PROTOCOL attrib",
                   "|{\"key-popularity\": [\"key:123\", :90]} \"Some real reply following the "
                   "attribute\"");
    }
    CHECK_LIKE(c, "DEBUG PROTOCOL nonsense", "-ERR Wrong protocol type name.*");
}

/* The digest does not depend on the order of writes, on encodings, or on the shards. */
WIRE_TEST(debug_digest)
{
    CHECK_REPLY(c, "DEBUG DIGEST", "+0000000000000000000000000000000000000000");
    CHECK_REPLY(c, "SET a 1", "+OK");
    CHECK_REPLY(c, "DEBUG DIGEST", "+943d800368fb9c0e951138f1bc0e313ac769d91f");
    CHECK_REPLY(c, "MSET b two d 3", "+OK");
    CHECK_REPLY(c, "DEBUG DIGEST", "+054442fb591a94d5ba51e72b82244903184fb972");
    CHECK_REPLY(c, "EXPIREAT a 33177117420", ":1");
    CHECK_REPLY(c, "COPY a z DB 3", ":1");
    CHECK_REPLY(c, "DEBUG DIGEST", "+3841f53e9fcf034adaf11effa75ca0fc5cc3aeb1");
    CHECK_REPLY(c, "DEBUG DIGEST-VALUE a b none",
                "[+5279988c5d1911f474bcbbf2f0a87012d40f8459, "
                "+bd6ebb3e74e9888d84ceac11373bac05c49e3d35, "
                "+0000000000000000000000000000000000000000]");
}

ONCE_TEST(sigterm_and_sigint_end_it)
{
    static const int signals[] = {SIGTERM, SIGINT};
    for (int i = 0; i < 2; i++) {
        struct server server;
        struct wire wire;
        wire_own_start(&server, NULL, NULL);
        REQUIRE(wire_open(&wire, server.port));
        CHECK_REPLY(&wire, "SET k v", "+OK");
        kill(server.pid, signals[i]);
        CHECK(server_wait(&server, SERVER_STOP_MS));
        CHECK(wire_is_closed(&wire));
        wire_close(&wire);
        server_fini(&server);
    }
}

/* Whatever clients wait for, watch, track or listen to. */
ONCE_TEST(interests_do_not_keep_it_from_ending)
{
    struct server server;
    struct wire tracks, watches, waits, listens;
    wire_own_start(&server, NULL, NULL);
    wire_connect(&tracks, &server);
    wire_connect(&watches, &server);
    wire_connect(&waits, &server);
    wire_connect(&listens, &server);
    CHECK_REPLY(&tracks, "CLIENT TRACKING ON", "+OK");
    CHECK_REPLY(&tracks, "MGET a b c", "[nil, nil, nil]");
    CHECK_REPLY(&watches, "WATCH a b c", "+OK");
    CHECK_REPLY(&watches, "MULTI", "+OK");
    CHECK_REPLY(&watches, "GET a", "+QUEUED");
    CHECK(wire_send_command(&waits, "BLPOP a b c 0"));
    CHECK_REPLY(&listens, "SUBSCRIBE a", "[\"subscribe\", \"a\", :1]");
    CHECK(server_stop(&server));
    wire_close(&tracks);
    wire_close(&watches);
    wire_close(&waits);
    wire_close(&listens);
    server_fini(&server);
}

/* A terminal that closes, a reader of the log that goes away. */
ONCE_TEST(sighup_and_sigpipe_do_not_end_it)
{
    static const int signals[] = {SIGHUP, SIGPIPE};
    struct server server;
    struct wire wire;
    wire_own_start(&server, NULL, NULL);
    REQUIRE(wire_open(&wire, server.port));
    for (int i = 0; i < 2; i++) {
        kill(server.pid, signals[i]);
        CHECK_REPLY(&wire, "PING", "+PONG");
    }
    wire_close(&wire);
    wire_own_stop(&server);
}

ONCE_TEST(shutdown_ends_it)
{
    static const char *const lines[] = {"SHUTDOWN", "SHUTDOWN NOSAVE", "SHUTDOWN NOSAVE NOW",
                                        "shutdown nosave force now"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct server server;
        struct wire wire;
        wire_own_start(&server, NULL, NULL);
        REQUIRE(wire_open(&wire, server.port));
        REQUIRE(wire_send_command(&wire, lines[i]));
        CHECK(wire_is_closed(&wire));
        CHECK(server_wait(&server, SERVER_STOP_MS));
        wire_close(&wire);
        server_fini(&server);
    }
}

WIRE_TEST(shutdown_errors)
{
    CHECK_REPLY(c, "SHUTDOWN NONSENSE", SYNTAX);
    CHECK_REPLY(c, "SHUTDOWN SAVE NOSAVE", SYNTAX);
    CHECK_REPLY(c, "SHUTDOWN ABORT NOW", SYNTAX);
    CHECK_REPLY(c, "SHUTDOWN ABORT", "-ERR No shutdown in progress.");
    CHECK_REPLY(c, "PING", "+PONG");
}

/* A server may listen on its TCP port a moment before. */
static bool comes_to_be(const char *path, mode_t mode)
{
    struct stat stat_of;
    for (int i = 0; i < 2000; i++) {
        if (stat(path, &stat_of) == 0 && (stat_of.st_mode & 0777) == mode) return true;
        wait_ms(5);
    }
    return false;
}

ONCE_TEST(unix_socket)
{
    static const char *const args[] = {"--unixsocket", "socket", "--unixsocketperm", "700", NULL};
    char path[160];
    struct server server;
    struct wire wire;
    wire_own_start(&server, NULL, args);
    snprintf(path, sizeof(path), "%s/socket", server.dir);
    REQUIRE(comes_to_be(path, 0700));
    REQUIRE(wire_open_unix(&wire, path));
    CHECK_REPLY(&wire, "SET k v", "+OK");
    CHECK_REPLY(&wire, "GET k", "\"v\"");
    CHECK_LIKE(&wire, "CLIENT INFO", "\"* addr=*socket:0 laddr=*socket:0 *flags=U *");
    wire_close(&wire);
    wire_own_stop(&server);
}

ONCE_TEST(ipv6_and_several_addresses)
{
    static const char *const args[] = {"--bind", "127.0.0.1", "::1", "-192.0.2.1", NULL};
    struct server server;
    struct wire wire;
    wire_own_start(&server, NULL, args);
    REQUIRE(wire_open(&wire, server.port));
    CHECK_REPLY(&wire, "PING", "+PONG");
    wire_close(&wire);
    REQUIRE(wire_open_ipv6(&wire, server.port));
    CHECK_REPLY(&wire, "PING", "+PONG");
    CHECK_LIKE(&wire, "CLIENT INFO", "\"*addr=[::1]:* laddr=[::1]:*");
    wire_close(&wire);
    wire_own_stop(&server);
}

ONCE_TEST(maxclients)
{
    static const char *const args[] = {"--maxclients", "3", NULL};
    struct server server;
    struct wire wires[4];
    wire_own_start(&server, NULL, args);
    for (int i = 0; i < 3; i++) {
        /* The probe of the start may not be gone yet. */
        for (int tries = 0; tries < 1000; tries++) {
            REQUIRE(wire_open(&wires[i], server.port));
            if (strcmp(wire_command_text(&wires[i], "PING"), "+PONG") == 0) break;
            wire_close(&wires[i]);
            wait_ms(5);
        }
        REQUIRE(wires[i].fd >= 0);
    }
    REQUIRE(wire_open(&wires[3], server.port));
    CHECK_NEXT(&wires[3], "-ERR max number of clients reached");
    CHECK(wire_is_closed(&wires[3]));
    CHECK_LIKE(&wires[0], "INFO stats", "*rejected_connections:*");
    for (int i = 0; i < 4; i++)
        wire_close(&wires[i]);
    wire_own_stop(&server);
}

ONCE_TEST(idle_clients_are_closed)
{
    struct wire idle;
    wire_another(&idle);
    CHECK_REPLY(c, "CONFIG SET timeout 1", "+OK");
    CHECK(wire_is_closed(&idle));
    wire_close(&idle);
    wire_another(&idle);
    CHECK_REPLY(&idle, "CONFIG SET timeout 0", "+OK");
    wire_close(&idle);
}

/* The log is a name, not a file: whoever rotates it renames it. */
ONCE_TEST(the_log_may_be_renamed)
{
    struct server server;
    struct text text = {0};
    char path[200], moved[200];
    wire_own_start(&server, "logfile log\nloglevel debug\n", NULL);
    snprintf(path, sizeof(path), "%s/log", server.dir);
    snprintf(moved, sizeof(moved), "%s/log.1", server.dir);
    CHECK(rename(path, moved) == 0);
    CHECK(server_stop(&server));
    CHECK(file_read(path, &text));
    CHECK(strstr(text.data, "bye bye") != NULL);
    text_fini(&text);
    server_fini(&server);
}

WIRE_TEST(what_is_freed_by_and_by_is_counted)
{
    long long before = atoll(field(info(c, "INFO memory"), "lazyfreed_objects"));
    CHECK_REPLY(c, "MSET a 1 b 2 c 3", "+OK");
    CHECK_REPLY(c, "FLUSHALL ASYNC", "+OK");
    long long freed = 0;
    for (int i = 0; i < 10000 && freed != 3; i++)
        freed = atoll(field(info(c, "INFO memory"), "lazyfreed_objects")) - before;
    CHECK_INT(freed, 3);
}

static bool is_listed(struct wire *c, long long id)
{
    char line[64];
    snprintf(line, sizeof(line), "CLIENT LIST ID %lld", id);
    return strstr(wire_command_text(c, line), "addr=") != NULL;
}

/* A client that asks for more than it takes is dropped at its limit. */
ONCE_TEST(output_limit)
{
    struct wire deaf;
    set_filled(c, "mib", 1 << 20);
    CHECK_REPLY(c, "CONFIG SET client-output-buffer-limit \"normal 4mb 0 0\"", "+OK");
    wire_another(&deaf);
    long long id = atoll(wire_command_text(&deaf, "CLIENT ID") + 1);
    CHECK(is_listed(c, id));
    for (int i = 0; i < 100; i++)
        if (!wire_send_command(&deaf, "GET mib")) break; /* it has been dropped already */
    bool listed = true;
    for (int i = 0; i < 2000 && (listed = is_listed(c, id)); i++)
        wait_ms(5);
    CHECK(!listed);
    wire_close(&deaf);
    CHECK_REPLY(c, "CONFIG SET client-output-buffer-limit \"normal 0 0 0\"", "+OK");
}

/* So is one whose unfinished command grows beyond the limit of queries. */
ONCE_TEST(query_limit)
{
    struct wire wire;
    char *data = calloc(1, 3 << 20);
    REQUIRE(data);
    CHECK_REPLY(c, "CONFIG SET client-query-buffer-limit 1mb", "+OK");
    wire_another(&wire);
    REQUIRE(wire_send_text(&wire, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4000000\r\n"));
    wire_send(&wire, data, 3 << 20); /* may fail: the other side closes in the middle */
    CHECK(wire_is_closed(&wire));
    wire_close(&wire);
    free(data);
    CHECK_REPLY(c, "CONFIG SET client-query-buffer-limit 1gb", "+OK");
    CHECK_REPLY(c, "EXISTS k", ":0");
}

/* A daemon leaves its caller, writes its pid, and ends on SHUTDOWN. */
ONCE_TEST(daemonize)
{
    char dir[] = "/tmp/torc-daemon-XXXXXX", port[16], pidfile[64], logfile[64];
    struct text output = {0}, pid = {0};
    struct wire wire;
    REQUIRE(mkdtemp(dir));
    snprintf(port, sizeof(port), "%d", free_port());
    snprintf(pidfile, sizeof(pidfile), "%s/pid", dir);
    snprintf(logfile, sizeof(logfile), "%s/log", dir);
    const char *argv[] = {server_program(wire_env()->oracle),
                          "--daemonize",
                          "yes",
                          "--pidfile",
                          pidfile,
                          "--logfile",
                          logfile,
                          "--port",
                          port,
                          "--dir",
                          dir,
                          NULL};
    if (!wire_env()->oracle) argv[9] = NULL; /* nothing is saved yet, so there is no dir */
    struct program program = {.argv = argv, .timeout_ms = 20000};
    CHECK_INT(program_run(&program, &output), 0);
    text_fini(&output);
    bool open = false;
    for (int i = 0; i < 2000 && !(open = wire_open(&wire, atoi(port))); i++)
        wait_ms(5);
    REQUIRE(open);
    for (int i = 0; i < 2000 && access(pidfile, F_OK) != 0; i++)
        wait_ms(5);
    CHECK(file_read(pidfile, &pid));
    CHECK_INT(atoi(pid.data ? pid.data : "0"),
              atoi(field(info(&wire, "INFO server"), "process_id")));
    text_fini(&pid);
    REQUIRE(wire_send_command(&wire, "SHUTDOWN NOSAVE"));
    CHECK(wire_is_closed(&wire));
    wire_close(&wire);
    for (int i = 0; i < 2000 && access(pidfile, F_OK) == 0; i++)
        wait_ms(5);
    CHECK(access(pidfile, F_OK) != 0);
    CHECK(access(logfile, F_OK) == 0);
    unlink(logfile);
    rmdir(dir);
}

/* The next message of the server holds this, or one that follows shortly. */
static bool hears(int fd, const char *word)
{
    char message[512];
    for (int i = 0; i < 20; i++) {
        ssize_t got = recv(fd, message, sizeof(message) - 1, 0);
        if (got < 0) return false;
        message[got] = 0;
        if (strstr(message, word)) return true;
    }
    return false;
}

static void check_systemd_hears(const char *mode)
{
    const char *const args[] = {"--supervised", mode, "--daemonize", "yes", NULL};
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = 10};
    struct server server;
    struct wire wire;
    char dir[] = "/tmp/torc-notify-XXXXXX";
    REQUIRE(mkdtemp(dir));
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/notify", dir);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setenv("NOTIFY_SOCKET", addr.sun_path, 1);
    wire_own_start(&server, NULL, args);
    unsetenv("NOTIFY_SOCKET");
    CHECK(hears(fd, "READY=1"));
    REQUIRE(wire_open(&wire, server.port));
    CHECK(!strcmp(field(info(&wire, "INFO server"), "process_supervised"), "systemd"));
    CHECK_INT(atoi(field(info(&wire, "INFO server"), "process_id")), server.pid);
    wire_close(&wire);
    wire_own_stop(&server);
    CHECK(hears(fd, "STOPPING=1"));
    close(fd);
    unlink(addr.sun_path);
    rmdir(dir);
}

/* It stays in the foreground, whatever `daemonize` says. */
ONCE_TEST(tells_systemd_that_it_is_ready_and_that_it_stops)
{
    check_systemd_hears("systemd");
    check_systemd_hears("auto");
}

ONCE_TEST(nobody_supervises_it)
{
    static const char *const modes[] = {"auto", "systemd", "upstart"};
    for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
        const char *const args[] = {"--supervised", modes[i], NULL};
        struct server server;
        struct wire wire;
        wire_own_start(&server, NULL, args);
        REQUIRE(wire_open(&wire, server.port));
        CHECK(!strcmp(field(info(&wire, "INFO server"), "process_supervised"), "no"));
        wire_close(&wire);
        wire_own_stop(&server);
    }
}
