/* types/little_endian.h -- Little-endian integers at any address: the layouts that travel between
 * servers are made of them. */
#ifndef TORC_TYPES_LITTLE_ENDIAN_H
#define TORC_TYPES_LITTLE_ENDIAN_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LITTLE_ENDIAN_16(word) __builtin_bswap16(word)
#define LITTLE_ENDIAN_32(word) __builtin_bswap32(word)
#define LITTLE_ENDIAN_64(word) __builtin_bswap64(word)
#else
#define LITTLE_ENDIAN_16(word) (word)
#define LITTLE_ENDIAN_32(word) (word)
#define LITTLE_ENDIAN_64(word) (word)
#endif

static inline uint16_t load_le16(const uint8_t *ptr)
{
    uint16_t word;
    memcpy(&word, ptr, sizeof word);
    return LITTLE_ENDIAN_16(word);
}

static inline uint32_t load_le32(const uint8_t *ptr)
{
    uint32_t word;
    memcpy(&word, ptr, sizeof word);
    return LITTLE_ENDIAN_32(word);
}

static inline uint64_t load_le64(const uint8_t *ptr)
{
    uint64_t word;
    memcpy(&word, ptr, sizeof word);
    return LITTLE_ENDIAN_64(word);
}

static inline void store_le16(uint8_t *ptr, uint16_t word)
{
    word = LITTLE_ENDIAN_16(word);
    memcpy(ptr, &word, sizeof word);
}

static inline void store_le32(uint8_t *ptr, uint32_t word)
{
    word = LITTLE_ENDIAN_32(word);
    memcpy(ptr, &word, sizeof word);
}

static inline void store_le64(uint8_t *ptr, uint64_t word)
{
    word = LITTLE_ENDIAN_64(word);
    memcpy(ptr, &word, sizeof word);
}

#endif
