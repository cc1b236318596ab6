/* histogram.h -- Counts of durations in buckets that grow with the duration.
 * Below 64 each value has a bucket; above, each power of two has 64, so a percentile is at most
 * 1.6 % too high. Recording is a shift and an increment. The maximum is exact. */
#ifndef BENCH_LOAD_HISTOGRAM_H
#define BENCH_LOAD_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 6
#define HISTOGRAM_BUCKETS  ((64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)

struct histogram {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_reset(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value);

/* The upper end of the bucket below which `fraction` (0 to 1) of the values lie; 0 when empty. */
uint64_t histogram_percentile(const struct histogram *histogram, double fraction);

#endif
