#include "shard/track.h"

#include "base/fault.h"
#include "command/keys.h"
#include "command/lookup.h"
#include "command/wait.h"
#include "shard/group.h"
#include "store/interest.h"

static bool is_full(const struct shard *shard)
{
    const struct group *group = shard->group;
    int64_t max = shard->settings->tracking_table_max_keys, count = 0;
    if (!max) return false;
    for (uint16_t i = 0; i < group->shard_count; i++)
        count += metric_read(&group->shards[i]->call_counters.tracked_keys);
    return count > max;
}

/* There is room for as many as the settings say: another key of the slot goes, or this one, as if
 * it had changed. */
static void make_room(const struct place *place)
{
    if (!interest_untrack_other(place)) interest_note(place, 0);
}

void track_reads(struct shard *shard, struct call *call)
{
    struct key_list keys;
    if (!(call->command->flags & CMD_READ) || call->command->keys[0].kind == KEYS_NONE) return;
    keys_extract(call->command, call->args, call->arg_count, call->scratch, &keys);
    for (uint32_t i = 0; i < keys.count; i++) {
        if (!call_looks_at(call, keys.items[i].index)) continue; /* its slot may not be held */
        struct place place = call_place(call, keys.items[i].index);
        bool is_new = interest_track(&place, call->tracker);
        if (is_new && is_full(shard)) make_room(&place);
    }
}

static void send_part(struct shard *shard, const struct stale *stale, uint32_t first, uint32_t end,
                      void (*deliver)(struct shard *front, struct message *message))
{
    uint32_t count = end - first;
    struct stale_message *message;
    size_t size = sizeof *message + count * sizeof *message->trackers + stale->key.len;
    message = mem_alloc(size);
    *message = (struct stale_message){
        .message.deliver = deliver, .by = stale->by, .size = size, .count = count};
    memcpy(message->trackers, stale->trackers + first, count * sizeof *message->trackers);
    uint8_t *bytes = (uint8_t *)&message->trackers[count];
    if (stale->key.len) memcpy(bytes, stale->key.ptr, stale->key.len);
    if (stale->key.ptr) message->key = bytes_make(bytes, stale->key.len);
    shard_push(shard, tracker_front(stale->trackers[first]), &message->message);
}

/* Those of one front stand together, being in order. */
void track_send(struct shard *shard, const struct stale *stale,
                void (*deliver)(struct shard *front, struct message *message))
{
    for (uint32_t first = 0, end; first < stale->count; first = end) {
        uint16_t front = tracker_front(stale->trackers[first]);
        for (end = first + 1; end < stale->count; end++)
            if (tracker_front(stale->trackers[end]) != front) break;
        if (front != shard->id && fault_is(FAULT_STALE_UNTOLD)) continue;
        send_part(shard, stale, first, end, deliver);
    }
}

/* --- Prefixes --------------------------------------------------------------------------------- */

static struct tracking_prefix *find_prefix(struct tracking_shard *tracking, struct bytes bytes)
{
    for (uint32_t i = 0; i < tracking->prefix_count; i++)
        if (bytes_equal(tracking->prefixes[i].bytes, bytes)) return &tracking->prefixes[i];
    return NULL;
}

static void *grown(void *array, uint32_t *capacity, uint32_t count, size_t item_size)
{
    if (count < *capacity) return array;
    uint32_t old = *capacity;
    *capacity = old ? old * 2 : 2;
    return mem_resize(array, old * item_size, *capacity * item_size);
}

static struct tracking_prefix *add_prefix(struct tracking_shard *tracking, struct bytes bytes)
{
    tracking->prefixes = grown(tracking->prefixes, &tracking->prefix_capacity,
                               tracking->prefix_count, sizeof *tracking->prefixes);
    struct tracking_prefix *prefix = &tracking->prefixes[tracking->prefix_count++];
    uint8_t *copy = mem_alloc(bytes.len + 1);
    if (bytes.len) memcpy(copy, bytes.ptr, bytes.len);
    *prefix = (struct tracking_prefix){.bytes = bytes_make(copy, bytes.len)};
    return prefix;
}

void track_prefix(struct shard *shard, uint64_t tracker, struct bytes bytes)
{
    struct tracking_prefix *prefix = find_prefix(&shard->tracking, bytes);
    if (!prefix) prefix = add_prefix(&shard->tracking, bytes);
    metric_set(&shard->counters.tracking_prefixes, shard->tracking.prefix_count);
    prefix->trackers =
        grown(prefix->trackers, &prefix->capacity, prefix->count, sizeof *prefix->trackers);
    uint32_t at = prefix->count++;
    for (; at && prefix->trackers[at - 1] > tracker; at--) /* in order, as track_send() wants it */
        prefix->trackers[at] = prefix->trackers[at - 1];
    prefix->trackers[at] = tracker;
}

static void leave_prefix(struct tracking_prefix *prefix, uint64_t tracker)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < prefix->count; i++)
        if (prefix->trackers[i] != tracker) prefix->trackers[kept++] = prefix->trackers[i];
    prefix->count = kept;
}

void track_no_prefix(struct shard *shard, uint64_t tracker)
{
    struct tracking_shard *tracking = &shard->tracking;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < tracking->prefix_count; i++) {
        struct tracking_prefix *prefix = &tracking->prefixes[i];
        leave_prefix(prefix, tracker);
        if (prefix->count) {
            tracking->prefixes[kept++] = *prefix;
            continue;
        }
        mem_free((void *)(uintptr_t)prefix->bytes.ptr, prefix->bytes.len + 1);
        mem_free(prefix->trackers, prefix->capacity * sizeof *prefix->trackers);
    }
    tracking->prefix_count = kept;
    metric_set(&shard->counters.tracking_prefixes, kept);
    if (kept) return;
    mem_free(tracking->prefixes, tracking->prefix_capacity * sizeof *tracking->prefixes);
    tracking->prefixes = NULL;
    tracking->prefix_capacity = 0;
}

void track_match(const struct shard *shard, struct bytes key,
                 void (*visit)(void *context, const struct tracking_prefix *prefix), void *context)
{
    const struct tracking_shard *tracking = &shard->tracking;
    for (uint32_t i = 0; i < tracking->prefix_count; i++) {
        struct bytes prefix = tracking->prefixes[i].bytes;
        bool has = prefix.len <= key.len && !memcmp(prefix.ptr, key.ptr, prefix.len);
        if (has) visit(context, &tracking->prefixes[i]);
    }
}
