/* ds/bitmap.h -- Kernels over bytes as rows of bits: counting, searching, and operations on several
 * rows. Bit 0 is the highest of the first byte. All are O(bytes) at some 16 to 30 bytes a
 * nanosecond while the bytes are in cache, allocate nothing, and want no alignment. Who works on
 * long rows hands them over in pieces of BITMAP_PIECE, between which other work may be done. */
#ifndef TORC_DS_BITMAP_H
#define TORC_DS_BITMAP_H

#include "base/bytes.h"

enum { BITMAP_PIECE = 64 * 1024 };
#define BITMAP_NONE SIZE_MAX

/* How many bits are set. */
size_t bitmap_count(struct bytes bytes);
/* The same without what only some CPUs have: its twin in tests. */
size_t bitmap_count_portable(struct bytes bytes);
/* The place of the first bit that is as wanted; BITMAP_NONE: all are the other. */
size_t bitmap_find(struct bytes bytes, bool wanted);

static inline bool bitmap_bit(struct bytes bytes, size_t bit)
{
    return bit / 8 < bytes.len && bytes.ptr[bit / 8] >> (7 - bit % 8) & 1;
}

/* X is the first row, Y all others together: a bit is set in Y that is set in one of them. */
enum bitmap_operation {
    BITMAP_AND,
    BITMAP_OR,
    BITMAP_XOR,
    BITMAP_NOT,    /* of one row */
    BITMAP_DIFF,   /* X and not Y */
    BITMAP_DIFF1,  /* Y and not X */
    BITMAP_AND_OR, /* X and Y */
    BITMAP_ONE,    /* set in exactly one row */
};

/* A part of what comes out: `len` bytes from byte `start` of the rows on. */
struct bitmap_part {
    size_t start, len;
};

/* Of one row at least. Rows that are shorter go on with zeros. `out` is not a row. */
void bitmap_combine(enum bitmap_operation operation, const struct bytes *rows, size_t count,
                    struct bitmap_part part, uint8_t *out);

/* Takes out those of the rows that make no difference from byte `start` on, so that what many short
 * rows beside a long one cost depends on their bytes alone. */
void bitmap_drop_ended(enum bitmap_operation operation, struct bytes *rows, size_t *count,
                       size_t start);

#endif
