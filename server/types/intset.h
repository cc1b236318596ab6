/* types/intset.h -- A set of 64-bit integers in one block, in the byte layout that DUMP and RDB
 * carry, all of it little-endian:
 *
 *     width u32: 2, 4 or 8 | count u32 | integers of that width, ascending
 *
 * The width is that of the widest integer there has been. Finding is O(log n), the last 16, with
 * vectors, being counted through; adding and removing move the integers behind; widening rewrites
 * all. The block has mem_block_size(bytes) bytes: it is moved only when it gets into another class
 * of the allocator. Functions that change it may move it, and then store where it is. */
#ifndef TORC_TYPES_INTSET_H
#define TORC_TYPES_INTSET_H

#include "base/bytes.h"
#include "base/random.h"

struct intset; /* its address is that of the layout's first byte */

struct intset *intset_new(void);
/* A copy of bytes that intset_validate() has accepted. NULL: no memory. */
struct intset *intset_try_copy(struct bytes bytes);
void intset_free(struct intset *set);

struct bytes intset_view(const struct intset *set); /* the layout */
size_t intset_block_size(const struct intset *set); /* what it takes from the allocator */
uint32_t intset_count(const struct intset *set);

bool intset_has(const struct intset *set, int64_t integer);
bool intset_add(struct intset **set, int64_t integer);        /* false: already there */
bool intset_remove(struct intset **set, int64_t integer);     /* false: not there */
int64_t intset_get(const struct intset *set, uint32_t index); /* the index-th smallest */
/* Of a set that is not empty. */
int64_t intset_random(const struct intset *set, struct random *random);
int64_t intset_min(const struct intset *set);
int64_t intset_max(const struct intset *set);

/* Is this a whole and sound intset, which may be empty? Reads nothing outside of `bytes`. O(n). */
bool intset_validate(struct bytes bytes);
void intset_check(const struct intset *set);

#endif
