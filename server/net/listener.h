/* net/listener.h -- A socket that accepts connections, at a bounded rate: a storm of connections
 * must not starve those established. When the rate is reached, accepting stops until the owner
 * calls listener_resume(); the kernel's backlog waits. */
#ifndef TORC_NET_LISTENER_H
#define TORC_NET_LISTENER_H

#include "ring/ring.h"
#include "ring/ring_socket.h"

struct listener;

struct listener_events {
    void (*on_accept)(struct listener *listener, int fd);   /* the descriptor is the owner's */
    void (*on_pause)(struct listener *listener, int error); /* rate reached (0), or -EMFILE etc. */
    void (*on_stop)(struct listener *listener); /* stopped, and idle now: it may be freed here */
};

struct listener {
    struct ring_op accept;
    struct ring *ring;
    const struct listener_events *events;
    void *context;
    int fd;          /* -1: closed */
    uint32_t credit; /* connections that may still be accepted before a pause */
    bool stopping;
};

/* `fd` listens already and belongs to the listener from now on. */
void listener_init(struct listener *listener, struct ring *ring, int fd,
                   const struct listener_events *events, void *context);
/* Accepting begins, or goes on, for `credit` connections. */
void listener_resume(struct listener *listener, uint32_t credit);
/* No more connections; the address is free again. Idle already: fini it. Else on_stop follows. */
void listener_stop(struct listener *listener);
bool listener_is_idle(const struct listener *listener);
void listener_fini(struct listener *listener);

#endif
