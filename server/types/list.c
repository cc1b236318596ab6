#include "types/list_node.h"

#include "base/check.h"
#include "mem/mem.h"

enum { BYTES_A_UNIT = 64 };

bool list_takes(struct bytes element)
{
    return element.len <= LISTPACK_BYTES_MAX - 64;
}

/* --- From small to large and back ------------------------------------------------------------- */

static void make_large(struct value *value)
{
    struct list *list = list_new();
    if (listpack_first(value->pack))
        list_node_add(list, NULL, value->pack);
    else
        listpack_free(value->pack);
    value->encoding = VALUE_OBJECT;
    value->list = list;
}

static void join_with_next(struct list *list, struct list_node *node)
{
    struct list_node *next = node->next;
    list_node_open(list, node);
    list_node_open(list, next);
    listpack_join(&node->pack, next->pack);
    list_node_close(list, next);
    list_node_close(list, node);
    list_node_remove(list, next);
}

/* Nodes that have become small are joined, so that a list thinned out does not stay large. */
static struct list_node *join_small(struct list *list, struct list_node *node,
                                    const struct type_limits *limits)
{
    struct list_node *prev = node->prev;
    if (!prev || !list_pack_allowed(((uint64_t)node->bytes + prev->bytes) * 2,
                                    ((uint64_t)node->count + prev->count) * 2, limits))
        return node;
    join_with_next(list, prev);
    return prev;
}

/* With room to grow, or it would change back and forth. */
static void make_small_if_due(struct value *value, const struct type_limits *limits)
{
    struct list *list = value->list;
    if (list->node_count == 2) join_small(list, list->last, limits);
    struct list_node *node = list->first;
    if (list->node_count != 1 || node->packed_len) return;
    if (!list_pack_allowed(node->bytes * (uint64_t)2, node->count * (uint64_t)2, limits)) return;
    struct listpack *pack = node->pack;
    node->pack = NULL;
    list_node_remove(list, node);
    list_free(list);
    value->encoding = VALUE_LISTPACK;
    value->pack = pack;
}

/* May this pack become longer by an element, and shorter by `less` bytes? */
static bool has_room(const struct listpack *pack, const struct listpack_element *more,
                     uint32_t less, const struct type_limits *limits)
{
    uint64_t bytes = listpack_view(pack).len + (uint64_t)listpack_entry_len(more) - less;
    return list_pack_allowed(bytes, listpack_count(pack) + (uint64_t)(less == 0), limits);
}

static bool node_has_room(const struct list_node *node, const struct listpack_element *element,
                          const struct type_limits *limits)
{
    return node && list_pack_allowed(node->bytes + (uint64_t)listpack_entry_len(element),
                                     node->count + (uint64_t)1, limits);
}

/* --- At the ends ------------------------------------------------------------------------------ */

static void add_at_end(struct listpack **pack, struct listpack_element element, enum list_end end)
{
    if (end == LIST_LAST)
        listpack_append(pack, element);
    else
        listpack_prepend(pack, element);
}

static struct list_node *node_at(const struct list *list, enum list_end end)
{
    return end == LIST_LAST ? list->last : list->first;
}

static struct listpack *pack_of_one(struct listpack_element element)
{
    struct listpack *pack = listpack_new();
    listpack_append(&pack, element);
    return pack;
}

/* A push at the front moves all that is in its node. So the first node is kept short: when it is no
 * more, it is joined with the next one, and another begins. Where nodes are packed, as few as
 * possible are to be open, and it becomes as long as others. */
enum { FRONT_BYTES = 1024 };

static bool is_long_front(const struct list_node *node, enum list_end end,
                          const struct type_limits *limits)
{
    return node && end == LIST_FIRST && node->bytes >= FRONT_BYTES &&
           limits->list_compress_depth <= 0;
}

/* Do both fit into one? */
static bool may_join_next(const struct list_node *node, const struct type_limits *limits)
{
    const struct list_node *next = node->next;
    return next && list_pack_allowed((uint64_t)node->bytes + next->bytes,
                                     (uint64_t)node->count + next->count, limits);
}

static void push_large(struct list *list, struct listpack_element element, enum list_end end,
                       const struct type_limits *limits)
{
    struct list_node *node = node_at(list, end);
    if (is_long_front(node, end, limits)) {
        if (may_join_next(node, limits)) join_with_next(list, node);
    } else if (node_has_room(node, &element, limits) && !node->packed_len) {
        list_node_open(list, node);
        add_at_end(&node->pack, element, end);
        list_node_close(list, node);
        return;
    }
    list_node_add(list, end == LIST_LAST ? node : NULL, pack_of_one(element));
    list_settle(list, NULL, limits);
}

void list_push(struct value *value, struct bytes bytes, enum list_end end,
               const struct type_limits *limits)
{
    struct listpack_element element = listpack_string(bytes);
    if (value->encoding == VALUE_LISTPACK) {
        if (has_room(value->pack, &element, 0, limits)) {
            add_at_end(&value->pack, element, end);
            return;
        }
        make_large(value);
    }
    push_large(value->list, element, end, limits);
}

static uint32_t drop_of_pack(struct listpack **pack, enum list_end end, uint32_t count)
{
    return listpack_remove_range(pack, end == LIST_LAST ? -(int64_t)count : 0, count);
}

static void drop_large(struct list *list, enum list_end end, uint64_t count, struct breath *breath)
{
    while (count && list->first) {
        struct list_node *node = node_at(list, end);
        breathe(breath, 8);
        if (node->count <= count) {
            count -= node->count;
            list_node_remove(list, node);
            continue;
        }
        list_node_open(list, node);
        drop_of_pack(&node->pack, end, (uint32_t)count);
        list_node_close(list, node);
        return;
    }
}

uint64_t list_drop(struct value *value, enum list_end end, uint64_t count,
                   const struct type_limits *limits, struct breath *breath)
{
    uint64_t before = value_count(value);
    if (count > before) count = before;
    if (!count) return 0;
    if (value->encoding == VALUE_LISTPACK) {
        drop_of_pack(&value->pack, end, (uint32_t)count);
        return count;
    }
    drop_large(value->list, end, count, breath);
    list_settle(value->list, NULL, limits);
    make_small_if_due(value, limits);
    return count;
}

/* --- Cursors ---------------------------------------------------------------------------------- */

void list_end(struct list_cursor *cursor)
{
    listpack_free(cursor->unpacked);
    cursor->unpacked = NULL;
}

static void enter_node(struct list_cursor *cursor, struct list_node *node)
{
    list_end(cursor);
    cursor->node = node;
    if (node->packed_len) cursor->unpacked = list_node_unpacked(node);
    cursor->pack = cursor->unpacked ? cursor->unpacked : node->pack;
}

static bool seek_large(struct list_cursor *cursor, const struct list *list, int64_t index)
{
    uint64_t count = list->count;
    if (index < 0 ? (uint64_t) - (index + 1) >= count : (uint64_t)index >= count) return false;
    uint64_t rank = index < 0 ? count - (uint64_t)-index : (uint64_t)index;
    struct list_node *node = list->first;
    if (rank < count / 2) {
        for (; rank >= node->count; node = node->next)
            rank -= node->count;
    } else {
        uint64_t behind = count - rank; /* elements from it to the end */
        for (node = list->last; behind > node->count; node = node->prev)
            behind -= node->count;
        rank = node->count - behind;
    }
    enter_node(cursor, node);
    cursor->at = listpack_seek(cursor->pack, (int64_t)rank);
    return true;
}

bool list_seek(struct list_cursor *cursor, const struct value *value, int64_t index)
{
    *cursor = (struct list_cursor){.list = value};
    if (value->encoding != VALUE_LISTPACK) return seek_large(cursor, value->list, index);
    cursor->pack = value->pack;
    cursor->at = listpack_seek(value->pack, index);
    return cursor->at != 0;
}

struct listpack_element list_get(const struct list_cursor *cursor)
{
    return listpack_get(cursor->pack, cursor->at);
}

bool list_step(struct list_cursor *cursor, bool backwards)
{
    cursor->at = backwards ? listpack_prev(cursor->pack, cursor->at)
                           : listpack_next(cursor->pack, cursor->at);
    if (cursor->at) return true;
    struct list_node *next = NULL;
    if (cursor->node) next = backwards ? cursor->node->prev : cursor->node->next;
    if (!next) {
        list_end(cursor);
        return false;
    }
    enter_node(cursor, next);
    cursor->at = backwards ? listpack_last(cursor->pack) : listpack_first(cursor->pack);
    return true;
}

/* --- In the middle ---------------------------------------------------------------------------- */

static void add_to_node(struct list *list, struct list_node *node, struct listpack_element element,
                        enum list_end end)
{
    list_node_open(list, node);
    add_at_end(&node->pack, element, end);
    list_node_close(list, node);
}

/* Between a node and the next one, either of which may be missing. */
static struct list_node *insert_between(struct list *list, struct list_node *before,
                                        struct listpack_element element,
                                        const struct type_limits *limits)
{
    struct list_node *after = before ? before->next : list->first;
    if (node_has_room(before, &element, limits)) {
        add_to_node(list, before, element, LIST_LAST);
        return before;
    }
    if (node_has_room(after, &element, limits)) {
        add_to_node(list, after, element, LIST_FIRST);
        return after;
    }
    return list_node_add(list, before, pack_of_one(element));
}

/* The entries from `at` on become a node of their own, unless they are all or none of them. What
 * stands before `at` then, or NULL. */
static struct list_node *split_node(struct list *list, struct list_node *node, uint32_t at,
                                    const struct type_limits *limits)
{
    if (!at) return node;
    list_node_open(list, node);
    bool is_first = listpack_first(node->pack) == at;
    struct listpack *rest = is_first ? NULL : listpack_split(&node->pack, at);
    list_node_close(list, node);
    if (is_first) return node->prev;
    list_settle(list, list_node_add(list, node, rest), limits);
    return node;
}

static void insert_large(struct list *list, struct list_node *node, uint32_t at,
                         struct listpack_element element, const struct type_limits *limits)
{
    struct list_node *changed = node;
    if (node_has_room(node, &element, limits)) {
        list_node_open(list, node);
        listpack_insert(&node->pack, at, (struct listpack_elements){&element, 1});
        list_node_close(list, node);
    } else {
        struct list_node *before = split_node(list, node, at, limits);
        changed = insert_between(list, before, element, limits);
        list_settle(list, before, limits);
    }
    list_settle(list, changed, limits);
}

void list_insert(struct value *value, struct list_cursor *cursor, bool behind, struct bytes bytes,
                 const struct type_limits *limits)
{
    struct listpack_element element = listpack_string(bytes);
    uint32_t at = behind ? listpack_next(cursor->pack, cursor->at) : cursor->at;
    struct list_node *node = cursor->node;
    list_end(cursor);
    if (value->encoding == VALUE_LISTPACK) {
        if (has_room(value->pack, &element, 0, limits)) {
            listpack_insert(&value->pack, at, (struct listpack_elements){&element, 1});
            return;
        }
        make_large(value);
        node = value->list->first;
    }
    insert_large(value->list, node, at, element, limits);
}

/* An element that becomes too large for its node gets one of its own. */
static void replace_large(struct list *list, struct list_node *node, uint32_t at,
                          struct listpack_element element, const struct type_limits *limits)
{
    list_node_open(list, node);
    struct listpack_element old = listpack_get(node->pack, at);
    bool stays =
        node->count == 1 || has_room(node->pack, &element, listpack_entry_len(&old), limits);
    if (stays)
        listpack_replace(&node->pack, at, element);
    else
        listpack_remove(&node->pack, at, 1);
    if (!stays) at = listpack_entry_from(node->pack, at);
    list_node_close(list, node);
    if (!stays) {
        struct list_node *before = split_node(list, node, at, limits);
        list_settle(list, before, limits);
        node = insert_between(list, before, element, limits);
    }
    list_settle(list, node, limits);
}

void list_replace(struct value *value, struct list_cursor *cursor, struct bytes bytes,
                  const struct type_limits *limits)
{
    struct listpack_element element = listpack_string(bytes), old = list_get(cursor);
    uint32_t at = cursor->at, old_len = listpack_entry_len(&old);
    struct list_node *node = cursor->node;
    list_end(cursor);
    if (value->encoding == VALUE_LISTPACK) {
        if (has_room(value->pack, &element, old_len, limits)) {
            listpack_replace(&value->pack, at, element);
            return;
        }
        make_large(value);
        node = value->list->first;
    }
    replace_large(value->list, node, at, element, limits);
    make_small_if_due(value, limits);
}

static uint64_t remove_forward(struct listpack **pack, struct bytes element, uint64_t max,
                               struct breath *breath)
{
    uint64_t removed = 0;
    uint32_t at = listpack_find(*pack, listpack_first(*pack), element, 0);
    for (; at && removed < max; removed++) {
        listpack_remove(pack, at, 1);
        at = listpack_find(*pack, listpack_entry_from(*pack, at), element, 0);
        breathe(breath, 4);
    }
    return removed;
}

static uint64_t remove_backward(struct listpack **pack, struct bytes element, uint64_t max,
                                struct breath *breath)
{
    uint64_t removed = 0;
    for (uint32_t at = listpack_last(*pack), prev; at && removed < max; at = prev) {
        prev = listpack_prev(*pack, at);
        struct listpack_element found = listpack_get(*pack, at);
        if (!listpack_equals(&found, element)) continue;
        listpack_remove(pack, at, 1);
        removed++;
        breathe(breath, 4);
    }
    return removed;
}

static uint64_t remove_from(struct listpack **pack, struct bytes element, enum list_end end,
                            uint64_t max, struct breath *breath)
{
    return end == LIST_FIRST ? remove_forward(pack, element, max, breath)
                             : remove_backward(pack, element, max, breath);
}

static uint64_t remove_large(struct list *list, struct bytes element, enum list_end end,
                             uint64_t max, const struct type_limits *limits, struct breath *breath)
{
    uint64_t removed = 0;
    for (struct list_node *node = node_at(list, end), *next; node && removed < max; node = next) {
        next = end == LIST_FIRST ? node->next : node->prev;
        breathe(breath, node->count / 4 + 1);
        list_node_open(list, node);
        uint64_t here = remove_from(&node->pack, element, end, max - removed, breath);
        bool stays = list_node_close(list, node);
        removed += here;
        if (stays && here && node->prev != next) node = join_small(list, node, limits);
        if (stays) list_settle(list, node, limits);
    }
    return removed;
}

uint64_t list_remove(struct value *value, struct bytes element, enum list_end end, uint64_t max,
                     const struct type_limits *limits, struct breath *breath)
{
    if (value->encoding == VALUE_LISTPACK)
        return remove_from(&value->pack, element, end, max, breath);
    uint64_t removed = remove_large(value->list, element, end, max, limits, breath);
    list_settle(value->list, NULL, limits);
    make_small_if_due(value, limits);
    return removed;
}

/* --- As a whole ------------------------------------------------------------------------------- */

static uint64_t count_of(const void *object)
{
    return ((const struct list *)object)->count;
}

static bool free_some(void *object, uint64_t *work)
{
    struct list *list = object;
    while (list->first) {
        if (!*work) return false;
        *work -= list->first->count < *work ? list->first->count : *work;
        list_node_remove(list, list->first);
    }
    list_free(list);
    return true;
}

static void *copy_of(const void *object, struct breath *breath)
{
    const struct list *list = object;
    struct list *copy = list_new();
    for (const struct list_node *node = list->first; node; node = node->next) {
        list_node_copy(copy, node);
        breathe(breath, 16 + (node->packed_len ? node->packed_len : node->bytes) / BYTES_A_UNIT);
    }
    return copy;
}

static size_t block_size_of(const void *object)
{
    const struct list *list = object;
    return mem_block_size(sizeof *list) + list->block_bytes +
           list->node_count * mem_block_size(sizeof(struct list_node));
}

static void check_node(const struct list_node *node)
{
    struct listpack *unpacked = node->packed_len ? list_node_unpacked(node) : NULL;
    const struct listpack *pack = unpacked ? unpacked : node->pack;
    listpack_check(pack);
    ASSERT(node->count > 0 && listpack_count(pack) == node->count);
    ASSERT(listpack_view(pack).len == node->bytes);
    listpack_free(unpacked);
}

static void check(const void *object)
{
    const struct list *list = object;
    uint64_t count = 0, nodes = 0;
    const struct list_node *prev = NULL;
    for (const struct list_node *node = list->first; node; prev = node, node = node->next) {
        check_node(node);
        ASSERT(node->prev == prev);
        count += node->count;
        nodes++;
    }
    ASSERT(list->last == prev && list->count == count && list->node_count == nodes);
}

static void digest_of(const struct value *value, struct digest *digest)
{
    struct list_cursor cursor;
    if (!list_seek(&cursor, value, 0)) return;
    do {
        char digits[NUMBER_INT_MAX];
        struct listpack_element element = list_get(&cursor);
        digest_next(digest, listpack_text(&element, digits));
    } while (list_step(&cursor, false));
}

const struct value_class list_class = {
    .large_name = "quicklist",
    .pack_step = 1,
    .count = count_of,
    .free_some = free_some,
    .copy = copy_of,
    .block_size = block_size_of,
    .check = check,
    .digest = digest_of,
    .dump = list_dump,
    .restore = list_restore,
};
