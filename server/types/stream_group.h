/* types/stream_group.h -- Consumer groups of a stream: how far each has read, and which entries
 * have been delivered and not been acknowledged, by whom.
 *
 * A pending entry is in the map of its group and in that of its consumer; one that was released
 * belongs to no consumer. Groups and consumers are in the order of their names.
 *
 * Costs: O(log n) of names and of pending entries; a pending entry takes some 82 bytes. */
#ifndef TORC_TYPES_STREAM_GROUP_H
#define TORC_TYPES_STREAM_GROUP_H

#include "base/breath.h"
#include "base/bytes.h"
#include "ds/counted_btree.h"
#include "ds/id_map.h"

struct stream;
struct stream_groups;

struct stream_consumer {
    int64_t seen_ms;       /* it was last named */
    int64_t active_ms;     /* it last got something; -1: never */
    struct id_map pending; /* of struct stream_pending, which are the group's */
    uint32_t name_len;
    uint8_t name[];
};

struct stream_pending {
    struct stream_consumer *consumer; /* NULL: it was released */
    int64_t delivered_ms;
    uint64_t deliveries;
};

enum { STREAM_READ_UNKNOWN = -1 };

struct stream_group {
    struct id last_id;     /* what it has read up to */
    int64_t entries_read;  /* ever, or STREAM_READ_UNKNOWN */
    struct id_map pending; /* of struct stream_pending */
    uint64_t released;     /* of these, without a consumer */
    int64_t oldest_ms;     /* none of the others was delivered before: a lower bound */
    struct counted_btree *consumers;
    uint64_t name_bytes; /* of consumers, with their names */
    uint32_t name_len;
    uint8_t name[];
};

static inline struct bytes stream_group_name(const struct stream_group *group)
{
    return bytes_make(group->name, group->name_len);
}

static inline struct bytes stream_consumer_name(const struct stream_consumer *consumer)
{
    return bytes_make(consumer->name, consumer->name_len);
}

/* --- Groups. Each takes NULL for a stream that has none --- */

uint64_t stream_groups_count(const struct stream_groups *groups);
struct stream_group *stream_groups_at(const struct stream_groups *groups, uint64_t index);
struct stream_group *stream_groups_find(const struct stream_groups *groups, struct bytes name);
struct stream_group *stream_group_new(struct stream *stream, struct bytes name); /* not there yet */
void stream_group_remove(struct stream *stream, struct stream_group *group,
                         struct breath *breath); /* O(pending) */

/* Has some group still to read an entry, or to acknowledge it? O(groups). */
bool stream_groups_want(const struct stream_groups *groups, struct id id);
/* It is pending nowhere any more. O(groups). How many have lost it. */
uint64_t stream_groups_forget(struct stream_groups *groups, struct id id);

/* --- Consumers --- */

uint64_t stream_group_consumer_count(const struct stream_group *group);
struct stream_consumer *stream_consumer_at(const struct stream_group *group, uint64_t index);
struct stream_consumer *stream_consumer_find(const struct stream_group *group, struct bytes name);
struct stream_consumer *stream_consumer_new(struct stream_group *group, struct bytes name,
                                            int64_t now_ms); /* not there yet */
/* What it has pending goes with it. O(pending). */
void stream_consumer_remove(struct stream_group *group, struct stream_consumer *consumer,
                            struct breath *breath);

/* --- Pending entries --- */

static inline struct stream_pending *stream_pending_find(const struct stream_group *group,
                                                         struct id id)
{
    return id_map_find(&group->pending, id);
}

/* Not there yet; consumer NULL: released. */
struct stream_pending *stream_pending_add(struct stream_group *group, struct id id,
                                          struct stream_consumer *consumer);
/* Another consumer's (or nobody's, NULL) from now on. */
void stream_pending_give(struct stream_group *group, struct stream_pending *pending, struct id id,
                         struct stream_consumer *consumer);
bool stream_pending_remove(struct stream_group *group, struct id id); /* false: it is not there */
/* It was delivered at that time. */
static inline void stream_pending_deliver(struct stream_group *group,
                                          struct stream_pending *pending, int64_t delivered_ms)
{
    pending->delivered_ms = delivered_ms;
    if (delivered_ms < group->oldest_ms) group->oldest_ms = delivered_ms;
}

/* Is anything released, or may have been idle for so long? */
static inline bool stream_group_may_be_idle(const struct stream_group *group, int64_t now_ms,
                                            int64_t idle_ms)
{
    return group->released || now_ms - group->oldest_ms >= idle_ms;
}

/* --- As a whole, for types/stream --- */

bool stream_groups_free_some(struct stream_groups *groups, uint64_t *work);
struct stream_groups *stream_groups_copy(const struct stream_groups *groups, struct breath *breath);
size_t stream_groups_block_size(const struct stream_groups *groups); /* O(groups) */
uint64_t stream_groups_work(const struct stream_groups *groups);     /* see value_work() */
void stream_groups_check(const struct stream_groups *groups);

#endif
