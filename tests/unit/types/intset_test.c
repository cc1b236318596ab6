/* Tests of types/intset: beside a sorted array, on known bytes, and on corrupt ones. */
#include "types/intset.h"

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { MODEL_MAX = 400 };

struct model {
    struct intset *set;
    uint32_t count;
    int64_t integers[MODEL_MAX];
};

static struct random rng;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)random_below(&rng, bound);
}

static int64_t draw_integer(unsigned width)
{
    if (width == 2) return (int64_t)below(600) - 300;
    if (width == 4) return (int16_t)random_next(&rng) * (int64_t)below(1 << 16);
    static const int64_t bounds[] = {INT16_MAX, INT16_MIN, INT32_MAX, INT32_MIN};
    static const int64_t ends[] = {INT64_MAX, INT64_MIN, 0};
    if (below(4) == 0) return ends[below(3)];
    if (below(2)) return bounds[below(4)] + (int64_t)below(3) - 1;
    return (int64_t)random_next(&rng);
}

static uint32_t model_place(const struct model *model, int64_t integer)
{
    uint32_t place = 0;
    while (place < model->count && model->integers[place] < integer)
        place++;
    return place;
}

static bool model_has(const struct model *model, int64_t integer)
{
    uint32_t place = model_place(model, integer);
    return place < model->count && model->integers[place] == integer;
}

static void step_add(struct model *model, int64_t integer)
{
    if (model->count == MODEL_MAX) return;
    bool had = model_has(model, integer);
    CHECK(intset_add(&model->set, integer) == !had);
    if (had) return;
    uint32_t place = model_place(model, integer);
    memmove(&model->integers[place + 1], &model->integers[place],
            (model->count++ - place) * sizeof integer);
    model->integers[place] = integer;
}

static void step_remove(struct model *model, int64_t integer)
{
    bool had = model_has(model, integer);
    CHECK(intset_remove(&model->set, integer) == had);
    if (!had) return;
    uint32_t place = model_place(model, integer);
    memmove(&model->integers[place], &model->integers[place + 1],
            (--model->count - place) * sizeof integer);
}

static void check_model(const struct model *model, int64_t bytes_before)
{
    intset_check(model->set);
    CHECK_INT(mem_unattached_bytes() - bytes_before, (int64_t)intset_block_size(model->set));
    CHECK_INT(intset_count(model->set), model->count);
    for (uint32_t i = 0; i < model->count; i++) {
        CHECK_INT(intset_get(model->set, i), model->integers[i]);
        CHECK(intset_has(model->set, model->integers[i]));
    }
    if (!model->count) return;
    CHECK_INT(intset_min(model->set), model->integers[0]);
    CHECK_INT(intset_max(model->set), model->integers[model->count - 1]);
    CHECK(model_has(model, intset_random(model->set, &rng)));
}

static void step(struct model *model, unsigned width, unsigned bias)
{
    int64_t integer = draw_integer(width);
    if (below(10) < bias) {
        step_add(model, integer);
    } else {
        if (model->count && below(4)) integer = model->integers[below(model->count)];
        step_remove(model, integer);
    }
    integer = draw_integer(8);
    CHECK(intset_has(model->set, integer) == model_has(model, integer));
}

TEST(it_behaves_like_a_sorted_array)
{
    test_seed(&rng, "intset");
    static struct model model;
    for (int round = 0; round < 30; round++) {
        int64_t before = mem_unattached_bytes();
        model.set = intset_new();
        model.count = 0;
        for (unsigned i = 0; i < 600 && !test_failed(); i++) {
            unsigned width = i < 200 ? 2 : i < 400 ? 4 : 8;
            step(&model, width, i % 200 < 120 ? 8 : 3);
            check_model(&model, before);
        }
        intset_free(model.set);
        CHECK_INT(mem_unattached_bytes(), before);
    }
}

static void check_bytes(const struct intset *set, struct bytes expected)
{
    struct bytes view = intset_view(set);
    CHECK_BYTES(view.ptr, view.len, expected.ptr, expected.len);
}

TEST(it_widens)
{
    struct intset *set = intset_new();
    check_bytes(set, BYTES("\x02\0\0\0\0\0\0\0"));
    intset_add(&set, 5);
    intset_add(&set, -2);
    check_bytes(set, BYTES("\x02\0\0\0\x02\0\0\0\xfe\xff\x05\0"));
    intset_add(&set, 0x10000);
    check_bytes(set, BYTES("\x04\0\0\0\x03\0\0\0\xfe\xff\xff\xff\x05\0\0\0\0\0\x01\0"));
    intset_add(&set, INT64_MIN);
    CHECK_INT(intset_view(set).len, 8 + 4 * 8);
    CHECK_INT(intset_min(set), INT64_MIN);
    CHECK_INT(intset_max(set), 0x10000);
    CHECK(intset_remove(&set, INT64_MIN)); /* the width stays */
    CHECK_INT(intset_view(set).len, 8 + 3 * 8);
    struct intset *copy = intset_try_copy(intset_view(set));
    REQUIRE(copy);
    check_bytes(copy, intset_view(set));
    intset_free(copy);
    intset_free(set);
}

static bool accepts(struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.len + 1); /* of its true size and odd, for the sanitizer */
    memcpy(copy + 1, bytes.ptr, bytes.len);
    bool accepted = intset_validate(bytes_make(copy + 1, bytes.len));
    free(copy);
    return accepted;
}

TEST(unsound_bytes_are_refused)
{
    CHECK(accepts(BYTES("\x02\0\0\0\x02\0\0\0\xfe\xff\x05\0")));
    CHECK(!accepts(BYTES("")));
    CHECK(!accepts(BYTES("\x02\0\0\0\0\0\0")));
    CHECK(!accepts(BYTES("\x03\0\0\0\0\0\0\0")));
    CHECK(!accepts(BYTES("\x02\x01\0\0\0\0\0\0")));
    CHECK(!accepts(BYTES("\x02\0\0\0\x02\0\0\0\x05\0\xfe\xff")));     /* descending */
    CHECK(!accepts(BYTES("\x02\0\0\0\x02\0\0\0\x05\0\x05\0")));       /* twice */
    CHECK(!accepts(BYTES("\x02\0\0\0\x03\0\0\0\xfe\xff\x05\0")));     /* too short */
    CHECK(!accepts(BYTES("\x02\0\0\0\x01\0\0\0\xfe\xff\x05\0")));     /* too long */
    CHECK(!accepts(BYTES("\x08\0\0\0\x01\0\0\x20\1\1\1\1\1\1\1\1"))); /* 32 bits overflow */
}

TEST(corrupt_bytes_are_refused_or_harmless)
{
    test_seed(&rng, "intset");
    for (int i = 0; i < 20000 && !test_failed(); i++) {
        struct intset *set = intset_new();
        for (uint32_t count = below(10); count > 0; count--)
            intset_add(&set, draw_integer(2U << below(3)));
        struct bytes view = intset_view(set);
        uint8_t bytes[8 + 10 * 8];
        memcpy(bytes, view.ptr, view.len);
        bytes[below(2) ? below(8) : below((uint32_t)view.len)] = (uint8_t)random_next(&rng);
        view = bytes_make(bytes, view.len - below(2));
        if (accepts(view)) {
            struct intset *copy = intset_try_copy(view);
            intset_add(&copy, draw_integer(8));
            intset_check(copy);
            intset_free(copy);
        }
        intset_free(set);
    }
}
