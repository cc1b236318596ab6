#include "sim/sim_net.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ring/ring_socket.h"

enum { FIRST_FD = 1000, FILES_MAX = 256 };

static struct net_world {
    struct sim_file files[FILES_MAX];
    int next_port;
} world;

void sim_pipe_append(struct sim_pipe *pipe, const void *bytes, size_t len)
{
    if (pipe->len + len > pipe->capacity) {
        pipe->capacity = (pipe->len + len) * 2;
        pipe->bytes = realloc(pipe->bytes, pipe->capacity);
    }
    if (len) memcpy(pipe->bytes + pipe->len, bytes, len);
    pipe->len += len;
}

void sim_pipe_consume(struct sim_pipe *pipe, size_t len)
{
    ASSERT(len <= pipe->len);
    pipe->len -= len;
    memmove(pipe->bytes, pipe->bytes + len, pipe->len);
}

/* --- descriptors -------------------------------------------------------------------------- */

struct sim_file *sim_file_find(int fd)
{
    int place = fd - FIRST_FD;
    return place >= 0 && place < FILES_MAX ? &world.files[place] : NULL;
}

static struct sim_file *get_file(int fd)
{
    struct sim_file *file = sim_file_find(fd);
    ASSERT(file && file->kind != SIM_FREE);
    return file;
}

/* The lowest that is free, as the kernel does: a number comes back at once. */
static int new_fd(int kind)
{
    for (int place = 0; place < FILES_MAX; place++) {
        if (world.files[place].kind != SIM_FREE) continue;
        world.files[place] = (struct sim_file){.kind = kind};
        return FIRST_FD + place;
    }
    return -EMFILE;
}

static void free_stream(struct sim_stream *stream)
{
    if (stream->fd >= 0 || stream->is_queued || !stream->client_left) return;
    free(stream->to_server.bytes);
    free(stream->to_client.bytes);
    free(stream);
}

static void drop_backlog(struct sim_file *file)
{
    while (file->backlog) {
        struct sim_stream *stream = file->backlog;
        file->backlog = stream->next;
        stream->is_queued = false;
        stream->to_client.ended = true;
        stream->shut = true;
        free_stream(stream);
    }
}

void sim_close_fd(int fd)
{
    struct sim_file *file = get_file(fd);
    ASSERT(!file->armed); /* the kernel would keep the connection open */
    struct sim_stream *stream = file->stream;
    if (stream) {
        stream->fd = -1;
        stream->to_client.ended = true;
        stream->shut = true;
        free_stream(stream);
    }
    drop_backlog(file);
    file->kind = SIM_FREE;
}

int sim_accept(struct sim_file *listener)
{
    struct sim_stream *stream = listener->backlog;
    if (!stream) return -EAGAIN;
    int fd = new_fd(SIM_STREAM);
    if (fd < 0) return fd;
    listener->backlog = stream->next;
    stream->is_queued = false;
    stream->fd = fd;
    get_file(fd)->stream = stream;
    return fd;
}

void sim_net_end(void)
{
    for (int place = 0; place < FILES_MAX; place++)
        ASSERT(world.files[place].kind == SIM_FREE);
}

/* --- ring/ring_socket.h ------------------------------------------------------------------- */

int socket_listen(const struct socket_address *address, int backlog)
{
    (void)address, (void)backlog;
    return new_fd(SIM_LISTENER);
}

int socket_connect_start(const struct socket_address *address)
{
    (void)address;
    return -ENOSYS;
}

static int loopback(struct socket_address *address, int port)
{
    return socket_address_parse(address, "127.0.0.1", port);
}

int socket_local_address(int fd, struct socket_address *address)
{
    get_file(fd);
    return loopback(address, 6379);
}

int socket_peer_address(int fd, struct socket_address *address)
{
    struct sim_file *file = get_file(fd);
    if (!file->stream || file->stream->reset) return -ENOTCONN;
    return loopback(address, file->stream->port);
}

int socket_set_options(int fd, int keepalive_seconds)
{
    (void)keepalive_seconds;
    get_file(fd);
    return 0;
}

void socket_say(int fd, const char *text)
{
    struct sim_stream *stream = get_file(fd)->stream;
    if (!stream->client_left) sim_pipe_append(&stream->to_client, text, strlen(text));
}

int socket_look_ahead(int fd)
{
    const struct sim_stream *stream = get_file(fd)->stream;
    if (stream->reset) return -ECONNRESET;
    if (stream->to_server.len && !stream->shut) return 1;
    return stream->to_server.ended || stream->shut ? 0 : -EAGAIN;
}

int socket_receive(int fd, void *bytes, size_t size)
{
    struct sim_stream *stream = get_file(fd)->stream;
    size_t len = stream->to_server.len < size ? stream->to_server.len : size;
    if (!len || stream->shut || stream->reset) return -EAGAIN; /* a receive tells ends */
    if (sim_chance(sim_habits()->short_receive)) len = 1 + random_below(sim_random(), len);
    memcpy(bytes, stream->to_server.bytes, len);
    sim_pipe_consume(&stream->to_server, len);
    return (int)len;
}

void socket_shutdown(int fd)
{
    struct sim_file *file = get_file(fd);
    file->shut = true;
    if (!file->stream) {
        drop_backlog(file);
        return;
    }
    file->stream->shut = true;
    file->stream->to_client.ended = true;
}

void socket_close(int fd)
{
    sim_close_fd(fd);
}

/* --- the clients' side -------------------------------------------------------------------- */

struct sim_stream *sim_connect(void)
{
    struct sim_file *listener = NULL;
    for (int place = 0; place < FILES_MAX && !listener; place++)
        if (world.files[place].kind == SIM_LISTENER) listener = &world.files[place];
    if (!listener || listener->shut) return NULL;
    struct sim_stream *stream = calloc(1, sizeof *stream), **last = &listener->backlog;
    stream->fd = -1;
    stream->is_queued = true;
    stream->port = 10000 + world.next_port++ % 50000;
    while (*last)
        last = &(*last)->next;
    *last = stream;
    return stream;
}

void sim_stream_write(struct sim_stream *stream, const void *bytes, size_t len)
{
    ASSERT(!stream->to_server.ended);
    if (!stream->shut) sim_pipe_append(&stream->to_server, bytes, len);
}

size_t sim_stream_readable(const struct sim_stream *stream)
{
    return stream->to_client.len;
}

int sim_stream_port(const struct sim_stream *stream)
{
    return stream->port;
}

size_t sim_stream_read(struct sim_stream *stream, void *out, size_t max)
{
    size_t len = stream->to_client.len < max ? stream->to_client.len : max;
    if (len) memcpy(out, stream->to_client.bytes, len);
    sim_pipe_consume(&stream->to_client, len);
    return len;
}

bool sim_stream_has_ended(const struct sim_stream *stream)
{
    return stream->to_client.ended && !stream->to_client.len;
}

void sim_stream_leave(struct sim_stream *stream, enum sim_goodbye how)
{
    stream->to_server.ended = true;
    if (how == SIM_SHUT) return;
    stream->client_left = true;
    if (how == SIM_RESET) stream->reset = true;
    if (how == SIM_RESET) stream->to_server.len = 0;
    stream->to_client.len = 0;
    free_stream(stream);
}
