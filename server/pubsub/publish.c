/* What is said, brought to whoever has subscribed. */
#include "base/fault.h"
#include "base/glob.h"
#include "base/number.h"
#include "base/prefetch.h"
#include "client/limits.h"
#include "client/pipeline.h"
#include "pubsub/subscribers_parts.h"

enum {
    SHARING_MIN = 16,  /* subscribers: what so many get is written once for all of them */
    SHARED_MIN = 1024, /* bytes of what is shared; of a busy topic twice as much each time */
    SHARED_MAX = 16 * 1024,
};

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
    struct topic *topic;
    struct buf *texts;      /* RESP2 and RESP3; with a blob only what stands before it */
    struct bytes shared[2]; /* the same in the topic's blobs; empty: each gets a copy */
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
    if (encoded->topic->kind == TOPIC_PATTERN) {
        write_header(out, is_push, BYTES(HEADER("4", "8", "pmessage")));
        write_bulk(out, topic_bytes(encoded->topic));
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

/* A blob with room for so much: the last one if nobody refers to it any more, or has room left.
 * Whoever does not read keeps no more of them than others were sent meanwhile. */
static struct blob *room_to_share(struct blob *last, size_t len)
{
    if (last && !blob_is_shared(last)) last->len = 0;
    if (last && last->capacity - last->len >= len) return last;
    size_t size = last ? 2 * last->capacity : SHARED_MIN;
    blob_release(last);
    if (size > SHARED_MAX) size = SHARED_MAX;
    struct blob *blob = blob_new(size > len ? size : len);
    blob->len = 0;
    return blob;
}

/* Many refer to the same bytes, in the order in which they were written; so what a client gets is
 * one piece until it is sent. */
static struct bytes share(struct topic *topic, bool is_push, struct bytes text)
{
    struct blob *blob = topic->shared[is_push] = room_to_share(topic->shared[is_push], text.len);
    uint8_t *at = blob->bytes + blob->len;
    memcpy(at, text.ptr, text.len);
    blob->len += text.len;
    return bytes_make(at, text.len);
}

static void prepare(struct encoded *encoded, bool is_push)
{
    struct topic *topic = encoded->topic;
    struct buf *text = &encoded->texts[is_push];
    encode(encoded, is_push, text);
    if (topic->count >= SHARING_MIN && text->len <= SHARED_MAX && !encoded->publication->blob)
        encoded->shared[is_push] = share(topic, is_push, buf_view(text));
}

static void copy(struct client *client, const struct publication *said, struct bytes text)
{
    struct chain *out = pipeline_push_begin(client);
    chain_append(out, text);
    if (said->blob) {
        chain_append_blob(out, said->blob, said->text);
        chain_append(out, BYTES("\r\n"));
    }
    pipeline_push_end(client);
}

static void refer(struct client *client, struct blob *blob, struct bytes view)
{
    chain_append_blob(pipeline_push_begin_shared(client), blob, view);
    pipeline_push_end_shared(client);
}

static void give(struct client *client, struct encoded *encoded)
{
    if (!pipeline_takes_pushes(client)) return;
    bool is_push = client->protocol == 3;
    if (!encoded->texts[is_push].len) prepare(encoded, is_push);
    struct bytes shared = encoded->shared[is_push];
    if (shared.len)
        refer(client, encoded->topic->shared[is_push], shared);
    else
        copy(client, encoded->publication, buf_view(&encoded->texts[is_push]));
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

/* The next message's are written over it, unless it is large. */
static void drop_text(struct buf *text)
{
    text->len = 0;
    if (text->capacity > SHARED_MAX) buf_fini(text);
}

static void give_topic(struct subscribers *subscribers, const struct publication *said,
                       struct topic *topic)
{
    struct encoded encoded = {.publication = said, .topic = topic, .texts = subscribers->texts};
    for (struct subscription *at = topic->first; at; at = at->next) {
        if (at->next) prefetch_client(at->next->client);
        give(at->client, &encoded);
    }
    drop_text(&encoded.texts[0]);
    drop_text(&encoded.texts[1]);
}

static void give_all(struct shard *shard, const struct publication *said)
{
    struct subscribers *subscribers = shard->subscribers;
    struct topic_name name = topic_name_of(directory_of(shard), said->kind, said->channel);
    struct topic *topic = table_find(&subscribers->topics, name.hash, topic_is, &name);
    if (topic) give_topic(subscribers, said, topic);
    if (said->kind != TOPIC_CHANNEL) return;
    for (topic = subscribers->first_pattern; topic; topic = topic->next)
        if (glob_match(topic_bytes(topic), said->channel)) give_topic(subscribers, said, topic);
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
    /* Behind what waits here: that may be what the same publisher has said in a block. */
    bool is_here = *word & own && !said->is_later &&
                   (shard_is_current(shard) || fault_is(FAULT_PUBLISH_ORDER));
    if (is_here) *word &= ~own;
    send_out(shard, said, &audience);
    if (is_here) give_all(shard, said);
    return audience.subscriptions;
}
