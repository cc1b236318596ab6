/* Tests of store/keyspace against arrays of strings: some hundred keys of few slots in two
 * databases, changed in every way there is while time goes on and a snapshot runs now and then. */
#include "store/keyspace.h"

#include "base/random.h"
#include "store/expire.h"
#include "store/garbage.h"
#include "store_fixture.h"

enum { KEYS = 400, DATABASES = 2, STEPS = 60000, VALUE_MAX = 70000 };

struct model {
    bool exists;
    uint32_t len;
    uint8_t fill; /* the value is `len` times this, but for a decimal number */
    bool is_number;
    int64_t number;
    int64_t expiry_ms; /* INT64_MAX: none */
};

struct world {
    struct fixture fixture;
    struct random random;
    struct model values[DATABASES][KEYS];
    /* A snapshot: what was there when it began, and what it has been given since. */
    struct model cut[DATABASES][KEYS];
    uint8_t given[DATABASES][KEYS];
    bool snapshot;
    uint8_t epoch;
};

static struct world world;
static uint8_t new_bytes[VALUE_MAX], expected_bytes[VALUE_MAX];

static struct bytes key_of(uint32_t number)
{
    static char text[32];
    /* Three slots, of which one gets most. */
    uint32_t tag = number % 8 < 6 ? 0 : number % 8 - 5;
    return bytes_make(text, (size_t)snprintf(text, sizeof text, "{%u}%u", tag, number));
}

static uint32_t number_of(struct bytes key)
{
    const uint8_t *digits = (const uint8_t *)memchr(key.ptr, '}', key.len) + 1;
    int64_t number = -1;
    CHECK(number_parse_int(bytes_make(digits, (size_t)(key.ptr + key.len - digits)), &number));
    return (uint32_t)number;
}

static struct bytes text_of(const struct model *value, uint8_t out[VALUE_MAX])
{
    if (value->is_number) return bytes_make(out, number_write_int((char *)out, value->number));
    memset(out, value->fill, value->len);
    return bytes_make(out, value->len);
}

static void check_entry(const struct entry *entry, const struct model *value)
{
    /* Not where a new value is: a snapshot checks entries in the middle of a change. */
    struct bytes text = text_of(value, expected_bytes);
    CHECK(entry_text_equal(entry, text));
    CHECK_INT(entry_expiry_ms(entry), value->expiry_ms);
}

static bool is_there(const struct model *value)
{
    return value->exists && value->expiry_ms > world.fixture.now_ms;
}

/* The entry, which must be what the model says. */
static struct entry *find(const struct place *place, const struct model *value)
{
    struct entry *entry = keyspace_find(place);
    CHECK((entry != NULL) == is_there(value));
    if (entry) check_entry(entry, value);
    return entry;
}

static int64_t draw_expiry(void)
{
    if (random_below(&world.random, 2)) return INT64_MAX;
    return world.fixture.now_ms + 1 + (int64_t)random_below(&world.random, 5000);
}

static void draw_value(struct model *value)
{
    static const uint32_t lens[] = {0, 3, 20, 44, 200, 3000, BLOB_MIN - 1, BLOB_MIN, 40000};
    bool is_number = random_below(&world.random, 3) == 0;
    *value = (struct model){.exists = true,
                            .len = lens[random_below(&world.random, 9)],
                            .fill = (uint8_t)('a' + random_below(&world.random, 26)),
                            .is_number = is_number,
                            .number = (int64_t)random_next(&world.random) >>
                                      random_below(&world.random, 64),
                            .expiry_ms = draw_expiry()};
}

static void do_put(const struct place *place, struct model *value, struct entry *entry)
{
    int64_t old_expiry_ms = value->expiry_ms;
    draw_value(value);
    bool keep = entry && random_below(&world.random, 3) == 0;
    if (keep) value->expiry_ms = old_expiry_ms;
    struct str str = str_of_bytes(text_of(value, new_bytes));
    int64_t expiry_ms = keep ? KEYSPACE_KEEP_EXPIRY : value->expiry_ms;
    if (entry)
        keyspace_overwrite(place, entry, &str, expiry_ms, CHANGE_SET);
    else
        keyspace_add(place, &str, value->expiry_ms, 7, CHANGE_SET);
}

static void do_extend(const struct place *place, struct model *value, struct entry *entry)
{
    size_t old_len = entry_text_len(entry);
    size_t len = old_len + random_below(&world.random, random_below(&world.random, 8) ? 50 : 20000);
    if (len > VALUE_MAX || value->is_number) return;
    uint8_t *bytes;
    REQUIRE(keyspace_extend(place, entry, len, &bytes, CHANGE_APPEND));
    memset(bytes + old_len, value->fill, len - old_len);
    value->len = (uint32_t)len;
}

static void do_rename(const struct place *place, struct model *value, struct entry *entry)
{
    uint32_t other = (uint32_t)random_below(&world.random, KEYS);
    uint16_t db = (uint16_t)random_below(&world.random, DATABASES);
    struct model *target = &world.values[db][other];
    if (target == value) return;
    char copy[32];
    struct bytes key = key_of(other);
    memcpy(copy, key.ptr, key.len);
    struct place to = fixture_place(&world.fixture, db, bytes_make(copy, key.len));
    *target = *value;
    if (random_below(&world.random, 2)) {
        keyspace_copy(entry, &to, NULL);
    } else {
        keyspace_rename(place, entry, &to, CHANGE_RENAME_FROM, CHANGE_RENAME_TO);
        value->exists = false;
    }
}

static void do_something(const struct place *place, struct model *value)
{
    struct entry *entry = find(place, value);
    if (!entry) value->exists = false;
    unsigned what = (unsigned)random_below(&world.random, 10);
    if (what < 3) {
        do_put(place, value, entry);
    } else if (entry && what < 5) {
        keyspace_remove(place, entry, CHANGE_DEL);
        value->exists = false;
    } else if (entry && what < 6) {
        value->expiry_ms = draw_expiry();
        keyspace_set_expiry(place, entry, value->expiry_ms);
    } else if (entry && what < 8) {
        do_extend(place, value, entry);
    } else if (entry) {
        do_rename(place, value, entry);
    }
}

static void expire_now(void)
{
    struct expire_slice slice = {.store = world.fixture.store,
                                 .counters = &world.fixture.counters,
                                 .now_ms = world.fixture.now_ms,
                                 .max_keys = 1 + (uint32_t)random_below(&world.random, 300),
                                 .max_buckets = 1000};
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
        struct slot *here = &world.fixture.store->slots[slot];
        if (slot_next_expiry_ms(here) > slice.now_ms) continue;
        uint32_t gone = expire_slot(&slice, (uint16_t)slot);
        if (gone < slice.max_keys) CHECK(slot_next_expiry_ms(here) > slice.now_ms);
    }
}

/* Snapshots. */

static void give(void *context, void *item)
{
    uint16_t db = *(uint16_t *)context;
    uint32_t number = number_of(entry_key(item));
    world.given[db][number]++;
    CHECK(world.cut[db][number].exists);
    if (world.cut[db][number].exists) check_entry(item, &world.cut[db][number]);
}

static void preserve(void *context, uint16_t slot, uint16_t db, uint32_t bucket)
{
    (void)context;
    struct database *database = slot_find_database(&world.fixture.store->slots[slot], db);
    table_visit_bucket(&database->table, bucket, give, &db);
}

/* Keys that have expired but are still there belong to the cut; others that expired do not. */
static void note_entry(struct place *place, uint16_t db, uint32_t number)
{
    struct database *database = place_database(place);
    void *entry =
        database ? table_find(&database->table, place->hash, keyspace_match, &place->key) : NULL;
    world.cut[db][number] = world.values[db][number];
    world.cut[db][number].exists = entry != NULL;
}

static void begin_snapshot(void)
{
    for (uint16_t db = 0; db < DATABASES; db++)
        for (uint32_t number = 0; number < KEYS; number++) {
            struct place place = fixture_place(&world.fixture, db, key_of(number));
            note_entry(&place, db, number);
        }
    memset(world.given, 0, sizeof world.given);
    world.epoch = (uint8_t)(world.epoch % 127 + 1);
    world.fixture.store->snapshot = (struct change_snapshot){world.epoch, preserve, NULL};
    world.snapshot = true;
}

static void end_snapshot(void)
{
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        for (uint16_t db = 0; db < DATABASES; db++) {
            struct place place = {.store = world.fixture.store, .slot = (uint16_t)slot, .db = db};
            struct database *database = place_database(&place);
            for (uint32_t i = 0; database && i < database->table.bucket_count; i++)
                change_preserve(&place, i);
        }
    for (uint16_t db = 0; db < DATABASES; db++)
        for (uint32_t number = 0; number < KEYS; number++)
            CHECK_INT(world.given[db][number], world.cut[db][number].exists);
    world.fixture.store->snapshot.epoch = 0;
    world.snapshot = false;
}

static void check_all(void)
{
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        keyspace_check(world.fixture.store, (uint16_t)slot);
}

TEST(the_keyspace_does_what_a_model_does)
{
    fixture_init(&world.fixture);
    random_init(&world.random, 23);
    for (int i = 0; i < STEPS; i++) {
        uint16_t db = random_below(&world.random, 4) == 0;
        /* The set of keys in use breathes, so that tables grow and shrink. */
        uint32_t range = i / 5000 % 2 ? KEYS / 10 : KEYS;
        uint32_t number = (uint32_t)random_below(&world.random, range);
        if (range < KEYS && i % 3 == 0) number = (uint32_t)random_below(&world.random, KEYS);
        struct bytes key = key_of(number);
        char copy[32];
        memcpy(copy, key.ptr, key.len);
        struct place place = fixture_place(&world.fixture, db, bytes_make(copy, key.len));
        do_something(&place, &world.values[db][number]);
        if (i % 10 == 0) world.fixture.now_ms += (int64_t)random_below(&world.random, 100);
        if (i % 500 == 0) expire_now();
        if (i % 1500 == 0) begin_snapshot();
        if (i % 1500 == 1200) end_snapshot();
        if (i % 250 == 0) check_all();
    }
    check_all();
    fixture_fini(&world.fixture);
}

TEST(a_blob_that_a_reply_holds_is_not_changed)
{
    struct fixture fixture;
    fixture_init(&fixture);
    static char text[BLOB_MIN + 1];
    memset(text, 'x', BLOB_MIN);
    fixture_set(&fixture, 0, "k", text, INT64_MAX);
    struct place place = fixture_place(&fixture, 0, BYTES("k"));
    struct entry *entry = keyspace_find(&place);
    struct blob *held = blob_retain(entry_blob(entry));
    uint8_t *bytes;
    entry = keyspace_extend(&place, entry, BLOB_MIN + 1, &bytes, CHANGE_APPEND);
    memset(bytes, 'y', BLOB_MIN + 1);
    CHECK(held->bytes[0] == 'x' && held->len == BLOB_MIN);
    CHECK(entry_blob(entry) != held);
    blob_release(held);
    fixture_fini(&fixture);
}

static uint32_t events[CHANGE_EVENT_COUNT];

static void on_change(void *context, const struct change *change)
{
    (void)context;
    events[change->event]++;
}

TEST(each_change_is_told_and_counted_once)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.actor.sink = &(struct change_sink){.on_change = on_change};
    memset(events, 0, sizeof events);
    fixture_set(&fixture, 0, "a", "1", INT64_MAX);
    fixture_set(&fixture, 0, "a", "2", fixture.now_ms + 5);
    CHECK_INT(metric_read(&fixture.counters.changes), 2);
    CHECK_INT(events[CHANGE_SET], 2);
    CHECK_INT(events[CHANGE_EXPIRE], 1);
    fixture.now_ms += 5;
    CHECK(!fixture_find(&fixture, 0, "a"));
    CHECK_INT(events[CHANGE_EXPIRED], 1);
    CHECK_INT(metric_read(&fixture.counters.expired_keys), 1);
    CHECK_INT(metric_read(&fixture.counters.changes), 2);
    CHECK_STR(change_event_name(CHANGE_RENAME_FROM), "rename_from");
    fixture_fini(&fixture);
}

TEST(databases_are_separate_and_can_be_exchanged)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_set(&fixture, 0, "a", "zero", INT64_MAX);
    fixture_set(&fixture, 9, "a", "nine", INT64_MAX);
    struct slot *slot = &fixture.store->slots[slot_of_key(BYTES("a"))];
    slot_swap_databases(slot, 0, 9);
    CHECK(entry_text_equal(fixture_find(&fixture, 0, "a"), BYTES("nine")));
    CHECK(entry_text_equal(fixture_find(&fixture, 9, "a"), BYTES("zero")));
    CHECK(!fixture_find(&fixture, 3, "a") && !fixture_find(&fixture, 12, "a"));
    struct place place = fixture_place(&fixture, 9, BYTES("a"));
    CHECK(keyspace_delete(&place) && !keyspace_delete(&place));
    CHECK(slot->extra == NULL);
    fixture_fini(&fixture);
}
