/* store/expire.h -- Keys leave memory soon after they expire: an ordered index for each slot, no
 * sampling. Whoever runs a shard asks slot_next_expiry_ms() which of its slots are due (a lower
 * bound: a visit may find nothing and then makes it exact), and gives them slices of time. */
#ifndef TORC_STORE_EXPIRE_H
#define TORC_STORE_EXPIRE_H

#include "store/keyspace.h"

struct expire_slice {
    struct store *store;
    struct call_counters *counters;
    struct garbage *garbage; /* where large values go; NULL: they are freed at once */
    struct actor *actor;
    int64_t now_ms;
    uint32_t
        max_keys; /* stop after so many keys or fields are gone (a bucket's more at most) ... */
    uint32_t max_buckets; /* ... or so many buckets have been visited */
};

/* Removes keys of the slot that are due, and fields of hashes, the earliest buckets first; returns
 * how many. Afterwards
 * slot_next_expiry_ms() > now_ms if all that is due is gone. */
uint32_t expire_slot(const struct expire_slice *slice, uint16_t slot);

/* For keyspace.c: keeps the tree in step with the table. */
void expire_index_note(struct database *database, uint64_t hash, int64_t expiry_ms);
void expire_index_drop(struct database *database); /* no key expires any more */

#endif
