/* types/listpack.h -- Small elements in one block, in the byte layout that DUMP and RDB carry:
 *
 *     total bytes u32 | count u16, 65535: unknown | entry | entry | ... | 0xff
 *
 *     entry: head and data                    | backlen: their length, in 1 to 5 bytes of 7 bits,
 *         0xxxxxxx            0 to 127        | the highest first; bit 7 is set in all but the
 *         10xxxxxx data       up to 63 bytes  | first, so that it can be read from behind
 *         110xxxxx x          13 bits, signed
 *         1110xxxx x data     up to 4095 bytes
 *         f0 u32 data         more bytes
 *         f1, f2, f3, f4 data 16, 24, 32, 64 bits, signed
 *
 * An element that is the canonical text of a 64-bit integer is kept as one. A position is the
 * offset of an entry, 0 if there is none; it is good until something at or before it changes.
 *
 * Costs: both ends, next and prev O(1); seek, find and removing by count O(entries passed); a
 * change moves the bytes behind it. The block has mem_block_size(total bytes) bytes, so it is
 * moved only when it gets into another class of the allocator, a quarter larger, and its size is
 * always known. Functions that change it may move it, and then store where it is. */
#ifndef TORC_TYPES_LISTPACK_H
#define TORC_TYPES_LISTPACK_H

#include "base/bytes.h"
#include "base/number.h"

struct listpack; /* its address is that of the layout's first byte */

/* Larger ones are refused by listpack_fits(), though the layout could hold them. */
enum { LISTPACK_BYTES_MAX = 1 << 30 };

struct listpack_element {
    const uint8_t *ptr; /* borrowed; NULL: an integer */
    uint32_t len;
    int64_t integer;
};

struct listpack_element listpack_string(struct bytes bytes); /* an integer, if it is one's text */
struct listpack_element listpack_integer(int64_t integer);
/* What an element says; an integer is written into `digits`. */
struct bytes listpack_text(const struct listpack_element *element, char digits[NUMBER_INT_MAX]);
bool listpack_equals(const struct listpack_element *element, struct bytes bytes);
/* Bytes of its entry. */
uint32_t listpack_entry_len(const struct listpack_element *element);

struct listpack *listpack_new(void);
/* A copy of bytes that listpack_validate() has accepted. NULL: no memory. */
struct listpack *listpack_try_copy(struct bytes bytes);
void listpack_free(struct listpack *pack);

struct bytes listpack_view(const struct listpack *pack); /* the layout */
size_t listpack_block_size(const struct listpack *pack); /* what it takes from the allocator */
/* Of those with 65535 and more the count may be unknown: then O(n). */
uint32_t listpack_count(const struct listpack *pack);
bool listpack_fits(const struct listpack *pack, size_t more_bytes);

uint32_t listpack_first(const struct listpack *pack);
uint32_t listpack_last(const struct listpack *pack);
uint32_t listpack_next(const struct listpack *pack, uint32_t at);
uint32_t listpack_prev(const struct listpack *pack, uint32_t at);
uint32_t listpack_seek(const struct listpack *pack, int64_t index); /* -1: the last */
struct listpack_element listpack_get(const struct listpack *pack, uint32_t at);
/* listpack_get() and listpack_next() in one step. */
uint32_t listpack_read(const struct listpack *pack, uint32_t at, struct listpack_element *element);
/* The first entry from `at` on that equals it, `skip` entries being passed over after each that is
 * compared: 1 finds the fields of a hash. */
uint32_t listpack_find(const struct listpack *pack, uint32_t at, struct bytes bytes, unsigned skip);

/* The elements must not be borrowed from the pack that changes. */
struct listpack_elements {
    const struct listpack_element *ptr;
    uint32_t count;
};
/* Before the entry at `at`, where they begin then; 0: at the end. */
void listpack_insert(struct listpack **pack, uint32_t at, struct listpack_elements elements);
void listpack_append(struct listpack **pack, struct listpack_element element);
void listpack_prepend(struct listpack **pack, struct listpack_element element);
void listpack_replace(struct listpack **pack, uint32_t at, struct listpack_element element);
/* Up to `count` entries from `at` on; how many it were. What followed begins at `at` then: ask
 * listpack_entry_from() whether anything does. */
uint32_t listpack_remove(struct listpack **pack, uint32_t at, uint32_t count);
uint32_t listpack_entry_from(const struct listpack *pack, uint32_t at); /* `at`, 0 at the end */
/* Up to `count` entries from an index on, which may be negative. */
uint32_t listpack_remove_range(struct listpack **pack, int64_t index, uint32_t count);

/* For neighbours in a list. Joining appends a copy of all of `other`. Splitting moves the entries
 * from `at` on into a new pack; O(n). */
void listpack_join(struct listpack **pack, const struct listpack *other);
struct listpack *listpack_split(struct listpack **pack, uint32_t at);

/* Is this a whole and sound listpack? Reads nothing outside of `bytes`, whatever they are. `visit`
 * (or NULL) is shown each element, in order, and may refuse. O(n). */
typedef bool listpack_visit(void *context, const struct listpack_element *element);
bool listpack_validate(struct bytes bytes, listpack_visit *visit, void *context);
void listpack_check(const struct listpack *pack);

#endif
