/* command/cmd_command.h -- COMMAND: what commands there are. */
#ifndef TORC_COMMAND_CMD_COMMAND_H
#define TORC_COMMAND_CMD_COMMAND_H

#include "command/command.h"

extern const struct command cmd_command_table[];

#endif
