/* diff/events.h -- What a server publishes while it runs a command: notifications and messages. */
#ifndef TESTS_DIFF_EVENTS_H
#define TESTS_DIFF_EVENTS_H

#include "support/wire.h"

/* Subscribes; `notify`: to keyspace notifications as well, all of which are turned on. */
bool events_listen(struct wire *listener, struct wire *control, bool notify);
/* Adds to the text what has come since the last time; expiries are left out, and if so said keys
 * that were missed. */
bool events_hear(struct wire *listener, struct wire *control, bool with_misses, struct text *text);

#endif
