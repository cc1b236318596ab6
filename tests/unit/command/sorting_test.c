/* command/sorting beside insertion: numbers, numbers that are equal, texts; and that much work
 * takes breath all the time. */
#include "command/sorting.h"

#include <stdio.h>
#include <stdlib.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { TEXT_MAX = 8 };

struct sorted {
    struct sorting_item *items;
    char (*texts)[TEXT_MAX];
    uint64_t count;
};

static void fill(struct sorted *sorted, uint64_t count, unsigned variety, bool by_text,
                 struct random *random)
{
    sorted->items = mem_alloc((count + 1) * sizeof *sorted->items);
    sorted->texts = mem_alloc((count + 1) * sizeof *sorted->texts);
    sorted->count = count;
    for (uint64_t i = 0; i < count; i++) {
        struct sorting_item *item = &sorted->items[i];
        int number = (int)random_below(random, variety) - (int)variety / 2;
        snprintf(sorted->texts[i], TEXT_MAX, "%d", number % 1000000);
        struct bytes text = bytes_of_string(sorted->texts[i]);
        item->element = listpack_integer((int64_t)random_below(random, variety));
        if (!by_text)
            item->score = number / 8.0;
        else
            item->text = random_below(random, 10) ? text : bytes_make(NULL, 0);
    }
}

static void drop(struct sorted *sorted)
{
    mem_free(sorted->items, (sorted->count + 1) * sizeof *sorted->items);
    mem_free(sorted->texts, (sorted->count + 1) * sizeof *sorted->texts);
}

static int compare_texts(struct bytes a, struct bytes b)
{
    if (!a.ptr || !b.ptr) return (a.ptr != NULL) - (b.ptr != NULL);
    return strcmp((const char *)a.ptr, (const char *)b.ptr);
}

static int compare_digits(const struct sorting_item *a, const struct sorting_item *b)
{
    char left[NUMBER_INT_MAX + 1], right[NUMBER_INT_MAX + 1];
    snprintf(left, sizeof left, "%lld", (long long)a->element.integer);
    snprintf(right, sizeof right, "%lld", (long long)b->element.integer);
    return strcmp(left, right);
}

static int compare(const struct sorting_item *a, const struct sorting_item *b, bool by_text)
{
    if (by_text) return compare_texts(a->text, b->text);
    if (a->score != b->score) return a->score < b->score ? -1 : 1;
    return compare_digits(a, b);
}

/* Each item is there as often as before: their sum is, in an order that knows no order. */
static uint64_t sum_of(const struct sorted *sorted)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < sorted->count; i++) {
        uint64_t element = (uint64_t)sorted->items[i].element.integer + 1;
        sum += element * element * 0x9e3779b97f4a7c15ULL;
    }
    return sum;
}

static void check_order(const struct sorted *sorted, bool by_text, bool descending)
{
    for (uint64_t i = 1; i < sorted->count && !test_failed(); i++) {
        int order = compare(&sorted->items[i - 1], &sorted->items[i], by_text);
        CHECK(descending ? order >= 0 : order <= 0);
    }
}

static void check_one(uint64_t count, unsigned variety, bool by_text, bool descending,
                      struct random *random, struct breath *breath)
{
    struct sorted sorted;
    struct arena scratch;
    arena_init(&scratch);
    fill(&sorted, count, variety, by_text, random);
    uint64_t sum = sum_of(&sorted);
    struct sorting sorting = {sorted.items, count, by_text, descending};
    sorting_run(&sorting, &scratch, breath);
    check_order(&sorted, by_text, descending);
    CHECK(sum_of(&sorted) == sum);
    drop(&sorted);
    arena_fini(&scratch);
}

TEST(items_come_in_order)
{
    struct random random;
    int64_t before = mem_unattached_bytes();
    test_seed(&random, "sorting");
    for (int i = 0; i < 2000 && !test_failed(); i++) {
        uint64_t count = random_below(&random, i % 10 ? 100 : 3000);
        unsigned variety = 1 + (unsigned)random_below(&random, i % 3 ? 20 : 100000);
        check_one(count, variety, random_below(&random, 2), random_below(&random, 2), &random,
                  NULL);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}

/* Work is told in pieces that are small beside the whole: no loop over all goes unmentioned. */
struct listener {
    struct breath breath;
    uint64_t work;
    int64_t largest;
};

static void listen(struct breath *breath)
{
    struct listener *listener = (struct listener *)(void *)breath;
    listener->work += (uint64_t)-breath->left;
    if (-breath->left > listener->largest) listener->largest = -breath->left;
    breath->left = 0;
}

TEST(much_work_takes_breath)
{
    enum { COUNT = 100000 };
    struct random random;
    test_seed(&random, "breath");
    for (int kind = 0; kind < 3; kind++) {
        struct listener listener = {.breath = {0, listen}};
        unsigned variety = kind == 1 ? 3 : 1000000;
        check_one(COUNT, variety, kind == 2, true, &random, &listener.breath);
        CHECK(listener.work > COUNT);
        CHECK(listener.largest <= 256);
    }
}
