/* ring/ring.h -- A shard's io_uring: operations go in, completions come out, one system call a
 * pass. All of the kernel's sockets, files and doorbells are reached through this folder, so that
 * it can be exchanged at link time for a simulated one; nothing outside of it knows io_uring.
 *
 * An operation is a struct ring_op embedded in its owner. The kernel is told a number, not a
 * pointer: place in a table and generation, so that a completion which comes late finds nobody.
 * `done` is called from ring_dispatch() once for each completion, never from a function that starts
 * one. The ring is made, used and closed by one thread. Facts and figures: see server/README.md. */
#ifndef TORC_RING_RING_H
#define TORC_RING_RING_H

#include "base/bytes.h"
#include "base/metric.h"

struct ring;
struct ring_op;
struct msghdr;

struct ring_event {
    int32_t result;    /* bytes, a descriptor, or -errno */
    bool more;         /* the operation stays armed and will complete again */
    struct bytes data; /* of a receive: lent until `done` returns */
};

typedef void ring_done(struct ring_op *op, const struct ring_event *event);

struct ring_op {
    ring_done *done;
    uint32_t index;     /* in the ring's table; 0: not initialized */
    uint16_t in_flight; /* the kernel still holds it: neither move nor free it */
};

struct ring_options {
    uint32_t sq_entries, cq_entries;
    uint32_t buffer_count, buffer_bytes; /* of the ring of receive buffers; count: a power of two */
    bool plain_buffers; /* do not consume buffers incrementally, though the kernel can: for tests */
    bool plain_sends;   /* do not rely on the completion being skipped: for tests */
    uint32_t ring_count; /* that share the limit of locked memory; 0: this one alone */
};

/* Kept by the ring's thread, read by any. */
struct ring_counters {
    struct metric enters, completions;
    struct metric receives, received_bytes, buffer_exhaustions, cq_overflows;
    struct metric sends, short_sends, sent_bytes;
    struct metric doorbells_sent;
    struct metric sleeps;
};

/* What the preflight found that this kernel can do. */
struct ring_features {
    bool incremental_buffers, skipped_sends, receive_cap, no_iowait, registered_fd, defer_taskrun;
    /* A multishot receive that finds data and the end of the stream waiting tells the data alone,
     * and then never completes: on Linux 6.18 with Unix sockets, and with TCP when the end is a
     * reset. */
    bool misses_end;
};

/* 0 or -errno. On failure `reason` says what refuses io_uring and what to do about it. */
int ring_open(struct ring **ring, const struct ring_options *options, char *reason,
              size_t reason_size);
void ring_close(struct ring *ring);
const struct ring_features *ring_features(const struct ring *ring);
struct ring_counters *ring_counters(struct ring *ring);
int ring_fd(const struct ring *ring); /* where others ring the bell */

/* Before its first use; `op` is zeroed or was finished. O(1). */
void ring_op_init(struct ring *ring, struct ring_op *op, ring_done *done);
/* Not in flight any more; late completions are dropped. */
void ring_op_fini(struct ring *ring, struct ring_op *op);

/* Each of these queues one operation for the next ring_enter(). */
void ring_accept(struct ring *ring, struct ring_op *op, int fd);                    /* multishot */
void ring_receive(struct ring *ring, struct ring_op *op, int fd, bool expect_data); /* multishot */
/* Sends as much as goes at once and completes in the very next ring_enter(), after which the bytes
 * may be reused; `result` is what was sent, maybe less than len, or -EAGAIN. */
void ring_send_now(struct ring *ring, struct ring_op *op, int fd, struct bytes bytes);
/* The same for several pieces of `len` bytes in all. */
void ring_send_now_vector(struct ring *ring, struct ring_op *op, int fd, struct msghdr *message,
                          size_t len);
/* Sends all, waiting for room. The bytes stay until it completes; less means an error follows. */
void ring_send_all(struct ring *ring, struct ring_op *op, int fd, struct bytes bytes);
/* The same for several pieces; `message` and its vector stay until it completes. */
void ring_send_vector(struct ring *ring, struct ring_op *op, int fd, struct msghdr *message);
/* Waits for readability, once: for signals and descriptors that are not sockets. */
void ring_poll(struct ring *ring, struct ring_op *op, int fd);
void ring_connect(struct ring *ring, struct ring_op *op, int fd, const void *address, uint32_t len);
/* Ends what is armed on `op`, whose own completion then comes with -ECANCELED. */
void ring_cancel(struct ring *ring, struct ring_op *op);
void ring_close_fd(struct ring *ring, int fd);
/* Wakes the owner of the ring with this descriptor: it returns from its wait. */
void ring_doorbell(struct ring *ring, int target_fd);

/* True when the kernel has something for us that ring_enter() would fetch without waiting. Cheap:
 * looks at shared memory. */
bool ring_has_work(const struct ring *ring);
/* Submits what is queued, and waits until something completes or `deadline_ns` (monotonic) passes;
 * 0: does not wait. One system call. */
void ring_enter(struct ring *ring, int64_t deadline_ns);
/* Calls `done` for all that has completed; returns how many that were. */
uint32_t ring_dispatch(struct ring *ring);
/* Operations that the kernel holds. */
uint32_t ring_in_flight(const struct ring *ring);

#endif
