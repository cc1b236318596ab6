/* store/garbage.h -- Tables that nobody can reach any more, freed in bounded slices between
 * commands: FLUSHALL of ten million keys must not stall. Belongs to one thread. A zeroed one is
 * empty. */
#ifndef TORC_STORE_GARBAGE_H
#define TORC_STORE_GARBAGE_H

#include "base/metric.h"
#include "store/slot.h"

struct garbage {
    struct database *databases; /* detached; the last is being drained */
    uint32_t count, capacity;
    uint64_t keys;       /* still to be freed: lazyfree_pending_objects */
    struct metric freed; /* in all: lazyfreed_objects */
};

/* Takes what the database holds; it is empty afterwards. O(1). */
void garbage_take(struct garbage *garbage, struct database *database);
/* Frees about max_keys keys; false: nothing is left. */
bool garbage_slice(struct garbage *garbage, uint64_t max_keys);
void garbage_fini(struct garbage *garbage); /* all at once */

#endif
