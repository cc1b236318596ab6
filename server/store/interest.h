/* store/interest.h -- Who wants to hear of changes to the keys of a slot: clients that WATCH a key,
 * calls that are blocked on one, and clients that keep what they have read (CLIENT TRACKING). It
 * hangs off the slot, so whoever holds that may touch it, and it goes along when the slot moves.
 * Where nobody has an interest, a change costs one more load of the slot's own line.
 *
 * Cost: O(1) to join and to leave; a change to a key costs O(its watchers). */
#ifndef TORC_STORE_INTEREST_H
#define TORC_STORE_INTEREST_H

#include <stdatomic.h>

#include "store/keyspace.h"

struct interest_key;

/* One party's interest in one key; embedded in what it is about. */
struct interest {
    struct interest *next, *prev; /* in its list, in the order of arrival */
    struct interest_key *key;     /* NULL: it is in none */
};

struct interest_list {
    struct interest *first, *last;
};

/* A key in which somebody has an interest, whether it exists or not. */
struct interest_key {
    struct interest_list watches, waits;
    struct interest_key *next_ready;
    uint64_t *trackers; /* ascending; see interest_track() */
    uint32_t tracker_count, tracker_capacity;
    uint64_t hash;
    uint32_t len;
    uint16_t slot, db;
    bool is_ready;    /* in an actor's list */
    bool is_taken;    /* out of it, by whoever serves its queue */
    uint32_t minding; /* of the waits: not only of what comes do they want to hear */
    uint8_t bytes[];
};

/* WATCH: made by the client's front, which reads it when nobody has an interest in it any more.
 * In between it is touched by whoever holds the slot. */
struct watch {
    struct interest interest;
    struct watch *next;    /* the front's: the client's other watches */
    _Atomic bool is_dirty; /* the key has changed; its front may look, to show it */
    uint16_t slot, db;
    uint32_t len;
    uint64_t hash;
    uint8_t key[];
};

struct watch *watch_new(const struct place *place); /* of its key */
void watches_free(struct watch *first);             /* all have left */
/* From here on it hears of changes: the key as it is now is what the client believes in. */
void watch_join(const struct place *place, struct watch *watch);
/* Ends; false: the key has changed in between. (Look for it first: its time may have come.) */
bool watch_leave(const struct place *place, struct watch *watch);

static inline bool watch_is_dirty(const struct watch *watch)
{
    return atomic_load_explicit(&watch->is_dirty, memory_order_relaxed);
}

/* Stands last in the key's queue. It may mind, too, that the key goes. */
void interest_wait(const struct place *place, struct interest *wait, bool minds);
void interest_unwait(const struct place *place, struct interest *wait, bool minds);

/* That client has been told what the key holds: it is told once when that changes. `tracker` is a
 * number that the layers above understand. false: it knows already. O(log trackers) and a move. */
bool interest_track(const struct place *place, uint64_t tracker);
/* Some key of the slot that is tracked, other than this one, is forgotten as if it had changed;
 * false: there is none. */
bool interest_untrack_other(const struct place *place);

/* For change.c: the key is about to change, by that tracker; 0: by somebody else. One that somebody
 * waits for becomes ready. */
void interest_note(const struct place *place, uint64_t by);
/* All keys of a database of a slot are about to go, or to become those of another one. Those that
 * exist in either have changed. O(keys in which somebody has an interest). */
void interest_note_all(const struct place *place, uint16_t other_db);
/* Whoever acts has to look at this key's queue when the command is over. */
void interest_make_ready(struct actor *actor, struct interest_key *key);
/* The next such key, which stays until interest_release(). NULL: there is none. */
struct interest_key *interest_take_ready(struct actor *actor);
void interest_release(const struct place *place, struct interest_key *key);
/* Keys that are ready for `from` become so for `to`. */
void interest_move_ready(struct actor *to, struct actor *from);

/* At the end of a store: nobody watches or waits any more; what is tracked is forgotten. */
void interests_fini(struct slot *slot);

static inline struct bytes interest_key_bytes(const struct interest_key *key)
{
    return bytes_make(key->bytes, key->len);
}

#endif
