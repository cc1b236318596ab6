/* command/cmd_zset.h -- The sorted set commands. */
#ifndef TORC_COMMAND_CMD_ZSET_H
#define TORC_COMMAND_CMD_ZSET_H

#include "command/command.h"

extern const struct command cmd_zset_table[];

#endif
