/* client/routing.h -- Where a command runs: here, on slots that are at home here or whose home is
 * away (shard/stand_in.h); at the one home of its slots; or here again, on slots that are borrowed.
 */
#ifndef TORC_CLIENT_ROUTING_H
#define TORC_CLIENT_ROUTING_H

#include "client/client.h"

/* Runs the command, or sends it on its way. False: not now; it is to be tried again when others
 * have had their turn. */
bool routing_run(struct client *client, struct call *call);
/* The home of the slot is elsewhere: may this command on it run here, because that is away? */
bool routing_take_home(struct client *client, const struct command *command, uint32_t arg_count,
                       uint16_t slot);
/* What has been taken is given back before anything that may take long. */
void routing_leave_homes(struct client *client);
/* What was pushed to this shard before now is to take effect first. */
void routing_catch_up(struct client *client);

#endif
