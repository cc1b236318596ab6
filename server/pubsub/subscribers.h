/* pubsub/subscribers.h -- The subscriptions of a shard's clients, and what is published to them.
 *
 * A publisher asks the directory which shards have subscribers, and pushes one message to each: so
 * what one publisher says reaches every subscriber in its order. A shard hands it to its clients,
 * encoded once for each protocol. */
#ifndef TORC_PUBSUB_SUBSCRIBERS_H
#define TORC_PUBSUB_SUBSCRIBERS_H

#include "client/client.h"
#include "pubsub/directory.h"

struct subscribers;

struct subscribers *subscribers_new(struct shard *shard);
void subscribers_free(struct subscribers *subscribers); /* there are none left */

static inline struct directory *directory_of(const struct shard *shard)
{
    return shard->group->directory;
}

/* A client is about to subscribe: publishers send what they say to this shard. */
void subscribers_announce(struct client *client, enum topic_kind kind, struct bytes name);
/* What was announced. false: it had (subscribe), or had not (unsubscribe). */
bool subscribers_join(struct client *client, enum topic_kind kind, struct bytes name);
bool subscribers_leave(struct client *client, enum topic_kind kind, struct bytes name);
/* One of those that the client has of a kind, to be copied; false: none is left. */
bool subscribers_any(const struct client *client, enum topic_kind kind, struct bytes *name);

/* What somebody says on a channel. */
struct publication {
    enum topic_kind kind; /* TOPIC_CHANNEL or TOPIC_SHARD_CHANNEL */
    struct bytes channel, text;
    struct blob *blob; /* of which text is the content; NULL: it is in none */
    bool is_later;     /* not before the command at hand is over, not even here */
};

/* Returns how many subscriptions hear it. O(their shards) here. */
uint64_t subscribers_tell(struct shard *shard, const struct publication *publication);

#endif
