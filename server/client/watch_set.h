/* client/watch_set.h -- What a client watches. However many keys it names, a key is found among
 * them in O(1): else a WATCH of 100,000 keys kept its front for 13 s. */
#ifndef TORC_CLIENT_WATCH_SET_H
#define TORC_CLIENT_WATCH_SET_H

#include "ds/table.h"
#include "store/interest.h"

/* It is the client's, or of the block that EXEC has taken along. */
struct watch_set {
    struct watch *first;
    struct table by_key;
    size_t bytes; /* of the watches */
};

/* A watch of the key, which nobody has told its slot yet. The set is made if there is none. NULL:
 * the key is watched already. */
struct watch *watch_set_add(struct watch_set **set, const struct place *place);
/* The watches are the caller's, from the first on, and the set is no more. */
struct watch *watch_set_dissolve(struct watch_set *set);
uint32_t watch_set_count(const struct watch_set *set); /* also of NULL */
/* Has one of the keys changed? Also of NULL. It may be known only later. O(n) */
bool watch_set_is_dirty(const struct watch_set *set);
size_t watch_set_bytes(const struct watch_set *set); /* also of NULL */

#endif
