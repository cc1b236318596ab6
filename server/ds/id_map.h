/* ds/id_map.h -- Pointers by ids of 128 bits, in the order of the ids.
 *
 * A B+ tree whose leaves and branches are alike: an array of ids and pointers, to items in a leaf,
 * to children in a branch, each under an id that is not greater than any below it. A node's block
 * grows with what it holds, so that a map of one item takes 32 bytes, and an empty one none. A node
 * that is full on the right edge is left full: ids that come in order fill the nodes.
 *
 * Costs: find, set and remove O(log n); a cursor's step O(1). Items belong to somebody else.
 * Invariants: ids strictly ascending; all leaves on one level; no node but the root is empty; two
 * neighbours below one branch hold more than half a node together. */
#ifndef TORC_DS_ID_MAP_H
#define TORC_DS_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of an entry of a stream: a time, and which one of that time. */
struct id {
    uint64_t ms, seq;
};

#define ID_MAX ((struct id){UINT64_MAX, UINT64_MAX})

static inline int id_compare(struct id a, struct id b)
{
    if (a.ms != b.ms) return a.ms < b.ms ? -1 : 1;
    return (a.seq > b.seq) - (a.seq < b.seq);
}

struct id_map_item {
    struct id id;
    void *item; /* not NULL */
};

/* A zeroed one is empty. */
struct id_map {
    struct id_map_node *root;
    uint64_t count : 56;
    uint64_t node_max : 8; /* items of a node; 0: ID_MAP_NODE_MAX. For tests, 4 and more */
};

enum { ID_MAP_NODE_MAX = 42, ID_MAP_LEVELS_MAX = 20 };

void id_map_fini(struct id_map *map);                           /* O(n); the items stay */
void *id_map_find(const struct id_map *map, struct id id);      /* NULL: it is not there */
void *id_map_set(struct id_map *map, struct id id, void *item); /* the item before, or NULL */
void *id_map_remove(struct id_map *map, struct id id);          /* the item, or NULL */
size_t id_map_block_size(const struct id_map *map);             /* O(nodes); may estimate */
void id_map_check(const struct id_map *map);

/* Where an item stands; good until the map changes. */
struct id_map_cursor {
    const struct id_map_node *nodes[ID_MAP_LEVELS_MAX]; /* from the root to a leaf */
    uint16_t at[ID_MAP_LEVELS_MAX];
    uint8_t depth; /* of the leaf */
};
/* false: there is none; the cursor stands nowhere then. */
bool id_map_first(const struct id_map *map, struct id_map_cursor *cursor);
bool id_map_last(const struct id_map *map, struct id_map_cursor *cursor);
bool id_map_from(const struct id_map *map, struct id id, struct id_map_cursor *cursor);  /* >= id */
bool id_map_until(const struct id_map *map, struct id id, struct id_map_cursor *cursor); /* <= id */
bool id_map_next(struct id_map_cursor *cursor);
bool id_map_prev(struct id_map_cursor *cursor);
struct id_map_item id_map_get(const struct id_map_cursor *cursor);
void id_map_replace(const struct id_map_cursor *cursor, void *item); /* the same id, another item */

#endif
