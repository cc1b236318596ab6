/* ds/mintree.h -- The least of an array of numbers that changes in single places; INT64_MAX means
 * "none". Up to 64 places are one block: the least and the numbers, 8 bytes a place and 16. More
 * are an 8-ary tree of minima, each level an array of its own: a change costs O(log n), one cache
 * line a level, and nothing large moves when the array grows or shrinks at its end. Invariant: each
 * number above is the least of its up to 8 numbers below. */
#ifndef TORC_DS_MINTREE_H
#define TORC_DS_MINTREE_H

#include <stddef.h>
#include <stdint.h>

struct mintree;

struct mintree *mintree_new(uint32_t count); /* all places INT64_MAX; count > 0 */
void mintree_free(struct mintree *tree);
uint32_t mintree_count(const struct mintree *tree);
int64_t mintree_least(const struct mintree *tree);        /* INT64_MAX: none */
uint32_t mintree_least_index(const struct mintree *tree); /* a place that has the least */
int64_t mintree_at(const struct mintree *tree, uint32_t index);
void mintree_set(struct mintree *tree, uint32_t index, int64_t number);
void mintree_lower(struct mintree *tree, uint32_t index, int64_t number); /* to it, if less */
/* One place more or less at the end; at least one must stay. The tree may move. */
struct mintree *mintree_push(struct mintree *tree, int64_t number);
struct mintree *mintree_pop(struct mintree *tree);
size_t mintree_block_size(const struct mintree *tree);
void mintree_check(const struct mintree *tree);

#endif
