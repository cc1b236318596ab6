/* base/hashing.h -- Hashes of bytes.
 * hash_keyed: SipHash-1-3 under a secret key, so that nobody can choose keys that collide; some 9
 * ns for 16 bytes. For tables. slot_of_key: the slot of a key as in Redis Cluster: CRC16 of the
 * key, or of what stands between its first { and the next }, if that is not empty. crc16: XMODEM
 * (polynomial 0x1021); crc64: Jones, reflected, as in Redis' files. Both eight bytes a step.
 * hash_murmur64: MurmurHash64A, unkeyed: what Redis's HyperLogLogs are made with.
 * hash_xxh3: XXH3 of 64 bits, unkeyed: what DIGEST answers. */
#ifndef TORC_BASE_HASHING_H
#define TORC_BASE_HASHING_H

#include "base/bytes.h"

enum { SLOT_COUNT = 16384 };

struct hash_key {
    uint64_t words[2];
};

uint16_t crc16(struct bytes bytes);
uint64_t crc64(uint64_t crc, struct bytes bytes); /* start with 0; continues */
uint64_t hash_xxh3(struct bytes bytes);
uint64_t hash_murmur64(struct bytes bytes, uint64_t seed);

uint16_t slot_of_key(struct bytes key);

static inline uint64_t hash_load64(const uint8_t *ptr)
{
    uint64_t word;
    memcpy(&word, ptr, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The last 0 to 7 bytes as the low bytes of a word, without reading outside of them. */
static inline uint64_t hash_load_tail(const uint8_t *ptr, size_t len)
{
    uint64_t word = 0;
    if (len & 4) {
        uint32_t low, high;
        memcpy(&low, ptr, 4);
        memcpy(&high, ptr + len - 4, 4); /* overlaps `low` unless len is 8 */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        low = __builtin_bswap32(low);
        high = __builtin_bswap32(high);
#endif
        return (uint64_t)low | (uint64_t)high << ((len - 4) * 8);
    }
    for (size_t i = 0; i < len; i++) /* at most 3 */
        word |= (uint64_t)ptr[i] << (i * 8);
    return word;
}

#define HASH_ROTATE(word, bits) ((word) << (bits) | (word) >> (64 - (bits)))
#define HASH_SIP_ROUND(v0, v1, v2, v3)                                                             \
    do {                                                                                           \
        v0 += v1, v2 += v3;                                                                        \
        v1 = HASH_ROTATE(v1, 13) ^ v0, v3 = HASH_ROTATE(v3, 16) ^ v2;                              \
        v0 = HASH_ROTATE(v0, 32);                                                                  \
        v2 += v1, v0 += v3;                                                                        \
        v1 = HASH_ROTATE(v1, 17) ^ v2, v3 = HASH_ROTATE(v3, 21) ^ v0;                              \
        v2 = HASH_ROTATE(v2, 32);                                                                  \
    } while (0)

static inline uint64_t hash_keyed(const struct hash_key *key, struct bytes bytes)
{
    uint64_t v0 = key->words[0] ^ 0x736f6d6570736575ULL;
    uint64_t v1 = key->words[1] ^ 0x646f72616e646f6dULL;
    uint64_t v2 = key->words[0] ^ 0x6c7967656e657261ULL;
    uint64_t v3 = key->words[1] ^ 0x7465646279746573ULL;
    const uint8_t *ptr = bytes.ptr, *end = ptr + (bytes.len & ~(size_t)7);
    for (; ptr != end; ptr += 8) {
        uint64_t word = hash_load64(ptr);
        v3 ^= word;
        HASH_SIP_ROUND(v0, v1, v2, v3);
        v0 ^= word;
    }
    uint64_t last = hash_load_tail(ptr, bytes.len & 7) | (uint64_t)bytes.len << 56;
    v3 ^= last;
    HASH_SIP_ROUND(v0, v1, v2, v3);
    v0 ^= last;
    v2 ^= 0xff;
    HASH_SIP_ROUND(v0, v1, v2, v3);
    HASH_SIP_ROUND(v0, v1, v2, v3);
    HASH_SIP_ROUND(v0, v1, v2, v3);
    return v0 ^ v1 ^ v2 ^ v3;
}

#endif
