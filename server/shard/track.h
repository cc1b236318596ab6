/* shard/track.h -- Clients that keep what they have read, and want to hear when it changes: CLIENT
 * TRACKING, as far as shards have to do with it.
 *
 * Whoever runs a command that reads remembers, in the slots of its keys, which client has it
 * (store/interest.h); whoever changes a key pushes a message to the fronts of those clients, before
 * any reply to the command that changed it. A front delivers what is in its inbox before a reply
 * that depends on it: so whoever sees the effect of a change has been told before. */
#ifndef TORC_SHARD_TRACK_H
#define TORC_SHARD_TRACK_H

#include "shard/shard.h"

/* Names a client for all shards: its front and its handle there. Never 0. */
enum { TRACKER_INDEX_BITS = 22, TRACKER_INDEX_MAX = (1 << TRACKER_INDEX_BITS) - 1 };

static inline uint64_t tracker_of(uint16_t front, uint32_t index, uint32_t generation)
{
    return (uint64_t)front << (32 + TRACKER_INDEX_BITS) | (uint64_t)(index + 1) << 32 | generation;
}

static inline uint16_t tracker_front(uint64_t tracker)
{
    return (uint16_t)(tracker >> (32 + TRACKER_INDEX_BITS));
}

static inline uint32_t tracker_index(uint64_t tracker)
{
    return ((uint32_t)(tracker >> 32) & ((1u << TRACKER_INDEX_BITS) - 1)) - 1;
}

/* The call has been answered: the keys that it has read are remembered for its client. */
void track_reads(struct shard *shard, struct call *call);

/* A key, on its way to one front, for some of its clients. */
struct stale_message {
    struct message message;
    uint64_t by; /* as in struct stale */
    size_t size;
    struct bytes key; /* ptr NULL: all keys */
    uint32_t count;
    uint64_t trackers[]; /* the key's bytes stand behind them */
};

/* Tells each front what concerns its clients; `deliver` frees the message. */
void track_send(struct shard *shard, const struct stale *stale,
                void (*deliver)(struct shard *front, struct message *message));
static inline void stale_message_free(struct stale_message *message)
{
    mem_free(message, message->size);
}

/* BCAST: a client wants to hear of keys with this prefix, or no longer of any. */
void track_prefix(struct shard *shard, uint64_t tracker, struct bytes prefix);
void track_no_prefix(struct shard *shard, uint64_t tracker);
/* For each prefix that the key has: `visit` is called with the clients who want to hear of it. */
void track_match(const struct shard *shard, struct bytes key,
                 void (*visit)(void *context, const struct tracking_prefix *prefix), void *context);

#endif
