/* Tests of ds/id_map: random changes beside a sorted array, with nodes of four children, and with
 * those of real life; ids in order fill their nodes. */
#include "ds/id_map.h"

#include <stdlib.h>
#include <string.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { ITEMS_MAX = 1500, STEPS = 60000 };

struct model {
    struct id_map_item items[ITEMS_MAX];
    int count;
};

static struct model model;
static char things[64]; /* what items point to */

static int model_from(struct id id)
{
    int at = 0;
    while (at < model.count && id_compare(model.items[at].id, id) < 0)
        at++;
    return at;
}

static bool model_has(int at, struct id id)
{
    return at < model.count && id_compare(model.items[at].id, id) == 0;
}

static void set(struct id_map *map, struct id id, void *item)
{
    int at = model_from(id);
    bool there = model_has(at, id);
    CHECK(id_map_set(map, id, item) == (there ? model.items[at].item : NULL));
    if (!there) {
        memmove(model.items + at + 1, model.items + at,
                (size_t)(model.count - at) * sizeof *model.items);
        model.count++;
    }
    model.items[at] = (struct id_map_item){id, item};
}

static void drop(struct id_map *map, struct id id)
{
    int at = model_from(id);
    bool there = model_has(at, id);
    CHECK(id_map_remove(map, id) == (there ? model.items[at].item : NULL));
    if (!there) return;
    model.count--;
    memmove(model.items + at, model.items + at + 1,
            (size_t)(model.count - at) * sizeof *model.items);
}

static void check_at(const struct id_map_cursor *cursor, int at)
{
    struct id_map_item item = id_map_get(cursor);
    CHECK(id_compare(item.id, model.items[at].id) == 0 && item.item == model.items[at].item);
}

static void look(struct id_map *map, struct id id)
{
    struct id_map_cursor cursor;
    int at = model_from(id);
    bool there = model_has(at, id);
    CHECK(id_map_find(map, id) == (there ? model.items[at].item : NULL));
    bool found = id_map_from(map, id, &cursor);
    CHECK(found == (at < model.count));
    if (found) check_at(&cursor, at);
    int until = there ? at : at - 1;
    found = id_map_until(map, id, &cursor);
    CHECK(found == (until >= 0));
    if (found) check_at(&cursor, until);
}

static void check_all(struct id_map *map)
{
    struct id_map_cursor cursor;
    id_map_check(map);
    bool more = id_map_first(map, &cursor);
    for (int i = 0; i < model.count; i++, more = id_map_next(&cursor)) {
        REQUIRE(more);
        check_at(&cursor, i);
    }
    CHECK(!more);
    more = id_map_last(map, &cursor);
    for (int i = model.count - 1; i >= 0; i--, more = id_map_prev(&cursor)) {
        REQUIRE(more);
        check_at(&cursor, i);
    }
    CHECK(!more);
}

static struct id draw_id(struct random *random)
{
    return (struct id){random_below(random, 40), random_below(random, 40)};
}

static void at_random(struct random *random, uint8_t node_max)
{
    struct id_map map = {.node_max = node_max};
    model.count = 0;
    for (int i = 0; i < STEPS; i++) {
        bool growing = i / 5000 % 2 == 0;
        struct id id = draw_id(random);
        uint64_t choice = random_below(random, 10);
        if (choice < (growing ? 6U : 3U))
            set(&map, id, things + random_below(random, sizeof things));
        else if (choice < 9)
            drop(&map, id);
        else
            look(&map, id);
        if (i % 50 == 0) check_all(&map);
    }
    while (model.count)
        drop(&map, model.items[model.count / 2].id);
    check_all(&map);
    CHECK(!map.root);
}

TEST(ids_in_order_fill_their_nodes)
{
    struct id_map map = {NULL, 0, 0};
    int64_t before = mem_unattached_bytes();
    for (uint64_t i = 0; i < 10000; i++)
        id_map_set(&map, (struct id){i, 0}, things);
    id_map_check(&map);
    size_t bytes = (size_t)(mem_unattached_bytes() - before);
    CHECK(bytes < 10000 * 26);
    CHECK(id_map_block_size(&map) >= bytes * 9 / 10 && id_map_block_size(&map) < bytes * 5 / 4);
    for (uint64_t i = 0; i < 10000; i++)
        CHECK(id_map_remove(&map, (struct id){i, 0}) == things);
    CHECK(!map.root);
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(random_changes_beside_a_sorted_array)
{
    struct random random;
    int64_t before = mem_unattached_bytes();
    test_seed(&random, "id_map");
    at_random(&random, 4);
    at_random(&random, 0);
    CHECK_INT(mem_unattached_bytes(), before);
}
