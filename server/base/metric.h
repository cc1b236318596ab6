/* base/metric.h -- Counters that one thread writes and any thread may read: a plain store by the
 * owner, a relaxed load by the others. Costs what an ordinary variable costs. */
#ifndef TORC_BASE_METRIC_H
#define TORC_BASE_METRIC_H

#include <stdatomic.h>
#include <stdint.h>

struct metric {
    _Atomic int64_t value;
};

static inline int64_t metric_read(const struct metric *metric)
{
    return atomic_load_explicit(&metric->value, memory_order_relaxed);
}

static inline void metric_set(struct metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

/* Owner only. */
static inline void metric_add(struct metric *metric, int64_t delta)
{
    metric_set(metric, metric_read(metric) + delta);
}

#endif
