/* Tests of base/hashing. */
#include "base/hashing.h"

#include "support/check.h"

TEST(crc16_and_slots_are_those_of_the_cluster)
{
    CHECK_INT(crc16(BYTES("123456789")), 0x31c3);
    CHECK_INT(slot_of_key(BYTES("foo")), 12182);
    CHECK_INT(slot_of_key(BYTES("")), 0);
    CHECK_INT(slot_of_key(BYTES("{user1000}.following")), slot_of_key(BYTES("user1000")));
    CHECK_INT(slot_of_key(BYTES("foo{}{bar}")), crc16(BYTES("foo{}{bar}")) & 16383);
    CHECK_INT(slot_of_key(BYTES("foo{{bar}}zap")), slot_of_key(BYTES("{bar")));
    CHECK_INT(slot_of_key(BYTES("foo{bar}{zap}")), slot_of_key(BYTES("bar")));
    CHECK_INT(slot_of_key(BYTES("foo{bar")), crc16(BYTES("foo{bar")) & 16383);
}

static uint16_t crc16_by_bits(struct bytes bytes)
{
    uint16_t crc = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (uint16_t)(bytes.ptr[i] << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

TEST(crc16_agrees_with_the_definition_at_all_lengths)
{
    uint8_t data[64];
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 37 + 11);
    for (size_t len = 0; len <= sizeof data; len++)
        CHECK_INT(crc16(bytes_make(data, len)), crc16_by_bits(bytes_make(data, len)));
}

TEST(crc64_is_that_of_the_files)
{
    CHECK(crc64(0, BYTES("123456789")) == 0xe9c6d914c4b8d9caULL);
    uint64_t parts = crc64(crc64(0, BYTES("1234567890ab")), BYTES("cdefghijkl"));
    CHECK(parts == crc64(0, BYTES("1234567890abcdefghijkl")));
}

TEST(xxh3_is_the_published_one)
{
    CHECK(hash_xxh3(BYTES("")) == 0x2d06800538d394c2ULL);
}

/* The reference: SipHash with one round a word and three at the end. */
static uint64_t sip13(const struct hash_key *key, const uint8_t *data, size_t len)
{
    uint64_t v0 = key->words[0] ^ 0x736f6d6570736575ULL, v1 = key->words[1] ^ 0x646f72616e646f6dULL;
    uint64_t v2 = key->words[0] ^ 0x6c7967656e657261ULL, v3 = key->words[1] ^ 0x7465646279746573ULL;
    for (size_t at = 0; at <= len; at += 8) {
        uint64_t word = 0;
        bool last = at + 8 > len;
        for (size_t i = 0; i < 8 && at + i < len; i++)
            word |= (uint64_t)data[at + i] << (8 * i);
        if (last) word |= (uint64_t)len << 56;
        v3 ^= word;
        HASH_SIP_ROUND(v0, v1, v2, v3);
        v0 ^= word;
        if (last) break;
    }
    v2 ^= 0xff;
    for (int i = 0; i < 3; i++)
        HASH_SIP_ROUND(v0, v1, v2, v3);
    return v0 ^ v1 ^ v2 ^ v3;
}

TEST(the_keyed_hash_agrees_with_its_definition)
{
    struct hash_key key = {{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL}};
    for (size_t len = 0; len <= 40; len++) {
        uint8_t data[40]; /* exactly so long, so that a sanitizer sees a read beyond */
        uint8_t *start = data + sizeof data - len;
        for (size_t i = 0; i < len; i++)
            start[i] = (uint8_t)(i * 7 + len);
        CHECK(hash_keyed(&key, bytes_make(start, len)) == sip13(&key, start, len));
    }
    struct hash_key other = {{1, 2}};
    CHECK(hash_keyed(&key, BYTES("a")) != hash_keyed(&other, BYTES("a")));
}
