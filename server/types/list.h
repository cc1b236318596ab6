/* types/list.h -- Lists. A small one is a listpack; a large one is a deque of listpacks:
 *
 *     struct list -> node <-> node <-> node
 *                     |pack    |packed  |pack      inner nodes may be packed with LZF
 *
 * A node is full when its listpack has as many bytes or elements as list-max-listpack-size says; an
 * element that is larger has a node of its own. Nodes farther from both ends than
 * list-compress-depth are packed after they have been changed.
 *
 * Costs: at the ends O(1) and the bytes moved in one node; by index O(nodes) and a walk in one
 * node. A node is 48 bytes beside its listpack. Invariants: no node is empty; counts are right. */
#ifndef TORC_TYPES_LIST_H
#define TORC_TYPES_LIST_H

#include "types/listpack.h"
#include "types/value.h"

enum list_end { LIST_FIRST, LIST_LAST };

extern const struct value_class list_class;

/* Can it be an element at all? false: it is beyond what a listpack holds. */
bool list_takes(struct bytes element);
void list_push(struct value *list, struct bytes element, enum list_end end,
               const struct type_limits *limits);
/* Up to `count` elements from an end on; how many it were. */
uint64_t list_drop(struct value *list, enum list_end end, uint64_t count,
                   const struct type_limits *limits, struct breath *breath);

/* Where an element stands; good until the list changes. To be ended, for it may have unpacked a
 * node. */
struct list_cursor {
    const struct value *list;
    struct list_node *node;      /* NULL: the list is one listpack */
    const struct listpack *pack; /* of the node, as it is read */
    struct listpack *unpacked;   /* the cursor's own, or NULL */
    uint32_t at;                 /* of the element, in the pack */
};
/* Negative: from the end. false: there is no such element; nothing needs to be ended then. */
bool list_seek(struct list_cursor *cursor, const struct value *list, int64_t index);
struct listpack_element list_get(const struct list_cursor *cursor);
/* To the next one in a direction; false: there is none, and the cursor has ended. */
bool list_step(struct list_cursor *cursor, bool backwards);
void list_end(struct list_cursor *cursor);

/* At a cursor, which ends. Inserts before or behind. */
void list_insert(struct value *list, struct list_cursor *cursor, bool behind, struct bytes element,
                 const struct type_limits *limits);
void list_replace(struct value *list, struct list_cursor *cursor, struct bytes element,
                  const struct type_limits *limits);
/* Removes up to `max` elements that equal it, beginning at an end; how many it were. O(n). */
uint64_t list_remove(struct value *list, struct bytes element, enum list_end end, uint64_t max,
                     const struct type_limits *limits, struct breath *breath);

#endif
