/* Tests of ds/ranking: any numbers, alike in their first digits or not, end in the order that
 * sorting by comparison gives, and equal ones in that in which they came. */
#include "ds/ranking.h"

#include <math.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/seed.h"

enum { MAX = 3000, ROUNDS = 400 };

static struct random rng;

/* Of all sizes, of both signs, or so near to each other that only the last digits differ. */
static double draw(unsigned kind)
{
    double number = (double)(random_next(&rng) >> 11);
    switch (kind) {
    case 0: return ldexp(number, (int)random_below(&rng, 2000) - 1020);
    case 1: return random_below(&rng, 2) ? number : -number;
    case 2: return (double)random_below(&rng, 5);
    case 3: return 1e6 + ldexp((double)random_below(&rng, 1000), -30);
    case 4: return random_below(&rng, 2) ? INFINITY : -INFINITY;
    default: return random_below(&rng, 2) ? 0.0 : -0.0;
    }
}

static int compare(const void *a, const void *b)
{
    const struct ranked *one = a, *other = b;
    if (one->key != other->key) return one->key < other->key ? -1 : 1;
    return one->index < other->index ? -1 : one->index > other->index;
}

TEST(numbers_come_in_order)
{
    static struct ranked ranked[MAX], other[MAX], expected[MAX];
    test_seed(&rng, "ranking");
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t count = random_below(&rng, round % 2 ? MAX : 130);
        unsigned kinds = 1 + (unsigned)random_below(&rng, 6);
        unsigned first = (unsigned)random_below(&rng, 6);
        for (uint64_t i = 0; i < count; i++) {
            double number = draw((first + (unsigned)random_below(&rng, kinds)) % 6);
            ranked[i] = expected[i] = (struct ranked){ranking_key(number), i};
        }
        qsort(expected, count, sizeof *expected, compare);
        const struct ranked *sorted = ranking_sort(ranked, other, count, NULL);
        CHECK(sorted == ranked || sorted == other);
        CHECK(!count || memcmp(sorted, expected, count * sizeof *expected) == 0);
    }
}

TEST(keys_are_in_the_order_of_numbers)
{
    static const double ascending[] = {-INFINITY, -1e300, -1, -1e-310, 0, 1e-310, 1, INFINITY};
    for (size_t i = 1; i < sizeof ascending / sizeof *ascending; i++)
        CHECK(ranking_key(ascending[i - 1]) < ranking_key(ascending[i]));
    CHECK(ranking_key(-0.0) == ranking_key(0.0));
}
