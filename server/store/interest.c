#include "store/interest.h"

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
    if (key->is_ready || key->is_taken || key->watches.first || key->waits.first) return;
    struct slot *slot = place_slot(place);
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
    key->minding += minds;
}

void interest_unwait(const struct place *place, struct interest *wait, bool minds)
{
    struct interest_key *key = wait->key;
    if (!key) return;
    leave(&key->waits, wait);
    wait->key = NULL;
    key->minding -= minds;
    if (!key->waits.first) metric_add(&place->counters->waited_keys, -1);
    trim(place, key);
}

struct watch *watch_new(struct bytes key, uint16_t slot, uint16_t db)
{
    struct watch *watch = mem_alloc(sizeof *watch + key.len);
    *watch = (struct watch){.slot = slot, .db = db, .len = (uint32_t)key.len};
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
    return !watch->is_dirty;
}

static void note_watches(struct interest_key *key)
{
    for (struct interest *at = key->watches.first; at; at = at->next)
        ((struct watch *)(void *)at)->is_dirty = true;
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

void interest_note(const struct place *place)
{
    struct interest_key *key = find(place);
    if (!key) return;
    note_watches(key);
    note_waits(key, place->actor);
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
};

static bool exists(const struct place *of, const struct interest_key *key, uint16_t db)
{
    struct place place = *of;
    place.key = interest_key_bytes(key);
    place.hash = key->hash;
    place.db = db;
    return keyspace_find(&place) != NULL;
}

static void sweep_key(void *context, void *item)
{
    const struct sweep *sweep = context;
    struct interest_key *key = item;
    if (key->db != sweep->dbs[0] && key->db != sweep->dbs[1]) return;
    bool is_there = exists(sweep->place, key, sweep->dbs[0]) ||
                    (sweep->dbs[1] != sweep->dbs[0] && exists(sweep->place, key, sweep->dbs[1]));
    if (!is_there) return;
    note_watches(key);
    note_waits(key, sweep->place->actor);
}

void interest_note_all(const struct place *place, uint16_t other_db)
{
    struct interests *interests = place_slot(place)->interests;
    if (!interests) return;
    struct sweep sweep = {place, {place->db, other_db}};
    for (uint32_t i = 0; i < interests->keys.bucket_count; i++)
        table_visit_bucket(&interests->keys, i, sweep_key, &sweep);
}
