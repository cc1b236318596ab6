/* command/cmd_bitmap.h -- The bitmap family: strings as rows of bits. */
#ifndef TORC_COMMAND_CMD_BITMAP_H
#define TORC_COMMAND_CMD_BITMAP_H

#include "command/command.h"

extern const struct command cmd_bitmap_table[];

#endif
