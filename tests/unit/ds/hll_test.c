/* Tests of ds/hll: beside an array of registers, on bytes known from redis-server, and on corrupt
 * ones. */
#include "ds/hll.h"

#include <stdlib.h>

#include "base/random.h"
#include "ds/hll_selftest.h"
#include "support/check.h"

enum { STEPS = 6000, GUARD = 16 };

/* One that is changed, its twin that never has a hint, and what both should hold. */
struct model {
    struct hll hll, twin;
    uint8_t rooms[2][HLL_SPARSE_MAX + GUARD];
    uint8_t registers[HLL_REGISTERS];
};

static struct random rng;

static unsigned below(unsigned bound)
{
    return (unsigned)random_below(&rng, bound);
}

static struct bytes view(const struct hll *hll)
{
    return bytes_make(hll->bytes, hll->len);
}

static void model_init(struct model *model)
{
    model->hll = (struct hll){.bytes = model->rooms[0], .capacity = HLL_SPARSE_MAX};
    model->twin = (struct hll){.bytes = model->rooms[1], .capacity = HLL_SPARSE_MAX};
    memset(model->rooms, 0xa5, sizeof model->rooms);
    memset(model->registers, 0, sizeof model->registers);
    hll_init_empty(&model->hll);
    hll_init_empty(&model->twin);
}

/* All registers by themselves. */
static void check(const struct model *model)
{
    static uint8_t registers[HLL_REGISTERS];
    memset(registers, 0, sizeof registers);
    REQUIRE(hll_is_one(view(&model->hll)));
    REQUIRE(hll_merge(view(&model->hll), registers));
    CHECK(memcmp(registers, model->registers, sizeof registers) == 0);
    CHECK_BYTES(model->hll.bytes, model->hll.len, model->twin.bytes, model->twin.len);
    uint64_t count;
    REQUIRE(hll_count(view(&model->hll), &count));
    CHECK_INT(count, hll_count_registers(registers));
    CHECK(model->rooms[0][HLL_SPARSE_MAX] == 0xa5 && model->rooms[1][HLL_SPARSE_MAX] == 0xa5);
}

static void raise_one(struct model *model, struct hll_mark mark, size_t sparse_max)
{
    bool changes = model->registers[mark.index] < mark.rank;
    enum hll_outcome expected = changes ? HLL_CHANGED : HLL_SAME;
    CHECK_INT(hll_raise(&model->hll, mark, sparse_max), expected);
    model->twin.hint = 0;
    CHECK_INT(hll_raise(&model->twin, mark, sparse_max), expected);
    if (changes) model->registers[mark.index] = mark.rank;
}

static struct hll_mark draw_mark(unsigned ranks, unsigned window)
{
    unsigned index = below(4) ? below(window) : below(HLL_REGISTERS);
    if (below(16) == 0) index = below(2) ? 0 : HLL_REGISTERS - 1;
    return (struct hll_mark){(uint16_t)index, (uint8_t)(1 + below(ranks))};
}

static void drive(unsigned ranks, unsigned window, size_t sparse_max)
{
    static struct model model;
    model_init(&model);
    for (int i = 0; i < STEPS; i++) {
        raise_one(&model, draw_mark(ranks, window), sparse_max);
        if (i % 37 == 0 || i < 200) check(&model);
    }
    check(&model);
}

TEST(registers_are_what_was_raised)
{
    random_init(&rng, 3);
    drive(2, 100, HLL_SPARSE_MAX);
    drive(3, 3000, HLL_SPARSE_MAX);
    drive(32, HLL_REGISTERS, HLL_SPARSE_MAX);
    drive(1, HLL_REGISTERS, HLL_SPARSE_MAX);
}

TEST(a_sparse_one_becomes_dense)
{
    random_init(&rng, 4);
    drive(5, 500, 200);
    drive(5, 500, 0);
    drive(51, HLL_REGISTERS, 3000);
}

/* As PFMERGE does it: the hint is used. */
TEST(ascending_registers_give_the_same_bytes)
{
    static struct model model;
    random_init(&rng, 5);
    for (int round = 0; round < 30; round++) {
        model_init(&model);
        unsigned step = 1 + below(80), ranks = 1 + below(4);
        for (int pass = 0; pass < 2; pass++)
            for (unsigned i = below(step); i < HLL_REGISTERS; i += 1 + below(step))
                raise_one(&model, (struct hll_mark){(uint16_t)i, (uint8_t)(1 + below(ranks))},
                          round % 3 ? HLL_SPARSE_MAX : 900);
        check(&model);
    }
}

/* What redis-server makes of the same elements. */
TEST(marks_are_those_of_redis)
{
    struct hll_mark a = hll_mark_of(BYTES("a"));
    CHECK_INT(a.index, 12711);
    CHECK_INT(a.rank, 2);
}

TEST(an_empty_one_is_the_known_bytes)
{
    uint8_t room[HLL_DENSE];
    struct hll hll = {.bytes = room, .capacity = sizeof room};
    hll_init_empty(&hll);
    struct bytes expected = BYTES("HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff");
    CHECK_BYTES(hll.bytes, hll.len, expected.ptr, expected.len);
    uint64_t count = 1;
    CHECK(hll_cached_count(view(&hll), &count) && count == 0);
    CHECK(hll_count(view(&hll), &count) && count == 0);
}

TEST(a_count_is_kept_until_something_changes)
{
    uint8_t room[HLL_DENSE];
    struct hll hll = {.bytes = room, .capacity = sizeof room};
    uint64_t count;
    hll_init_empty(&hll);
    hll_cache_count(hll.bytes, 0x0102030405060708);
    CHECK(hll_cached_count(view(&hll), &count) && count == 0x0102030405060708);
    CHECK(hll_to_dense(&hll) && hll_cached_count(view(&hll), &count));
    hll_raise(&hll, (struct hll_mark){7, 3}, 0);
    CHECK(!hll_cached_count(view(&hll), &count));
    hll_cache_count(hll.bytes, 1);
    CHECK_INT(hll_raise(&hll, (struct hll_mark){7, 3}, 0), HLL_SAME);
    CHECK(hll_cached_count(view(&hll), &count) && count == 1);
}

TEST(counts_are_close_and_the_self_test_passes)
{
    CHECK(hll_selftest() == NULL);
}

TEST(registers_that_no_hash_makes_are_counted_without_harm)
{
    static uint8_t registers[HLL_REGISTERS];
    memset(registers, 63, sizeof registers);
    CHECK(hll_count_registers(registers) == (uint64_t)1 << 63);
    memset(registers, 51, sizeof registers);
    CHECK(hll_count_registers(registers) > 0);
    memset(registers, 0, sizeof registers);
    CHECK_INT(hll_count_registers(registers), 0);
}

/* Runs that come to more or fewer registers than there are, or end in the middle of one. */
TEST(wrong_runs_are_refused)
{
    static const char *const runs[] = {"",
                                       "\x7f\xfe",
                                       "\x7f\xff\x7f\xff",
                                       "\x7f\xff\x80",
                                       "\x7f\xff\x01",
                                       "\x7f\xfe\x81",
                                       "\x7f",
                                       "\x7f\xfe\x40",
                                       "\x3f\x3f",
                                       NULL};
    static uint8_t registers[HLL_REGISTERS];
    uint8_t room[HLL_DENSE];
    for (int i = 0; runs[i]; i++) {
        struct hll hll = {.bytes = room, .capacity = sizeof room};
        uint64_t count;
        hll_init_empty(&hll);
        memcpy(room + HLL_HEADER, runs[i], strlen(runs[i]));
        hll.len = HLL_HEADER + strlen(runs[i]);
        CHECK(hll_is_one(view(&hll)));
        CHECK(!hll_count(view(&hll), &count));
        CHECK(!hll_merge(view(&hll), registers));
        CHECK(!hll_to_dense(&hll));
        CHECK_INT(hll_raise(&hll, (struct hll_mark){0, 33}, 3000), HLL_CORRUPT);
    }
}

TEST(what_is_too_long_is_refused)
{
    size_t len = HLL_SPARSE_MAX + 1;
    static uint8_t registers[HLL_REGISTERS], room[HLL_SPARSE_MAX + 1];
    struct hll hll = {.bytes = room, .capacity = len};
    uint64_t count;
    hll_init_empty(&hll);
    memset(room + HLL_HEADER, 0x80, len - HLL_HEADER);
    hll.len = len;
    CHECK(!hll_count(view(&hll), &count) && !hll_merge(view(&hll), registers));
    CHECK_INT(hll_raise(&hll, (struct hll_mark){0, 5}, len), HLL_CORRUPT);
    CHECK(!hll_to_dense(&hll));
}

TEST(what_is_none_is_told)
{
    uint8_t room[HLL_DENSE + 1] = "HYLL";
    CHECK(hll_is_one(bytes_make(room, HLL_DENSE)));
    CHECK(!hll_is_one(bytes_make(room, HLL_DENSE - 1)));
    CHECK(!hll_is_one(bytes_make(room, HLL_DENSE + 1)));
    CHECK(!hll_is_one(bytes_make(room, HLL_HEADER - 1)));
    CHECK(!hll_is_one(bytes_make(NULL, 0)));
    room[4] = 2;
    CHECK(!hll_is_one(bytes_make(room, HLL_DENSE)));
    room[4] = 1;
    CHECK(hll_is_one(bytes_make(room, HLL_HEADER)));
    room[0] = 'h';
    CHECK(!hll_is_one(bytes_make(room, HLL_DENSE)));
}
