/* command/collection.h -- How a handler gets at the collection a key holds.
 *
 *     struct collection set;
 *     if (!collection_read(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
 *     return reply_int(call, (int64_t)value_count(&set.value));
 *
 *     if (!collection_write(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
 *     ... nothing else may happen to the slot until it is closed ...
 *     collection_close(call, &set, added ? CHANGE_SADD : CHANGE_NONE);
 *
 * A key that is not there is an empty collection; one that has become empty goes when closed. */
#ifndef TORC_COMMAND_COLLECTION_H
#define TORC_COMMAND_COLLECTION_H

#include "command/lookup.h"
#include "types/value.h"

struct collection {
    struct place place;
    struct entry *entry; /* NULL: there is no such key */
    struct value value;
};

/* For reading: the value is borrowed, valid until the slot changes. false: of another type. Counts
 * a hit or a miss, renews the access clock. */
bool collection_read(struct call *call, uint32_t index, enum value_type type,
                     struct collection *collection);
/* Finds it for a change, without opening it: the value is to be looked at only. For commands that
 * may find nothing to do. */
bool collection_find(struct call *call, uint32_t index, enum value_type type,
                     struct collection *collection);
/* Opens what collection_find() found: the value may be changed. If there is no key, it is a new
 * one, owned until closed. */
void collection_open(struct collection *collection);
/* Both. */
bool collection_write(struct call *call, uint32_t index, enum value_type type,
                      struct collection *collection);
/* Puts the value back; see keyspace_close(). The entry afterwards, or NULL: the key is gone. */
struct entry *collection_close(struct call *call, struct collection *collection,
                               enum change_event event);
/* Lets go of a value that belongs to no key, by and by if it is large. */
void collection_drop(struct call *call, struct value *value);
/* Sets the key of `index` to a value made apart (the STORE forms), whatever it held; its expiry
 * goes. Takes the value; an empty one removes the key (as CHANGE_DEL). */
void collection_store(struct call *call, uint32_t index, struct value *value,
                      enum change_event event);

#endif
