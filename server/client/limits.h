/* client/limits.h -- What keeps one client from costing the others: limits on its input and output,
 * idle time, the memory of all clients together, CLIENT PAUSE. */
#ifndef TORC_CLIENT_LIMITS_H
#define TORC_CLIENT_LIMITS_H

#include "client/client.h"

void limits_init(struct clients *clients);
/* A client's commands are about to be run: how long, and for how much output, is set here. */
void limits_begin_turn(struct clients *clients);
/* They have been run: did that take long? */
void limits_end_turn(struct client *client);
/* Has this pass lasted so long that those whose last turn took long should queue, lest others wait
 * for all of them? */
bool limits_is_busy(const struct clients *clients);
/* Have the clients had so much of this pass that who can wait should? */
bool limits_is_crowded(const struct clients *clients);
/* Its output has grown: past the hard limit it is closed, past what may pile up it is stopped. */
void limits_check_output(struct client *client);
void limits_check_input(struct client *client);
void limits_on_sent(struct client *client);
/* Its memory, in the shard's sum. */
void limits_recount(struct client *client);
void limits_forget(struct client *client);
/* Ten times a second: a part of the clients is looked at; all of them within a second. */
void limits_cron(struct clients *clients);

/* CLIENT PAUSE, on this shard. */
void limits_pause(struct clients *clients, int64_t until_ms, bool writes_only);
void limits_unpause(struct clients *clients);

#endif
