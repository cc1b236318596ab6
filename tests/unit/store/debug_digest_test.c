/* Tests of store/debug_digest; the digests are those of redis-server 7.0.15 for the same data. */
#include "store/debug_digest.h"

#include "store_fixture.h"

static void check_digest(struct digest digest, const char *expected)
{
    char text[SHA1_BYTES * 2 + 1];
    for (int i = 0; i < SHA1_BYTES; i++)
        snprintf(text + i * 2, 3, "%02x", digest.bytes[i]);
    CHECK_STR(text, expected);
}

TEST(digests_are_those_of_redis)
{
    struct fixture fixture;
    fixture_init(&fixture);
    check_digest(debug_digest(fixture.store), "0000000000000000000000000000000000000000");
    fixture_set(&fixture, 0, "a", "1", INT64_MAX);
    fixture_set(&fixture, 0, "b", "hello", fixture.now_ms + 1000000);
    fixture_set(&fixture, 2, "a", "x", INT64_MAX);
    check_digest(debug_digest(fixture.store), "f4a3f97ed429de90ea7d2129daa377e6cf02cc65");
    check_digest(debug_digest_value(fixture_find(&fixture, 0, "a")),
                 "b4fc66738120fba0b5aa500ab5c2bf89cea1c5da");
    check_digest(debug_digest_value(NULL), "0000000000000000000000000000000000000000");
    fixture_fini(&fixture);
}
