#include "command/sorting.h"

#include "ds/ranking.h"

enum {
    RUN_LEN = 16, /* sorted by insertion */
    A_PIECE = 1024,
};

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

/* After each step of a loop over much: a piece counts as an eighth of its steps. */
static void breathe_step(struct breath *breath, uint64_t step)
{
    if (step % A_PIECE == 0) breathe(breath, A_PIECE / 8);
}

/* --- By comparison ---------------------------------------------------------------------------- */

typedef int compare_items(const struct sorting_item *a, const struct sorting_item *b);

static int compare_equal(const struct sorting_item *a, const struct sorting_item *b)
{
    return compare_elements(&a->element, &b->element);
}

static int compare_texts(const struct sorting_item *a, const struct sorting_item *b)
{
    if (!a->text.ptr || !b->text.ptr) return (a->text.ptr != NULL) - (b->text.ptr != NULL);
    return compare_bytes(a->text, b->text);
}

static void sort_run(struct sorting_item *items, uint64_t count, compare_items *compare)
{
    for (uint64_t i = 1; i < count; i++) {
        struct sorting_item moved = items[i];
        uint64_t at = i;
        for (; at && compare(&items[at - 1], &moved) > 0; at--)
            items[at] = items[at - 1];
        items[at] = moved;
    }
}

/* Two sorted runs, [start, middle) and [middle, end) of `from`, become one at the same place of
 * `to`. */
static void merge(const struct sorting_item *from, struct sorting_item *to, uint64_t start,
                  uint64_t middle, uint64_t end, compare_items *compare, struct breath *breath)
{
    uint64_t left = start, right = middle;
    for (uint64_t at = start; at < end; at++) {
        bool takes_left =
            left < middle && (right == end || compare(&from[left], &from[right]) <= 0);
        to[at] = takes_left ? from[left++] : from[right++];
        breathe(breath, 1);
    }
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void copy_items(struct sorting_item *to, const struct sorting_item *from, uint64_t count,
                       struct breath *breath)
{
    for (uint64_t i = 0; i < count; i += A_PIECE) {
        memcpy(to + i, from + i, smaller(count - i, A_PIECE) * sizeof *to);
        breathe(breath, A_PIECE / 4);
    }
}

/* Equal ones stay in their order. `other` has room for as many. */
static void sort_items(struct sorting_item *items, struct sorting_item *other, uint64_t count,
                       compare_items *compare, struct breath *breath)
{
    struct sorting_item *from = items, *to = other;
    for (uint64_t i = 0; i < count; i += RUN_LEN) {
        sort_run(items + i, smaller(count - i, RUN_LEN), compare);
        breathe(breath, 2 * RUN_LEN);
    }
    for (uint64_t half = RUN_LEN; half < count; half *= 2) {
        for (uint64_t i = 0; i < count; i += half * 2)
            merge(from, to, i, smaller(i + half, count), smaller(i + half * 2, count), compare,
                  breath);
        struct sorting_item *swap = from;
        from = to;
        to = swap;
    }
    if (from != items) copy_items(items, from, count, breath);
}

/* --- The whole -------------------------------------------------------------------------------- */

/* Items of one score each, which stand together, by their bytes. */
static void sort_equal(const struct sorting *sorting, struct sorting_item *other,
                       struct breath *breath)
{
    for (uint64_t start = 0, end; start < sorting->count; start = end) {
        for (end = start + 1; end < sorting->count; end++) {
            if (ranking_key(sorting->items[end].score) != ranking_key(sorting->items[start].score))
                break;
            breathe_step(breath, end);
        }
        breathe_step(breath, start);
        if (end - start > 1)
            sort_items(sorting->items + start, other, end - start, compare_equal, breath);
    }
}

static void sort_by_score(const struct sorting *sorting, struct arena *scratch,
                          struct breath *breath)
{
    uint64_t count = sorting->count;
    struct ranked *ranked = arena_alloc_array(scratch, count, 2 * sizeof *ranked);
    struct sorting_item *items = arena_alloc_array(scratch, count, sizeof *items);
    for (uint64_t i = 0; i < count; i++) {
        ranked[i] = (struct ranked){ranking_key(sorting->items[i].score), i};
        breathe_step(breath, i);
    }
    const struct ranked *sorted = ranking_sort(ranked, ranked + count, count, breath);
    copy_items(items, sorting->items, count, breath);
    for (uint64_t i = 0; i < count; i++) {
        sorting->items[i] = items[sorted[i].index];
        breathe_step(breath, i);
    }
    sort_equal(sorting, items, breath);
}

static void sort_by_text(const struct sorting *sorting, struct arena *scratch,
                         struct breath *breath)
{
    struct sorting_item *other = arena_alloc_array(scratch, sorting->count, sizeof *other);
    sort_items(sorting->items, other, sorting->count, compare_texts, breath);
}

static void reverse(const struct sorting *sorting, struct breath *breath)
{
    for (uint64_t i = 0, j = sorting->count; i + 1 < j; i++) {
        struct sorting_item item = sorting->items[i];
        sorting->items[i] = sorting->items[--j];
        sorting->items[j] = item;
        breathe_step(breath, i);
    }
}

void sorting_run(const struct sorting *sorting, struct arena *scratch, struct breath *breath)
{
    if (sorting->count < 2) return;
    if (sorting->by_text)
        sort_by_text(sorting, scratch, breath);
    else
        sort_by_score(sorting, scratch, breath);
    if (sorting->descending) reverse(sorting, breath);
}
