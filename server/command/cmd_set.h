/* command/cmd_set.h -- The set family. */
#ifndef TORC_COMMAND_CMD_SET_H
#define TORC_COMMAND_CMD_SET_H

#include "command/command.h"

extern const struct command cmd_set_table[];

#endif
