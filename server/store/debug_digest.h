/* store/debug_digest.h -- The digest of a data set, as DEBUG DIGEST of redis-server computes it:
 * SHA-1 of each key with its value, combined by exclusive or, so that order does not matter.
 * O(all). */
#ifndef TORC_STORE_DEBUG_DIGEST_H
#define TORC_STORE_DEBUG_DIGEST_H

#include "base/digest.h"
#include "store/keyspace.h"

/* Of all databases; every slot must be held. Keys that have expired but are still there count, as
 * they do in redis-server. */
struct digest debug_digest(struct store *store);
/* Of one value (DEBUG DIGEST-VALUE); zeros for NULL. */
struct digest debug_digest_value(const struct entry *entry);

#endif
