/* ds/table.h -- A hash table of pointers: linear hashing over buckets of one cache line, grown and
 * shrunk by single buckets, so that no operation ever pays for a rehash and memory never doubles.
 *
 *     bucket: | 9 tags of 1 byte | meta | 9 pointers of 6 bytes |   tag 0: the lane is free
 *     meta:   | chained: 1 bit | mark: 7 bits |
 *
 * A chained bucket's last pointer is another bucket with more of the same. The tag is 8 bits of the
 * hash that do not choose the bucket, and all tags are compared at once, so that a lookup costs the
 * bucket's cache line and the item's. Up to 64 buckets are one block of exactly an allocator's
 * class (a table of 60 items costs some 12 bytes each); larger ones are segments, and nothing large
 * moves.
 *
 * The table knows items as pointers and asks for their hash only when a bucket splits. It tells its
 * owner before a bucket splits or merges (struct table_owner), so that what is kept beside the
 * buckets can follow; a bucket's mark goes with it. */
#ifndef TORC_DS_TABLE_H
#define TORC_DS_TABLE_H

#include <assert.h>

#include "base/prefetch.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/random.h"
#include "ds/segments.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    TABLE_LANES = 9,
    TABLE_CHAINED = 0x80,
    TABLE_MARK = 0x7f,
};

struct table_bucket {
    uint8_t tags[TABLE_LANES];
    uint8_t meta;
    uint8_t pointers[TABLE_LANES * 6];
};

static_assert(sizeof(struct table_bucket) == 64, "a bucket is a cache line");

/* A zeroed table is an empty one that owns nothing. */
struct table {
    struct segments buckets;
    uint64_t count;        /* items */
    uint32_t bucket_count; /* without chained ones */
    uint32_t chained_count;
};

/* What a table asks of and tells its owner; on_split and on_merge may be NULL. */
struct table_owner {
    uint64_t (*hash)(void *context, const void *item);
    /* Bucket `from` is about to give a part of its items to the new bucket `to`. */
    void (*on_split)(void *context, uint32_t from, uint32_t to);
    /* Bucket `from`, the last one, is about to be joined to `to`. */
    void (*on_merge)(void *context, uint32_t from, uint32_t to);
    void *context;
    uint8_t mark; /* of the first bucket of a table that begins */
};

/* Bucket of a hash now. */
static inline uint32_t table_index(const struct table *table, uint64_t hash)
{
    uint32_t count = table->bucket_count;
    uint32_t mask = (1u << bits_log2(count)) - 1; /* of the buckets that stood before this round */
    uint32_t wide = (uint32_t)hash & (mask << 1 | 1);
    return wide < count ? wide : (uint32_t)hash & mask;
}

static inline struct table_bucket *table_bucket_at(const struct table *table, uint32_t index)
{
    return segments_at(&table->buckets, index, sizeof(struct table_bucket));
}

static inline uint8_t table_tag(uint64_t hash)
{
    uint8_t tag = (uint8_t)(hash >> 56);
    return tag ? tag : 1;
}

/* One bit for each lane that has this tag (0: the free ones). */
static inline unsigned table_lanes_with(const struct table_bucket *bucket, uint8_t tag)
{
#if defined(__SSE2__)
    __m128i head = _mm_load_si128((const __m128i *)(const void *)bucket);
    unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(head, _mm_set1_epi8((char)tag)));
    return mask & ((1u << TABLE_LANES) - 1);
#else
    unsigned mask = 0;
    for (unsigned lane = 0; lane < TABLE_LANES; lane++)
        mask |= (unsigned)(bucket->tags[lane] == tag) << lane;
    return mask;
#endif
}

static inline void *table_lane(const struct table_bucket *bucket, unsigned lane)
{
    uint64_t word; /* the two bytes before the pointer are part of the bucket for every lane */
    memcpy(&word, (const uint8_t *)bucket + 8 + lane * 6, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return (void *)(uintptr_t)(word >> 16);
}

static inline uint8_t table_mark(const struct table_bucket *bucket)
{
    return bucket->meta & TABLE_MARK;
}

static inline void table_set_mark(struct table_bucket *bucket, uint8_t mark)
{
    bucket->meta = (bucket->meta & TABLE_CHAINED) | mark;
}

static inline struct table_bucket *table_next_of_chain(const struct table_bucket *bucket)
{
    return bucket->meta & TABLE_CHAINED ? table_lane(bucket, TABLE_LANES - 1) : NULL;
}

typedef bool table_match(const void *item, const void *key);

/* The item with this hash for which `match` says yes, or NULL. Name `match` itself, so that it is
 * inlined. */
static inline __attribute__((always_inline)) void *
table_find(const struct table *table, uint64_t hash, table_match *match, const void *key)
{
    if (!table->count) return NULL;
    const struct table_bucket *bucket = table_bucket_at(table, table_index(table, hash));
    do {
        unsigned lanes = table_lanes_with(bucket, table_tag(hash));
        for (; lanes; lanes &= lanes - 1) {
            void *item = table_lane(bucket, (unsigned)__builtin_ctz(lanes));
            if (likely(match(item, key))) return item;
        }
        bucket = table_next_of_chain(bucket);
    } while (unlikely(bucket != NULL));
    return NULL;
}

/* Two steps ahead of a lookup: the bucket's line, then the first two lines of the item whose tag
 * agrees: a small value ends on the second. */
static inline void table_prefetch_bucket(const struct table *table, uint64_t hash)
{
    if (table->count) prefetch_line(table_bucket_at(table, table_index(table, hash)));
}

static inline void table_prefetch_item(const struct table *table, uint64_t hash)
{
    if (!table->count) return;
    const struct table_bucket *bucket = table_bucket_at(table, table_index(table, hash));
    unsigned lanes = table_lanes_with(bucket, table_tag(hash));
    if (!lanes) return;
    const uint8_t *item = table_lane(bucket, (unsigned)__builtin_ctz(lanes));
    prefetch_line(item);
    prefetch_line(item + 64);
}

void table_fini(struct table *table); /* gives the buckets back, not the items */

/* Adds an item that is not there; grows the table by a bucket or a few when it is due. */
void table_insert(struct table *table, uint64_t hash, void *item, const struct table_owner *owner);
/* The item has moved. It must be there. */
void table_replace(struct table *table, uint64_t hash, const void *item, void *moved);
/* Takes the item out, which must be there; shrinks the table when it is due. */
void table_remove(struct table *table, uint64_t hash, const void *item,
                  const struct table_owner *owner);

typedef void table_visit(void *context, void *item);

/* Visits all items of one bucket, chained ones too. Items visited may be changed, but nothing may
 * be inserted or removed. */
void table_visit_bucket(const struct table *table, uint32_t index, table_visit *visit,
                        void *context);
/* A pass in steps, as SCAN: 0 begins, 0 comes back at the end; between steps the table may change
 * as it likes. Every item that is there from the first to the last step is visited at least once.
 */
uint32_t table_scan(const struct table *table, uint32_t cursor, table_visit *visit, void *context);
/* Some item, all nearly equally likely. NULL when empty. */
void *table_random(const struct table *table, struct random *random);
/* Takes some items (a bucket's, or the up to 64 first buckets') out of a table that will not be
 * used as such again, visiting each; false: it was empty. For freeing by and by. */
bool table_drain(struct table *table, table_visit *visit, void *context);

/* Memory that the table takes, without its items. */
size_t table_block_size(const struct table *table);
/* Asserts the invariants; O(n). */
void table_check(const struct table *table, const struct table_owner *owner);

#endif
