/* XREADGROUP: what a consumer of a group is given. */
#include "command/cmd_stream_parts.h"

struct stream_consumer *stream_see_consumer(struct call *call, struct stream_group *group,
                                            struct bytes name, bool *is_new)
{
    struct stream_consumer *consumer = stream_consumer_find(group, name);
    *is_new = !consumer;
    if (!consumer) consumer = stream_consumer_new(group, name, call->now_ms);
    consumer->seen_ms = call->now_ms;
    return consumer;
}

/* Who gets entries of which stream. */
struct delivery {
    struct call *call;
    struct stream_reading *reading;
    struct stream *stream;
    struct stream_group *group;
    struct stream_consumer *consumer;
};

/* --- Entries it has had before ---------------------------------------------------------------- */

static void write_gone(struct call *call, struct id id)
{
    writer_array(&call->out, 2);
    stream_write_id(call, id);
    writer_null_array(&call->out);
}

static void give_again(const struct delivery *delivery, struct id after)
{
    struct call *call = delivery->call;
    struct id_map_cursor place;
    bool more =
        stream_id_increment(&after) && id_map_from(&delivery->consumer->pending, after, &place);
    for (; more; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        struct stream_pending *pending = item.item;
        struct stream_cursor cursor;
        bool found = stream_seek(&cursor, delivery->stream, item.id, false) &&
                     id_compare(cursor.entry.id, item.id) == 0;
        if (!stream_reading_takes(delivery->reading, found ? &cursor : NULL)) break;
        breathe(call->breath, 8);
        if (!found) {
            write_gone(call, item.id);
            continue;
        }
        stream_write_entry(call, &cursor);
        stream_pending_deliver(delivery->group, pending, call->now_ms);
        pending->deliveries++;
    }
}

/* --- New ones --------------------------------------------------------------------------------- */

static void advance(const struct stream *stream, struct stream_group *group, struct id id)
{
    bool is_counted = group->entries_read != STREAM_READ_UNKNOWN;
    if (is_counted && !stream_has_tombstone(stream, id))
        group->entries_read++;
    else if (stream->entries_added)
        group->entries_read = stream_entries_until(stream, id);
    group->last_id = id;
}

/* It may be another's, if the group was set back to read again. */
static void make_pending(const struct delivery *delivery, struct id id)
{
    struct stream_pending *pending = stream_pending_find(delivery->group, id);
    if (pending)
        stream_pending_give(delivery->group, pending, id, delivery->consumer);
    else
        pending = stream_pending_add(delivery->group, id, delivery->consumer);
    stream_pending_deliver(delivery->group, pending, delivery->call->now_ms);
    pending->deliveries = 1;
}

static void write_claimed(struct call *call, const struct stream_cursor *cursor, int64_t idle_ms,
                          uint64_t deliveries)
{
    writer_array(&call->out, 4);
    stream_write_id(call, cursor->entry.id);
    stream_write_fields(call, cursor);
    writer_int(&call->out, idle_ms);
    writer_int(&call->out, (int64_t)deliveries);
}

static void give_new(const struct delivery *delivery, struct stream_cursor *cursor)
{
    struct call *call = delivery->call;
    for (bool more = true; more && stream_reading_takes(delivery->reading, cursor);
         more = stream_step(cursor, false)) {
        advance(delivery->stream, delivery->group, cursor->entry.id);
        if (!delivery->reading->no_ack) make_pending(delivery, cursor->entry.id);
        if (delivery->reading->claim_idle_ms < 0)
            stream_write_entry(call, cursor);
        else
            write_claimed(call, cursor, 0, 0);
        breathe(call->breath, 8);
    }
}

/* --- Ones that others have not acknowledged (CLAIM) ------------------------------------------- */

struct idle_entry {
    struct id id;
    int64_t delivered_ms;
};

static int compare_idle(const struct idle_entry *a, const struct idle_entry *b)
{
    if (a->delivered_ms != b->delivered_ms) return a->delivered_ms < b->delivered_ms ? -1 : 1;
    return id_compare(a->id, b->id);
}

/* The longest idle of all that are idle for long enough: a heap, the least idle on top. */
struct idle_heap {
    struct idle_entry *entries;
    size_t count, max;
};

static void sink(struct idle_heap *heap, struct idle_entry entry)
{
    size_t at = 0;
    for (size_t child = 1; child < heap->count; child = 2 * at + 1) {
        if (child + 1 < heap->count &&
            compare_idle(&heap->entries[child + 1], &heap->entries[child]) > 0)
            child++;
        if (compare_idle(&heap->entries[child], &entry) <= 0) break;
        heap->entries[at] = heap->entries[child];
        at = child;
    }
    heap->entries[at] = entry;
}

static void heap_offer(struct idle_heap *heap, struct idle_entry entry)
{
    if (heap->count == heap->max) {
        if (compare_idle(&entry, &heap->entries[0]) < 0) sink(heap, entry);
        return;
    }
    size_t at = heap->count++;
    for (; at && compare_idle(&heap->entries[(at - 1) / 2], &entry) < 0; at = (at - 1) / 2)
        heap->entries[at] = heap->entries[(at - 1) / 2];
    heap->entries[at] = entry;
}

/* The longest idle first. */
static void heap_sort(const struct idle_heap *heap, struct breath *breath)
{
    struct idle_heap rest = *heap;
    while (rest.count > 1) {
        struct idle_entry least = rest.entries[0], last = rest.entries[--rest.count];
        sink(&rest, last);
        rest.entries[rest.count] = least;
        breathe(breath, 4);
    }
}

static struct idle_heap find_idle(const struct delivery *delivery)
{
    struct call *call = delivery->call;
    const struct stream_reading *reading = delivery->reading;
    uint64_t max = delivery->group->pending.count;
    struct id_map_cursor place;
    struct idle_heap heap = {NULL, 0, 0};
    int64_t oldest_ms = INT64_MAX;
    if (!stream_group_may_be_idle(delivery->group, call->now_ms, reading->claim_idle_ms))
        return heap;
    if (reading->count && reading->count < max) max = reading->count;
    if (reading->max_count < max) max = reading->max_count;
    bool more = max && id_map_first(&delivery->group->pending, &place);
    if (!more) return heap;
    heap.max = max;
    heap.entries = arena_alloc_array(call->scratch, max, sizeof *heap.entries);
    for (; more; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        const struct stream_pending *pending = item.item;
        breathe(call->breath, 1);
        bool is_idle =
            !pending->consumer || call->now_ms - pending->delivered_ms >= reading->claim_idle_ms;
        if (is_idle) heap_offer(&heap, (struct idle_entry){item.id, pending->delivered_ms});
        if (pending->consumer && pending->delivered_ms < oldest_ms)
            oldest_ms = pending->delivered_ms;
    }
    delivery->group->oldest_ms = oldest_ms; /* so that who asks again for nothing need not look */
    heap_sort(&heap, call->breath);
    return heap;
}

/* An entry that has been deleted is nobody's business any more. */
static bool claim(const struct delivery *delivery, struct id id)
{
    struct call *call = delivery->call;
    struct stream_cursor cursor;
    bool found =
        stream_seek(&cursor, delivery->stream, id, false) && id_compare(cursor.entry.id, id) == 0;
    if (!found) {
        stream_pending_remove(delivery->group, id);
        return true;
    }
    if (!stream_reading_takes(delivery->reading, &cursor)) return false;
    struct stream_pending *pending = stream_pending_find(delivery->group, id);
    int64_t idle_ms = pending->consumer ? call->now_ms - pending->delivered_ms : -1;
    write_claimed(call, &cursor, idle_ms, pending->deliveries);
    stream_pending_give(delivery->group, pending, id, delivery->consumer);
    stream_pending_deliver(delivery->group, pending, call->now_ms);
    if (pending->deliveries < INT64_MAX) pending->deliveries++;
    return true;
}

static void claim_all(const struct delivery *delivery, const struct idle_heap *heap)
{
    for (size_t i = 0; i < heap->count && claim(delivery, heap->entries[i].id); i++)
        breathe(delivery->call->breath, 16);
}

/* --- One stream ------------------------------------------------------------------------------- */

static void deliver_new(const struct delivery *delivery, uint32_t key)
{
    struct stream_reading *reading = delivery->reading;
    struct stream_cursor cursor;
    struct idle_heap idle = {NULL, 0, 0};
    struct id from = delivery->group->last_id;
    if (!reading->max_count) return;
    if (reading->streams && reading->bytes >= reading->max_bytes) return;
    if (reading->claim_idle_ms >= 0) idle = find_idle(delivery);
    bool more = stream_id_increment(&from) && stream_seek(&cursor, delivery->stream, from, false);
    if (!more && !idle.count) return;
    stream_reading_begin(delivery->call, reading, key);
    claim_all(delivery, &idle);
    if (more) give_new(delivery, &cursor);
    stream_reading_end(delivery->call, reading);
    if (reading->written) delivery->consumer->active_ms = delivery->call->now_ms;
}

void stream_deliver(struct call *call, struct stream_reading *reading, uint32_t index)
{
    struct collection at;
    bool is_new;
    uint32_t key = reading->keys_at + index;
    collection_write(call, key, VALUE_STREAM, &at);
    struct stream *stream = stream_open(&at.value);
    struct stream_group *group = stream_groups_find(stream->groups, call->args[reading->group_at]);
    struct delivery delivery = {call, reading, stream, group, NULL};
    delivery.consumer =
        stream_see_consumer(call, group, call->args[reading->group_at + 1], &is_new);
    if (id_compare(reading->after[index], ID_MAX) == 0) {
        deliver_new(&delivery, key);
    } else {
        stream_reading_begin(call, reading, key);
        give_again(&delivery, reading->after[index]);
        stream_reading_end(call, reading);
    }
    collection_close(call, &at, CHANGE_XGROUP_USE);
    if (is_new) change_note(&at.place, CHANGE_XGROUP_CREATECONSUMER, false);
}
