/* ds/segments.h -- An array that grows and shrinks at its end without moving what is large.
 * Up to 64 items are one block, exactly as large as asked for. Behind them each doubling of the
 * count is laid out in 8 segments, so that at most an eighth is allocated ahead, and an item is
 * found with one more load:
 *
 *     first[0..63] | 8 x 8 items | 8 x 16 | 8 x 32 | ...      directory: 8 pointers a doubling
 *
 * Items are not initialized. The block of the first items is as large as it was last made by
 * segments_resize(); the directory has room for the pointers of the doublings begun. */
#ifndef TORC_DS_SEGMENTS_H
#define TORC_DS_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"

enum { SEGMENTS_FIRST = 64 };

struct segments {
    uint8_t *first;
    uint8_t **directory; /* NULL up to SEGMENTS_FIRST items */
};

/* The least number of items >= count that fills its memory block, for who wants to move the first
 * block seldom: below SEGMENTS_FIRST of the allocator's classes, above `count` itself. */
uint32_t segments_round(uint32_t count, size_t item_size);
/* Makes room for `count` items where there was room for `old_count`; to 0: all memory is given
 * back. Costs O(1) allocations for each segment begun or ended; below 64 items the block may move.
 */
void segments_resize(struct segments *segments, uint32_t old_count, uint32_t count,
                     size_t item_size);
/* What it takes from the allocator. */
size_t segments_block_size(const struct segments *segments, uint32_t count, size_t item_size);

static inline void *segments_at(const struct segments *segments, uint32_t index, size_t item_size)
{
    if (__builtin_expect(index < SEGMENTS_FIRST, 1)) return segments->first + index * item_size;
    unsigned level = bits_log2(index); /* >= 6 */
    uint32_t segment = (level - 6) * 8 + ((index >> (level - 3)) & 7);
    uint32_t offset = index & ((1u << (level - 3)) - 1);
    return segments->directory[segment] + offset * item_size;
}

#endif
