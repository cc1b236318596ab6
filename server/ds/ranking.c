#include "ds/ranking.h"

#include <stdbool.h>

enum {
    RADIX_BITS = 11,
    RADIX = 1 << RADIX_BITS,
    PASSES = 6,
    HIGH_PASS = 3, /* from here on a difference is one of the first six digits of a score */
    FEW = 64,
    A_PIECE = 1024,
};

struct passes {
    unsigned first, end;
};

/* After each step of a loop over much: a piece counts as an eighth of its steps. */
static void breathe_step(struct breath *breath, uint64_t step)
{
    if (step % A_PIECE == 0) breathe(breath, A_PIECE / 8);
}

static unsigned digit_of(uint64_t key, unsigned pass)
{
    return key >> pass * RADIX_BITS & (RADIX - 1);
}

static void spread(const struct ranked *from, struct ranked *to, uint64_t count, unsigned pass,
                   struct breath *breath)
{
    uint64_t places[RADIX] = {0}, sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        places[digit_of(from[i].key, pass)]++;
        breathe_step(breath, i);
    }
    for (unsigned digit = 0; digit < RADIX; digit++) {
        uint64_t here = places[digit];
        places[digit] = sum;
        sum += here;
    }
    for (uint64_t i = 0; i < count; i++) {
        to[places[digit_of(from[i].key, pass)]++] = from[i];
        breathe_step(breath, i);
    }
}

/* Digits that are the same in all keys are passed over. */
static struct ranked *sort_by_digits(struct ranked *ranked, struct ranked *other, uint64_t count,
                                     struct passes passes, struct breath *breath)
{
    uint64_t all = UINT64_MAX, any = 0;
    for (uint64_t i = 0; i < count; i++) {
        all &= ranked[i].key;
        any |= ranked[i].key;
        breathe_step(breath, i);
    }
    for (unsigned pass = passes.first; pass < passes.end; pass++) {
        if (!digit_of(all ^ any, pass)) continue;
        spread(ranked, other, count, pass, breath);
        struct ranked *swap = ranked;
        ranked = other;
        other = swap;
    }
    return ranked;
}

static void insert_sort(struct ranked *ranked, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        struct ranked moved = ranked[i];
        uint64_t at = i;
        for (; at && ranked[at - 1].key > moved.key; at--)
            ranked[at] = ranked[at - 1];
        ranked[at] = moved;
    }
}

static bool is_same_high(const struct ranked *a, const struct ranked *b)
{
    return a->key >> HIGH_PASS * RADIX_BITS == b->key >> HIGH_PASS * RADIX_BITS;
}

/* Those that the high digits do not tell apart: mostly none, or a few. */
static void sort_alike(struct ranked *ranked, struct ranked *other, uint64_t count,
                       struct breath *breath)
{
    if (count <= FEW) {
        insert_sort(ranked, count);
        return;
    }
    struct passes low = {0, HIGH_PASS};
    const struct ranked *sorted = sort_by_digits(ranked, other, count, low, breath);
    if (sorted != ranked) memcpy(ranked, sorted, count * sizeof *ranked);
}

struct ranked *ranking_sort(struct ranked *ranked, struct ranked *other, uint64_t count,
                            struct breath *breath)
{
    if (count <= FEW) {
        insert_sort(ranked, count);
        return ranked;
    }
    struct passes high = {HIGH_PASS, PASSES};
    struct ranked *sorted = sort_by_digits(ranked, other, count, high, breath);
    struct ranked *spare = sorted == ranked ? other : ranked;
    for (uint64_t start = 0, end; start < count; start = end) {
        for (end = start + 1; end < count && is_same_high(&sorted[start], &sorted[end]); end++)
            breathe_step(breath, end);
        breathe_step(breath, start);
        if (end - start > 1) sort_alike(sorted + start, spare, end - start, breath);
    }
    return sorted;
}
