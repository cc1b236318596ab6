#include "store/change.h"

#include "store/interest.h"

const char *change_event_name(enum change_event event)
{
    static const char *const names[CHANGE_EVENT_COUNT] = {
        [CHANGE_NONE] = "",
        [CHANGE_SET] = "set",
        [CHANGE_SETRANGE] = "setrange",
        [CHANGE_APPEND] = "append",
        [CHANGE_INCRBY] = "incrby",
        [CHANGE_INCRBYFLOAT] = "incrbyfloat",
        [CHANGE_LPUSH] = "lpush",
        [CHANGE_RPUSH] = "rpush",
        [CHANGE_LPOP] = "lpop",
        [CHANGE_RPOP] = "rpop",
        [CHANGE_LINSERT] = "linsert",
        [CHANGE_LSET] = "lset",
        [CHANGE_LREM] = "lrem",
        [CHANGE_LTRIM] = "ltrim",
        [CHANGE_SORTSTORE] = "sortstore",
        [CHANGE_SADD] = "sadd",
        [CHANGE_SREM] = "srem",
        [CHANGE_SPOP] = "spop",
        [CHANGE_SINTERSTORE] = "sinterstore",
        [CHANGE_SUNIONSTORE] = "sunionstore",
        [CHANGE_SDIFFSTORE] = "sdiffstore",
        [CHANGE_HSET] = "hset",
        [CHANGE_HDEL] = "hdel",
        [CHANGE_HINCRBY] = "hincrby",
        [CHANGE_HINCRBYFLOAT] = "hincrbyfloat",
        [CHANGE_HEXPIRE] = "hexpire",
        [CHANGE_HPERSIST] = "hpersist",
        [CHANGE_HEXPIRED] = "hexpired",
        [CHANGE_ZADD] = "zadd",
        [CHANGE_ZINCR] = "zincr",
        [CHANGE_ZREM] = "zrem",
        [CHANGE_ZREMRANGEBYRANK] = "zremrangebyrank",
        [CHANGE_ZREMRANGEBYSCORE] = "zremrangebyscore",
        [CHANGE_ZREMRANGEBYLEX] = "zremrangebylex",
        [CHANGE_ZPOPMIN] = "zpopmin",
        [CHANGE_ZPOPMAX] = "zpopmax",
        [CHANGE_ZUNIONSTORE] = "zunionstore",
        [CHANGE_ZINTERSTORE] = "zinterstore",
        [CHANGE_ZDIFFSTORE] = "zdiffstore",
        [CHANGE_ZRANGESTORE] = "zrangestore",
        [CHANGE_GEOSEARCHSTORE] = "geosearchstore",
        [CHANGE_GEORADIUSSTORE] = "georadiusstore",
        [CHANGE_XADD] = "xadd",
        [CHANGE_XTRIM] = "xtrim",
        [CHANGE_XDEL] = "xdel",
        [CHANGE_XSETID] = "xsetid",
        [CHANGE_XGROUP_CREATE] = "xgroup-create",
        [CHANGE_XGROUP_SETID] = "xgroup-setid",
        [CHANGE_XGROUP_DESTROY] = "xgroup-destroy",
        [CHANGE_XGROUP_CREATECONSUMER] = "xgroup-createconsumer",
        [CHANGE_XGROUP_DELCONSUMER] = "xgroup-delconsumer",
        [CHANGE_XGROUP_USE] = "",
        [CHANGE_RESTORE] = "restore",
        [CHANGE_SETBIT] = "setbit",
        [CHANGE_PFADD] = "pfadd",
        [CHANGE_FORM] = "",
        [CHANGE_DEL] = "del",
        [CHANGE_EXPIRE] = "expire",
        [CHANGE_PERSIST] = "persist",
        [CHANGE_EXPIRED] = "expired",
        [CHANGE_EVICTED] = "evicted",
        [CHANGE_RENAME_FROM] = "rename_from",
        [CHANGE_RENAME_TO] = "rename_to",
        [CHANGE_MOVE_FROM] = "move_from",
        [CHANGE_MOVE_TO] = "move_to",
        [CHANGE_COPY_TO] = "copy_to",
        [CHANGE_NEW] = "new",
        [CHANGE_MISS] = "keymiss",
        [CHANGE_FLUSH] = "flush",
        [CHANGE_SWAP] = "swap",
    };
    return names[event];
}

/* The second half of a change counts with the first, and a key that expires is nobody's change. */
static bool counts(enum change_event event)
{
    switch (event) {
    case CHANGE_NONE:
    case CHANGE_EXPIRED:
    case CHANGE_HEXPIRED:
    case CHANGE_EVICTED:
    case CHANGE_RENAME_TO:
    case CHANGE_MOVE_TO: return false;
    default: return true;
    }
}

void change_preserve(const struct place *place, uint32_t bucket)
{
    const struct change_snapshot *snapshot = &place->store->snapshot;
    if (likely(!snapshot->epoch)) return;
    struct database *database = place_database(place);
    if (!database || !database->table.bucket_count) return;
    struct table_bucket *at = table_bucket_at(&database->table, bucket);
    if (table_mark(at) == snapshot->epoch) return;
    table_set_mark(at, snapshot->epoch);
    snapshot->preserve(snapshot->context, place->slot, place->db, bucket);
}

static void preserve_home(const struct place *place)
{
    struct database *database = place_database(place);
    if (!database || !database->table.bucket_count) return;
    change_preserve(place, table_index(&database->table, place->hash));
}

static void tell(const struct place *place, enum change_event event)
{
    if (likely(!place->actor || !place->actor->sink)) return;
    const struct change_sink *sink = place->actor->sink;
    struct change change = {event, place->db, place->slot, place->key, place->actor};
    sink->on_change(sink->context, &change);
}

/* What a group has read is not what WATCH and those who wait for a key mean by it. */
static bool changes_key(enum change_event event, bool key_is_new)
{
    switch (event) {
    case CHANGE_XGROUP_CREATE: return key_is_new;
    case CHANGE_XGROUP_SETID:
    case CHANGE_XGROUP_USE:
    case CHANGE_XGROUP_CREATECONSUMER:
    case CHANGE_XGROUP_DELCONSUMER: return false;
    default: return true;
    }
}

void change_note(const struct place *place, enum change_event event, bool key_is_new)
{
    if (unlikely(place->store->snapshot.epoch)) preserve_home(place);
    if (event == CHANGE_NONE) return;
    if (counts(event)) metric_add(&place->counters->changes, 1);
    if (key_is_new) tell(place, CHANGE_NEW);
    tell(place, event);
    if (unlikely(place_slot(place)->interests) && changes_key(event, key_is_new))
        interest_note(place, actor_tracker(place->actor));
}

void change_note_new(const struct place *place)
{
    tell(place, CHANGE_NEW);
}

void change_note_miss(const struct place *place)
{
    tell(place, CHANGE_MISS);
}

void change_note_expiry(const struct place *place)
{
    tell(place, CHANGE_EXPIRE);
}
