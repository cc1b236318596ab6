/* client/monitor.h -- MONITOR: clients that are shown all commands, of all shards.
 *
 * Whoever runs a command pushes its line to the shards that have monitors while it still holds the
 * slots, before anybody can see what it did: so the order of the lines agrees with the effects.
 * All shards are told, by a visit, when a client begins to monitor, and when it ends. */
#ifndef TORC_CLIENT_MONITOR_H
#define TORC_CLIENT_MONITOR_H

#include "client/client.h"

/* MONITOR, answered when all shards know. */
struct outcome monitor_start(struct call *call);
/* Ends it, if the client monitors. */
void monitor_stop(struct client *client);

/* For shard_run(): a command is about to run; it has run. Commands of administration are not shown,
 * nor passwords. */
void monitor_before(struct shard *shard, const struct call *call, struct buf *line);
void monitor_after(struct shard *shard, const struct call *call, struct buf *line);
/* The same for one that is answered without running. */
void monitor_show(struct client *client, struct call *call);

/* Who the client is, for those lines: made when it is first needed, and kept. */
const char *monitor_peer(struct client *client);

#endif
