/* admin/cmd_admin.h -- TIME, LOLWUT, MEMORY. */
#ifndef TORC_ADMIN_CMD_ADMIN_H
#define TORC_ADMIN_CMD_ADMIN_H

#include "command/command.h"

extern const struct command cmd_admin_table[];

#endif
