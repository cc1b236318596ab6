/* net/conn on real sockets: a crowd of connections that echo what they receive, while they pause,
 * go on, close and lose their peers at random. Every byte comes back in order as long as both sides
 * live; the end is told once, when nothing is in flight any more. */
#include "net/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "mem/buf.h"
#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { CONNS = 40, STEPS = 6000 };

struct echo {
    struct conn conn;
    bool open, ended, gone, closed_by_us;
    int peer;           /* -1: closed */
    uint64_t sent, got; /* by the peer: bytes of the stream, whose content is a function of place */
    bool peer_writes_no_more;
};

static struct {
    struct random random;
    struct ring *ring;
    struct net net;
    struct echo all[CONNS];
    uint32_t opened, gone;
} world;

static uint8_t byte_at(const struct echo *echo, uint64_t place)
{
    return (uint8_t)((place * 31 + (uint64_t)(echo - world.all)) * 2654435761u >> 9);
}

static struct echo *echo_of(struct conn *conn)
{
    return (struct echo *)(void *)conn;
}

static void on_input(struct conn *conn, struct bytes bytes)
{
    struct echo *echo = echo_of(conn);
    CHECK(!(conn->flags & CONN_CLOSING));
    CHECK(!echo->ended);
    if (random_below(&world.random, 8) == 0 && bytes.len > 100) { /* a part of it by reference */
        struct blob *blob = blob_new(bytes.len);
        memcpy(blob->bytes, bytes.ptr, bytes.len);
        chain_append_blob(&conn->out, blob, blob_view(blob));
        blob_release(blob);
    } else {
        chain_append(&conn->out, bytes);
    }
    conn_wrote(conn);
    if (random_below(&world.random, 10) == 0) conn_pause(conn);
}

static void on_end(struct conn *conn)
{
    struct echo *echo = echo_of(conn);
    CHECK(!echo->ended);
    echo->ended = true;
    conn_close_after_output(conn);
}

static void on_sent(struct conn *conn)
{
    CHECK_INT(conn_output_bytes(conn), 0);
}

static void on_gone(struct conn *conn)
{
    struct echo *echo = echo_of(conn);
    CHECK(!echo->gone);
    CHECK(!conn->receive.in_flight && !conn->send.in_flight);
    echo->gone = true;
    echo->open = false;
    conn_fini(conn);
    world.gone++;
}

static const struct conn_events events = {on_input, on_end, on_sent, on_gone};

static void open_one(struct echo *echo)
{
    int fds[2];
    if (echo->peer >= 0) close(echo->peer);
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    *echo = (struct echo){.open = true, .peer = fds[1]};
    conn_init(&echo->conn, &world.net, fds[0]);
    world.opened++;
}

static void peer_writes(struct echo *echo)
{
    uint8_t bytes[20000];
    size_t len =
        1 + random_below(&world.random, random_below(&world.random, 3) ? 100 : sizeof bytes);
    if (echo->peer_writes_no_more) return;
    for (size_t i = 0; i < len; i++)
        bytes[i] = byte_at(echo, echo->sent + i);
    ssize_t put = send(echo->peer, bytes, len, MSG_NOSIGNAL);
    if (put > 0) echo->sent += (uint64_t)put;
}

static void peer_reads(struct echo *echo)
{
    uint8_t bytes[40000];
    ssize_t len = recv(echo->peer, bytes, 1 + random_below(&world.random, sizeof bytes), 0);
    for (ssize_t i = 0; i < len; i++)
        if (bytes[i] != byte_at(echo, echo->got++)) {
            test_fail(__FILE__, __LINE__, "another byte at %llu", (unsigned long long)echo->got);
            test_abort();
        }
    CHECK(echo->got <= echo->sent);
}

static void act(struct echo *echo)
{
    if (!echo->open) {
        if (echo->peer < 0 || random_below(&world.random, 4) == 0) open_one(echo);
        return;
    }
    uint32_t what = (uint32_t)random_below(&world.random, 100);
    if (echo->peer < 0) return; /* it will be seen */
    if (what < 45)
        peer_writes(echo);
    else if (what < 85)
        peer_reads(echo);
    else if (what < 94)
        conn_resume(&echo->conn);
    else if (what < 95)
        conn_pause(&echo->conn);
    else if (what < 96)
        conn_close(&echo->conn), echo->closed_by_us = true;
    else if (what < 97)
        conn_close_after_output(&echo->conn), echo->closed_by_us = true;
    else if (what < 98)
        shutdown(echo->peer, SHUT_WR), echo->peer_writes_no_more = true;
    else if (what < 99)
        close(echo->peer), echo->peer = -1;
}

static void pass(void)
{
    ring_enter(world.ring, 0);
    ring_dispatch(world.ring);
    net_flush(&world.net, clock_monotonic_ns());
}

/* A peer that only reads from now on gets all that it wrote, unless we closed. */
static void finish(struct echo *echo)
{
    int64_t end_ns = clock_monotonic_ns() + 20000000000;
    if (echo->open && echo->peer >= 0) shutdown(echo->peer, SHUT_WR);
    while (echo->open && clock_monotonic_ns() < end_ns) {
        conn_resume(&echo->conn);
        if (echo->peer >= 0) peer_reads(echo);
        pass();
    }
    if (echo->open)
        test_fail(__FILE__, __LINE__, "never gone: flags %x, %zu bytes of output, in flight %u %u",
                  echo->conn.flags, conn_output_bytes(&echo->conn), echo->conn.receive.in_flight,
                  echo->conn.send.in_flight);
    if (echo->peer < 0) return;
    uint64_t before;
    do {
        before = echo->got;
        peer_reads(echo);
    } while (echo->got > before);
    if (!echo->closed_by_us) CHECK_INT(echo->got, echo->sent);
    close(echo->peer);
}

static void run(const struct ring_options *options)
{
    char reason[512] = "";
    int64_t before = mem_unattached_bytes();
    REQUIRE(ring_open(&world.ring, options, reason, sizeof reason) == 0);
    net_init(&world.net, world.ring, &events);
    world.opened = world.gone = 0;
    for (int i = 0; i < CONNS; i++)
        world.all[i] = (struct echo){.peer = -1};
    for (int i = 0; i < STEPS && !test_failed(); i++) {
        for (int j = 0; j < 4; j++)
            act(&world.all[random_below(&world.random, CONNS)]);
        pass();
    }
    for (int i = 0; i < CONNS; i++)
        if (world.all[i].open || world.all[i].peer >= 0) finish(&world.all[i]);
    CHECK_INT(world.gone, world.opened);
    CHECK(world.opened > CONNS);
    CHECK_INT(metric_read(&world.net.output_bytes), 0);
    pass();
    net_fini(&world.net);
    ring_close(world.ring);
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(echoes)
{
    static const struct ring_options forms[] = {
        {512, 4096, 16, 65536, false, false}, {8, 16, 4, 4096, false, false},
        {64, 128, 8, 4096, true, false},      {16, 16, 2, 2048, false, true},
        {8, 16, 2, 1024, true, true},
    };
    test_seed(&world.random, "conn");
    for (size_t i = 0; i < sizeof forms / sizeof *forms && !test_failed(); i++) {
        run(&forms[i]);
        if (test_failed()) printf("  in form %zu\n", i);
    }
}

/* Little output that is corked waits for more, for a moment at most; a lot does not. */
TEST(a_cork_holds_for_a_moment)
{
    static const struct ring_options options = {64, 128, 4, 4096, false, false};
    char reason[512] = "";
    uint8_t got[64];
    test_seed(&world.random, "cork");
    REQUIRE(ring_open(&world.ring, &options, reason, sizeof reason) == 0);
    net_init(&world.net, world.ring, &events);
    struct echo *echo = &world.all[0];
    echo->peer = -1;
    open_one(echo);
    pass();
    conn_cork(&echo->conn);
    chain_append(&echo->conn.out, BYTES("abc"));
    conn_wrote(&echo->conn);
    CHECK_INT(net_next_deadline_ns(&world.net), INT64_MAX);
    net_flush(&world.net, 1000);
    ring_enter(world.ring, 0);
    CHECK(recv(echo->peer, got, sizeof got, 0) < 0 && errno == EAGAIN);
    int64_t deadline_ns = net_next_deadline_ns(&world.net);
    CHECK(deadline_ns > 1000 && deadline_ns < 1000 + 10000000);
    net_flush(&world.net, deadline_ns);
    ring_enter(world.ring, 0);
    CHECK_INT(recv(echo->peer, got, sizeof got, 0), 3);
    CHECK_INT(net_next_deadline_ns(&world.net), INT64_MAX);
    ring_dispatch(world.ring);
    chain_append(&echo->conn.out, BYTES("de"));
    conn_wrote(&echo->conn);
    net_flush(&world.net, 1000);
    conn_uncork(&echo->conn);
    net_flush(&world.net, 1001);
    ring_enter(world.ring, 0);
    CHECK_INT(recv(echo->peer, got, sizeof got, 0), 2);
    ring_dispatch(world.ring);
    conn_cork(&echo->conn); /* one that ends while it waits */
    chain_append(&echo->conn.out, BYTES("f"));
    conn_wrote(&echo->conn);
    net_flush(&world.net, 1000);
    conn_close(&echo->conn);
    for (int i = 0; i < 1000 && echo->open; i++) {
        ring_enter(world.ring, 0);
        ring_dispatch(world.ring);
        net_flush(&world.net, 1000);
    }
    CHECK(echo->gone);
    ring_enter(world.ring, 0);
    close(echo->peer);
    net_fini(&world.net);
    ring_close(world.ring);
}

/* Two buffers for forty that send at once: nobody has to hope for the next pass. */
TEST(who_finds_no_buffer_is_served_all_the_same)
{
    static const struct ring_options options = {512, 4096, 2, 1024, false, false};
    enum { LEN = 1000 };
    char reason[512] = "";
    uint8_t bytes[LEN];
    test_seed(&world.random, "buffers");
    REQUIRE(ring_open(&world.ring, &options, reason, sizeof reason) == 0);
    net_init(&world.net, world.ring, &events);
    for (int i = 0; i < CONNS; i++) {
        world.all[i].peer = -1;
        open_one(&world.all[i]);
    }
    for (int i = 0; i < 3; i++)
        pass();
    for (int i = 0; i < CONNS; i++) {
        for (int j = 0; j < LEN; j++)
            bytes[j] = byte_at(&world.all[i], (uint64_t)j);
        CHECK_INT(send(world.all[i].peer, bytes, LEN, MSG_NOSIGNAL), LEN);
        world.all[i].sent = LEN;
    }
    for (int i = 0; i < 2; i++) /* the kernel tells twenty at a time */
        pass();
    ring_enter(world.ring, 0);
    CHECK(metric_read(&ring_counters(world.ring)->buffer_exhaustions) > 0);
    for (int i = 0; i < CONNS; i++) {
        peer_reads(&world.all[i]);
        CHECK(world.all[i].got > 0);
    }
    for (int i = 0; i < CONNS; i++)
        finish(&world.all[i]);
    pass();
    net_fini(&world.net);
    ring_close(world.ring);
}
