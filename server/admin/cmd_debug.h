/* admin/cmd_debug.h -- DEBUG: what test suites lean on. Refused unless enable-debug-command allows
 * it. */
#ifndef TORC_ADMIN_CMD_DEBUG_H
#define TORC_ADMIN_CMD_DEBUG_H

#include "command/command.h"

extern const struct command cmd_debug_table[];

#endif
