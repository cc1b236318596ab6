/* admin/cmd_info.h -- INFO: what the server says of itself. */
#ifndef TORC_ADMIN_CMD_INFO_H
#define TORC_ADMIN_CMD_INFO_H

#include "command/command.h"

extern const struct command cmd_info_table[];

#endif
