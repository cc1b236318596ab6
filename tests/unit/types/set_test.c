/* Tests of types/set beside an array of flags, under limits so small that forms change constantly.
 */
#include "types/set.h"

#include <stdio.h>
#include <stdlib.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/payload.h"
#include "support/seed.h"

enum { NAMES = 400, ROUNDS = 40, STEPS = 1500 };

static struct random rng;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)random_below(&rng, bound);
}

/* Integers, short and long texts, none equal to another. */
static struct bytes name_of(uint32_t number, char *text)
{
    static const char *const forms[] = {"%u", "m%u", "-%u00000000", "%0300u"};
    uint32_t form = number % 4;
    int len = sprintf(text, forms[form], form == 3 ? number : number + 1);
    return bytes_make(text, (size_t)len);
}

struct model {
    struct value set;
    struct type_limits limits;
    uint32_t count, span; /* span: of the names that are used */
    bool has[NAMES];
};

static void model_init(struct model *model)
{
    memset(model, 0, sizeof *model);
    model->set = value_new(VALUE_SET);
    model->limits = type_limits_standard;
    model->limits.set_max_intset_entries = below(12);
    model->limits.set_max_listpack_entries = below(12);
    model->limits.set_max_listpack_value = below(2) ? 64 : 5;
    model->limits.hash_key = (struct hash_key){{random_next(&rng), 5}};
    model->span = below(2) ? 20 : NAMES;
}

static bool get_number(struct bytes member, const struct model *model, uint32_t *number)
{
    char text[512];
    for (*number = 0; *number < model->span; ++*number)
        if (bytes_equal(name_of(*number, text), member)) return true;
    return false;
}

static void check_members(const struct model *model, const struct value *set)
{
    struct set_cursor cursor;
    struct bytes member;
    bool seen[NAMES] = {false};
    uint32_t count = 0, number;
    set_begin(&cursor, set);
    for (; set_next(&cursor, &member); count++) {
        REQUIRE(get_number(member, model, &number));
        CHECK(!seen[number] && model->has[number]);
        seen[number] = true;
    }
    CHECK_INT(count, model->count);
    CHECK_INT(value_count(set), model->count);
    CHECK_INT(value_is_empty(set), model->count == 0);
}

static void check_batches(const struct model *model)
{
    struct set_cursor cursor;
    struct set_batch batch;
    uint32_t count = 0;
    set_begin(&cursor, &model->set);
    while (set_next_batch(&cursor, &batch)) {
        uint32_t all = batch.count == 32 ? UINT32_MAX : (1u << batch.count) - 1;
        count += batch.count;
        CHECK_INT(set_has_batch(&model->set, &batch, all), all);
        CHECK_INT(set_has_batch(&model->set, &batch, all & 5), all & 5);
        batch.is_hashed = false;
        batch.members[0] = BYTES("not there");
        CHECK_INT(set_has_batch(&model->set, &batch, all), all & ~1u);
    }
    CHECK_INT(count, model->count);
}

static void count_visit(void *context, struct bytes member)
{
    uint32_t *visited = context;
    CHECK(member.len > 0);
    ++*visited;
}

static void check_scan(const struct model *model)
{
    uint32_t cursor = 0, visited = 0;
    do
        cursor = set_scan(&model->set, cursor, count_visit, &visited);
    while (cursor);
    CHECK_INT(visited, model->count);
}

static void check_copy(const struct model *model)
{
    int64_t before = mem_unattached_bytes();
    struct value copy = value_copy(&model->set, NULL);
    CHECK_INT(value_block_size(&copy), mem_unattached_bytes() - before);
    value_check(&copy);
    check_members(model, &copy);
    value_free(&copy);
}

static void check_dump(const struct model *model)
{
    struct value restored;
    if (!model->count) return;
    REQUIRE(payload_there_and_back(&model->set, &model->limits, &restored));
    value_check(&restored);
    check_members(model, &restored);
    CHECK(have_same_digest(&model->set, &restored));
    value_free(&restored);
}

static void step_change(struct model *model, bool grows)
{
    char text[512], digits[NUMBER_INT_MAX];
    uint32_t number = below(model->span);
    if (grows) {
        CHECK_INT(set_add(&model->set, name_of(number, text), &model->limits), !model->has[number]);
        model->count += !model->has[number];
        model->has[number] = true;
        return;
    }
    struct bytes member = name_of(number, text);
    if (model->count && below(2)) { /* one that lies in the set */
        member = set_random(&model->set, &rng, digits);
        REQUIRE(get_number(member, model, &number));
        CHECK(model->has[number]);
    }
    CHECK_INT(set_remove(&model->set, member), model->has[number]);
    model->count -= model->has[number];
    model->has[number] = false;
}

static void step_look(const struct model *model)
{
    char text[512];
    uint32_t number = below(model->span);
    CHECK_INT(set_has(&model->set, name_of(number, text)), model->has[number]);
}

static void run_model(void)
{
    struct model model;
    model_init(&model);
    for (int step = 0; step < STEPS && !test_failed(); step++) {
        step_change(&model, below(1000) < (step / 300 % 2 ? 350u : 650u));
        step_look(&model);
        value_check(&model.set);
        if (below(40)) continue;
        check_members(&model, &model.set);
        check_batches(&model);
        check_scan(&model);
        check_copy(&model);
        check_dump(&model);
    }
    value_free(&model.set);
}

TEST(sets_are_like_the_model)
{
    int64_t before = mem_unattached_bytes();
    test_seed(&rng, "set");
    for (int round = 0; round < ROUNDS && !test_failed(); round++)
        run_model();
    CHECK_INT(mem_unattached_bytes(), before);
}

static void add_text(struct value *set, const char *text)
{
    set_add(set, bytes_of_string(text), &type_limits_standard);
}

TEST(the_form_follows_the_members)
{
    struct value set = value_new(VALUE_SET);
    add_text(&set, "7");
    CHECK_STR(value_encoding_name(&set), "intset");
    add_text(&set, "x");
    CHECK_STR(value_encoding_name(&set), "listpack");
    char long_text[66];
    memset(long_text, 'y', 65);
    long_text[65] = '\0';
    add_text(&set, long_text);
    CHECK_STR(value_encoding_name(&set), "hashtable");
    CHECK_INT(value_count(&set), 3);
    value_free(&set);
    set = value_new(VALUE_SET);
    for (int i = 0; i < 513; i++) {
        char text[16];
        CHECK_STR(value_encoding_name(&set), i ? "intset" : "listpack");
        sprintf(text, "%d", i);
        add_text(&set, text);
    }
    CHECK_STR(value_encoding_name(&set), "hashtable");
    value_free(&set);
}

TEST(memory_of_a_large_set)
{
    enum { MEMBERS = 100000 };
    int64_t before = mem_unattached_bytes();
    struct value set = value_new(VALUE_SET);
    for (int i = 0; i < MEMBERS; i++) {
        char text[16];
        sprintf(text, "m%07d", i);
        add_text(&set, text);
    }
    int64_t bytes = mem_unattached_bytes() - before;
    printf("set: %.1f bytes a member of 8\n", (double)bytes / MEMBERS);
    CHECK(bytes < (int64_t)MEMBERS * 35); /* redis-server 7.0.15: 59 */
    CHECK(value_block_size(&set) > (size_t)bytes * 9 / 10);
    CHECK(value_block_size(&set) < (size_t)bytes * 11 / 10);
    free_in_steps(&set, 1000);
    CHECK_INT(mem_unattached_bytes(), before);
}

static bool restores(struct bytes payload)
{
    struct value value;
    if (!payload_restore(payload, &type_limits_standard, &value)) return false;
    value_check(&value);
    value_free(&value);
    return true;
}

TEST(unsound_payloads_are_refused)
{
    int64_t before = mem_unattached_bytes();
    CHECK(restores(BYTES("\x02\x02\x01"
                         "a\x01"
                         "b")));
    CHECK(!restores(BYTES("\x02\x00")));
    CHECK(!restores(BYTES("\x02\x02\x01"
                          "a\x01"
                          "a")));
    CHECK(!restores(BYTES("\x02\x03\x01"
                          "a\x01"
                          "b")));
    CHECK(!restores(BYTES("\x02\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                          "a")));
    CHECK(restores(BYTES("\x0b\x0c\x02\0\0\0\x02\0\0\0\x01\0\x02\0")));
    CHECK(!restores(BYTES("\x0b\x0c\x02\0\0\0\x02\0\0\0\x02\0\x01\0")));
    CHECK(!restores(BYTES("\x0b\x08\x02\0\0\0\0\0\0\0")));
    CHECK(restores(BYTES("\x14\x0b\x0b\0\0\0\x02\0\x01\x01\x02\x01\xff")));
    CHECK(!restores(BYTES("\x14\x0b\x0b\0\0\0\x02\0\x01\x01\x01\x01\xff")));
    CHECK(!restores(BYTES("\x14\x07\x07\0\0\0\0\0\xff")));
    CHECK_INT(mem_unattached_bytes(), before);
}
