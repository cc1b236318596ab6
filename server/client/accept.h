/* client/accept.h -- Where connections come in: shard 0 accepts them all and hands each to the
 * shard that has the fewest, so that they are spread evenly whatever the kernel's hash says. */
#ifndef TORC_CLIENT_ACCEPT_H
#define TORC_CLIENT_ACCEPT_H

#include "client/client.h"

struct acceptor;

/* Opens the sockets that the settings name, without accepting yet. NULL: `reason` says why. */
struct acceptor *acceptor_open(const struct settings *settings, char *reason, size_t reason_size);
/* On shard 0's thread. */
void acceptor_start(struct acceptor *acceptor, struct shard *shard);
/* On shard 0's thread: listens where these settings say, and only there. False: `reason` says why
 * not, and it listens where it did. */
bool acceptor_rebind(struct acceptor *acceptor, const struct settings *settings, char *reason,
                     size_t reason_size);
/* Listening stops: new connections are refused from here on. */
void acceptor_stop(struct acceptor *acceptor);
bool acceptor_is_idle(const struct acceptor *acceptor);
void acceptor_free(struct acceptor *acceptor); /* idle, or never started */

#endif
