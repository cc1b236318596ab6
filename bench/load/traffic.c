#include "traffic.h"

#include "batch.h"
#include "benchring.h"
#include "cpu_clock.h"
#include "dial.h"
#include "fatal.h"
#include "reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_NS           50000000
#define SILENCE_MAX_NS    10000000000u
#define BATCHES_BYTES_MAX (2ull << 30)
#define SECOND_NS         1e9

enum operation {
    OPERATION_RECEIVE,
    OPERATION_SEND,
    OPERATION_SEND_WAITING,
    OPERATION_TICK,
    OPERATION_DUE,
};

enum phase { PHASE_WARMUP, PHASE_MEASURE, PHASE_DONE };

struct traffic_conn {
    int fd;
    uint32_t replied;  /* requests of the batch under way that are answered */
    uint32_t count;    /* requests of that batch; 0: none under way */
    uint32_t len;      /* bytes of that batch */
    uint32_t sent;     /* bytes the kernel has surely taken */
    bool is_blocked;   /* a send that waits for room is in flight */
    uint64_t start_ns; /* when the batch was sent, or was due */
    const struct batch_prototype *prototype;
    char *bytes;
    struct reply_scan scan;
};

struct traffic {
    struct benchring ring;
    const struct load_options *options;
    struct traffic_result *result;
    struct traffic_conn *conns;
    struct batch_prototype prototypes[2];
    uint64_t random_state;
    uint64_t next_key; /* of a fill */
    enum phase phase;
    uint64_t phase_start_ns;
    uint64_t now_ns; /* when this pass began: the arrival of all that it finds */
    uint32_t busy_count;
    uint32_t free_count; /* with a rate: connections that wait for their turn */
    uint32_t *free;
    double due_ns; /* with a rate: of the next batch */
    bool is_due_armed;
    struct __kernel_timespec tick;
    struct __kernel_timespec due;
};

/* splitmix64 */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform below `end`, which fits 32 bits. */
static uint64_t random_below(uint64_t *state, uint64_t end)
{
    return (random_next(state) >> 32) * end >> 32;
}

static uint64_t tag(enum operation operation, uint32_t index)
{
    return (uint64_t)operation << 32 | index;
}

static uint32_t index_of(const struct traffic *traffic, const struct traffic_conn *conn)
{
    return (uint32_t)(conn - traffic->conns);
}

/* --- sending ------------------------------------------------------------------------------ */

static void patch_batch(struct traffic *traffic, struct traffic_conn *conn)
{
    const struct load_options *options = traffic->options;
    const struct batch_slot *slots = conn->prototype->slots;
    uint32_t pairs = conn->prototype->key_pairs;
    for (uint32_t i = 0; i < conn->count; i++) {
        uint64_t key = options->is_fill ? traffic->next_key++
                                        : random_below(&traffic->random_state, options->keys);
        batch_patch(conn->bytes + slots[i].key_end, key, pairs);
        if (!slots[i].expiry_end) continue;
        uint64_t spread = random_below(&traffic->random_state, options->expire_spread_ms + 1);
        batch_patch(conn->bytes + slots[i].expiry_end, options->expire_at_ms + spread,
                    BATCH_EXPIRY_PAIRS);
    }
}

static uint32_t batch_count(const struct traffic *traffic)
{
    const struct load_options *options = traffic->options;
    if (!options->is_fill) return options->pipeline;
    uint64_t left = options->keys - traffic->next_key;
    return left < options->pipeline ? (uint32_t)left : options->pipeline;
}

static struct benchring_span unsent(const struct traffic_conn *conn)
{
    return (struct benchring_span){conn->bytes + conn->sent, conn->len - conn->sent};
}

static void start_batch(struct traffic *traffic, struct traffic_conn *conn, uint64_t start_ns)
{
    conn->count = batch_count(traffic);
    if (!conn->count) return;
    traffic->busy_count++;
    patch_batch(traffic, conn);
    conn->len = conn->prototype->slots[conn->count - 1].end;
    conn->sent = 0;
    conn->replied = 0;
    conn->start_ns = start_ns;
    benchring_send(&traffic->ring, conn->fd, unsent(conn),
                   tag(OPERATION_SEND, index_of(traffic, conn)));
    conn->sent = conn->len;
}

static void send_rest(struct traffic *traffic, struct traffic_conn *conn)
{
    conn->is_blocked = true;
    benchring_send_waiting(&traffic->ring, conn->fd, unsent(conn),
                           tag(OPERATION_SEND_WAITING, index_of(traffic, conn)));
}

static void arm_due(struct traffic *traffic)
{
    if (traffic->is_due_armed || !traffic->free_count) return;
    uint64_t due_ns = (uint64_t)traffic->due_ns;
    traffic->due = (struct __kernel_timespec){(int64_t)(due_ns / 1000000000),
                                              (long long)(due_ns % 1000000000)};
    struct io_uring_sqe *sqe = benchring_sqe(&traffic->ring);
    io_uring_prep_timeout(sqe, &traffic->due, 0, IORING_TIMEOUT_ABS);
    sqe->user_data = tag(OPERATION_DUE, 0);
    traffic->is_due_armed = true;
}

/* Gives the batches that are due to free connections. */
static void start_due(struct traffic *traffic)
{
    double distance_ns = SECOND_NS / traffic->options->rate;
    double now_ns = (double)clock_now_ns();
    while (traffic->free_count && traffic->due_ns <= now_ns) {
        uint32_t index = traffic->free[--traffic->free_count];
        start_batch(traffic, &traffic->conns[index], (uint64_t)traffic->due_ns);
        traffic->due_ns += distance_ns;
    }
    arm_due(traffic);
}

static void start_next(struct traffic *traffic, struct traffic_conn *conn)
{
    if (traffic->phase == PHASE_DONE) return;
    if (!traffic->options->rate) {
        start_batch(traffic, conn, clock_now_ns());
        return;
    }
    traffic->free[traffic->free_count++] = index_of(traffic, conn);
    start_due(traffic);
}

/* --- completions -------------------------------------------------------------------------- */

static void finish_batch(struct traffic *traffic, struct traffic_conn *conn)
{
    if (conn->replied < conn->count || conn->is_blocked) return;
    uint64_t start_ns = conn->start_ns;
    histogram_add(&traffic->result->latency_ns,
                  traffic->now_ns > start_ns ? traffic->now_ns - start_ns : 0);
    conn->count = 0;
    traffic->busy_count--;
    start_next(traffic, conn);
}

static void on_bytes(struct traffic *traffic, struct traffic_conn *conn,
                     const struct io_uring_cqe *cqe)
{
    const uint8_t *bytes = benchring_view(&traffic->ring, cqe);
    struct reply_input input = {bytes, bytes + cqe->res};
    const struct batch_slot *slots = conn->prototype->slots;
    uint32_t replied = conn->replied;
    while (replied < conn->count && reply_scan(&conn->scan, &input, slots[replied].reply)) {
        replied++;
    }
    if (input.at < input.end) fatal("the server answers what it was not asked");
    traffic->result->requests += replied - conn->replied;
    conn->replied = replied;
    benchring_release(&traffic->ring, cqe);
    if (conn->count) finish_batch(traffic, conn);
}

static void on_receive(struct traffic *traffic, struct traffic_conn *conn,
                       const struct io_uring_cqe *cqe)
{
    if (cqe->flags & IORING_CQE_F_BUFFER) on_bytes(traffic, conn, cqe);
    if (cqe->flags & IORING_CQE_F_MORE) return;
    if (!cqe->res) fatal("the server has closed a connection");
    if (!benchring_is_retry(&traffic->ring, cqe)) fatal("receive: %s", strerror(-cqe->res));
    benchring_receive(&traffic->ring, conn->fd, tag(OPERATION_RECEIVE, index_of(traffic, conn)));
}

static void on_send(struct traffic *traffic, struct traffic_conn *conn, int32_t result)
{
    if (result < 0 && result != -EAGAIN) fatal("send: %s", strerror(-result));
    conn->sent = result > 0 ? (uint32_t)result : 0;
    send_rest(traffic, conn);
}

static void on_send_waiting(struct traffic *traffic, struct traffic_conn *conn, int32_t result)
{
    if (result <= 0) fatal("send: %s", strerror(-result));
    conn->is_blocked = false;
    conn->sent += (uint32_t)result;
    if (conn->sent < conn->len)
        send_rest(traffic, conn);
    else
        finish_batch(traffic, conn);
}

static void check_silence(const struct traffic *traffic)
{
    for (uint32_t i = 0; i < traffic->options->connections; i++) {
        const struct traffic_conn *conn = &traffic->conns[i];
        if (!conn->count || conn->start_ns + SILENCE_MAX_NS > traffic->now_ns) continue;
        fatal("connection %u has waited %u s for replies: %u of %u are there", i,
              (uint32_t)(SILENCE_MAX_NS / 1000000000), conn->replied, conn->count);
    }
}

static void arm_tick(struct traffic *traffic)
{
    traffic->tick = (struct __kernel_timespec){0, TICK_NS};
    struct io_uring_sqe *sqe = benchring_sqe(&traffic->ring);
    io_uring_prep_timeout(sqe, &traffic->tick, 0, 0);
    sqe->user_data = tag(OPERATION_TICK, 0);
}

static void on_tick(struct traffic *traffic)
{
    check_silence(traffic);
    arm_tick(traffic);
}

static void on_completion(struct traffic *traffic, const struct io_uring_cqe *cqe)
{
    struct traffic_conn *conn = &traffic->conns[(uint32_t)cqe->user_data];
    switch ((enum operation)(cqe->user_data >> 32)) {
    case OPERATION_RECEIVE: on_receive(traffic, conn, cqe); break;
    case OPERATION_SEND: on_send(traffic, conn, cqe->res); break;
    case OPERATION_SEND_WAITING: on_send_waiting(traffic, conn, cqe->res); break;
    case OPERATION_TICK: on_tick(traffic); break;
    case OPERATION_DUE:
        traffic->is_due_armed = false;
        start_due(traffic);
        break;
    }
}

/* --- phases ------------------------------------------------------------------------------- */

static void begin_measuring(struct traffic *traffic)
{
    struct traffic_result *result = traffic->result;
    traffic->phase = PHASE_MEASURE;
    result->requests = 0;
    histogram_reset(&result->latency_ns);
    result->server_cpu_ns = cpu_clock_processes_ns(traffic->options);
    result->own_cpu_ns = cpu_clock_own_ns();
    traffic->phase_start_ns = clock_now_ns();
}

static void end_measuring(struct traffic *traffic)
{
    struct traffic_result *result = traffic->result;
    traffic->phase = PHASE_DONE;
    result->server_cpu_ns = cpu_clock_processes_ns(traffic->options) - result->server_cpu_ns;
    result->own_cpu_ns = cpu_clock_own_ns() - result->own_cpu_ns;
    result->seconds = (double)(traffic->now_ns - traffic->phase_start_ns) / SECOND_NS;
}

static void advance_phase(struct traffic *traffic)
{
    const struct load_options *options = traffic->options;
    double elapsed = (double)(traffic->now_ns - traffic->phase_start_ns) / SECOND_NS;
    if (options->is_fill) {
        if (!traffic->busy_count) end_measuring(traffic);
    } else if (traffic->phase == PHASE_WARMUP && elapsed >= options->warmup_seconds) {
        begin_measuring(traffic);
    } else if (traffic->phase == PHASE_MEASURE && elapsed >= options->seconds) {
        end_measuring(traffic);
    }
}

static void pass(struct traffic *traffic)
{
    struct io_uring_cqe *cqe;
    unsigned head, count = 0;
    benchring_enter(&traffic->ring);
    traffic->now_ns = clock_now_ns();
    io_uring_for_each_cqe(&traffic->ring.ring, head, cqe)
    {
        on_completion(traffic, cqe);
        count++;
    }
    io_uring_cq_advance(&traffic->ring.ring, count);
    advance_phase(traffic);
}

/* --- set-up ------------------------------------------------------------------------------- */

static void start_conn(struct traffic *traffic, uint32_t index)
{
    struct traffic_conn *conn = &traffic->conns[index];
    conn->prototype = &traffic->prototypes[index % 2];
    conn->bytes = malloc(conn->prototype->len);
    if (!conn->bytes) fatal("no memory for the requests");
    memcpy(conn->bytes, conn->prototype->bytes, conn->prototype->len);
    conn->fd = traffic->options->unix_path
                   ? dial_unix(traffic->options->unix_path)
                   : dial_tcp(traffic->options->host, traffic->options->port);
    benchring_receive(&traffic->ring, conn->fd, tag(OPERATION_RECEIVE, index));
}

static void set_up(struct traffic *traffic)
{
    const struct load_options *options = traffic->options;
    for (uint32_t i = 0; i < 2; i++)
        batch_prototype_init(&traffic->prototypes[i], options, i);
    if ((uint64_t)traffic->prototypes[0].len * options->connections > BATCHES_BYTES_MAX) {
        fatal("connections * pipeline * request is more than 2 GiB");
    }
    traffic->conns = calloc(options->connections, sizeof(*traffic->conns));
    traffic->free = calloc(options->connections, sizeof(*traffic->free));
    if (!traffic->conns || !traffic->free) fatal("no memory for the connections");
    benchring_init(&traffic->ring, 2048, 16384);
    for (uint32_t i = 0; i < options->connections; i++)
        start_conn(traffic, i);
}

static void tear_down(struct traffic *traffic)
{
    io_uring_queue_exit(&traffic->ring.ring);
    for (uint32_t i = 0; i < traffic->options->connections; i++) {
        close(traffic->conns[i].fd);
        free(traffic->conns[i].bytes);
    }
    for (uint32_t i = 0; i < 2; i++) {
        free(traffic->prototypes[i].bytes);
        free(traffic->prototypes[i].slots);
    }
    free(traffic->free);
    free(traffic->conns);
}

void traffic_run(const struct load_options *options, struct traffic_result *result)
{
    static struct traffic traffic;
    memset(&traffic, 0, sizeof(traffic));
    memset(result, 0, sizeof(*result));
    traffic.options = options;
    traffic.result = result;
    traffic.random_state = options->seed;
    set_up(&traffic);

    if (options->is_fill) begin_measuring(&traffic);
    traffic.phase_start_ns = clock_now_ns();
    traffic.due_ns = (double)traffic.phase_start_ns;
    for (uint32_t i = 0; i < options->connections; i++)
        start_next(&traffic, &traffic.conns[i]);
    arm_tick(&traffic);
    /* Bounded: each phase ends by the clock, and a fill by its keys or by the silence check. */
    while (traffic.phase != PHASE_DONE)
        pass(&traffic);
    tear_down(&traffic);
}
