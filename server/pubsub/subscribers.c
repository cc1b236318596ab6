#include "base/check.h"
#include "pubsub/subscribers_parts.h"

/* What a client has subscribed to. */
struct listening {
    struct client_listening base; /* what the client knows of it */
    struct table subscriptions;   /* by the hash of their topic */
    uint32_t look_at;             /* a bucket; see any_of() */
};

struct subscribers *subscribers_new(struct shard *shard)
{
    (void)shard;
    return mem_alloc_zero(sizeof(struct subscribers));
}

void subscribers_free(struct subscribers *subscribers)
{
    ASSERT(!subscribers->topics.count);
    table_fini(&subscribers->topics);
    buf_fini(&subscribers->texts[0]);
    buf_fini(&subscribers->texts[1]);
    mem_free(subscribers, sizeof *subscribers);
}

static struct topic_name name_of(const struct topic *topic)
{
    return (struct topic_name){topic->kind, topic->hash, topic_bytes(topic)};
}

static uint64_t hash_of_topic(void *context, const void *item)
{
    (void)context;
    return ((const struct topic *)item)->hash;
}

static const struct table_owner topics_owner = {.hash = hash_of_topic};

static bool is_subscription(const void *item, const void *wanted)
{
    return topic_is(((const struct subscription *)item)->topic, wanted);
}

static uint64_t hash_of_subscription(void *context, const void *item)
{
    (void)context;
    return ((const struct subscription *)item)->topic->hash;
}

static const struct table_owner subscriptions_owner = {.hash = hash_of_subscription};

static struct subscribers *subscribers_of(const struct client *client)
{
    return client->clients->shard->subscribers;
}

static struct listening *listening_of(const struct client *client)
{
    return (struct listening *)(void *)client->listening;
}

/* --- Topics ----------------------------------------------------------------------------------- */

static struct topic *add_topic(struct subscribers *subscribers, const struct topic_name *name)
{
    struct topic *topic = mem_alloc_zero(sizeof *topic + name->bytes.len);
    topic->hash = name->hash;
    topic->kind = name->kind;
    topic->len = (uint32_t)name->bytes.len;
    if (topic->len) memcpy(topic->bytes, name->bytes.ptr, topic->len);
    table_insert(&subscribers->topics, topic->hash, topic, &topics_owner);
    if (topic->kind != TOPIC_PATTERN) return topic;
    struct topic *last = topic->prev = subscribers->last_pattern;
    *(last ? &last->next : &subscribers->first_pattern) = topic;
    subscribers->last_pattern = topic;
    return topic;
}

static void drop_topic(struct subscribers *subscribers, struct topic *topic)
{
    blob_release(topic->shared[0]);
    blob_release(topic->shared[1]);
    table_remove(&subscribers->topics, topic->hash, topic, &topics_owner);
    if (topic->kind == TOPIC_PATTERN) {
        *(topic->prev ? &topic->prev->next : &subscribers->first_pattern) = topic->next;
        *(topic->next ? &topic->next->prev : &subscribers->last_pattern) = topic->prev;
    }
    mem_free(topic, sizeof *topic + topic->len);
}

/* --- Subscriptions ---------------------------------------------------------------------------- */

static void end(struct client *client, struct subscription *subscription)
{
    struct listening *listening = listening_of(client);
    struct topic *topic = subscription->topic;
    struct topic_name name = name_of(topic);
    struct shard *shard = client->clients->shard;
    directory_leave(directory_of(shard), &name, shard->id);
    table_remove(&listening->subscriptions, topic->hash, subscription, &subscriptions_owner);
    listening->base.counts[topic->kind]--;
    struct subscription *next = subscription->next, *prev = subscription->prev;
    *(prev ? &prev->next : &topic->first) = next;
    *(next ? &next->prev : &topic->last) = prev;
    topic->count--;
    if (!topic->first) drop_topic(subscribers_of(client), topic);
    mem_free(subscription, sizeof *subscription);
    if (listening->subscriptions.count) return;
    table_fini(&listening->subscriptions);
    mem_free(listening, sizeof *listening);
    client->listening = NULL;
}

static struct subscription *any_of(struct listening *listening, int kind);

static void end_all(struct client *client)
{
    while (client->listening)
        end(client, any_of(listening_of(client), -1));
}

static struct listening *begin_listening(struct client *client)
{
    struct listening *listening = mem_alloc_zero(sizeof *listening);
    listening->base.end = end_all;
    client->listening = &listening->base;
    return listening;
}

void subscribers_announce(struct client *client, enum topic_kind kind, struct bytes bytes)
{
    struct shard *shard = client->clients->shard;
    struct topic_name name = topic_name_of(directory_of(shard), kind, bytes);
    directory_join(directory_of(shard), &name, shard->id);
}

bool subscribers_join(struct client *client, enum topic_kind kind, struct bytes bytes)
{
    struct shard *shard = client->clients->shard;
    struct topic_name name = topic_name_of(directory_of(shard), kind, bytes);
    struct listening *listening = listening_of(client);
    if (!listening) listening = begin_listening(client);
    if (table_find(&listening->subscriptions, name.hash, is_subscription, &name)) {
        directory_leave(directory_of(shard), &name, shard->id);
        return false;
    }
    struct topic *topic = table_find(&subscribers_of(client)->topics, name.hash, topic_is, &name);
    if (!topic) topic = add_topic(subscribers_of(client), &name);
    struct subscription *subscription = mem_alloc(sizeof *subscription);
    *subscription = (struct subscription){.prev = topic->last, .topic = topic, .client = client};
    *(topic->last ? &topic->last->next : &topic->first) = subscription;
    topic->last = subscription;
    topic->count++;
    table_insert(&listening->subscriptions, name.hash, subscription, &subscriptions_owner);
    listening->base.counts[kind]++;
    return true;
}

bool subscribers_leave(struct client *client, enum topic_kind kind, struct bytes bytes)
{
    const struct listening *listening = listening_of(client);
    if (!listening) return false;
    struct topic_name name = topic_name_of(directory_of(client->clients->shard), kind, bytes);
    struct subscription *subscription =
        table_find(&listening->subscriptions, name.hash, is_subscription, &name);
    if (subscription) end(client, subscription);
    return subscription != NULL;
}

struct pick {
    int kind;
    struct subscription *found;
};

static void pick_one(void *context, void *item)
{
    struct pick *pick = context;
    struct subscription *subscription = item;
    if (pick->kind < 0 || (int)subscription->topic->kind == pick->kind) pick->found = subscription;
}

/* Looks on where the last one was found: what has been emptied before is not walked again. */
static struct subscription *any_of(struct listening *listening, int kind)
{
    struct pick pick = {.kind = kind};
    const struct table *table = &listening->subscriptions;
    uint32_t at = listening->look_at;
    for (uint32_t left = table->bucket_count; left && !pick.found; left--) {
        if (at >= table->bucket_count) at = table->bucket_count - 1;
        table_visit_bucket(table, at, pick_one, &pick);
        if (!pick.found) at = at ? at - 1 : UINT32_MAX;
    }
    listening->look_at = at;
    return pick.found;
}

bool subscribers_any(const struct client *client, enum topic_kind kind, struct bytes *name)
{
    struct listening *listening = listening_of(client);
    if (!listening || !listening->base.counts[kind]) return false;
    *name = topic_bytes(any_of(listening, (int)kind)->topic);
    return true;
}
