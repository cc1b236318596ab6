/* command/cmd_sort.h -- SORT and SORT_RO. */
#ifndef TORC_COMMAND_CMD_SORT_H
#define TORC_COMMAND_CMD_SORT_H

#include "command/command.h"

extern const struct command cmd_sort_table[];

#endif
