#include "ds/hll_estimate.h"

#include <math.h>

/* Both series go on until they change nothing more; x is from 0 to 1. */

static double sigma(double x)
{
    if (x == 1) return INFINITY;
    double power = 1, sum = x, last;
    do {
        last = sum;
        x *= x;
        sum += x * power;
        power += power;
    } while (sum != last);
    return sum;
}

static double tau(double x)
{
    if (x == 0 || x == 1) return 0;
    double power = 1, sum = 1 - x, last;
    do {
        last = sum;
        x = sqrt(x);
        power *= 0.5;
        sum -= (1 - x) * (1 - x) * power;
    } while (sum != last);
    return sum / 3;
}

uint64_t hll_estimate(const struct hll_ranks *ranks)
{
    const double m = HLL_REGISTERS, alpha = 0.721347520444481703680;
    double sum = m * tau((m - ranks->counts[HLL_HASH_RANK_MAX]) / m);
    for (unsigned rank = HLL_HASH_RANK_MAX - 1; rank >= 1; rank--) {
        sum += ranks->counts[rank];
        sum *= 0.5;
    }
    sum += m * sigma(ranks->counts[0] / m);
    /* No hash makes such registers; redis-server's conversion of infinity says this. */
    if (sum == 0) return (uint64_t)1 << 63;
    return (uint64_t)llround(alpha * m * m / sum);
}
