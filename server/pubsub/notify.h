/* pubsub/notify.h -- Keyspace notifications: what happens to keys, published on the channels
 * __keyspace@<db>__:<key> and __keyevent@<db>__:<event>. Fed by the store's changes, so no command
 * can forget them; told when the command at hand is over, in the order of its changes. */
#ifndef TORC_PUBSUB_NOTIFY_H
#define TORC_PUBSUB_NOTIFY_H

#include "shard/shard.h"

void notify_of_change(struct shard *shard, const struct change *change);

#endif
