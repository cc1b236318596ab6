#include "base/hashing.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A CRC is linear over exclusive or, so a table of 256 follows from its entries for single bits,
 * which is what the rows below name. Table k is for a byte with k more behind it. */
#define BIT(byte, bit, part) (((byte) >> (bit)&1) ? (part) : 0)
#define ENTRY(byte, a, b, c, d, e, f, g, h)                                                        \
    (BIT(byte, 0, a) ^ BIT(byte, 1, b) ^ BIT(byte, 2, c) ^ BIT(byte, 3, d) ^ BIT(byte, 4, e) ^     \
     BIT(byte, 5, f) ^ BIT(byte, 6, g) ^ BIT(byte, 7, h))
#define BYTES_4(byte, ...)                                                                         \
    ENTRY(byte, __VA_ARGS__), ENTRY((byte) + 1, __VA_ARGS__), ENTRY((byte) + 2, __VA_ARGS__),      \
        ENTRY((byte) + 3, __VA_ARGS__)
#define BYTES_16(byte, ...)                                                                        \
    BYTES_4(byte, __VA_ARGS__), BYTES_4((byte) + 4, __VA_ARGS__),                                  \
        BYTES_4((byte) + 8, __VA_ARGS__), BYTES_4((byte) + 12, __VA_ARGS__)
#define BYTES_64(byte, ...)                                                                        \
    BYTES_16(byte, __VA_ARGS__), BYTES_16((byte) + 16, __VA_ARGS__),                               \
        BYTES_16((byte) + 32, __VA_ARGS__), BYTES_16((byte) + 48, __VA_ARGS__)
#define BYTES_OF(...)                                                                              \
    BYTES_64(0, __VA_ARGS__), BYTES_64(64, __VA_ARGS__), BYTES_64(128, __VA_ARGS__),               \
        BYTES_64(192, __VA_ARGS__)

static const uint16_t crc16_tables[8][256] = {
    {BYTES_OF(0x1021, 0x2042, 0x4084, 0x8108, 0x1231, 0x2462, 0x48c4, 0x9188)},
    {BYTES_OF(0x3331, 0x6662, 0xccc4, 0x89a9, 0x0373, 0x06e6, 0x0dcc, 0x1b98)},
    {BYTES_OF(0x3730, 0x6e60, 0xdcc0, 0xa9a1, 0x4363, 0x86c6, 0x1dad, 0x3b5a)},
    {BYTES_OF(0x76b4, 0xed68, 0xcaf1, 0x85c3, 0x1ba7, 0x374e, 0x6e9c, 0xdd38)},
    {BYTES_OF(0xaa51, 0x4483, 0x8906, 0x022d, 0x045a, 0x08b4, 0x1168, 0x22d0)},
    {BYTES_OF(0x45a0, 0x8b40, 0x06a1, 0x0d42, 0x1a84, 0x3508, 0x6a10, 0xd420)},
    {BYTES_OF(0xb861, 0x60e3, 0xc1c6, 0x93ad, 0x377b, 0x6ef6, 0xddec, 0xabf9)},
    {BYTES_OF(0x47d3, 0x8fa6, 0x0f6d, 0x1eda, 0x3db4, 0x7b68, 0xf6d0, 0xfd81)},
};

static const uint64_t crc64_tables[8][256] = {
    {BYTES_OF(0x7ad870c830358979ULL, 0xf5b0e190606b12f2ULL, 0xc038e5739841b68fULL,
              0xab28ecb46814fe75ULL, 0x7d08ff3b88be6f81ULL, 0xfa11fe77117cdf02ULL,
              0xdf7adabd7a6e2d6fULL, 0x95ac9329ac4bc9b5ULL)},
    {BYTES_OF(0x89e99ffd73bddf69ULL, 0x388a19a9bfec2db9ULL, 0x711433537fd85b72ULL,
              0xe22866a6ffb0b6e4ULL, 0xef09eb1ea7f6fea3ULL, 0xf54af06e177a6e2dULL,
              0xc1ccc68f76634f31ULL, 0xa8c0ab4db4510d09ULL)},
    {BYTES_OF(0xf4125129ce4038beULL, 0xc37d8400c417e217ULL, 0xada22e52d0b85745ULL,
              0x701d7af6f9e73de1ULL, 0xe03af5edf3ce7bc2ULL, 0xeb2ccd88bf0b64efULL,
              0xfd00bd4226815ab5ULL, 0xd1585cd715952601ULL)},
    {BYTES_OF(0x8ce168638c796306ULL, 0x329bf69440655567ULL, 0x6537ed2880caaaceULL,
              0xca6fda510195559cULL, 0xbf8692f15bbd3853ULL, 0x545403b1efede3cdULL,
              0xa8a80763dfdbc79aULL, 0x7a092894e7201c5fULL)},
    {BYTES_OF(0x3504e58b9ba6dd1eULL, 0x6a09cb17374dba3cULL, 0xd413962e6e9b7478ULL,
              0x837e0a0f85a17b9bULL, 0x2da5324c53d5645dULL, 0x5b4a6498a7aac8baULL,
              0xb694c9314f559174ULL, 0x4670b431c63cb183ULL)},
    {BYTES_OF(0xe39d1389931b9354ULL, 0xec6301407ea0b5c3ULL, 0xf39f24d3a5d6f8edULL,
              0xcc676ff4133a62b1ULL, 0xb397f9bb7ee35609ULL, 0x4c76d525a5513f79ULL,
              0x98edaa4b4aa27ef2ULL, 0x1a8272c5cdd36e8fULL)},
    {BYTES_OF(0x62a95de6e302eff2ULL, 0xc552bbcdc605dfe4ULL, 0xa1fc51c8d49c2ca3ULL,
              0x68a185c2f1afca2dULL, 0xd1430b85e35f945aULL, 0x89df31589e28bbdfULL,
              0x38e744e264c6e4d5ULL, 0x71ce89c4c98dc9aaULL)},
    {BYTES_OF(0x381d0015c96f4444ULL, 0x703a002b92de8888ULL, 0xe074005725bd1110ULL,
              0xebb126fd13edb14bULL, 0xfc3b6ba97f4cf1fdULL, 0xd32ff101a60e7091ULL,
              0x8d06c450148b7249ULL, 0x3154aef3718177f9ULL)},
};

uint16_t crc16(struct bytes bytes)
{
    uint16_t crc = 0;
    const uint8_t *ptr = bytes.ptr;
    size_t len = bytes.len;
    for (; len >= 8; len -= 8, ptr += 8)
        crc = crc16_tables[7][ptr[0] ^ crc >> 8] ^ crc16_tables[6][ptr[1] ^ (crc & 0xff)] ^
              crc16_tables[5][ptr[2]] ^ crc16_tables[4][ptr[3]] ^ crc16_tables[3][ptr[4]] ^
              crc16_tables[2][ptr[5]] ^ crc16_tables[1][ptr[6]] ^ crc16_tables[0][ptr[7]];
    for (; len; len--)
        crc = (uint16_t)(crc << 8) ^ crc16_tables[0][(crc >> 8 ^ *ptr++) & 0xff];
    return crc;
}

static uint64_t crc64_step(uint64_t word)
{
    uint64_t crc = 0;
    for (unsigned i = 0; i < 8; i++, word >>= 8)
        crc ^= crc64_tables[7 - i][word & 0xff];
    return crc;
}

uint64_t crc64(uint64_t crc, struct bytes bytes)
{
    const uint8_t *ptr = bytes.ptr;
    size_t len = bytes.len;
    for (; len >= 8; len -= 8, ptr += 8)
        crc = crc64_step(crc ^ hash_load64(ptr));
    for (; len; len--)
        crc = crc >> 8 ^ crc64_tables[0][(crc ^ *ptr++) & 0xff];
    return crc;
}

uint64_t hash_xxh3(struct bytes bytes)
{
    return XXH3_64bits(bytes.ptr, bytes.len);
}

uint64_t hash_murmur64(struct bytes bytes, uint64_t seed)
{
    const uint64_t factor = 0xc6a4a7935bd1e995;
    const unsigned shift = 47;
    uint64_t hash = seed ^ bytes.len * factor;
    const uint8_t *ptr = bytes.ptr;
    for (size_t left = bytes.len / 8; left; left--, ptr += 8) {
        uint64_t word = hash_load64(ptr) * factor;
        word = (word ^ word >> shift) * factor;
        hash = (hash ^ word) * factor;
    }
    if (bytes.len % 8) hash = (hash ^ hash_load_tail(ptr, bytes.len % 8)) * factor;
    hash = (hash ^ hash >> shift) * factor;
    return hash ^ hash >> shift;
}

/* What stands between the first { and the next }, if it is not empty; else the whole key. */
static struct bytes hash_tag(struct bytes key)
{
    const uint8_t *open = key.len ? memchr(key.ptr, '{', key.len) : NULL;
    if (__builtin_expect(!open, 1)) return key;
    const uint8_t *start = open + 1, *end = key.ptr + key.len;
    const uint8_t *close = memchr(start, '}', (size_t)(end - start));
    if (!close || close == start) return key;
    return bytes_make(start, (size_t)(close - start));
}

uint16_t slot_of_key(struct bytes key)
{
    return crc16(hash_tag(key)) & (SLOT_COUNT - 1);
}
