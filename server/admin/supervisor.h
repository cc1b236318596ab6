/* admin/supervisor.h -- Who has started the server and wants to hear how it is doing. */
#ifndef TORC_ADMIN_SUPERVISOR_H
#define TORC_ADMIN_SUPERVISOR_H

#include "shard/settings.h"

/* Who there really is, by the setting and the environment: never SUPERVISED_AUTO. */
enum supervised supervisor_find(const struct settings *settings);
/* Logs if the setting asks for one that is not there. */
void supervisor_warn(const struct settings *settings);
void supervisor_say_ready(const struct settings *settings);
void supervisor_say_stopping(const struct settings *settings);

#endif
