/* client/pipeline.h -- Replies in the order of their commands, however late some of them come.
 * While nothing is outstanding, a reply is written straight into the connection's output. Replies
 * that will come later stand in a queue of what is pending; those of commands that run here in the
 * meantime wait in client->behind, one after the other, and each pending one knows how many bytes
 * of them follow it. */
#ifndef TORC_CLIENT_PIPELINE_H
#define TORC_CLIENT_PIPELINE_H

#include "client/client.h"

struct pending {
    struct pending *next;
    bool done;
    bool dropped;   /* CLIENT REPLY OFF or SKIP */
    bool is_remote; /* part of a struct remote, else of a struct held_reply */
    struct chain *reply;
    size_t counted_bytes; /* of the reply, in client->held_bytes */
    size_t bytes_behind;  /* in client->behind, to go out next after this reply */
    uint64_t number;      /* ascending in the queue */
};

/* Where a command that runs here now writes its reply. Call pipeline_end() when it is written. */
struct chain *pipeline_begin(struct client *client);
void pipeline_end(struct client *client);

/* Something that is no reply: it goes out behind all replies that are there, but before those to
 * come: they may show what came after it. */
static inline bool pipeline_takes_pushes(const struct client *client)
{
    return !(client->flags & CLIENT_LEAVING) && !(client->conn.flags & CONN_CLOSING);
}
struct chain *pipeline_push_begin(struct client *client); /* it takes them */
void pipeline_push_end(struct client *client);
/* The same for what many get, and which only refers to a blob. */
struct chain *pipeline_push_begin_shared(struct client *client);
void pipeline_push_end_shared(struct client *client);

/* A command on its way elsewhere. Copies the call's arguments. */
struct request *pipeline_forward(struct client *client, const struct call *call);

/* A reply that comes later, of a command that runs here. */
void pipeline_hold(struct client *client);
struct chain *pipeline_held(struct client *client); /* of the last pipeline_hold() */
void pipeline_release(struct client *client);       /* it is written */

void pipeline_fini(struct client *client); /* drops what is held; nothing remote is under way */

#endif
