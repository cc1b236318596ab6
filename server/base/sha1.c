#include "base/sha1.h"

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static uint32_t load_big(const uint8_t *ptr)
{
    return (uint32_t)ptr[0] << 24 | (uint32_t)ptr[1] << 16 | (uint32_t)ptr[2] << 8 | ptr[3];
}

static void store_big(uint8_t *ptr, uint32_t word)
{
    for (int i = 0; i < 4; i++)
        ptr[i] = (uint8_t)(word >> (24 - 8 * i));
}

static uint32_t round_mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
    if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
    if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
    if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
}

static void add_block(uint32_t state[5], const uint8_t block[64])
{
    uint32_t words[80];
    for (unsigned i = 0; i < 16; i++)
        words[i] = load_big(block + i * 4);
    for (unsigned i = 16; i < 80; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (unsigned i = 0; i < 80; i++) {
        uint32_t next = rotate(a, 5) + round_mix(i, b, c, d) + e + words[i];
        e = d, d = c, c = rotate(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

void sha1_init(struct sha1 *sha1)
{
    *sha1 = (struct sha1){{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, 0, {0}};
}

void sha1_add(struct sha1 *sha1, struct bytes bytes)
{
    while (bytes.len) {
        size_t used = sha1->len & 63;
        size_t len = 64 - used < bytes.len ? 64 - used : bytes.len;
        memcpy(sha1->block + used, bytes.ptr, len);
        sha1->len += len;
        bytes.ptr += len, bytes.len -= len;
        if ((sha1->len & 63) == 0) add_block(sha1->state, sha1->block);
    }
}

void sha1_finish(struct sha1 *sha1, uint8_t digest[SHA1_BYTES])
{
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = sha1->len * 8;
    uint8_t tail[8];
    store_big(tail, (uint32_t)(bits >> 32));
    store_big(tail + 4, (uint32_t)bits);
    sha1_add(sha1, bytes_make(padding, 1 + (119 - (sha1->len & 63)) % 64));
    sha1_add(sha1, bytes_make(tail, sizeof tail));
    for (unsigned i = 0; i < 5; i++)
        store_big(digest + i * 4, sha1->state[i]);
}

void sha1_of(struct bytes bytes, uint8_t digest[SHA1_BYTES])
{
    struct sha1 sha1;
    sha1_init(&sha1);
    sha1_add(&sha1, bytes);
    sha1_finish(&sha1, digest);
}
