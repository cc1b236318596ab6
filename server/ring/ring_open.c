#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "mem/mem.h"
#include "ring/ring_internal.h"
#include "ring/ring_uapi.h"

enum {
    HUGE_PAGE_BYTES = 2 * 1024 * 1024,
    PAGE_BYTES = 4096,
    QUEUE_HEADER_BYTES = 512,
    SMALLEST_SQ = 16,
    TRIES = 100,
    TRY_AGAIN_US = 10 * 1000,
};

static int read_number(const char *path, const char *prefix)
{
    char line[256];
    int value = -1;
    FILE *file = fopen(path, "re");
    if (!file) return -1;
    while (value < 0 && fgets(line, sizeof line, file))
        if (!strncmp(line, prefix, strlen(prefix))) value = atoi(line + strlen(prefix));
    fclose(file);
    return value;
}

static void explain(int error, char *reason, size_t size)
{
    int disabled = read_number("/proc/sys/kernel/io_uring_disabled", "");
    int seccomp = read_number("/proc/self/status", "Seccomp:");
    if (error == -EPERM && disabled > 0)
        snprintf(reason, size,
                 "io_uring is switched off by the sysctl kernel.io_uring_disabled=%d. "
                 "Allow it with: sysctl -w kernel.io_uring_disabled=0",
                 disabled);
    else if ((error == -EPERM || error == -ENOSYS || error == -EACCES) && seccomp > 0)
        snprintf(reason, size,
                 "io_uring is refused by a seccomp filter, as containers have by default. Allow "
                 "io_uring_setup, io_uring_enter and io_uring_register in its profile "
                 "(docker run --security-opt seccomp=profile.json)");
    else if (error == -ENOMEM)
        snprintf(reason, size,
                 "the limit of locked memory is too low for io_uring. Raise it: ulimit -l "
                 "unlimited, LimitMEMLOCK=infinity in a systemd unit, --ulimit memlock=-1 for "
                 "docker; or use fewer shards");
    else if (error == -ENOSYS || error == -EINVAL)
        snprintf(reason, size,
                 "this kernel lacks io_uring, or what is needed of it (%s). Linux 6.1 or later "
                 "is needed",
                 strerror(-error));
    else
        snprintf(reason, size, "io_uring cannot be set up: %s", strerror(-error));
}

static void raise_memlock(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_MEMLOCK, &limit);
}

static int try_setup(struct ring *ring, unsigned sq_entries, unsigned cq_entries)
{
    struct io_uring_params params = {
        .flags = UAPI_SETUP_SINGLE_ISSUER | UAPI_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
        .cq_entries = cq_entries,
    };
    int error = io_uring_queue_init_params(sq_entries, &ring->uring, &params);
    if (error) return error;
    ring->sq_entries = params.sq_entries;
    ring->cq_entries = params.cq_entries;
    ring->features.defer_taskrun = true;
    ring->features.no_iowait = params.features & UAPI_FEAT_NO_IOWAIT;
    return 0;
}

static size_t buffer_ring_bytes(const struct ring *ring)
{
    return ring->buffer_count * sizeof(struct io_uring_buf);
}

static int register_buffers(struct ring *ring, unsigned flags)
{
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)(uintptr_t)ring->buffer_ring,
        .ring_entries = ring->buffer_count,
        .bgid = 0,
        .pad = (uint16_t)flags,
    };
    return io_uring_register_buf_ring(&ring->uring, &registration, 0);
}

static int add_buffers(struct ring *ring, const struct ring_options *options)
{
    ring->buffer_count = options->buffer_count;
    ring->buffer_bytes = options->buffer_bytes;
    size_t bytes = (size_t)ring->buffer_count * ring->buffer_bytes;
    ring->buffers = mem_alloc_aligned(bytes, bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : 4096);
    ring->buffer_ring = mem_alloc_aligned(buffer_ring_bytes(ring), 4096);
    ring->offsets = mem_alloc_zero(ring->buffer_count * sizeof *ring->offsets);
    io_uring_buf_ring_init(ring->buffer_ring);
    int error = -EINVAL;
    if (!options->plain_buffers) error = register_buffers(ring, UAPI_PBUF_RING_INC);
    ring->features.incremental_buffers = error == 0;
    if (error) error = register_buffers(ring, 0);
    if (error) return error;
    for (uint32_t i = 0; i < ring->buffer_count; i++)
        io_uring_buf_ring_add(ring->buffer_ring, ring->buffers + (size_t)i * ring->buffer_bytes,
                              ring->buffer_bytes, (uint16_t)i, (int)ring->buffer_count - 1, (int)i);
    io_uring_buf_ring_advance(ring->buffer_ring, (int)ring->buffer_count);
    return 0;
}

static void free_buffers(struct ring *ring)
{
    size_t bytes = (size_t)ring->buffer_count * ring->buffer_bytes;
    mem_free_aligned(ring->buffers, bytes, bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : 4096);
    mem_free_aligned(ring->buffer_ring, buffer_ring_bytes(ring), 4096);
    mem_free(ring->offsets, ring->buffer_count * sizeof *ring->offsets);
}

/* A filter may allow the making of a ring and refuse its use. */
static int try_enter(const struct ring *ring)
{
    int result = io_uring_enter((unsigned)ring->uring.ring_fd, 0, 0, 0, NULL);
    return result < 0 ? result : 0;
}

/* The queues are mapped and unmapped by system calls that ThreadSanitizer does not see: it would
 * take what another thread did to an earlier mapping for a race with this. */
__attribute__((noinline, no_sanitize("thread"))) static void fill_array(struct ring *ring)
{
    for (unsigned i = 0; i < ring->sq_entries; i++)
        ring->uring.sq.array[i] = i;
}

static int set_up(struct ring *ring, const struct ring_options *options, unsigned sq, unsigned cq)
{
    int error = try_setup(ring, sq, cq);
    if (error) return error;
    fill_array(ring);
    ring->features.registered_fd = io_uring_register_ring_fd(&ring->uring) == 1;
    error = add_buffers(ring, options);
    if (!error) error = try_enter(ring);
    if (!error) return 0;
    io_uring_queue_exit(&ring->uring);
    free_buffers(ring);
    return error;
}

static bool may_lock_without_limit(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data)) return false;
    return data[0].effective >> CAP_IPC_LOCK & 1;
}

/* What all rings together may lock, and what one will: submissions, the queues, and the list of
 * buffers, each in pages of their own. */
static size_t lockable_bytes(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
    return may_lock_without_limit() ? SIZE_MAX : limit.rlim_cur;
}

static size_t in_pages(size_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static size_t locked_bytes(const struct ring_options *options, unsigned sq, unsigned cq)
{
    size_t queues = QUEUE_HEADER_BYTES + cq * sizeof(struct io_uring_cqe) + sq * sizeof(unsigned);
    return in_pages(sq * sizeof(struct io_uring_sqe)) + in_pages(queues) +
           in_pages(options->buffer_count * sizeof(struct io_uring_buf));
}

static void halve(unsigned *sq, unsigned *cq)
{
    *sq /= 2;
    *cq = *cq / 2 > *sq * 2 ? *cq / 2 : *sq * 2;
}

/* Smaller and smaller rings where the limit of locked memory has no room for all of them, or
 * something else has taken of it. What a server that has just ended had locked is free only a
 * moment later: so the smallest is tried for a while. */
static int set_up_what_fits(struct ring *ring, const struct ring_options *options)
{
    unsigned sq = options->sq_entries, cq = options->cq_entries;
    size_t share = lockable_bytes() / (options->ring_count ? options->ring_count : 1);
    while (sq > SMALLEST_SQ && locked_bytes(options, sq, cq) > share)
        halve(&sq, &cq);
    int error = set_up(ring, options, sq, cq);
    for (int tries = 0; error == -ENOMEM && tries < TRIES; tries++) {
        if (sq > SMALLEST_SQ)
            halve(&sq, &cq);
        else
            usleep(TRY_AGAIN_US);
        error = set_up(ring, options, sq, cq);
    }
    return error;
}

/* What a probe operation saw. */
struct probe {
    struct ring_op op;
    int32_t result;
    uint32_t calls;
};

static void on_probe(struct ring_op *op, const struct ring_event *event)
{
    struct probe *probe = (struct probe *)op;
    probe->result = event->result;
    probe->calls++;
}

static void pump(struct ring *ring)
{
    ring_enter(ring, 0);
    ring_dispatch(ring);
}

/* Does a send that succeeds stay silent, and does one that fails speak up at once? */
static void probe_sends(struct ring *ring, const int pair[2])
{
    struct probe probe = {0};
    char bytes[4096] = {0};
    ring_op_init(ring, &probe.op, on_probe);
    ring->features.skipped_sends = true;
    ring_send_now(ring, &probe.op, pair[0], bytes_make(bytes, 1));
    ring_enter(ring, 0);
    bool silent = io_uring_cq_ready(&ring->uring) == 0;
    ring_dispatch(ring);
    for (int i = 0; i < 10000 && probe.result > 0; i++) {
        ring_send_now(ring, &probe.op, pair[0], bytes_make(bytes, sizeof bytes));
        pump(ring);
        if (probe.result != (int32_t)sizeof bytes) break;
    }
    ring->features.skipped_sends = silent && probe.result != (int32_t)sizeof bytes;
    ring_op_fini(ring, &probe.op);
}

/* Does a multishot receive take a cap on each of its parts (6.17)? */
static void probe_receive(struct ring *ring, const int pair[2])
{
    struct probe probe = {0};
    ring_op_init(ring, &probe.op, on_probe);
    ring->features.receive_cap = true;
    ring_receive(ring, &probe.op, pair[0], false);
    pump(ring);
    ring->features.receive_cap = !(probe.calls && probe.result == -EINVAL);
    if (probe.op.in_flight) ring_cancel(ring, &probe.op);
    for (int i = 0; i < 1000 && probe.op.in_flight; i++)
        pump(ring);
    ring_op_fini(ring, &probe.op);
}

/* Does it tell the end of a stream that had ended before it was armed? */
static void probe_end(struct ring *ring)
{
    struct probe probe = {0};
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair)) return;
    ring_op_init(ring, &probe.op, on_probe);
    ring->features.misses_end = send(pair[1], "x", 1, MSG_NOSIGNAL) == 1;
    shutdown(pair[1], SHUT_WR);
    ring_receive(ring, &probe.op, pair[0], false);
    for (int i = 0; i < 10 && probe.op.in_flight; i++)
        pump(ring);
    if (!probe.op.in_flight) ring->features.misses_end = false;
    if (probe.op.in_flight) ring_cancel(ring, &probe.op);
    for (int i = 0; i < 1000 && probe.op.in_flight; i++)
        pump(ring);
    ring_op_fini(ring, &probe.op);
    close(pair[0]);
    close(pair[1]);
}

static void preflight(struct ring *ring, const struct ring_options *options)
{
    int pair[2];
    probe_end(ring);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair)) return;
    probe_receive(ring, pair);
    if (!options->plain_sends) probe_sends(ring, pair);
    close(pair[0]);
    close(pair[1]);
    ring->counters = (struct ring_counters){0};
}

int ring_open(struct ring **out, const struct ring_options *options, char *reason,
              size_t reason_size)
{
    raise_memlock();
    struct ring *ring = mem_alloc_zero(sizeof *ring);
    int error = set_up_what_fits(ring, options);
    if (!error) {
        preflight(ring, options);
        *out = ring;
        return 0;
    }
    mem_free(ring, sizeof *ring);
    explain(error, reason, reason_size);
    return error;
}

void ring_close(struct ring *ring)
{
    io_uring_queue_exit(&ring->uring);
    free_buffers(ring);
    mem_free(ring->places, ring->place_count * sizeof *ring->places);
    mem_free(ring->unconfirmed, ring->unconfirmed_max * sizeof *ring->unconfirmed);
    mem_free(ring, sizeof *ring);
}
