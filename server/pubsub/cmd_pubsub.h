/* pubsub/cmd_pubsub.h -- SUBSCRIBE, PUBLISH and their family. */
#ifndef TORC_PUBSUB_CMD_PUBSUB_H
#define TORC_PUBSUB_CMD_PUBSUB_H

#include "command/command.h"

extern const struct command cmd_pubsub_table[];

#endif
