#include "types/stream_group.h"

#include "base/check.h"
#include "mem/mem.h"
#include "types/stream.h"

struct stream_groups {
    struct counted_btree *by_name;
};

/* Most groups are few, and so are the consumers of most. */
static const struct counted_limits few = {8, 8};

/* --- Names ------------------------------------------------------------------------------------ */

static struct bytes group_member(const void *item)
{
    return stream_group_name(item);
}

static struct bytes consumer_member(const void *item)
{
    return stream_consumer_name(item);
}

static void *item_at(const struct counted_btree *tree, uint64_t index)
{
    struct counted_cursor cursor = counted_btree_at(tree, index);
    return cursor.leaf ? counted_cursor_entry(&cursor).item : NULL;
}

static void *find(const struct counted_btree *tree, counted_member *member, struct bytes name)
{
    struct counted_key key = {.edge = COUNTED_AT_MEMBER, .member = name};
    void *item = item_at(tree, counted_btree_rank(tree, &key));
    return item && bytes_equal(member(item), name) ? item : NULL;
}

uint64_t stream_groups_count(const struct stream_groups *groups)
{
    return groups ? counted_btree_count(groups->by_name) : 0;
}

struct stream_group *stream_groups_at(const struct stream_groups *groups, uint64_t index)
{
    return groups ? item_at(groups->by_name, index) : NULL;
}

struct stream_group *stream_groups_find(const struct stream_groups *groups, struct bytes name)
{
    return groups ? find(groups->by_name, group_member, name) : NULL;
}

uint64_t stream_group_consumer_count(const struct stream_group *group)
{
    return counted_btree_count(group->consumers);
}

struct stream_consumer *stream_consumer_at(const struct stream_group *group, uint64_t index)
{
    return item_at(group->consumers, index);
}

struct stream_consumer *stream_consumer_find(const struct stream_group *group, struct bytes name)
{
    return find(group->consumers, consumer_member, name);
}

/* --- Pending entries -------------------------------------------------------------------------- */

struct stream_pending *stream_pending_add(struct stream_group *group, struct id id,
                                          struct stream_consumer *consumer)
{
    struct stream_pending *pending = mem_alloc(sizeof *pending);
    *pending = (struct stream_pending){consumer, 0, 0};
    id_map_set(&group->pending, id, pending);
    if (consumer) id_map_set(&consumer->pending, id, pending);
    group->released += !consumer;
    return pending;
}

void stream_pending_give(struct stream_group *group, struct stream_pending *pending, struct id id,
                         struct stream_consumer *consumer)
{
    if (pending->consumer == consumer) return;
    group->released += (uint64_t)!consumer - !pending->consumer;
    if (pending->consumer) id_map_remove(&pending->consumer->pending, id);
    pending->consumer = consumer;
    if (consumer) id_map_set(&consumer->pending, id, pending);
}

bool stream_pending_remove(struct stream_group *group, struct id id)
{
    struct stream_pending *pending = id_map_remove(&group->pending, id);
    if (!pending) return false;
    if (pending->consumer) id_map_remove(&pending->consumer->pending, id);
    group->released -= !pending->consumer;
    mem_free(pending, sizeof *pending);
    return true;
}

/* --- Consumers -------------------------------------------------------------------------------- */

static size_t consumer_bytes(const struct stream_consumer *consumer)
{
    return sizeof *consumer + consumer->name_len;
}

struct stream_consumer *stream_consumer_new(struct stream_group *group, struct bytes name,
                                            int64_t now_ms)
{
    struct stream_consumer *consumer = mem_alloc(sizeof *consumer + name.len);
    *consumer = (struct stream_consumer){
        .seen_ms = now_ms, .active_ms = -1, .name_len = (uint32_t)name.len};
    if (name.len) memcpy(consumer->name, name.ptr, name.len);
    group->name_bytes += mem_block_size(consumer_bytes(consumer));
    counted_btree_insert(group->consumers, (struct counted_entry){0, consumer});
    return consumer;
}

/* What it had pending has gone. */
static void consumer_free(struct stream_group *group, struct stream_consumer *consumer)
{
    counted_btree_remove(group->consumers, (struct counted_entry){0, consumer});
    group->name_bytes -= mem_block_size(consumer_bytes(consumer));
    mem_free(consumer, consumer_bytes(consumer));
}

void stream_consumer_remove(struct stream_group *group, struct stream_consumer *consumer,
                            struct breath *breath)
{
    struct id_map_cursor place;
    while (id_map_last(&consumer->pending, &place)) {
        stream_pending_remove(group, id_map_get(&place).id);
        breathe(breath, 8);
    }
    consumer_free(group, consumer);
}

/* --- Groups ----------------------------------------------------------------------------------- */

static size_t group_bytes(const struct stream_group *group)
{
    return sizeof *group + group->name_len;
}

static struct stream_groups *groups_new(void)
{
    struct stream_groups *groups = mem_alloc(sizeof *groups);
    groups->by_name = counted_btree_new(group_member, few);
    return groups;
}

static void groups_free(struct stream_groups *groups)
{
    counted_btree_free(groups->by_name);
    mem_free(groups, sizeof *groups);
}

static struct stream_group *add_group(struct stream_groups *groups, struct bytes name)
{
    struct stream_group *group = mem_alloc(sizeof *group + name.len);
    *group =
        (struct stream_group){.entries_read = STREAM_READ_UNKNOWN, .name_len = (uint32_t)name.len};
    group->consumers = counted_btree_new(consumer_member, few);
    if (name.len) memcpy(group->name, name.ptr, name.len);
    counted_btree_insert(groups->by_name, (struct counted_entry){0, group});
    return group;
}

struct stream_group *stream_group_new(struct stream *stream, struct bytes name)
{
    if (!stream->groups) stream->groups = groups_new();
    return add_group(stream->groups, name);
}

/* Frees up to *work of what it holds; true: all, and it has no consumers any more. */
static bool empty_group(struct stream_group *group, uint64_t *work)
{
    struct id_map_cursor place;
    while (id_map_last(&group->pending, &place)) {
        if (!*work) return false;
        stream_pending_remove(group, id_map_get(&place).id);
        --*work;
    }
    for (uint64_t left = stream_group_consumer_count(group); left; left--) {
        if (!*work) return false;
        consumer_free(group, stream_consumer_at(group, left - 1));
        --*work;
    }
    return true;
}

static void group_free(struct stream_groups *groups, struct stream_group *group)
{
    counted_btree_remove(groups->by_name, (struct counted_entry){0, group});
    counted_btree_free(group->consumers);
    mem_free(group, group_bytes(group));
}

void stream_group_remove(struct stream *stream, struct stream_group *group, struct breath *breath)
{
    enum { AT_ONCE = 64, COST = 8 };
    uint64_t work = AT_ONCE;
    while (!empty_group(group, &work)) {
        breathe(breath, (uint64_t)AT_ONCE * COST);
        work = AT_ONCE;
    }
    group_free(stream->groups, group);
    if (stream_groups_count(stream->groups)) return;
    groups_free(stream->groups);
    stream->groups = NULL;
}

bool stream_groups_want(const struct stream_groups *groups, struct id id)
{
    for (uint64_t i = 0; i < stream_groups_count(groups); i++) {
        const struct stream_group *group = stream_groups_at(groups, i);
        if (id_compare(id, group->last_id) > 0 || stream_pending_find(group, id)) return true;
    }
    return false;
}

uint64_t stream_groups_forget(struct stream_groups *groups, struct id id)
{
    uint64_t forgotten = 0;
    for (uint64_t i = 0; i < stream_groups_count(groups); i++)
        forgotten += stream_pending_remove(stream_groups_at(groups, i), id);
    return forgotten;
}

/* --- As a whole ------------------------------------------------------------------------------- */

bool stream_groups_free_some(struct stream_groups *groups, uint64_t *work)
{
    for (uint64_t left = stream_groups_count(groups); left; left--) {
        struct stream_group *group = stream_groups_at(groups, left - 1);
        if (!empty_group(group, work)) return false;
        group_free(groups, group);
    }
    groups_free(groups);
    return true;
}

static void copy_pending(struct stream_group *to, const struct id_map *pending,
                         struct stream_consumer *owner, struct breath *breath)
{
    struct id_map_cursor place;
    bool more = id_map_first(pending, &place);
    for (; more; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        const struct stream_pending *old = item.item;
        breathe(breath, 8);
        if (!owner && old->consumer) continue;
        struct stream_pending *copy = stream_pending_add(to, item.id, owner);
        *copy = *old;
        copy->consumer = owner;
    }
}

static void copy_group(struct stream_groups *groups, const struct stream_group *old,
                       struct breath *breath)
{
    struct stream_group *copy = add_group(groups, stream_group_name(old));
    copy->last_id = old->last_id;
    copy->entries_read = old->entries_read;
    for (uint64_t i = 0; i < stream_group_consumer_count(old); i++) {
        const struct stream_consumer *from = stream_consumer_at(old, i);
        struct stream_consumer *to =
            stream_consumer_new(copy, stream_consumer_name(from), from->seen_ms);
        to->active_ms = from->active_ms;
        copy_pending(copy, &from->pending, to, breath);
    }
    if (old->released) copy_pending(copy, &old->pending, NULL, breath);
}

struct stream_groups *stream_groups_copy(const struct stream_groups *groups, struct breath *breath)
{
    if (!groups) return NULL;
    struct stream_groups *copy = groups_new();
    for (uint64_t i = 0; i < stream_groups_count(groups); i++)
        copy_group(copy, stream_groups_at(groups, i), breath);
    return copy;
}

static size_t group_block_size(const struct stream_group *group)
{
    size_t map_bytes = id_map_block_size(&group->pending);
    return mem_block_size(group_bytes(group)) + group->name_bytes + 2 * map_bytes +
           counted_btree_block_size(group->consumers) +
           group->pending.count * mem_block_size(sizeof(struct stream_pending));
}

size_t stream_groups_block_size(const struct stream_groups *groups)
{
    if (!groups) return 0;
    size_t bytes = mem_block_size(sizeof *groups) + counted_btree_block_size(groups->by_name);
    for (uint64_t i = 0; i < stream_groups_count(groups); i++)
        bytes += group_block_size(stream_groups_at(groups, i));
    return bytes;
}

static uint64_t check_consumer(const struct stream_group *group,
                               const struct stream_consumer *consumer)
{
    struct id_map_cursor place;
    id_map_check(&consumer->pending);
    bool more = id_map_first(&consumer->pending, &place);
    for (; more; more = id_map_next(&place)) {
        struct id_map_item item = id_map_get(&place);
        const struct stream_pending *pending = item.item;
        ASSERT(pending->consumer == consumer);
        ASSERT(stream_pending_find(group, item.id) == pending);
    }
    return consumer->pending.count;
}

uint64_t stream_groups_work(const struct stream_groups *groups)
{
    uint64_t work = 0;
    for (uint64_t i = 0; i < stream_groups_count(groups); i++) {
        const struct stream_group *group = stream_groups_at(groups, i);
        work += 1 + stream_group_consumer_count(group) + group->pending.count;
    }
    return work;
}

static void check_pending(const struct stream_group *group, const struct stream_pending *pending)
{
    ASSERT(!pending->consumer || pending->delivered_ms >= group->oldest_ms);
}

static void check_group(const struct stream_group *group)
{
    uint64_t owned = 0, released = 0;
    struct id_map_cursor place;
    counted_btree_check(group->consumers);
    id_map_check(&group->pending);
    for (uint64_t i = 0; i < stream_group_consumer_count(group); i++)
        owned += check_consumer(group, stream_consumer_at(group, i));
    bool more = id_map_first(&group->pending, &place);
    for (; more; more = id_map_next(&place)) {
        const struct stream_pending *pending = id_map_get(&place).item;
        check_pending(group, pending);
        released += !pending->consumer;
    }
    ASSERT(released == group->released && owned + released == group->pending.count);
}

void stream_groups_check(const struct stream_groups *groups)
{
    if (!groups) return;
    counted_btree_check(groups->by_name);
    ASSERT(stream_groups_count(groups) > 0);
    for (uint64_t i = 0; i < stream_groups_count(groups); i++)
        check_group(stream_groups_at(groups, i));
}
