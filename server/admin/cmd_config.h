/* admin/cmd_config.h -- CONFIG: settings of a server that runs. */
#ifndef TORC_ADMIN_CMD_CONFIG_H
#define TORC_ADMIN_CMD_CONFIG_H

#include "command/command.h"

extern const struct command cmd_config_table[];

#endif
