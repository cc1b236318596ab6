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

#ifndef TORC_LIBC_MALLOC
static unsigned arena_of(void *ptr)
{
    unsigned arena = 0;
    size_t len = sizeof arena;
    CHECK_INT(mallctl("arenas.lookup", &arena, &len, &ptr, sizeof ptr), 0);
    return arena;
}

enum { SIZES = 8 };
static const size_t some_sizes[SIZES] = {16, 27, 64, 100, 1024, 8192, 40000, 3000000};

static void check_places(void)
{
    void *usual[SIZES], *small[SIZES], *again[SIZES];
    for (int i = 0; i < SIZES; i++)
        usual[i] = mem_alloc(some_sizes[i]);
    CHECK(!mem_use_small_pages(true));
    for (int i = 0; i < SIZES; i++)
        small[i] = mem_alloc(some_sizes[i]);
    CHECK(mem_use_small_pages(true));
    for (int i = 0; i < SIZES; i++)
        mem_free(small[i], some_sizes[i]);
    CHECK(mem_use_small_pages(false));
    for (int i = 0; i < SIZES; i++) {
        again[i] = mem_alloc(some_sizes[i]);
        CHECK(arena_of(small[i]) != arena_of(usual[i]));
        CHECK_INT(arena_of(again[i]), arena_of(usual[i]));
        mem_free(again[i], some_sizes[i]);
        mem_free(usual[i], some_sizes[i]);
    }
}

static void *check_places_attached(void *context)
{
    struct mem_account *account = context;
    mem_attach(account);
    check_places();
    CHECK_INT(metric_read(&account->used_bytes), 0);
    mem_use_small_pages(true);
    mem_attach(NULL);
    CHECK(!mem_use_small_pages(true)); /* only threads that have attached have any */
    return NULL;
}

TEST(small_pages_are_apart)
{
    struct mem_account account = {0};
    pthread_t thread;
    for (int i = 0; i < 3; i++) {
        REQUIRE(pthread_create(&thread, NULL, check_places_attached, &account) == 0);
        pthread_join(thread, NULL);
    }
}

/* Blocks are taken, moved and freed in either state. */
static void *mix_places(void *context)
{
    struct mem_account *account = context;
    struct random random;
    void *blocks[100] = {0};
    size_t sizes[100] = {0};
    int64_t sum = 0;
    mem_attach(account);
    test_seed(&random, "places");
    for (int i = 0; i < 20000 && !test_failed(); i++) {
        size_t at = random_below(&random, 100), size = random_below(&random, 40000);
        mem_use_small_pages(random_below(&random, 2));
        if (sizes[at]) sum -= (int64_t)mem_block_size(sizes[at]);
        if (size && sizes[at]) {
            uint8_t first = *(uint8_t *)blocks[at];
            blocks[at] = mem_resize(blocks[at], sizes[at], size);
            CHECK_INT(*(uint8_t *)blocks[at], first);
        } else if (size) {
            blocks[at] = mem_alloc_aligned(size, 64);
            memset(blocks[at], (int)at, size);
        } else {
            mem_free(blocks[at], sizes[at]);
            blocks[at] = NULL;
        }
        sizes[at] = size;
        if (size) sum += (int64_t)mem_block_size(size);
        CHECK(metric_read(&account->used_bytes) == sum);
    }
    for (size_t at = 0; at < 100; at++)
        if (sizes[at]) mem_free(blocks[at], sizes[at]);
    mem_attach(NULL);
    return NULL;
}

TEST(accounts_are_exact_wherever_blocks_lie)
{
    struct mem_account account = {0};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, mix_places, &account) == 0);
    pthread_join(thread, NULL);
    CHECK_INT(metric_read(&account.used_bytes), 0);
}
#endif

static unsigned pauses;

static void count_pause(struct breath *breath)
{
    pauses++;
    breath->left = 1000;
}

TEST(a_large_block_is_emptied_bit_by_bit)
{
    struct breath breath = {1000, count_pause};
    size_t size = 20 << 20;
    uint8_t *block = mem_alloc(size);
    memset(block, 1, size);
    mem_empty(block + 16, size - 16, NULL);
    CHECK_INT(block[size / 2], 1); /* in one go it is freed as well */
    mem_empty(block + 16, size - 16, &breath);
    CHECK_INT(block[15], 1);
#ifndef TORC_LIBC_MALLOC
    CHECK(pauses >= 10);
    CHECK_INT(block[size / 2], 0);
#endif
    mem_free(block, size);
    mem_empty(&size, sizeof size, &breath); /* what is not large is left alone */
    CHECK_INT(size, 20 << 20);
}

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
