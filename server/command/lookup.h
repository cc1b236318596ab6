/* command/lookup.h -- From a call's argument to the key it names. These are what a handler uses of
 * the store's bookkeeping: hits and misses are counted and the access clock is renewed here. */
#ifndef TORC_COMMAND_LOOKUP_H
#define TORC_COMMAND_LOOKUP_H

#include "command/call.h"
#include "store/keyspace.h"

/* Where the key in args[index] lives, in the call's database. Computes slot and hash, unless it is
 * the first key, for which routing has done so. */
struct place call_place(struct call *call, uint32_t index);
/* Where any key lives, in the call's database. */
struct place call_place_of_key(struct call *call, struct bytes key);
/* The first key: call->slot is its slot. */
struct place call_first_place(struct call *call, uint32_t index);

/* A database of a slot, without a key. */
struct place call_database_place(struct call *call, uint16_t slot, uint16_t db);

/* For commands that read: counts a hit or miss, renews the access clock. */
struct entry *call_find_read(struct call *call, const struct place *place);
/* The same without the clock: EXISTS, TTL, TYPE, OBJECT look without touching. */
struct entry *call_peek(struct call *call, const struct place *place);
/* The same, and nobody is told that the key is missed: OBJECT. */
struct entry *call_inspect(struct call *call, const struct place *place);
/* For commands that change: renews the clock, counts nothing. */
struct entry *call_find_write(struct call *call, const struct place *place);

/* Sets a key to a string, whatever it held, if anything. expiry_ms: INT64_MAX none, or
 * KEYSPACE_KEEP_EXPIRY. Takes the value's blob. */
struct entry *call_put(struct call *call, const struct place *place, const struct str *value,
                       int64_t expiry_ms, enum change_event event);
/* The same for a key that is known not to be there. */
struct entry *call_add(struct call *call, const struct place *place, const struct str *value,
                       int64_t expiry_ms, enum change_event event);
/* Argument `index` as a value to be stored: an integer, bytes, or the blob it came in. */
struct str call_str(struct call *call, uint32_t index);

#endif
