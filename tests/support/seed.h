/* support/seed.h -- Where random tests begin: at SEED from the environment, or anywhere. The seed
 * is printed, so that a failure can be repeated. */
#ifndef TESTS_SUPPORT_SEED_H
#define TESTS_SUPPORT_SEED_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"

static inline uint64_t test_seed(struct random *random, const char *what)
{
    const char *text = getenv("SEED");
    uint64_t seed;
    if (text)
        seed = strtoull(text, NULL, 10);
    else
        random_secret(&seed, sizeof seed);
    printf("%s: SEED=%" PRIu64 "\n", what, seed);
    fflush(stdout);
    random_init(random, seed);
    return seed;
}

#endif
