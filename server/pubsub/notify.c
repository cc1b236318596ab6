#include "pubsub/notify.h"

#include <stdio.h>

#include "pubsub/subscribers.h"

/* Of events that some type's commands cause. */
static enum notify_class class_of(enum change_event event)
{
    switch (event) {
    case CHANGE_SET:
    case CHANGE_SETRANGE:
    case CHANGE_APPEND:
    case CHANGE_INCRBY:
    case CHANGE_INCRBYFLOAT:
    case CHANGE_SETBIT:
    case CHANGE_PFADD: return NOTIFY_STRING;
    case CHANGE_LPUSH:
    case CHANGE_RPUSH:
    case CHANGE_LPOP:
    case CHANGE_RPOP:
    case CHANGE_LINSERT:
    case CHANGE_LSET:
    case CHANGE_LREM:
    case CHANGE_LTRIM:
    case CHANGE_SORTSTORE: return NOTIFY_LIST;
    case CHANGE_SADD:
    case CHANGE_SREM:
    case CHANGE_SPOP:
    case CHANGE_SINTERSTORE:
    case CHANGE_SUNIONSTORE:
    case CHANGE_SDIFFSTORE: return NOTIFY_SET;
    case CHANGE_HSET:
    case CHANGE_HDEL:
    case CHANGE_HINCRBY:
    case CHANGE_HINCRBYFLOAT:
    case CHANGE_HEXPIRE:
    case CHANGE_HPERSIST:
    case CHANGE_HEXPIRED: return NOTIFY_HASH;
    case CHANGE_ZADD:
    case CHANGE_ZINCR:
    case CHANGE_ZREM:
    case CHANGE_ZREMRANGEBYRANK:
    case CHANGE_ZREMRANGEBYSCORE:
    case CHANGE_ZREMRANGEBYLEX:
    case CHANGE_ZPOPMIN:
    case CHANGE_ZPOPMAX:
    case CHANGE_ZUNIONSTORE:
    case CHANGE_ZINTERSTORE:
    case CHANGE_ZDIFFSTORE:
    case CHANGE_ZRANGESTORE:
    case CHANGE_GEOSEARCHSTORE:
    case CHANGE_GEORADIUSSTORE: return NOTIFY_ZSET;
    case CHANGE_XADD:
    case CHANGE_XTRIM:
    case CHANGE_XDEL:
    case CHANGE_XSETID:
    case CHANGE_XGROUP_CREATE:
    case CHANGE_XGROUP_SETID:
    case CHANGE_XGROUP_DESTROY:
    case CHANGE_XGROUP_CREATECONSUMER:
    case CHANGE_XGROUP_DELCONSUMER: return NOTIFY_STREAM;
    case CHANGE_RESTORE:
    case CHANGE_DEL:
    case CHANGE_EXPIRE:
    case CHANGE_PERSIST:
    case CHANGE_RENAME_FROM:
    case CHANGE_RENAME_TO:
    case CHANGE_MOVE_FROM:
    case CHANGE_MOVE_TO:
    case CHANGE_COPY_TO: return NOTIFY_GENERIC;
    case CHANGE_EXPIRED: return NOTIFY_EXPIRED;
    case CHANGE_EVICTED: return NOTIFY_EVICTED;
    case CHANGE_NEW: return NOTIFY_NEW;
    case CHANGE_MISS: return NOTIFY_MISS;
    default: return 0;
    }
}

static void publish(struct shard *shard, const char *kind, int32_t db, struct bytes name,
                    struct bytes text)
{
    char head[48];
    int len = snprintf(head, sizeof head, "__%s@%d__:", kind, db);
    struct buf channel = {0};
    buf_append(&channel, bytes_make(head, (size_t)len));
    buf_append(&channel, name);
    struct publication said = {
        .kind = TOPIC_CHANNEL, .channel = buf_view(&channel), .text = text, .is_later = true};
    subscribers_tell(shard, &said);
    buf_fini(&channel);
}

static void notify(struct shard *shard, const struct change *change, const char *event)
{
    int64_t classes = shard->settings->notify_keyspace_events;
    struct bytes name = bytes_of_string(event);
    if (classes & NOTIFY_KEYSPACE) publish(shard, "keyspace", change->db, change->key, name);
    if (classes & NOTIFY_KEYEVENT) publish(shard, "keyevent", change->db, name, change->key);
}

void notify_of_change(struct shard *shard, const struct change *change)
{
    int64_t classes = shard->settings->notify_keyspace_events;
    if (classes & class_of(change->event)) notify(shard, change, change_event_name(change->event));
}
