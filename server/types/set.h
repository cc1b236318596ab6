/* types/set.h -- Sets. All integers: an intset; small: a listpack; else a struct set, a hash table
 * of members, each an allocation of its own (types/item.h) of some 12 bytes more than it has.
 *
 * Costs: has, add and remove O(1), of small sets O(members), which the settings bound. A set may
 * become another form as it grows, never as it shrinks. Members of a struct set are hashed under a
 * secret of the process, the same for all sets, so that a hash taken for one is good for others. */
#ifndef TORC_TYPES_SET_H
#define TORC_TYPES_SET_H

#include "ds/table_cursor.h"
#include "types/intset.h"
#include "types/listpack.h"
#include "types/value.h"

struct set {
    struct table table;
    uint64_t item_bytes; /* what items take from the allocator */
    struct hash_key hash_key;
};

extern const struct value_class set_class;

bool set_has(const struct value *set, struct bytes member);
/* false: it was there. `member` must not lie in the set. */
bool set_add(struct value *set, struct bytes member, const struct type_limits *limits);
/* false: it was not there. `member` may lie in the set. */
bool set_remove(struct value *set, struct bytes member);

/* All members, in no order that means anything. The set must not change meanwhile. */
struct set_cursor {
    const struct value *set;
    uint32_t at; /* position in the listpack, index in the intset */
    struct table_cursor table;
    char digits[NUMBER_INT_MAX];
};

void set_begin(struct set_cursor *cursor, const struct value *set);
/* An integer's digits are the cursor's, until the next step. */
bool set_next(struct set_cursor *cursor, struct bytes *member);

/* Members by the batch: those of one set, asked of others, with the memory that this touches
 * fetched ahead for all of them. */
enum { SET_BATCH = 32 };

struct set_batch {
    uint32_t count;
    bool is_hashed;
    struct bytes members[SET_BATCH];
    uint64_t hashes[SET_BATCH];
    char digits[SET_BATCH][NUMBER_INT_MAX];
};

bool set_next_batch(struct set_cursor *cursor, struct set_batch *batch); /* false: that was all */
/* One bit for each of the batch's members that the set has, of those in `wanted`. */
uint32_t set_has_batch(const struct value *set, struct set_batch *batch, uint32_t wanted);

/* A member, all nearly equally likely; an integer is written into `digits`. Of a set that is not
 * empty. A small one: O(members). */
struct bytes set_random(const struct value *set, struct random *random,
                        char digits[NUMBER_INT_MAX]);

/* Is drawing O(1), and does a member stay where it is while the set does not change? */
static inline bool set_is_large(const struct value *set)
{
    return set->encoding == VALUE_OBJECT;
}

/* A pass in steps, as SSCAN; see table_scan(). A small set is one step. */
typedef void set_visit(void *context, struct bytes member);
uint32_t set_scan(const struct value *set, uint32_t cursor, set_visit *visit, void *context);

/* How much work it is to pass and write all members; O(1). */
uint64_t set_work(const struct value *set);

#endif
