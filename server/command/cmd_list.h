/* command/cmd_list.h -- The list family, but for the blocking forms. */
#ifndef TORC_COMMAND_CMD_LIST_H
#define TORC_COMMAND_CMD_LIST_H

#include "command/command.h"

extern const struct command cmd_list_table[];

#endif
