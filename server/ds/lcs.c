#include "ds/lcs.h"

#include "mem/mem.h"

enum {
    WORD_BITS = 64,
    WORDS_A_UNIT = 16,   /* of breath, filled */
    BYTES_A_UNIT = 32,   /* looked at for the masks */
    PIECE_WORDS = 4096,  /* between two breaths */
    PIECE_BYTES = 16384, /* the same */
};

static size_t words_of(struct bytes text)
{
    return text.len / WORD_BITS + 1;
}

uint64_t lcs_work(struct bytes a, struct bytes b)
{
    return (uint64_t)a.len * (words_of(b) / WORDS_A_UNIT + 1) + b.len / BYTES_A_UNIT;
}

/* --- Masks ------------------------------------------------------------------------------------ */

static uint16_t number_bytes(struct lcs *lcs, struct breath *breath)
{
    uint16_t count = 0;
    for (size_t i = 0; i < lcs->a.len; i++) {
        uint16_t *number = &lcs->masks_of[lcs->a.ptr[i]];
        if (!*number) *number = ++count;
        if (i % PIECE_BYTES == 0) breathe(breath, PIECE_BYTES / BYTES_A_UNIT);
    }
    return count;
}

static uint64_t *mask_of(const struct lcs *lcs, uint8_t byte)
{
    return lcs->masks + (lcs->masks_of[byte] - 1u) * lcs->words;
}

static void clear_masks(struct lcs *lcs, uint16_t count, struct breath *breath)
{
    for (size_t at = 0, left = count * lcs->words; left;) {
        size_t piece = left < PIECE_WORDS ? left : PIECE_WORDS;
        memset(lcs->masks + at, 0, piece * sizeof *lcs->masks);
        at += piece;
        left -= piece;
        breathe(breath, piece / WORDS_A_UNIT);
    }
}

static void fill_masks(struct lcs *lcs, struct breath *breath)
{
    for (size_t j = 0; j < lcs->b.len; j++) {
        uint8_t byte = lcs->b.ptr[j];
        if (lcs->masks_of[byte]) mask_of(lcs, byte)[j / WORD_BITS] |= (uint64_t)1 << j % WORD_BITS;
        if (j % PIECE_BYTES == 0) breathe(breath, PIECE_BYTES / BYTES_A_UNIT);
    }
}

/* --- Rows ------------------------------------------------------------------------------------- */

/* A row from the one above it, which may be the same; the carry goes from word to word. Where L
 * grows above ends a run of cells; here it grows at the first match in the run, if there is one. */
static uint64_t fill_words(const uint64_t *above, const uint64_t *mask, uint64_t *row, size_t count,
                           uint64_t carry)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t stays = above[i], matches = stays & mask[i], sum;
        uint64_t carried = __builtin_add_overflow(stays, carry, &sum);
        carry = carried | __builtin_add_overflow(sum, matches, &sum);
        row[i] = sum | (stays & ~mask[i]);
    }
    return carry;
}

static void fill_row(const struct lcs *lcs, const uint64_t *above, const uint64_t *mask,
                     uint64_t *row, struct breath *breath)
{
    uint64_t carry = 0;
    for (size_t at = 0; at < lcs->words;) {
        size_t left = lcs->words - at, piece = left < PIECE_WORDS ? left : PIECE_WORDS;
        carry = fill_words(above + at, mask + at, row + at, piece, carry);
        at += piece;
        breathe(breath, piece / WORDS_A_UNIT + 1);
    }
}

/* The first one has nothing above it: L(0, j) grows nowhere. */
static void fill_rows(struct lcs *lcs, struct breath *breath)
{
    size_t step = lcs->row_count > 1 ? lcs->words : 0;
    uint64_t *row = lcs->rows, *above = row;
    memset(row, 0xff, lcs->words * sizeof *row);
    for (size_t i = 0; i < lcs->a.len; i++) {
        fill_row(lcs, above, mask_of(lcs, lcs->a.ptr[i]), row, breath);
        above = row;
        row += step;
    }
}

/* --- The whole -------------------------------------------------------------------------------- */

bool lcs_init(struct lcs *lcs, struct bytes a, struct bytes b, enum lcs_rows kept,
              struct breath *breath)
{
    if (!b.len) a.len = 0; /* nothing is common: no need to ask row by row */
    *lcs = (struct lcs){.a = a, .b = b, .words = words_of(b)};
    uint16_t mask_count = number_bytes(lcs, breath);
    lcs->row_count = kept == LCS_ALL_ROWS && a.len ? a.len : 1;
    if (__builtin_mul_overflow(lcs->row_count + mask_count, lcs->words, &lcs->size)) return false;
    if (lcs->size > SIZE_MAX / sizeof *lcs->masks) return false;
    lcs->masks = mem_try_alloc_bulk(lcs->size * sizeof *lcs->masks);
    if (!lcs->masks) return false;
    lcs->rows = lcs->masks + mask_count * lcs->words;
    clear_masks(lcs, mask_count, breath);
    fill_masks(lcs, breath);
    fill_rows(lcs, breath);
    return true;
}

void lcs_fini(struct lcs *lcs)
{
    mem_free_bulk(lcs->masks, lcs->size * sizeof *lcs->masks);
}

size_t lcs_len(const struct lcs *lcs)
{
    const uint64_t *row = lcs->rows + (lcs->row_count - 1) * lcs->words;
    size_t len = 0;
    for (size_t i = 0; i < lcs->words; i++)
        len += (size_t)__builtin_popcountll(~row[i]);
    return len;
}
