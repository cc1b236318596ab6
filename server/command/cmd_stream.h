/* command/cmd_stream.h -- The stream commands, but for what it takes to wait. */
#ifndef TORC_COMMAND_CMD_STREAM_H
#define TORC_COMMAND_CMD_STREAM_H

#include "command/command.h"

extern const struct command cmd_stream_table[];

#endif
