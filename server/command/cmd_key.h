/* command/cmd_key.h -- The generic family: what needs no particular type, and whole databases. */
#ifndef TORC_COMMAND_CMD_KEY_H
#define TORC_COMMAND_CMD_KEY_H

#include "command/command.h"

extern const struct command cmd_key_table[];

#endif
