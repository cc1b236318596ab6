/* command/cmd_command_info.h -- A row as COMMAND INFO shows it. */
#ifndef TORC_COMMAND_CMD_COMMAND_INFO_H
#define TORC_COMMAND_CMD_COMMAND_INFO_H

#include "command/command.h"
#include "resp/writer.h"

void command_info_write(struct writer *out, const struct command *row);
/* A set of statuses: "RW", "access". */
void command_info_write_key_flags(struct writer *out, uint16_t flags);

#endif
