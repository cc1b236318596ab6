/* command/cmd_command_docs.h -- A row as COMMAND DOCS shows it: its words, and its arguments as a
 * tree. */
#ifndef TORC_COMMAND_CMD_COMMAND_DOCS_H
#define TORC_COMMAND_CMD_COMMAND_DOCS_H

#include "command/call.h"

/* The full name, then the map; made in the call's scratch. */
void command_docs_write(struct call *call, const struct command *row);

#endif
