#include "net/conn.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/check.h"
#include "base/container.h"
#include "base/mark.h"
#include "mem/mem.h"
#include "ring/ring_socket.h"

enum {
    VECTOR_MAX = 64,
    POOLED_CHUNKS = 256, /* 4 MiB of warm output buffers a thread at most */
    CORKED_BYTES = 8 * 1024,
    SEND_BYTES_MAX = 1024 * 1024 * 1024, /* at once: the kernel's results have 32 bits */
    CORKED_NS = 1000 * 1000,
    GATHERED_NS = 4 * 1000 * 1000,
    BY_HAND_BYTES = 4096,
};

struct conn_vector {
    struct msghdr message;
    struct iovec pieces[VECTOR_MAX];
};

static struct conn *conn_of_receive(struct ring_op *op)
{
    return CONTAINER_OF(op, struct conn, receive);
}

static struct conn *conn_of_send(struct ring_op *op)
{
    return CONTAINER_OF(op, struct conn, send);
}

void net_init(struct net *net, struct ring *ring, const struct conn_events *events)
{
    *net = (struct net){.ring = ring, .events = events};
    chunk_pool_init(&net->chunks, POOLED_CHUNKS);
}

void net_fini(struct net *net)
{
    chunk_pool_fini(&net->chunks);
}

static void drop_vector(struct conn *conn)
{
    mem_free(conn->vector, sizeof *conn->vector);
    conn->vector = NULL;
}

/* Reports the end once nothing is in flight; and again when it has left net->dirty, if it was
 * written to after that: its owner could not free it in between. */
static void settle(struct conn *conn)
{
    if (!(conn->flags & CONN_CLOSING) || conn->flags & CONN_DIRTY) return;
    if (conn->receive.in_flight || conn->send.in_flight) return;
    conn->flags |= CONN_GONE;
    conn->net->events->on_gone(conn);
}

static void want_receive(struct conn *conn)
{
    conn->flags |= CONN_REARM;
    conn_wrote(conn);
}

/* Where the kernel may miss an end or an error that had come before the receive was armed
 * (ring_features): looks for it, until nothing at all waits. Data on its way to us comes before the
 * completion of the cancel. */
static void look_for_end(struct conn *conn)
{
    int waiting = socket_look_ahead(conn->fd);
    if (waiting > 0) return;
    conn->flags &= ~CONN_FRESH;
    if (waiting == -EAGAIN) return;
    conn->flags |= CONN_ENDING;
    mark(MARK_LOOKED_FOR_END);
    ring_cancel(conn->net->ring, &conn->receive);
}

/* When those who send much take all buffers of the ring, pass after pass, one who sends a little
 * might find none for seconds: whoever found none gets a little at once. All that came before has
 * been delivered, and nothing is armed. */
static void receive_by_hand(struct conn *conn)
{
    uint8_t bytes[BY_HAND_BYTES];
    int len = socket_receive(conn->fd, bytes, sizeof bytes);
    if (len <= 0) return; /* armed again, the receive will tell why */
    metric_add(&ring_counters(conn->net->ring)->received_bytes, len);
    mark(MARK_BY_HAND);
    conn->net->events->on_input(conn, bytes_make(bytes, (size_t)len));
}

static void on_receive(struct ring_op *op, const struct ring_event *event)
{
    struct conn *conn = conn_of_receive(op);
    const struct conn_events *events = conn->net->events;
    if (conn->flags & CONN_CLOSING) {
        settle(conn);
        return;
    }
    if (event->data.len) {
        events->on_input(conn, event->data);
        if (conn->flags & CONN_PAUSED && event->more) ring_cancel(conn->net->ring, op);
        if (conn->flags & CONN_FRESH && event->more &&
            !(conn->flags & (CONN_PAUSED | CONN_CLOSING)))
            look_for_end(conn);
    }
    if (event->result == -ENOBUFS && !(conn->flags & (CONN_PAUSED | CONN_ENDING)))
        receive_by_hand(conn);
    if (event->more || conn->flags & CONN_CLOSING) {
        settle(conn);
        return;
    }
    bool alive = !(conn->flags & CONN_ENDING) &&
                 (event->result > 0 || event->result == -ENOBUFS || event->result == -ECANCELED ||
                  event->result == -EINTR || event->result == -EAGAIN);
    if (!alive) {
        conn->flags |= CONN_ENDED;
        events->on_end(conn);
        return;
    }
    if (conn->flags & CONN_PAUSED) return;
    metric_add(&conn->net->rearmed_receives, 1);
    want_receive(conn);
}

/* Output that stays behind a full socket counts; what goes out within its pass does not. */
static void recount(struct conn *conn)
{
    size_t waiting = chain_len(&conn->out);
    metric_add(&conn->net->output_bytes, (int64_t)waiting - (int64_t)conn->waiting);
    conn->waiting = waiting;
}

static void on_sent_part(struct conn *conn, int32_t result)
{
    if (result > 0) {
        conn->sent_bytes += (uint32_t)result;
        chain_consume(&conn->out, (size_t)result);
    } else if (result != -EAGAIN && result != -EINTR) {
        conn_close(conn);
        return;
    }
    if (chain_len(&conn->out)) {
        if (result < (int64_t)conn->sending) conn->flags |= CONN_BLOCKED;
        recount(conn);
        conn_wrote(conn);
        return;
    }
    if (conn->waiting) recount(conn);
    conn->flags &= ~CONN_BLOCKED;
    if (conn->flags & CONN_LAST_WORDS)
        conn_close(conn);
    else
        conn->net->events->on_sent(conn);
}

static void on_send(struct ring_op *op, const struct ring_event *event)
{
    struct conn *conn = conn_of_send(op);
    if (conn->vector) drop_vector(conn);
    if (!(conn->flags & CONN_CLOSING)) on_sent_part(conn, event->result);
    settle(conn);
}

void conn_init(struct conn *conn, struct net *net, int fd)
{
    *conn = (struct conn){.net = net, .fd = fd};
    chain_init(&conn->out, &net->chunks);
    ring_op_init(net->ring, &conn->receive, on_receive);
    ring_op_init(net->ring, &conn->send, on_send);
    want_receive(conn);
}

void conn_fini(struct conn *conn)
{
    ASSERT(!(conn->flags & CONN_DIRTY));
    ring_op_fini(conn->net->ring, &conn->receive);
    ring_op_fini(conn->net->ring, &conn->send);
    chain_clear(&conn->out);
    recount(conn);
    ring_close_fd(conn->net->ring, conn->fd);
}

static size_t at_most(size_t len, size_t max)
{
    return len < max ? len : max;
}

static uint32_t gather(struct conn *conn, struct iovec *pieces, size_t *total)
{
    uint32_t count = 0;
    for (struct chunk *c = conn->out.first; c && count < VECTOR_MAX; c = c->next) {
        uint8_t *end = c == conn->out.last ? conn->out.pos : c->end;
        size_t len = at_most((size_t)(end - c->start), SEND_BYTES_MAX - *total);
        if (!len) continue;
        pieces[count++] = (struct iovec){c->start, len};
        *total += len;
    }
    return count;
}

static void send_pieces(struct conn *conn)
{
    struct conn_vector *vector = conn->vector = mem_alloc(sizeof *vector);
    size_t total = 0;
    uint32_t count = gather(conn, vector->pieces, &total);
    conn->sending = total;
    vector->message = (struct msghdr){.msg_iov = vector->pieces, .msg_iovlen = count};
    if (conn->flags & CONN_BLOCKED)
        ring_send_vector(conn->net->ring, &conn->send, conn->fd, &vector->message);
    else
        ring_send_now_vector(conn->net->ring, &conn->send, conn->fd, &vector->message, total);
}

static void send_output(struct conn *conn)
{
    struct chunk *only = conn->out.first;
    if (only != conn->out.last) {
        send_pieces(conn);
        return;
    }
    struct bytes bytes =
        bytes_make(only->start, at_most((size_t)(conn->out.pos - only->start), SEND_BYTES_MAX));
    conn->sending = bytes.len;
    if (conn->flags & CONN_BLOCKED)
        ring_send_all(conn->net->ring, &conn->send, conn->fd, bytes);
    else
        ring_send_now(conn->net->ring, &conn->send, conn->fd, bytes);
}

static bool waits_for_more(struct conn *conn, int64_t now_ns)
{
    if (!(conn->flags & (CONN_CORKED | CONN_GATHERING))) return false;
    if (chain_len(&conn->out) > CORKED_BYTES) return false;
    if (!conn->corked_since_ns) conn->corked_since_ns = now_ns;
    int64_t waited_ns = now_ns - conn->corked_since_ns;
    if (conn->flags & CONN_CORKED) return waited_ns < CORKED_NS;
    return !waited_ns || (conn->net->more_follows && waited_ns < GATHERED_NS);
}

/* Looked at again in the next pass. */
static void put_off(struct conn *conn)
{
    conn->flags |= CONN_DIRTY;
    conn->next_dirty = conn->net->corked;
    conn->net->corked = conn;
}

static void flush_one(struct conn *conn, int64_t now_ns)
{
    if (conn->flags & CONN_CLOSING) {
        settle(conn);
        return;
    }
    if (conn->flags & CONN_REARM) {
        conn->flags &= ~CONN_REARM;
        if (!conn->receive.in_flight && !(conn->flags & (CONN_PAUSED | CONN_ENDED))) {
            if (ring_features(conn->net->ring)->misses_end) conn->flags |= CONN_FRESH;
            ring_receive(conn->net->ring, &conn->receive, conn->fd, false);
        }
    }
    if (conn->send.in_flight) {
        recount(conn);
        return;
    }
    if (chain_len(&conn->out)) {
        if (waits_for_more(conn, now_ns)) {
            put_off(conn);
            return;
        }
        conn->corked_since_ns = 0;
        conn->flags &= ~(uint32_t)CONN_GATHERING;
        send_output(conn);
    } else if (conn->flags & CONN_LAST_WORDS) {
        conn_close(conn);
    }
}

static void take_corked(struct net *net)
{
    struct conn **end = &net->dirty;
    while (*end)
        end = &(*end)->next_dirty;
    *end = net->corked;
    net->corked = NULL;
}

int64_t net_next_deadline_ns(const struct net *net)
{
    int64_t next_ns = INT64_MAX;
    for (const struct conn *conn = net->corked; conn; conn = conn->next_dirty) {
        int64_t due_ns = conn->corked_since_ns + (conn->flags & CONN_CORKED ? CORKED_NS : 0);
        if (due_ns < next_ns) next_ns = due_ns;
    }
    return next_ns;
}

void net_flush(struct net *net, int64_t now_ns)
{
    if (net->corked) take_corked(net);
    while (net->dirty) {
        struct conn *conn = net->dirty;
        net->dirty = conn->next_dirty;
        conn->flags &= ~CONN_DIRTY;
        flush_one(conn, now_ns);
    }
}

void conn_pause(struct conn *conn)
{
    if (conn->flags & CONN_PAUSED) return;
    conn->flags |= CONN_PAUSED;
    if (conn->receive.in_flight) ring_cancel(conn->net->ring, &conn->receive);
}

void conn_resume(struct conn *conn)
{
    if (!(conn->flags & CONN_PAUSED)) return;
    conn->flags &= ~CONN_PAUSED;
    if (!(conn->flags & (CONN_ENDED | CONN_CLOSING)) && !conn->receive.in_flight)
        want_receive(conn);
}

void conn_close(struct conn *conn)
{
    if (conn->flags & CONN_CLOSING) return;
    conn->flags |= CONN_CLOSING;
    socket_shutdown(conn->fd);
    if (conn->receive.in_flight && ring_features(conn->net->ring)->misses_end)
        ring_cancel(conn->net->ring, &conn->receive);
    conn_wrote(conn); /* settles at the end of the pass at the latest */
}

void conn_close_after_output(struct conn *conn)
{
    if (conn->flags & CONN_CLOSING) return; /* it may be gone, and is not flushed any more */
    conn->flags |= CONN_LAST_WORDS;
    conn_wrote(conn);
}
