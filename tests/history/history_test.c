/* Histories of a real server with real threads, more of them than cores, checked as those of the
 * simulation are (history.h): connections write pipelines of random commands over few keys, in
 * pieces, while slots move; every reply is noted with the time at which it was seen.
 *
 *   history_test [--histories N] [--shards N] [--seed N] */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/hashing.h"
#include "history/workload.h"
#include "support/check.h"
#include "support/server.h"

enum {
    CONNS_MAX = 6,
    OPS_EACH_MAX = 40,
    PIPELINE_MAX = 8,
    CHECK_STEPS_MAX = 500000,
    SILENCE_MS = 20000,
    BYTES_MAX = PIPELINE_MAX * OP_BYTES_MAX,
};

struct conn {
    int fd;
    char out[BYTES_MAX];
    size_t out_len, out_at;
    char in[PIPELINE_MAX * OP_BYTES_MAX];
    size_t in_len;
    struct op ops[OPS_EACH_MAX];
    uint32_t count, answered, planned;
    uint8_t db;
};

static struct recorder {
    struct server server;
    struct random random;
    struct conn conns[CONNS_MAX];
    uint32_t conn_count;
    int mover;
    bool is_moving;
    int shards;
    uint64_t undecided;
} recorder;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)recorder.server.port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    REQUIRE(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    REQUIRE(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

/* --- a connection ------------------------------------------------------------------------- */

static void plan_pipeline(struct conn *conn, struct workload *workload)
{
    uint32_t count = 1 + (uint32_t)random_below(&recorder.random, PIPELINE_MAX);
    conn->out_len = conn->out_at = 0;
    for (uint32_t i = 0; i < count && conn->count < conn->planned; i++) {
        struct op *op = &conn->ops[conn->count];
        if (!workload_draw(workload, op)) {
            conn->planned = conn->count;
            return;
        }
        conn->count++;
        workload_tag(op, &conn->db);
        conn->out_len += workload_write(op, conn->out + conn->out_len);
    }
    int64_t sent_ns = now_ns();
    for (uint32_t i = 0; i < conn->count; i++)
        if (!conn->ops[i].sent_ns) conn->ops[i].sent_ns = sent_ns;
}

/* A part of what is to be sent: commands and their halves arrive alone. */
static void write_some(struct conn *conn)
{
    size_t len = conn->out_len - conn->out_at;
    if (random_below(&recorder.random, 4) == 0) len = 1 + random_below(&recorder.random, len);
    ssize_t sent = send(conn->fd, conn->out + conn->out_at, len, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    REQUIRE(sent > 0);
    conn->out_at += (size_t)sent;
}

static void read_some(struct conn *conn)
{
    ssize_t got = recv(conn->fd, conn->in + conn->in_len, sizeof conn->in - conn->in_len, 0);
    if (got < 0 && errno == EAGAIN) return;
    REQUIRE(got > 0);
    conn->in_len += (size_t)got;
    int64_t seen_ns = now_ns();
    size_t at = 0;
    while (conn->answered < conn->count) {
        struct op *op = &conn->ops[conn->answered];
        long len = workload_read(op, conn->in + at, conn->in_len - at);
        REQUIRE(len >= 0); /* else no such command replies that */
        if (!len) break;
        at += (size_t)len;
        op->is_answered = true;
        op->answered_ns = seen_ns;
        conn->answered++;
    }
    conn->in_len -= at;
    memmove(conn->in, conn->in + at, conn->in_len);
    REQUIRE(conn->answered < conn->count || !conn->in_len); /* nothing was asked for */
}

static bool wants_write(const struct conn *conn)
{
    return conn->out_at < conn->out_len;
}

static bool is_done(const struct conn *conn)
{
    return conn->answered == conn->planned;
}

/* --- moves -------------------------------------------------------------------------------- */

static void move_a_slot(void)
{
    char line[64];
    const char *key = workload_any_key(&recorder.random);
    int len = sprintf(line, "DEBUG SLOT-MOVE %u %u\r\n", slot_of_key(bytes_of_string(key)),
                      (unsigned)random_below(&recorder.random, (uint64_t)recorder.shards));
    REQUIRE(send(recorder.mover, line, (size_t)len, MSG_NOSIGNAL) == len);
    recorder.is_moving = true;
}

static void hear_mover(void)
{
    char reply[16];
    ssize_t len = recv(recorder.mover, reply, sizeof reply, 0);
    REQUIRE(len == 5 && !memcmp(reply, "+OK\r\n", 5));
    recorder.is_moving = false;
}

/* --- a history ---------------------------------------------------------------------------- */

static void turn(struct conn *conn, struct workload *workload, short events)
{
    if (events & POLLIN) read_some(conn);
    if (wants_write(conn)) {
        if (events & POLLOUT) write_some(conn);
        return;
    }
    uint32_t under_way = conn->count - conn->answered;
    if (conn->count < conn->planned && random_below(&recorder.random, under_way + 1) == 0)
        plan_pipeline(conn, workload);
}

static bool record_once(struct workload *workload)
{
    struct pollfd fds[CONNS_MAX + 1];
    bool all_done = true;
    for (uint32_t i = 0; i < recorder.conn_count; i++) {
        struct conn *conn = &recorder.conns[i];
        bool idle = conn->answered == conn->count && conn->count < conn->planned;
        short events = POLLIN | (wants_write(conn) || idle ? POLLOUT : 0);
        fds[i] = (struct pollfd){conn->fd, events, 0};
        all_done &= is_done(conn);
    }
    if (all_done && !recorder.is_moving) return false;
    if (!recorder.is_moving && random_below(&recorder.random, 4) == 0) move_a_slot();
    fds[recorder.conn_count] = (struct pollfd){recorder.mover, POLLIN, 0};
    REQUIRE(poll(fds, recorder.conn_count + 1, SILENCE_MS) > 0); /* else it owes us a reply */
    if (fds[recorder.conn_count].revents) hear_mover();
    for (uint32_t i = 0; i < recorder.conn_count; i++)
        turn(&recorder.conns[i], workload, fds[i].revents);
    return true;
}

static void check(void)
{
    struct history history = {.conn_count = recorder.conn_count,
                              .clock_slack_ns = (int64_t)2000 * 1000 * 1000};
    uint32_t explained[HISTORY_CONNS_MAX] = {0};
    for (uint32_t i = 0; i < recorder.conn_count; i++)
        history.conns[i] = (struct history_conn){recorder.conns[i].ops, recorder.conns[i].count};
    switch (history_check(&history, CHECK_STEPS_MAX, explained)) {
    case HISTORY_GOOD: return;
    case HISTORY_UNDECIDED: recorder.undecided++; return;
    case HISTORY_BAD:
        history_print(&history, explained);
        test_fail(__FILE__, __LINE__, "no order of the commands explains the replies");
    }
}

static void ask(struct conn *conn, const char *line)
{
    REQUIRE(send(conn->fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line));
    struct pollfd fd = {conn->fd, POLLIN, 0};
    REQUIRE(poll(&fd, 1, SILENCE_MS) == 1);
    char reply[16];
    REQUIRE(recv(conn->fd, reply, sizeof reply, 0) == 5);
}

static void record(void)
{
    struct workload workload;
    workload_init(&workload, &recorder.random);
    recorder.conn_count = 2 + (uint32_t)random_below(&recorder.random, CONNS_MAX - 1);
    for (uint32_t i = 0; i < recorder.conn_count; i++) {
        struct conn *conn = &recorder.conns[i];
        int fd = conn->fd;
        if (conn->db) ask(conn, "SELECT 0\r\n");
        memset(conn, 0, sizeof *conn);
        conn->fd = fd;
        conn->planned = 5 + (uint32_t)random_below(&recorder.random, OPS_EACH_MAX - 5);
    }
    ask(&recorder.conns[0], "FLUSHALL\r\n");
    while (record_once(&workload))
        continue;
    check();
}

static uint64_t histories = 2000;

/* Replies as old as the last history's keys with an expiry are no matter: it begins by FLUSHALL. */
TEST(histories_have_an_order)
{
    for (uint32_t i = 0; i < CONNS_MAX; i++) {
        recorder.conns[i].fd = dial();
        recorder.conns[i].db = 0;
    }
    recorder.mover = dial();
    for (uint64_t i = 0; i < histories / 3 + 1 && !test_failed(); i++)
        record();
    for (uint32_t i = 0; i < CONNS_MAX; i++)
        close(recorder.conns[i].fd);
    close(recorder.mover);
}

static void run_shards(int shards)
{
    static const char *const args[] = {"--enable-debug-command", "yes", NULL};
    struct server_options options = {.shards = shards, .args = args};
    char label[32];
    snprintf(label, sizeof label, "%d shards", shards);
    recorder.shards = shards;
    bool ok = server_start(&recorder.server, &options);
    if (ok) test_run(test_first(), label);
    if (!server_stop(&recorder.server)) test_fail(__FILE__, __LINE__, "it does not end well");
    server_fini(&recorder.server);
}

int main(int argc, char **argv)
{
    static const int shards[] = {2, 3, 7};
    uint64_t seed = (uint64_t)now_ns();
    int only = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--histories")) histories = strtoull(argv[i + 1], NULL, 10);
        if (!strcmp(argv[i], "--shards")) only = atoi(argv[i + 1]);
        if (!strcmp(argv[i], "--seed")) seed = strtoull(argv[i + 1], NULL, 10);
    }
    random_init(&recorder.random, seed);
    for (int i = 0; i < 3; i++)
        if (!only || only == shards[i]) run_shards(shards[i]);
    printf("seed %llu, %llu histories undecided\n", (unsigned long long)seed,
           (unsigned long long)recorder.undecided);
    return test_finish(argv[0]);
}
