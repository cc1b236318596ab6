/* mem/blob: growing, sharing, and what it says that it takes. */
#include "mem/blob.h"

#include <pthread.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

TEST(a_blob_keeps_its_bytes_when_it_grows)
{
    struct random random;
    test_seed(&random, "blob");
    int64_t before = mem_unattached_bytes();
    for (int round = 0; round < 200; round++) {
        struct blob *blob = blob_try_new(random_below(&random, 40000));
        REQUIRE(blob);
        for (int i = 0; i < 8; i++) {
            for (size_t at = 0; at < blob->len; at++)
                blob->bytes[at] = (uint8_t)(at * 7);
            size_t capacity = blob->len + random_below(&random, 50000);
            blob = blob_try_grow(blob, capacity);
            REQUIRE(blob && blob->capacity >= capacity);
            CHECK_INT(mem_unattached_bytes() - before, (int64_t)blob_block_size(blob));
            for (size_t at = 0; at < blob->len; at++)
                REQUIRE(blob->bytes[at] == (uint8_t)(at * 7));
            blob->len = capacity;
        }
        blob_release(blob);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}

#ifndef TORC_LIBC_MALLOC /* a sanitizer's allocator would complain */
/* Room that nobody has: NULL, and what there was stays. */
TEST(no_memory_is_an_answer)
{
    struct blob *blob = blob_new(10);
    memcpy(blob->bytes, "0123456789", 10);
    CHECK(!blob_try_new((size_t)1 << 60));
    CHECK(!blob_try_grow(blob, (size_t)1 << 60));
    CHECK(memcmp(blob->bytes, "0123456789", 10) == 0);
    blob_release(blob);
}
#endif

static void *hold_and_release(void *context)
{
    struct blob *blob = context;
    for (int i = 0; i < 20000; i++) {
        blob_retain(blob);
        blob_release(blob);
    }
    blob_release(blob);
    return NULL;
}

TEST(threads_may_hold_one_blob)
{
    pthread_t threads[4];
    int64_t before = mem_unattached_bytes();
    struct blob *blob = blob_new(100);
    for (int i = 0; i < 4; i++) {
        blob_retain(blob);
        REQUIRE(pthread_create(&threads[i], NULL, hold_and_release, blob) == 0);
    }
    blob_release(blob);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(mem_unattached_bytes(), before);
}
