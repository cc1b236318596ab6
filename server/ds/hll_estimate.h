/* ds/hll_estimate.h -- How many elements a HyperLogLog has seen, from how often each rank occurs in
 * its registers: the estimator of Otmar Ertl, "New cardinality estimation algorithms for
 * HyperLogLog sketches", 2017. Each operation is done in the order in which redis-server does it,
 * so that the result is rounded to the same number. Some 200 ns. */
#ifndef TORC_DS_HLL_ESTIMATE_H
#define TORC_DS_HLL_ESTIMATE_H

#include "ds/hll.h"

enum { HLL_HASH_RANK_MAX = 51 }; /* of a hash; a register that a client made may have more */

struct hll_ranks {
    uint32_t counts[HLL_RANK_MAX + 1]; /* HLL_REGISTERS together */
};

uint64_t hll_estimate(const struct hll_ranks *ranks);

#endif
