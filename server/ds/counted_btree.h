/* ds/counted_btree.h -- Items in the order of a score and, where scores are equal, of bytes; each
 * can be found by its key or by its rank. Items belong to somebody else, who says what their bytes
 * are; leaves hold score and pointer, so bytes are looked at only where scores are equal.
 *
 * A B+ tree: leaves are linked both ways; a branch knows the first entry of each child, and how
 * many there are below it. All of insert, remove, rank and at are O(log n); a cursor's step is
 * O(1). An entry takes some 25 bytes in random order, 17 in ascending order.
 * Invariants: keys strictly ascending; all leaves on one level; no node but the root is empty; what
 * a branch says of a child is so. A node loses what it has to a neighbour when less than half full
 * after a removal. */
#ifndef TORC_DS_COUNTED_BTREE_H
#define TORC_DS_COUNTED_BTREE_H

#include "base/bytes.h"

struct counted_btree;
typedef struct bytes counted_member(const void *item); /* good while the item is in the tree */
typedef void counted_removed(void *context, void *item);

struct counted_entry {
    double score; /* never NaN */
    void *item;
};

/* Entries of a node, or 0 for what suits memory best; 4 and more, for tests. */
struct counted_limits {
    uint16_t leaf_max, branch_max;
};

struct counted_btree *counted_btree_new(counted_member *member, struct counted_limits limits);
void counted_btree_free(struct counted_btree *tree); /* O(n); the items stay */
uint64_t counted_btree_count(const struct counted_btree *tree);
size_t counted_btree_block_size(const struct counted_btree *tree); /* all of it; O(1) */

/* The key must not be there yet: asserted in debug builds. */
void counted_btree_insert(struct counted_btree *tree, struct counted_entry entry);
/* The same for one that comes after all others: without a comparison. */
void counted_btree_append(struct counted_btree *tree, struct counted_entry entry);
bool counted_btree_remove(struct counted_btree *tree, struct counted_entry entry); /* false: none */
/* Up to `count` entries from a rank on, a leaf at a time; `removed` (or NULL) is told of each. How
 * many it were. */
uint64_t counted_btree_remove_range(struct counted_btree *tree, uint64_t rank, uint64_t count,
                                    counted_removed *removed, void *context);

/* A place between entries: before or after all of a score, at a member of a score, or, where all
 * scores are equal, at a member whatever the score. */
enum counted_edge {
    COUNTED_BEFORE_ALL,
    COUNTED_AFTER_ALL,
    COUNTED_AT_MEMBER,
    COUNTED_AT_MEMBER_ALONE,
};
struct counted_key {
    double score;
    enum counted_edge edge;
    struct bytes member; /* with the last two */
};
/* How many entries come before it: the rank of the first that does not. */
uint64_t counted_btree_rank(const struct counted_btree *tree, const struct counted_key *key);

/* Where an entry stands; good until the tree changes. A step beyond an end leaves no leaf. */
struct counted_cursor {
    const struct counted_leaf *leaf; /* NULL: at no entry */
    uint32_t index;
};
struct counted_cursor counted_btree_at(const struct counted_btree *tree, uint64_t rank);
struct counted_entry counted_cursor_entry(const struct counted_cursor *cursor);
void counted_cursor_next(struct counted_cursor *cursor);
void counted_cursor_prev(struct counted_cursor *cursor);

void counted_btree_check(const struct counted_btree *tree); /* O(n) */

#endif
