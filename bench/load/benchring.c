#include "benchring.h"

#include "fatal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Values of the kernel's interface that older headers lack. */
#define RING_BUFFERS_INCREMENTAL 2u        /* IOU_PBUF_RING_INC, Linux 6.12 */
#define COMPLETION_BUFFER_MORE   (1u << 4) /* IORING_CQE_F_BUF_MORE, Linux 6.12 */

#define BUFFER_GROUP  0
#define BUFFERS_BYTES (4u << 20)
#define RECEIVE_MAX   (64u << 10) /* Linux 6.17; refused with -EINVAL before */

static void set_up_queues(struct benchring *ring, uint32_t submissions, uint32_t completions)
{
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                 IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE,
        .cq_entries = completions,
    };
    int result = io_uring_queue_init_params(submissions, &ring->ring, &params);
    if (result < 0) fatal("io_uring cannot be set up: %s", strerror(-result));
    result = io_uring_register_ring_fd(&ring->ring);
    if (result < 0) fatal("the ring cannot be registered: %s", strerror(-result));
}

static int register_buffers(struct benchring *ring, uint32_t count, uint16_t flags)
{
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)(uintptr_t)ring->buffers,
        .ring_entries = count,
        .bgid = BUFFER_GROUP,
        .pad = flags, /* named `flags` since Linux 6.10 */
    };
    ring->buffer_count = count;
    ring->buffer_len = BUFFERS_BYTES / count;
    return io_uring_register_buf_ring(&ring->ring, &registration, 0);
}

static void provide(struct benchring *ring, uint32_t id)
{
    ring->offsets[id] = 0;
    io_uring_buf_ring_add(ring->buffers, ring->memory + (uint64_t)id * ring->buffer_len,
                          ring->buffer_len, (uint16_t)id,
                          io_uring_buf_ring_mask(ring->buffer_count), 0);
    io_uring_buf_ring_advance(ring->buffers, 1);
}

static void *map_memory(size_t len)
{
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fatal("no memory for buffers: %s", strerror(errno));
    return memory;
}

static void set_up_buffers(struct benchring *ring)
{
    uint8_t *memory = map_memory(2 * BUFFERS_BYTES);
    uintptr_t misaligned = (uintptr_t)memory & (BUFFERS_BYTES - 1);
    ring->memory = memory + (misaligned ? BUFFERS_BYTES - misaligned : 0);
    madvise(ring->memory, BUFFERS_BYTES, MADV_HUGEPAGE);
    memset(ring->memory, 0, BUFFERS_BYTES);

    ring->buffers = map_memory(BENCHRING_BUFFERS_MAX * sizeof(struct io_uring_buf));
    io_uring_buf_ring_init(ring->buffers);
    int result = register_buffers(ring, 16, RING_BUFFERS_INCREMENTAL);
    if (result < 0) result = register_buffers(ring, 256, 0);
    if (result < 0) fatal("buffers cannot be registered: %s", strerror(-result));
    for (uint32_t id = 0; id < ring->buffer_count; id++)
        provide(ring, id);
}

void benchring_init(struct benchring *ring, uint32_t submissions, uint32_t completions)
{
    memset(ring, 0, sizeof(*ring));
    ring->receive_max = RECEIVE_MAX;
    set_up_queues(ring, submissions, completions);
    set_up_buffers(ring);
}

void benchring_enter(struct benchring *ring)
{
    int result = io_uring_submit_and_wait(&ring->ring, 1);
    /* Interrupted or short of room in the completion queue: what has completed is taken first. */
    if (result >= 0 || result == -EINTR || result == -EBUSY || result == -EAGAIN) return;
    fatal("io_uring_enter: %s", strerror(-result));
}

struct io_uring_sqe *benchring_sqe(struct benchring *ring)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->ring);
    if (sqe) return sqe;
    int result = io_uring_submit(&ring->ring);
    if (result < 0) fatal("io_uring_enter: %s", strerror(-result));
    sqe = io_uring_get_sqe(&ring->ring);
    if (!sqe) fatal("the submission queue stays full");
    return sqe;
}

void benchring_accept(struct benchring *ring, int fd, uint64_t user_data)
{
    struct io_uring_sqe *sqe = benchring_sqe(ring);
    io_uring_prep_multishot_accept(sqe, fd, NULL, NULL, SOCK_CLOEXEC);
    sqe->user_data = user_data;
}

void benchring_receive(struct benchring *ring, int fd, uint64_t user_data)
{
    struct io_uring_sqe *sqe = benchring_sqe(ring);
    io_uring_prep_recv_multishot(sqe, fd, NULL, ring->receive_max, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = BUFFER_GROUP;
    sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
    sqe->user_data = user_data;
}

/* Without MSG_WAITALL a short send would pass in silence. */
void benchring_send(struct benchring *ring, int fd, struct benchring_span span, uint64_t user_data)
{
    struct io_uring_sqe *sqe = benchring_sqe(ring);
    io_uring_prep_send(sqe, fd, span.bytes, span.len, MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = user_data;
}

void benchring_send_waiting(struct benchring *ring, int fd, struct benchring_span span,
                            uint64_t user_data)
{
    struct io_uring_sqe *sqe = benchring_sqe(ring);
    io_uring_prep_send(sqe, fd, span.bytes, span.len, MSG_WAITALL | MSG_NOSIGNAL);
    sqe->user_data = user_data;
}

bool benchring_is_retry(struct benchring *ring, const struct io_uring_cqe *cqe)
{
    if (cqe->res > 0 || cqe->res == -ENOBUFS || cqe->res == -EINTR) return true;
    if (cqe->res != -EINVAL || ring->has_received) return false;
    ring->receive_max = 0;
    return true;
}

void benchring_release(struct benchring *ring, const struct io_uring_cqe *cqe)
{
    ring->has_received = true;
    uint32_t id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
    ring->offsets[id] += (uint32_t)cqe->res;
    if (!(cqe->flags & COMPLETION_BUFFER_MORE)) provide(ring, id);
}
