#include "ds/segments.h"

#include <string.h>

#include "base/check.h"
#include "mem/mem.h"

static bool is_segment_start(uint32_t index)
{
    return (index & ((1u << (bits_log2(index) - 3)) - 1)) == 0;
}

static size_t segment_len(uint32_t index, size_t item_size)
{
    return ((size_t)1 << (bits_log2(index) - 3)) * item_size;
}

static uint8_t **segment_slot(const struct segments *segments, uint32_t index)
{
    unsigned level = bits_log2(index);
    return &segments->directory[(level - 6) * 8 + ((index >> (level - 3)) & 7)];
}

/* Bytes of the directory of an array in which `index` is the last item. */
static size_t directory_len(uint32_t index)
{
    if (index < SEGMENTS_FIRST) return 0;
    return (size_t)(bits_log2(index) - 5) * 8 * sizeof(uint8_t *);
}

uint32_t segments_round(uint32_t count, size_t item_size)
{
    if (count == 0 || count > SEGMENTS_FIRST) return count;
    size_t fitting = mem_block_size(count * item_size) / item_size;
    return fitting < SEGMENTS_FIRST ? (uint32_t)fitting : SEGMENTS_FIRST;
}

static void resize_first(struct segments *segments, uint32_t old_count, uint32_t count,
                         size_t item_size)
{
    uint8_t *block = count ? mem_alloc_aligned(count * item_size, item_size) : NULL;
    uint32_t kept = old_count < count ? old_count : count;
    if (kept) memcpy(block, segments->first, kept * item_size);
    if (old_count) mem_free_aligned(segments->first, old_count * item_size, item_size);
    segments->first = block;
}

static void push(struct segments *segments, uint32_t index, size_t item_size)
{
    if (!is_segment_start(index)) return;
    size_t old_len = directory_len(index - 1), len = directory_len(index);
    if (len != old_len) segments->directory = mem_resize(segments->directory, old_len, len);
    *segment_slot(segments, index) = mem_alloc_aligned(segment_len(index, item_size), item_size);
}

static void pop(struct segments *segments, uint32_t index, size_t item_size)
{
    if (!is_segment_start(index)) return;
    mem_free_aligned(*segment_slot(segments, index), segment_len(index, item_size), item_size);
    size_t old_len = directory_len(index), len = directory_len(index - 1);
    if (len == old_len) return;
    if (len) {
        segments->directory = mem_resize(segments->directory, old_len, len);
    } else {
        mem_free(segments->directory, old_len);
        segments->directory = NULL;
    }
}

static uint32_t in_first(uint32_t count)
{
    return count < SEGMENTS_FIRST ? count : SEGMENTS_FIRST;
}

void segments_resize(struct segments *segments, uint32_t old_count, uint32_t count,
                     size_t item_size)
{
    while (old_count > count && old_count > SEGMENTS_FIRST)
        pop(segments, --old_count, item_size);
    if (in_first(old_count) != in_first(count)) {
        resize_first(segments, in_first(old_count), in_first(count), item_size);
        old_count = in_first(count);
    }
    for (; old_count < count; old_count++)
        push(segments, old_count, item_size);
}

size_t segments_block_size(const struct segments *segments, uint32_t count, size_t item_size)
{
    if (!count) return 0;
    size_t size = mem_block_size(in_first(count) * item_size);
    if (!segments->directory) return size;
    size += mem_block_size(directory_len(count - 1));
    for (uint32_t index = SEGMENTS_FIRST; index < count; index += 1u << (bits_log2(index) - 3))
        size += mem_block_size(segment_len(index, item_size));
    return size;
}
