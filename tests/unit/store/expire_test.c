/* Tests of store/expire. */
#include "store/expire.h"

#include "store_fixture.h"

static uint32_t run(struct fixture *fixture, uint16_t slot, uint32_t max_keys)
{
    struct expire_slice slice = {.store = fixture->store,
                                 .counters = &fixture->counters,
                                 .now_ms = fixture->now_ms,
                                 .max_keys = max_keys,
                                 .max_buckets = 1000};
    return expire_slot(&slice, slot);
}

TEST(keys_leave_in_the_order_of_their_time)
{
    struct fixture fixture;
    fixture_init(&fixture);
    enum { COUNT = 5000 };
    int64_t start_ms = fixture.now_ms;
    uint16_t slot = slot_of_key(BYTES("t"));
    char key[32];
    for (int i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "{t}%d", i);
        fixture_set(&fixture, 0, key, "x", start_ms + 1 + (i * 7919) % COUNT);
    }
    for (int gone = 0; gone < COUNT;) {
        fixture.now_ms += 1 + gone % 50;
        int due = (int)(fixture.now_ms - start_ms);
        if (due > COUNT) due = COUNT;
        CHECK_INT(run(&fixture, slot, UINT32_MAX), due - gone);
        gone = due;
        CHECK(slot_next_expiry_ms(&fixture.store->slots[slot]) > fixture.now_ms);
        if (gone % 7 == 0) keyspace_check(fixture.store, slot);
    }
    CHECK_INT((int64_t)slot_count_keys(&fixture.store->slots[slot]), 0);
    CHECK_INT(metric_read(&fixture.counters.expired_keys), COUNT);
    fixture_fini(&fixture);
}

TEST(a_slice_is_bounded)
{
    struct fixture fixture;
    fixture_init(&fixture);
    char key[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "{t}%d", i);
        fixture_set(&fixture, i % 3, key, "x", fixture.now_ms);
    }
    fixture.now_ms++;
    uint16_t slot = slot_of_key(BYTES("t"));
    uint32_t total = 0, gone;
    while ((gone = run(&fixture, slot, 50))) {
        CHECK(gone <= 50 + 64);
        total += gone;
    }
    CHECK_INT(total, 1000);
    CHECK_INT(slot_next_expiry_ms(&fixture.store->slots[slot]), INT64_MAX);
    fixture_fini(&fixture);
}

TEST(what_never_expires_has_no_index)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_set(&fixture, 0, "a", "x", INT64_MAX);
    fixture_set(&fixture, 0, "{a}b", "x", fixture.now_ms + 10);
    struct slot *slot = &fixture.store->slots[slot_of_key(BYTES("a"))];
    CHECK(slot->first.expiry != NULL);
    fixture_set(&fixture, 0, "{a}b", "x", INT64_MAX);
    CHECK(slot->first.expiry == NULL);
    fixture_fini(&fixture);
}
