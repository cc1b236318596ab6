/* client/cmd_connection.h -- Commands about the connection itself. */
#ifndef TORC_CLIENT_CMD_CONNECTION_H
#define TORC_CLIENT_CMD_CONNECTION_H

#include "command/command.h"

extern const struct command cmd_connection_table[];
extern const struct command cmd_client_table[];

#endif
