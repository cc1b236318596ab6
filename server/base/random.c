#include "base/random.h"

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

/* splitmix64: spreads a seed over the state, which must not be all zeros. */
void random_init(struct random *random, uint64_t seed)
{
    for (unsigned i = 0; i < 4; i++) {
        uint64_t word = seed += 0x9e3779b97f4a7c15ULL;
        word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9ULL;
        word = (word ^ word >> 27) * 0x94d049bb133111ebULL;
        random->state[i] = word ^ word >> 31;
    }
}

uint64_t random_next(struct random *random)
{
    uint64_t *state = random->state;
    uint64_t result = rotate(state[1] * 5, 7) * 9, shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    return (uint64_t)((unsigned __int128)random_next(random) * bound >> 64);
}
