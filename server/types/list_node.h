/* types/list_node.h -- For the files of types/list: the nodes of a large list. */
#ifndef TORC_TYPES_LIST_NODE_H
#define TORC_TYPES_LIST_NODE_H

#include "types/list.h"

struct list_node {
    struct list_node *prev, *next;
    union {
        struct listpack *pack;
        uint8_t *packed; /* packed_len bytes of LZF */
    };
    uint32_t bytes;      /* of the listpack */
    uint32_t count;      /* of elements */
    uint32_t packed_len; /* 0: it is not packed */
    uint8_t mark;        /* for a snapshot, as of a bucket */
};

struct list {
    struct list_node *first, *last;
    uint64_t count;
    uint64_t block_bytes; /* of packs and packed bytes */
    uint32_t node_count;
};

struct list *list_new(void);
void list_free(struct list *list);
/* Puts a node that holds `pack` behind another (NULL: first of all). Takes the pack. */
struct list_node *list_node_add(struct list *list, struct list_node *after, struct listpack *pack);
/* Appends a copy of another list's node, packed if that is. */
void list_node_copy(struct list *list, const struct list_node *node);
void list_node_remove(struct list *list, struct list_node *node);
/* Before and after a node's listpack is changed: unpacks it; counts what it has become, and removes
 * it if it is empty. Closing says whether the node is still there. */
void list_node_open(struct list *list, struct list_node *node);
bool list_node_close(struct list *list, struct list_node *node);
/* A copy of the listpack of a node that is packed. */
struct listpack *list_node_unpacked(const struct list_node *node);
void list_node_pack(struct list *list, struct list_node *node);
/* Nodes near the ends are as they are, a changed one (or NULL) farther away is packed. O(depth). */
void list_settle(struct list *list, struct list_node *changed, const struct type_limits *limits);

/* Of list_class; list_rdb.c. */
void list_dump(const struct value *value, struct buf *out, struct breath *breath);
bool list_restore(struct value *value, struct rdb_reader *reader, uint8_t rdb_type,
                  const struct type_limits *limits, struct breath *breath);

/* Does a listpack of so many bytes and elements keep to the limits? */
bool list_pack_allowed(uint64_t bytes, uint64_t count, const struct type_limits *limits);

#endif
