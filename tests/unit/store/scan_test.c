/* Tests of store/scan. */
#include "store/scan.h"

#include "store_fixture.h"

enum { COUNT = 3000 };

static uint8_t seen[COUNT];
static uint16_t closed_slot;

static void see(void *context, struct entry *entry)
{
    (void)context;
    seen[atoi((const char *)entry_key(entry).ptr + 1)]++;
}

static bool is_open(void *context, uint16_t slot)
{
    (void)context;
    return slot != closed_slot;
}

static void fill(struct fixture *fixture, uint16_t db)
{
    char key[32];
    for (int i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "k%d", i);
        fixture_set(fixture, db, key, "x", INT64_MAX);
    }
}

static struct scan scan_of(struct fixture *fixture, uint16_t db)
{
    return (struct scan){
        .store = fixture->store, .db = db, .keys_left = 10, .buckets_left = 100, .on_entry = see};
}

TEST(a_walk_sees_every_key_of_its_database_once)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fill(&fixture, 3);
    memset(seen, 0, sizeof seen);
    uint64_t cursor = 0, steps = 0;
    do {
        struct scan scan = scan_of(&fixture, 3);
        cursor = scan_step(&scan, cursor), steps++;
        CHECK(!cursor || !scan.keys_left || !scan.buckets_left);
    } while (cursor);
    for (int i = 0; i < COUNT; i++)
        CHECK_INT(seen[i], 1);
    CHECK(steps >= COUNT / 20 && steps <= COUNT);
    struct scan other = scan_of(&fixture, 0);
    CHECK_INT((int64_t)scan_step(&other, 0), 0);
    fixture_fini(&fixture);
}

TEST(a_walk_stops_before_a_slot_it_may_not_touch)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fill(&fixture, 0);
    struct scan scan = scan_of(&fixture, 0);
    scan.keys_left = scan.buckets_left = UINT64_MAX;
    scan.may_touch = is_open;
    closed_slot = 5000;
    uint64_t cursor = scan_step(&scan, 0);
    CHECK_INT(scan_slot_of_cursor(cursor), 5000);
    CHECK(scan.keys_left && scan.buckets_left);
    CHECK_INT((int64_t)scan_step(&scan, cursor), 0);
    fixture_fini(&fixture);
}

TEST(cursors_are_read_as_redis_reads_them)
{
    uint64_t cursor;
    CHECK(scan_parse_cursor(BYTES("18446744073709551615"), &cursor) && cursor == UINT64_MAX);
    CHECK(scan_parse_cursor(BYTES("007"), &cursor) && cursor == 7);
    CHECK(scan_parse_cursor(BYTES("+7"), &cursor) && cursor == 7);
    CHECK(!scan_parse_cursor(BYTES("18446744073709551616"), &cursor));
    CHECK(!scan_parse_cursor(BYTES("1x"), &cursor) && !scan_parse_cursor(BYTES(" 1"), &cursor));
    struct fixture fixture;
    fixture_init(&fixture);
    fill(&fixture, 0);
    struct scan scan = scan_of(&fixture, 0);
    scan_step(&scan, UINT64_MAX); /* any cursor is safe */
    fixture_fini(&fixture);
}

TEST(random_keys_come_from_everywhere)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct random random;
    random_init(&random, 9);
    uint16_t slot;
    CHECK(!scan_random(fixture.store, 0, &random, &slot));
    fill(&fixture, 0);
    memset(seen, 0, sizeof seen);
    int distinct = 0;
    for (int i = 0; i < COUNT; i++) {
        struct entry *entry = scan_random(fixture.store, 0, &random, &slot);
        CHECK_INT(slot_of_key(entry_key(entry)), slot);
        see(NULL, entry);
    }
    for (int i = 0; i < COUNT; i++)
        distinct += seen[i] > 0;
    CHECK(distinct > COUNT * 55 / 100 && distinct < COUNT * 70 / 100); /* 1 - 1/e */
    fixture_fini(&fixture);
}
