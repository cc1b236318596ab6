/* Tests of ds/mintree against an array. */
#include "ds/mintree.h"

#include <stdio.h>

#include "base/random.h"
#include "mem/mem.h"
#include "support/check.h"

enum { MAX = 5000, STEPS = 60000 };

struct model {
    struct mintree *tree;
    uint32_t count;
    int64_t numbers[MAX];
};

static int64_t model_least(const struct model *model)
{
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < model->count; i++)
        if (model->numbers[i] < least) least = model->numbers[i];
    return least;
}

static int64_t draw(struct random *random)
{
    return random_below(random, 4) ? (int64_t)random_below(random, 100000) : INT64_MAX;
}

static void step(struct model *model, struct random *random, unsigned bias)
{
    uint32_t index = (uint32_t)random_below(random, model->count);
    int64_t number = draw(random);
    unsigned what = (unsigned)random_below(random, 10);
    if (what < bias && model->count < MAX) {
        model->tree = mintree_push(model->tree, number);
        model->numbers[model->count++] = number;
    } else if (what < 6 && model->count > 1) {
        model->tree = mintree_pop(model->tree);
        model->count--;
    } else if (what < 8) {
        mintree_set(model->tree, index, number);
        model->numbers[index] = number;
    } else {
        mintree_lower(model->tree, index, number);
        if (number < model->numbers[index]) model->numbers[index] = number;
    }
}

static void check(const struct model *model)
{
    mintree_check(model->tree);
    CHECK_INT(mintree_count(model->tree), model->count);
    int64_t least = model_least(model);
    CHECK_INT(mintree_least(model->tree), least);
    CHECK_INT(model->numbers[mintree_least_index(model->tree)], least);
    for (uint32_t i = 0; i < model->count; i++)
        if (mintree_at(model->tree, i) != model->numbers[i]) CHECK(!"a place differs");
}

TEST(the_least_is_the_least)
{
    int64_t before = mem_unattached_bytes();
    struct random random;
    random_init(&random, 11);
    static struct model model;
    model.tree = mintree_new(1);
    model.count = 1;
    model.numbers[0] = INT64_MAX;
    for (int i = 0; i < STEPS; i++) {
        unsigned bias = i / 10000 % 2 ? 2 : 5; /* now it shrinks, now it grows */
        step(&model, &random, bias);
        if (i % 101 == 0 || model.count < 70) check(&model);
        CHECK_INT(mem_unattached_bytes() - before, (int64_t)mintree_block_size(model.tree));
    }
    check(&model);
    mintree_free(model.tree);
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(a_large_tree_can_be_made_at_once)
{
    struct mintree *tree = mintree_new(1000);
    CHECK_INT(mintree_least(tree), INT64_MAX);
    mintree_lower(tree, 999, 5);
    CHECK_INT(mintree_least_index(tree), 999);
    mintree_check(tree);
    mintree_free(tree);
}
