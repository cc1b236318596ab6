/* ds/lcs.h -- The longest common subsequence of two texts, by dynamic programming over bits.
 *
 * Let L(i, j) be its length for the first i bytes of `a` and the first j of `b`. From one j to the
 * next it grows by 1 or not at all, so a row of L is kept as the bits that say where it grows, and
 * a row follows from the one before it by an addition, 64 cells at once.
 *
 * Costs: time O(a * b / 64 + b). Memory: b / 8 bytes for each different byte of `a`, and for each
 * row that is kept: all of them, or the last one. Takes breath. */
#ifndef TORC_DS_LCS_H
#define TORC_DS_LCS_H

#include "base/breath.h"
#include "base/bytes.h"

enum lcs_rows { LCS_LAST_ROW, LCS_ALL_ROWS };

struct lcs {
    struct bytes a, b;       /* borrowed; `a` is empty if `b` is */
    size_t words, row_count; /* words in a row, rows that are kept */
    size_t size;             /* in words, of all that follows */
    uint64_t *masks;         /* for each different byte of `a`: where `b` has it */
    uint64_t *rows;          /* 0 bits: where L grows */
    uint16_t masks_of[256];  /* which, from 1 on; 0: `a` does not have it */
};

/* How many units of breath it takes. */
uint64_t lcs_work(struct bytes a, struct bytes b);
/* false: no memory for it, and there is nothing to fini. */
bool lcs_init(struct lcs *lcs, struct bytes a, struct bytes b, enum lcs_rows kept,
              struct breath *breath);
void lcs_fini(struct lcs *lcs);

size_t lcs_len(const struct lcs *lcs); /* L(a.len, b.len); O(b / 64) */

/* Is L(i, j) greater than L(i, j - 1)? With all rows only; i and j from 1 on. */
static inline bool lcs_grows(const struct lcs *lcs, size_t i, size_t j)
{
    uint64_t word = lcs->rows[(i - 1) * lcs->words + (j - 1) / 64];
    return !(word >> (j - 1) % 64 & 1);
}

#endif
