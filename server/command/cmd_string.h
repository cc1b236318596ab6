/* command/cmd_string.h -- The string family: tables of rows, ended by one without a name. */
#ifndef TORC_COMMAND_CMD_STRING_H
#define TORC_COMMAND_CMD_STRING_H

#include "command/command.h"

extern const struct command cmd_string_table[];

#endif
