/* sim/sim_net.h -- Descriptors and streams of the simulated machine: what the ring sees of them.
 * A stream has two ends; the server's has a descriptor once it has been accepted. */
#ifndef TESTS_SIM_SIM_NET_H
#define TESTS_SIM_SIM_NET_H

#include "mem/buf.h"
#include "sim/sim.h"

/* Bytes on their way; plain memory, not the server's. */
struct sim_pipe {
    uint8_t *bytes;
    size_t len, capacity;
    bool ended; /* nothing follows */
};

struct sim_stream {
    struct sim_pipe to_server, to_client;
    bool reset;       /* by the client: the server's calls fail */
    bool client_left; /* nobody reads to_client */
    bool shut;        /* by the server, both directions */
    bool is_queued;   /* in a backlog */
    bool had_ended;   /* when its receive was armed */
    bool is_muted;    /* its receive will not tell the end (struct ring_features, misses_end) */
    int fd;           /* the server's; -1: none (any more) */
    int port;
    struct sim_stream *next; /* in the backlog */
};

/* What an operation may be armed on. */
struct sim_file {
    enum { SIM_FREE, SIM_LISTENER, SIM_STREAM, SIM_OTHER } kind;
    struct sim_stream *stream;
    struct sim_stream *backlog;
    uint32_t armed; /* operations: a descriptor is closed when there are none */
    bool shut;      /* of a listener */
};

void sim_pipe_append(struct sim_pipe *pipe, const void *bytes, size_t len);
void sim_pipe_consume(struct sim_pipe *pipe, size_t len);

struct sim_file *sim_file_find(int fd); /* NULL: none of ours */
/* The next connection of a listener as a descriptor; -EAGAIN: none waits. */
int sim_accept(struct sim_file *listener);
void sim_close_fd(int fd);
void sim_net_end(void); /* checks that the server has closed everything, and forgets it */

#endif
