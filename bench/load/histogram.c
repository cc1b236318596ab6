#include "histogram.h"

#include <string.h>

#define SUB_COUNT (1u << HISTOGRAM_SUB_BITS)

static uint32_t bucket_of(uint64_t value)
{
    if (value < SUB_COUNT) return (uint32_t)value;
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
    return (shift << HISTOGRAM_SUB_BITS) + (uint32_t)(value >> shift);
}

static uint64_t bucket_end(uint32_t bucket)
{
    if (bucket < SUB_COUNT) return bucket;
    uint32_t shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;
    uint64_t first = SUB_COUNT + (bucket & (SUB_COUNT - 1));
    return ((first + 1) << shift) - 1;
}

void histogram_reset(struct histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->buckets[bucket_of(value)]++;
    if (value > histogram->max) histogram->max = value;
}

uint64_t histogram_percentile(const struct histogram *histogram, double fraction)
{
    uint64_t wanted = (uint64_t)(fraction * (double)histogram->count);
    uint64_t seen = 0;
    for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen <= wanted || !histogram->buckets[bucket]) continue;
        uint64_t end = bucket_end(bucket);
        return end < histogram->max ? end : histogram->max;
    }
    return histogram->max;
}
