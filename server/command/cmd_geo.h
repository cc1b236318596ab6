/* command/cmd_geo.h -- The commands for places on earth: sorted sets whose scores are geohashes. */
#ifndef TORC_COMMAND_CMD_GEO_H
#define TORC_COMMAND_CMD_GEO_H

#include "command/command.h"

extern const struct command cmd_geo_table[];

#endif
