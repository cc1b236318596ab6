/* types/item.h -- A text with its length before it, as items of sets and hashes hold theirs:
 *
 *     length u8 below 255, or 255 u32 | bytes */
#ifndef TORC_TYPES_ITEM_H
#define TORC_TYPES_ITEM_H

#include "base/bytes.h"

enum { ITEM_LONG = 255 };

static inline size_t item_room(size_t len)
{
    return len < ITEM_LONG ? len + 1 : len + 1 + sizeof(uint32_t);
}

static inline struct bytes item_read(const uint8_t *ptr)
{
    if (__builtin_expect(*ptr != ITEM_LONG, 1)) return bytes_make(ptr + 1, *ptr);
    uint32_t len;
    memcpy(&len, ptr + 1, sizeof len);
    return bytes_make(ptr + 1 + sizeof len, len);
}

/* Returns where it ends. `text` may lie where it is going to be. */
static inline uint8_t *item_write(uint8_t *ptr, struct bytes text)
{
    uint8_t *to = ptr + item_room(text.len) - text.len;
    if (text.len) memmove(to, text.ptr, text.len);
    *ptr = text.len < ITEM_LONG ? (uint8_t)text.len : ITEM_LONG;
    uint32_t len = (uint32_t)text.len;
    if (text.len >= ITEM_LONG) memcpy(ptr + 1, &len, sizeof len);
    return to + text.len;
}

#endif
