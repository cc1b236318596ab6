/* store/garbage.h -- Tables and large collections that nobody can reach any more, freed in bounded
 * slices between commands: FLUSHALL of ten million keys, or DEL of a set of as many members, must
 * not stall. Belongs to one thread. A zeroed one is empty. */
#ifndef TORC_STORE_GARBAGE_H
#define TORC_STORE_GARBAGE_H

#include "base/metric.h"
#include "store/slot.h"
#include "types/value.h"

struct garbage {
    struct database *databases; /* detached; the last is being drained */
    uint32_t count, capacity;
    struct value *values; /* the last is being freed */
    uint32_t value_count, value_capacity;
    uint64_t keys;       /* still to be freed, with those of values: lazyfree_pending_objects */
    struct metric freed; /* in all: lazyfreed_objects */
};

/* Takes what the database holds; it is empty afterwards. O(1). */
void garbage_take(struct garbage *garbage, struct database *database);
/* Takes a collection, owned. O(1). */
void garbage_take_value(struct garbage *garbage, struct value value);
/* Frees about as many elements and keys; false: nothing is left. */
bool garbage_slice(struct garbage *garbage, uint64_t work);
void garbage_fini(struct garbage *garbage); /* all at once */

#endif
