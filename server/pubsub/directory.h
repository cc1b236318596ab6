/* pubsub/directory.h -- Which shards have subscribers of a channel, and how many: so that only
 * those are visited, and PUBLISH knows at once whom it reaches.
 *
 * Shared by all shards. It is divided by the hash of names; each part has a latch of its own, held
 * for one lookup or one walk over the part, in which nothing else is waited for. A part without
 * names is not locked at all.
 *
 * Cost: O(1) for a channel, and one glob match for each pattern that anybody has. A name takes some
 * 60 bytes, itself, and 4 for each shard. */
#ifndef TORC_PUBSUB_DIRECTORY_H
#define TORC_PUBSUB_DIRECTORY_H

#include "base/bytes.h"
#include "shard/settings.h"

struct directory;

enum topic_kind { TOPIC_CHANNEL, TOPIC_SHARD_CHANNEL, TOPIC_PATTERN, TOPIC_KIND_COUNT };

struct topic_name {
    enum topic_kind kind;
    uint64_t hash; /* of the kind and the bytes: topic_name_of() */
    struct bytes bytes;
};

/* Who hears of something. */
struct audience {
    uint64_t subscriptions; /* one client may have several */
    uint64_t shards[SETTINGS_SHARDS_MAX / 64];
};

struct directory *directory_new(uint16_t shard_count);
void directory_free(struct directory *directory); /* nobody subscribes to anything */

struct topic_name topic_name_of(const struct directory *directory, enum topic_kind kind,
                                struct bytes bytes);

/* A client of that shard has subscribed; has ended it. */
void directory_join(struct directory *directory, const struct topic_name *name, uint16_t shard);
void directory_leave(struct directory *directory, const struct topic_name *name, uint16_t shard);
/* Whom a message on this channel reaches. */
void directory_find(struct directory *directory, const struct topic_name *channel,
                    struct audience *audience);

/* How many subscribers a name has. */
uint64_t directory_subscribers(struct directory *directory, const struct topic_name *name);
/* How many names of this kind there are. */
uint64_t directory_count(struct directory *directory, enum topic_kind kind);
/* Names of a kind with the number of their subscribers. `visit` runs under a latch: it only copies.
 */
void directory_list(struct directory *directory, enum topic_kind kind,
                    void (*visit)(void *context, struct bytes name, uint64_t subscribers),
                    void *context);

#endif
