/* Tests of types/zset beside a sorted array, with limits so small that sets become large all the
 * time; dumped, restored, copied and gathered, and corrupt payloads. */
#include "types/zset.h"

#include <math.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/payload.h"
#include "support/seed.h"
#include "types/listpack.h"
#include "types/rdb_payload.h"
#include "types/zset_gather.h"

enum { MODEL_MAX = 300, MEMBER_MAX = 24 };

struct element {
    double score;
    uint8_t len;
    uint8_t member[MEMBER_MAX];
};

struct model {
    struct value set;
    uint32_t count;
    struct element elements[MODEL_MAX];
};

static const struct type_limits tiny = {.zset_max_listpack_entries = 12,
                                        .zset_max_listpack_value = 18};
static struct random rng;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)random_below(&rng, bound);
}

static struct bytes member_of(const struct element *element)
{
    return bytes_make(element->member, element->len);
}

static double draw_score(void)
{
    static const double odd[] = {INFINITY, -INFINITY, 1e17, 0.1, 4611686018427387904.0, -2.5e-300};
    return below(12) ? (double)below(12) / 4 - 1 : odd[below(6)];
}

/* Integers, short ones, and those of each length around where an item's form changes. */
static void draw_member(struct element *element)
{
    if (below(3) == 0) {
        element->len = (uint8_t)number_write_int((char *)element->member, (int64_t)below(150) - 20);
        return;
    }
    element->len = (uint8_t)(below(2) ? below(4) : below(6) ? 7 + below(3) : 13 + below(10));
    for (unsigned i = 0; i < element->len; i++)
        element->member[i] = (uint8_t)(i < 2 ? 'a' + below(3) : i % 2 ? 0xff : 0);
}

static struct element draw(void)
{
    struct element element = {.score = draw_score()};
    draw_member(&element);
    return element;
}

static int compare(const struct element *a, const struct element *b)
{
    if (a->score != b->score) return a->score < b->score ? -1 : 1;
    return bytes_compare(member_of(a), member_of(b));
}

/* The place of a member, `count` if it is not there. */
static uint32_t model_find(const struct model *model, struct bytes member)
{
    uint32_t at = 0;
    while (at < model->count && !bytes_equal(member_of(&model->elements[at]), member))
        at++;
    return at;
}

static void model_drop(struct model *model, uint32_t at, uint32_t count)
{
    memmove(&model->elements[at], &model->elements[at + count],
            (model->count - at - count) * sizeof(struct element));
    model->count -= count;
}

static void model_put(struct model *model, const struct element *element)
{
    uint32_t at = 0;
    while (at < model->count && compare(&model->elements[at], element) < 0)
        at++;
    memmove(&model->elements[at + 1], &model->elements[at],
            (model->count++ - at) * sizeof *element);
    model->elements[at] = *element;
}

/* What adding with flags should come to; the model follows. */
static enum zset_outcome model_add(struct model *model, struct element *element, unsigned flags)
{
    uint32_t at = model_find(model, member_of(element));
    if (at == model->count) {
        if (flags & ZSET_XX) return ZSET_REFUSED;
        model_put(model, element);
        return ZSET_ADDED;
    }
    double old = model->elements[at].score;
    if (flags & ZSET_NX) return ZSET_REFUSED;
    if (flags & ZSET_INCR) element->score += old;
    if (isnan(element->score)) return ZSET_NAN;
    if (flags & ZSET_GT && element->score <= old) return ZSET_REFUSED;
    if (flags & ZSET_LT && element->score >= old) return ZSET_REFUSED;
    if (element->score == old) return ZSET_SAME;
    model_drop(model, at, 1);
    model_put(model, element);
    return ZSET_UPDATED;
}

static void step_add(struct model *model)
{
    static const unsigned choices[] = {
        0, 0, 0, ZSET_NX, ZSET_XX, ZSET_GT, ZSET_LT, ZSET_INCR, ZSET_INCR | ZSET_GT};
    struct element element = draw();
    unsigned flags = choices[below(9)];
    if (model->count && below(2)) {
        element = model->elements[below(model->count)];
        element.score = draw_score();
    }
    if (model->count == MODEL_MAX) return;
    double score = element.score;
    enum zset_outcome got = zset_add(&model->set, member_of(&element), &score, flags, &tiny);
    enum zset_outcome expected = model_add(model, &element, flags);
    CHECK_INT(got, expected);
    if (expected == ZSET_ADDED || expected == ZSET_UPDATED) CHECK(score == element.score);
}

static void step_remove(struct model *model)
{
    struct element element = draw();
    if (model->count && below(3)) element = model->elements[below(model->count)];
    uint32_t at = model_find(model, member_of(&element));
    bool has = at < model->count;
    CHECK(zset_remove(&model->set, member_of(&element)) == has);
    if (has) model_drop(model, at, 1);
}

static void step_remove_range(struct model *model)
{
    uint32_t start = below(model->count + 1), left = model->count - start;
    uint32_t count = below(4) ? below(6) : left;
    if (count > left) count = left;
    zset_remove_range(&model->set, (struct zset_range){start, start + count}, NULL);
    model_drop(model, start, count);
}

/* --- Checks ----------------------------------------------------------------------------------- */

static void check_element(const struct zset_element *got, const struct element *expected)
{
    CHECK(got->score == expected->score);
    CHECK_BYTES(got->member.ptr, got->member.len, expected->member, expected->len);
}

static void check_order(const struct model *model)
{
    struct zset_cursor cursor;
    struct zset_element element;
    uint32_t start = below(model->count + 1), i = start;
    zset_begin(&cursor, &model->set, start);
    for (; zset_next(&cursor, &element) && i < model->count; i++)
        check_element(&element, &model->elements[i]);
    CHECK_INT(i, model->count);
    if (start == model->count) return;
    zset_begin(&cursor, &model->set, start);
    for (i = start + 1; zset_prev(&cursor, &element) && i > 0; i--)
        check_element(&element, &model->elements[i - 1]);
    CHECK_INT(i, 0);
}

static void check_member(const struct model *model)
{
    struct element element = draw();
    double score = 0, ranked = 0;
    uint64_t rank = 0;
    uint32_t at = model_find(model, member_of(&element));
    bool has = at < model->count;
    CHECK(zset_score(&model->set, member_of(&element), &score) == has);
    CHECK(zset_rank(&model->set, member_of(&element), &rank, &ranked) == has);
    if (!has) return;
    CHECK_INT(rank, at);
    CHECK(score == model->elements[at].score && ranked == score);
}

static bool is_within(const struct zset_scores *scores, double score)
{
    if (scores->min_excluded ? score <= scores->min : score < scores->min) return false;
    return scores->max_excluded ? score < scores->max : score <= scores->max;
}

static void check_scores(const struct model *model)
{
    struct zset_scores scores = {draw_score(), draw_score(), below(2), below(2)};
    struct zset_range range = zset_range_of_scores(&model->set, &scores);
    for (uint32_t i = 0; i < model->count; i++) {
        bool inside = i >= range.start && i < range.end;
        CHECK(inside == is_within(&scores, model->elements[i].score));
    }
}

static void check_same(const struct value *a, const struct value *b)
{
    struct zset_cursor left, right;
    struct zset_element one, other;
    CHECK_INT(zset_count(a), zset_count(b));
    zset_begin(&left, a, 0);
    zset_begin(&right, b, 0);
    while (zset_next(&left, &one) && zset_next(&right, &other)) {
        CHECK(one.score == other.score);
        CHECK_BYTES(one.member.ptr, one.member.len, other.member.ptr, other.member.len);
    }
}

static void check_copy(const struct model *model)
{
    int64_t before = mem_unattached_bytes();
    struct value copy = value_copy(&model->set, NULL);
    CHECK_INT(value_block_size(&copy), mem_unattached_bytes() - before);
    value_check(&copy);
    check_same(&model->set, &copy);
    free_in_steps(&copy, 7);
}

static void check_dump(const struct model *model)
{
    struct value back;
    if (!model->count) return;
    const struct type_limits *limits = below(2) ? &tiny : &type_limits_standard;
    REQUIRE(payload_there_and_back(&model->set, limits, &back));
    value_check(&back);
    check_same(&model->set, &back);
    value_free(&back);
}

struct seen {
    const struct model *model;
    uint8_t times[MODEL_MAX];
};

static void on_scanned(void *context, const struct zset_element *element)
{
    struct seen *seen = context;
    uint32_t at = model_find(seen->model, element->member);
    REQUIRE(at < seen->model->count);
    CHECK(seen->model->elements[at].score == element->score);
    seen->times[at]++;
}

static void check_scan(const struct model *model)
{
    struct seen seen = {.model = model};
    uint32_t cursor = 0;
    do
        cursor = zset_scan(&model->set, cursor, on_scanned, &seen);
    while (cursor);
    for (uint32_t i = 0; i < model->count; i++)
        CHECK_INT(seen.times[i], 1);
}

static void check_model(const struct model *model)
{
    value_check(&model->set);
    CHECK_INT(zset_count(&model->set), model->count);
    check_order(model);
    check_member(model);
    check_scores(model);
    if (below(20)) return;
    check_copy(model);
    check_dump(model);
    check_scan(model);
}

/* Most rounds grow first, and shrink then. */
static void step(struct model *model, unsigned bias)
{
    if (below(10) < bias)
        step_add(model);
    else if (below(15))
        step_remove(model);
    else
        step_remove_range(model);
}

static void run_round(void)
{
    static struct model model;
    int64_t before = mem_unattached_bytes();
    model.set = value_new(VALUE_ZSET);
    for (unsigned i = 0; i < 2500 && !test_failed(); i++) {
        step(&model, i / 600 % 2 ? 4 : 9);
        check_model(&model);
        if (model.count || below(3)) continue;
        value_free(&model.set); /* as a key would: it begins anew */
        model.set = value_new(VALUE_ZSET);
    }
    value_free(&model.set);
    model.count = 0;
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(it_behaves_like_a_sorted_array)
{
    test_seed(&rng, "zset");
    for (int round = 0; round < 12; round++)
        run_round();
}

/* --- Ranges of bytes -------------------------------------------------------------------------- */

static struct zset_lex_bound draw_bound(struct element *element)
{
    draw_member(element);
    return (struct zset_lex_bound){below(4), member_of(element)};
}

static bool reaches(const struct zset_lex_bound *min, struct bytes member)
{
    int order = bytes_compare(member, min->member);
    if (min->end == ZSET_LEX_INCLUDED) return order >= 0;
    if (min->end == ZSET_LEX_EXCLUDED) return order > 0;
    return min->end == ZSET_LEX_FIRST;
}

static bool holds(const struct zset_lex_bound *max, struct bytes member)
{
    int order = bytes_compare(member, max->member);
    if (max->end == ZSET_LEX_INCLUDED) return order <= 0;
    if (max->end == ZSET_LEX_EXCLUDED) return order < 0;
    return max->end == ZSET_LEX_LAST;
}

static void check_lex(const struct model *model)
{
    struct element min, max;
    struct zset_lex lex = {draw_bound(&min), draw_bound(&max)};
    struct zset_range range = zset_range_of_lex(&model->set, &lex, below(2));
    for (uint32_t i = 0; i < model->count; i++) {
        struct bytes member = member_of(&model->elements[i]);
        bool inside = i >= range.start && i < range.end;
        CHECK(inside == (reaches(&lex.min, member) && holds(&lex.max, member)));
    }
}

TEST(members_of_equal_scores_have_ranges_of_bytes)
{
    static struct model model;
    model.set = value_new(VALUE_ZSET);
    for (unsigned i = 0; i < 200; i++) {
        struct element element = draw();
        double score = element.score = 1;
        zset_add(&model.set, member_of(&element), &score, 0, &tiny);
        model_add(&model, &element, 0);
        for (unsigned j = 0; j < 30; j++)
            check_lex(&model);
    }
    value_free(&model.set);
}

/* --- Gathering -------------------------------------------------------------------------------- */

static void gather_and_check(uint32_t count, const struct type_limits *limits)
{
    static struct model model;
    struct zset_gather gather;
    model.count = 0;
    zset_gather_init(&gather);
    for (uint32_t i = 0; i < count; i++) {
        struct element element = draw();
        struct zset_gathered gathered = zset_gather_at(&gather, member_of(&element), element.score);
        bool is_new = model_find(&model, member_of(&element)) == model.count;
        CHECK(gathered.is_new == is_new);
        if (!is_new) *gathered.score = element.score;
        model_add(&model, &element, 0);
        CHECK(zset_gather_has(&gather, member_of(&element)));
    }
    model.set = zset_gather_finish(&gather, limits, NULL);
    zset_gather_fini(&gather, NULL);
    value_check(&model.set);
    check_order(&model);
    CHECK_INT(zset_count(&model.set), model.count);
    value_free(&model.set);
}

TEST(what_is_gathered_is_in_order)
{
    int64_t before = mem_unattached_bytes();
    for (uint32_t count = 0; count < 200; count += 1 + count / 16) {
        gather_and_check(count, &tiny);
        gather_and_check(count, NULL);
    }
    struct zset_gather dropped;
    zset_gather_init(&dropped);
    zset_gather_at(&dropped, BYTES("a"), 1);
    zset_gather_fini(&dropped, NULL);
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(many_are_gathered_in_order)
{
    enum { COUNT = 50000 };
    struct zset_gather gather;
    struct zset_cursor cursor;
    struct zset_element element;
    double last = -1;
    zset_gather_init(&gather);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t number = below(UINT32_MAX);
        zset_gather_at(&gather, bytes_make(&number, sizeof number), number);
    }
    struct value set = zset_gather_finish(&gather, &tiny, NULL);
    value_check(&set);
    for (zset_begin(&cursor, &set, 0); zset_next(&cursor, &element); last = element.score)
        CHECK(element.score > last);
    value_free(&set);
}

/* --- Memory and payloads ---------------------------------------------------------------------- */

TEST(an_element_takes_half_of_what_a_skiplist_takes)
{
    enum { COUNT = 200000 };
    int64_t before = mem_unattached_bytes();
    struct value set = value_new(VALUE_ZSET);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint64_t member = random_next(&rng);
        double score = (double)(random_next(&rng) >> 11);
        zset_add(&set, bytes_make(&member, sizeof member), &score, 0, &type_limits_standard);
    }
    int64_t bytes = mem_unattached_bytes() - before;
    printf("zset: %.1f bytes an element\n", (double)bytes / COUNT);
    CHECK(bytes < (int64_t)(109 * 0.5 * COUNT));
    CHECK_INT(value_block_size(&set), bytes);
    value_free(&set);
    CHECK_INT(mem_unattached_bytes(), before);
}

static bool restores(uint8_t type, const struct buf *payload)
{
    struct rdb_reader reader;
    struct value set;
    rdb_reader_init(&reader, buf_view(payload));
    if (!value_restore(&set, &reader, type, &type_limits_standard, NULL)) return false;
    value_check(&set);
    value_free(&set);
    return true;
}

static bool restores_pack(const char *const *elements)
{
    struct buf payload = {0};
    struct listpack *pack = listpack_new();
    for (; *elements; elements++)
        listpack_append(&pack, listpack_string(bytes_of_string(*elements)));
    rdb_write_string(&payload, listpack_view(pack));
    bool done = restores(RDB_ZSET_LISTPACK, &payload);
    listpack_free(pack);
    buf_fini(&payload);
    return done;
}

TEST(unsound_payloads_are_refused)
{
    CHECK(restores_pack((const char *const[]){"a", "1", "b", "0.5", NULL})); /* in another order */
    CHECK(!restores_pack((const char *const[]){NULL}));
    CHECK(!restores_pack((const char *const[]){"a", NULL}));
    CHECK(!restores_pack((const char *const[]){"a", "1", "a", "2", NULL}));
    CHECK(!restores_pack((const char *const[]){"1", "1", "1", "2", NULL}));
    CHECK(!restores_pack((const char *const[]){"a", "nan", NULL}));
    CHECK(!restores_pack((const char *const[]){"a", "one", NULL}));
}

static void write_scored(struct buf *payload, uint64_t count, double score)
{
    rdb_write_length(payload, count);
    rdb_write_string(payload, BYTES("member"));
    rdb_write_double(payload, score);
    rdb_write_string(payload, BYTES("17"));
    rdb_write_double(payload, 2);
}

TEST(unsound_scores_are_refused)
{
    struct buf sound = {0}, with_nan = {0}, too_short = {0};
    write_scored(&sound, 2, -0.0);
    write_scored(&with_nan, 2, NAN);
    write_scored(&too_short, UINT64_MAX, 1);
    CHECK(restores(RDB_ZSET, &sound));
    CHECK(!restores(RDB_ZSET, &with_nan));
    CHECK(!restores(RDB_ZSET, &too_short));
    CHECK(!restores(RDB_ZSET_TEXT, &sound));
    buf_fini(&sound);
    buf_fini(&with_nan);
    buf_fini(&too_short);
}
