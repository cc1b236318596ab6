#include "store/expire.h"

void expire_index_note(struct database *database, uint64_t hash, int64_t expiry_ms)
{
    if (!database->expiry) database->expiry = mintree_new(database->table.bucket_count);
    mintree_lower(database->expiry, table_index(&database->table, hash), expiry_ms);
}

void expire_index_drop(struct database *database)
{
    mintree_free(database->expiry);
    database->expiry = NULL;
}

enum {
    DUE_MAX = 64,
    FIELDS_A_VISIT = 64, /* of one hash, before others have their turn */
};

/* What a visit to one bucket finds: keys that are due, or of which fields are. */
struct found {
    int64_t now_ms;
    int64_t rest_ms; /* the earliest expiry of what is not in `due` */
    uint32_t count;
    struct entry *due[DUE_MAX];
};

static void look_at(void *context, void *item)
{
    struct found *found = context;
    int64_t due_ms = entry_due_ms(item);
    if (due_ms <= found->now_ms && found->count < DUE_MAX)
        found->due[found->count++] = item;
    else if (due_ms < found->rest_ms)
        found->rest_ms = due_ms;
}

/* How many keys or fields are gone. */
static uint32_t remove_one(const struct place *place, struct entry *entry)
{
    uint32_t gone = 1;
    if (entry_expiry_ms(entry) <= place->now_ms)
        keyspace_expire(place, entry);
    else
        keyspace_expire_fields(place, entry, FIELDS_A_VISIT, &gone);
    return gone;
}

static uint32_t remove_due(const struct expire_slice *slice, uint16_t slot, uint16_t db,
                           struct found *found)
{
    uint32_t gone = 0;
    struct place place = {.store = slice->store,
                          .now_ms = slice->now_ms,
                          .slot = slot,
                          .db = db,
                          .counters = slice->counters,
                          .garbage = slice->garbage,
                          .actor = slice->actor};
    for (uint32_t i = 0; i < found->count; i++) {
        place.key = entry_key(found->due[i]);
        place.hash = store_hash(slice->store, place.key);
        gone += remove_one(&place, found->due[i]);
    }
    return gone;
}

static uint32_t expire_database(const struct expire_slice *slice, uint16_t slot, uint16_t db,
                                uint32_t *buckets)
{
    uint32_t gone = 0;
    while (gone < slice->max_keys && *buckets < slice->max_buckets) {
        /* Removing keys may move databases and drop the tree: look again each time. */
        struct database *database = slot_find_database(&slice->store->slots[slot], db);
        if (!database || !database->expiry) break;
        if (mintree_least(database->expiry) > slice->now_ms) break;
        uint32_t bucket = mintree_least_index(database->expiry);
        struct found found = {.now_ms = slice->now_ms, .rest_ms = INT64_MAX, .count = 0};
        table_visit_bucket(&database->table, bucket, look_at, &found);
        mintree_set(database->expiry, bucket, found.rest_ms);
        gone += remove_due(slice, slot, db, &found);
        ++*buckets;
    }
    return gone;
}

uint32_t expire_slot(const struct expire_slice *slice, uint16_t slot)
{
    uint32_t gone = 0, buckets = 0;
    struct expire_slice rest = *slice;
    for (uint32_t db = 0; db < slot_database_limit(&slice->store->slots[slot]); db++) {
        rest.max_keys = slice->max_keys - gone;
        gone += expire_database(&rest, slot, (uint16_t)db, &buckets);
        if (gone >= slice->max_keys || buckets >= slice->max_buckets) break;
    }
    return gone;
}
