#include "net/listener.h"

#include "base/container.h"

#include <errno.h>

static void on_accept(struct ring_op *op, const struct ring_event *event)
{
    struct listener *listener = CONTAINER_OF(op, struct listener, accept);
    if (event->result >= 0) {
        if (listener->stopping)
            socket_close(event->result);
        else
            listener->events->on_accept(listener, event->result);
        if (listener->credit) listener->credit--;
        if (event->more && !listener->credit) ring_cancel(listener->ring, op);
    }
    if (event->more) return;
    if (listener->stopping) {
        listener->events->on_stop(listener);
        return;
    }
    bool can_go_on = event->result >= 0 || event->result == -ECONNABORTED ||
                     event->result == -EINTR || event->result == -EAGAIN;
    if (can_go_on && listener->credit)
        ring_accept(listener->ring, op, listener->fd);
    else
        listener->events->on_pause(listener,
                                   event->result == -ECANCELED || can_go_on ? 0 : event->result);
}

void listener_init(struct listener *listener, struct ring *ring, int fd,
                   const struct listener_events *events, void *context)
{
    *listener = (struct listener){.ring = ring, .fd = fd, .events = events, .context = context};
    ring_op_init(ring, &listener->accept, on_accept);
}

void listener_resume(struct listener *listener, uint32_t credit)
{
    if (listener->stopping) return;
    listener->credit = credit;
    if (!listener->accept.in_flight) ring_accept(listener->ring, &listener->accept, listener->fd);
}

void listener_stop(struct listener *listener)
{
    listener->stopping = true;
    if (listener->accept.in_flight) ring_cancel(listener->ring, &listener->accept);
    socket_shutdown(listener->fd); /* a listening socket refuses from here on */
}

bool listener_is_idle(const struct listener *listener)
{
    return listener->accept.in_flight == 0;
}

void listener_fini(struct listener *listener)
{
    ring_op_fini(listener->ring, &listener->accept);
    if (listener->fd >= 0) socket_close(listener->fd);
    listener->fd = -1;
}
