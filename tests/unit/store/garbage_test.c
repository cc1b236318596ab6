/* Tests of store/garbage. */
#include "store/garbage.h"

#include "store_fixture.h"

TEST(what_is_detached_is_gone_at_once_and_freed_by_and_by)
{
    struct fixture fixture;
    fixture_init(&fixture);
    enum { COUNT = 20000 };
    char key[32];
    for (int i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "%s%d", i % 2 ? "{t}" : "", i);
        fixture_set(&fixture, i % 3 == 0, key, "x", i % 5 ? INT64_MAX : fixture.now_ms + i);
    }
    struct garbage garbage = {.keys = 0};
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        for (uint16_t db = 0; db < 2; db++)
            keyspace_detach(
                &(struct place){.store = fixture.store, .slot = (uint16_t)slot, .db = db},
                &garbage);
    CHECK_INT((int64_t)garbage.keys, COUNT);
    CHECK_INT((int64_t)store_count_keys(fixture.store, 0), 0);
    uint64_t before = garbage.keys;
    while (garbage_slice(&garbage, 100)) {
        CHECK(before - garbage.keys <= 100 + 64 * 9);
        before = garbage.keys;
    }
    CHECK_INT((int64_t)garbage.keys, 0);
    fixture_fini(&fixture);
}
