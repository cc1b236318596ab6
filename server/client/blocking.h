/* client/blocking.h -- A client whose command waits for its keys, as its front sees it: when that
 * ends, if nobody serves it. See shard/waiters.h. */
#ifndef TORC_CLIENT_BLOCKING_H
#define TORC_CLIENT_BLOCKING_H

#include "client/client.h"

/* How it ends without being served. */
enum blocking_stop {
    BLOCKING_NOT,
    BLOCKING_TIMEOUT, /* answered as if its time were over */
    BLOCKING_ERROR,   /* CLIENT UNBLOCK id ERROR */
    BLOCKING_GONE,    /* nobody waits for the answer */
};

/* The request waits, or is on its way to run again. */
void blocking_on_parked(struct client *client, struct request *request, bool waits);
/* Ends the waiting; if it is just being served, only in case that comes to nothing. False: it is
 * served, or the client waits for nothing. */
bool blocking_stop(struct client *client, enum blocking_stop how);
/* Its command has been answered. */
void blocking_end(struct client *client);
/* Does it wait, and not for ever? */
bool blocking_has_deadline(const struct client *client);

#endif
