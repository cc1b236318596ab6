/* ring/ring.h on the simulated machine. An operation completes as the kernel's would, at a moment
 * and in pieces that the seed draws. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/check.h"
#include "mem/mem.h"
#include "ring/ring.h"
#include "ring/ring_socket.h"
#include "sim/sim_net.h"

enum { FIRST_RING_FD = 500, RINGS_MAX = 16, RECEIVE_MAX = 4096, LATE_BELL_NS = 3 * 1000 * 1000 };

enum kind { ACCEPT, RECEIVE, SEND_NOW, SEND_ALL, POLL, CANCEL, CLOSE, DOORBELL };

struct submission {
    enum kind kind;
    uint32_t index, generation; /* of the operation, or of the one to be cancelled */
    int fd;
    const struct iovec *pieces;
    size_t piece_count;
    struct iovec piece; /* if it is one */
};

struct completion {
    uint32_t index, generation;
    int32_t result;
    bool more;
    uint8_t *data;
    size_t len;
};

/* An operation, and what it waits for. */
struct place {
    struct ring_op *op; /* NULL: free */
    uint32_t generation;
    bool is_armed;
    struct submission armed;
    size_t sent; /* of a SEND_ALL */
};

struct ring {
    struct ring_features features;
    struct ring_counters counters;
    int fd;
    uint32_t in_flight;
    struct place *places;
    uint32_t place_count;
    struct submission *queue;
    size_t queue_count, queue_max;
    struct completion *prompt; /* sends, known with the enter that has made them */
    size_t prompt_count, prompt_max;
    struct completion *done;
    size_t done_count, done_max;
    size_t visible;  /* of these: the queue had no room for the rest, which the next enter brings */
    uint32_t loud;   /* of the prompt: what wakes a sleeper */
    int64_t left_ns; /* when its thread came out of it */
    int64_t bell_ns; /* 0: none is on its way */
};

static struct ring *rings[RINGS_MAX];

int ring_open(struct ring **out, const struct ring_options *options, char *reason,
              size_t reason_size)
{
    (void)options, (void)reason, (void)reason_size;
    struct ring *ring = calloc(1, sizeof *ring);
    int at = 0;
    while (rings[at])
        ASSERT(++at < RINGS_MAX);
    rings[at] = ring;
    ring->fd = FIRST_RING_FD + at;
    ring->features.misses_end = sim_habits()->misses_end;
    ring->features.skipped_sends = sim_habits()->silent_sends;
    ring->left_ns = sim_now_ns();
    ring->place_count = 1; /* place 0 is nobody's */
    ring->places = calloc(1, sizeof *ring->places);
    *out = ring;
    return 0;
}

static void forget_data(struct completion *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i].data);
    free(list);
}

void ring_close(struct ring *ring)
{
    rings[ring->fd - FIRST_RING_FD] = NULL;
    forget_data(ring->done, ring->done_count);
    forget_data(ring->prompt, ring->prompt_count);
    free(ring->queue);
    free(ring->places);
    free(ring);
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
    return ring->fd;
}

uint32_t ring_in_flight(const struct ring *ring)
{
    return ring->in_flight;
}

/* --- operations --------------------------------------------------------------------------- */

void ring_op_init(struct ring *ring, struct ring_op *op, ring_done *done)
{
    ASSERT(op->index == 0);
    uint32_t index = 1;
    while (index < ring->place_count && ring->places[index].op)
        index++;
    if (index == ring->place_count) {
        ring->places = realloc(ring->places, ++ring->place_count * sizeof *ring->places);
        ring->places[index] = (struct place){0};
    }
    ring->places[index].op = op;
    *op = (struct ring_op){.done = done, .index = index};
}

void ring_op_fini(struct ring *ring, struct ring_op *op)
{
    if (!op->index) return;
    struct place *place = &ring->places[op->index];
    ASSERT(op->in_flight == 0 && place->op == op && !place->is_armed);
    place->op = NULL;
    place->generation++;
    op->index = 0;
}

static struct submission *submit(struct ring *ring, enum kind kind, int fd)
{
    if (ring->queue_count == ring->queue_max) {
        ring->queue_max = ring->queue_max ? ring->queue_max * 2 : 32;
        ring->queue = realloc(ring->queue, ring->queue_max * sizeof *ring->queue);
    }
    struct submission *submission = &ring->queue[ring->queue_count++];
    *submission = (struct submission){.kind = kind, .fd = fd};
    return submission;
}

static struct submission *submit_op(struct ring *ring, enum kind kind, struct ring_op *op, int fd)
{
    ASSERT(op->index && ring->places[op->index].op == op);
    struct submission *submission = submit(ring, kind, fd);
    submission->index = op->index;
    submission->generation = ring->places[op->index].generation;
    if (kind == CANCEL) return submission;
    op->in_flight++;
    ring->in_flight++;
    struct sim_file *file = sim_file_find(fd);
    if (file) file->armed++;
    return submission;
}

void ring_accept(struct ring *ring, struct ring_op *op, int fd)
{
    submit_op(ring, ACCEPT, op, fd);
}

void ring_receive(struct ring *ring, struct ring_op *op, int fd, bool expect_data)
{
    (void)expect_data;
    submit_op(ring, RECEIVE, op, fd);
}

static void submit_bytes(struct ring *ring, enum kind kind, struct ring_op *op, int fd,
                         struct bytes bytes)
{
    struct submission *submission = submit_op(ring, kind, op, fd);
    submission->piece = (struct iovec){(void *)(uintptr_t)bytes.ptr, bytes.len};
    submission->piece_count = 1;
    metric_add(&ring->counters.sends, 1);
}

static void submit_pieces(struct ring *ring, enum kind kind, struct ring_op *op, int fd,
                          const struct msghdr *message)
{
    struct submission *submission = submit_op(ring, kind, op, fd);
    submission->pieces = message->msg_iov;
    submission->piece_count = message->msg_iovlen;
    metric_add(&ring->counters.sends, 1);
}

void ring_send_now(struct ring *ring, struct ring_op *op, int fd, struct bytes bytes)
{
    submit_bytes(ring, SEND_NOW, op, fd, bytes);
}

void ring_send_now_vector(struct ring *ring, struct ring_op *op, int fd, struct msghdr *message,
                          size_t len)
{
    (void)len;
    submit_pieces(ring, SEND_NOW, op, fd, message);
}

void ring_send_all(struct ring *ring, struct ring_op *op, int fd, struct bytes bytes)
{
    submit_bytes(ring, SEND_ALL, op, fd, bytes);
}

void ring_send_vector(struct ring *ring, struct ring_op *op, int fd, struct msghdr *message)
{
    submit_pieces(ring, SEND_ALL, op, fd, message);
}

void ring_poll(struct ring *ring, struct ring_op *op, int fd)
{
    submit_op(ring, POLL, op, fd);
}

void ring_connect(struct ring *ring, struct ring_op *op, int fd, const void *address, uint32_t len)
{
    (void)ring, (void)op, (void)fd, (void)address, (void)len;
    FATAL("nothing connects yet");
}

void ring_cancel(struct ring *ring, struct ring_op *op)
{
    submit_op(ring, CANCEL, op, -1);
}

void ring_close_fd(struct ring *ring, int fd)
{
    submit(ring, CLOSE, fd);
}

void ring_doorbell(struct ring *ring, int target_fd)
{
    submit(ring, DOORBELL, target_fd);
    metric_add(&ring->counters.doorbells_sent, 1);
}

/* --- completions -------------------------------------------------------------------------- */

static void add_completion(struct completion **list, size_t *count, size_t *max,
                           struct completion completion)
{
    if (*count == *max) {
        *max = *max ? *max * 2 : 32;
        *list = realloc(*list, *max * sizeof **list);
    }
    (*list)[(*count)++] = completion;
}

static void disarm(struct place *place)
{
    struct sim_file *file = sim_file_find(place->armed.fd);
    place->is_armed = false;
    if (file) file->armed--;
}

/* May a multishot go on? Not where the queue has no room. */
static bool goes_on(struct ring *ring)
{
    bool ends =
        ring->done_count >= sim_habits()->queue_room || sim_chance(sim_habits()->end_multishot);
    if (ends) sim_did(DEED_ENDED);
    return !ends;
}

static void complete(struct ring *ring, uint32_t index, int32_t result, bool more)
{
    struct place *place = &ring->places[index];
    if (!more) disarm(place);
    add_completion(&ring->done, &ring->done_count, &ring->done_max,
                   (struct completion){index, place->generation, result, more, NULL, 0});
}

/* --- sending ------------------------------------------------------------------------------ */

/* Copies bytes of the pieces, from an offset on. */
static void copy_pieces(struct sim_pipe *pipe, const struct submission *send, size_t at, size_t len)
{
    const struct iovec *pieces = send->pieces ? send->pieces : &send->piece;
    for (size_t i = 0; i < send->piece_count && len; i++) {
        size_t skip = at < pieces[i].iov_len ? at : pieces[i].iov_len;
        size_t part = pieces[i].iov_len - skip < len ? pieces[i].iov_len - skip : len;
        sim_pipe_append(pipe, (const uint8_t *)pieces[i].iov_base + skip, part);
        at -= skip;
        len -= part;
    }
}

static size_t total_of(const struct submission *send)
{
    const struct iovec *pieces = send->pieces ? send->pieces : &send->piece;
    size_t total = 0;
    for (size_t i = 0; i < send->piece_count; i++)
        total += pieces[i].iov_len;
    return total;
}

/* What the socket takes now, from offset `at` on; or -errno. */
static int32_t send_some(const struct submission *send, size_t at)
{
    struct sim_stream *stream = sim_file_find(send->fd)->stream;
    size_t len = total_of(send) - at, room = sim_habits()->socket_room;
    if (stream->reset) return -ECONNRESET;
    if (stream->shut) return -EPIPE;
    if (stream->client_left) return sim_chance(500) ? -EPIPE : (int32_t)len;
    if (stream->to_client.len >= room || sim_chance(sim_habits()->full_socket)) {
        sim_did(DEED_FULL_SOCKET);
        return -EAGAIN;
    }
    if (len > room - stream->to_client.len) len = room - stream->to_client.len;
    if (sim_chance(sim_habits()->short_send)) len = 1 + random_below(sim_random(), len);
    if (len < total_of(send) - at) sim_did(DEED_SHORT_SEND);
    copy_pieces(&stream->to_client, send, at, len);
    return (int32_t)len;
}

static void send_now(struct ring *ring, const struct submission *send)
{
    int32_t result = send_some(send, 0);
    sim_file_find(send->fd)->armed--;
    ring->loud += !sim_habits()->silent_sends || result < (int64_t)total_of(send);
    add_completion(&ring->prompt, &ring->prompt_count, &ring->prompt_max,
                   (struct completion){send->index, send->generation, result, false, NULL, 0});
}

/* One that waits for room. */
static void send_more(struct ring *ring, uint32_t index)
{
    struct place *place = &ring->places[index];
    int32_t result = send_some(&place->armed, place->sent);
    if (result == -EAGAIN) return;
    if (result > 0) place->sent += (size_t)result;
    if (result > 0 && place->sent < total_of(&place->armed)) return;
    complete(ring, index, place->sent ? (int32_t)place->sent : result, false);
}

/* --- receiving ---------------------------------------------------------------------------- */

static void receive_data(struct ring *ring, uint32_t index, struct sim_stream *stream)
{
    struct place *place = &ring->places[index];
    size_t len = stream->to_server.len < RECEIVE_MAX ? stream->to_server.len : RECEIVE_MAX;
    if (sim_chance(sim_habits()->short_receive)) len = 1 + random_below(sim_random(), len);
    if (len < stream->to_server.len) sim_did(DEED_SHORT_RECEIVE);
    struct completion completion = {index, place->generation, (int32_t)len, true, NULL, len};
    completion.more = goes_on(ring);
    completion.data = malloc(len);
    memcpy(completion.data, stream->to_server.bytes, len);
    sim_pipe_consume(&stream->to_server, len);
    if (sim_habits()->misses_end && stream->had_ended) stream->is_muted = completion.more;
    if (stream->is_muted) sim_did(DEED_MUTED);
    if (!completion.more) disarm(place);
    add_completion(&ring->done, &ring->done_count, &ring->done_max, completion);
}

static bool has_end(const struct sim_stream *stream)
{
    return stream->reset || stream->shut || stream->to_server.ended;
}

static void receive_more(struct ring *ring, uint32_t index)
{
    struct sim_stream *stream = sim_file_find(ring->places[index].armed.fd)->stream;
    bool has_data = stream->to_server.len && !stream->shut;
    if (!has_data && (!has_end(stream) || (stream->is_muted && !stream->shut))) return;
    if (sim_chance(sim_habits()->late_receive)) {
        sim_did(DEED_LATE_RECEIVE);
    } else if (has_data && sim_chance(sim_habits()->no_buffers)) {
        sim_did(DEED_NO_BUFFERS);
        complete(ring, index, -ENOBUFS, false);
    } else if (has_data) {
        receive_data(ring, index, stream);
    } else {
        complete(ring, index, stream->reset && !stream->shut ? -ECONNRESET : 0, false);
    }
}

static void accept_more(struct ring *ring, uint32_t index)
{
    struct sim_file *file = sim_file_find(ring->places[index].armed.fd);
    if (file->shut) {
        complete(ring, index, -EINVAL, false);
        return;
    }
    if (!file->backlog) return;
    if (sim_chance(sim_habits()->accept_error)) {
        sim_did(DEED_ACCEPT_ERROR);
        complete(ring, index, sim_chance(500) ? -EMFILE : -ECONNABORTED, false);
    } else {
        int fd = sim_accept(file);
        complete(ring, index, fd, fd >= 0 && goes_on(ring));
    }
}

static void progress(struct ring *ring, uint32_t index)
{
    switch (ring->places[index].armed.kind) {
    case ACCEPT: accept_more(ring, index); break;
    case RECEIVE: receive_more(ring, index); break;
    case SEND_ALL: send_more(ring, index); break;
    case POLL:
        if (sim_signal_is_due()) complete(ring, index, 1, false);
        break;
    default: break;
    }
}

/* Would it complete if it were looked at? Whoever sleeps is woken by that. */
static bool is_ready(const struct ring *ring, uint32_t index)
{
    const struct submission *armed = &ring->places[index].armed;
    const struct sim_file *file = sim_file_find(armed->fd);
    const struct sim_stream *stream = file ? file->stream : NULL;
    switch (armed->kind) {
    case ACCEPT: return file->shut || file->backlog;
    case RECEIVE:
        if (stream->to_server.len && !stream->shut) return true;
        return has_end(stream) && !(stream->is_muted && !stream->shut);
    case SEND_ALL:
        return stream->reset || stream->shut || stream->client_left ||
               stream->to_client.len < sim_habits()->socket_room;
    case POLL: return sim_signal_is_due();
    default: return false;
    }
}

/* --- entering ----------------------------------------------------------------------------- */

static void arm(struct ring *ring, const struct submission *submission)
{
    struct place *place = &ring->places[submission->index];
    ASSERT(!place->is_armed);
    place->is_armed = true;
    place->armed = *submission;
    place->sent = 0;
    struct sim_file *file = sim_file_find(submission->fd);
    if (submission->kind != RECEIVE) return;
    file->stream->is_muted = false;
    file->stream->had_ended = has_end(file->stream);
}

static void cancel(struct ring *ring, const struct submission *submission)
{
    struct place *place = &ring->places[submission->index];
    if (place->generation != submission->generation || !place->is_armed) return;
    complete(ring, submission->index, -ECANCELED, false);
}

static void ring_bell(int fd)
{
    struct ring *target = rings[fd - FIRST_RING_FD];
    ASSERT(target); /* rings end together, when no bell is on its way */
    int64_t late_ns = 1;
    if (sim_chance(sim_habits()->late_bell)) {
        late_ns = (int64_t)random_below(sim_random(), LATE_BELL_NS);
        sim_did(DEED_LATE_BELL);
    }
    int64_t at_ns = sim_now_ns() + late_ns;
    if (!target->bell_ns || at_ns < target->bell_ns) target->bell_ns = at_ns;
}

static void execute(struct ring *ring, const struct submission *submission)
{
    switch (submission->kind) {
    case SEND_NOW: send_now(ring, submission); break;
    case CANCEL: cancel(ring, submission); break;
    case CLOSE: sim_close_fd(submission->fd); break;
    case DOORBELL: ring_bell(submission->fd); break;
    default: arm(ring, submission); break;
    }
}

static void look_at_all(struct ring *ring)
{
    uint32_t start = (uint32_t)random_below(sim_random(), ring->place_count);
    for (uint32_t i = 0; i < ring->place_count; i++) {
        uint32_t index = (start + i) % ring->place_count;
        if (ring->places[index].is_armed) progress(ring, index);
    }
}

static bool has_completions(const struct ring *ring)
{
    return ring->done_count || ring->loud;
}

bool sim_ring_is_ready(const struct ring *ring, int64_t now_ns)
{
    if (has_completions(ring) || (ring->bell_ns && ring->bell_ns <= now_ns)) return true;
    for (uint32_t index = 0; index < ring->place_count; index++)
        if (ring->places[index].is_armed && is_ready(ring, index)) return true;
    return false;
}

int64_t sim_ring_next_ns(const struct ring *ring)
{
    return ring->bell_ns ? ring->bell_ns : INT64_MAX;
}

bool ring_has_work(const struct ring *ring)
{
    return sim_ring_is_ready(ring, sim_now_ns());
}

/* What the queue cannot hold waits until the next enter. */
static void fill_queue(struct ring *ring)
{
    ring->visible = ring->done_count;
    if (ring->visible <= sim_habits()->queue_room) return;
    ring->visible = sim_habits()->queue_room;
    metric_add(&ring->counters.cq_overflows, 1);
    sim_did(DEED_OVERFLOW);
}

void ring_enter(struct ring *ring, int64_t deadline_ns)
{
    metric_add(&ring->counters.enters, 1);
    sim_note_pass(sim_now_ns() - ring->left_ns);
    for (size_t i = 0; i < ring->queue_count; i++)
        execute(ring, &ring->queue[i]);
    ring->queue_count = 0;
    if (deadline_ns) metric_add(&ring->counters.sleeps, 1);
    if (deadline_ns && !has_completions(ring)) {
        if (ring->prompt_count) sim_did(DEED_SILENT_SEND);
        sim_wait(ring, deadline_ns);
    } else {
        sim_yield();
    }
    if (ring->bell_ns && ring->bell_ns <= sim_now_ns()) ring->bell_ns = 0;
    look_at_all(ring);
    fill_queue(ring);
    ring->left_ns = sim_now_ns();
}

static void deliver(struct ring *ring, const struct completion *completion)
{
    struct place *place = &ring->places[completion->index];
    struct ring_event event = {completion->result, completion->more,
                               bytes_make(completion->data, completion->len)};
    metric_add(&ring->counters.completions, 1);
    if (completion->result == -ENOBUFS) metric_add(&ring->counters.buffer_exhaustions, 1);
    if (place->op && place->generation == completion->generation) {
        struct ring_op *op = place->op;
        if (!event.more) {
            op->in_flight--;
            ring->in_flight--;
        }
        op->done(op, &event);
    }
    free(completion->data);
}

static void take_out(struct ring *ring, size_t at, struct completion *taken)
{
    *taken = ring->done[at];
    ring->done_count--;
    ring->visible--;
    memmove(&ring->done[at], &ring->done[at + 1], (ring->done_count - at) * sizeof *taken);
}

/* Any one, but of one operation the first. */
static size_t pick(const struct ring *ring)
{
    size_t at = random_below(sim_random(), ring->visible);
    for (size_t i = 0; i < at; i++)
        if (ring->done[i].index == ring->done[at].index) at = i;
    if (at) sim_did(DEED_OUT_OF_ORDER);
    return at;
}

/* How sends went. Not known while the queue has overflowed: one that failed may be told later. */
static uint32_t confirm_sends(struct ring *ring)
{
    struct completion *prompt = ring->prompt;
    size_t count = ring->prompt_count;
    if (ring->visible < ring->done_count) return 0;
    ring->prompt = NULL;
    ring->prompt_count = ring->prompt_max = ring->loud = 0;
    for (size_t i = 0; i < count; i++)
        deliver(ring, &prompt[i]);
    free(prompt);
    return (uint32_t)count;
}

uint32_t ring_dispatch(struct ring *ring)
{
    uint32_t count = confirm_sends(ring);
    for (; ring->visible; count++) {
        struct completion completion;
        if (sim_chance(sim_habits()->partial_reap)) {
            sim_did(DEED_PARTIAL_REAP);
            break;
        }
        take_out(ring, pick(ring), &completion);
        deliver(ring, &completion);
    }
    return count;
}
