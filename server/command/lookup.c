#include "command/lookup.h"

#include "store/access.h"

static struct place place_at(struct call *call, struct bytes key, uint16_t slot, uint64_t hash)
{
    return (struct place){.store = call->store,
                          .key = key,
                          .hash = hash,
                          .now_ms = call->now_ms,
                          .slot = slot,
                          .db = call->db,
                          .counters = call->counters,
                          .garbage = call->garbage,
                          .actor = call->actor};
}

struct place call_place_of_key(struct call *call, struct bytes key)
{
    return place_at(call, key, slot_of_key(key), store_hash(call->store, key));
}

struct place call_database_place(struct call *call, uint16_t slot, uint16_t db)
{
    struct place place = place_at(call, bytes_make(NULL, 0), slot, 0);
    place.db = db;
    return place;
}

struct place call_place(struct call *call, uint32_t index)
{
    return call_place_of_key(call, call->args[index]);
}

struct place call_first_place(struct call *call, uint32_t index)
{
    struct bytes key = call->args[index];
    uint64_t hash = call->has_key_hash ? call->key_hash : store_hash(call->store, key);
    return place_at(call, key, call->slot, hash);
}

static void touch_lfu(struct call *call, struct entry *entry)
{
    struct access_rule rule = {true, call->limits->lfu_log_factor, call->limits->lfu_decay_minutes};
    uint64_t random = random_next(call->random);
    entry->clock = access_lfu_touched(entry->clock, call->now_ms, &rule, random) & 0xffffff;
}

static void touch(struct call *call, struct entry *entry)
{
    if (call->flags & CALL_NO_TOUCH) return;
    if (unlikely(call->limits->lfu)) {
        touch_lfu(call, entry);
        return;
    }
    uint32_t clock = access_lru_clock(call->now_ms);
    if (entry->clock != clock) entry->clock = clock & 0xffffff;
}

struct entry *call_inspect(struct call *call, const struct place *place)
{
    struct entry *entry = keyspace_find(place);
    if (unlikely(call->flags & CALL_AGAIN)) return entry;
    metric_add(entry ? &call->counters->keyspace_hits : &call->counters->keyspace_misses, 1);
    return entry;
}

struct entry *call_peek(struct call *call, const struct place *place)
{
    struct entry *entry = call_inspect(call, place);
    if (!entry && !(call->flags & CALL_AGAIN)) change_note_miss(place);
    return entry;
}

struct entry *call_find_read(struct call *call, const struct place *place)
{
    struct entry *entry = call_peek(call, place);
    if (entry) touch(call, entry);
    return entry;
}

struct entry *call_find_write(struct call *call, const struct place *place)
{
    struct entry *entry = keyspace_find(place);
    if (entry) touch(call, entry);
    return entry;
}

struct entry *call_add(struct call *call, const struct place *place, const struct str *value,
                       int64_t expiry_ms, enum change_event event)
{
    if (expiry_ms == KEYSPACE_KEEP_EXPIRY) expiry_ms = INT64_MAX;
    uint32_t clock = access_new(call->limits->lfu, call->now_ms);
    return keyspace_add(place, value, expiry_ms, clock, event);
}

struct entry *call_put(struct call *call, const struct place *place, const struct str *value,
                       int64_t expiry_ms, enum change_event event)
{
    struct entry *entry = call_find_write(call, place);
    if (!entry) return call_add(call, place, value, expiry_ms, event);
    return keyspace_overwrite(place, entry, value, expiry_ms, event);
}

struct str call_str(struct call *call, uint32_t index)
{
    struct bytes text = call->args[index];
    if (likely(text.len < BLOB_MIN)) return str_of_bytes(text);
    struct blob *blob = call_take_blob(call, index);
    if (!blob) return str_of_bytes(text);
    ASSERT(blob->len == text.len);
    return str_of_blob(blob);
}
