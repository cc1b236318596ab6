/* What one client may cost the others: limits, back-pressure, peers that misbehave, and crowds.
 * Nothing here looks at a clock; what must happen in the end is waited for, in bounded steps. */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/wire_test.h"

enum { PATIENCE = 4000, STEP_MS = 5 }; /* 20 s in steps of 5 ms */

static long long info_number(struct wire *c, const char *name)
{
    char start[64];
    long long value = -1;
    struct reply *reply = wire_command(c, "INFO everything");
    REQUIRE(reply && reply->data);
    snprintf(start, sizeof(start), "\n%s:", name);
    const char *at = strstr(reply->data, start);
    if (at) value = atoll(at + strlen(start));
    reply_free(reply);
    if (!at) test_fail(__FILE__, __LINE__, "INFO has no field %s", name);
    return value;
}

/* Waits until the field is at most `most`. */
static void wait_for_field(struct wire *c, const char *name, long long most)
{
    long long value = 0;
    for (int i = 0; i < PATIENCE; i++) {
        value = info_number(c, name);
        if (value <= most) return;
        wait_ms(STEP_MS);
    }
    test_fail(__FILE__, __LINE__, "%s stays at %lld, expected at most %lld", name, value, most);
}

/* What shards keep of what was given back: pooled chunks and blocks for requests. */
static long long kept_bytes(void)
{
    return (6LL << 20) * wire_env()->shards + (2 << 20);
}

/* Writes as much of the command, again and again, as the server takes while nobody reads a reply;
 * `other` is answered all the while. Returns the commands written whole. */
static long write_deaf(struct wire *deaf, struct wire *other, const char *command, long max)
{
    struct text out = {0};
    long batch = 0, count = 0;
    int idle = 0;
    for (; batch < 500; batch++)
        text_addf(&out, "%s\r\n", command);
    size_t at = 0;
    while (count < max && idle < 40) { /* so many answers to the other one without any progress */
        ssize_t sent = send(deaf->fd, out.data + at, out.len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) break;
        if (sent > 0) {
            at += (size_t)sent;
            idle = 0;
        } else {
            idle++;
            wait_ms(1);
        }
        if (at == out.len) {
            at = 0;
            count += batch;
        }
        if (sent <= 0 || count % 10000 == 0) CHECK_REPLY(other, "PING", "+PONG");
    }
    text_fini(&out);
    return count;
}

static long long client_id(struct wire *wire)
{
    return CHECK_RANGE(wire, "CLIENT ID", 1, INT64_MAX);
}

static void wait_until_gone(struct wire *c, long long id)
{
    char line[64];
    snprintf(line, sizeof(line), "CLIENT LIST ID %lld", id);
    for (int i = 0; i < PATIENCE; i++) {
        struct reply *reply = wire_command(c, line);
        bool gone = reply && reply->len < 10;
        reply_free(reply);
        if (gone) return;
        wait_ms(STEP_MS);
    }
    test_fail(__FILE__, __LINE__, "client %lld is still there", id);
}

static void kill_client(struct wire *c, long long id)
{
    char line[64];
    snprintf(line, sizeof(line), "CLIENT KILL ID %lld", id);
    CHECK_REPLY(c, line, ":1");
    wait_until_gone(c, id);
}

ONCE_TEST(maxclients)
{
    static const char *const args[] = {"--maxclients", "10", NULL};
    struct server server;
    struct wire wires[10], one_more;
    wire_own_start(&server, NULL, args);
    for (int i = 0; i < 10; i++)
        wire_connect(&wires[i], &server);
    for (int i = 0; i < 3; i++) {
        REQUIRE(wire_open(&one_more, server.port));
        CHECK_NEXT(&one_more, "-ERR max number of clients reached");
        CHECK(wire_is_closed(&one_more));
        wire_close(&one_more);
    }
    CHECK_REPLY(&wires[9], "PING", "+PONG");
    CHECK(info_number(&wires[9], "rejected_connections") >= 3);
    wire_close(&wires[0]);
    bool accepted = false;
    for (int i = 0; i < PATIENCE && !accepted; i++) { /* the end of one is seen a little later */
        REQUIRE(wire_open(&one_more, server.port));
        accepted = strcmp(wire_command_text(&one_more, "PING"), "+PONG") == 0;
        if (!accepted) wire_close(&one_more);
    }
    CHECK(accepted);
    CHECK_REPLY(&wires[1], "CONFIG SET maxclients 100", "+OK");
    wire_connect(&wires[0], &server);
    wire_close(&one_more);
    for (int i = 0; i < 10; i++)
        wire_close(&wires[i]);
    wire_own_stop(&server);
}

ONCE_TEST(idle_clients_are_closed)
{
    struct server server;
    struct wire idle, active;
    bool closed = false;
    wire_own_start(&server, NULL, NULL);
    wire_connect(&idle, &server);
    wire_connect(&active, &server);
    CHECK_REPLY(&active, "CONFIG SET timeout 1", "+OK");
    for (int i = 0; i < PATIENCE && !closed; i++) {
        struct pollfd poll_fd = {.fd = idle.fd, .events = POLLIN};
        closed = poll(&poll_fd, 1, STEP_MS) == 1;
        CHECK_REPLY(&active, "PING", "+PONG");
    }
    CHECK(closed && wire_is_closed(&idle));
    wire_close(&idle);
    wire_close(&active);
    wire_own_stop(&server);
}

static void check_output_limit(const char *limit)
{
    char config[100];
    struct server server;
    struct wire c, deaf, reader;
    snprintf(config, sizeof(config), "client-output-buffer-limit %s\n", limit);
    wire_own_start(&server, config, NULL);
    wire_connect(&c, &server);
    wire_connect(&deaf, &server);
    wire_connect(&reader, &server);
    set_filled(&c, "big", 256 * 1024);
    long long id = client_id(&deaf);
    for (int i = 0; i < 200; i++) /* some 50 MiB: more than sockets take */
        if (!wire_send_command(&deaf, "GET big")) break;
    wait_until_gone(&c, id);
    for (int i = 0; i < 200; i++) { /* one that reads is not touched */
        struct reply *reply = wire_command(&reader, "GET big");
        CHECK(reply && reply->len == 256 * 1024);
        reply_free(reply);
    }
    wire_close(&deaf);
    wire_close(&reader);
    wire_close(&c);
    wire_own_stop(&server);
}

ONCE_TEST(hard_limit_of_output)
{
    check_output_limit("normal 1mb 0 0");
}

ONCE_TEST(soft_limit_of_output)
{
    check_output_limit("normal 0 100kb 1");
}

/* Very many small arguments, of which each costs more than its bytes. */
static void check_many_arguments(const struct server *server)
{
    struct wire other;
    wire_connect(&other, server);
    bool open = wire_send_text(&other, "*1000000\r\n");
    for (int i = 0; i < 1000000 && open; i += 500) {
        struct text out = {0};
        for (int j = 0; j < 500; j++)
            text_addf(&out, "$1\r\nx\r\n");
        open = wire_send(&other, out.data, out.len) && !other.ended;
        text_fini(&out);
    }
    CHECK(wire_is_closed(&other));
    wire_close(&other);
}

ONCE_TEST(limit_of_input)
{
    static const char *const args[] = {"--client-query-buffer-limit", "1mb", NULL};
    struct server server;
    struct wire own, other;
    static char part[4096];
    wire_own_start(&server, NULL, args);
    wire_connect(&own, &server);
    set_filled(&own, "fits", 1000000);
    CHECK_REPLY(&own, "STRLEN fits", ":1000000");
    wire_connect(&other, &server); /* one large argument */
    REQUIRE(wire_send_text(&other, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2097152\r\n"));
    memset(part, 'x', sizeof(part));
    for (int i = 0; i < 512 && !other.ended; i++)
        if (!wire_send(&other, part, sizeof(part))) break;
    CHECK(wire_is_closed(&other));
    wire_close(&other);
    if (!wire_env()->oracle) check_many_arguments(&server); /* it counts bytes alone */
    CHECK_REPLY(&own, "EXISTS k", ":0");
    wire_close(&own);
    wire_own_stop(&server);
}

/* What is queued for EXEC, too. */
TORC_TEST(limit_of_what_is_queued)
{
    static const char *const args[] = {"--client-query-buffer-limit", "1mb", NULL};
    enum { LEN = 1000, COUNT = 2000 };
    struct server server;
    struct wire own;
    struct text line = {0};
    wire_own_start(&server, NULL, args);
    wire_connect(&own, &server);
    CHECK_REPLY(&own, "MULTI", "+OK");
    text_addf(&line, "SET k %0*d", LEN, 0);
    int queued = 0;
    while (queued < COUNT && wire_send_command(&own, line.data) &&
           text_like(wire_read_text(&own), "+QUEUED"))
        queued++;
    CHECK(queued > 100 && queued < COUNT);
    CHECK(wire_is_closed(&own));
    wire_close(&own);
    wire_connect(&own, &server);
    CHECK_REPLY(&own, "EXISTS k", ":0");
    wire_close(&own);
    text_fini(&line);
    wire_own_stop(&server);
}

/* They wait, or listen; whoever does neither is closed. */
ONCE_TEST(who_has_reason_to_be_silent_is_not_idle)
{
    struct server server;
    struct wire waits, listens, listens3, monitors, idle, other;
    wire_own_start(&server, NULL, NULL);
    wire_connect(&other, &server);
    wire_connect(&waits, &server);
    wire_connect(&listens, &server);
    wire_connect(&listens3, &server);
    wire_connect(&monitors, &server);
    CHECK(wire_send_command(&waits, "BLPOP l 0"));
    CHECK_REPLY(&listens, "SUBSCRIBE a", "[\"subscribe\", \"a\", :1]");
    CHECK(wire_hello(&listens3, 3));
    CHECK(wire_send_command(&listens3, "PSUBSCRIBE a"));
    CHECK_PUSH(&listens3, "\"psubscribe\", \"a\", :1");
    CHECK_REPLY(&monitors, "MONITOR", "+OK");
    CHECK_REPLY(&other, "CONFIG SET timeout 1", "+OK");
    wire_connect(&idle, &server);
    CHECK(wire_is_closed(&idle));
    wire_close(&other); /* it may have been idle as well */
    wire_connect(&other, &server);
    CHECK_REPLY(&other, "PUBLISH a x", ":2");
    CHECK_PUSH(&listens, "\"message\", \"a\", \"x\"");
    CHECK_PUSH(&listens3, "\"pmessage\", \"a\", \"a\", \"x\"");
    bool is_told = false;
    for (int i = 0; i < 9 && !is_told; i++)
        is_told = text_like(wire_read_text(&monitors), "*PUBLISH*");
    CHECK(is_told);
    CHECK_REPLY(&other, "RPUSH l x", ":1");
    CHECK_NEXT(&waits, "[\"l\", \"x\"]");
    for (int i = 0; i < 200; i++) /* it has been silent for long, but only now it is its turn */
        CHECK_REPLY(&other, "PING", "+PONG");
    CHECK_REPLY(&waits, "PING", "+PONG");
    wire_close(&waits);
    wire_close(&listens);
    wire_close(&listens3);
    wire_close(&monitors);
    wire_close(&idle);
    wire_close(&other);
    wire_own_stop(&server);
}

ONCE_TEST(the_largest_bulk_is_taken)
{
    struct server server;
    struct wire own;
    wire_own_start(&server, NULL, NULL);
    wire_connect(&own, &server);
    CHECK_REPLY(&own, "CONFIG SET proto-max-bulk-len 1mb", "+OK");
    set_filled(&own, "k", 1 << 20);
    CHECK_REPLY(&own, "STRLEN k", ":1048576");
    CHECK_REPLY(&own, "APPEND k x",
                "-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    CHECK_REPLY(&own, "STRLEN k", ":1048576");
    wire_close(&own);
    wire_own_stop(&server);
}

ONCE_TEST(largest_clients_go_first)
{
    static const char *const args[] = {"--maxmemory-clients", "16mb", NULL};
    enum { LARGE = 3 };
    struct server server;
    struct wire own, small, large[LARGE];
    static char part[1 << 16];
    wire_own_start(&server, NULL, args);
    wire_connect(&own, &server);
    CHECK_REPLY(&own, "CLIENT NO-EVICT on", "+OK");
    wire_connect(&small, &server);
    for (int i = 0; i < LARGE; i++) { /* each holds most of a command of 8 MiB */
        wire_connect(&large[i], &server);
        REQUIRE(wire_send_text(&large[i], "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8388608\r\n"));
        for (int j = 0; j < 127 && !large[i].ended; j++)
            if (!wire_send(&large[i], part, sizeof(part))) break;
    }
    bool evicted = false;
    for (int i = 0; i < PATIENCE && !evicted; i++) {
        evicted = info_number(&own, "evicted_clients") > 0;
        wait_ms(STEP_MS);
    }
    CHECK(evicted);
    CHECK_REPLY(&small, "PING", "+PONG");
    CHECK_REPLY(&own, "PING", "+PONG");
    for (int i = 0; i < LARGE; i++)
        wire_close(&large[i]);
    wire_close(&small);
    wire_close(&own);
    wire_own_stop(&server);
}

ONCE_TEST(keepalive_is_a_setting)
{
    static const char *const args[] = {"--tcp-keepalive", "30", NULL};
    struct server server;
    struct wire own;
    wire_own_start(&server, NULL, args);
    wire_connect(&own, &server);
    CHECK_REPLY(&own, "CONFIG GET tcp-keepalive",
                BY_RESP(&own, "[\"tcp-keepalive\", \"30\"]", "{\"tcp-keepalive\": \"30\"}"));
    CHECK_REPLY(&own, "CONFIG SET tcp-keepalive 0", "+OK");
    wire_close(&own);
    wire_connect(&own, &server);
    wire_close(&own);
    wire_own_stop(&server);
}

/* An address of this machine that is not the loopback's; false: it has none. */
static bool outer_address(struct sockaddr_in *found)
{
    struct ifaddrs *list;
    bool good = false;
    if (getifaddrs(&list)) return false;
    for (struct ifaddrs *at = list; at && !good; at = at->ifa_next) {
        if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET) continue;
        memcpy(found, at->ifa_addr, sizeof(*found));
        good = ntohl(found->sin_addr.s_addr) >> 24 != 127;
    }
    freeifaddrs(list);
    return good;
}

static void open_from_outside(struct wire *wire, struct sockaddr_in addr, int port)
{
    *wire = (struct wire){.resp = 2, .timeout_ms = WIRE_TIMEOUT_MS};
    addr.sin_port = htons((uint16_t)port);
    wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(connect(wire->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
    fcntl(wire->fd, F_SETFL, O_NONBLOCK);
}

ONCE_TEST(protected_mode)
{
    static const char *const args[] = {"--bind", "0.0.0.0", NULL};
    struct sockaddr_in addr;
    struct server server;
    struct wire inside, outside;
    if (!outer_address(&addr)) return;
    wire_own_start(&server, NULL, args);
    wire_connect(&inside, &server);
    open_from_outside(&outside, addr, server.port);
    const char *said = wire_read_text(&outside);
    CHECK(text_like(said, "-DENIED * is running in protected mode *"));
    CHECK(wire_is_closed(&outside));
    wire_close(&outside);
    CHECK_REPLY(&inside, "CONFIG SET protected-mode no", "+OK");
    open_from_outside(&outside, addr, server.port);
    CHECK_REPLY(&outside, "PING", "+PONG");
    wire_close(&outside);
    CHECK_REPLY(&inside, "CONFIG SET protected-mode yes requirepass secret", "+OK");
    open_from_outside(&outside, addr, server.port);
    CHECK_REPLY(&outside, "PING", "-NOAUTH Authentication required.");
    CHECK_REPLY(&outside, "AUTH secret", "+OK");
    wire_close(&outside);
    wire_close(&inside);
    wire_own_stop(&server);
}

/* Strangers who flood and never read: a bounded output, and others are served. */
ONCE_TEST(strangers_are_owed_little)
{
    static const char *const args[] = {"--requirepass", "secret", NULL};
    enum { STRANGERS = 8 };
    struct server server;
    struct wire own, strangers[STRANGERS];
    if (wire_env()->oracle) return; /* the one in Debian has no such limit */
    wire_own_start(&server, NULL, args);
    REQUIRE(wire_open(&own, server.port));
    CHECK_REPLY(&own, "AUTH secret", "+OK");
    long long before = info_number(&own, "used_memory");
    for (int i = 0; i < STRANGERS; i++) {
        REQUIRE(wire_open(&strangers[i], server.port));
        write_deaf(&strangers[i], &own, "a b c d", 2000000);
    }
    long long during = info_number(&own, "used_memory");
    if (during - before > (40 << 20) + kept_bytes())
        test_fail(__FILE__, __LINE__, "strangers hold %lld bytes", during - before);
    for (int i = 0; i < STRANGERS; i++)
        wire_close(&strangers[i]);
    wait_for_field(&own, "used_memory", before + kept_bytes());
    wire_close(&own);
    wire_own_stop(&server);
}

static void check_deaf(struct wire *c, const char *command, long max, long long bound)
{
    struct wire deaf;
    long long before = info_number(c, "used_memory");
    wire_another(&deaf);
    long long id = client_id(&deaf);
    write_deaf(&deaf, c, command, max);
    long long during = info_number(c, "used_memory");
    if (during - before > bound)
        test_fail(__FILE__, __LINE__, "%s: %lld bytes are held for one that never reads", command,
                  during - before);
    kill_client(c, id);
    wait_for_field(c, "used_memory", before + kept_bytes());
    wire_close(&deaf);
}

/* Replies pile up to a limit, then its commands are not taken any more. */
TORC_TEST(a_deaf_peer)
{
    char line[64];
    for (int i = 0; i < 8; i++) {
        snprintf(line, sizeof(line), "k%d", i);
        set_filled(c, line, 10000);
    }
    set_filled(c, "big", 1 << 20);
    /* 128 MiB behind full sockets, in chunks that are more than
     * half full; 4096 replies under way. */
    check_deaf(c, "GET k0", 200000, 330 << 20);
    check_deaf(c, "GET k1", 200000, 330 << 20);
    check_deaf(c, "MGET k0 k1 k2 k3 k4 k5 k6 k7", 50000, 700LL << 20);
    check_deaf(c, "GET big", 20000, 100 << 20); /* these are not copied */
    check_deaf(c, "nonsense", 1000000, 200 << 20);
    CHECK_REPLY(c, "DBSIZE", ":9");
}

/* A reply that runs here waits behind one that comes from elsewhere: that has a limit as well. */
TORC_TEST(deaf_to_replies_of_all_shards)
{
    struct wire deaf;
    struct text out = {0};
    long long before;
    char key[16];
    for (int i = 0; i < 50; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        set_filled(c, key, 15000);
        text_addf(&out, "GET k%d\r\n", i);
    }
    before = info_number(c, "used_memory");
    wire_another(&deaf);
    long long id = client_id(&deaf);
    write_deaf(&deaf, c, out.data, 100000);
    CHECK(info_number(c, "used_memory") - before < 330 << 20);
    kill_client(c, id);
    wait_for_field(c, "used_memory", before + kept_bytes());
    text_fini(&out);
    wire_close(&deaf);
}

/* Everything is written before anything is read: a client that does not read along must not be
 * locked out, as long as its replies are small. */
WIRE_TEST(two_hundred_thousand_written_before_one_is_read)
{
    enum { COUNT = 200000 };
    struct text out = {0};
    char expected[16];
    for (int i = 0; i < 100; i++) {
        char line[32];
        snprintf(line, sizeof(line), "SET key:%d %d", i, i);
        CHECK_REPLY(c, line, "+OK");
    }
    for (int i = 0; i < COUNT; i++)
        text_addf(&out, "*2\r\n$3\r\nGET\r\n$%d\r\nkey:%d\r\n", i % 100 < 10 ? 5 : 6, i % 100);
    for (size_t at = 0; at < out.len;) {
        struct pollfd poll_fd = {.fd = c->fd, .events = POLLOUT};
        REQUIRE(poll(&poll_fd, 1, WIRE_TIMEOUT_MS) == 1);
        ssize_t sent = send(c->fd, out.data + at, out.len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) at += (size_t)sent;
        REQUIRE(sent > 0 || errno == EAGAIN);
    }
    text_fini(&out);
    for (int i = 0; i < COUNT; i++) {
        snprintf(expected, sizeof(expected), "\"%d\"", i % 100);
        const char *got = wire_read_text(c);
        if (strcmp(got, expected) == 0) continue;
        test_fail(__FILE__, __LINE__, "reply %d is %s", i, got);
        return;
    }
}

/* Large forwarded commands are not taken faster than they are done. */
WIRE_TEST(large_commands_to_all_shards)
{
    enum { COUNT = 3000, LEN = 20000 };
    struct text out = {0};
    static char value[LEN + 1];
    memset(value, 'x', LEN);
    for (int i = 0; i < COUNT; i++)
        text_addf(&out, "*3\r\n$3\r\nSET\r\n$3\r\nk%02d\r\n$%d\r\n%s\r\n", i % 40, LEN, value);
    REQUIRE(wire_send(c, out.data, out.len));
    text_fini(&out);
    for (int i = 0; i < COUNT; i++)
        CHECK_NEXT(c, "+OK");
    CHECK_REPLY(c, "STRLEN k07", ":20000");
}

/* All that was asked for before the end is answered, however much it is. */
TORC_TEST(half_closed_behind_large_replies)
{
    enum { COUNT = 100, LEN = 200000 };
    struct text out = {0};
    struct wire wire;
    char key[16];
    for (int i = 0; i < 8; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        set_filled(c, key, LEN);
    }
    for (int kind = 0; kind < 2; kind++) {
        wire_another(&wire);
        out.len = 0;
        for (int i = 0; i < COUNT; i++)
            text_addf(&out, kind ? "GET k%d\r\n" : "GETRANGE k%d 0 -1\r\n", i % 8);
        REQUIRE(wire_send(&wire, out.data, out.len));
        wire_shutdown_write(&wire);
        for (int i = 0; i < COUNT; i++) {
            struct reply *reply = wire_read(&wire);
            bool good = reply && reply->type == '$' && reply->len == LEN;
            reply_free(reply);
            if (good) continue;
            test_fail(__FILE__, __LINE__, "reply %d: %s", i, wire.error ? wire.error : "wrong");
            break;
        }
        CHECK(wire_is_closed(&wire));
        wire_close(&wire);
    }
    text_fini(&out);
}

/* The whole life of a client in one delivery, before the server has even accepted it. */
ONCE_TEST(gone_before_it_was_accepted)
{
    struct server server;
    struct wire own, wire;
    char path[160];
    snprintf(path, sizeof(path), "/tmp/torc-limits-%d.sock", (int)getpid());
    const char *args[] = {"--unixsocket", path, NULL};
    wire_own_start(&server, NULL, args);
    wire_connect(&own, &server);
    for (int i = 0; i < 200; i++) {
        bool is_unix = i % 2;
        REQUIRE(is_unix ? wire_open_unix(&wire, path) : wire_open(&wire, server.port));
        REQUIRE(wire_send_text(&wire, i % 3 ? "PING\r\n" : "PING\r\nPING\r\nSET a b"));
        if (i % 5) {
            wire_shutdown_write(&wire);
            CHECK_NEXT(&wire, "+PONG");
            if (i % 3 == 0) CHECK_NEXT(&wire, "+PONG");
            CHECK(wire_is_closed(&wire));
        }
        wire_close(&wire);
    }
    wait_for_field(&own, "connected_clients", 1);
    wire_close(&own);
    wire_own_stop(&server);
}

WIRE_TEST(killed_while_it_is_owed_large_replies)
{
    struct wire victim;
    set_filled(c, "big", 1 << 20);
    for (int round = 0; round < 5; round++) {
        wire_another(&victim);
        long long id = client_id(&victim);
        for (int i = 0; i < 64; i++)
            REQUIRE(wire_send_command(&victim, "GET big"));
        for (int i = 0; i < round; i++) {
            struct reply *reply = wire_read(&victim);
            CHECK(reply && reply->len == 1 << 20);
            reply_free(reply);
        }
        kill_client(c, id);
        while (!victim.ended) { /* what had gone out comes, then the end */
            struct reply *reply = wire_read(&victim);
            if (!reply) break;
            reply_free(reply);
        }
        wire_close(&victim);
    }
    CHECK_REPLY(c, "STRLEN big", ":1048576");
}

/* Two hundred peers that go away in the middle of something, politely or not. */
WIRE_TEST(peers_that_die_at_random)
{
    static const char *const pieces[] = {"*3\r\n$3\r\nSET\r\n$2\r\nk1\r\n$5\r\nhello\r\n",
                                         "MSET a 1 b 2 c 3 {x}d 4\r\n",
                                         "*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n",
                                         "*3\r\n$3\r\nSET\r\n$2\r\nk2\r\n$60000\r\nxxxxxxxxxxxxxxx",
                                         "MGET a b c big\r\n",
                                         "FLUSHALL\r\n",
                                         "*4\r\n$4\r\nMGET\r\n$1\r\na\r\n",
                                         "INCR n\r\nINCR m\r\nINCR o\r\n",
                                         "*1\r\n$4\r\nPI",
                                         "CLIENT LIST\r\n",
                                         "KEYS *\r\n"};
    struct rng rng = {.state = (uint64_t)now_ms()};
    printf("peers_that_die_at_random: seed %llu\n", (unsigned long long)rng.state);
    set_filled(c, "big", 300000);
    long long before = info_number(c, "used_memory");
    for (int i = 0; i < 200; i++) {
        struct text out = {0};
        struct wire wire;
        REQUIRE(wire_open(&wire, wire_env()->server->port));
        for (uint32_t left = 1 + rng_below(&rng, 30); left; left--)
            text_addf(&out, "%s", pieces[rng_below(&rng, 11)]);
        size_t len = rng_below(&rng, (uint32_t)out.len + 1);
        if (len) (void)!send(wire.fd, out.data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (rng_below(&rng, 2)) {
            struct linger hard = {.l_onoff = 1};
            setsockopt(wire.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        }
        wire_close(&wire);
        text_fini(&out);
        if (i % 20 == 0) CHECK_REPLY(c, "PING", "+PONG");
    }
    wait_for_field(c, "connected_clients", 1);
    CHECK_REPLY(c, "FLUSHALL", "+OK");
    wait_for_field(c, "used_memory", before + kept_bytes());
}

WIRE_TEST(a_thousand_connections)
{
    enum { AT_ONCE = 250, WAVES = 4 };
    static struct wire wires[AT_ONCE];
    long long before = info_number(c, "total_connections_received");
    for (int wave = 0; wave < WAVES; wave++) {
        for (int i = 0; i < AT_ONCE; i++)
            REQUIRE(wire_open(&wires[i], wire_env()->server->port));
        for (int i = 0; i < AT_ONCE; i++)
            REQUIRE(wire_send_text(&wires[i], "INCR wave\r\n"));
        for (int i = 0; i < AT_ONCE; i++) {
            const char *got = wire_read_text(&wires[i]);
            CHECK(*got == ':');
            wire_close(&wires[i]);
        }
    }
    CHECK_REPLY(c, "GET wave", "\"1000\"");
    CHECK_INT(info_number(c, "total_connections_received") - before, AT_ONCE * WAVES);
    wait_for_field(c, "connected_clients", 1);
}

/* Many at once, each with a long pipeline that it does not read before it has written all. */
WIRE_TEST(floods)
{
    enum { PEERS = 30, EACH = 3000 };
    static struct wire wires[PEERS];
    struct text out = {0};
    char expected[16];
    for (int i = 0; i < EACH; i++)
        text_addf(&out, "INCR n%d\r\nECHO %d\r\n", i % 17, i);
    for (int i = 0; i < PEERS; i++)
        wire_another(&wires[i]);
    for (int i = 0; i < PEERS; i++)
        REQUIRE(wire_send(&wires[i], out.data, out.len));
    text_fini(&out);
    CHECK_REPLY(c, "PING", "+PONG");
    for (int i = 0; i < PEERS; i++) {
        for (int n = 0; n < EACH; n++) {
            snprintf(expected, sizeof(expected), "\"%d\"", n);
            if (*wire_read_text(&wires[i]) != ':' ||
                strcmp(wire_read_text(&wires[i]), expected) != 0) {
                test_fail(__FILE__, __LINE__, "peer %d, pair %d: %s", i, n, wires[i].shown.data);
                break;
            }
        }
        wire_close(&wires[i]);
    }
    snprintf(expected, sizeof(expected), "\"%d\"", PEERS * ((EACH + 16) / 17));
    CHECK_REPLY(c, "GET n0", expected);
}

static int shard_of_next_line(const char **at)
{
    const char *found = strstr(*at, " shard=");
    if (!found) return -1;
    *at = found + 7;
    return atoi(found + 7);
}

TORC_TEST(connections_are_spread_evenly)
{
    enum { MORE = 69 };
    static struct wire wires[MORE];
    int counts[8] = {0}, shards = wire_env()->shards, total = 0, shard;
    wait_for_field(c, "connected_clients", 1);
    for (int i = 0; i < MORE; i++)
        wire_another(&wires[i]);
    struct reply *reply = wire_command(c, "CLIENT LIST");
    REQUIRE(reply && reply->data);
    for (const char *at = reply->data; (shard = shard_of_next_line(&at)) >= 0; total++) {
        REQUIRE(shard < shards);
        counts[shard]++;
    }
    reply_free(reply);
    CHECK_INT(total, MORE + 1);
    for (int i = 0; i < shards; i++)
        if (counts[i] < total / shards || counts[i] > (total + shards - 1) / shards)
            test_fail(__FILE__, __LINE__, "shard %d has %d of %d connections", i, counts[i], total);
    for (int i = 0; i < MORE; i++)
        wire_close(&wires[i]);
}

/* Byte by byte, on several connections at once, while another one floods. */
WIRE_TEST(slow_writers_beside_a_flood)
{
    static const char data[] =
        "*3\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$4\r\nMGET\r\n$1\r\n"
        "a\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
    enum { SLOW = 8 };
    struct wire slow[SLOW], flood;
    struct text out = {0};
    wire_another(&flood);
    for (int i = 0; i < 100; i++)
        text_addf(&out, "GET x%d\r\n", i);
    for (int i = 0; i < SLOW; i++)
        wire_another(&slow[i]);
    for (size_t at = 0; at < sizeof(data) - 1; at++) {
        REQUIRE(wire_send(&flood, out.data, out.len));
        for (int i = 0; i < SLOW; i++)
            REQUIRE(wire_send(&slow[i], data + at, 1));
    }
    for (int i = 0; i < SLOW; i++) {
        CHECK_NEXT(&slow[i], "+OK");
        CHECK_NEXT(&slow[i], "[\"1\"]");
        CHECK_NEXT(&slow[i], "+PONG");
        CHECK_NEXT(&slow[i], "\"1\"");
        wire_close(&slow[i]);
    }
    for (size_t i = 0; i < 100 * (sizeof(data) - 1); i++)
        CHECK_NEXT(&flood, "nil");
    wire_close(&flood);
    text_fini(&out);
}
