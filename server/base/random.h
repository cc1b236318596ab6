/* base/random.h -- Random numbers that are fast and good, not secret (xoshiro256**); each owner has
 * a generator of its own. random_secret asks the kernel. */
#ifndef TORC_BASE_RANDOM_H
#define TORC_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

void random_init(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);
/* Even over 0 .. bound - 1; bound > 0. */
uint64_t random_below(struct random *random, uint64_t bound);
/* Bytes that cannot be guessed. */
void random_secret(void *out, size_t len);

#endif
