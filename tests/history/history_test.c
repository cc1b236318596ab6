/* Histories of a real server with real threads, more of them than cores, checked as those of the
 * simulation are (history.h): connections write pipelines of random commands over few keys, in
 * pieces, while slots move; every reply is noted with the time at which it was seen. Who still
 * waits when nothing else is under way is unblocked; so is somebody now and then, and killed.
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
    CALM_MS = 5,
    OPS_MAX = OPS_EACH_MAX + WORKLOAD_DRAW_MAX,
    PIPELINE_OPS_MAX = PIPELINE_MAX + WORKLOAD_DRAW_MAX,
    BYTES_MAX = PIPELINE_OPS_MAX * OP_BYTES_MAX,
};

struct conn {
    int fd;
    char out[BYTES_MAX];
    size_t out_len, out_at;
    char in[BYTES_MAX];
    size_t in_len;
    struct op ops[OPS_MAX];
    uint32_t count, answered, planned;
    uint8_t db;
    int32_t id;
    int64_t unblocked_ns; /* since then it may be; 0: nobody wants it */
    bool is_killed, has_ended;
};

static struct recorder {
    struct server server;
    struct random random;
    struct conn conns[CONNS_MAX];
    uint32_t conn_count;
    int mover;
    bool is_ordering;
    struct conn *victim; /* of the kill that is under way */
    bool kills, unblocks;
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

static void write_op(struct conn *conn, int64_t sent_ns)
{
    struct op *op = &conn->ops[conn->count++];
    workload_tag(op, &conn->db);
    op->sent_ns = sent_ns;
    conn->out_len += workload_write(op, conn->out + conn->out_len);
}

static void plan_pipeline(struct conn *conn, struct workload *workload)
{
    uint32_t drawn = 1,
             end = conn->count + 1 + (uint32_t)random_below(&recorder.random, PIPELINE_MAX);
    int64_t sent_ns = now_ns();
    conn->out_len = conn->out_at = 0;
    while (drawn && conn->count < end && conn->count < conn->planned) {
        drawn = workload_draw(workload, &conn->ops[conn->count]);
        for (uint32_t i = 0; i < drawn; i++)
            write_op(conn, sent_ns);
    }
    if (!drawn || conn->count > conn->planned) conn->planned = conn->count;
}

/* A part of what is to be sent: commands and their halves arrive alone. */
static void write_some(struct conn *conn)
{
    size_t len = conn->out_len - conn->out_at;
    if (random_below(&recorder.random, 4) == 0) len = 1 + random_below(&recorder.random, len);
    ssize_t sent = send(conn->fd, conn->out + conn->out_at, len, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0 && conn->is_killed) conn->has_ended = true;
    if (conn->has_ended) return;
    REQUIRE(sent > 0);
    conn->out_at += (size_t)sent;
}

static void read_some(struct conn *conn)
{
    ssize_t got = recv(conn->fd, conn->in + conn->in_len, sizeof conn->in - conn->in_len, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0 && conn->is_killed) conn->has_ended = true;
    if (conn->has_ended) return;
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
        op->unblocked_ns = conn->unblocked_ns;
        conn->answered += workload_answer(op, seen_ns);
    }
    conn->in_len -= at;
    memmove(conn->in, conn->in + at, conn->in_len);
    REQUIRE(conn->answered < conn->count || !conn->in_len); /* nothing was asked for */
}

static bool wants_write(const struct conn *conn)
{
    return conn->out_at < conn->out_len && !conn->has_ended;
}

static bool is_done(const struct conn *conn)
{
    return conn->answered == conn->planned || conn->has_ended;
}

/* Only a command that waits is under way. */
static bool is_waiting(const struct conn *conn)
{
    if (conn->answered == conn->count || wants_write(conn)) return false;
    return op_waits(&conn->ops[conn->answered]) && !conn->is_killed;
}

/* --- moves, and what befalls connections -------------------------------------------------- */

static void order(const char *line)
{
    size_t len = strlen(line);
    REQUIRE(send(recorder.mover, line, len, MSG_NOSIGNAL) == (ssize_t)len);
    recorder.is_ordering = true;
}

static void move_a_slot(void)
{
    char line[64];
    const char *key = workload_any_key(&recorder.random);
    sprintf(line, "DEBUG SLOT-MOVE %u %u\r\n", slot_of_key(bytes_of_string(key)),
            (unsigned)random_below(&recorder.random, (uint64_t)recorder.shards));
    order(line);
}

static void unblock(struct conn *conn, bool is_error)
{
    char line[64];
    if (!conn->unblocked_ns) conn->unblocked_ns = now_ns();
    sprintf(line, "CLIENT UNBLOCK %d %s\r\n", conn->id, is_error ? "ERROR" : "TIMEOUT");
    order(line);
}

static void kill_one(struct conn *conn)
{
    char line[64];
    if (conn->is_killed) return;
    conn->is_killed = true;
    recorder.victim = conn;
    sprintf(line, "CLIENT KILL ID %d\r\n", conn->id);
    order(line);
}

static void do_something(void)
{
    struct conn *conn = &recorder.conns[random_below(&recorder.random, recorder.conn_count)];
    if (recorder.unblocks && random_below(&recorder.random, 4) == 0)
        unblock(conn, random_below(&recorder.random, 2));
    else if (recorder.kills && random_below(&recorder.random, 16) == 0)
        kill_one(conn);
    else
        move_a_slot();
}

/* What it waits for it does not take any more; but a BLMOVE that has been sent for its other key
 * moves what it finds. */
static void note_gone(struct conn *conn)
{
    for (uint32_t i = conn->answered; i < conn->count; i++) {
        struct op *op = &conn->ops[i];
        if (op_waits(op) && !op->is_part && !op_waits_to_move(op)) op->gone_ns = now_ns();
    }
}

static void hear_mover(void)
{
    char reply[16];
    ssize_t len = recv(recorder.mover, reply, sizeof reply - 1, 0);
    REQUIRE(len > 0 && reply[len - 1] == '\n' && reply[0] != '-');
    if (recorder.victim) note_gone(recorder.victim);
    recorder.victim = NULL;
    recorder.is_ordering = false;
}

/* --- a history ---------------------------------------------------------------------------- */

static void turn(struct conn *conn, struct workload *workload, short events)
{
    if (conn->has_ended) return;
    if (events & (POLLIN | POLLHUP | POLLERR)) read_some(conn);
    if (wants_write(conn)) {
        if (events & POLLOUT) write_some(conn);
        return;
    }
    uint32_t under_way = conn->count - conn->answered;
    bool is_over = conn->has_ended || conn->count >= conn->planned;
    if (!is_over && random_below(&recorder.random, under_way + 1) == 0)
        plan_pipeline(conn, workload);
}

static struct conn *any_that_waits(void)
{
    uint32_t first = (uint32_t)random_below(&recorder.random, recorder.conn_count);
    for (uint32_t i = 0; i < recorder.conn_count; i++) {
        struct conn *conn = &recorder.conns[(first + i) % recorder.conn_count];
        if (is_waiting(conn)) return conn;
    }
    return NULL;
}

/* Nothing is under way but what waits. */
static bool is_calm(void)
{
    bool somebody_waits = false;
    for (uint32_t i = 0; i < recorder.conn_count; i++) {
        const struct conn *conn = &recorder.conns[i];
        somebody_waits |= is_waiting(conn);
        if (!is_waiting(conn) && !is_done(conn)) return false;
    }
    return somebody_waits && !recorder.is_ordering;
}

/* How long that takes is no matter: the checker knows that nobody may wait in vain. */
static bool record_once(struct workload *workload)
{
    struct pollfd fds[CONNS_MAX + 1];
    bool all_done = true;
    for (uint32_t i = 0; i < recorder.conn_count; i++) {
        struct conn *conn = &recorder.conns[i];
        bool idle = conn->answered == conn->count && conn->count < conn->planned;
        short events = POLLIN | (wants_write(conn) || idle ? POLLOUT : 0);
        fds[i] = (struct pollfd){conn->has_ended ? -1 : conn->fd, events, 0};
        all_done &= is_done(conn);
    }
    if (all_done && !recorder.is_ordering) return false;
    bool calm = is_calm();
    if (!recorder.is_ordering && !calm && random_below(&recorder.random, 4) == 0) do_something();
    fds[recorder.conn_count] = (struct pollfd){recorder.mover, POLLIN, 0};
    int ready = poll(fds, recorder.conn_count + 1, calm ? CALM_MS : SILENCE_MS);
    REQUIRE(ready > 0 || calm); /* else it owes us a reply */
    if (!ready) unblock(any_that_waits(), true);
    if (fds[recorder.conn_count].revents) hear_mover();
    for (uint32_t i = 0; i < recorder.conn_count; i++)
        turn(&recorder.conns[i], workload, fds[i].revents);
    return true;
}

static void check(void)
{
    struct history history = {.conn_count = recorder.conn_count,
                              .has_homes = recorder.shards > 1,
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

static void connect_one(struct conn *conn)
{
    char reply[32] = "";
    memset(conn, 0, sizeof *conn);
    conn->fd = dial();
    REQUIRE(send(conn->fd, "CLIENT ID\r\n", 11, MSG_NOSIGNAL) == 11);
    struct pollfd fd = {conn->fd, POLLIN, 0};
    REQUIRE(poll(&fd, 1, SILENCE_MS) == 1);
    REQUIRE(recv(conn->fd, reply, sizeof reply - 1, 0) > 1 && *reply == ':');
    conn->id = (int32_t)strtol(reply + 1, NULL, 10);
}

/* As it was when new. */
static void renew(struct conn *conn)
{
    int fd = conn->fd;
    int32_t id = conn->id;
    if (conn->is_killed) {
        close(fd);
        connect_one(conn);
        return;
    }
    ask(conn, "UNWATCH\r\n");
    if (conn->db) ask(conn, "SELECT 0\r\n");
    memset(conn, 0, sizeof *conn);
    conn->fd = fd;
    conn->id = id;
}

static void record(void)
{
    struct workload workload;
    workload_init(&workload, &recorder.random);
    recorder.conn_count = 2 + (uint32_t)random_below(&recorder.random, CONNS_MAX - 1);
    for (uint32_t i = 0; i < recorder.conn_count; i++) {
        struct conn *conn = &recorder.conns[i];
        renew(conn);
        conn->planned = 5 + (uint32_t)random_below(&recorder.random, OPS_EACH_MAX - 5);
    }
    recorder.unblocks = workload.waits && random_below(&recorder.random, 2);
    recorder.kills = random_below(&recorder.random, 4) == 0;
    ask(&recorder.conns[0], "FLUSHALL\r\n");
    while (record_once(&workload))
        continue;
    check();
}

static uint64_t histories = 2000;

/* Replies as old as the last history's keys with an expiry are no matter: it begins by FLUSHALL. */
TEST(histories_have_an_order)
{
    for (uint32_t i = 0; i < CONNS_MAX; i++)
        connect_one(&recorder.conns[i]);
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
