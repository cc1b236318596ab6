/* limit.c -- The limit of this kernel: a server that counts requests and answers +OK.
 *
 * It reads no argument and stores nothing; it finds where requests end (`*N`, `$len`, payload
 * skipped, split anywhere) and owes one +OK for each. What a real server costs above it is what
 * its parsing, store and replies cost. One io_uring_enter a pass: multishot accept and receive
 * into incrementally consumed buffers, one gathered send for each connection that got requests.
 *
 * What a connection is owed is a count of bytes: replies being all alike, they are sent from one
 * constant, from the phase at which the last send stopped. So nothing piles up for a client that
 * does not read. */
#include "benchring.h"
#include "fatal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNS_MAX   65536 /* a connection's index is its descriptor */
#define REPLY       "+OK\r\n"
#define REPLY_LEN   5
#define REPLIES_LEN (4096 * REPLY_LEN)

enum operation { OPERATION_ACCEPT, OPERATION_RECEIVE, OPERATION_SEND, OPERATION_SEND_WAITING };

/* Where in a request the bytes seen so far end; all zero between two requests. */
struct scan {
    uint64_t skip;      /* payload and its CRLF still to come */
    uint32_t arguments; /* of the request, still to come */
    uint32_t number;    /* of the header line, as far as it was seen */
    bool in_line;       /* within a header line */
};

struct conn {
    struct scan scan;
    uint64_t owed;    /* bytes of replies not yet given to the kernel */
    uint32_t phase;   /* of a reply, at which the next send starts */
    uint32_t sending; /* bytes in the send under way, or of the last one */
    bool is_open;
    bool is_blocked; /* a send that waits for room is in flight */
    bool is_dirty;   /* stands in the list of those to be answered in this pass */
    bool is_ended;   /* its receive has ended */
};

struct limit {
    struct benchring ring;
    int listener;
    uint32_t dirty_count;
    uint32_t dirty[CONNS_MAX];
    struct conn conns[CONNS_MAX];
    char replies[REPLIES_LEN + REPLY_LEN];
};

struct limit_options {
    uint16_t port;
    int cpu;
};

static uint64_t tag(enum operation operation, int fd)
{
    return (uint64_t)operation << 32 | (uint32_t)fd;
}

/* The header line is complete; false if it makes no sense there. */
static bool scan_line(struct scan *scan)
{
    scan->in_line = false;
    if (!scan->arguments) {
        scan->arguments = scan->number;
        return scan->number > 0;
    }
    scan->skip = (uint64_t)scan->number + 2;
    scan->arguments--;
    return true;
}

/* Eats bytes of a header line, returns what follows them; NULL if they are no header line. */
static const uint8_t *scan_header(struct scan *scan, const uint8_t *at, const uint8_t *end)
{
    if (!scan->in_line) {
        if (*at++ != (scan->arguments ? '$' : '*')) return NULL;
        scan->in_line = true;
        scan->number = 0;
    }
    uint32_t number = scan->number;
    while (at < end && (uint32_t)(*at - '0') < 10) {
        if (number > 100000000) return NULL;
        number = number * 10 + (uint32_t)(*at++ - '0');
    }
    scan->number = number;
    if (at < end && *at == '\r') at++;
    if (at == end) return at;
    return *at == '\n' && scan_line(scan) ? at + 1 : NULL;
}

/* Counts the requests that end within the bytes; -1 if they are not requests. */
static int64_t scan_requests(struct scan *scan, const uint8_t *at, const uint8_t *end)
{
    int64_t count = 0;
    while (at < end) {
        if (scan->skip) {
            uint64_t len = (uint64_t)(end - at) < scan->skip ? (uint64_t)(end - at) : scan->skip;
            at += len;
            scan->skip -= len;
            count += !scan->skip && !scan->arguments;
            continue;
        }
        at = scan_header(scan, at, end);
        if (!at) return -1;
    }
    return count;
}

static void mark_dirty(struct limit *limit, int fd)
{
    if (limit->conns[fd].is_dirty) return;
    limit->conns[fd].is_dirty = true;
    limit->dirty[limit->dirty_count++] = (uint32_t)fd;
}

/* Closed only when the kernel holds nothing of it. */
static void close_if_done(struct limit *limit, int fd)
{
    struct conn *conn = &limit->conns[fd];
    if (!conn->is_ended || conn->is_blocked) return;
    conn->is_open = false;
    close(fd);
}

static void on_accept(struct limit *limit, const struct io_uring_cqe *cqe)
{
    int fd = cqe->res;
    if (!(cqe->flags & IORING_CQE_F_MORE)) {
        benchring_accept(&limit->ring, limit->listener, tag(OPERATION_ACCEPT, 0));
    }
    if (fd < 0) return;
    if (fd >= CONNS_MAX) {
        close(fd);
        return;
    }
    bool is_dirty = limit->conns[fd].is_dirty;
    limit->conns[fd] = (struct conn){.is_open = true, .is_dirty = is_dirty};
    benchring_receive(&limit->ring, fd, tag(OPERATION_RECEIVE, fd));
}

static void on_bytes(struct limit *limit, int fd, const struct io_uring_cqe *cqe)
{
    struct conn *conn = &limit->conns[fd];
    const uint8_t *bytes = benchring_view(&limit->ring, cqe);
    int64_t count = scan_requests(&conn->scan, bytes, bytes + cqe->res);
    benchring_release(&limit->ring, cqe);
    if (count < 0) {
        shutdown(fd, SHUT_RDWR); /* which ends the receive */
        return;
    }
    conn->owed += (uint64_t)count * REPLY_LEN;
    if (count) mark_dirty(limit, fd);
}

static void on_receive(struct limit *limit, int fd, const struct io_uring_cqe *cqe)
{
    if (cqe->flags & IORING_CQE_F_BUFFER) on_bytes(limit, fd, cqe);
    if (cqe->flags & IORING_CQE_F_MORE) return;
    if (benchring_is_retry(&limit->ring, cqe)) {
        benchring_receive(&limit->ring, fd, tag(OPERATION_RECEIVE, fd));
        return;
    }
    limit->conns[fd].is_ended = true;
    if (limit->conns[fd].is_blocked) shutdown(fd, SHUT_RDWR);
    close_if_done(limit, fd);
}

/* A send did not take all: what it left is owed again. */
static void take_back(struct conn *conn, int32_t result)
{
    uint32_t sent = result > 0 ? (uint32_t)result : 0;
    uint32_t left = conn->sending - sent;
    conn->owed += left;
    conn->phase = (conn->phase + REPLY_LEN - left % REPLY_LEN) % REPLY_LEN;
}

static void send_owed(struct limit *limit, int fd, bool may_wait)
{
    struct conn *conn = &limit->conns[fd];
    conn->sending = conn->owed < REPLIES_LEN ? (uint32_t)conn->owed : REPLIES_LEN;
    struct benchring_span span = {limit->replies + conn->phase, conn->sending};
    conn->owed -= conn->sending;
    conn->phase = (conn->phase + conn->sending) % REPLY_LEN;
    conn->is_blocked = may_wait;
    if (may_wait) {
        benchring_send_waiting(&limit->ring, fd, span, tag(OPERATION_SEND_WAITING, fd));
    } else {
        benchring_send(&limit->ring, fd, span, tag(OPERATION_SEND, fd));
    }
}

/* Errors need no answer here: the receive ends with them too. */
static void on_send(struct limit *limit, int fd, const struct io_uring_cqe *cqe)
{
    struct conn *conn = &limit->conns[fd];
    if (!conn->is_open) return;
    take_back(conn, cqe->res);
    if (cqe->res >= 0 || cqe->res == -EAGAIN) send_owed(limit, fd, true);
}

static void on_send_waiting(struct limit *limit, int fd, const struct io_uring_cqe *cqe)
{
    struct conn *conn = &limit->conns[fd];
    conn->is_blocked = false;
    take_back(conn, cqe->res);
    if (conn->is_ended) {
        close_if_done(limit, fd);
    } else if (cqe->res > 0 && conn->owed) {
        send_owed(limit, fd, true);
    }
}

static void on_completion(struct limit *limit, const struct io_uring_cqe *cqe)
{
    int fd = (int)(uint32_t)cqe->user_data;
    switch ((enum operation)(cqe->user_data >> 32)) {
    case OPERATION_ACCEPT: on_accept(limit, cqe); break;
    case OPERATION_RECEIVE: on_receive(limit, fd, cqe); break;
    case OPERATION_SEND: on_send(limit, fd, cqe); break;
    case OPERATION_SEND_WAITING: on_send_waiting(limit, fd, cqe); break;
    }
}

static void answer_dirty(struct limit *limit)
{
    for (uint32_t i = 0; i < limit->dirty_count; i++) {
        int fd = (int)limit->dirty[i];
        struct conn *conn = &limit->conns[fd];
        conn->is_dirty = false;
        if (!conn->is_open || conn->is_blocked || !conn->owed) continue;
        /* What does not fit one send goes on when that has completed. */
        send_owed(limit, fd, conn->owed > REPLIES_LEN);
    }
    limit->dirty_count = 0;
}

static void pass(struct limit *limit)
{
    struct io_uring_cqe *cqe;
    unsigned head, count = 0;
    io_uring_for_each_cqe(&limit->ring.ring, head, cqe)
    {
        on_completion(limit, cqe);
        count++;
    }
    io_uring_cq_advance(&limit->ring.ring, count);
    answer_dirty(limit);
    benchring_enter(&limit->ring);
}

static int listen_on(uint16_t port)
{
    int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fatal("socket: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* connections inherit it */
    if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
        fatal("port %u: %s", port, strerror(errno));
    }
    if (listen(fd, 4096)) fatal("listen: %s", strerror(errno));
    return fd;
}

static uint16_t port_of(int listener)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    if (getsockname(listener, (struct sockaddr *)&address, &len)) fatal("no local address");
    return ntohs(address.sin_port);
}

static void pin_to(int cpu)
{
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    if (sched_setaffinity(0, sizeof(cpus), &cpus)) fatal("cpu %d: %s", cpu, strerror(errno));
}

static struct limit_options read_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'}, {"cpu", required_argument, NULL, 'c'}, {0}};
    struct limit_options options = {.cpu = -1};
    for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        if (name == '?') fatal("usage: limit [--port N] [--cpu CORE]");
        if (name == 'p') options.port = (uint16_t)atoi(optarg);
        if (name == 'c') options.cpu = atoi(optarg);
    }
    return options;
}

static void allow_many_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files)) return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv)
{
    struct limit_options options = read_options(argc, argv);
    if (options.cpu >= 0) pin_to(options.cpu);
    allow_many_files();

    struct limit *limit = calloc(1, sizeof(*limit));
    if (!limit) fatal("no memory");
    for (int i = 0; i < REPLIES_LEN + REPLY_LEN; i++)
        limit->replies[i] = REPLY[i % REPLY_LEN];
    limit->listener = listen_on(options.port);
    benchring_init(&limit->ring, 1024, 16384);
    benchring_accept(&limit->ring, limit->listener, tag(OPERATION_ACCEPT, 0));
    printf("%u\n", port_of(limit->listener));
    fflush(stdout);
    for (;;)
        pass(limit); /* until a signal ends the process */
}
