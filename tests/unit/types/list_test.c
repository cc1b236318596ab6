/* Tests of types/list: random operations beside an array of texts, with nodes so small that they
 * are split, joined, packed and unpacked all the time. */
#include "types/list.h"

#include <stdio.h>
#include <stdlib.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/payload.h"
#include "support/seed.h"
#include "types/rdb_payload.h"

enum { ELEMENTS_MAX = 400, TEXT_MAX = 120, STEPS = 40000 };

struct model {
    char texts[ELEMENTS_MAX + 1][TEXT_MAX];
    int count;
};

struct world {
    struct random random;
    struct type_limits limits;
    struct model model;
    struct value list;
};

static uint32_t below(struct world *world, uint32_t bound)
{
    return (uint32_t)random_below(&world->random, bound);
}

/* Few different ones, so that they are found again; some are integers, some repeat themselves. */
static void draw_text(struct world *world, char text[TEXT_MAX])
{
    switch (below(world, 5)) {
    case 0: snprintf(text, TEXT_MAX, "%d", (int)below(world, 20) - 5); break;
    case 1: snprintf(text, TEXT_MAX, "%lld", (long long)random_next(&world->random)); break;
    case 2: snprintf(text, TEXT_MAX, "%c", 'a' + (int)below(world, 6)); break;
    case 3: text[0] = 0; break;
    default:
        memset(text, 'a' + (int)below(world, 3), TEXT_MAX - 1);
        text[below(world, TEXT_MAX)] = 0;
        text[TEXT_MAX - 1] = 0;
    }
}

static void model_insert(struct model *model, int at, const char *text)
{
    memmove(model->texts[at + 1], model->texts[at], (size_t)(model->count - at) * TEXT_MAX);
    snprintf(model->texts[at], TEXT_MAX, "%s", text);
    model->count++;
}

static void model_remove(struct model *model, int at, int count)
{
    memmove(model->texts[at], model->texts[at + count],
            (size_t)(model->count - at - count) * TEXT_MAX);
    model->count -= count;
}

static void check_cursor(const struct list_cursor *cursor, const char *expected)
{
    char digits[NUMBER_INT_MAX];
    struct listpack_element element = list_get(cursor);
    struct bytes text = listpack_text(&element, digits);
    CHECK_BYTES(text.ptr, text.len, expected, strlen(expected));
}

static void check_all(struct world *world)
{
    struct list_cursor cursor;
    value_check(&world->list);
    CHECK_INT(value_count(&world->list), world->model.count);
    bool more = list_seek(&cursor, &world->list, 0);
    for (int i = 0; i < world->model.count; i++, more = list_step(&cursor, false)) {
        REQUIRE(more);
        check_cursor(&cursor, world->model.texts[i]);
    }
    CHECK(!more);
    more = list_seek(&cursor, &world->list, -1);
    for (int i = world->model.count - 1; i >= 0; i--, more = list_step(&cursor, true)) {
        REQUIRE(more);
        check_cursor(&cursor, world->model.texts[i]);
    }
    CHECK(!more);
}

static void push(struct world *world)
{
    char text[TEXT_MAX];
    if (world->model.count == ELEMENTS_MAX) return;
    draw_text(world, text);
    bool last = below(world, 2);
    model_insert(&world->model, last ? world->model.count : 0, text);
    list_push(&world->list, bytes_of_string(text), last ? LIST_LAST : LIST_FIRST, &world->limits);
}

static void drop(struct world *world)
{
    struct model *model = &world->model;
    int count = (int)below(world, below(world, 20) ? 4 : 60);
    int there = count < model->count ? count : model->count;
    bool last = below(world, 2);
    CHECK_INT(list_drop(&world->list, last ? LIST_LAST : LIST_FIRST, (uint64_t)count,
                        &world->limits, NULL),
              there);
    model_remove(model, last ? model->count - there : 0, there);
}

/* An index that is there, or one beyond. */
static bool seek(struct world *world, struct list_cursor *cursor, int *index)
{
    int count = world->model.count;
    *index = (int)below(world, (uint32_t)count + 1);
    bool from_end = below(world, 2);
    bool found = list_seek(cursor, &world->list, from_end ? *index - count : *index);
    if (from_end && *index == count) *index = 0; /* -0 is the first one */
    CHECK(found == (*index < count));
    if (found) check_cursor(cursor, world->model.texts[*index]);
    return found;
}

static void insert(struct world *world)
{
    struct list_cursor cursor;
    char text[TEXT_MAX];
    int index;
    if (world->model.count == ELEMENTS_MAX || !seek(world, &cursor, &index)) return;
    bool behind = below(world, 2);
    draw_text(world, text);
    list_insert(&world->list, &cursor, behind, bytes_of_string(text), &world->limits);
    model_insert(&world->model, index + behind, text);
}

static void replace(struct world *world)
{
    struct list_cursor cursor;
    char text[TEXT_MAX];
    int index;
    if (!seek(world, &cursor, &index)) return;
    draw_text(world, text);
    list_replace(&world->list, &cursor, bytes_of_string(text), &world->limits);
    snprintf(world->model.texts[index], TEXT_MAX, "%s", text);
}

static int model_remove_equal(struct model *model, const char *text, bool backwards, int max)
{
    int removed = 0;
    for (int i = backwards ? model->count - 1 : 0; i >= 0 && i < model->count && removed < max;) {
        bool equal = strcmp(model->texts[i], text) == 0;
        if (equal) {
            model_remove(model, i, 1);
            removed++;
        }
        i += backwards ? -1 : !equal;
    }
    return removed;
}

static void remove_equal(struct world *world)
{
    char text[TEXT_MAX];
    draw_text(world, text);
    bool backwards = below(world, 2);
    int max = below(world, 2) ? ELEMENTS_MAX : 1 + (int)below(world, 3);
    CHECK_INT(list_remove(&world->list, bytes_of_string(text), backwards ? LIST_LAST : LIST_FIRST,
                          (uint64_t)max, &world->limits, NULL),
              model_remove_equal(&world->model, text, backwards, max));
}

/* The same through a copy, or through a payload. */
static void exchange(struct world *world)
{
    struct value other;
    if (below(world, 2)) {
        int64_t before = mem_unattached_bytes();
        other = value_copy(&world->list, NULL);
        CHECK_INT(value_block_size(&other), mem_unattached_bytes() - before);
    } else {
        if (!world->model.count) return;
        REQUIRE(payload_there_and_back(&world->list, &world->limits, &other));
    }
    CHECK(have_same_digest(&world->list, &other));
    free_in_steps(&world->list, 7);
    world->list = other;
}

static void change(struct world *world)
{
    switch (below(world, 12)) {
    case 0:
    case 1: drop(world); break;
    case 2:
    case 3: insert(world); break;
    case 4:
    case 5: replace(world); break;
    case 6: remove_equal(world); break;
    case 7:
        if (!below(world, 20)) exchange(world);
        break;
    default: push(world);
    }
}

static void run(struct world *world, int64_t size, int64_t depth)
{
    world->limits = type_limits_standard;
    world->limits.list_max_listpack_size = size;
    world->limits.list_compress_depth = depth;
    for (int i = 0; i < STEPS / 8; i++) {
        change(world);
        if (i % 16 == 0) check_all(world);
    }
    check_all(world);
}

TEST(a_list_is_what_an_array_is)
{
    static const int64_t sizes[] = {3, 1, 0, 16, 300, -1, 4, 2};
    int64_t before = mem_unattached_bytes();
    struct world world = {.list = value_new(VALUE_LIST)};
    test_seed(&world.random, "list");
    for (int i = 0; i < 8; i++)
        run(&world, sizes[i], i % 3);
    value_free(&world.list);
    CHECK_INT(mem_unattached_bytes(), before);
}

static void push_number(struct value *list, int number, enum list_end end,
                        const struct type_limits *limits)
{
    char text[100];
    int len = snprintf(text, sizeof text, "%090d", number);
    list_push(list, bytes_make(text, (size_t)len), end, limits);
}

TEST(it_becomes_large_and_small_again)
{
    for (int i = 0; i < 2; i++) {
        enum list_end end = i ? LIST_LAST : LIST_FIRST, other = i ? LIST_FIRST : LIST_LAST;
        struct value list = value_new(VALUE_LIST);
        for (int number = 0; number < 200; number++)
            push_number(&list, number, end, &type_limits_standard);
        CHECK_STR(value_encoding_name(&list), "quicklist");
        list_drop(&list, other, 180, &type_limits_standard, NULL);
        CHECK_STR(value_encoding_name(&list), "listpack");
        CHECK_INT(value_count(&list), 20);
        value_free(&list);
    }
}

/* Whatever is done to make pushing at the front cheap, in the end nodes are as full. */
TEST(both_ends_take_the_same_room)
{
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        struct value list = value_new(VALUE_LIST);
        struct list_cursor cursor;
        for (int number = 0; number < 20000; number++) {
            push_number(&list, number, i ? LIST_LAST : LIST_FIRST, &type_limits_standard);
            if (number % 1000 == 0) value_check(&list);
        }
        sizes[i] = value_block_size(&list);
        REQUIRE(list_seek(&cursor, &list, i ? 0 : -1));
        for (int number = 0; number < 20000; number++) {
            char text[100];
            snprintf(text, sizeof text, "%090d", number);
            struct listpack_element element = list_get(&cursor);
            CHECK(listpack_equals(&element, bytes_of_string(text)));
            list_step(&cursor, !i);
        }
        list_end(&cursor);
        value_free(&list);
    }
    CHECK(sizes[0] < sizes[1] + sizes[1] / 10);
}

/* What does not change counts in the middle of a list is packed, and takes less. */
TEST(inner_nodes_are_packed)
{
    struct type_limits limits = type_limits_standard;
    size_t sizes[2];
    for (int depth = 0; depth < 2; depth++) {
        struct value list = value_new(VALUE_LIST);
        limits.list_compress_depth = depth;
        for (int i = 0; i < 5000; i++)
            list_push(&list, BYTES("the same text again and again"), LIST_LAST, &limits);
        sizes[depth] = value_block_size(&list);
        value_check(&list);
        value_free(&list);
    }
    CHECK(sizes[1] * 4 < sizes[0]);
}
