/* benchring.h -- The io_uring of the load generator and of the limit server.
 *
 * One ring for one thread, one provided-buffer ring for all its connections. The kernel fills a
 * buffer bit by bit (incremental consumption, Linux 6.12), so the bytes touched stay few and hot;
 * an older kernel gets more and smaller buffers, each used once. Received bytes are looked at in
 * place, between benchring_view() and benchring_release().
 *
 * benchring_send() is done when benchring_enter() returns: what it refers to can then be reused,
 * and a completion comes only when not all of it was sent (its result says how much was; -EAGAIN:
 * nothing). The rest goes through benchring_send_waiting(), which always completes. A connection
 * may have one send at a time. */
#ifndef BENCH_LOAD_BENCHRING_H
#define BENCH_LOAD_BENCHRING_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

#define BENCHRING_BUFFERS_MAX 256

struct benchring {
    struct io_uring ring;
    struct io_uring_buf_ring *buffers;
    uint8_t *memory;
    uint32_t buffer_count;
    uint32_t buffer_len;
    uint32_t receive_max; /* bytes of one receive, so that nobody waits long; 0: kernel too old */
    bool has_received;    /* and so the kernel knows the receives it is asked for */
    uint32_t offsets[BENCHRING_BUFFERS_MAX]; /* how far the kernel has filled each buffer */
};

struct benchring_span {
    const void *bytes;
    uint32_t len;
};

void benchring_init(struct benchring *ring, uint32_t submissions, uint32_t completions);

/* Submits what is queued and waits for at least one completion. */
void benchring_enter(struct benchring *ring);

/* Never NULL: a full queue is submitted first. */
struct io_uring_sqe *benchring_sqe(struct benchring *ring);

void benchring_accept(struct benchring *ring, int fd, uint64_t user_data);

/* Multishot: to be called again after each completion without IORING_CQE_F_MORE. */
void benchring_receive(struct benchring *ring, int fd, uint64_t user_data);
void benchring_send(struct benchring *ring, int fd, struct benchring_span span, uint64_t user_data);
void benchring_send_waiting(struct benchring *ring, int fd, struct benchring_span span,
                            uint64_t user_data);

/* True if a receive ended for a reason after which it has only to be started again. */
bool benchring_is_retry(struct benchring *ring, const struct io_uring_cqe *cqe);

static inline const uint8_t *benchring_view(const struct benchring *ring,
                                            const struct io_uring_cqe *cqe)
{
    uint32_t id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
    return ring->memory + (uint64_t)id * ring->buffer_len + ring->offsets[id];
}

/* To be called once for each completion with IORING_CQE_F_BUFFER, in their order. */
void benchring_release(struct benchring *ring, const struct io_uring_cqe *cqe);

#endif
