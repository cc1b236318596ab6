/* commands.h -- All families of commands there are. */
#ifndef TORC_COMMANDS_H
#define TORC_COMMANDS_H

#include "command/command.h"

extern const struct command *const command_tables[]; /* ends with NULL */

#endif
