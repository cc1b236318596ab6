/* Tests of command/cmd_geo_hits: what is told is what sorting all by comparison tells. */
#include "command/cmd_geo_hits.h"

#include <stdlib.h>

#include "support/check.h"
#include "support/seed.h"

enum { MAX = 2000, ROUNDS = 300 };

static struct random rng;
static double distances[MAX];
static double sign;

static int compare(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    double difference = sign * (distances[one] - distances[other]);
    if (difference != 0) return difference < 0 ? -1 : 1;
    return one < other ? -1 : 1;
}

static void check_order(struct arena *scratch, uint64_t count, uint64_t told)
{
    static uint32_t expected[MAX];
    struct hits hits = {.count = 0};
    uint64_t kinds = random_below(&rng, 2) ? 10 : 1000000;
    for (uint32_t i = 0; i < count; i++) {
        distances[i] = (double)random_below(&rng, kinds);
        struct hit hit = {.distance = distances[i], .score = i};
        hits_add(&hits, &hit, scratch);
        expected[i] = i;
    }
    qsort(expected, count, sizeof *expected, compare);
    hits_order(&hits, told, sign < 0, NULL);
    for (uint64_t i = 0; i < told; i++)
        CHECK((uint32_t)hits_told(&hits, i)->score == expected[i]);
    hits_fini(&hits);
}

TEST(the_nearest_or_the_furthest_come_first)
{
    struct arena scratch;
    test_seed(&rng, "geo_hits");
    arena_init(&scratch);
    for (int round = 0; round < ROUNDS; round++) {
        struct arena_mark mark = arena_mark(&scratch);
        uint64_t count = random_below(&rng, round % 2 ? MAX : 40);
        uint64_t told = random_below(&rng, 3) ? random_below(&rng, count / 8 + 1)
                                              : random_below(&rng, count + 1);
        sign = random_below(&rng, 2) ? 1 : -1;
        check_order(&scratch, count, told);
        arena_return(&scratch, mark);
    }
    arena_fini(&scratch);
}
