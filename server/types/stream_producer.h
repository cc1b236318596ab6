/* types/stream_producer.h -- What producers have added to a stream lately, so that an addition that
 * is sent again is not made again.
 *
 * Each producer has the last additions, oldest first, each as the digest of what its sender called
 * it, the id it got, and when. They are forgotten after a time, or when they become too many; a
 * producer without any goes.
 *
 * In payloads, from RDB_STREAM_4 on:
 *
 *     seconds | count | producers: count | name | additions: count | what it was called | id | ...
 *     added | duplicates
 *
 * What an addition was called is not kept, only its digest, which is written in its place behind
 * DIGEST_MARK: redis-server takes it for a name that nobody will use. Of names that it has written
 * the digest is taken, so that its additions are known here. When is not written: what was added
 * has an id of that time.
 *
 * Costs: O(additions remembered of one producer), some 2 ns each, and 48 bytes. */
#ifndef TORC_TYPES_STREAM_PRODUCER_H
#define TORC_TYPES_STREAM_PRODUCER_H

#include "base/breath.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "ds/id_map.h"
#include "mem/buf.h"

struct rdb_reader;
struct stream;
struct stream_producers;

enum {
    STREAM_REMEMBER_S = 100, /* seconds that an addition is remembered */
    STREAM_REMEMBER_S_MAX = 86400,
    STREAM_REMEMBER_COUNT = 100, /* of each producer */
    STREAM_REMEMBER_COUNT_MAX = 10000,
};

/* An addition by a producer. */
struct stream_addition {
    struct bytes producer;
    struct digest digest;
    int64_t now_ms;
};

/* Was it made before, and is remembered? Then *id is what it got. `producers` may be NULL. */
bool stream_producers_find(const struct stream_producers *producers,
                           const struct stream_addition *addition, struct id *id);
void stream_producers_count_duplicate(struct stream_producers *producers);
void stream_producers_add(struct stream *stream, const struct stream_addition *addition,
                          struct id id);

struct stream_producer_limits {
    int64_t seconds, count;
};
struct stream_producer_limits stream_producers_limits(const struct stream_producers *producers);
/* Forgets all additions, if it changes the limits. O(additions). */
void stream_producers_set_limits(struct stream *stream, struct stream_producer_limits limits,
                                 struct breath *breath);

struct stream_producer_figures {
    uint64_t producers, remembered, added, duplicates;
};
struct stream_producer_figures stream_producers_figures(const struct stream_producers *producers);

/* As a whole, for types/stream; each takes NULL. */
bool stream_producers_free_some(struct stream_producers *producers, uint64_t *work);
struct stream_producers *stream_producers_copy(const struct stream_producers *producers,
                                               struct breath *breath);
void stream_producers_dump(const struct stream_producers *producers, struct buf *out,
                           struct breath *breath);
/* false: it is not sound; what was read is the stream's. */
bool stream_producers_restore(struct stream *stream, struct rdb_reader *reader,
                              struct breath *breath);
size_t stream_producers_block_size(const struct stream_producers *producers);
void stream_producers_check(const struct stream_producers *producers);

#endif
