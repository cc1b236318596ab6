#include "store/keyspace.h"

#include "base/number.h"
#include "mem/mem.h"
#include "store/expire.h"
#include "store/garbage.h"
#include "store/interest.h"
#include "types/hash.h"

/* The table's view of its owner. */
struct keeper {
    const struct place *place;
    struct database *database;
};

static uint64_t hash_item(void *context, const void *item)
{
    const struct keeper *keeper = context;
    return store_hash(keeper->place->store, entry_key(item));
}

static void on_split(void *context, uint32_t from, uint32_t to)
{
    const struct keeper *keeper = context;
    (void)to;
    change_preserve(keeper->place, from);
    struct database *database = keeper->database;
    if (database->expiry)
        database->expiry = mintree_push(database->expiry, mintree_at(database->expiry, from));
}

static void on_merge(void *context, uint32_t from, uint32_t to)
{
    const struct keeper *keeper = context;
    change_preserve(keeper->place, from);
    change_preserve(keeper->place, to);
    struct database *database = keeper->database;
    if (!database->expiry) return;
    mintree_lower(database->expiry, to, mintree_at(database->expiry, from));
    database->expiry = mintree_pop(database->expiry);
}

static struct table_owner owner_of(struct keeper *keeper)
{
    uint8_t epoch = keeper->place->store->snapshot.epoch;
    return (struct table_owner){hash_item, on_split, on_merge, keeper, epoch};
}

/* Does the database count the entry as a hash with fields that expire, as it should? */
static void count_fields(struct database *database, struct entry *entry, bool expire)
{
    if (expire == !!(entry->flags & ENTRY_FIELDS_EXPIRE)) return;
    entry->flags ^= ENTRY_FIELDS_EXPIRE;
    database->fields_count += expire ? 1 : -1u;
}

/* The index of expiries follows what became of an entry in the table. */
static void note_due(const struct place *place, struct database *database,
                     const struct entry *entry)
{
    int64_t due_ms = entry_due_ms(entry);
    if (due_ms != INT64_MAX)
        expire_index_note(database, place->hash, due_ms);
    else if (!database->expiring_count && !database->fields_count)
        expire_index_drop(database);
}

static void insert(const struct place *place, struct entry *entry)
{
    struct database *database = slot_make_database(place_slot(place), place->db);
    struct keeper keeper = {place, database};
    struct table_owner owner = owner_of(&keeper);
    table_insert(&database->table, place->hash, entry, &owner);
    entry->flags &= (uint8_t)~ENTRY_FIELDS_EXPIRE; /* it may be a copy of one that was counted */
    count_fields(database, entry, entry_fields_expiry_ms(entry) != INT64_MAX);
    if (entry_expires(entry)) database->expiring_count++;
    if (entry_due_ms(entry) != INT64_MAX) note_due(place, database, entry);
}

/* Takes the entry out of the table; it still exists. */
static void detach(const struct place *place, struct entry *entry)
{
    struct database *database = place_database(place);
    if (entry_expires(entry)) database->expiring_count--;
    count_fields(database, entry, false);
    if (!database->expiring_count && !database->fields_count) expire_index_drop(database);
    struct keeper keeper = {place, database};
    struct table_owner owner = owner_of(&keeper);
    table_remove(&database->table, place->hash, entry, &owner);
    if (unlikely(place->db && !database->table.count)) slot_trim(place_slot(place));
}

/* An entry in the table, which expired at old_expiry_ms, has become another one, perhaps at another
 * place, perhaps with another expiry. */
static void settle(const struct place *place, const struct entry *old, int64_t old_expiry_ms,
                   struct entry *entry)
{
    struct database *database = place_database(place);
    if (entry != old) table_replace(&database->table, place->hash, old, entry);
    bool had_fields = entry->flags & ENTRY_FIELDS_EXPIRE;
    count_fields(database, entry, entry_fields_expiry_ms(entry) != INT64_MAX);
    bool has_fields = entry->flags & ENTRY_FIELDS_EXPIRE;
    int64_t expiry_ms = entry_expiry_ms(entry);
    if (likely(expiry_ms == old_expiry_ms && !had_fields && !has_fields)) return;
    database->expiring_count += (expiry_ms != INT64_MAX) - (old_expiry_ms != INT64_MAX);
    note_due(place, database, entry);
}

/* What is large is freed by and by. */
static void discard_large(const struct place *place, struct entry *entry)
{
    struct value value;
    if (place->garbage && entry_take_large(entry, &value))
        garbage_take_value(place->garbage, value);
}

void keyspace_expire(const struct place *place, struct entry *entry)
{
    metric_add(&place->counters->expired_keys, 1);
    keyspace_remove(place, entry, CHANGE_EXPIRED);
}

struct entry *keyspace_add(const struct place *place, const struct str *value, int64_t expiry_ms,
                           uint32_t clock, enum change_event event)
{
    change_note(place, event, true);
    if (expiry_ms != INT64_MAX) change_note_expiry(place);
    struct entry *entry = entry_new(place->key, value, expiry_ms, clock);
    insert(place, entry);
    return entry;
}

struct entry *keyspace_overwrite(const struct place *place, struct entry *entry,
                                 const struct str *value, int64_t expiry_ms,
                                 enum change_event event)
{
    change_note(place, event, false);
    int64_t old_expiry_ms = entry_expiry_ms(entry);
    if (expiry_ms == KEYSPACE_KEEP_EXPIRY)
        expiry_ms = old_expiry_ms;
    else if (expiry_ms != INT64_MAX)
        change_note_expiry(place);
    discard_large(place, entry);
    struct entry *written = entry_rewrite(entry, value, expiry_ms);
    settle(place, entry, old_expiry_ms, written);
    return written;
}

void keyspace_remove(const struct place *place, struct entry *entry, enum change_event event)
{
    change_note(place, event, false);
    detach(place, entry);
    discard_large(place, entry);
    entry_free(entry);
}

struct value keyspace_open(const struct place *place, struct entry *entry)
{
    change_note(place, CHANGE_NONE, false);
    struct value value = entry_view(entry);
    if (value.encoding == VALUE_OBJECT) mem_use_small_pages(true);
    return entry_has_pointer(entry) ? value : value_copy(&value, NULL);
}

static void forget(struct entry *entry)
{
    if (entry_has_pointer(entry)) entry_take(entry);
}

static void close_empty(const struct place *place, struct entry *entry, struct value *value,
                        enum change_event event)
{
    value_free(value);
    if (!entry) return;
    forget(entry);
    change_note(place, event, false);
    keyspace_remove(place, entry, CHANGE_DEL);
}

static struct entry *add_collection(const struct place *place, const struct value *value,
                                    int64_t expiry_ms, uint32_t clock, enum change_event event)
{
    change_note(place, event, true);
    if (expiry_ms != INT64_MAX) change_note_expiry(place);
    struct entry *entry = entry_new_collection(place->key, value, expiry_ms, clock);
    insert(place, entry);
    return entry;
}

struct entry *keyspace_close(const struct place *place, struct entry *entry, struct value *value,
                             uint32_t clock, enum change_event event)
{
    mem_use_small_pages(false);
    if (value_is_empty(value)) {
        close_empty(place, entry, value, event);
        return NULL;
    }
    if (!entry) return add_collection(place, value, INT64_MAX, clock, event);
    change_note(place, event, false);
    int64_t expiry_ms = entry_expiry_ms(entry);
    struct entry *written = entry_put(entry, value, expiry_ms);
    settle(place, entry, expiry_ms, written);
    return written;
}

struct entry *keyspace_put(const struct place *place, struct entry *entry,
                           const struct value *value, int64_t expiry_ms, uint32_t clock,
                           enum change_event event)
{
    if (!entry) return add_collection(place, value, expiry_ms, clock, event);
    change_note(place, event, false);
    if (expiry_ms != INT64_MAX) change_note_expiry(place);
    int64_t old_expiry_ms = entry_expiry_ms(entry);
    discard_large(place, entry);
    struct entry *written = entry_rewrite_collection(entry, value, expiry_ms);
    settle(place, entry, old_expiry_ms, written);
    return written;
}

struct entry *keyspace_expire_fields(const struct place *place, struct entry *entry, uint32_t work,
                                     uint32_t *gone)
{
    struct value value = keyspace_open(place, entry);
    *gone = hash_expire(&value, place->now_ms, work);
    enum change_event event = *gone ? CHANGE_HEXPIRED : CHANGE_NONE;
    return keyspace_close(place, entry, &value, entry->clock, event);
}

bool keyspace_delete(const struct place *place)
{
    struct entry *entry = keyspace_find(place);
    if (!entry) return false;
    keyspace_remove(place, entry, CHANGE_DEL);
    return true;
}

struct entry *keyspace_set_expiry(const struct place *place, struct entry *entry, int64_t expiry_ms)
{
    change_note(place, expiry_ms == INT64_MAX ? CHANGE_PERSIST : CHANGE_EXPIRE, false);
    int64_t old_expiry_ms = entry_expiry_ms(entry);
    struct entry *changed = entry_set_expiry(entry, expiry_ms);
    settle(place, entry, old_expiry_ms, changed);
    return changed;
}

/* How much room a string gets that has grown to `len` bytes: growing byte by byte costs O(1) a
 * byte, and what is never used is at most a quarter of a large string. */
static size_t room_for(size_t len)
{
    return len < 1024 * 1024 ? len * 2 : len + len / 4;
}

/* A new blob with room for `len` bytes that begins with `text`; NULL: no memory. */
static struct blob *roomy_copy(struct bytes text, size_t len)
{
    struct blob *blob = blob_try_new(text.len < len ? room_for(len) : len);
    if (!blob) return NULL;
    memcpy(blob->bytes, text.ptr, text.len);
    blob->len = text.len;
    return blob;
}

/* A blob that stays one: what a reply still refers to is left alone, and copied. */
static struct entry *extend_own_blob(const struct place *place, struct entry *entry, size_t len,
                                     uint8_t **bytes, enum change_event event)
{
    struct blob *old = entry_blob(entry), *blob = old;
    bool shared = blob_is_shared(old);
    if (shared)
        blob = roomy_copy(blob_view(old), len);
    else if (old->capacity < len)
        blob = blob_try_grow(old, room_for(len));
    if (!blob) return NULL;
    entry_set_blob(entry, blob);
    if (shared) blob_release(old);
    change_note(place, event, false);
    blob->len = len;
    *bytes = blob->bytes;
    return entry;
}

static struct entry *extend_into_blob(const struct place *place, struct entry *entry, size_t len,
                                      uint8_t **bytes, enum change_event event)
{
    char scratch[NUMBER_INT_MAX];
    struct blob *blob = roomy_copy(entry_text(entry, scratch), len);
    if (!blob) return NULL;
    blob->len = len;
    *bytes = blob->bytes;
    struct str value = str_of_blob(blob);
    return keyspace_overwrite(place, entry, &value, KEYSPACE_KEEP_EXPIRY, event);
}

static struct entry *extend_inline(const struct place *place, struct entry *entry, size_t len,
                                   uint8_t **bytes, enum change_event event)
{
    change_note(place, event, false);
    const struct entry *old = entry;
    char scratch[NUMBER_INT_MAX];
    if (entry_encoding(entry) == VALUE_INT) {
        struct bytes text = entry_text(entry, scratch);
        struct str value = {.encoding = VALUE_INLINE, .bytes = text};
        entry = entry_rewrite(entry, &value, entry_expiry_ms(entry));
    }
    entry = entry_resize_inline(entry, len);
    entry->flags |= ENTRY_RAW;
    settle(place, old, entry_expiry_ms(entry), entry);
    *bytes = (uint8_t *)entry_inline(entry).ptr;
    return entry;
}

struct entry *keyspace_extend(const struct place *place, struct entry *entry, size_t len,
                              uint8_t **bytes, enum change_event event)
{
    if (entry_encoding(entry) == VALUE_BLOB)
        return extend_own_blob(place, entry, len, bytes, event);
    if (len >= BLOB_MIN) return extend_into_blob(place, entry, len, bytes, event);
    return extend_inline(place, entry, len, bytes, event);
}

/* Makes way for a key that comes from elsewhere, and is new whatever was there. */
static void clear_way(const struct place *place)
{
    struct entry *entry = keyspace_find(place);
    if (entry) keyspace_remove(place, entry, CHANGE_NONE);
    change_note_new(place);
}

void keyspace_rename(const struct place *from, struct entry *entry, const struct place *to,
                     enum change_event event_from, enum change_event event_to)
{
    clear_way(to);
    change_note(from, event_from, false);
    detach(from, entry);
    struct entry *renamed = entry_rename(entry, to->key);
    change_note(to, event_to, false);
    insert(to, renamed);
}

void keyspace_copy(const struct entry *entry, const struct place *to, struct breath *breath)
{
    clear_way(to);
    struct entry *copy = entry_copy(entry, to->key, breath);
    change_note(to, CHANGE_COPY_TO, false);
    insert(to, copy);
}

void keyspace_detach(const struct place *place, struct garbage *garbage)
{
    if (unlikely(place_slot(place)->interests)) interest_note_all(place, place->db);
    struct database *database = place_database(place); /* keys may have expired just now */
    if (!database || !database->table.count) return;
    bool is_preserved = !place->store->snapshot.epoch;
    for (uint32_t i = 0; !is_preserved && i < database->table.bucket_count; i++)
        change_preserve(place, i);
    garbage_take(garbage, database);
    if (place->db) slot_trim(place_slot(place));
}

void keyspace_swap(const struct place *place, uint16_t other_db)
{
    if (unlikely(place_slot(place)->interests)) interest_note_all(place, other_db);
    slot_swap_databases(place_slot(place), place->db, other_db);
}

void keyspace_note_all(enum change_event event, int32_t db, struct actor *actor)
{
    if (!actor || !actor->sink) return;
    struct change change = {.event = event, .db = db, .actor = actor};
    actor->sink->on_change(actor->sink->context, &change);
}

/* Checks. */

struct checked {
    const struct database *database;
    uint32_t bucket;
    uint32_t expiring, fields_expiring;
};

static void check_entry(void *context, void *item)
{
    struct checked *checked = context;
    const struct entry *entry = item;
    ASSERT(entry_type(entry) < VALUE_TYPE_COUNT);
    bool fields_expire = entry_fields_expiry_ms(entry) != INT64_MAX;
    ASSERT(fields_expire == !!(entry->flags & ENTRY_FIELDS_EXPIRE));
    if (!entry_expires(entry) && !fields_expire) return;
    checked->expiring += entry_expires(entry);
    checked->fields_expiring += fields_expire;
    ASSERT(checked->database->expiry);
    ASSERT(mintree_at(checked->database->expiry, checked->bucket) <= entry_due_ms(entry));
}

static void check_database(const struct place *place, struct database *database)
{
    struct keeper keeper = {place, database};
    struct table_owner owner = owner_of(&keeper);
    table_check(&database->table, &owner);
    struct checked checked = {.database = database};
    for (; checked.bucket < database->table.bucket_count; checked.bucket++)
        table_visit_bucket(&database->table, checked.bucket, check_entry, &checked);
    ASSERT(checked.expiring == database->expiring_count);
    ASSERT(checked.fields_expiring == database->fields_count);
    bool any = database->expiring_count || database->fields_count;
    ASSERT(any == (database->expiry != NULL));
    if (!database->expiry) return;
    ASSERT(mintree_count(database->expiry) == database->table.bucket_count);
    mintree_check(database->expiry);
}

void keyspace_check(struct store *store, uint16_t slot)
{
    for (uint32_t db = 0; db < slot_database_limit(&store->slots[slot]); db++) {
        struct place place = {.store = store, .slot = slot, .db = (uint16_t)db};
        check_database(&place, place_database(&place));
    }
}
