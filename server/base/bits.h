/* base/bits.h -- Small arithmetic on words. */
#ifndef TORC_BASE_BITS_H
#define TORC_BASE_BITS_H

#include <stdint.h>

/* Position of the highest bit set; word > 0. */
static inline unsigned bits_log2(uint64_t word)
{
    return 63 - (unsigned)__builtin_clzll(word);
}

static inline uint32_t bits_reverse32(uint32_t word)
{
    word = (word >> 1 & 0x55555555) | (word & 0x55555555) << 1;
    word = (word >> 2 & 0x33333333) | (word & 0x33333333) << 2;
    word = (word >> 4 & 0x0f0f0f0f) | (word & 0x0f0f0f0f) << 4;
    return __builtin_bswap32(word);
}

#endif
