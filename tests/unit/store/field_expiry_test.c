/* Tests of the expiry of fields of hashes in store/keyspace and store/expire: keys of one slot in
 * two databases, beside an array of fields, while hashes are set, copied, renamed and overwritten,
 * and time goes on. */
#include "base/random.h"
#include "store/expire.h"
#include "store/garbage.h"
#include "store_fixture.h"
#include "support/seed.h"
#include "types/hash.h"

enum { KEYS = 30, FIELDS = 40, STEPS = 20000 };

struct model {
    bool is_hash;
    int64_t expiry_ms;         /* of the key */
    int64_t fields_ms[FIELDS]; /* 0: there is no such field; INT64_MAX: without an expiry */
};

static struct fixture fixture;
static struct garbage garbage;
static struct random rng;
static struct model models[2][KEYS];

static uint32_t below(uint32_t bound)
{
    return (uint32_t)random_below(&rng, bound);
}

struct name {
    char text[24];
};

static struct bytes key_of(uint32_t number, struct name *name)
{
    return bytes_make(name->text, (size_t)sprintf(name->text, "{x}%u", number));
}

static struct place place_of(uint16_t db, uint32_t number, struct name *name)
{
    struct place place = fixture_place(&fixture, db, key_of(number, name));
    place.garbage = &garbage;
    return place;
}

static int64_t draw_expiry(void)
{
    return below(3) ? fixture.now_ms + 1 + below(300) : INT64_MAX;
}

/* What has expired by now is gone; a hash without fields is, too. */
static void model_pass(struct model *model)
{
    bool any = false;
    for (int i = 0; i < FIELDS; i++) {
        if (model->fields_ms[i] <= fixture.now_ms) model->fields_ms[i] = 0;
        any |= model->fields_ms[i] != 0;
    }
    if (!any || model->expiry_ms <= fixture.now_ms) *model = (struct model){.expiry_ms = INT64_MAX};
}

static void change_field(struct value *value, struct model *model)
{
    struct name name;
    uint32_t number = below(FIELDS);
    struct bytes field = bytes_make(name.text, (size_t)sprintf(name.text, "f%u", number));
    if (below(4) == 0) {
        hash_remove(value, field, fixture.now_ms);
        model->fields_ms[number] = 0;
        return;
    }
    struct hash_entry entry = {field, BYTES("value"), draw_expiry()};
    hash_set(value, &entry, fixture.now_ms, &type_limits_standard);
    model->fields_ms[number] = entry.expiry_ms;
}

static void step_change(uint16_t db, uint32_t number)
{
    struct name name;
    struct place place = place_of(db, number, &name);
    struct model *model = &models[db][number];
    struct entry *entry = keyspace_find(&place);
    if (entry && !model->is_hash) return;
    struct value value = entry ? keyspace_open(&place, entry) : value_new(VALUE_HASH);
    model->is_hash = true;
    for (uint32_t i = below(4) + 1; i; i--)
        change_field(&value, model);
    entry = keyspace_close(&place, entry, &value, 0, CHANGE_HSET);
    if (!entry) *model = (struct model){.expiry_ms = INT64_MAX};
}

static void step_key(uint16_t db, uint32_t number)
{
    struct name name;
    struct place place = place_of(db, number, &name);
    struct model *model = &models[db][number];
    struct entry *entry = keyspace_find(&place);
    if (!entry) return;
    uint32_t kind = below(3);
    if (kind == 0) {
        keyspace_remove(&place, entry, CHANGE_DEL);
        *model = (struct model){.expiry_ms = INT64_MAX};
    } else if (kind == 1) {
        model->expiry_ms = draw_expiry();
        keyspace_set_expiry(&place, entry, model->expiry_ms);
    } else {
        struct str str = str_of_bytes(BYTES("a string"));
        keyspace_overwrite(&place, entry, &str, INT64_MAX, CHANGE_SET);
        *model = (struct model){.expiry_ms = INT64_MAX};
        keyspace_delete(&place);
    }
}

static void step_to(uint16_t db, uint32_t number)
{
    struct name name, to_name;
    uint16_t to_db = (uint16_t)below(2);
    uint32_t to_number = below(KEYS);
    struct place place = place_of(db, number, &name), to = place_of(to_db, to_number, &to_name);
    struct entry *entry = keyspace_find(&place);
    bool is_same = to_db == db && to_number == number;
    if (!entry || is_same) return;
    models[to_db][to_number] = models[db][number];
    if (below(2)) {
        keyspace_copy(entry, &to, NULL);
        return;
    }
    keyspace_rename(&place, entry, &to, CHANGE_RENAME_FROM, CHANGE_RENAME_TO);
    models[db][number] = (struct model){.expiry_ms = INT64_MAX};
}

static void expire_all(void)
{
    uint16_t slot = slot_of_key(BYTES("{x}"));
    struct expire_slice slice = {.store = fixture.store,
                                 .counters = &fixture.counters,
                                 .garbage = &garbage,
                                 .now_ms = fixture.now_ms,
                                 .max_keys = 1 + below(20),
                                 .max_buckets = 1 + below(20)};
    for (int i = 0; i < 10000; i++) {
        if (slot_next_expiry_ms(&fixture.store->slots[slot]) > fixture.now_ms) return;
        expire_slot(&slice, slot);
    }
    test_fail(__FILE__, __LINE__, "what is due does not go");
}

static void check_key(uint16_t db, uint32_t number)
{
    struct name name;
    struct place place = place_of(db, number, &name);
    struct model *model = &models[db][number];
    uint64_t expected = 0;
    model_pass(model);
    struct entry *entry = keyspace_find(&place);
    for (int i = 0; i < FIELDS; i++)
        expected += model->fields_ms[i] != 0;
    CHECK_INT(entry != NULL, expected > 0);
    if (!entry || test_failed()) return;
    struct value value = entry_view(entry);
    CHECK_INT(value_count(&value), expected);
    CHECK_INT(entry_expiry_ms(entry), model->expiry_ms);
}

static void check_all(void)
{
    expire_all();
    for (uint32_t number = 0; number < KEYS; number++) {
        check_key(0, number);
        check_key(1, number);
    }
}

static void step(void)
{
    uint16_t db = (uint16_t)below(2);
    uint32_t number = below(KEYS), kind = below(20);
    model_pass(&models[db][number]);
    if (kind < 15)
        step_change(db, number);
    else if (kind < 17)
        step_key(db, number);
    else
        step_to(db, number);
}

TEST(fields_expire_as_in_the_model)
{
    test_seed(&rng, "field_expiry");
    fixture_init(&fixture);
    garbage = (struct garbage){.keys = 0};
    for (int i = 0; i < KEYS; i++)
        models[0][i] = models[1][i] = (struct model){.expiry_ms = INT64_MAX};
    for (int i = 0; i < STEPS && !test_failed(); i++) {
        check_all();
        step();
        if (below(3) == 0) fixture.now_ms += below(30);
        keyspace_check(fixture.store, slot_of_key(BYTES("{x}")));
        garbage_slice(&garbage, 100);
    }
    garbage_fini(&garbage);
    fixture_fini(&fixture);
}
