#include "ds/id_map.h"

#include <string.h>

#include "base/check.h"
#include "mem/mem.h"

struct id_map_node {
    uint16_t count, capacity;
    uint8_t level;              /* 0: a leaf */
    uint8_t mark;               /* for a snapshot, as of a bucket */
    struct id_map_item items[]; /* in a branch: children, as nodes */
};

/* --- Nodes ------------------------------------------------------------------------------------ */

static size_t node_bytes(unsigned capacity)
{
    return sizeof(struct id_map_node) + capacity * sizeof(struct id_map_item);
}

/* As many as its class of the allocator has room for. */
static unsigned capacity_for(unsigned count)
{
    size_t bytes = mem_block_size(node_bytes(count));
    size_t room = (bytes - sizeof(struct id_map_node)) / sizeof(struct id_map_item);
    return room < ID_MAP_NODE_MAX ? (unsigned)room : ID_MAP_NODE_MAX;
}

static struct id_map_node *node_new(unsigned level, unsigned count)
{
    unsigned capacity = capacity_for(count);
    struct id_map_node *node = mem_alloc(node_bytes(capacity));
    *node = (struct id_map_node){.capacity = (uint16_t)capacity, .level = (uint8_t)level};
    return node;
}

static void node_free(struct id_map_node *node)
{
    mem_free(node, node_bytes(node->capacity));
}

static struct id_map_node *child_at(const struct id_map_node *node, unsigned at)
{
    return node->items[at].item;
}

/* Room for so many; where it is now. */
static struct id_map_node *node_fit(struct id_map_node *node, unsigned count)
{
    unsigned capacity = capacity_for(count);
    bool too_large = node->capacity > capacity && count * 2 <= node->capacity;
    if (count <= node->capacity && !too_large) return node;
    node = mem_resize(node, node_bytes(node->capacity), node_bytes(capacity));
    node->capacity = (uint16_t)capacity;
    return node;
}

static struct id_map_node *node_insert(struct id_map_node *node, unsigned at,
                                       struct id_map_item item)
{
    node = node_fit(node, node->count + 1U);
    memmove(node->items + at + 1, node->items + at, (node->count - at) * sizeof *node->items);
    node->items[at] = item;
    node->count++;
    return node;
}

static struct id_map_node *node_remove(struct id_map_node *node, unsigned at)
{
    node->count--;
    memmove(node->items + at, node->items + at + 1, (node->count - at) * sizeof *node->items);
    return node->count ? node_fit(node, node->count) : node;
}

/* How many items of a node have an id that is not greater. */
static unsigned count_until(const struct id_map_node *node, struct id id)
{
    unsigned low = 0, high = node->count;
    /* What comes last is asked for most. */
    if (high && id_compare(node->items[high - 1].id, id) <= 0) return high;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (id_compare(node->items[middle].id, id) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The child below which the id belongs: the first one takes what is less than all. */
static unsigned child_for(const struct id_map_node *node, struct id id)
{
    unsigned count = count_until(node, id);
    return count ? count - 1 : 0;
}

static void free_below(struct id_map_node *node)
{
    for (unsigned i = 0; node->level && i < node->count; i++)
        free_below(child_at(node, i));
    node_free(node);
}

void id_map_fini(struct id_map *map)
{
    if (map->root) free_below(map->root);
    map->root = NULL;
    map->count = 0;
}

static unsigned node_max(const struct id_map *map)
{
    return map->node_max ? map->node_max : ID_MAP_NODE_MAX;
}

/* --- Changes ---------------------------------------------------------------------------------- */

void *id_map_find(const struct id_map *map, struct id id)
{
    const struct id_map_node *node = map->root;
    if (!node) return NULL;
    while (node->level)
        node = child_at(node, child_for(node, id));
    unsigned count = count_until(node, id);
    if (!count || id_compare(node->items[count - 1].id, id) != 0) return NULL;
    return node->items[count - 1].item;
}

/* Moves the items from `from` on into a node of their own. */
static struct id_map_node *split(struct id_map_node **node, unsigned from)
{
    struct id_map_node *right = node_new((*node)->level, (*node)->count - from + 1U);
    right->count = (uint16_t)((*node)->count - from);
    memcpy(right->items, (*node)->items + from, right->count * sizeof *right->items);
    (*node)->count = (uint16_t)from;
    *node = node_fit(*node, from);
    return right;
}

/* Puts an item into a node that may be full: then what has been split off is returned. */
static struct id_map_node *insert_at(struct id_map_node **node, unsigned at,
                                     struct id_map_item item, unsigned max)
{
    if ((*node)->count < max) {
        *node = node_insert(*node, at, item);
        return NULL;
    }
    bool appended = at == (*node)->count;
    unsigned middle = appended ? at : (*node)->count / 2U;
    struct id_map_node *right = split(node, middle);
    if (appended || at > middle)
        right = node_insert(right, at - middle, item);
    else
        *node = node_insert(*node, at, item);
    return right;
}

struct setting {
    struct id_map_item item;
    void *before;
    unsigned max;
};

/* What has been split off of *node, or NULL. */
static struct id_map_node *set_below(struct id_map_node **node, struct setting *setting)
{
    struct id id = setting->item.id;
    if ((*node)->level == 0) {
        unsigned at = count_until(*node, id);
        if (!at || id_compare((*node)->items[at - 1].id, id) != 0)
            return insert_at(node, at, setting->item, setting->max);
        setting->before = (*node)->items[at - 1].item;
        (*node)->items[at - 1].item = setting->item.item;
        return NULL;
    }
    unsigned at = child_for(*node, id);
    struct id_map_node *child = child_at(*node, at);
    struct id_map_node *right = set_below(&child, setting);
    (*node)->items[at] = (struct id_map_item){child->items[0].id, child};
    if (!right) return NULL;
    return insert_at(node, at + 1, (struct id_map_item){right->items[0].id, right}, setting->max);
}

void *id_map_set(struct id_map *map, struct id id, void *item)
{
    struct setting setting = {{id, item}, NULL, node_max(map)};
    if (!map->root) map->root = node_new(0, 1);
    struct id_map_node *right = set_below(&map->root, &setting);
    if (right) {
        struct id_map_node *left = map->root;
        ASSERT(left->level + 1 < ID_MAP_LEVELS_MAX);
        map->root = node_new(left->level + 1U, 2);
        map->root->items[0] = (struct id_map_item){left->items[0].id, left};
        map->root->items[1] = (struct id_map_item){right->items[0].id, right};
        map->root->count = 2;
    }
    if (!setting.before) map->count++;
    return setting.before;
}

/* Appends all of the child at `at` + 1 to the one at `at`, if the two hold little. */
static struct id_map_node *try_join(struct id_map_node *node, unsigned at, unsigned max)
{
    if (at + 1 >= node->count) return node;
    struct id_map_node *left = child_at(node, at), *right = child_at(node, at + 1);
    unsigned count = (unsigned)left->count + right->count;
    if (count > max / 2) return node;
    left = node_fit(left, count);
    memcpy(left->items + left->count, right->items, right->count * sizeof *right->items);
    left->count = (uint16_t)count;
    node_free(right);
    node->items[at].item = left;
    return node_remove(node, at + 1);
}

/* A child has lost something: it goes if it is empty, or joins a neighbour. */
static struct id_map_node *settle_child(struct id_map_node *node, unsigned at, unsigned max)
{
    struct id_map_node *child = child_at(node, at);
    if (!child->count) {
        node_free(child);
        node = node_remove(node, at);
        return at ? try_join(node, at - 1, max) : node;
    }
    node->items[at].id = child->items[0].id;
    node = try_join(node, at, max);
    return at ? try_join(node, at - 1, max) : node;
}

static void *remove_below(struct id_map_node **node, struct id id, unsigned max)
{
    if ((*node)->level == 0) {
        unsigned at = count_until(*node, id);
        if (!at || id_compare((*node)->items[at - 1].id, id) != 0) return NULL;
        void *item = (*node)->items[at - 1].item;
        *node = node_remove(*node, at - 1);
        return item;
    }
    unsigned at = child_for(*node, id);
    struct id_map_node *child = child_at(*node, at);
    void *item = remove_below(&child, id, max);
    (*node)->items[at].item = child;
    if (item) *node = settle_child(*node, at, max);
    return item;
}

void *id_map_remove(struct id_map *map, struct id id)
{
    if (!map->root) return NULL;
    void *item = remove_below(&map->root, id, node_max(map));
    if (!item) return NULL;
    map->count--;
    while (map->root->level && map->root->count == 1) {
        struct id_map_node *child = child_at(map->root, 0);
        node_free(map->root);
        map->root = child;
    }
    if (!map->count) id_map_fini(map);
    return item;
}

/* --- Cursors ---------------------------------------------------------------------------------- */

/* Down from the node at `depth`, along one edge. */
static void descend(struct id_map_cursor *cursor, unsigned depth, bool to_last)
{
    for (;; depth++) {
        const struct id_map_node *node = cursor->nodes[depth];
        cursor->at[depth] = to_last ? (uint16_t)(node->count - 1) : 0;
        cursor->depth = (uint8_t)depth;
        if (!node->level) return;
        cursor->nodes[depth + 1] = child_at(node, cursor->at[depth]);
    }
}

static bool at_edge(const struct id_map *map, struct id_map_cursor *cursor, bool to_last)
{
    if (!map->root) return false;
    cursor->nodes[0] = map->root;
    descend(cursor, 0, to_last);
    return true;
}

bool id_map_first(const struct id_map *map, struct id_map_cursor *cursor)
{
    return at_edge(map, cursor, false);
}

bool id_map_last(const struct id_map *map, struct id_map_cursor *cursor)
{
    return at_edge(map, cursor, true);
}

static bool step(struct id_map_cursor *cursor, bool backwards)
{
    unsigned depth = cursor->depth;
    for (;; depth--) {
        uint16_t at = cursor->at[depth];
        if (backwards ? at > 0 : at + 1 < cursor->nodes[depth]->count) break;
        if (!depth) return false;
    }
    cursor->at[depth] = (uint16_t)(cursor->at[depth] + (backwards ? -1 : 1));
    if (depth == cursor->depth) return true;
    cursor->nodes[depth + 1] = child_at(cursor->nodes[depth], cursor->at[depth]);
    descend(cursor, depth + 1, backwards);
    return true;
}

bool id_map_next(struct id_map_cursor *cursor)
{
    return step(cursor, false);
}

bool id_map_prev(struct id_map_cursor *cursor)
{
    return step(cursor, true);
}

bool id_map_until(const struct id_map *map, struct id id, struct id_map_cursor *cursor)
{
    if (!map->root) return false;
    const struct id_map_node *node = map->root;
    for (unsigned depth = 0;; depth++) {
        unsigned count = count_until(node, id);
        if (!count) return false; /* only at the first of all: else a branch had said so */
        cursor->nodes[depth] = node;
        cursor->at[depth] = (uint16_t)(count - 1);
        cursor->depth = (uint8_t)depth;
        if (!node->level) return true;
        node = child_at(node, count - 1);
    }
}

bool id_map_from(const struct id_map *map, struct id id, struct id_map_cursor *cursor)
{
    if (!id_map_until(map, id, cursor)) return id_map_first(map, cursor);
    if (id_compare(id_map_get(cursor).id, id) == 0) return true;
    return id_map_next(cursor);
}

struct id_map_item id_map_get(const struct id_map_cursor *cursor)
{
    return cursor->nodes[cursor->depth]->items[cursor->at[cursor->depth]];
}

void id_map_replace(const struct id_map_cursor *cursor, void *item)
{
    struct id_map_node *leaf = (struct id_map_node *)cursor->nodes[cursor->depth];
    leaf->items[cursor->at[cursor->depth]].item = item;
}

/* --- As a whole ------------------------------------------------------------------------------- */

size_t id_map_block_size(const struct id_map *map)
{
    if (!map->root) return 0;
    if (!map->root->level) return mem_block_size(node_bytes(map->root->capacity));
    /* Full, but for some 5 %. */
    uint64_t nodes = map->count / (ID_MAP_NODE_MAX - 2) + 2;
    return nodes * mem_block_size(node_bytes(ID_MAP_NODE_MAX));
}

static uint64_t check_below(const struct id_map_node *node, const struct id *end)
{
    uint64_t count = 0;
    ASSERT(node->count > 0 && node->count <= node->capacity);
    ASSERT(node->capacity <= ID_MAP_NODE_MAX);
    for (unsigned i = 0; i < node->count; i++) {
        const struct id *next = i + 1 < node->count ? &node->items[i + 1].id : end;
        ASSERT(!next || id_compare(node->items[i].id, *next) < 0);
        if (!node->level) {
            ASSERT(node->items[i].item);
            count++;
            continue;
        }
        const struct id_map_node *child = child_at(node, i);
        ASSERT(child->level + 1 == node->level);
        ASSERT(id_compare(child->items[0].id, node->items[i].id) >= 0);
        count += check_below(child, next);
    }
    return count;
}

void id_map_check(const struct id_map *map)
{
    ASSERT(map->count == (map->root ? check_below(map->root, NULL) : 0));
}
