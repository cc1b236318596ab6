/* client/cmd_server.h -- Commands about the server that need connections or slots to be moved. */
#ifndef TORC_CLIENT_CMD_SERVER_H
#define TORC_CLIENT_CMD_SERVER_H

#include "command/call.h"

extern const struct command cmd_server_table[];

/* DEBUG SLOT-MOVE slot shard: changes the home of a slot while the server runs. */
struct outcome cmd_debug_slot_move(struct call *call);

#endif
