#include "command/sorting.h"

#include <stdlib.h>

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS, PASSES = 6, FEW = 64, A_PIECE = 1024 };

/* What is moved about: a number whose order as an integer is that of the score. */
struct ranked {
    uint64_t key;
    uint64_t index;
};

static uint64_t key_of(double score)
{
    uint64_t bits;
    score += 0.0; /* -0 is 0 */
    memcpy(&bits, &score, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static int compare_bytes(struct bytes a, struct bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    if (order) return order;
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_elements(const struct listpack_element *a, const struct listpack_element *b)
{
    char digits_a[NUMBER_INT_MAX], digits_b[NUMBER_INT_MAX];
    if (!a->ptr && !b->ptr && a->integer == b->integer) return 0;
    return compare_bytes(listpack_text(a, digits_a), listpack_text(b, digits_b));
}

static unsigned digit_of(uint64_t key, unsigned pass)
{
    return key >> pass * RADIX_BITS & (RADIX - 1);
}

static void spread(const struct ranked *from, struct ranked *to, uint64_t count, unsigned pass,
                   struct breath *breath)
{
    uint64_t places[RADIX] = {0}, sum = 0;
    for (uint64_t i = 0; i < count; i++)
        places[digit_of(from[i].key, pass)]++;
    for (unsigned digit = 0; digit < RADIX; digit++) {
        uint64_t here = places[digit];
        places[digit] = sum;
        sum += here;
    }
    for (uint64_t i = 0; i < count; i++) {
        to[places[digit_of(from[i].key, pass)]++] = from[i];
        if (i % A_PIECE == 0) breathe(breath, A_PIECE / 8);
    }
}

/* Digits that are the same in all keys are passed over. */
static const struct ranked *sort_keys(struct ranked *ranked, struct ranked *other, uint64_t count,
                                      struct breath *breath)
{
    uint64_t all = UINT64_MAX, any = 0;
    for (uint64_t i = 0; i < count; i++) {
        all &= ranked[i].key;
        any |= ranked[i].key;
    }
    for (unsigned pass = 0; pass < PASSES; pass++) {
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

static int compare_equal(const void *a, const void *b, void *context)
{
    const struct sorting_item *left = a, *right = b;
    breathe(context, 1);
    return compare_elements(&left->element, &right->element);
}

/* Items of one score each, which stand together, by their bytes. */
static void sort_equal(const struct sorting *sorting, struct breath *breath)
{
    for (uint64_t start = 0, end; start < sorting->count; start = end) {
        for (end = start + 1; end < sorting->count; end++)
            if (key_of(sorting->items[end].score) != key_of(sorting->items[start].score)) break;
        if (end - start > 1)
            qsort_r(sorting->items + start, end - start, sizeof *sorting->items, compare_equal,
                    breath);
    }
}

static void sort_by_score(const struct sorting *sorting, struct arena *scratch,
                          struct breath *breath)
{
    uint64_t count = sorting->count;
    struct ranked *ranked = arena_alloc_array(scratch, count, 2 * sizeof *ranked);
    struct sorting_item *items = arena_alloc_array(scratch, count, sizeof *items);
    for (uint64_t i = 0; i < count; i++)
        ranked[i] = (struct ranked){key_of(sorting->items[i].score), i};
    const struct ranked *sorted = ranked;
    if (count <= FEW)
        insert_sort(ranked, count);
    else
        sorted = sort_keys(ranked, ranked + count, count, breath);
    memcpy(items, sorting->items, count * sizeof *items);
    for (uint64_t i = 0; i < count; i++) {
        sorting->items[i] = items[sorted[i].index];
        if (i % A_PIECE == 0) breathe(breath, A_PIECE / 8);
    }
    sort_equal(sorting, breath);
}

static int compare_texts(const void *a, const void *b, void *context)
{
    const struct sorting_item *left = a, *right = b;
    breathe(context, 1);
    if (!left->text.ptr || !right->text.ptr)
        return (left->text.ptr != NULL) - (right->text.ptr != NULL);
    return compare_bytes(left->text, right->text);
}

static void reverse(const struct sorting *sorting)
{
    for (uint64_t i = 0, j = sorting->count; i + 1 < j; i++) {
        struct sorting_item item = sorting->items[i];
        sorting->items[i] = sorting->items[--j];
        sorting->items[j] = item;
    }
}

void sorting_run(const struct sorting *sorting, struct arena *scratch, struct breath *breath)
{
    if (sorting->count < 2) return;
    if (sorting->by_text)
        qsort_r(sorting->items, sorting->count, sizeof *sorting->items, compare_texts, breath);
    else
        sort_by_score(sorting, scratch, breath);
    if (sorting->descending) reverse(sorting);
}
