/* net/conn.h -- One connection: bytes in, bytes out, and an end that waits for the kernel.
 * Embedded in its owner, to whom all is reported by callbacks from the loop, never from within a
 * call. Output gathered during a pass goes out in one send; at most one send is in flight.
 *
 * The end: shut down, then wait until neither receive nor send is in flight, then on_gone, in which
 * the owner calls conn_fini (or later, when its own affairs are settled; on_gone comes again if
 * something was written meanwhile). */
#ifndef TORC_NET_CONN_H
#define TORC_NET_CONN_H

#include "mem/chain.h"
#include "ring/ring.h"

struct conn;

struct conn_events {
    void (*on_input)(struct conn *conn, struct bytes bytes); /* lent until it returns */
    void (*on_end)(struct conn *conn);  /* the peer will send no more; or an error ended it */
    void (*on_sent)(struct conn *conn); /* all output has gone to the kernel */
    void (*on_gone)(struct conn *conn); /* nothing is in flight any more; after conn_close() */
};

/* What the connections of a thread share. */
struct net {
    struct ring *ring;
    struct chunk_pool chunks;
    const struct conn_events *events;
    struct conn *dirty;  /* have output to be sent at the end of the pass */
    struct conn *corked; /* have some, and more will follow shortly */
    bool more_follows;   /* set by the owner for each pass: more is to be written by the next one */
    struct metric rearmed_receives;
    struct metric output_bytes; /* that the kernel did not take yet, of all connections */
};

enum conn_flag {
    CONN_DIRTY = 1 << 0,      /* in net->dirty */
    CONN_PAUSED = 1 << 1,     /* its owner wants no input for now */
    CONN_CLOSING = 1 << 2,    /* conn_close() was called */
    CONN_ENDED = 1 << 3,      /* the peer sends no more */
    CONN_LAST_WORDS = 1 << 4, /* close when the output has gone out */
    CONN_BLOCKED = 1 << 5,    /* the kernel's buffer was full: send and wait */
    CONN_GONE = 1 << 6,       /* on_gone was called */
    CONN_REARM = 1 << 7,      /* its receive is to be armed again at the end of the pass */
    CONN_FRESH = 1 << 9,   /* its receive was armed just now: whether an end waits is not known */
    CONN_ENDING = 1 << 10, /* one does: on_end follows when the receive has been cancelled */
    CONN_CORKED = 1 << 8,  /* more output will follow shortly: a send is worth waiting for it */
    CONN_GATHERING = 1 << 11, /* the same, of the output that waits now */
};

struct conn_vector;

struct conn {
    struct ring_op receive, send;
    struct chain out;
    struct net *net;
    struct conn *next_dirty;
    struct conn_vector *vector; /* of the send in flight, if that has several pieces */
    size_t sending;             /* bytes in flight */
    size_t waiting;             /* of the output, as counted in net->output_bytes */
    uint64_t sent_bytes;        /* in all */
    int64_t corked_since_ns;    /* 0: it does not wait */
    int fd;
    uint32_t flags;
};

void net_init(struct net *net, struct ring *ring, const struct conn_events *events);
void net_fini(struct net *net);
/* Sends what the pass has gathered and arms receives: queues one operation for each. */
void net_flush(struct net *net, int64_t now_ns);
/* When the next corked output is due; INT64_MAX: there is none. */
int64_t net_next_deadline_ns(const struct net *net);

/* Owns `fd` from here on. Receiving starts. */
void conn_init(struct conn *conn, struct net *net, int fd);
void conn_fini(struct conn *conn); /* closes the descriptor; nothing may be in flight */

/* Something was written to conn->out: it will be sent at the end of the pass. */
static inline void conn_wrote(struct conn *conn)
{
    if (conn->flags & CONN_DIRTY) return;
    conn->flags |= CONN_DIRTY;
    conn->next_dirty = conn->net->dirty;
    conn->net->dirty = conn;
}

static inline size_t conn_output_bytes(const struct conn *conn)
{
    return chain_len(&conn->out);
}

/* While corked, little output waits for more, for a moment at most: a send costs as much as several
 * replies. */
static inline void conn_cork(struct conn *conn)
{
    conn->flags |= CONN_CORKED;
}

/* What is written now waits for what the next pass brings, and on while net->more_follows, for a
 * moment at most: for what many get, to each of whom a send costs more than many messages. */
static inline void conn_gather(struct conn *conn)
{
    conn->flags |= CONN_GATHERING;
}

static inline void conn_uncork(struct conn *conn)
{
    conn->flags &= ~CONN_CORKED;
}

void conn_pause(struct conn *conn); /* no more input soon; what is on its way still comes */
void conn_resume(struct conn *conn);
void conn_close(struct conn *conn); /* at once; output is dropped */
void conn_close_after_output(struct conn *conn);

#endif
