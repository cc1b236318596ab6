/* ds/ranking.h -- Puts numbers in order by the radix of their bits: O(n), and what is equal stays
 * as it was. Takes breath, of about a unit for each number. */
#ifndef TORC_DS_RANKING_H
#define TORC_DS_RANKING_H

#include <string.h>

#include "base/breath.h"

/* What is moved about: a number whose order as an integer is that of a score, and whose it is. */
struct ranked {
    uint64_t key;
    uint64_t index;
};

static inline uint64_t ranking_key(double score) /* not NaN; -0 is 0 */
{
    uint64_t bits;
    score += 0.0;
    memcpy(&bits, &score, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* `other` has room for as many. Returns the one of the two that is in order; what is in the other
 * does not matter any more. */
struct ranked *ranking_sort(struct ranked *ranked, struct ranked *other, uint64_t count,
                            struct breath *breath);

#endif
