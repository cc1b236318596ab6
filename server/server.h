/* server.h -- The composition: settings to shards to listeners. */
#ifndef TORC_SERVER_H
#define TORC_SERVER_H

#include "shard/settings.h"

/* Runs a server until it is shut down. Returns the exit status of the process. */
int server_run(const struct settings *settings);

#endif
