/* store/keyspace.h -- Keys: the only code that changes tables and entries.
 *
 * A `struct place` says where a key lives and on whose behalf it is touched; a handler gets it from
 * command/lookup.h. It stays valid whatever else changes. An entry is borrowed: any change to the
 * same slot may move it, and a function that changes an entry returns where it is now.
 *
 * An expired key is removed by whoever looks for it, and is as good as absent. All functions are
 * O(1) but for the bytes they copy. */
#ifndef TORC_STORE_KEYSPACE_H
#define TORC_STORE_KEYSPACE_H

#include "store/entry.h"
#include "store/store.h"

struct garbage;

struct place {
    struct store *store;
    struct bytes key; /* borrowed: of the call's arguments */
    uint64_t hash;
    int64_t now_ms;
    uint16_t slot;
    uint16_t db;
    struct call_counters *counters;
    struct garbage *garbage; /* where large values go; NULL: they are freed at once */
    struct actor *actor;     /* NULL: nobody, and nobody is waited for */
};

static inline struct slot *place_slot(const struct place *place)
{
    return &place->store->slots[place->slot];
}

static inline struct database *place_database(const struct place *place)
{
    return slot_find_database(place_slot(place), place->db);
}

static inline bool keyspace_match(const void *item, const void *key)
{
    struct bytes found = entry_key(item), wanted = *(const struct bytes *)key;
    return found.len == wanted.len && memcmp(found.ptr, wanted.ptr, wanted.len) == 0;
}

/* Removes a key whose time has come. */
void keyspace_expire(const struct place *place, struct entry *entry);

/* NULL: there is no such key (any more). Leaves the access clock alone: see access.h. */
static inline struct entry *keyspace_find(const struct place *place)
{
    struct database *database = place_database(place);
    if (unlikely(!database)) return NULL;
    struct entry *entry = table_find(&database->table, place->hash, keyspace_match, &place->key);
    if (!entry || likely(entry_expiry_ms(entry) > place->now_ms)) return entry;
    keyspace_expire(place, entry);
    return NULL;
}

enum { KEYSPACE_KEEP_EXPIRY = -1 };

/* Makes a key that is not there (look first); takes the value's blob. expiry_ms: INT64_MAX none. */
struct entry *keyspace_add(const struct place *place, const struct str *value, int64_t expiry_ms,
                           uint32_t clock, enum change_event event);
/* Sets a key found just now to a string, whatever it held; takes the value's blob. expiry_ms may be
 * KEYSPACE_KEEP_EXPIRY. */
struct entry *keyspace_overwrite(const struct place *place, struct entry *entry,
                                 const struct str *value, int64_t expiry_ms,
                                 enum change_event event);
/* A key's collection is changed in three steps: it is opened, changed by its type's module, and
 * closed; nothing else may happen to the slot in between. `value` is the caller's until then.
 * Closing puts it back, or makes the key if `entry` is NULL; a collection that has become empty
 * goes, with its key. Closing tells of the event; CHANGE_NONE: nothing has changed after all.
 * Costs: small collections are copied, 256 bytes at most. NULL: there is no such key any more. */
struct value keyspace_open(const struct place *place, struct entry *entry);
struct entry *keyspace_close(const struct place *place, struct entry *entry, struct value *value,
                             uint32_t clock, enum change_event event);
/* Sets a key to a collection, whatever it held, if anything (`entry` NULL). Takes the value, which
 * is not empty. */
struct entry *keyspace_put(const struct place *place, struct entry *entry,
                           const struct value *value, int64_t expiry_ms, uint32_t clock,
                           enum change_event event);
/* Removes fields of a hash whose time has come, about so many; *gone: how many. NULL: the key went
 * with the last of them. */
struct entry *keyspace_expire_fields(const struct place *place, struct entry *entry, uint32_t work,
                                     uint32_t *gone);
/* Removes a key found just now. */
void keyspace_remove(const struct place *place, struct entry *entry, enum change_event event);
/* false: there was no such key. */
bool keyspace_delete(const struct place *place);
/* INT64_MAX: it expires no more. The event is CHANGE_EXPIRE or CHANGE_PERSIST. */
struct entry *keyspace_set_expiry(const struct place *place, struct entry *entry,
                                  int64_t expiry_ms);
/* Makes the string `len` bytes long, keeping what it held (an integer becomes text), new bytes not
 * initialized, to be changed in place through *bytes. `len` is not less than the length it has.
 * NULL: no memory for it; nothing has changed then. */
struct entry *keyspace_extend(const struct place *place, struct entry *entry, size_t len,
                              uint8_t **bytes, enum change_event event);
/* Moves the key to another place, whose key is overwritten, taking the expiry along. Nothing is
 * copied but the entry itself. */
void keyspace_rename(const struct place *from, struct entry *entry, const struct place *to,
                     enum change_event event_from, enum change_event event_to);
/* Puts a copy of the entry, which is of another place, there, overwriting. O(elements). */
void keyspace_copy(const struct entry *entry, const struct place *to, struct breath *breath);

/* All keys of one database of one slot, moved into the garbage, O(1); see garbage.h. `place` has no
 * key. The caller tells the sink of the whole by keyspace_note_all(). */
void keyspace_detach(const struct place *place, struct garbage *garbage);
/* Exchanges two databases of the slot. */
void keyspace_swap(const struct place *place, uint16_t other_db);
/* Tells the sink of a change without a key. db -1: of all databases. */
void keyspace_note_all(enum change_event event, int32_t db, struct actor *actor);

/* Asserts the invariants of a slot; O(keys). */
void keyspace_check(struct store *store, uint16_t slot);

#endif
