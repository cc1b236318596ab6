/* store/call_counters.h -- Counted by the thread that runs calls; read by others. */
#ifndef TORC_STORE_CALL_COUNTERS_H
#define TORC_STORE_CALL_COUNTERS_H

#include "base/metric.h"

struct call_counters {
    struct metric keyspace_hits, keyspace_misses;
    struct metric expired_keys;
    struct metric watched_keys, waited_keys, minded_keys, tracked_keys, tracked_items;
    struct metric changes; /* rdb_changes_since_last_save */
};

#endif
