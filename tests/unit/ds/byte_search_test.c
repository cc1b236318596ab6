/* Tests of ds/byte_search: vectors find what looking byte by byte finds, wherever it is. */
#include "ds/byte_search.h"

#include <stdlib.h>

#include "support/check.h"
#include "support/seed.h"

enum { LEN_MAX = 300, ROUNDS = 20000 };

static struct random rng;

/* In a block of just that length, so that a sanitizer sees what is read behind it. */
static struct bytes draw(uint64_t len, uint64_t kinds)
{
    uint8_t *text = malloc(len ? len : 1);
    for (uint64_t i = 0; i < len; i++)
        text[i] = (uint8_t)(250 + random_below(&rng, kinds));
    return bytes_make(text, len);
}

TEST(places_are_found)
{
    uint64_t found = 0;
    test_seed(&rng, "byte_search");
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t kinds = 1 + random_below(&rng, 12);
        struct bytes text = draw(random_below(&rng, LEN_MAX), kinds);
        struct bytes wanted = draw(BYTE_SEARCH_MIN + random_below(&rng, round % 2 ? 4 : 60), kinds);
        uint64_t from = random_below(&rng, text.len + 2);
        size_t at = byte_search(text, from, wanted);
        CHECK(at == byte_search_portable(text, from, wanted));
        found += at != SIZE_MAX;
        free((void *)text.ptr);
        free((void *)wanted.ptr);
    }
    CHECK(found > ROUNDS / 4 && found < ROUNDS);
}

TEST(a_place_is_what_it_says)
{
    struct bytes text = BYTES("xabcxxabxcdxabcd");
    CHECK(byte_search(text, 0, BYTES("abcd")) == 12);
    CHECK(byte_search(text, 0, BYTES("axcd")) == 12); /* of the bytes between it does not ask */
    CHECK(byte_search(text, 0, BYTES("ab")) == 1);
    CHECK(byte_search(text, 2, BYTES("ab")) == 6);
    CHECK(byte_search(text, 13, BYTES("abcd")) == SIZE_MAX);
    CHECK(byte_search(text, 0, BYTES("xabcxxabxcdxabcdx")) == SIZE_MAX);
}
