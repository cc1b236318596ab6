/* Tests of base/sha1. */
#include "base/sha1.h"

#include <stdio.h>

#include "support/check.h"

static void check_digest(struct bytes bytes, const char *expected)
{
    uint8_t digest[SHA1_BYTES];
    char text[SHA1_BYTES * 2 + 1];
    sha1_of(bytes, digest);
    for (int i = 0; i < SHA1_BYTES; i++)
        snprintf(text + i * 2, 3, "%02x", digest[i]);
    CHECK_STR(text, expected);
}

TEST(digests_are_those_of_the_standard)
{
    check_digest(BYTES(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    check_digest(BYTES("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    check_digest(BYTES("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                 "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

TEST(parts_add_up)
{
    uint8_t data[300], whole[SHA1_BYTES], parts[SHA1_BYTES];
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)i;
    for (size_t len = 0; len < sizeof data; len++) {
        struct sha1 sha1;
        sha1_init(&sha1);
        sha1_add(&sha1, bytes_make(data, len / 3));
        sha1_add(&sha1, bytes_make(data + len / 3, len - len / 3));
        sha1_finish(&sha1, parts);
        sha1_of(bytes_make(data, len), whole);
        CHECK_BYTES(parts, SHA1_BYTES, whole, SHA1_BYTES);
    }
}
