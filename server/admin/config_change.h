/* admin/config_change.h -- What changes settings, or the file they came from, while a server runs.
 * All of it happens on shard 0, one after the other: CONFIG SET makes new settings from those that
 * hold, checks all of it, and only then hands them to every shard by a visit; when all have them,
 * the old ones are freed and the client is answered. Nobody sees half of it. */
#ifndef TORC_ADMIN_CONFIG_CHANGE_H
#define TORC_ADMIN_CONFIG_CHANGE_H

#include "command/call.h"

/* Both park the client. */
struct outcome config_change_set(struct call *call); /* pairs of name and value from args[2] on */
struct outcome config_change_rewrite(struct call *call);

#endif
