#include "pubsub/subscribers.h"

#include "base/check.h"
#include "base/glob.h"
#include "base/number.h"
#include "base/prefetch.h"
#include "client/limits.h"
#include "client/pipeline.h"
#include "ds/table.h"

struct topic;

/* One client's subscription to one topic: in the topic's list, and in the client's table. */
struct subscription {
    struct subscription *next, *prev;
    struct topic *topic;
    struct client *client; /* of this shard; it ends its subscriptions before it goes */
};

/* What somebody here has subscribed to. */
struct topic {
    struct topic *next, *prev; /* of patterns */
    struct subscription *first, *last;
    uint64_t hash;
    enum topic_kind kind;
    uint32_t len;
    uint8_t bytes[];
};

struct subscribers {
    struct table topics;
    struct topic *first_pattern, *last_pattern;
};

/* What a client has subscribed to. */
struct listening {
    struct client_listening base; /* what the client knows of it */
    struct table subscriptions;   /* by the hash of their topic */
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
    mem_free(subscribers, sizeof *subscribers);
}

static struct bytes bytes_of(const struct topic *topic)
{
    return bytes_make(topic->bytes, topic->len);
}

static struct topic_name name_of(const struct topic *topic)
{
    return (struct topic_name){topic->kind, topic->hash, bytes_of(topic)};
}

static bool is_topic(const void *item, const void *wanted)
{
    const struct topic *topic = item;
    const struct topic_name *name = wanted;
    return topic->kind == name->kind && bytes_equal(bytes_of(topic), name->bytes);
}

static uint64_t hash_of_topic(void *context, const void *item)
{
    (void)context;
    return ((const struct topic *)item)->hash;
}

static const struct table_owner topics_owner = {.hash = hash_of_topic};

static bool is_subscription(const void *item, const void *wanted)
{
    return is_topic(((const struct subscription *)item)->topic, wanted);
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
    if (!topic->first) drop_topic(subscribers_of(client), topic);
    mem_free(subscription, sizeof *subscription);
    if (listening->subscriptions.count) return;
    table_fini(&listening->subscriptions);
    mem_free(listening, sizeof *listening);
    client->listening = NULL;
}

static struct subscription *any_of(const struct listening *listening, int kind);

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

bool subscribers_join(struct client *client, enum topic_kind kind, struct bytes bytes)
{
    struct shard *shard = client->clients->shard;
    struct topic_name name = topic_name_of(directory_of(shard), kind, bytes);
    struct listening *listening = listening_of(client);
    if (!listening) listening = begin_listening(client);
    if (table_find(&listening->subscriptions, name.hash, is_subscription, &name)) return false;
    struct topic *topic = table_find(&subscribers_of(client)->topics, name.hash, is_topic, &name);
    if (!topic) topic = add_topic(subscribers_of(client), &name);
    struct subscription *subscription = mem_alloc(sizeof *subscription);
    *subscription = (struct subscription){.prev = topic->last, .topic = topic, .client = client};
    *(topic->last ? &topic->last->next : &topic->first) = subscription;
    topic->last = subscription;
    table_insert(&listening->subscriptions, name.hash, subscription, &subscriptions_owner);
    listening->base.counts[kind]++;
    directory_join(directory_of(shard), &name, shard->id);
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

static struct subscription *any_of(const struct listening *listening, int kind)
{
    struct pick pick = {.kind = kind};
    const struct table *table = &listening->subscriptions;
    for (uint32_t i = table->bucket_count; i-- && !pick.found;)
        table_visit_bucket(table, i, pick_one, &pick);
    return pick.found;
}

bool subscribers_any(const struct client *client, enum topic_kind kind, struct bytes *name)
{
    const struct listening *listening = listening_of(client);
    if (!listening || !listening->base.counts[kind]) return false;
    *name = bytes_of(any_of(listening, (int)kind)->topic);
    return true;
}

/* --- Publishing ------------------------------------------------------------------------------- */

/* What is said, on its way to other shards: each has a message of it. */
struct parcel {
    _Atomic uint32_t holders;
    uint32_t count; /* of messages */
    enum topic_kind kind;
    struct bytes channel, text; /* behind the messages; or the text in its blob */
    struct blob *blob;
    size_t size;
    struct delivery {
        struct message message;
        struct parcel *parcel;
    } deliveries[];
};

/* A message as the clients of a topic get it, in each protocol made when it is first needed. */
struct encoded {
    const struct publication *publication;
    const struct topic *pattern; /* NULL: they have the channel itself */
    struct buf texts[2];         /* RESP2 and RESP3; with a blob only what stands before it */
};

static void write_len(struct buf *out, size_t len)
{
    char text[NUMBER_INT_MAX + 3] = "$";
    size_t end = 1 + number_write_uint(text + 1, len);
    memcpy(text + end, "\r\n", 2);
    buf_append(out, bytes_make(text, end + 2));
}

static void write_bulk(struct buf *out, struct bytes bytes)
{
    write_len(out, bytes.len);
    buf_append(out, bytes);
    buf_append(out, BYTES("\r\n"));
}

/* One kind's beginning, as an array or as a push. */
#define HEADER(count, len, kind) "*" count "\r\n$" len "\r\n" kind "\r\n"

static void write_header(struct buf *out, bool is_push, struct bytes array)
{
    buf_append(out, is_push ? BYTES(">") : BYTES("*"));
    buf_append(out, bytes_make(array.ptr + 1, array.len - 1));
}

static void encode(const struct encoded *encoded, bool is_push, struct buf *out)
{
    const struct publication *said = encoded->publication;
    buf_reserve(out, 64 + said->channel.len + (said->blob ? 0 : said->text.len));
    if (encoded->pattern) {
        write_header(out, is_push, BYTES(HEADER("4", "8", "pmessage")));
        write_bulk(out, bytes_of(encoded->pattern));
    } else if (said->kind == TOPIC_CHANNEL) {
        write_header(out, is_push, BYTES(HEADER("3", "7", "message")));
    } else {
        write_header(out, is_push, BYTES(HEADER("3", "8", "smessage")));
    }
    write_bulk(out, said->channel);
    if (said->blob)
        write_len(out, said->text.len);
    else
        write_bulk(out, said->text);
}

static void give(struct client *client, struct encoded *encoded)
{
    const struct publication *said = encoded->publication;
    if (!pipeline_takes_pushes(client)) return;
    bool is_push = client->protocol == 3;
    struct buf *text = &encoded->texts[is_push];
    if (!text->len) encode(encoded, is_push, text);
    struct chain *out = pipeline_push_begin(client);
    chain_append(out, buf_view(text));
    if (said->blob) {
        chain_append_blob(out, said->blob, said->text);
        chain_append(out, BYTES("\r\n"));
    }
    pipeline_push_end(client);
}

/* What give() looks at of it. */
static void prefetch_client(const struct client *client)
{
    prefetch_line(&client->conn.out);
    prefetch_line(&client->conn.flags);
    prefetch_line(&client->clients);
    prefetch_line(&client->first_pending);
    prefetch_line(&client->awaited);
}

static void give_topic(const struct publication *said, const struct topic *topic)
{
    struct encoded encoded = {.publication = said};
    if (topic->kind == TOPIC_PATTERN) encoded.pattern = topic;
    for (struct subscription *at = topic->first; at; at = at->next) {
        if (at->next) prefetch_client(at->next->client);
        give(at->client, &encoded);
    }
    buf_fini(&encoded.texts[0]);
    buf_fini(&encoded.texts[1]);
}

static void give_all(struct shard *shard, const struct publication *said)
{
    struct subscribers *subscribers = shard->subscribers;
    struct topic_name name = topic_name_of(directory_of(shard), said->kind, said->channel);
    struct topic *topic = table_find(&subscribers->topics, name.hash, is_topic, &name);
    if (topic) give_topic(said, topic);
    if (said->kind != TOPIC_CHANNEL) return;
    for (topic = subscribers->first_pattern; topic; topic = topic->next)
        if (glob_match(bytes_of(topic), said->channel)) give_topic(said, topic);
}

static void drop_parcel(struct parcel *parcel)
{
    if (atomic_fetch_sub_explicit(&parcel->holders, 1, memory_order_acq_rel) > 1) return;
    blob_release(parcel->blob);
    mem_free(parcel, parcel->size);
}

static void on_delivery(struct shard *shard, struct message *message)
{
    struct parcel *parcel = ((struct delivery *)(void *)message)->parcel;
    struct publication said = {parcel->kind, parcel->channel, parcel->text, parcel->blob, false};
    give_all(shard, &said);
    drop_parcel(parcel);
}

static struct bytes put(uint8_t **at, struct bytes bytes)
{
    if (bytes.len) memcpy(*at, bytes.ptr, bytes.len);
    struct bytes copy = bytes_make(*at, bytes.len);
    *at += bytes.len;
    return copy;
}

static struct parcel *make_parcel(const struct publication *said, uint32_t count)
{
    size_t head = sizeof(struct parcel) + count * sizeof(struct delivery);
    size_t size = head + said->channel.len + (said->blob ? 0 : said->text.len);
    struct parcel *parcel = mem_alloc(size);
    uint8_t *at = (uint8_t *)parcel + head;
    parcel->count = count;
    parcel->kind = said->kind;
    parcel->size = size;
    parcel->channel = put(&at, said->channel);
    parcel->text = said->blob ? said->text : put(&at, said->text);
    parcel->blob = said->blob ? blob_retain(said->blob) : NULL;
    atomic_init(&parcel->holders, count);
    return parcel;
}

static uint32_t count_shards(const struct audience *audience, uint16_t shard_count)
{
    uint32_t count = 0;
    for (uint16_t i = 0; i < shard_count; i += 64)
        count += (uint32_t)__builtin_popcountll(audience->shards[i / 64]);
    return count;
}

static void send_out(struct shard *shard, const struct publication *said,
                     const struct audience *audience)
{
    uint16_t shard_count = shard->group->shard_count;
    uint32_t count = count_shards(audience, shard_count), next = 0;
    if (!count) return;
    struct parcel *parcel = make_parcel(said, count);
    for (uint16_t i = 0; next < count; i++) {
        if (!(audience->shards[i / 64] >> i % 64 & 1)) continue;
        struct delivery *delivery = &parcel->deliveries[next++];
        *delivery = (struct delivery){{.deliver = on_delivery}, parcel};
        shard_push(shard, i, &delivery->message); /* the last push gives the parcel away */
    }
}

uint64_t subscribers_tell(struct shard *shard, const struct publication *said)
{
    struct audience audience;
    struct topic_name name = topic_name_of(directory_of(shard), said->kind, said->channel);
    directory_find(directory_of(shard), &name, &audience);
    if (!audience.subscriptions) return 0;
    uint64_t own = (uint64_t)1 << shard->id % 64, *word = &audience.shards[shard->id / 64];
    bool is_here = *word & own && !said->is_later;
    if (is_here) *word &= ~own;
    send_out(shard, said, &audience);
    if (is_here) give_all(shard, said);
    return audience.subscriptions;
}
