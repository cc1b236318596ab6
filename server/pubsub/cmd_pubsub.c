#include "pubsub/cmd_pubsub.h"

#include "base/glob.h"
#include "command/args.h"
#include "command/reply.h"
#include "pubsub/subscribers.h"

/* --- Subscribing ------------------------------------------------------------------------------ */

/* What the answers are called. */
static const struct {
    const char *join, *leave;
} verbs[TOPIC_KIND_COUNT] = {
    [TOPIC_CHANNEL] = {"subscribe", "unsubscribe"},
    [TOPIC_SHARD_CHANNEL] = {"ssubscribe", "sunsubscribe"},
    [TOPIC_PATTERN] = {"psubscribe", "punsubscribe"},
};

/* Channels and patterns are counted together. */
static int64_t count_of(const struct client *client, enum topic_kind kind)
{
    const struct client_listening *listening = client->listening;
    if (!listening) return 0;
    if (kind == TOPIC_SHARD_CHANNEL) return listening->counts[TOPIC_SHARD_CHANNEL];
    return (int64_t)listening->counts[TOPIC_CHANNEL] + listening->counts[TOPIC_PATTERN];
}

static void tell(struct call *call, const char *verb, enum topic_kind kind,
                 const struct bytes *name)
{
    writer_push(&call->out, 3);
    writer_bulk_string(&call->out, verb);
    if (name)
        writer_bulk(&call->out, *name);
    else
        writer_null(&call->out);
    writer_int(&call->out, count_of(call->client, kind));
}

/* Publishers say it to this shard from here on. What they have said before now is then delivered,
 * and reaches nobody new; so it is not heard behind a confirmation, with a gap where somebody spoke
 * who did not know yet. */
static void announce(struct call *call, enum topic_kind kind)
{
    for (uint32_t i = 1; i < call->arg_count; i++)
        subscribers_announce(call->client, kind, call->args[i]);
    call->brought = call->client;
}

static void announce_channels(struct call *call)
{
    announce(call, TOPIC_CHANNEL);
}

static void announce_patterns(struct call *call)
{
    announce(call, TOPIC_PATTERN);
}

static void announce_shard_channels(struct call *call)
{
    announce(call, TOPIC_SHARD_CHANNEL);
}

/* In a block it has not been announced. */
static struct outcome subscribe(struct call *call, enum topic_kind kind)
{
    if (!call->brought) announce(call, kind);
    for (uint32_t i = 1; i < call->arg_count; i++) {
        subscribers_join(call->client, kind, call->args[i]);
        tell(call, verbs[kind].join, kind, &call->args[i]);
    }
    return reply_written(call);
}

static void leave(struct call *call, enum topic_kind kind, struct bytes name)
{
    subscribers_leave(call->client, kind, name);
    tell(call, verbs[kind].leave, kind, &name);
}

static struct outcome unsubscribe(struct call *call, enum topic_kind kind)
{
    struct bytes name;
    for (uint32_t i = 1; i < call->arg_count; i++)
        leave(call, kind, call->args[i]);
    if (call->arg_count > 1) return reply_written(call);
    bool any = false;
    for (; subscribers_any(call->client, kind, &name); any = true)
        leave(call, kind, arena_copy(call->scratch, name));
    if (!any) tell(call, verbs[kind].leave, kind, NULL);
    return reply_written(call);
}

static struct outcome cmd_subscribe(struct call *call)
{
    return subscribe(call, TOPIC_CHANNEL);
}

static struct outcome cmd_psubscribe(struct call *call)
{
    return subscribe(call, TOPIC_PATTERN);
}

static struct outcome cmd_ssubscribe(struct call *call)
{
    if (call->is_queued) /* unlike the other two */
        return reply_error(call, "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
    return subscribe(call, TOPIC_SHARD_CHANNEL);
}

static struct outcome cmd_unsubscribe(struct call *call)
{
    return unsubscribe(call, TOPIC_CHANNEL);
}

static struct outcome cmd_punsubscribe(struct call *call)
{
    return unsubscribe(call, TOPIC_PATTERN);
}

static struct outcome cmd_sunsubscribe(struct call *call)
{
    return unsubscribe(call, TOPIC_SHARD_CHANNEL);
}

/* --- Publishing ------------------------------------------------------------------------------- */

static struct outcome publish(struct call *call, enum topic_kind kind)
{
    struct publication said = {
        .kind = kind, .channel = call->args[1], .text = call->args[2], .is_later = call->is_queued};
    struct blob *blob = said.blob = call_take_blob(call, 2);
    uint64_t heard = subscribers_tell(call->shard, &said);
    blob_release(blob);
    return reply_int(call, (int64_t)heard);
}

static struct outcome cmd_publish(struct call *call)
{
    return publish(call, TOPIC_CHANNEL);
}

static struct outcome cmd_spublish(struct call *call)
{
    return publish(call, TOPIC_SHARD_CHANNEL);
}

/* --- PUBSUB ----------------------------------------------------------------------------------- */

struct listing {
    struct buf names; /* each behind its length */
    struct bytes pattern;
    bool has_pattern;
    size_t count;
};

static void note_name(void *context, struct bytes name, uint64_t subscribers)
{
    struct listing *listing = context;
    (void)subscribers;
    if (listing->has_pattern && !glob_match(listing->pattern, name)) return;
    buf_append(&listing->names, bytes_make(&name.len, sizeof name.len));
    buf_append(&listing->names, name);
    listing->count++;
}

static struct outcome list_channels(struct call *call, enum topic_kind kind)
{
    struct listing listing = {.has_pattern = call->arg_count == 3};
    if (call->arg_count > 3) return reply_bad_subcommand(call);
    if (listing.has_pattern) listing.pattern = call->args[2];
    directory_list(directory_of(call->shard), kind, note_name, &listing);
    writer_array(&call->out, listing.count);
    size_t len;
    for (size_t at = 0; at < listing.names.len; at += sizeof len + len) {
        memcpy(&len, listing.names.ptr + at, sizeof len);
        writer_bulk(&call->out, bytes_make(listing.names.ptr + at + sizeof len, len));
    }
    buf_fini(&listing.names);
    return reply_written(call);
}

static struct outcome count_subscribers(struct call *call, enum topic_kind kind)
{
    writer_array(&call->out, (call->arg_count - 2) * 2);
    for (uint32_t i = 2; i < call->arg_count; i++) {
        struct topic_name name = topic_name_of(directory_of(call->shard), kind, call->args[i]);
        writer_bulk(&call->out, call->args[i]);
        writer_int(&call->out, (int64_t)directory_subscribers(directory_of(call->shard), &name));
    }
    return reply_written(call);
}

static struct outcome cmd_pubsub_channels(struct call *call)
{
    return list_channels(call, TOPIC_CHANNEL);
}

static struct outcome cmd_pubsub_shardchannels(struct call *call)
{
    return list_channels(call, TOPIC_SHARD_CHANNEL);
}

static struct outcome cmd_pubsub_numsub(struct call *call)
{
    return count_subscribers(call, TOPIC_CHANNEL);
}

static struct outcome cmd_pubsub_shardnumsub(struct call *call)
{
    return count_subscribers(call, TOPIC_SHARD_CHANNEL);
}

static struct outcome cmd_pubsub_numpat(struct call *call)
{
    return reply_int(call, (int64_t)directory_count(directory_of(call->shard), TOPIC_PATTERN));
}

static struct outcome cmd_pubsub_help(struct call *call)
{
    static const char *const lines[] = {
        "CHANNELS [<pattern>]",
        "    List the channels that somebody has subscribed to, those that match a pattern or all.",
        "NUMPAT",
        "    Count the patterns that somebody has subscribed to.",
        "NUMSUB [<channel> ...]",
        "    Count the subscribers of channels; patterns are not looked at.",
        "SHARDCHANNELS [<pattern>]",
        "    List the shard channels that somebody has subscribed to.",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Count the subscribers of shard channels.",
        NULL,
    };
    return reply_help(call, lines);
}

#define LOOK   (CMD_FRONT | CMD_PUBSUB | CMD_LOADING | CMD_STALE)
#define LEAVE  (LOOK | CMD_NOSCRIPT | CMD_WHILE_LISTENING)
#define LISTEN (LEAVE | CMD_PREPARED)
#define SPEAK  (LOOK | CMD_FAST)
#define CHANNELS                                                                                   \
    {                                                                                              \
        {                                                                                          \
            KEYS_RANGE, 1, -1, 1, KEY_NOT_KEY                                                      \
        }                                                                                          \
    }
#define ROW .group = "pubsub"

static const struct command subcommands[] = {
    {"channels", cmd_pubsub_channels, -2, LOOK, ACL_PUBSUB, ROW, .since = "2.8.0",
     .complexity = "O(N) where N is the number of channels", .syntax = "[pattern]",
     .summary = "The channels that somebody has subscribed to."},
    {"help", cmd_pubsub_help, 2, LOOK, ACL_PUBSUB, ROW, .since = "6.2.0", .complexity = "O(1)",
     .syntax = "", .summary = "Describes the subcommands."},
    {"numpat", cmd_pubsub_numpat, 2, LOOK, ACL_PUBSUB, ROW, .since = "2.8.0", .complexity = "O(1)",
     .syntax = "", .summary = "How many patterns somebody has subscribed to."},
    {"numsub", cmd_pubsub_numsub, -2, LOOK, ACL_PUBSUB, ROW, .since = "2.8.0",
     .complexity = "O(N) for N channels asked for", .syntax = "[channel [channel ...]]",
     .summary = "How many subscribers channels have."},
    {"shardchannels", cmd_pubsub_shardchannels, -2, LOOK, ACL_PUBSUB, ROW, .since = "7.0.0",
     .complexity = "O(N) where N is the number of shard channels", .syntax = "[pattern]",
     .summary = "The shard channels that somebody has subscribed to."},
    {"shardnumsub", cmd_pubsub_shardnumsub, -2, LOOK, ACL_PUBSUB, ROW, .since = "7.0.0",
     .complexity = "O(N) for N shard channels asked for",
     .syntax = "[shardchannel [shardchannel ...]]",
     .summary = "How many subscribers shard channels have."},
    {0},
};

const struct command cmd_pubsub_table[] = {
    {"psubscribe", cmd_psubscribe, -2, LISTEN | CMD_SENTINEL, ACL_PUBSUB, ROW, .since = "2.0.0",
     .complexity = "O(N) for N patterns", .syntax = "pattern [pattern ...]",
     .summary = "Receives messages on all channels that match a pattern.",
     .prepare = announce_patterns},
    {"publish", cmd_publish, 3, SPEAK | CMD_SENTINEL | CMD_MAY_REPLICATE, ACL_PUBSUB, ROW,
     .since = "2.0.0",
     .complexity = "O(N+M) for N subscribers of the channel and M patterns that anybody has",
     .syntax = "channel message", .summary = "Sends a message to the subscribers of a channel."},
    {"pubsub", NULL, -2, CMD_FRONT, 0, ROW, .since = "2.8.0",
     .complexity = "Depends on the subcommand.", .summary = "Commands about subscriptions.",
     .subcommands = subcommands},
    {"punsubscribe", cmd_punsubscribe, -1, LEAVE | CMD_SENTINEL, ACL_PUBSUB, ROW, .since = "2.0.0",
     .complexity = "O(N) for N patterns", .syntax = "[pattern [pattern ...]]",
     .summary = "Ends subscriptions to patterns, or all of them."},
    {"spublish",
     cmd_spublish,
     3,
     SPEAK | CMD_MAY_REPLICATE,
     ACL_PUBSUB,
     {{KEYS_RANGE, 1, 0, 1, KEY_NOT_KEY}},
     ROW,
     .since = "7.0.0",
     .complexity = "O(N) for N subscribers of the shard channel",
     .syntax = "shardchannel message",
     .summary = "Sends a message to the subscribers of a shard channel."},
    {"ssubscribe", cmd_ssubscribe, -2, LISTEN, ACL_PUBSUB, CHANNELS, ROW, .since = "7.0.0",
     .complexity = "O(N) for N shard channels", .syntax = "shardchannel [shardchannel ...]",
     .summary = "Receives messages on shard channels.", .prepare = announce_shard_channels},
    {"subscribe", cmd_subscribe, -2, LISTEN | CMD_SENTINEL, ACL_PUBSUB, ROW, .since = "2.0.0",
     .complexity = "O(N) for N channels", .syntax = "channel [channel ...]",
     .summary = "Receives messages on channels.", .prepare = announce_channels},
    {"sunsubscribe", cmd_sunsubscribe, -1, LEAVE, ACL_PUBSUB, CHANNELS, ROW, .since = "7.0.0",
     .complexity = "O(N) for N shard channels", .syntax = "[shardchannel [shardchannel ...]]",
     .summary = "Ends subscriptions to shard channels, or all of them."},
    {"unsubscribe", cmd_unsubscribe, -1, LEAVE | CMD_SENTINEL, ACL_PUBSUB, ROW, .since = "2.0.0",
     .complexity = "O(N) for N channels", .syntax = "[channel [channel ...]]",
     .summary = "Ends subscriptions to channels, or all of them."},
    {0},
};
