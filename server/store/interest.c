#include "store/interest.h"

#include "base/fault.h"
#include "base/mark.h"
#include "mem/mem.h"

/* The keys of a slot in which somebody has an interest. */
struct interests {
    struct table keys;
};

struct wanted {
    struct bytes key;
    uint16_t db;
};

static bool is_wanted(const void *item, const void *context)
{
    const struct interest_key *key = item;
    const struct wanted *wanted = context;
    return key->db == wanted->db && bytes_equal(interest_key_bytes(key), wanted->key);
}

static uint64_t hash_of_item(void *context, const void *item)
{
    (void)context;
    return ((const struct interest_key *)item)->hash;
}

static const struct table_owner owner = {.hash = hash_of_item};

static struct interest_key *find(const struct place *place)
{
    const struct interests *interests = place_slot(place)->interests;
    if (!interests) return NULL;
    return table_find(&interests->keys, place->hash, is_wanted,
                      &(struct wanted){place->key, place->db});
}

static size_t size_of(const struct interest_key *key)
{
    return sizeof *key + key->len;
}

static struct interest_key *make(const struct place *place)
{
    struct interest_key *key = find(place);
    if (key) return key;
    struct slot *slot = place_slot(place);
    if (!slot->interests) slot->interests = mem_alloc_zero(sizeof *slot->interests);
    key = mem_alloc_zero(sizeof *key + place->key.len);
    key->hash = place->hash;
    key->len = (uint32_t)place->key.len;
    key->slot = place->slot;
    key->db = place->db;
    if (key->len) memcpy(key->bytes, place->key.ptr, key->len);
    table_insert(&slot->interests->keys, key->hash, key, &owner);
    return key;
}

/* Forgets the key if nobody has an interest in it any more. */
static void trim(const struct place *place, struct interest_key *key)
{
    if (key->is_ready || key->is_taken || key->trackers || key->watches.first || key->waits.first)
        return;
    struct slot *slot = place_slot(place);
    ASSERT(slot->interests);
    table_remove(&slot->interests->keys, key->hash, key, &owner);
    mem_free(key, size_of(key));
    if (slot->interests->keys.count) return;
    table_fini(&slot->interests->keys);
    mem_free(slot->interests, sizeof *slot->interests);
    slot->interests = NULL;
}

static void join(struct interest_list *list, struct interest_key *key, struct interest *interest)
{
    interest->key = key;
    interest->next = NULL;
    interest->prev = list->last;
    *(list->last ? &list->last->next : &list->first) = interest;
    list->last = interest;
}

static void leave(struct interest_list *list, struct interest *interest)
{
    *(interest->prev ? &interest->prev->next : &list->first) = interest->next;
    *(interest->next ? &interest->next->prev : &list->last) = interest->prev;
}

void interest_wait(const struct place *place, struct interest *wait, bool minds)
{
    struct interest_key *key = make(place);
    if (!key->waits.first) metric_add(&place->counters->waited_keys, 1);
    join(&key->waits, key, wait);
    if (minds && !key->minding++) metric_add(&place->counters->minded_keys, 1);
}

void interest_unwait(const struct place *place, struct interest *wait, bool minds)
{
    struct interest_key *key = wait->key;
    if (!key) return;
    leave(&key->waits, wait);
    wait->key = NULL;
    if (minds && !--key->minding) metric_add(&place->counters->minded_keys, -1);
    if (!key->waits.first) metric_add(&place->counters->waited_keys, -1);
    trim(place, key);
}

struct watch *watch_new(const struct place *place)
{
    struct bytes key = place->key;
    struct watch *watch = mem_alloc(sizeof *watch + key.len);
    *watch = (struct watch){
        .slot = place->slot, .db = place->db, .hash = place->hash, .len = (uint32_t)key.len};
    if (key.len) memcpy(watch->key, key.ptr, key.len);
    return watch;
}

void watches_free(struct watch *first)
{
    while (first) {
        struct watch *watch = first;
        ASSERT(!watch->interest.key);
        first = watch->next;
        mem_free(watch, sizeof *watch + watch->len);
    }
}

void watch_join(const struct place *place, struct watch *watch)
{
    keyspace_find(place); /* what has expired already is not what will change */
    struct interest_key *key = make(place);
    if (!key->watches.first) metric_add(&place->counters->watched_keys, 1);
    join(&key->watches, key, &watch->interest);
}

bool watch_leave(const struct place *place, struct watch *watch)
{
    struct interest_key *key = watch->interest.key;
    leave(&key->watches, &watch->interest);
    watch->interest.key = NULL;
    if (!key->watches.first) metric_add(&place->counters->watched_keys, -1);
    trim(place, key);
    bool is_dirty = watch_is_dirty(watch);
    if (is_dirty) mark(MARK_WATCH_DIRTY);
    return !is_dirty;
}

/* --- Tracking --------------------------------------------------------------------------------- */

static uint32_t place_of_tracker(const struct interest_key *key, uint64_t tracker)
{
    uint32_t low = 0, high = key->tracker_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (key->trackers[middle] < tracker)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void make_room(struct interest_key *key)
{
    uint32_t old = key->tracker_capacity, capacity = old ? old * 2 : 1;
    if (key->tracker_count < old) return;
    key->trackers =
        mem_resize(key->trackers, old * sizeof *key->trackers, capacity * sizeof *key->trackers);
    key->tracker_capacity = capacity;
}

bool interest_track(const struct place *place, uint64_t tracker)
{
    struct interest_key *key = make(place);
    uint32_t at = place_of_tracker(key, tracker);
    if (at < key->tracker_count && key->trackers[at] == tracker) return false;
    make_room(key);
    memmove(&key->trackers[at + 1], &key->trackers[at],
            (key->tracker_count - at) * sizeof *key->trackers);
    key->trackers[at] = tracker;
    if (!key->tracker_count++) metric_add(&place->counters->tracked_keys, 1);
    metric_add(&place->counters->tracked_items, 1);
    return true;
}

static void drop_trackers(const struct place *place, struct interest_key *key)
{
    metric_add(&place->counters->tracked_keys, -1);
    metric_add(&place->counters->tracked_items, -(int64_t)key->tracker_count);
    mem_free(key->trackers, key->tracker_capacity * sizeof *key->trackers);
    key->trackers = NULL;
    key->tracker_count = key->tracker_capacity = 0;
}

/* Each is told once, and then tracks the key no more. */
static void tell_trackers(const struct place *place, struct interest_key *key, uint64_t by)
{
    const struct actor *actor = place->actor;
    if (!key->trackers) return;
    struct stale stale = {interest_key_bytes(key), key->trackers, key->tracker_count, by};
    if (actor && actor->sink) actor->sink->on_stale(actor->sink->context, &stale);
    drop_trackers(place, key);
}

struct search {
    const struct interest_key *except;
    struct interest_key *found;
};

static void find_tracked(void *context, void *item)
{
    struct search *search = context;
    struct interest_key *key = item;
    if (key->trackers && key != search->except) search->found = key;
}

bool interest_untrack_other(const struct place *place)
{
    const struct interests *interests = place_slot(place)->interests;
    struct search search = {.except = find(place)};
    uint32_t count = interests->keys.bucket_count, first = (uint32_t)place->hash % count;
    for (uint32_t i = 0; i < count && !search.found; i++)
        table_visit_bucket(&interests->keys, (first + i) % count, find_tracked, &search);
    if (!search.found) return false;
    tell_trackers(place, search.found, 0);
    trim(place, search.found);
    return true;
}

/* --- Changes ---------------------------------------------------------------------------------- */

static void note_watches(struct interest_key *key)
{
    if (fault_is(FAULT_WATCH_BLIND)) return;
    for (struct interest *at = key->watches.first; at; at = at->next)
        atomic_store_explicit(&((struct watch *)(void *)at)->is_dirty, true, memory_order_relaxed);
}

static void note_waits(struct interest_key *key, struct actor *actor)
{
    if (!key->waits.first || key->is_ready || !actor) return;
    interest_make_ready(actor, key);
}

void interest_make_ready(struct actor *actor, struct interest_key *key)
{
    if (key->is_ready) return;
    key->is_ready = true;
    key->next_ready = NULL;
    *(actor->last_ready ? &actor->last_ready->next_ready : &actor->first_ready) = key;
    actor->last_ready = key;
}

void interest_note(const struct place *place, uint64_t by)
{
    struct interest_key *key = find(place);
    if (!key) return;
    note_watches(key);
    note_waits(key, place->actor);
    if (!key->trackers) return;
    tell_trackers(place, key, by);
    trim(place, key);
}

struct interest_key *interest_take_ready(struct actor *actor)
{
    struct interest_key *key = actor->first_ready;
    if (!key) return NULL;
    actor->first_ready = key->next_ready;
    if (!actor->first_ready) actor->last_ready = NULL;
    key->is_ready = false;
    key->is_taken = true;
    return key;
}

void interest_release(const struct place *place, struct interest_key *key)
{
    key->is_taken = false;
    trim(place, key);
}

void interest_move_ready(struct actor *to, struct actor *from)
{
    if (!from->first_ready) return;
    *(to->last_ready ? &to->last_ready->next_ready : &to->first_ready) = from->first_ready;
    to->last_ready = from->last_ready;
    from->first_ready = from->last_ready = NULL;
}

/* A change to all keys of some databases. */
struct sweep {
    const struct place *place;
    uint16_t dbs[2];
    bool is_flush; /* of which those who track keys are told as a whole */
    struct interest_key **seen;
    uint32_t seen_count;
};

static bool exists(const struct place *of, const struct interest_key *key, uint16_t db)
{
    struct place place = *of;
    place.key = interest_key_bytes(key);
    place.hash = key->hash;
    place.db = db;
    return keyspace_find(&place) != NULL;
}

static bool exists_in_either(const struct sweep *sweep, const struct interest_key *key)
{
    return exists(sweep->place, key, sweep->dbs[0]) ||
           (sweep->dbs[1] != sweep->dbs[0] && exists(sweep->place, key, sweep->dbs[1]));
}

/* Keeps them all: they are trimmed when the visit is over. */
static void collect(void *context, void *item)
{
    struct sweep *sweep = context;
    struct interest_key *key = item;
    if (key->db != sweep->dbs[0] && key->db != sweep->dbs[1]) return;
    sweep->seen[sweep->seen_count++] = key;
}

static void sweep_key(const struct sweep *sweep, struct interest_key *key)
{
    key->is_taken = true; /* looking for it may find that it has expired */
    if (exists_in_either(sweep, key)) {
        note_watches(key);
        note_waits(key, sweep->place->actor);
    }
    if (key->trackers && sweep->is_flush) drop_trackers(sweep->place, key);
    tell_trackers(sweep->place, key, actor_tracker(sweep->place->actor));
    key->is_taken = false;
    trim(sweep->place, key);
}

void interest_note_all(const struct place *place, uint16_t other_db)
{
    struct interests *interests = place_slot(place)->interests;
    if (!interests) return;
    uint32_t max = (uint32_t)interests->keys.count;
    struct sweep sweep = {place, {place->db, other_db}, place->db == other_db, NULL, 0};
    sweep.seen = mem_alloc(max * sizeof *sweep.seen);
    for (uint32_t i = 0; i < interests->keys.bucket_count; i++)
        table_visit_bucket(&interests->keys, i, collect, &sweep);
    for (uint32_t i = 0; i < sweep.seen_count; i++)
        sweep_key(&sweep, sweep.seen[i]);
    mem_free(sweep.seen, max * sizeof *sweep.seen);
}

static void free_key(void *context, void *item)
{
    struct interest_key *key = item;
    (void)context;
    ASSERT(!key->watches.first && !key->waits.first && !key->is_ready);
    mem_free(key->trackers, key->tracker_capacity * sizeof *key->trackers);
    mem_free(key, size_of(key));
}

void interests_fini(struct slot *slot)
{
    if (!slot->interests) return;
    while (table_drain(&slot->interests->keys, free_key, NULL))
        ;
    table_fini(&slot->interests->keys);
    mem_free(slot->interests, sizeof *slot->interests);
    slot->interests = NULL;
}
