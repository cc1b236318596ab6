/* store/change.h -- Every change to a key is noted here, once, right before it takes place: the
 * bucket is preserved for a running snapshot, the change is counted, and the store's sink hears of
 * it. Only keyspace.c calls change_note(), and only keyspace.c changes tables and entries, so a
 * command cannot forget it. A sink notes down what it needs; it finds the key's new state when the
 * command is over. */
#ifndef TORC_STORE_CHANGE_H
#define TORC_STORE_CHANGE_H

#include "base/bytes.h"

struct place;
struct interest_key;

/* Named as keyspace notifications name them. */
enum change_event {
    CHANGE_NONE, /* a part of a larger change that has its own event */
    CHANGE_SET,
    CHANGE_SETRANGE,
    CHANGE_APPEND,
    CHANGE_INCRBY,
    CHANGE_INCRBYFLOAT,
    CHANGE_LPUSH,
    CHANGE_RPUSH,
    CHANGE_LPOP,
    CHANGE_RPOP,
    CHANGE_LINSERT,
    CHANGE_LSET,
    CHANGE_LREM,
    CHANGE_LTRIM,
    CHANGE_SORTSTORE,
    CHANGE_SADD,
    CHANGE_SREM,
    CHANGE_SPOP,
    CHANGE_SINTERSTORE,
    CHANGE_SUNIONSTORE,
    CHANGE_SDIFFSTORE,
    CHANGE_HSET,
    CHANGE_HDEL,
    CHANGE_HINCRBY,
    CHANGE_HINCRBYFLOAT,
    CHANGE_HEXPIRE,
    CHANGE_HPERSIST,
    CHANGE_HEXPIRED,
    CHANGE_ZADD,
    CHANGE_ZINCR,
    CHANGE_ZREM,
    CHANGE_ZREMRANGEBYRANK,
    CHANGE_ZREMRANGEBYSCORE,
    CHANGE_ZREMRANGEBYLEX,
    CHANGE_ZPOPMIN,
    CHANGE_ZPOPMAX,
    CHANGE_ZUNIONSTORE,
    CHANGE_ZINTERSTORE,
    CHANGE_ZDIFFSTORE,
    CHANGE_ZRANGESTORE,
    CHANGE_GEOSEARCHSTORE,
    CHANGE_GEORADIUSSTORE,
    CHANGE_XADD,
    CHANGE_XTRIM,
    CHANGE_XDEL,
    CHANGE_XSETID,
    CHANGE_XGROUP_CREATE,
    CHANGE_XGROUP_SETID,
    CHANGE_XGROUP_DESTROY,
    CHANGE_XGROUP_CREATECONSUMER,
    CHANGE_XGROUP_DELCONSUMER,
    CHANGE_XGROUP_USE, /* a group's state by reading, acknowledging or claiming: no event */
    CHANGE_RESTORE,
    CHANGE_SETBIT,
    CHANGE_PFADD,
    CHANGE_FORM, /* the same value, kept in another form: a change without a notification */
    CHANGE_DEL,
    CHANGE_EXPIRE,
    CHANGE_PERSIST,
    CHANGE_EXPIRED,
    CHANGE_EVICTED,
    CHANGE_RENAME_FROM,
    CHANGE_RENAME_TO,
    CHANGE_MOVE_FROM,
    CHANGE_MOVE_TO,
    CHANGE_COPY_TO,
    CHANGE_NEW,   /* a key appears; the event that says how follows */
    CHANGE_MISS,  /* no change: a key was looked for and is not there (event "keymiss") */
    CHANGE_FLUSH, /* of a database, or of all: no key; db -1 for all */
    CHANGE_SWAP,  /* of two databases: no key */
    CHANGE_EVENT_COUNT,
};

const char *change_event_name(enum change_event event); /* "rename_from" */

/* On whose behalf keys change, and what is to be done when the command is over. */
struct actor {
    uint64_t tracker;               /* of the client, if it tracks keys; see interest.h */
    const struct change_sink *sink; /* hears of all changes; NULL: nobody does */
    struct interest_key *first_ready, *last_ready; /* somebody waits for them: see interest.h */
};

static inline uint64_t actor_tracker(const struct actor *actor) /* NULL: nobody acts */
{
    return actor ? actor->tracker : 0;
}

struct change {
    enum change_event event;
    int32_t db;
    uint16_t slot;       /* meaningless without a key */
    struct bytes key;    /* borrowed; empty ptr: none */
    struct actor *actor; /* struct place's */
};

/* What these clients have read of a key is no longer true. */
struct stale {
    struct bytes key;
    const uint64_t *trackers;
    uint32_t count;
    uint64_t by; /* the tracker that has changed it; 0: somebody else */
};

/* Who listens to all changes. `on_change` runs on the thread that holds the slot. */
struct change_sink {
    void (*on_change)(void *context, const struct change *change);
    void (*on_stale)(void *context, const struct stale *stale);
    void *context;
};

/* Buckets a snapshot has yet to write are preserved before they change. `epoch` is 0 while none
 * runs, else 1..127; a bucket whose mark is not the epoch has not been written. Set at a cut only.
 */
struct change_snapshot {
    uint8_t epoch;
    void (*preserve)(void *context, uint16_t slot, uint16_t db, uint32_t bucket);
    void *context;
};

void change_note(const struct place *place, enum change_event event, bool key_is_new);
/* A value that was noted just now comes with an expiry: an event of its own, but one change. */
void change_note_expiry(const struct place *place);
/* A key appears by what is noted next. */
void change_note_new(const struct place *place);
/* A key that is read is not there: event CHANGE_MISS. */
void change_note_miss(const struct place *place);
/* Before a bucket changes for whatever reason. */
void change_preserve(const struct place *place, uint32_t bucket);

#endif
