/* command/cmd_hash.h -- The hash family. */
#ifndef TORC_COMMAND_CMD_HASH_H
#define TORC_COMMAND_CMD_HASH_H

#include "command/command.h"

extern const struct command cmd_hash_table[];

#endif
