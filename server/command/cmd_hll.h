/* command/cmd_hll.h -- The HyperLogLog family: strings that count different elements. */
#ifndef TORC_COMMAND_CMD_HLL_H
#define TORC_COMMAND_CMD_HLL_H

#include "command/command.h"

extern const struct command cmd_hll_table[];

#endif
