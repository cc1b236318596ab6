#include "types/stream.h"

#include <assert.h>

#include "base/check.h"
#include "mem/mem.h"
#include "types/stream_group.h"
#include "types/stream_producer.h"

enum { BYTES_A_UNIT = 64 };

static_assert(sizeof(struct stream) <= 112, "what a stream costs at least");

struct stream *stream_new(void)
{
    return mem_alloc_zero(sizeof(struct stream));
}

struct stream *stream_open(struct value *value)
{
    if (!value->stream) value->stream = stream_new();
    return value->stream;
}

/* --- Nodes ------------------------------------------------------------------------------------ */

void stream_take_node(struct stream *stream, struct id id, struct listpack *pack)
{
    stream->pack_bytes += listpack_block_size(pack);
    id_map_set(&stream->nodes, id, pack);
}

static struct stream_node node_at(const struct id_map_cursor *place)
{
    struct id_map_item item = id_map_get(place);
    return stream_node_read(item.item, item.id);
}

static void drop_node(struct stream *stream, struct id id)
{
    struct listpack *pack = id_map_remove(&stream->nodes, id);
    stream->pack_bytes -= listpack_block_size(pack);
    listpack_free(pack);
}

/* A node's listpack has been changed, and was `old_bytes` large before. */
static void put_pack(struct stream *stream, const struct id_map_cursor *place,
                     struct listpack *pack, size_t old_bytes)
{
    stream->pack_bytes += listpack_block_size(pack) - old_bytes;
    id_map_replace(place, pack);
}

void stream_renew_first_id(struct stream *stream)
{
    struct stream_cursor cursor;
    bool found = stream->length && stream_seek(&cursor, stream, (struct id){0, 0}, false);
    stream->first_id = found ? cursor.entry.id : (struct id){0, 0};
}

/* --- Adding ----------------------------------------------------------------------------------- */

static bool has_room(const struct stream_node *node, const struct stream_content *content,
                     const struct type_limits *limits)
{
    uint64_t max_bytes = (uint64_t)limits->stream_node_max_bytes;
    uint64_t max_entries = (uint64_t)limits->stream_node_max_entries;
    uint64_t bytes = listpack_view(node->pack).len;
    for (uint32_t i = 0; i < content->count; i++)
        bytes += content->ptr[i].len;
    if (max_bytes && bytes >= max_bytes) return false;
    if (max_entries && node->count + (uint64_t)node->deleted >= max_entries) return false;
    return listpack_fits(node->pack, bytes - listpack_view(node->pack).len +
                                         content->count * (uint64_t)16 + 64);
}

/* To the last node, if it has room. */
static bool try_add(struct stream *stream, struct id id, const struct stream_content *content,
                    const struct type_limits *limits)
{
    struct id_map_cursor place;
    if (!id_map_last(&stream->nodes, &place)) return false;
    struct stream_node node = node_at(&place);
    if (!has_room(&node, content, limits)) return false;
    struct listpack *pack = id_map_get(&place).item;
    size_t old_bytes = listpack_block_size(pack);
    stream_node_add(&pack, &node, id, content);
    put_pack(stream, &place, pack, old_bytes);
    return true;
}

static void add_node(struct stream *stream, struct id id, const struct stream_content *content)
{
    struct listpack *pack = stream_node_new(content);
    struct stream_node node = stream_node_read(pack, id);
    stream_node_add(&pack, &node, id, content);
    stream_take_node(stream, id, pack);
}

void stream_add(struct stream *stream, struct id id, const struct stream_content *content,
                const struct type_limits *limits)
{
    DEBUG_ASSERT(id_compare(id, stream->last_id) > 0);
    if (!try_add(stream, id, content, limits)) add_node(stream, id, content);
    if (!stream->length) stream->first_id = id;
    stream->length++;
    stream->entries_added++;
    stream->last_id = id;
}

/* --- Removing --------------------------------------------------------------------------------- */

static void remove_at(struct stream *stream, const struct stream_cursor *cursor)
{
    const struct stream_node *node = &cursor->node;
    stream->length--;
    if (node->count == 1) {
        drop_node(stream, node->id);
        return;
    }
    struct listpack *pack = id_map_get(&cursor->place).item;
    size_t old_bytes = listpack_block_size(pack);
    stream_node_mark(&pack, &cursor->entry);
    stream_node_set_counts(&pack, node->count - 1, node->deleted + 1);
    put_pack(stream, &cursor->place, pack, old_bytes);
}

bool stream_remove(struct stream *stream, struct id id)
{
    struct stream_cursor cursor;
    if (!stream_seek(&cursor, stream, id, false)) return false;
    if (id_compare(cursor.entry.id, id) != 0) return false;
    remove_at(stream, &cursor);
    if (id_compare(stream->first_id, id) == 0) stream_renew_first_id(stream);
    return true;
}

/* May this entry go, and its references with it, if so it is wished? */
static bool may_remove(struct stream *stream, struct id id, enum stream_refs refs)
{
    if (refs == STREAM_KEEP_REFS || !stream->groups) return true;
    if (refs == STREAM_ACKED) return !stream_groups_want(stream->groups, id);
    stream_groups_forget(stream->groups, id);
    return true;
}

/* Has enough been trimmed before an entry of this id? */
static bool is_enough(const struct stream *stream, const struct stream_trim *trim, struct id id)
{
    if (trim->by == STREAM_TRIM_LENGTH) return stream->length <= trim->max_length;
    return id_compare(id, trim->min_id) >= 0;
}

static bool goes_as_a_whole(const struct stream *stream, const struct stream_trim *trim,
                            const struct stream_node *node)
{
    if (trim->by == STREAM_TRIM_LENGTH) return stream->length - node->count >= trim->max_length;
    struct stream_entry last;
    return stream_node_last(node, &last) && id_compare(last.id, trim->min_id) < 0;
}

/* Removes from the front of one node what is to go. How many: `count` if the node has gone. */
static uint32_t trim_node(struct stream *stream, const struct stream_trim *trim,
                          const struct id_map_cursor *place, struct breath *breath)
{
    struct listpack *pack = id_map_get(place).item;
    struct stream_node node = node_at(place);
    struct stream_entry entry;
    size_t old_bytes = listpack_block_size(pack);
    uint32_t removed = 0;
    for (uint32_t at = node.entries_at; stream_node_entry(&node, at, &entry); at = entry.next) {
        breathe(breath, 1);
        if (entry.flags & STREAM_DELETED) continue;
        if (is_enough(stream, trim, entry.id)) break;
        if (!may_remove(stream, entry.id, trim->refs)) continue;
        stream_node_mark(&pack, &entry);
        node.pack = pack;
        stream_node_entry(&node, at, &entry); /* flags of another length: what follows moves */
        stream->length--;
        removed++;
    }
    if (removed) stream_node_set_counts(&pack, node.count - removed, node.deleted + removed);
    put_pack(stream, place, pack, old_bytes);
    if (removed == node.count) drop_node(stream, node.id);
    return removed;
}

/* Whether a node that is to go as a whole may: its references are looked at one by one. */
static uint32_t trim_whole(struct stream *stream, const struct stream_trim *trim,
                           const struct id_map_cursor *place, struct breath *breath)
{
    struct stream_node node = node_at(place);
    if (trim->refs != STREAM_KEEP_REFS && stream->groups)
        return trim_node(stream, trim, place, breath);
    stream->length -= node.count;
    drop_node(stream, node.id);
    return node.count;
}

uint64_t stream_trim(struct stream *stream, const struct stream_trim *trim, struct breath *breath)
{
    uint64_t removed = 0;
    struct id from = {0, 0};
    struct id_map_cursor place;
    while (id_map_from(&stream->nodes, from, &place)) {
        struct stream_node node = node_at(&place);
        breathe(breath, 8);
        if (trim->by == STREAM_TRIM_LENGTH && stream->length <= trim->max_length) break;
        bool whole = goes_as_a_whole(stream, trim, &node);
        if (trim->limit && removed + node.count > trim->limit) break;
        if (!whole && trim->whole_nodes) break;
        removed += whole ? trim_whole(stream, trim, &place, breath)
                         : trim_node(stream, trim, &place, breath);
        /* Entries that stay for their references do not end it. */
        if (!whole && trim->refs != STREAM_ACKED) break;
        from = node.id;
        if (!stream_id_increment(&from)) break;
        if (trim->by == STREAM_TRIM_ID && id_compare(from, trim->min_id) > 0) break;
    }
    if (removed) stream_renew_first_id(stream);
    return removed;
}

/* --- Cursors ---------------------------------------------------------------------------------- */

static bool enter_node(struct stream_cursor *cursor, bool backwards)
{
    cursor->node = node_at(&cursor->place);
    if (backwards) return stream_node_last(&cursor->node, &cursor->entry);
    return stream_node_entry(&cursor->node, cursor->node.entries_at, &cursor->entry);
}

static bool step_in_node(struct stream_cursor *cursor, bool backwards)
{
    if (backwards) return stream_node_prev(&cursor->node, cursor->entry.at, &cursor->entry);
    return stream_node_entry(&cursor->node, cursor->entry.next, &cursor->entry);
}

/* To a living entry, from where it stands if `found`, else from the next node. */
static bool settle(struct stream_cursor *cursor, bool found, bool backwards)
{
    for (;;) {
        while (found && cursor->entry.flags & STREAM_DELETED)
            found = step_in_node(cursor, backwards);
        if (found) return true;
        if (!(backwards ? id_map_prev(&cursor->place) : id_map_next(&cursor->place))) return false;
        found = enter_node(cursor, backwards);
    }
}

bool stream_seek(struct stream_cursor *cursor, const struct stream *stream, struct id id,
                 bool backwards)
{
    if (!stream || !stream->length) return false;
    bool found = id_map_until(&stream->nodes, id, &cursor->place);
    if (!found && backwards) return false;
    if (!found) id_map_first(&stream->nodes, &cursor->place);
    found = enter_node(cursor, backwards);
    if (backwards)
        while (found && id_compare(cursor->entry.id, id) > 0)
            found = step_in_node(cursor, true);
    else
        while (found && id_compare(cursor->entry.id, id) < 0)
            found = step_in_node(cursor, false);
    return settle(cursor, found, backwards);
}

bool stream_step(struct stream_cursor *cursor, bool backwards)
{
    return settle(cursor, step_in_node(cursor, backwards), backwards);
}

bool stream_has(const struct stream *stream, struct id id)
{
    struct stream_cursor cursor;
    return stream_seek(&cursor, stream, id, false) && id_compare(cursor.entry.id, id) == 0;
}

uint64_t stream_reading_work(const struct stream *stream, uint64_t count)
{
    enum { ELEMENT_BYTES = 8, FOR_EACH = 2 };
    if (!stream || !stream->length) return 0;
    if (count > stream->length) count = stream->length;
    return count * (stream->pack_bytes / stream->length / ELEMENT_BYTES + FOR_EACH);
}

int64_t stream_entries_until(const struct stream *stream, struct id id)
{
    if (!stream->entries_added) return 0;
    int with_last = id_compare(id, stream->last_id);
    if (!stream->length && with_last <= 0) return (int64_t)stream->entries_added;
    if (with_last == 0) return (int64_t)stream->entries_added;
    if (with_last > 0) return STREAM_READ_UNKNOWN;
    bool is_whole = stream_id_is_zero(stream->max_deleted_id) ||
                    id_compare(stream->max_deleted_id, stream->first_id) < 0;
    int with_first = id_compare(id, stream->first_id);
    if (!is_whole || with_first > 0) return STREAM_READ_UNKNOWN;
    return (int64_t)(stream->entries_added - stream->length + (with_first == 0));
}

bool stream_has_tombstone(const struct stream *stream, struct id from)
{
    if (!stream->length || stream_id_is_zero(stream->max_deleted_id)) return false;
    return id_compare(from, stream->max_deleted_id) <= 0;
}

struct stream_fields stream_fields_of(const struct stream_cursor *cursor)
{
    const struct stream_entry *entry = &cursor->entry;
    bool same = entry->flags & STREAM_SAME;
    return (struct stream_fields){
        .pack = cursor->node.pack,
        .left = entry->field_count,
        .field_at = same ? cursor->node.fields_at : entry->body_at,
        .value_at = entry->body_at,
        .same = same,
    };
}

bool stream_field_next(struct stream_fields *fields, struct listpack_element *field,
                       struct listpack_element *value)
{
    if (!fields->left) return false;
    fields->left--;
    if (fields->same) {
        fields->field_at = listpack_read(fields->pack, fields->field_at, field);
        fields->value_at = listpack_read(fields->pack, fields->value_at, value);
        return true;
    }
    fields->value_at = listpack_read(fields->pack, fields->value_at, field);
    fields->value_at = listpack_read(fields->pack, fields->value_at, value);
    return true;
}

/* --- As a whole ------------------------------------------------------------------------------- */

static uint64_t count_of(const void *object)
{
    return ((const struct stream *)object)->length;
}

static bool free_some(void *object, uint64_t *work)
{
    struct stream *stream = object;
    struct id_map_cursor place;
    while (id_map_last(&stream->nodes, &place)) {
        if (!*work) return false;
        struct stream_node node = node_at(&place);
        *work -= node.count < *work ? node.count : *work;
        drop_node(stream, node.id);
    }
    if (stream->groups && !stream_groups_free_some(stream->groups, work)) return false;
    stream->groups = NULL;
    if (!stream_producers_free_some(stream->producers, work)) return false;
    mem_free(stream, sizeof *stream);
    return true;
}

static void *copy_of(const void *object, struct breath *breath)
{
    const struct stream *stream = object;
    struct stream *copy = stream_new();
    struct id_map_cursor place;
    *copy = *stream;
    copy->nodes = (struct id_map){NULL, 0, 0};
    copy->pack_bytes = 0;
    bool more = id_map_first(&stream->nodes, &place);
    for (; more; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        struct listpack *pack = listpack_try_copy(listpack_view(item.item));
        if (!pack) FATAL("out of memory");
        stream_take_node(copy, item.id, pack);
        breathe(breath, 16 + listpack_view(pack).len / BYTES_A_UNIT);
    }
    copy->groups = stream_groups_copy(stream->groups, breath);
    copy->producers = stream_producers_copy(stream->producers, breath);
    return copy;
}

static size_t block_size_of(const void *object)
{
    const struct stream *stream = object;
    return mem_block_size(sizeof *stream) + stream->pack_bytes + id_map_block_size(&stream->nodes) +
           stream_groups_block_size(stream->groups) +
           stream_producers_block_size(stream->producers);
}

static void check_node(const struct id_map_item *item, struct stream_node_check *check)
{
    check->id = item->id;
    ASSERT(stream_node_validate(listpack_view(item->item), check));
    ASSERT(check->count > 0);
}

static void check(const void *object)
{
    const struct stream *stream = object;
    struct id_map_cursor place;
    struct stream_node_check node = {.last = {0, 0}};
    struct id last = {0, 0}, first = {0, 0};
    uint64_t length = 0, bytes = 0;
    id_map_check(&stream->nodes);
    bool more = id_map_first(&stream->nodes, &place);
    for (; more; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        check_node(&item, &node);
        ASSERT(id_compare(node.first, last) > 0 || !length);
        if (!length) first = node.first_live;
        last = node.last;
        length += node.count;
        bytes += listpack_block_size(item.item);
    }
    ASSERT(length == stream->length && bytes == stream->pack_bytes);
    ASSERT(id_compare(first, stream->first_id) == 0);
    ASSERT(id_compare(last, stream->last_id) <= 0);
    stream_groups_check(stream->groups);
    stream_producers_check(stream->producers);
}

static void digest_of(const struct value *value, struct digest *digest)
{
    struct stream_cursor cursor;
    bool more = stream_seek(&cursor, value->stream, (struct id){0, 0}, false);
    for (; more; more = stream_step(&cursor, false)) {
        char text[STREAM_ID_TEXT_MAX], digits[NUMBER_INT_MAX];
        struct listpack_element field, element;
        struct stream_fields fields = stream_fields_of(&cursor);
        size_t len = stream_id_write(text, cursor.entry.id);
        *(char *)memchr(text, '-', len) = '.'; /* redis-server's way here */
        digest_next(digest, bytes_make(text, len));
        while (stream_field_next(&fields, &field, &element)) {
            digest_next(digest, listpack_text(&field, digits));
            digest_next(digest, listpack_text(&element, digits));
        }
    }
}

const struct value_class stream_class = {
    .large_name = "stream",
    .pack_step = 1,
    .count = count_of,
    .free_some = free_some,
    .copy = copy_of,
    .block_size = block_size_of,
    .check = check,
    .digest = digest_of,
    .dump = stream_dump,
    .restore = stream_restore,
};
