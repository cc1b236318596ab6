#include "ds/table.h"

#include "mem/mem.h"

/* Growing and shrinking: a bucket is added when there are more than 7 items for each. Measured over
 * tables of 30 to 6000 items that costs 11.7 bytes an item, and 8 of 100 items are in a chained
 * bucket (at 5: 14.4 bytes and 3 of 100; at 8: 10.8 and 12). The last bucket goes away when the
 * rest would have fewer than 5 each: far enough from 7 that a table in balance stays as it is. */
enum { GROW_ITEMS = 7, SHRINK_ITEMS = 5 };

/* Buckets of a table that is one block: sizes of the allocator's, so that none is wasted, without
 * 5, 7, 14 and 28. Those share such long runs of pages that thousands of tables which outgrow them
 * together leave the pages behind half empty: measured, 2 bytes an item. */
static const uint8_t block_sizes[] = {1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 56, 64};

static_assert(SEGMENTS_FIRST == 64, "block_sizes ends with what segments keep in one block");

enum { CHAIN_LANES = TABLE_LANES - 1, RANDOM_TRIES = 1000, RANDOM_DEPTH = 32 };

static const size_t bucket_size = sizeof(struct table_bucket);

static void set_pointer(struct table_bucket *bucket, unsigned lane, const void *pointer)
{
    uint64_t word = (uint64_t)(uintptr_t)pointer;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word << 16);
#endif
    memcpy(bucket->pointers + lane * 6, &word, 6);
}

static void set_lane(struct table_bucket *bucket, unsigned lane, uint8_t tag, const void *item)
{
    bucket->tags[lane] = tag;
    set_pointer(bucket, lane, item);
}

static bool is_chained(const struct table_bucket *bucket)
{
    return bucket->meta & TABLE_CHAINED;
}

static unsigned lanes_of(const struct table_bucket *bucket)
{
    return is_chained(bucket) ? CHAIN_LANES : TABLE_LANES;
}

static unsigned lanes_used(const struct table_bucket *bucket)
{
    return ~table_lanes_with(bucket, 0) & ((1u << lanes_of(bucket)) - 1);
}

static unsigned lanes_free(const struct table_bucket *bucket)
{
    return table_lanes_with(bucket, 0) & ((1u << lanes_of(bucket)) - 1);
}

static void bucket_init(struct table_bucket *bucket, uint8_t mark)
{
    memset(bucket, 0, sizeof *bucket);
    bucket->meta = mark;
}

/* The last item moves into a new bucket, to which the lane then points. */
static struct table_bucket *chain_begin(struct table *table, struct table_bucket *bucket)
{
    struct table_bucket *next = mem_alloc_aligned(bucket_size, bucket_size);
    bucket_init(next, 0);
    set_lane(next, 0, bucket->tags[CHAIN_LANES], table_lane(bucket, CHAIN_LANES));
    set_lane(bucket, CHAIN_LANES, 0, next);
    bucket->meta |= TABLE_CHAINED;
    table->chained_count++;
    return next;
}

static void chained_free(struct table *table, struct table_bucket *bucket)
{
    mem_free_aligned(bucket, bucket_size, bucket_size);
    table->chained_count--;
}

static void bucket_add(struct table *table, struct table_bucket *bucket, uint8_t tag,
                       const void *item)
{
    for (;;) {
        unsigned lanes = lanes_free(bucket);
        if (lanes) {
            set_lane(bucket, (unsigned)__builtin_ctz(lanes), tag, item);
            return;
        }
        struct table_bucket *next = table_next_of_chain(bucket);
        bucket = next ? next : chain_begin(table, bucket);
    }
}

static void visit_lanes(const struct table_bucket *bucket, table_visit *visit, void *context)
{
    for (unsigned lanes = lanes_used(bucket); lanes; lanes &= lanes - 1)
        visit(context, table_lane(bucket, (unsigned)__builtin_ctz(lanes)));
}

static void visit_prefetch(void *context, void *item)
{
    (void)context;
    prefetch_line(item);
}

/* Splitting and merging. */

struct split {
    struct table *table;
    struct table_bucket *low, *high;
    const struct table_owner *owner;
    uint32_t bit; /* of the hash: which of the two */
};

static void split_item(const struct split *split, uint8_t tag, void *item)
{
    uint64_t hash = split->owner->hash(split->owner->context, item);
    bucket_add(split->table, hash & split->bit ? split->high : split->low, tag, item);
}

static void split_lanes(const struct split *split, const struct table_bucket *bucket)
{
    for (unsigned lanes = lanes_used(bucket); lanes; lanes &= lanes - 1) {
        unsigned lane = (unsigned)__builtin_ctz(lanes);
        split_item(split, bucket->tags[lane], table_lane(bucket, lane));
    }
}

/* Fills the bucket behind the last one; room for it is there. */
static void split_next(struct table *table, const struct table_owner *owner)
{
    uint32_t to = table->bucket_count, bit = 1u << bits_log2(to), from = to - bit;
    struct table_bucket *low = table_bucket_at(table, from), *high = table_bucket_at(table, to);
    visit_lanes(low, visit_prefetch, NULL);
    if (owner->on_split) owner->on_split(owner->context, from, to);
    struct table_bucket old = *low;
    bucket_init(low, table_mark(&old));
    bucket_init(high, table_mark(&old));
    struct split split = {table, low, high, owner, bit};
    split_lanes(&split, &old);
    for (struct table_bucket *rest = table_next_of_chain(&old), *next; rest; rest = next) {
        split_lanes(&split, rest);
        next = table_next_of_chain(rest);
        chained_free(table, rest);
    }
    table->bucket_count++;
}

static void merge_lanes(struct table *table, struct table_bucket *to,
                        const struct table_bucket *from)
{
    for (unsigned lanes = lanes_used(from); lanes; lanes &= lanes - 1) {
        unsigned lane = (unsigned)__builtin_ctz(lanes);
        bucket_add(table, to, from->tags[lane], table_lane(from, lane));
    }
}

/* Empties the last bucket; its room stays. */
static void merge_last(struct table *table, const struct table_owner *owner)
{
    uint32_t from = table->bucket_count - 1, to = from - (1u << bits_log2(from));
    if (owner->on_merge) owner->on_merge(owner->context, from, to);
    struct table_bucket *low = table_bucket_at(table, to), *high = table_bucket_at(table, from);
    merge_lanes(table, low, high);
    for (struct table_bucket *rest = table_next_of_chain(high), *next; rest; rest = next) {
        merge_lanes(table, low, rest);
        next = table_next_of_chain(rest);
        chained_free(table, rest);
    }
    table->bucket_count--;
}

static void begin(struct table *table, uint8_t mark)
{
    segments_resize(&table->buckets, 0, 1, bucket_size);
    bucket_init(table_bucket_at(table, 0), mark);
    table->bucket_count = 1;
}

/* The number of buckets that is next above: one more, or the next larger block. */
static uint32_t step_up(uint32_t count)
{
    if (count >= SEGMENTS_FIRST) return count + 1;
    unsigned i = 0;
    while (block_sizes[i] <= count)
        i++;
    return block_sizes[i];
}

static uint32_t step_down(uint32_t count)
{
    if (count > SEGMENTS_FIRST) return count - 1;
    unsigned i = 0;
    while (block_sizes[i + 1] < count)
        i++;
    return block_sizes[i];
}

static void grow(struct table *table, const struct table_owner *owner)
{
    uint32_t count = table->bucket_count, target = step_up(count);
    segments_resize(&table->buckets, count, target, bucket_size);
    while (table->bucket_count < target)
        split_next(table, owner);
}

static void shrink_if_due(struct table *table, const struct table_owner *owner)
{
    uint32_t count = table->bucket_count;
    if (count == 1 || table->count >= (uint64_t)count * SHRINK_ITEMS) return;
    uint32_t target = step_down(count);
    if (table->count >= (uint64_t)target * SHRINK_ITEMS) return;
    while (table->bucket_count > target)
        merge_last(table, owner);
    segments_resize(&table->buckets, count, target, bucket_size);
}

void table_insert(struct table *table, uint64_t hash, void *item, const struct table_owner *owner)
{
    DEBUG_ASSERT((uintptr_t)item >> 48 == 0);
    if (!table->bucket_count) begin(table, owner->mark);
    if (table->count >= (uint64_t)table->bucket_count * GROW_ITEMS) grow(table, owner);
    bucket_add(table, table_bucket_at(table, table_index(table, hash)), table_tag(hash), item);
    table->count++;
}

/* Where an item stands. */
struct spot {
    struct table_bucket *bucket, *previous; /* of the chain; NULL: it is the first */
    unsigned lane;
};

static struct spot get_spot(const struct table *table, uint64_t hash, const void *item)
{
    struct table_bucket *previous = NULL;
    struct table_bucket *bucket = table_bucket_at(table, table_index(table, hash));
    for (; bucket; previous = bucket, bucket = table_next_of_chain(bucket)) {
        unsigned lanes = table_lanes_with(bucket, table_tag(hash));
        for (; lanes; lanes &= lanes - 1) {
            unsigned lane = (unsigned)__builtin_ctz(lanes);
            if (table_lane(bucket, lane) == item) return (struct spot){bucket, previous, lane};
        }
    }
    FATAL("an item is not where its hash says");
}

void table_replace(struct table *table, uint64_t hash, const void *item, void *moved)
{
    struct spot spot = get_spot(table, hash, item);
    set_pointer(spot.bucket, spot.lane, moved);
}

/* The hole is filled from the chain's last bucket, so that all others stay full; a last bucket of a
 * single item is joined to the one before. */
static void remove_spot(struct table *table, struct spot spot)
{
    struct table_bucket *last = spot.bucket, *previous = spot.previous, *next;
    for (; (next = table_next_of_chain(last)); last = next)
        previous = last;
    spot.bucket->tags[spot.lane] = 0;
    if (last != spot.bucket) {
        unsigned lane = (unsigned)__builtin_ctz(lanes_used(last));
        set_lane(spot.bucket, spot.lane, last->tags[lane], table_lane(last, lane));
        last->tags[lane] = 0;
    }
    unsigned rest = lanes_used(last);
    if (!previous || rest & (rest - 1)) return;
    unsigned lane = (unsigned)__builtin_ctz(rest);
    previous->meta &= (uint8_t)~TABLE_CHAINED;
    set_lane(previous, CHAIN_LANES, last->tags[lane], table_lane(last, lane));
    chained_free(table, last);
}

void table_remove(struct table *table, uint64_t hash, const void *item,
                  const struct table_owner *owner)
{
    remove_spot(table, get_spot(table, hash, item));
    if (--table->count == 0)
        table_fini(table);
    else
        shrink_if_due(table, owner);
}

static void free_chain(struct table *table, struct table_bucket *bucket)
{
    for (struct table_bucket *rest = table_next_of_chain(bucket), *next; rest; rest = next) {
        next = table_next_of_chain(rest);
        chained_free(table, rest);
    }
}

void table_fini(struct table *table)
{
    for (uint32_t i = 0; i < table->bucket_count && table->chained_count; i++)
        free_chain(table, table_bucket_at(table, i));
    segments_resize(&table->buckets, table->bucket_count, 0, bucket_size);
    *table = (struct table){.count = 0};
}

void table_visit_bucket(const struct table *table, uint32_t index, table_visit *visit,
                        void *context)
{
    const struct table_bucket *bucket = table_bucket_at(table, index);
    visit_lanes(bucket, visit_prefetch, NULL);
    for (; bucket; bucket = table_next_of_chain(bucket))
        visit_lanes(bucket, visit, context);
}

/* The cursor's reversed bits are a point on the line of all reversed hashes, and a bucket is an
 * interval of that line, of one of two lengths. All before the point has been visited; a step
 * visits the interval that holds the point, and moves the point to its end. Growing and shrinking
 * cut and join intervals, which cannot move an item across the point. */
uint32_t table_scan(const struct table *table, uint32_t cursor, table_visit *visit, void *context)
{
    if (!table->bucket_count) return 0;
    uint32_t count = table->bucket_count, mask = (1u << bits_log2(count)) - 1;
    bool split = (cursor & mask) + mask + 1 < count;
    if (split) mask = mask << 1 | 1;
    table_visit_bucket(table, cursor & mask, visit, context);
    return bits_reverse32(bits_reverse32(cursor | ~mask) + 1);
}

static void *item_at_depth(const struct table_bucket *bucket, unsigned depth)
{
    for (; bucket; bucket = table_next_of_chain(bucket)) {
        unsigned lanes = lanes_used(bucket);
        for (; lanes; lanes &= lanes - 1)
            if (depth-- == 0) return table_lane(bucket, (unsigned)__builtin_ctz(lanes));
    }
    return NULL;
}

/* A bucket and a depth drawn together: each item that stands less than RANDOM_DEPTH deep in its
 * chain is as likely as any other. Deeper ones, of which there are practically none, cannot be
 * drawn. */
void *table_random(const struct table *table, struct random *random)
{
    if (!table->count) return NULL;
    for (unsigned i = 0; i < RANDOM_TRIES; i++) {
        uint32_t index = (uint32_t)random_below(random, table->bucket_count);
        unsigned depth = (unsigned)random_below(random, RANDOM_DEPTH);
        void *item = item_at_depth(table_bucket_at(table, index), depth);
        if (item) return item;
    }
    for (uint32_t index = 0;; index++) {
        void *item = item_at_depth(table_bucket_at(table, index), 0);
        if (item) return item;
    }
}

bool table_drain(struct table *table, table_visit *visit, void *context)
{
    uint32_t count = table->bucket_count;
    if (!count) return false;
    uint32_t target = count > SEGMENTS_FIRST ? count - 1 : 0;
    for (uint32_t index = target; index < count; index++) {
        table_visit_bucket(table, index, visit, context);
        free_chain(table, table_bucket_at(table, index));
    }
    segments_resize(&table->buckets, count, target, bucket_size);
    table->bucket_count = target;
    if (!target) table->count = 0;
    return true;
}

size_t table_block_size(const struct table *table)
{
    return segments_block_size(&table->buckets, table->bucket_count, bucket_size) +
           table->chained_count * bucket_size;
}

static uint64_t check_lanes(const struct table *table, const struct table_bucket *bucket,
                            uint32_t index, const struct table_owner *owner)
{
    uint64_t count = 0;
    for (unsigned lanes = lanes_used(bucket); lanes; lanes &= lanes - 1, count++) {
        unsigned lane = (unsigned)__builtin_ctz(lanes);
        uint64_t hash = owner->hash(owner->context, table_lane(bucket, lane));
        ASSERT(table_tag(hash) == bucket->tags[lane]);
        ASSERT(table_index(table, hash) == index);
    }
    ASSERT(!is_chained(bucket) || (count == CHAIN_LANES && bucket->tags[CHAIN_LANES] == 0));
    return count;
}

void table_check(const struct table *table, const struct table_owner *owner)
{
    uint64_t count = 0, chained = 0;
    for (uint32_t index = 0; index < table->bucket_count; index++) {
        const struct table_bucket *bucket = table_bucket_at(table, index), *next;
        count += check_lanes(table, bucket, index, owner);
        for (; (next = table_next_of_chain(bucket)); bucket = next, chained++) {
            uint64_t here = check_lanes(table, next, index, owner);
            ASSERT(here >= 2);
            count += here;
        }
    }
    ASSERT(count == table->count);
    ASSERT(chained == table->chained_count);
    ASSERT(count > 0 || table->bucket_count == 0);
    ASSERT(table->bucket_count <= 1 ||
           step_up(step_down(table->bucket_count)) == table->bucket_count);
}
