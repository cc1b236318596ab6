/* Tests of types/hash beside an array, under limits so small that forms change constantly, with
 * fields that expire. */
#include "types/hash.h"

#include <stdio.h>
#include <stdlib.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/payload.h"
#include "support/seed.h"

enum { NAMES = 300, ROUNDS = 40, STEPS = 1500, TEXT_MAX = 700 };

static struct random rng;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)random_below(&rng, bound);
}

static struct bytes name_of(uint32_t number, char *text)
{
    static const char *const forms[] = {"%u", "f%u", "%0126u", "%0127u", "%0300u"};
    uint32_t form = number % 5;
    return bytes_make(text, (size_t)sprintf(text, forms[form], form > 1 ? number : number + 1));
}

static struct bytes value_of(uint32_t version, char *text)
{
    static const char *const forms[] = {"%u", "value %u", "%0253u", "%0254u", "%0255u", "%0600u"};
    return bytes_make(text, (size_t)sprintf(text, forms[version % 6], version));
}

struct field {
    bool exists;
    uint32_t version;
    int64_t expiry_ms;
};

struct model {
    struct value hash;
    struct type_limits limits;
    int64_t now_ms;
    uint32_t span, versions;
    struct field fields[NAMES];
};

static void model_init(struct model *model)
{
    memset(model, 0, sizeof *model);
    model->hash = value_new(VALUE_HASH);
    model->limits = type_limits_standard;
    model->limits.hash_max_listpack_entries = below(12);
    model->limits.hash_max_listpack_value = below(2) ? 1000 : 9;
    model->limits.hash_key = (struct hash_key){{random_next(&rng), 5}};
    model->span = below(2) ? 20 : NAMES;
    model->now_ms = 1000;
}

static bool is_live(const struct model *model, uint32_t number)
{
    return model->fields[number].exists && model->fields[number].expiry_ms > model->now_ms;
}

static uint32_t count_live(const struct model *model)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->span; i++)
        count += is_live(model, i);
    return count;
}

static uint32_t get_number(const struct model *model, struct bytes field)
{
    char text[TEXT_MAX];
    for (uint32_t i = 0; i < model->span; i++)
        if (bytes_equal(name_of(i, text), field)) return i;
    test_fail(__FILE__, __LINE__, "an unknown field");
    return 0;
}

static void check_entry(const struct model *model, const struct hash_entry *entry)
{
    char text[TEXT_MAX];
    uint32_t number = get_number(model, entry->field);
    CHECK(is_live(model, number));
    CHECK_INT(entry->expiry_ms, model->fields[number].expiry_ms);
    CHECK(bytes_equal(entry->value, value_of(model->fields[number].version, text)));
}

static void check_fields(const struct model *model, const struct value *hash)
{
    struct hash_cursor cursor;
    struct hash_entry entry;
    uint32_t count = 0;
    hash_begin(&cursor, hash, model->now_ms);
    for (; hash_next(&cursor, &entry); count++)
        check_entry(model, &entry);
    CHECK_INT(count, count_live(model));
    CHECK(value_count(hash) >= count);
}

struct visited {
    const struct model *model;
    uint32_t count;
};

static void visit(void *context, const struct hash_entry *entry)
{
    struct visited *visited = context;
    check_entry(visited->model, entry);
    visited->count++;
}

static void check_scan(const struct model *model)
{
    struct visited visited = {model, 0};
    uint32_t cursor = 0;
    do
        cursor = hash_scan(&model->hash, cursor, model->now_ms, visit, &visited);
    while (cursor);
    CHECK_INT(visited.count, count_live(model));
}

static void check_copy(const struct model *model)
{
    int64_t before = mem_unattached_bytes();
    struct value copy = value_copy(&model->hash, NULL);
    CHECK_INT(value_block_size(&copy), mem_unattached_bytes() - before);
    value_check(&copy);
    check_fields(model, &copy);
    value_free(&copy);
}

static void check_dump(const struct model *model)
{
    struct value restored;
    if (value_is_empty(&model->hash)) return;
    REQUIRE(payload_there_and_back(&model->hash, &model->limits, &restored));
    value_check(&restored);
    check_fields(model, &restored);
    CHECK_INT(value_count(&restored), value_count(&model->hash));
    CHECK(have_same_digest(&model->hash, &restored));
    value_free(&restored);
}

static int64_t draw_expiry(const struct model *model)
{
    return below(3) ? INT64_MAX : model->now_ms + 1 + below(200);
}

static void step_set(struct model *model)
{
    char name[TEXT_MAX], text[TEXT_MAX];
    uint32_t number = below(model->span), version = model->versions++;
    struct field *field = &model->fields[number];
    bool was_live = is_live(model, number);
    struct hash_entry entry = {name_of(number, name), value_of(version, text), draw_expiry(model)};
    if (below(5) == 0) entry.expiry_ms = HASH_KEEP_EXPIRY;
    CHECK_INT(hash_set(&model->hash, &entry, model->now_ms, &model->limits), !was_live);
    if (entry.expiry_ms != HASH_KEEP_EXPIRY)
        field->expiry_ms = entry.expiry_ms;
    else if (!was_live)
        field->expiry_ms = INT64_MAX;
    field->exists = true;
    field->version = version;
}

static void step_remove(struct model *model)
{
    char name[TEXT_MAX];
    uint32_t number = below(model->span);
    bool was_live = is_live(model, number);
    CHECK_INT(hash_remove(&model->hash, name_of(number, name), model->now_ms), was_live);
    model->fields[number].exists = false;
}

static void step_expiry(struct model *model)
{
    char name[TEXT_MAX];
    uint32_t number = below(model->span);
    if (!is_live(model, number)) return;
    int64_t expiry_ms = draw_expiry(model);
    hash_set_expiry(&model->hash, name_of(number, name), expiry_ms, &model->limits);
    model->fields[number].expiry_ms = expiry_ms;
}

static void step_look(const struct model *model)
{
    char name[TEXT_MAX], text[TEXT_MAX];
    uint32_t number = below(model->span);
    struct hash_found found;
    bool is_there = hash_get(&model->hash, name_of(number, name), model->now_ms, &found);
    CHECK_INT(is_there, is_live(model, number));
    if (!is_there || test_failed()) return;
    CHECK(bytes_equal(found.value, value_of(model->fields[number].version, text)));
    CHECK_INT(found.expiry_ms, model->fields[number].expiry_ms);
}

static void step_expire(struct model *model)
{
    uint64_t before = value_count(&model->hash);
    int64_t due_ms = hash_next_expiry_ms(&model->hash);
    uint32_t gone = hash_expire(&model->hash, model->now_ms, below(2) ? 3 : 1000);
    CHECK_INT(value_count(&model->hash), before - gone);
    if (due_ms > model->now_ms) CHECK_INT(gone, 0);
    while (hash_next_expiry_ms(&model->hash) <= model->now_ms)
        hash_expire(&model->hash, model->now_ms, 3);
    CHECK_INT(value_count(&model->hash), count_live(model));
}

static void step_change(struct model *model, bool grows)
{
    uint32_t kind = below(10);
    model->now_ms += below(3);
    if (kind == 0)
        step_expire(model);
    else if (kind < 3)
        step_expiry(model);
    else if (grows)
        step_set(model);
    else
        step_remove(model);
}

static void run_model(void)
{
    struct model model;
    model_init(&model);
    for (int step = 0; step < STEPS && !test_failed(); step++) {
        step_change(&model, below(1000) < (step / 300 % 2 ? 350u : 650u));
        step_look(&model);
        value_check(&model.hash);
        if (below(40)) continue;
        check_fields(&model, &model.hash);
        check_scan(&model);
        check_copy(&model);
        check_dump(&model);
    }
    value_free(&model.hash);
}

TEST(hashes_are_like_the_model)
{
    int64_t before = mem_unattached_bytes();
    test_seed(&rng, "hash");
    for (int round = 0; round < ROUNDS && !test_failed(); round++)
        run_model();
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(memory_of_a_large_hash)
{
    enum { FIELDS = 100000 };
    int64_t before = mem_unattached_bytes();
    struct value hash = value_new(VALUE_HASH);
    for (int i = 0; i < FIELDS; i++) {
        char field[16], value[16];
        struct hash_entry entry = {.expiry_ms = INT64_MAX};
        entry.field = bytes_make(field, (size_t)sprintf(field, "f%07d", i));
        entry.value = bytes_make(value, (size_t)sprintf(value, "v%07d", i));
        hash_set(&hash, &entry, 0, &type_limits_standard);
    }
    int64_t bytes = mem_unattached_bytes() - before;
    printf("hash: %.1f bytes a field and value of 8\n", (double)bytes / FIELDS);
    CHECK(bytes < (int64_t)FIELDS * 45); /* redis-server 7.0.15: 75 */
    CHECK(value_block_size(&hash) > (size_t)bytes * 9 / 10);
    CHECK(value_block_size(&hash) < (size_t)bytes * 11 / 10);
    free_in_steps(&hash, 1000);
    CHECK_INT(mem_unattached_bytes(), before);
}

/* How many fields a payload has; -1: it is refused. */
static int restored(struct bytes payload)
{
    struct value value;
    if (!payload_restore(payload, &type_limits_standard, &value)) return -1;
    value_check(&value);
    int count = (int)value_count(&value);
    value_free(&value);
    return count;
}

#define TIME_1000 "\xe8\x03\0\0\0\0\0\0"

TEST(payloads_are_read_or_refused)
{
    int64_t before = mem_unattached_bytes();
    CHECK_INT(restored(BYTES("\x04\x02\x01"
                             "a\x01"
                             "1\x01"
                             "b\x01"
                             "2")),
              2);
    CHECK_INT(restored(BYTES("\x04\x02\x01"
                             "a\x01"
                             "1\x01"
                             "a\x01"
                             "2")),
              -1);
    CHECK_INT(restored(BYTES("\x04\x00")), -1);
    CHECK_INT(restored(BYTES("\x04\x01\x01"
                             "a")),
              -1);
    CHECK_INT(restored(BYTES("\x10\x0b\x0b\0\0\0\x02\0\x01\x01\x02\x01\xff")), 1);
    CHECK_INT(restored(BYTES("\x10\x0d\x0d\0\0\0\x03\0\x01\x01\x02\x01\x03\x01\xff")), -1);
    CHECK_INT(restored(BYTES("\x10\x0f\x0f\0\0\0\x04\0\x01\x01\x02\x01\x01\x01\x02\x01\xff")), -1);
    CHECK_INT(restored(BYTES("\x18" TIME_1000 "\x02\x01\x01"
                             "a\x01"
                             "1\x00\x01"
                             "b\x01"
                             "2")),
              2);
    CHECK_INT(restored(BYTES("\x18\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x01"
                             "a\x01"
                             "1")),
              -1);
    CHECK_INT(restored(BYTES("\x16\x01\x01"
                             "a\x01"
                             "1\xff\xff\xff\xff\xff\xff\xff\xff")),
              1);
    CHECK_INT(restored(BYTES("\x16\x01\x01"
                             "a\x01"
                             "1\xfe\xff\xff\xff\xff\xff\xff\xff")),
              -1);
    CHECK_INT(restored(BYTES("\x19" TIME_1000 "\x0d\x0d\0\0\0\x03\0\x01\x01\x02\x01\x05\x01\xff")),
              1);
    CHECK_INT(restored(BYTES("\x19" TIME_1000 "\x0b\x0b\0\0\0\x02\0\x01\x01\x02\x01\xff")), -1);
    CHECK_INT(mem_unattached_bytes(), before);
}

static void set_field(struct value *hash, const char *field, const char *value, int64_t expiry_ms)
{
    struct hash_entry entry = {bytes_of_string(field), bytes_of_string(value), expiry_ms};
    hash_set(hash, &entry, 0, &type_limits_standard);
}

static void check_dumped(const struct value *hash, struct bytes expected)
{
    struct buf dump = {0};
    value_dump(hash, &dump, NULL);
    CHECK(bytes_equal(buf_view(&dump), expected));
    buf_fini(&dump);
}

TEST(small_hashes_keep_expiries_in_their_listpack)
{
    int64_t before = mem_unattached_bytes();
    struct value hash = value_new(VALUE_HASH);
    set_field(&hash, "a", "1", INT64_MAX);
    CHECK_STR(value_encoding_name(&hash), "listpack");
    set_field(&hash, "b", "2", 2000);
    set_field(&hash, "c", "3", 1000);
    CHECK_STR(value_encoding_name(&hash), "listpackex");
    CHECK_INT(hash_next_expiry_ms(&hash), 1000);
    check_dumped(&hash, BYTES("\x19" TIME_1000 "\x1e\x1e\0\0\0\x09\0"
                              "\x81\x63\x02\x03\x01\xc3\xe8\x02"
                              "\x81\x62\x02\x02\x01\xc7\xd0\x02"
                              "\x81\x61\x02\x01\x01\x00\x01\xff"));
    CHECK_INT(hash_expire(&hash, 1500, 10), 1);
    hash_set_expiry(&hash, BYTES("b"), INT64_MAX, &type_limits_standard);
    CHECK_STR(value_encoding_name(&hash), "listpackex");
    CHECK_INT(hash_next_expiry_ms(&hash), INT64_MAX);
    check_dumped(&hash, BYTES("\x04\x02\x01"
                              "a\xc0\x01\x01"
                              "b\xc0\x02"));
    char longer[100] = {0};
    memset(longer, 'x', sizeof longer - 1);
    set_field(&hash, longer, "4", 3000);
    CHECK_STR(value_encoding_name(&hash), "hashtable");
    CHECK_INT(hash_next_expiry_ms(&hash), 3000);
    value_free(&hash);
    CHECK_INT(mem_unattached_bytes(), before);
}
