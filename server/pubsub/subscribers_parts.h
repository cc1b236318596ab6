/* pubsub/subscribers_parts.h -- A shard's topics: what subscribing and publishing share. */
#ifndef TORC_PUBSUB_SUBSCRIBERS_PARTS_H
#define TORC_PUBSUB_SUBSCRIBERS_PARTS_H

#include "ds/table.h"
#include "pubsub/subscribers.h"

struct topic;

/* One client's subscription to one topic: in the topic's list, and in the client's table. */
struct subscription {
    struct subscription *next, *prev;
    struct topic *topic;
    struct client *client; /* of this shard; it ends its subscriptions before it goes */
};

/* What somebody here has subscribed to. */
struct topic {
    struct topic *next, *prev; /* of patterns */
    struct subscription *first, *last;
    uint64_t count;         /* of subscriptions */
    struct blob *shared[2]; /* the last messages to many, in RESP2 and RESP3; NULL: none */
    uint64_t hash;
    enum topic_kind kind;
    uint32_t len;
    uint8_t bytes[];
};

struct subscribers {
    struct table topics;
    struct topic *first_pattern, *last_pattern;
    struct buf texts[2]; /* of the message that is being given, in RESP2 and RESP3 */
};

static inline struct bytes topic_bytes(const struct topic *topic)
{
    return bytes_make(topic->bytes, topic->len);
}

/* For table_find() with a topic_name. */
static inline bool topic_is(const void *item, const void *wanted)
{
    const struct topic *topic = item;
    const struct topic_name *name = wanted;
    return topic->kind == name->kind && bytes_equal(topic_bytes(topic), name->bytes);
}

#endif
