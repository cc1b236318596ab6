/* Tests of ds/counted_btree beside a sorted array, with nodes so small that they split and join all
 * the time. */
#include "ds/counted_btree.h"

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { MODEL_MAX = 900, MEMBER_MAX = 4 };

struct item {
    double score;
    uint8_t len;
    uint8_t member[MEMBER_MAX];
};

struct model {
    struct counted_btree *tree;
    uint32_t count;
    struct item *items[MODEL_MAX];
};

static struct random rng;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)random_below(&rng, bound);
}

static struct bytes member_of(const void *item)
{
    const struct item *it = item;
    return bytes_make(it->member, it->len);
}

/* Few scores and few members, so that both matter. */
static void item_draw(struct item *item)
{
    static const double odd[] = {-__builtin_inf(), __builtin_inf(), 0.0, -0.0};
    item->score = below(10) ? (double)below(12) / 4 - 1 : odd[below(4)];
    item->len = (uint8_t)below(MEMBER_MAX + 1);
    for (unsigned i = 0; i < item->len; i++)
        item->member[i] = (uint8_t)(below(3) * 100);
}

static int item_compare(const struct item *a, const struct item *b)
{
    if (a->score != b->score) return a->score < b->score ? -1 : 1;
    return bytes_compare(member_of(a), member_of(b));
}

static uint32_t model_rank(const struct model *model, const struct item *item)
{
    uint32_t rank = 0;
    while (rank < model->count && item_compare(model->items[rank], item) < 0)
        rank++;
    return rank;
}

static bool model_has(const struct model *model, uint32_t rank, const struct item *item)
{
    return rank < model->count && item_compare(model->items[rank], item) == 0;
}

static void step_insert(struct model *model)
{
    struct item drawn;
    item_draw(&drawn);
    uint32_t rank = model_rank(model, &drawn);
    if (model->count == MODEL_MAX || model_has(model, rank, &drawn)) return;
    struct item *item = malloc(sizeof *item);
    *item = drawn;
    memmove(&model->items[rank + 1], &model->items[rank],
            (model->count++ - rank) * sizeof(struct item *));
    model->items[rank] = item;
    counted_btree_insert(model->tree, (struct counted_entry){item->score, item});
}

static void model_drop(struct model *model, uint32_t rank, uint32_t count)
{
    for (uint32_t i = rank; i < rank + count; i++)
        free(model->items[i]);
    memmove(&model->items[rank], &model->items[rank + count],
            (model->count - rank - count) * sizeof(struct item *));
    model->count -= count;
}

static void step_remove(struct model *model)
{
    struct item item;
    item_draw(&item);
    if (model->count && below(4)) item = *model->items[below(model->count)];
    uint32_t rank = model_rank(model, &item);
    bool has = model_has(model, rank, &item);
    struct counted_entry entry = {item.score, &item};
    CHECK(counted_btree_remove(model->tree, entry) == has);
    if (has) model_drop(model, rank, 1);
}

struct expected {
    const struct model *model;
    uint32_t rank;
};

static void on_removed(void *context, void *item)
{
    struct expected *expected = context;
    CHECK(expected->model->items[expected->rank++] == item);
}

static void step_remove_range(struct model *model)
{
    uint32_t rank = below(model->count + 1), count = below(below(8) ? 20 : MODEL_MAX);
    uint32_t left = model->count - rank, removed = count < left ? count : left;
    struct expected expected = {model, rank};
    CHECK_INT(counted_btree_remove_range(model->tree, rank, count, on_removed, &expected), removed);
    CHECK_INT(expected.rank, rank + removed);
    model_drop(model, rank, removed);
}

static void check_rank(const struct model *model)
{
    struct item item;
    item_draw(&item);
    struct counted_key key = {item.score, COUNTED_AT_MEMBER, member_of(&item)};
    CHECK_INT(counted_btree_rank(model->tree, &key), model_rank(model, &item));
    uint32_t before = 0, until = 0;
    for (uint32_t i = 0; i < model->count; i++) {
        before += model->items[i]->score < item.score;
        until += model->items[i]->score <= item.score;
    }
    key.edge = COUNTED_BEFORE_ALL;
    CHECK_INT(counted_btree_rank(model->tree, &key), before);
    key.edge = COUNTED_AFTER_ALL;
    CHECK_INT(counted_btree_rank(model->tree, &key), until);
}

static void check_from(const struct model *model, uint32_t rank)
{
    struct counted_cursor forth = counted_btree_at(model->tree, rank), back = forth;
    for (uint32_t i = rank; i < model->count && forth.leaf; i++, counted_cursor_next(&forth))
        CHECK(counted_cursor_entry(&forth).item == model->items[i]);
    CHECK(!forth.leaf);
    if (rank == model->count) return;
    uint32_t i = rank + 1;
    for (; i > 0 && back.leaf; i--, counted_cursor_prev(&back))
        CHECK(counted_cursor_entry(&back).item == model->items[i - 1]);
    CHECK(i == 0 && !back.leaf);
}

static void check_model(const struct model *model, int64_t bytes_before)
{
    counted_btree_check(model->tree);
    CHECK_INT(counted_btree_count(model->tree), model->count);
    CHECK_INT(mem_unattached_bytes() - bytes_before,
              (int64_t)counted_btree_block_size(model->tree));
    check_rank(model);
    check_from(model, below(model->count + 1));
}

static void step(struct model *model, unsigned bias)
{
    if (below(10) < bias)
        step_insert(model);
    else if (below(20))
        step_remove(model);
    else
        step_remove_range(model);
}

static void run_round(struct counted_limits limits)
{
    static struct model model;
    int64_t before = mem_unattached_bytes();
    model.tree = counted_btree_new(member_of, limits);
    uint32_t most = 0;
    for (unsigned i = 0; i < 3000 && !test_failed(); i++) {
        step(&model, i / 750 % 2 ? 4 : 9);
        check_model(&model, before);
        most = model.count > most ? model.count : most;
    }
    CHECK(most > 150); /* or there was no depth */
    counted_btree_free(model.tree);
    model_drop(&model, 0, model.count);
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(it_behaves_like_a_sorted_array)
{
    test_seed(&rng, "counted_btree");
    for (int round = 0; round < 4; round++) {
        run_round((struct counted_limits){4, 4});
        run_round((struct counted_limits){5, 7});
        run_round((struct counted_limits){0, 0});
    }
}

static struct bytes no_member(const void *item)
{
    (void)item;
    return BYTES("");
}

static struct bytes four_bytes(const void *item)
{
    return bytes_make(item, 4);
}

TEST(where_scores_are_equal_members_alone_find_their_place)
{
    enum { COUNT = 500 };
    struct counted_btree *tree = counted_btree_new(four_bytes, (struct counted_limits){4, 4});
    static char members[COUNT][16]; /* four digits count */
    for (int i = 0; i < COUNT; i++) {
        snprintf(members[i], sizeof members[i], "%04d", i * 2);
        counted_btree_append(tree, (struct counted_entry){1, members[i]});
    }
    counted_btree_check(tree);
    for (int i = 0; i < COUNT * 2; i++) {
        char member[16];
        snprintf(member, sizeof member, "%04d", i);
        struct counted_key key = {7, COUNTED_AT_MEMBER_ALONE, bytes_make(member, 4)};
        CHECK_INT(counted_btree_rank(tree, &key), (i + 1) / 2);
    }
    counted_btree_free(tree);
}

static void check_ascending(void (*add)(struct counted_btree *tree, struct counted_entry entry))
{
    enum { COUNT = 100000 };
    struct counted_btree *tree = counted_btree_new(no_member, (struct counted_limits){0, 0});
    for (int i = 0; i < COUNT; i++)
        add(tree, (struct counted_entry){i, NULL});
    counted_btree_check(tree);
    CHECK(counted_btree_block_size(tree) < COUNT * 18);
    CHECK_INT(counted_btree_remove_range(tree, 0, UINT64_MAX, NULL, NULL), COUNT);
    CHECK_INT(counted_btree_count(tree), 0);
    counted_btree_check(tree);
    counted_btree_free(tree);
}

TEST(ascending_keys_fill_the_nodes)
{
    check_ascending(counted_btree_insert);
    check_ascending(counted_btree_append);
}
