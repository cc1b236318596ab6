/* Tests of ds/table against an array of flags. */
#include "ds/table.h"

#include "base/hashing.h"
#include "mem/mem.h"
#include "support/check.h"

enum { ITEMS = 20000 };

/* Items are numbers; those of a table with few hashes collide as none in practice do. */
struct world {
    struct table table;
    struct table_owner owner;
    uint64_t hash_mask;
    uint32_t items[ITEMS];
    bool in[ITEMS];
    uint32_t count;
    uint32_t splits, merges;
};

static struct world world;

static uint64_t hash_of(uint32_t number, uint64_t mask)
{
    struct hash_key key = {{3, 4}};
    uint64_t hash = hash_keyed(&key, bytes_make(&number, sizeof number));
    return hash & mask;
}

static uint64_t hash_item(void *context, const void *item)
{
    (void)context;
    return hash_of(*(const uint32_t *)item, world.hash_mask);
}

static void on_split(void *context, uint32_t from, uint32_t to)
{
    (void)context;
    CHECK_INT(to, world.table.bucket_count);
    CHECK(from < to);
    world.splits++;
}

static void on_merge(void *context, uint32_t from, uint32_t to)
{
    (void)context;
    CHECK_INT(from, world.table.bucket_count - 1);
    CHECK(to < from);
    world.merges++;
}

static bool match(const void *item, const void *key)
{
    return *(const uint32_t *)item == *(const uint32_t *)key;
}

static void begin(uint64_t hash_mask)
{
    memset(&world, 0, sizeof world);
    world.hash_mask = hash_mask;
    world.owner = (struct table_owner){hash_item, on_split, on_merge, &world, 0};
    for (uint32_t i = 0; i < ITEMS; i++)
        world.items[i] = i;
}

static void toggle(uint32_t number)
{
    uint64_t hash = hash_of(number, world.hash_mask);
    void *found = table_find(&world.table, hash, match, &number);
    CHECK(found == (world.in[number] ? &world.items[number] : NULL));
    if (world.in[number])
        table_remove(&world.table, hash, &world.items[number], &world.owner);
    else
        table_insert(&world.table, hash, &world.items[number], &world.owner);
    world.in[number] = !world.in[number];
    world.count += world.in[number] ? 1 : -1u;
    CHECK_INT((int64_t)world.table.count, world.count);
}

static void run_random(uint64_t hash_mask, uint32_t range, unsigned steps, unsigned check_every)
{
    int64_t before = mem_unattached_bytes();
    begin(hash_mask);
    struct random random;
    random_init(&random, range + steps);
    for (unsigned i = 0; i < steps; i++) {
        /* The working set breathes, so that the table grows and shrinks. */
        uint32_t now = i / (steps / 6) % 2 ? range / 20 + 1 : range;
        toggle((uint32_t)random_below(&random, now));
        if (i % check_every == 0) table_check(&world.table, &world.owner);
        CHECK_INT(mem_unattached_bytes() - before, (int64_t)table_block_size(&world.table));
    }
    for (uint32_t i = 0; i < range; i++)
        if (world.in[i]) toggle(i);
    CHECK_INT(world.table.bucket_count, 0);
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(a_small_table_keeps_what_it_is_given)
{
    run_random(UINT64_MAX, 30, 20000, 1);
    run_random(UINT64_MAX, 300, 20000, 7);
}

TEST(a_large_table_keeps_what_it_is_given)
{
    run_random(UINT64_MAX, ITEMS, 200000, 2003);
    CHECK(world.splits > 1000 && world.merges > 500);
}

TEST(chains_of_colliding_items_hold)
{
    run_random(0, 60, 20000, 1);
    run_random(0xff00000000000003ULL, 300, 20000, 5);
}

TEST(an_item_that_moved_is_found_at_its_new_place)
{
    begin(UINT64_MAX);
    for (uint32_t i = 0; i < 1000; i++)
        toggle(i);
    uint32_t moved = 500;
    uint64_t hash = hash_of(500, UINT64_MAX);
    table_replace(&world.table, hash, &world.items[500], &moved);
    CHECK(table_find(&world.table, hash, match, &moved) == &moved);
    table_check(&world.table, &world.owner);
    table_fini(&world.table);
}

TEST(marks_go_with_their_buckets)
{
    begin(UINT64_MAX);
    world.owner.mark = 5;
    for (uint32_t i = 0; i < 2000; i++)
        toggle(i);
    for (uint32_t i = 0; i < world.table.bucket_count; i++)
        CHECK_INT(table_mark(table_bucket_at(&world.table, i)), 5);
    table_fini(&world.table);
}

/* Scans. */

static uint8_t seen[ITEMS];

static void see(void *context, void *item)
{
    (void)context;
    seen[*(uint32_t *)item] = 1;
}

/* What is there from the first to the last step is seen, however the rest comes and goes. */
static void scan_while(uint32_t stable, unsigned seed, bool growing)
{
    struct random random;
    random_init(&random, seed);
    begin(UINT64_MAX);
    for (uint32_t i = 0; i < stable; i++)
        toggle(i);
    for (uint32_t i = stable; !growing && i < ITEMS; i++)
        toggle(i);
    memset(seen, 0, sizeof seen);
    uint32_t cursor = 0, steps = 0;
    do {
        cursor = table_scan(&world.table, cursor, see, NULL);
        for (int i = 0; i < 40; i++) {
            uint32_t number = stable + (uint32_t)random_below(&random, ITEMS - stable);
            if (world.in[number] != growing) toggle(number);
        }
        steps++;
    } while (cursor);
    CHECK(steps >= stable / 20);
    for (uint32_t i = 0; i < stable; i++)
        CHECK(seen[i]);
    table_fini(&world.table);
}

TEST(a_scan_misses_nothing_while_the_table_grows)
{
    for (unsigned seed = 0; seed < 10; seed++)
        scan_while(300 + seed * 50, seed, true);
}

TEST(a_scan_misses_nothing_while_the_table_shrinks)
{
    for (unsigned seed = 0; seed < 10; seed++)
        scan_while(100 + seed * 50, seed, false);
}

TEST(a_scan_of_a_table_at_rest_sees_each_item_once)
{
    begin(UINT64_MAX);
    for (uint32_t i = 0; i < 5000; i++)
        toggle(i);
    uint32_t cursor = 0, steps = 0;
    do
        cursor = table_scan(&world.table, cursor, see, NULL), steps++;
    while (cursor);
    CHECK_INT(steps, world.table.bucket_count);
    table_fini(&world.table);
}

TEST(random_items_are_drawn_evenly)
{
    begin(UINT64_MAX);
    enum { COUNT = 100, DRAWS = 200000 };
    for (uint32_t i = 0; i < COUNT; i++)
        toggle(i);
    static uint32_t drawn[COUNT];
    struct random random;
    random_init(&random, 5);
    for (int i = 0; i < DRAWS; i++)
        drawn[*(uint32_t *)table_random(&world.table, &random)]++;
    for (uint32_t i = 0; i < COUNT; i++)
        CHECK(drawn[i] > DRAWS / COUNT * 8 / 10 && drawn[i] < DRAWS / COUNT * 12 / 10);
    table_fini(&world.table);
}

static void count_item(void *context, void *item)
{
    (void)item;
    ++*(uint32_t *)context;
}

TEST(draining_gives_back_everything_in_small_steps)
{
    int64_t before = mem_unattached_bytes();
    begin(UINT64_MAX);
    for (uint32_t i = 0; i < ITEMS; i++)
        toggle(i);
    uint32_t total = 0, last = 0;
    while (table_drain(&world.table, count_item, &total)) {
        CHECK(total - last < 1000);
        last = total;
    }
    CHECK_INT(total, ITEMS);
    CHECK_INT(mem_unattached_bytes(), before);
}
