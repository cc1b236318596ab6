/* Streams in DUMP and RDB files:
 *
 *     nodes: count | id as a string, listpack as a string | ...
 *     length | last id | RDB_STREAM_2: first id | max deleted id | entries added
 *     groups: count | name | last id | RDB_STREAM_2: entries read | pending: count | entry | ...
 *             consumers: count | name | seen | RDB_STREAM_3: active | pending: count | id | ...
 *             RDB_STREAM_5: released: count | id | ...
 *     RDB_STREAM_4: producers (stream_producer.h)
 *
 * An id is two lengths, where it stands alone; a pending entry is an id of 16 bytes, a time and
 * how often it was delivered. A group's pending entries belong to the consumers that list them. */
#include "base/check.h"
#include "mem/mem.h"
#include "types/rdb_payload.h"
#include "types/stream.h"
#include "types/stream_group.h"
#include "types/stream_producer.h"

/* --- Writing ---------------------------------------------------------------------------------- */

static void write_id(struct buf *out, struct id id)
{
    rdb_write_length(out, id.ms);
    rdb_write_length(out, id.seq);
}

static void write_raw_id(struct buf *out, struct id id)
{
    uint8_t bytes[STREAM_ID_BYTES];
    stream_id_encode(bytes, id);
    buf_append(out, bytes_make(bytes, sizeof bytes));
}

static void dump_nodes(const struct stream *stream, struct buf *out, struct breath *breath)
{
    struct id_map_cursor place;
    rdb_write_length(out, stream->nodes.count);
    bool more = id_map_first(&stream->nodes, &place);
    for (; more; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        rdb_write_length(out, STREAM_ID_BYTES);
        write_raw_id(out, item.id);
        rdb_write_string(out, listpack_view(item.item));
        breathe(breath, 64);
    }
}

static void dump_group_pending(const struct stream_group *group, struct buf *out,
                               struct breath *breath)
{
    struct id_map_cursor place;
    rdb_write_length(out, group->pending.count);
    bool more = id_map_first(&group->pending, &place);
    for (; more; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        const struct stream_pending *pending = item.item;
        write_raw_id(out, item.id);
        rdb_write_ms(out, pending->delivered_ms);
        rdb_write_length(out, pending->deliveries);
        breathe(breath, 2);
    }
}

/* The ids of those that belong to a consumer; NULL: to none. */
static void dump_ids(const struct id_map *pending, const struct stream_consumer *consumer,
                     struct buf *out, struct breath *breath)
{
    struct id_map_cursor place;
    for (bool more = id_map_first(pending, &place); more; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        if (((const struct stream_pending *)item.item)->consumer == consumer)
            write_raw_id(out, item.id);
        breathe(breath, 1);
    }
}

static void dump_consumer(const struct stream_consumer *consumer, enum rdb_type rdb_type,
                          struct buf *out, struct breath *breath)
{
    rdb_write_string(out, stream_consumer_name(consumer));
    rdb_write_ms(out, consumer->seen_ms);
    if (rdb_type != RDB_STREAM_2) rdb_write_ms(out, consumer->active_ms);
    rdb_write_length(out, consumer->pending.count);
    dump_ids(&consumer->pending, consumer, out, breath);
}

static void dump_group(const struct stream_group *group, enum rdb_type rdb_type, struct buf *out,
                       struct breath *breath)
{
    uint64_t consumers = stream_group_consumer_count(group);
    rdb_write_string(out, stream_group_name(group));
    write_id(out, group->last_id);
    rdb_write_length(out, (uint64_t)group->entries_read);
    dump_group_pending(group, out, breath);
    rdb_write_length(out, consumers);
    for (uint64_t i = 0; i < consumers; i++)
        dump_consumer(stream_consumer_at(group, i), rdb_type, out, breath);
    if (rdb_type != RDB_STREAM_5) return;
    rdb_write_length(out, group->released);
    if (group->released) dump_ids(&group->pending, NULL, out, breath);
}

/* The oldest that holds all there is, so that as many servers as possible read it: version 10 has
 * neither producers nor entries that were released. */
static enum rdb_type type_of(const struct stream *stream)
{
    for (uint64_t i = 0; i < stream_groups_count(stream->groups); i++)
        if (stream_groups_at(stream->groups, i)->released) return RDB_STREAM_5;
    return stream->producers ? RDB_STREAM_4 : RDB_STREAM_2;
}

void stream_dump(const struct value *value, struct buf *out, struct breath *breath)
{
    static const struct stream nothing;
    const struct stream *stream = value->stream ? value->stream : &nothing;
    enum rdb_type rdb_type = type_of(stream);
    rdb_write_byte(out, (uint8_t)rdb_type);
    dump_nodes(stream, out, breath);
    rdb_write_length(out, stream->length);
    write_id(out, stream->last_id);
    write_id(out, stream->first_id);
    write_id(out, stream->max_deleted_id);
    rdb_write_length(out, stream->entries_added);
    uint64_t groups = stream_groups_count(stream->groups);
    rdb_write_length(out, groups);
    for (uint64_t i = 0; i < groups; i++)
        dump_group(stream_groups_at(stream->groups, i), rdb_type, out, breath);
    if (rdb_type != RDB_STREAM_2) stream_producers_dump(stream->producers, out, breath);
}

/* --- Reading ---------------------------------------------------------------------------------- */

/* A stream that is being read. */
struct reading {
    struct rdb_reader *reader;
    struct stream *stream;
    struct breath *breath;
    struct id last; /* of the nodes so far */
    uint8_t rdb_type;
};

static bool read_id(struct rdb_reader *reader, struct id *id)
{
    return rdb_read_length(reader, &id->ms) && rdb_read_length(reader, &id->seq);
}

static bool read_raw_id(struct rdb_reader *reader, struct id *id)
{
    const uint8_t *bytes = rdb_read_raw(reader, STREAM_ID_BYTES);
    if (bytes) *id = stream_id_decode(bytes);
    return bytes != NULL;
}

static bool read_node_id(struct rdb_reader *reader, struct id *id)
{
    struct rdb_string string;
    if (!rdb_read_string(reader, &string)) return false;
    struct bytes bytes = rdb_string_view(&string);
    bool good = bytes.len == STREAM_ID_BYTES;
    if (good) *id = stream_id_decode(bytes.ptr);
    rdb_string_drop(&string);
    return good;
}

/* A node without a living entry, which redis-server may leave, is left out. */
static bool take_pack(struct reading *reading, struct id id, struct bytes bytes)
{
    struct stream_node_check check = {.id = id};
    if (!stream_node_validate(bytes, &check)) return false;
    if (reading->stream->length && id_compare(check.first, reading->last) <= 0) return false;
    if (!check.count) return true;
    struct listpack *pack = listpack_try_copy(bytes);
    if (!pack) return false;
    if (!reading->stream->length) reading->stream->first_id = check.first_live;
    stream_take_node(reading->stream, id, pack);
    reading->stream->length += check.count;
    reading->last = check.last;
    return true;
}

static bool read_node(struct reading *reading)
{
    struct id id;
    struct rdb_string string;
    if (!read_node_id(reading->reader, &id)) return false;
    if (!rdb_read_string(reading->reader, &string)) return false;
    bool good = take_pack(reading, id, rdb_string_view(&string));
    rdb_string_drop(&string);
    breathe(reading->breath, 256);
    return good;
}

static bool read_nodes(struct reading *reading)
{
    uint64_t count;
    if (!rdb_read_length(reading->reader, &count)) return false;
    for (uint64_t i = 0; i < count; i++)
        if (!read_node(reading)) return false;
    return true;
}

static bool read_figures(struct reading *reading)
{
    struct stream *stream = reading->stream;
    struct rdb_reader *reader = reading->reader;
    struct id first_id;
    uint64_t length;
    if (!rdb_read_length(reader, &length) || !read_id(reader, &stream->last_id)) return false;
    if (length != stream->length) return false;
    if (stream->length && id_compare(reading->last, stream->last_id) > 0) return false;
    stream->entries_added = length;
    if (reading->rdb_type == RDB_STREAM) return true;
    return read_id(reader, &first_id) && read_id(reader, &stream->max_deleted_id) &&
           rdb_read_length(reader, &stream->entries_added);
}

static bool read_pending(struct reading *reading, struct stream_group *group)
{
    struct id id;
    int64_t delivered_ms;
    uint64_t deliveries;
    if (!read_raw_id(reading->reader, &id) || !rdb_read_ms(reading->reader, &delivered_ms))
        return false;
    if (!rdb_read_length(reading->reader, &deliveries)) return false;
    if (stream_pending_find(group, id)) return false;
    struct stream_pending *pending = stream_pending_add(group, id, NULL);
    pending->delivered_ms = delivered_ms > 0 ? delivered_ms : 0; /* it will be subtracted */
    pending->deliveries = deliveries < INT64_MAX ? deliveries : INT64_MAX;
    breathe(reading->breath, 4);
    return true;
}

static bool read_consumer_times(struct reading *reading, struct stream_consumer *consumer)
{
    if (!rdb_read_ms(reading->reader, &consumer->seen_ms)) return false;
    if (consumer->seen_ms < 0) consumer->seen_ms = 0;
    consumer->active_ms = consumer->seen_ms;
    if (reading->rdb_type < RDB_STREAM_3) return true;
    if (!rdb_read_ms(reading->reader, &consumer->active_ms)) return false;
    if (consumer->active_ms < 0) consumer->active_ms = -1;
    return true;
}

static bool read_consumer_pending(struct reading *reading, struct stream_group *group,
                                  struct stream_consumer *consumer)
{
    uint64_t count;
    struct id id;
    if (!rdb_read_length(reading->reader, &count)) return false;
    for (uint64_t i = 0; i < count; i++) {
        if (!read_raw_id(reading->reader, &id)) return false;
        struct stream_pending *pending = stream_pending_find(group, id);
        if (!pending || pending->consumer) return false;
        stream_pending_give(group, pending, id, consumer);
        breathe(reading->breath, 4);
    }
    return true;
}

static bool read_consumer(struct reading *reading, struct stream_group *group)
{
    struct rdb_string name;
    struct stream_consumer *consumer = NULL;
    if (!rdb_read_string(reading->reader, &name)) return false;
    if (!stream_consumer_find(group, rdb_string_view(&name)))
        consumer = stream_consumer_new(group, rdb_string_view(&name), 0);
    rdb_string_drop(&name);
    return consumer && read_consumer_times(reading, consumer) &&
           read_consumer_pending(reading, group, consumer);
}

/* Every pending entry belongs to somebody, or is listed as released. */
static bool read_released(struct reading *reading, const struct stream_group *group)
{
    uint64_t count;
    struct id id;
    if (reading->rdb_type != RDB_STREAM_5) return group->released == 0;
    if (!rdb_read_length(reading->reader, &count) || count != group->released) return false;
    for (; count; count--) {
        if (!read_raw_id(reading->reader, &id)) return false;
        const struct stream_pending *pending = stream_pending_find(group, id);
        if (!pending || pending->consumer) return false;
        breathe(reading->breath, 4);
    }
    return true;
}

static bool read_group_content(struct reading *reading, struct stream_group *group)
{
    uint64_t entries_read, pending, consumers;
    struct rdb_reader *reader = reading->reader;
    if (!read_id(reader, &group->last_id)) return false;
    if (reading->rdb_type == RDB_STREAM)
        entries_read = (uint64_t)stream_entries_until(reading->stream, group->last_id);
    else if (!rdb_read_length(reader, &entries_read))
        return false;
    group->entries_read = (int64_t)entries_read;
    if (!rdb_read_length(reader, &pending)) return false;
    for (uint64_t i = 0; i < pending; i++)
        if (!read_pending(reading, group)) return false;
    if (!rdb_read_length(reader, &consumers)) return false;
    for (uint64_t i = 0; i < consumers; i++)
        if (!read_consumer(reading, group)) return false;
    return read_released(reading, group);
}

static bool read_group(struct reading *reading)
{
    struct rdb_string name;
    struct stream_group *group = NULL;
    if (!rdb_read_string(reading->reader, &name)) return false;
    if (!stream_groups_find(reading->stream->groups, rdb_string_view(&name)))
        group = stream_group_new(reading->stream, rdb_string_view(&name));
    rdb_string_drop(&name);
    return group && read_group_content(reading, group);
}

static bool read_groups(struct reading *reading)
{
    uint64_t count;
    if (!rdb_read_length(reading->reader, &count)) return false;
    for (uint64_t i = 0; i < count; i++)
        if (!read_group(reading)) return false;
    return true;
}

bool stream_restore(struct value *value, struct rdb_reader *reader, uint8_t rdb_type,
                    const struct type_limits *limits, struct breath *breath)
{
    (void)limits; /* nodes are taken as they are */
    *value = value_new(VALUE_STREAM);
    struct reading reading = {reader, stream_open(value), breath, {0, 0}, rdb_type};
    bool good = read_nodes(&reading) && read_figures(&reading) && read_groups(&reading);
    if (good && rdb_type >= RDB_STREAM_4)
        good = stream_producers_restore(reading.stream, reader, breath);
    if (good) return true;
    value_free(value);
    return false;
}
