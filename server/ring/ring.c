#include "ring/ring.h"

#include <errno.h>
#include <liburing.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "mem/mem.h"
#include "ring/ring_internal.h"
#include "ring/ring_uapi.h"

enum { RECEIVE_CAP_BYTES = 64 * 1024, FIRST_PLACES = 64 };

/* user_data: a mark for ring_send_now() | generation of the place | place. Place 0 is nobody's. */
#define SEND_NOW_MARK ((uint64_t)1 << 63)

static uint64_t user_data_of(const struct ring *ring, const struct ring_op *op)
{
    return (uint64_t)ring->places[op->index].generation << 32 | op->index;
}

static struct ring_op *find_op(const struct ring *ring, uint64_t user_data)
{
    uint32_t index = (uint32_t)user_data;
    uint32_t generation = (uint32_t)((user_data & ~SEND_NOW_MARK) >> 32);
    if (index >= ring->place_count || ring->places[index].generation != generation) return NULL;
    return ring->places[index].op;
}

static void grow_places(struct ring *ring)
{
    uint32_t count = ring->place_count ? ring->place_count * 2 : FIRST_PLACES;
    ring->places = mem_resize(ring->places, ring->place_count * sizeof *ring->places,
                              count * sizeof *ring->places);
    for (uint32_t i = count; i-- > ring->place_count;) {
        ring->places[i] = (struct ring_place){.next_free = ring->free_place};
        if (i) ring->free_place = i;
    }
    ring->place_count = count;
}

void ring_op_init(struct ring *ring, struct ring_op *op, ring_done *done)
{
    ASSERT(op->index == 0);
    if (!ring->free_place) grow_places(ring);
    uint32_t index = ring->free_place;
    struct ring_place *place = &ring->places[index];
    ring->free_place = place->next_free;
    place->op = op;
    *op = (struct ring_op){.done = done, .index = index};
}

void ring_op_fini(struct ring *ring, struct ring_op *op)
{
    if (!op->index) return;
    ASSERT(op->in_flight == 0);
    struct ring_place *place = &ring->places[op->index];
    place->op = NULL;
    place->generation = (place->generation + 1) & 0x7fffffff;
    place->next_free = ring->free_place;
    ring->free_place = op->index;
    op->index = 0;
}

static int enter(struct ring *ring, unsigned to_submit, unsigned wait_count, unsigned flags,
                 void *arg, size_t arg_size)
{
    int fd = ring->uring.ring_fd;
    if (ring->features.registered_fd) {
        fd = ring->uring.enter_ring_fd;
        flags |= UAPI_ENTER_REGISTERED_RING;
    }
    metric_add(&ring->counters.enters, 1);
    int result = (int)syscall(__NR_io_uring_enter, fd, to_submit, wait_count, flags, arg, arg_size);
    return result < 0 ? -errno : result;
}

static unsigned queued(const struct ring *ring)
{
    return ring->uring.sq.sqe_tail - *ring->uring.sq.khead;
}

static void publish(struct ring *ring)
{
    io_uring_smp_store_release(ring->uring.sq.ktail, ring->uring.sq.sqe_tail);
}

static struct io_uring_sqe *next_sqe(struct ring *ring)
{
    struct io_uring_sq *sq = &ring->uring.sq;
    for (int tries = 0; queued(ring) == ring->sq_entries; tries++) {
        publish(ring);
        int result = enter(ring, queued(ring), 0, 0, NULL, 0);
        if (result < 0 && result != -EINTR && result != -EAGAIN && result != -EBUSY)
            FATAL("io_uring_enter: %s", strerror(-result));
        if (tries > 1000000) FATAL("io_uring accepts no more operations");
    }
    struct io_uring_sqe *sqe = &sq->sqes[sq->sqe_tail & (ring->sq_entries - 1)];
    sq->sqe_tail++;
    return sqe;
}

static void set_op(struct ring *ring, struct io_uring_sqe *sqe, struct ring_op *op)
{
    DEBUG_ASSERT(op->index);
    sqe->user_data = user_data_of(ring, op);
    op->in_flight++;
    ring->in_flight++;
}

void ring_accept(struct ring *ring, struct ring_op *op, int fd)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_multishot_accept(sqe, fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    set_op(ring, sqe, op);
}

void ring_receive(struct ring *ring, struct ring_op *op, int fd, bool expect_data)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
    if (ring->features.receive_cap) sqe->len = RECEIVE_CAP_BYTES;
    if (!expect_data) sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    set_op(ring, sqe, op);
}

/* Success stays silent; confirm_sends() tells it. */
static void skip_completion(struct ring *ring, struct io_uring_sqe *sqe, struct ring_op *op,
                            size_t len)
{
    metric_add(&ring->counters.sends, 1);
    if (!ring->features.skipped_sends) return;
    sqe->user_data |= SEND_NOW_MARK;
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    if (ring->unconfirmed_count == ring->unconfirmed_max) {
        uint32_t max = ring->unconfirmed_max ? ring->unconfirmed_max * 2 : 64;
        ring->unconfirmed =
            mem_resize(ring->unconfirmed, ring->unconfirmed_max * sizeof *ring->unconfirmed,
                       max * sizeof *ring->unconfirmed);
        ring->unconfirmed_max = max;
    }
    ring->unconfirmed[ring->unconfirmed_count++] = op;
    ring->places[op->index].send_result = (int32_t)len;
}

void ring_send_now(struct ring *ring, struct ring_op *op, int fd, struct bytes bytes)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_send(sqe, fd, bytes.ptr, bytes.len, MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL);
    set_op(ring, sqe, op);
    skip_completion(ring, sqe, op, bytes.len);
}

void ring_send_now_vector(struct ring *ring, struct ring_op *op, int fd, struct msghdr *message,
                          size_t len)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_sendmsg(sqe, fd, message, MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL);
    set_op(ring, sqe, op);
    skip_completion(ring, sqe, op, len);
}

void ring_send_all(struct ring *ring, struct ring_op *op, int fd, struct bytes bytes)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_send(sqe, fd, bytes.ptr, bytes.len, MSG_WAITALL | MSG_NOSIGNAL);
    set_op(ring, sqe, op);
    metric_add(&ring->counters.sends, 1);
}

void ring_send_vector(struct ring *ring, struct ring_op *op, int fd, struct msghdr *message)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_sendmsg(sqe, fd, message, MSG_WAITALL | MSG_NOSIGNAL);
    set_op(ring, sqe, op);
    metric_add(&ring->counters.sends, 1);
}

void ring_poll(struct ring *ring, struct ring_op *op, int fd)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_poll_add(sqe, fd, POLL_IN);
    set_op(ring, sqe, op);
}

void ring_connect(struct ring *ring, struct ring_op *op, int fd, const void *address, uint32_t len)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_connect(sqe, fd, address, len);
    set_op(ring, sqe, op);
}

void ring_cancel(struct ring *ring, struct ring_op *op)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_cancel64(sqe, user_data_of(ring, op), 0);
    sqe->user_data = 0;
}

void ring_close_fd(struct ring *ring, int fd)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_close(sqe, fd);
    sqe->user_data = 0;
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

void ring_doorbell(struct ring *ring, int target_fd)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_msg_ring(sqe, target_fd, 0, 0, 0);
    sqe->user_data = 0;
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    metric_add(&ring->counters.doorbells_sent, 1);
}

static unsigned kernel_flags(const struct ring *ring)
{
    return IO_URING_READ_ONCE(*ring->uring.sq.kflags);
}

static unsigned completed(const struct ring *ring)
{
    return io_uring_smp_load_acquire(ring->uring.cq.ktail);
}

/* Work for us may be done before its flag is set: then that stays set with nothing behind it, and a
 * shard that believed it would never sleep. So it is not believed here once an enter has found
 * nothing; whoever does not sleep enters all the same, as long as it is set. */
bool ring_has_work(const struct ring *ring)
{
    unsigned flags = kernel_flags(ring);
    if (flags & IORING_SQ_CQ_OVERFLOW) return true;
    if (flags & IORING_SQ_TASKRUN && !ring->flag_is_stale) return true;
    return completed(ring) != *ring->uring.cq.khead;
}

/* Without a wait: one cheap enter, or none when there is nothing to fetch. */
static int enter_now(struct ring *ring)
{
    unsigned to_submit = queued(ring), before = completed(ring);
    bool fetch = kernel_flags(ring) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
    if (!to_submit && !fetch) return 0;
    int result = enter(ring, to_submit, 0, IORING_ENTER_GETEVENTS, NULL, 0);
    ring->flag_is_stale = completed(ring) == before && kernel_flags(ring) & IORING_SQ_TASKRUN;
    return result;
}

static int enter_and_wait(struct ring *ring, int64_t deadline_ns)
{
    int64_t wait_ns = deadline_ns - clock_monotonic_ns();
    if (wait_ns <= 0) return enter_now(ring);
    struct __kernel_timespec timeout = {wait_ns / 1000000000, wait_ns % 1000000000};
    struct io_uring_getevents_arg arg = {.ts = (uint64_t)(uintptr_t)&timeout};
    unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
    if (ring->features.no_iowait) flags |= UAPI_ENTER_NO_IOWAIT;
    metric_add(&ring->counters.sleeps, 1);
    int result = enter(ring, queued(ring), 1, flags, &arg, sizeof arg);
    ring->flag_is_stale = false; /* a wait looks at the work itself */
    return result;
}

/* Sends that failed say so in a completion, which is there now; all others went out whole. */
static void note_failed_sends(struct ring *ring)
{
    struct io_uring_cq *cq = &ring->uring.cq;
    unsigned tail = io_uring_smp_load_acquire(cq->ktail);
    for (unsigned head = *cq->khead; head != tail; head++) {
        const struct io_uring_cqe *cqe = &cq->cqes[head & (ring->cq_entries - 1)];
        if (cqe->user_data & SEND_NOW_MARK) {
            ring->places[(uint32_t)cqe->user_data].send_result = cqe->res;
            metric_add(&ring->counters.short_sends, 1);
        }
    }
}

void ring_enter(struct ring *ring, int64_t deadline_ns)
{
    publish(ring);
    int result = deadline_ns ? enter_and_wait(ring, deadline_ns) : enter_now(ring);
    if (result < 0 && result != -EINTR && result != -ETIME && result != -EAGAIN && result != -EBUSY)
        FATAL("io_uring_enter: %s", strerror(-result));
    bool overflow = kernel_flags(ring) & IORING_SQ_CQ_OVERFLOW;
    if (overflow) metric_add(&ring->counters.cq_overflows, 1);
    if (ring->unconfirmed_count) note_failed_sends(ring);
    ring->sends_known = !overflow && queued(ring) == 0;
}

static void give_back_buffer(struct ring *ring, uint16_t id)
{
    ring->offsets[id] = 0;
    io_uring_buf_ring_add(ring->buffer_ring, ring->buffers + (size_t)id * ring->buffer_bytes,
                          ring->buffer_bytes, id, (int)ring->buffer_count - 1,
                          (int)ring->buffers_returned++);
}

static void publish_buffers(struct ring *ring)
{
    if (!ring->buffers_returned) return;
    io_uring_buf_ring_advance(ring->buffer_ring, (int)ring->buffers_returned);
    ring->buffers_returned = 0;
}

/* The received bytes; *done: the buffer goes back when they have been used. */
static struct bytes received(struct ring *ring, const struct io_uring_cqe *cqe, bool *done)
{
    uint16_t id = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    uint32_t len = cqe->res > 0 ? (uint32_t)cqe->res : 0;
    const uint8_t *at = ring->buffers + (size_t)id * ring->buffer_bytes + ring->offsets[id];
    ring->offsets[id] += len;
    *done = !ring->features.incremental_buffers || !(cqe->flags & UAPI_CQE_F_BUF_MORE);
    metric_add(&ring->counters.receives, 1);
    metric_add(&ring->counters.received_bytes, len);
    return bytes_make(at, len);
}

static void complete(struct ring *ring, struct ring_op *op, const struct ring_event *event)
{
    if (!event->more) {
        op->in_flight--;
        ring->in_flight--;
    }
    op->done(op, event);
}

static void dispatch_cqe(struct ring *ring, const struct io_uring_cqe *cqe)
{
    struct ring_event event = {.result = cqe->res, .more = cqe->flags & IORING_CQE_F_MORE};
    bool buffer_done = false;
    if (cqe->flags & IORING_CQE_F_BUFFER) event.data = received(ring, cqe, &buffer_done);
    if (cqe->res == -ENOBUFS) metric_add(&ring->counters.buffer_exhaustions, 1);
    struct ring_op *op = find_op(ring, cqe->user_data);
    if (op) complete(ring, op, &event);
    if (buffer_done) give_back_buffer(ring, (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT));
}

static void confirm_sends(struct ring *ring)
{
    uint32_t count = ring->unconfirmed_count;
    ring->unconfirmed_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct ring_op *op = ring->unconfirmed[i];
        struct ring_event event = {.result = ring->places[op->index].send_result};
        if (event.result > 0) metric_add(&ring->counters.sent_bytes, event.result);
        complete(ring, op, &event);
    }
}

uint32_t ring_dispatch(struct ring *ring)
{
    if (ring->sends_known) confirm_sends(ring);
    struct io_uring_cq *cq = &ring->uring.cq;
    unsigned head = *cq->khead;
    unsigned tail = io_uring_smp_load_acquire(cq->ktail);
    uint32_t count = tail - head;
    for (; head != tail; head++) {
        struct io_uring_cqe cqe = cq->cqes[head & (ring->cq_entries - 1)];
        io_uring_smp_store_release(cq->khead, head + 1);
        if ((uint32_t)cqe.user_data && !(cqe.user_data & SEND_NOW_MARK)) dispatch_cqe(ring, &cqe);
    }
    publish_buffers(ring);
    metric_add(&ring->counters.completions, count);
    return count;
}

uint32_t ring_in_flight(const struct ring *ring)
{
    return ring->in_flight;
}

const struct ring_features *ring_features(const struct ring *ring)
{
    return &ring->features;
}

struct ring_counters *ring_counters(struct ring *ring)
{
    return &ring->counters;
}

int ring_fd(const struct ring *ring)
{
    return ring->uring.ring_fd;
}
