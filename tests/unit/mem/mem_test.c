/* mem/mem: block sizes beside those of the allocator, and accounts. */
#include "mem/mem.h"

#include <pthread.h>

#include "support/check.h"
#include "support/seed.h"

#ifndef TORC_LIBC_MALLOC
#include <jemalloc/jemalloc.h>

TEST(no_memory_is_an_answer)
{
    CHECK(!mem_try_alloc((size_t)1 << 60));
}

static void check_size(size_t size)
{
    if (mem_block_size(size) == nallocx(size, 0)) return;
    test_fail(__FILE__, __LINE__, "mem_block_size(%zu) is %zu, nallocx says %zu", size,
              mem_block_size(size), nallocx(size, 0));
}

TEST(block_sizes_are_the_allocators)
{
    struct random random;
    test_seed(&random, "mem");
    for (size_t size = 1; size <= 70000 && !test_failed(); size++)
        check_size(size);
    for (unsigned bits = 16; bits < 46; bits++)
        for (int delta = -2; delta <= 2; delta++)
            for (unsigned quarter = 4; quarter < 8; quarter++)
                check_size(((size_t)quarter << (bits - 2)) + (size_t)(int64_t)delta);
    for (int i = 0; i < 100000 && !test_failed(); i++)
        check_size(1 + (random_next(&random) >> (18 + random_below(&random, 46))));
}
#endif

TEST(a_block_size_is_its_own)
{
    for (size_t size = 1; size < 1000000; size += 1 + size / 50) {
        size_t block = mem_block_size(size);
        CHECK(block >= size);
        CHECK_INT(mem_block_size(block), block);
    }
}

TEST(accounts_are_exact)
{
    struct random random;
    void *blocks[100] = {0};
    size_t sizes[100] = {0};
    int64_t before = mem_unattached_bytes(), sum = 0;
    test_seed(&random, "accounts");
    for (int i = 0; i < 20000; i++) {
        size_t at = random_below(&random, 100), size = 1 + random_below(&random, 5000);
        if (sizes[at]) sum -= (int64_t)mem_block_size(sizes[at]);
        if (sizes[at] && random_below(&random, 2)) {
            mem_free(blocks[at], sizes[at]);
            blocks[at] = NULL;
            sizes[at] = 0;
        } else {
            blocks[at] = mem_resize(blocks[at], sizes[at], size);
            memset(blocks[at], 1, size);
            sizes[at] = size;
            sum += (int64_t)mem_block_size(size);
        }
        REQUIRE(mem_unattached_bytes() - before == sum);
    }
    for (size_t at = 0; at < 100; at++)
        if (sizes[at]) mem_free(blocks[at], sizes[at]);
    CHECK_INT(mem_unattached_bytes(), before);
    mem_free(NULL, 0);
}

struct visitor {
    struct mem_account account;
    void *block;
};

static void *allocate(void *context)
{
    struct visitor *visitor = context;
    mem_attach(&visitor->account);
    visitor->block = mem_alloc(1000);
    void *own = mem_alloc_aligned(4096, 4096);
    CHECK_INT((uintptr_t)own % 4096, 0);
    mem_free_aligned(own, 4096, 4096);
    return NULL;
}

TEST(each_thread_has_its_account)
{
    struct visitor visitor = {0};
    pthread_t thread;
    int64_t before = mem_unattached_bytes();
    REQUIRE(pthread_create(&thread, NULL, allocate, &visitor) == 0);
    pthread_join(thread, NULL);
    CHECK_INT(metric_read(&visitor.account.used_bytes), (int64_t)mem_block_size(1000));
    CHECK_INT(mem_unattached_bytes(), before);
    mem_free(visitor.block, 1000); /* here it counts as given back by this one */
    CHECK_INT(mem_unattached_bytes(), before - (int64_t)mem_block_size(1000));
}
