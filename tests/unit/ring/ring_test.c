/* ring/ring on real sockets: what each operation promises, in all forms that a kernel may offer
 * (incremental buffers or plain ones, skipped completions or not), and with rings so small that
 * queues overflow. */
#include "ring/ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "mem/buf.h"
#include "mem/mem.h"
#include "ring/ring_internal.h"
#include "ring/ring_socket.h"
#include "support/check.h"
#include "support/seed.h"

#define PATIENCE_NS (20 * INT64_C(1000000000))

static const struct ring_options forms[] = {
    {512, 4096, 16, 65536, false, false}, {512, 4096, 16, 65536, true, false},
    {512, 4096, 16, 65536, false, true},  {64, 128, 4, 4096, true, true},
    {8, 16, 4, 4096, false, false},       {8, 16, 2, 1024, true, true},
};

/* What happened to an operation. */
struct seen {
    struct ring_op op;
    uint32_t calls, ends; /* ends: completions after which it was not armed any more */
    int32_t result;
    struct buf data;
};

static void on_done(struct ring_op *op, const struct ring_event *event)
{
    struct seen *seen = (struct seen *)(void *)op;
    seen->calls++;
    seen->result = event->result;
    if (!event->more) seen->ends++;
    if (event->data.len) buf_append(&seen->data, event->data);
    CHECK_INT(op->in_flight, event->more ? 1 : 0);
}

static struct ring *open_ring(const struct ring_options *options)
{
    char reason[512] = "";
    struct ring *ring = NULL;
    if (ring_open(&ring, options, reason, sizeof reason)) {
        test_fail(__FILE__, __LINE__, "%s", reason);
        test_abort();
    }
    return ring;
}

static void pair(int fds[2])
{
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
}

static void turn(struct ring *ring, bool wait)
{
    ring_enter(ring, wait ? clock_monotonic_ns() + 100000000 : 0);
    ring_dispatch(ring);
}

/* Turns the ring until the condition holds; fails when it takes too long. */
#define TURN_UNTIL(ring, condition)                                                                \
    do {                                                                                           \
        int64_t end_ns_ = clock_monotonic_ns() + PATIENCE_NS;                                      \
        while (!(condition) && clock_monotonic_ns() < end_ns_)                                     \
            turn(ring, true);                                                                      \
        REQUIRE(condition);                                                                        \
    } while (0)

static void begin(struct ring *ring, struct seen *seen)
{
    *seen = (struct seen){.data = {0}};
    ring_op_init(ring, &seen->op, on_done);
}

static void end(struct ring *ring, struct seen *seen)
{
    ring_op_fini(ring, &seen->op);
    buf_fini(&seen->data);
}

static void fill(uint8_t *bytes, size_t len, unsigned start)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)((i + start) * 2654435761u >> 11);
}

static size_t write_some(int fd, const uint8_t *bytes, size_t len)
{
    ssize_t got = write(fd, bytes, len);
    return got > 0 ? (size_t)got : 0;
}

static size_t read_some(int fd, uint8_t *bytes, size_t len)
{
    ssize_t got = read(fd, bytes, len);
    return got > 0 ? (size_t)got : 0;
}

/* A stream far longer than all buffers arrives whole; -ENOBUFS only means: arm it again. */
static void check_receive(struct ring *ring)
{
    enum { BYTES = 1 << 20 };
    static uint8_t sent[BYTES];
    struct seen seen;
    int fds[2];
    size_t written = 0;
    fill(sent, BYTES, 1);
    pair(fds);
    begin(ring, &seen);
    ring_receive(ring, &seen.op, fds[0], false);
    int64_t end_ns = clock_monotonic_ns() + PATIENCE_NS;
    while (seen.data.len < BYTES && clock_monotonic_ns() < end_ns) {
        written += write_some(fds[1], sent + written, BYTES - written);
        turn(ring, false);
        if (!seen.op.in_flight) {
            CHECK(seen.result > 0 || seen.result == -ENOBUFS);
            ring_receive(ring, &seen.op, fds[0], true);
        }
    }
    CHECK_INT(seen.data.len, BYTES);
    CHECK(seen.data.len == BYTES && memcmp(seen.data.ptr, sent, BYTES) == 0);
    close(fds[1]);
    for (int i = 0; i < 1000 && (seen.op.in_flight || seen.result != 0); i++) {
        if (!seen.op.in_flight) ring_receive(ring, &seen.op, fds[0], true);
        turn(ring, true);
    }
    CHECK_INT(seen.result, 0); /* the end of the stream */
    end(ring, &seen);
    close(fds[0]);
}

/* One send at a time, as much as goes; the rest when there is room. */
static void check_send_now(struct ring *ring)
{
    enum { BYTES = 3 << 20 };
    static uint8_t sent[BYTES], got[BYTES];
    struct seen seen;
    int fds[2];
    size_t at = 0, received = 0;
    uint32_t shorts = 0, fulls = 0;
    fill(sent, BYTES, 2);
    pair(fds);
    begin(ring, &seen);
    for (int i = 0; i < 100000 && received < BYTES; i++) {
        uint32_t calls = seen.calls;
        if (at < BYTES) {
            ring_send_now(ring, &seen.op, fds[0], bytes_make(sent + at, BYTES - at));
            for (int j = 0; j < 1000 && seen.op.in_flight; j++)
                turn(ring, false); /* the very next one, unless the CQ overflows */
            REQUIRE(seen.calls == calls + 1);
            CHECK(seen.result > 0 || seen.result == -EAGAIN);
            if (seen.result == -EAGAIN)
                fulls++;
            else
                shorts += (size_t)seen.result < BYTES - at, at += (size_t)seen.result;
        }
        if (i % 2) received += read_some(fds[1], got + received, BYTES - received);
    }
    CHECK(shorts > 0 && fulls > 0);
    CHECK(received == BYTES && memcmp(sent, got, BYTES) == 0);
    close(fds[1]);
    ring_send_now(ring, &seen.op, fds[0], bytes_make(sent, 1));
    TURN_UNTIL(ring, !seen.op.in_flight);
    CHECK_INT(seen.result, -EPIPE);
    end(ring, &seen);
    close(fds[0]);
}

/* Waits for room, sends all. */
static void check_send_all(struct ring *ring)
{
    enum { BYTES = 2 << 20, PIECES = 5 };
    static uint8_t sent[BYTES], got[BYTES];
    struct seen seen;
    struct iovec pieces[PIECES];
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = PIECES};
    int fds[2];
    fill(sent, BYTES, 3);
    for (size_t i = 0; i < PIECES; i++)
        pieces[i] = (struct iovec){sent + i * (BYTES / PIECES), BYTES / PIECES};
    pieces[PIECES - 1].iov_len = BYTES - (PIECES - 1) * (BYTES / PIECES);
    pair(fds);
    begin(ring, &seen);
    for (int vector = 0; vector < 2; vector++) {
        size_t received = 0;
        if (vector)
            ring_send_vector(ring, &seen.op, fds[0], &message);
        else
            ring_send_all(ring, &seen.op, fds[0], bytes_make(sent, BYTES));
        turn(ring, false);
        CHECK_INT(seen.op.in_flight, 1);
        for (int i = 0; i < 100000 && received < BYTES; i++) {
            turn(ring, false);
            received += read_some(fds[1], got + received, BYTES - received);
        }
        TURN_UNTIL(ring, !seen.op.in_flight);
        CHECK_INT(seen.result, BYTES);
        CHECK(received == BYTES && memcmp(sent, got, BYTES) == 0);
    }
    end(ring, &seen);
    close(fds[0]);
    close(fds[1]);
}

static void check_send_now_vector(struct ring *ring)
{
    char text[] = "abcdefgh";
    struct iovec pieces[] = {{text, 3}, {text, 0}, {text + 3, 5}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3};
    struct seen seen;
    uint8_t got[16];
    int fds[2];
    pair(fds);
    begin(ring, &seen);
    ring_send_now_vector(ring, &seen.op, fds[0], &message, 8);
    TURN_UNTIL(ring, !seen.op.in_flight);
    CHECK_INT(seen.result, 8);
    CHECK_INT(read_some(fds[1], got, sizeof got), 8);
    CHECK(memcmp(got, "abcdefgh", 8) == 0);
    end(ring, &seen);
    close(fds[0]);
    close(fds[1]);
}

/* More sends in one pass than the queues have room for, some to a peer that is gone or full. */
static void check_many_sends(struct ring *ring)
{
    enum { MANY = 150 };
    static struct seen seen[MANY];
    int fds[MANY][2];
    char filler[4096] = {0};
    uint8_t got[8];
    for (int i = 0; i < MANY; i++) {
        pair(fds[i]);
        begin(ring, &seen[i]);
        while (i % 3 == 1 && write(fds[i][0], filler, sizeof filler) > 0)
            continue;
        if (i % 3 == 2) close(fds[i][1]);
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            ring_send_now(ring, &seen[i].op, fds[i][0], BYTES("hello"));
        for (int i = 0; i < MANY; i++)
            TURN_UNTIL(ring, !seen[i].op.in_flight);
        for (int i = 0; i < MANY; i++) {
            CHECK_INT(seen[i].calls, round + 1);
            CHECK_INT(seen[i].result, i % 3 == 0 ? 5 : i % 3 == 1 ? -EAGAIN : -EPIPE);
            if (i % 3 == 0) CHECK_INT(read_some(fds[i][1], got, sizeof got), 5);
        }
    }
    CHECK_INT(ring_in_flight(ring), 0);
    for (int i = 0; i < MANY; i++) {
        end(ring, &seen[i]);
        close(fds[i][0]);
        if (i % 3 != 2) close(fds[i][1]);
    }
}

static void check_cancel(struct ring *ring)
{
    struct seen receive, polled;
    int fds[2];
    pair(fds);
    begin(ring, &receive);
    begin(ring, &polled);
    ring_receive(ring, &receive.op, fds[0], false);
    ring_poll(ring, &polled.op, fds[0]);
    turn(ring, false);
    CHECK_INT(receive.calls, 0);
    ring_cancel(ring, &receive.op);
    ring_cancel(ring, &polled.op);
    TURN_UNTIL(ring, !receive.op.in_flight && !polled.op.in_flight);
    CHECK_INT(receive.result, -ECANCELED);
    CHECK_INT(polled.result, -ECANCELED);
    ring_cancel(ring, &receive.op); /* nothing is armed any more: no harm */
    turn(ring, false);
    CHECK_INT(receive.calls, 1);
    ring_poll(ring, &polled.op, fds[0]);
    turn(ring, false);
    CHECK_INT(write(fds[1], "x", 1), 1);
    TURN_UNTIL(ring, !polled.op.in_flight);
    CHECK(polled.result & POLLIN);
    CHECK_INT(polled.ends, 2);
    end(ring, &receive);
    end(ring, &polled);
    close(fds[0]);
    close(fds[1]);
}

/* A place that was left and taken again is not reached by what was meant for its former owner. */
static void check_stale(struct ring *ring)
{
    struct seen former, latter;
    int fds[2];
    pair(fds);
    begin(ring, &former);
    ring_receive(ring, &former.op, fds[0], false);
    turn(ring, false);
    struct ring_op as_it_was = former.op;
    ring_cancel(ring, &former.op);
    TURN_UNTIL(ring, !former.op.in_flight);
    end(ring, &former);
    begin(ring, &latter);
    CHECK_INT(latter.op.index, as_it_was.index); /* the same place, another generation */
    uint32_t calls = former.calls;
    ring_receive(ring, &latter.op, fds[0], false);
    turn(ring, false);
    CHECK_INT(write(fds[1], "new", 3), 3);
    TURN_UNTIL(ring, latter.data.len == 3);
    CHECK_INT(former.calls, calls);
    ring_cancel(ring, &latter.op);
    TURN_UNTIL(ring, !latter.op.in_flight);
    end(ring, &latter);
    close(fds[0]);
    close(fds[1]);
}

static struct {
    int fds[64];
    uint32_t count;
} accepted;

static void on_accept(struct ring_op *op, const struct ring_event *event)
{
    on_done(op, event);
    if (event->result >= 0 && accepted.count < 64) accepted.fds[accepted.count++] = event->result;
}

static void check_accept(struct ring *ring)
{
    enum { PEERS = 40 };
    struct seen seen, connects[2];
    struct socket_address address;
    int peers[PEERS];
    REQUIRE(socket_address_parse(&address, "127.0.0.1", 0) == 0);
    int listener = socket_listen(&address, 128);
    REQUIRE(listener >= 0 && socket_local_address(listener, &address) == 0);
    begin(ring, &seen);
    seen.op.done = on_accept;
    accepted.count = 0;
    ring_accept(ring, &seen.op, listener);
    for (int i = 0; i < PEERS; i++) {
        peers[i] = socket_connect_start(&address);
        if (i < 2) {
            begin(ring, &connects[i]);
            ring_connect(ring, &connects[i].op, peers[i], &address.storage, address.len);
        } else {
            connect(peers[i], (struct sockaddr *)&address.storage, address.len);
        }
    }
    while (accepted.count < PEERS) {
        uint32_t before = accepted.count;
        TURN_UNTIL(ring, accepted.count > before || !seen.op.in_flight);
        if (!seen.op.in_flight) ring_accept(ring, &seen.op, listener);
    }
    for (int i = 0; i < 2; i++) {
        TURN_UNTIL(ring, !connects[i].op.in_flight);
        CHECK_INT(connects[i].result, 0);
        end(ring, &connects[i]);
    }
    if (seen.op.in_flight) ring_cancel(ring, &seen.op);
    TURN_UNTIL(ring, !seen.op.in_flight);
    end(ring, &seen);
    for (int i = 0; i < PEERS; i++) {
        ring_close_fd(ring, accepted.fds[i]);
        close(peers[i]);
    }
    turn(ring, false);
    CHECK(fcntl(accepted.fds[0], F_GETFD) < 0 && errno == EBADF);
    close(listener);
}

/* Nothing to do: it returns at its deadline, not before. */
static void check_deadline(struct ring *ring)
{
    int64_t now_ns = clock_monotonic_ns(), deadline_ns = now_ns + 3000000;
    for (int i = 0; i < 100 && clock_monotonic_ns() < deadline_ns; i++)
        turn(ring, false);
    ring_enter(ring, clock_monotonic_ns() + 3000000);
    CHECK(clock_monotonic_ns() >= deadline_ns);
    CHECK(!ring_has_work(ring));
}

struct sleeper {
    const struct ring_options *options;
    _Atomic int fd, rounds;
};

enum { RINGS = 200 };

static void *sleep_in_ring(void *context)
{
    struct sleeper *sleeper = context;
    struct ring *ring = open_ring(sleeper->options);
    atomic_store(&sleeper->fd, ring_fd(ring));
    for (int i = 0; i < RINGS; i++) {
        int64_t patience_ns = clock_monotonic_ns() + PATIENCE_NS;
        ring_enter(ring, patience_ns);
        CHECK(clock_monotonic_ns() < patience_ns); /* the bell woke it */
        ring_dispatch(ring);
        atomic_fetch_add(&sleeper->rounds, 1);
    }
    ring_close(ring);
    return NULL;
}

static void check_doorbell(struct ring *ring, const struct ring_options *options)
{
    struct sleeper sleeper = {.options = options, .fd = -1};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, sleep_in_ring, &sleeper) == 0);
    while (atomic_load(&sleeper.fd) < 0)
        sched_yield();
    for (int i = 0; i < RINGS; i++) {
        ring_doorbell(ring, atomic_load(&sleeper.fd));
        turn(ring, false);
        while (atomic_load(&sleeper.rounds) <= i)
            sched_yield();
    }
    pthread_join(thread, NULL);
    CHECK(metric_read(&ring_counters(ring)->doorbells_sent) >= RINGS);
}

/* Enough connections at once, each sending and receiving, that
 * completions overflow a small queue. */
static void check_storm(struct ring *ring)
{
    enum { PAIRS = 60, BYTES = 20000 };
    static struct seen seen[PAIRS];
    static uint8_t sent[BYTES];
    int fds[PAIRS][2];
    size_t written[PAIRS] = {0}, received = 0;
    fill(sent, BYTES, 4);
    for (int i = 0; i < PAIRS; i++) {
        pair(fds[i]);
        begin(ring, &seen[i]);
        ring_receive(ring, &seen[i].op, fds[i][0], false);
    }
    for (int round = 0; round < 100000 && received < PAIRS * (size_t)BYTES; round++) {
        for (int i = 0; i < PAIRS; i++) {
            size_t part = BYTES - written[i] < 700 ? BYTES - written[i] : 700;
            if (part) written[i] += write_some(fds[i][1], sent + written[i], part);
        }
        turn(ring, false);
        received = 0;
        for (int i = 0; i < PAIRS; i++) {
            received += seen[i].data.len;
            if (!seen[i].op.in_flight) ring_receive(ring, &seen[i].op, fds[i][0], true);
        }
    }
    for (int i = 0; i < PAIRS; i++) {
        CHECK(seen[i].data.len == BYTES && memcmp(seen[i].data.ptr, sent, BYTES) == 0);
        if (seen[i].op.in_flight) ring_cancel(ring, &seen[i].op);
    }
    for (int i = 0; i < PAIRS; i++) {
        TURN_UNTIL(ring, !seen[i].op.in_flight);
        end(ring, &seen[i]);
        close(fds[i][0]);
        close(fds[i][1]);
    }
    CHECK_INT(ring_in_flight(ring), 0);
}

TEST(in_every_form)
{
    int64_t before = mem_unattached_bytes();
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct ring *ring = open_ring(&forms[i]);
        if (forms[i].plain_buffers) CHECK(!ring_features(ring)->incremental_buffers);
        if (forms[i].plain_sends) CHECK(!ring_features(ring)->skipped_sends);
        check_receive(ring);
        check_send_now(ring);
        check_send_all(ring);
        check_send_now_vector(ring);
        check_many_sends(ring);
        check_cancel(ring);
        check_stale(ring);
        check_accept(ring);
        check_deadline(ring);
        check_storm(ring);
        check_doorbell(ring, &forms[i]);
        ring_close(ring);
        if (test_failed()) printf("  in form %zu\n", i);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}

/* The kernel may say that there is work when that is done already. Whoever believed it for ever
 * would never sleep; whoever never believed it again would sleep too long. */
TEST(work_that_is_done_already_is_not_waited_for)
{
    struct ring *ring = open_ring(&forms[0]);
    struct seen seen = {0};
    char byte;
    int fds[2];
    pair(fds);
    ring_op_init(ring, &seen.op, on_done);
    ring_receive(ring, &seen.op, fds[0], false);
    turn(ring, false);
    *ring->uring.sq.kflags |= IORING_SQ_TASKRUN;
    CHECK(ring_has_work(ring));
    for (int i = 0; i < 2; i++)
        turn(ring, false);
    CHECK(!ring_has_work(ring));
    REQUIRE(write(fds[1], "x", 1) == 1);
    for (int i = 0; i < 1000 && !seen.calls; i++) /* who never waits finds it, too */
        turn(ring, false);
    CHECK_INT(seen.calls, 1);
    REQUIRE(write(fds[1], "x", 1) == 1);
    TURN_UNTIL(ring, seen.calls == 2); /* and so does a wait, whatever the flag says */
    ring_cancel(ring, &seen.op);
    TURN_UNTIL(ring, seen.ends);
    CHECK(read(fds[1], &byte, 1) < 0);
    ring_op_fini(ring, &seen.op);
    buf_fini(&seen.data);
    close(fds[0]);
    close(fds[1]);
    ring_close(ring);
}

TEST(a_place_for_each_operation)
{
    enum { OPS = 1000 };
    static struct seen seen[OPS];
    struct ring *ring = open_ring(&forms[4]);
    struct random random;
    static bool used[OPS];
    test_seed(&random, "places");
    for (int i = 0; i < 20000; i++) {
        size_t at = random_below(&random, OPS);
        if (used[at])
            ring_op_fini(ring, &seen[at].op);
        else
            begin(ring, &seen[at]);
        used[at] = !used[at];
        CHECK_INT(seen[at].op.index != 0, used[at]);
    }
    static bool taken[4 * OPS];
    for (size_t at = 0; at < OPS; at++) {
        if (!used[at]) continue;
        CHECK(seen[at].op.index < 4 * OPS && !taken[seen[at].op.index]);
        taken[seen[at].op.index] = true;
        ring_op_fini(ring, &seen[at].op);
        ring_op_fini(ring, &seen[at].op); /* twice is no harm */
    }
    ring_close(ring);
}
