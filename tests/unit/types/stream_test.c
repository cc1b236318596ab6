/* Tests of types/stream: random operations beside an array of entries, with nodes so small that
 * they fill, empty and go all the time; payloads go out and come back. */
#include "types/stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/payload.h"
#include "support/seed.h"
#include "types/rdb_payload.h"
#include "types/stream_group.h"
#include "types/stream_producer.h"

enum { ENTRIES_MAX = 300, FIELDS_MAX = 4, TEXT_MAX = 24, STEPS = 20000 };

struct model_entry {
    struct id id;
    int count; /* texts: fields and values */
    char texts[2 * FIELDS_MAX][TEXT_MAX];
};

struct world {
    struct random random;
    struct type_limits limits;
    struct value value;
    struct model_entry entries[ENTRIES_MAX];
    int count;
    uint64_t added;
};

static uint32_t below(struct world *world, uint32_t bound)
{
    return (uint32_t)random_below(&world->random, bound);
}

static struct stream *stream_in(struct world *world)
{
    return stream_open(&world->value);
}

/* --- The model -------------------------------------------------------------------------------- */

static int model_from(const struct world *world, struct id id)
{
    int at = 0;
    while (at < world->count && id_compare(world->entries[at].id, id) < 0)
        at++;
    return at;
}

static bool model_has(const struct world *world, int at, struct id id)
{
    return at >= 0 && at < world->count && id_compare(world->entries[at].id, id) == 0;
}

static void model_remove(struct world *world, int at, int count)
{
    memmove(&world->entries[at], &world->entries[at + count],
            (size_t)(world->count - at - count) * sizeof *world->entries);
    world->count -= count;
}

/* --- Entries ---------------------------------------------------------------------------------- */

static void draw_text(struct world *world, char text[TEXT_MAX])
{
    if (below(world, 2))
        snprintf(text, TEXT_MAX, "%c", 'a' + (int)below(world, 3));
    else
        snprintf(text, TEXT_MAX, "%lld",
                 (long long)random_next(&world->random) >> below(world, 64));
}

static void draw_entry(struct world *world, struct model_entry *entry)
{
    struct id last = stream_in(world)->last_id;
    entry->id = (struct id){last.ms + below(world, 3), below(world, 4)};
    if (entry->id.ms == last.ms) entry->id.seq = last.seq + 1 + below(world, 200);
    entry->count = 2 * (1 + (int)below(world, FIELDS_MAX));
    for (int i = 0; i < entry->count; i++) {
        draw_text(world, entry->texts[i]);
        if (i % 2 == 0 && below(world, 4)) snprintf(entry->texts[i], TEXT_MAX, "field%d", i);
    }
}

static void add(struct world *world)
{
    struct bytes texts[2 * FIELDS_MAX];
    if (world->count == ENTRIES_MAX) return;
    struct model_entry *entry = &world->entries[world->count];
    draw_entry(world, entry);
    for (int i = 0; i < entry->count; i++)
        texts[i] = bytes_of_string(entry->texts[i]);
    struct stream_content content = {texts, (uint32_t)entry->count, NULL};
    REQUIRE(stream_content_fits(&content));
    stream_add(stream_in(world), entry->id, &content, &world->limits);
    world->count++;
    world->added++;
}

static struct id draw_id(struct world *world)
{
    if (world->count && below(world, 4))
        return world->entries[below(world, (uint32_t)world->count)].id;
    struct id last = stream_in(world)->last_id;
    return (struct id){below(world, (uint32_t)last.ms + 2), below(world, 300)};
}

static void drop(struct world *world)
{
    struct id id = draw_id(world);
    int at = model_from(world, id);
    bool there = model_has(world, at, id);
    CHECK(stream_remove(stream_in(world), id) == there);
    if (there) model_remove(world, at, 1);
}

static void trim_exactly(struct world *world)
{
    struct stream_trim trim = {.by = STREAM_TRIM_LENGTH};
    int left = world->count - (int)below(world, 12);
    if (left < 0) left = 0;
    trim.max_length = (uint64_t)left;
    if (below(world, 2)) {
        trim.by = STREAM_TRIM_ID;
        trim.min_id = left ? world->entries[world->count - left].id : ID_MAX;
    }
    CHECK_INT(stream_trim(stream_in(world), &trim, NULL), world->count - left);
    model_remove(world, 0, world->count - left);
}

/* As much as goes in whole nodes: how much that is, the stream says. */
static void trim_nodes(struct world *world)
{
    int before = world->count, max = (int)below(world, (uint32_t)before + 1);
    struct stream_trim trim = {.by = STREAM_TRIM_LENGTH,
                               .whole_nodes = true,
                               .max_length = (uint64_t)max,
                               .limit = below(world, 2) ? below(world, 20) : 0};
    int removed = (int)stream_trim(stream_in(world), &trim, NULL);
    REQUIRE(removed >= 0 && before - removed >= max);
    CHECK(!trim.limit || (uint64_t)removed <= trim.limit);
    model_remove(world, 0, removed);
}

/* --- Looking ---------------------------------------------------------------------------------- */

static void check_entry(const struct stream_cursor *cursor, const struct model_entry *expected)
{
    char digits[NUMBER_INT_MAX];
    struct listpack_element field, value;
    struct stream_fields fields = stream_fields_of(cursor);
    CHECK(id_compare(cursor->entry.id, expected->id) == 0);
    CHECK_INT(fields.left, expected->count / 2);
    for (int i = 0; i < expected->count && stream_field_next(&fields, &field, &value); i += 2) {
        struct bytes text = listpack_text(&field, digits);
        CHECK_BYTES(text.ptr, text.len, expected->texts[i], strlen(expected->texts[i]));
        text = listpack_text(&value, digits);
        CHECK_BYTES(text.ptr, text.len, expected->texts[i + 1], strlen(expected->texts[i + 1]));
    }
}

static void check_walk(struct world *world, struct id id, bool backwards)
{
    struct stream_cursor cursor;
    int at = model_from(world, id);
    if (backwards && !model_has(world, at, id)) at--;
    bool more = stream_seek(&cursor, stream_in(world), id, backwards);
    for (; at >= 0 && at < world->count; at += backwards ? -1 : 1) {
        REQUIRE(more);
        check_entry(&cursor, &world->entries[at]);
        more = stream_step(&cursor, backwards);
    }
    CHECK(!more);
}

static void check_all(struct world *world)
{
    struct stream *stream = stream_in(world);
    value_check(&world->value);
    CHECK_INT(stream->length, world->count);
    CHECK_INT(stream->entries_added, world->added);
    check_walk(world, (struct id){0, 0}, false);
    check_walk(world, ID_MAX, true);
    check_walk(world, draw_id(world), below(world, 2));
}

/* A copy, and what comes back from a payload, are the same. */
static void check_copies(struct world *world)
{
    struct buf first = {0}, second = {0};
    struct value restored, copy = value_copy(&world->value, NULL);
    value_dump(&world->value, &first, NULL);
    REQUIRE(payload_there_and_back(&world->value, &world->limits, &restored));
    value_check(&restored);
    value_dump(&restored, &second, NULL);
    CHECK_BYTES(second.ptr, second.len, first.ptr, first.len);
    second.len = 0;
    value_check(&copy);
    value_dump(&copy, &second, NULL);
    CHECK_BYTES(second.ptr, second.len, first.ptr, first.len);
    value_free(&restored);
    value_free(&copy);
    buf_fini(&first);
    buf_fini(&second);
}

static void run(struct world *world, int64_t max_entries, int64_t max_bytes)
{
    world->limits = type_limits_standard;
    world->limits.stream_node_max_entries = max_entries;
    world->limits.stream_node_max_bytes = max_bytes;
    world->value = value_new(VALUE_STREAM);
    world->count = 0;
    world->added = 0;
    for (int i = 0; i < STEPS; i++) {
        uint32_t choice = below(world, 100);
        if (choice < 50)
            add(world);
        else if (choice < (i / 1000 % 2 ? 95U : 70U))
            drop(world);
        else if (choice < 97)
            trim_exactly(world);
        else
            trim_nodes(world);
        if (i % 20 == 0) check_all(world);
        if (i % 500 == 0) check_copies(world);
    }
    value_free(&world->value);
}

TEST(random_operations_beside_an_array)
{
    static struct world world;
    int64_t before = mem_unattached_bytes();
    test_seed(&world.random, "stream");
    run(&world, 3, 4096);
    run(&world, 100, 4096);
    run(&world, 0, 200);
    run(&world, 0, 0);
    CHECK_INT(mem_unattached_bytes(), before);
}

/* --- Groups ----------------------------------------------------------------------------------- */

/* What DUMP writes of it, read again; its type is as expected. */
static struct value sent_through_payload(const struct value *value, enum rdb_type expected)
{
    struct buf dump = {0};
    struct value restored;
    value_dump(value, &dump, NULL);
    CHECK_INT(dump.ptr[0], expected);
    buf_fini(&dump);
    REQUIRE(payload_there_and_back(value, &type_limits_standard, &restored));
    value_check(&restored);
    return restored;
}

enum { GROUPS = 3, CONSUMERS = 4, IDS = 60 };

/* owner[group][id]: -2 not pending, -1 released, else the consumer. */
struct group_world {
    struct random random;
    struct stream *stream;
    int owners[GROUPS][IDS];
    bool consumers[GROUPS][CONSUMERS], groups[GROUPS];
};

static struct bytes name_of(int number)
{
    static const char *const names[] = {"", "alpha", "beta", "b"};
    return bytes_of_string(names[number]);
}

static struct id id_of(int number)
{
    return (struct id){(uint64_t)number / 7, (uint64_t)number % 7};
}

static struct stream_consumer *consumer_in(struct stream_group *group, struct group_world *world,
                                           int g, int c)
{
    if (!world->consumers[g][c]) stream_consumer_new(group, name_of(c), 1);
    world->consumers[g][c] = true;
    return stream_consumer_find(group, name_of(c));
}

static void change_group(struct group_world *world, int g, int choice)
{
    struct stream_group *group = stream_groups_find(world->stream->groups, name_of(g));
    int c = (int)random_below(&world->random, CONSUMERS);
    int id = (int)random_below(&world->random, IDS), *owner = &world->owners[g][id];
    REQUIRE(group);
    if (choice < 50) {
        struct stream_consumer *consumer = consumer_in(group, world, g, c);
        struct stream_pending *pending = stream_pending_find(group, id_of(id));
        CHECK((pending != NULL) == (*owner != -2));
        if (pending)
            stream_pending_give(group, pending, id_of(id), choice < 5 ? NULL : consumer);
        else
            stream_pending_add(group, id_of(id), choice < 5 ? NULL : consumer);
        *owner = choice < 5 ? -1 : c;
    } else if (choice < 85) {
        CHECK(stream_pending_remove(group, id_of(id)) == (*owner != -2));
        *owner = -2;
    } else if (world->consumers[g][c]) {
        stream_consumer_remove(group, stream_consumer_find(group, name_of(c)), NULL);
        world->consumers[g][c] = false;
        for (int i = 0; i < IDS; i++)
            if (world->owners[g][i] == c) world->owners[g][i] = -2;
    }
}

static void make_or_drop_group(struct group_world *world, int g)
{
    struct stream_group *group = stream_groups_find(world->stream->groups, name_of(g));
    CHECK((group != NULL) == world->groups[g]);
    if (group)
        stream_group_remove(world->stream, group, NULL);
    else
        stream_group_new(world->stream, name_of(g));
    world->groups[g] = !group;
    for (int i = 0; i < IDS; i++)
        world->owners[g][i] = -2;
    memset(world->consumers[g], 0, sizeof world->consumers[g]);
}

static void forget(struct group_world *world)
{
    int id = (int)random_below(&world->random, IDS);
    uint64_t expected = 0;
    for (int g = 0; g < GROUPS; g++) {
        expected += world->groups[g] && world->owners[g][id] != -2;
        world->owners[g][id] = -2;
    }
    CHECK_INT(stream_groups_forget(world->stream->groups, id_of(id)), expected);
}

static void check_groups(const struct group_world *world, const struct stream *stream)
{
    stream_groups_check(stream->groups);
    for (int g = 0; g < GROUPS; g++) {
        struct stream_group *group = stream_groups_find(stream->groups, name_of(g));
        CHECK((group != NULL) == world->groups[g]);
        for (int i = 0; group && i < IDS; i++) {
            const struct stream_pending *pending = stream_pending_find(group, id_of(i));
            int owner = world->owners[g][i];
            REQUIRE((pending != NULL) == (owner != -2));
            if (!pending) continue;
            const struct stream_consumer *expected =
                owner < 0 ? NULL : stream_consumer_find(group, name_of(owner));
            CHECK(pending->consumer == expected);
        }
    }
}

static bool any_released(const struct group_world *world)
{
    for (int g = 0; g < GROUPS; g++)
        for (int i = 0; i < IDS; i++)
            if (world->owners[g][i] == -1) return true;
    return false;
}

/* Copies and payloads hold the groups as they are. */
static void check_group_copies(const struct group_world *world, const struct value *value)
{
    struct value copies[] = {
        value_copy(value, NULL),
        sent_through_payload(value, any_released(world) ? RDB_STREAM_5 : RDB_STREAM_2)};
    for (int i = 0; i < 2; i++) {
        value_check(&copies[i]);
        check_groups(world, copies[i].stream);
        value_free(&copies[i]);
    }
}

TEST(groups_beside_arrays)
{
    static struct group_world world;
    int64_t before = mem_unattached_bytes();
    struct value value = value_new(VALUE_STREAM);
    test_seed(&world.random, "groups");
    world.stream = stream_open(&value);
    for (int i = 0; i < 30000; i++) {
        int g = (int)random_below(&world.random, GROUPS);
        int choice = (int)random_below(&world.random, 100);
        if (random_below(&world.random, 200) == 0)
            make_or_drop_group(&world, g);
        else if (choice < 2)
            forget(&world);
        else if (world.groups[g])
            change_group(&world, g, choice);
        if (i % 10 == 0) check_groups(&world, world.stream);
        if (i % 1000 == 0) check_group_copies(&world, &value);
    }
    value_free(&value);
    CHECK_INT(mem_unattached_bytes(), before);
}

/* --- Producers -------------------------------------------------------------------------------- */

enum { PRODUCERS = 3, NAMES = 12 };

/* When each addition was made, and in what order: 0 for those that are not remembered. */
struct producer_world {
    struct random random;
    struct stream *stream;
    int64_t now_ms, seconds, count;
    struct {
        uint64_t order;
        int64_t added_ms;
    } made[PRODUCERS][NAMES];
    uint64_t orders;
};

static struct stream_addition addition_of(const struct producer_world *world, int p, int n)
{
    struct stream_addition addition = {.producer = name_of(p), .now_ms = world->now_ms};
    digest_number(&addition.digest, (uint32_t)n);
    return addition;
}

/* How many of a producer's have been made since one of its own. */
static int made_since(const struct producer_world *world, int p, uint64_t order)
{
    int count = 0;
    for (int n = 0; n < NAMES; n++)
        count += world->made[p][n].order > order;
    return count;
}

static bool is_remembered(const struct producer_world *world, int p, int n)
{
    uint64_t order = world->made[p][n].order;
    bool is_young = world->now_ms - world->made[p][n].added_ms < world->seconds * 1000;
    return order && is_young && made_since(world, p, order) < world->count;
}

static void add_or_find(struct producer_world *world)
{
    int p = (int)random_below(&world->random, PRODUCERS);
    int n = (int)random_below(&world->random, NAMES);
    struct stream_addition addition = addition_of(world, p, n);
    struct id id;
    bool found = stream_producers_find(world->stream->producers, &addition, &id);
    CHECK(found == is_remembered(world, p, n));
    if (found) {
        CHECK_INT(id.ms, world->made[p][n].added_ms);
        CHECK_INT(id.seq, world->made[p][n].order);
        return;
    }
    world->made[p][n].order = ++world->orders;
    world->made[p][n].added_ms = world->now_ms;
    stream_producers_add(world->stream, &addition,
                         (struct id){(uint64_t)world->now_ms, world->orders});
}

static void set_limits(struct producer_world *world)
{
    world->seconds = 1 + (int64_t)random_below(&world->random, 5);
    world->count = 1 + (int64_t)random_below(&world->random, NAMES);
    struct stream_producer_limits old = stream_producers_limits(world->stream->producers);
    stream_producers_set_limits(
        world->stream, (struct stream_producer_limits){world->seconds, world->count}, NULL);
    if (old.seconds != world->seconds || old.count != world->count)
        memset(world->made, 0, sizeof world->made);
}

/* What a copy remembers. */
static void check_remembered(const struct producer_world *world, const struct value *copy)
{
    const struct stream_producers *producers = copy->stream->producers;
    struct stream_producer_limits limits = stream_producers_limits(producers);
    value_check(copy);
    CHECK_INT(limits.seconds, world->seconds);
    CHECK_INT(limits.count, world->count);
    CHECK_INT(stream_producers_figures(producers).added, world->orders);
    for (int p = 0; p < PRODUCERS; p++) {
        for (int n = 0; n < NAMES; n++) {
            struct stream_addition addition = addition_of(world, p, n);
            struct id id = {0, 0};
            bool found = stream_producers_find(producers, &addition, &id);
            CHECK(found == is_remembered(world, p, n));
            if (found) CHECK_INT(id.ms, world->made[p][n].added_ms);
        }
    }
}

static void check_producer_copies(const struct producer_world *world, const struct value *value)
{
    struct value copies[] = {value_copy(value, NULL), sent_through_payload(value, RDB_STREAM_4)};
    for (int i = 0; i < 2; i++) {
        check_remembered(world, &copies[i]);
        free_in_steps(&copies[i], 3);
    }
}

TEST(producers_beside_arrays)
{
    static struct producer_world world;
    int64_t before = mem_unattached_bytes();
    struct value value = value_new(VALUE_STREAM);
    test_seed(&world.random, "producers");
    world.stream = stream_open(&value);
    set_limits(&world);
    for (int i = 0; i < 20000; i++) {
        world.now_ms += (int64_t)random_below(&world.random, 300);
        add_or_find(&world);
        if (i % 500 == 0) set_limits(&world);
        if (i % 10 == 0) value_check(&value);
        if (i % 1000 == 0) check_producer_copies(&world, &value);
    }
    CHECK_INT(stream_producers_figures(world.stream->producers).added, world.orders);
    value_free(&value);
    CHECK_INT(mem_unattached_bytes(), before);
}

/* --- Figures ---------------------------------------------------------------------------------- */

TEST(a_small_one_costs_little)
{
    struct value value = value_new(VALUE_STREAM);
    struct bytes texts[] = {BYTES("field"), BYTES("some value")};
    struct stream_content content = {texts, 2, NULL};
    int64_t before = mem_unattached_bytes();
    for (uint64_t i = 0; i < 5; i++)
        stream_add(stream_open(&value), (struct id){1700000000000 + i, 0}, &content,
                   &type_limits_standard);
    int64_t bytes = mem_unattached_bytes() - before;
    printf("stream of 5 entries: %lld bytes\n", (long long)bytes);
    CHECK(bytes <= 320);
    CHECK_INT(value_block_size(&value), bytes);
    value_free(&value);
}
