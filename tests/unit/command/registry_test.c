/* The registry: every name is found in any case, nothing else is; copies, ids, routes. */
#include "command/registry.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "commands.h"
#include "support/check.h"

static struct outcome run(struct call *call)
{
    (void)call;
    return (struct outcome){OUTCOME_REPLIED};
}

static const struct command subs[] = {
    {"one", run, 2, CMD_FRONT},
    {"two", run, 3, CMD_READ, .keys = KEYS_AT(2, KEY_RO)},
    {.name = NULL},
};

static const struct command table_a[] = {
    {"get", run, 2, CMD_READ, .keys = KEYS_ONE(KEY_RO)},
    {"mget", run, -2, CMD_READ, .keys = KEYS_ALL(KEY_RO)},
    {"scan", run, -2, CMD_READ | CMD_BY_CURSOR},
    {.name = NULL},
};

static const struct command table_b[] = {
    {"box", NULL, -2, CMD_FRONT, .subcommands = subs},
    {"flushall", run, -1, CMD_WRITE | CMD_ALL_SLOTS},
    {"georadiusbymember_ro", run, -5, CMD_READ, .keys = KEYS_ONE(KEY_RO)},
    {"georadiusbymember_rw", run, -5, CMD_READ, .keys = KEYS_TWO(KEY_RO, KEY_OW)},
    {"ping", run, -1, CMD_FRONT},
    {.name = NULL},
};

static const struct command *const tables[] = {table_a, table_b, NULL};

static const struct command *find(const struct registry *registry, const char *name)
{
    return registry_find(registry, bytes_of_string(name));
}

TEST(routes_and_keys)
{
    struct registry *registry = registry_new(tables);
    CHECK_INT(find(registry, "get")->route, ROUTE_KEY);
    CHECK_INT(find(registry, "get")->key_index, 1);
    CHECK_INT(find(registry, "mget")->route, ROUTE_KEYS);
    CHECK_INT(find(registry, "mget")->lone_key, 1);
    CHECK_INT(find(registry, "georadiusbymember_rw")->lone_key, 0);
    CHECK_INT(find(registry, "get")->lone_key, 0);
    CHECK_INT(find(registry, "scan")->route, ROUTE_CURSOR);
    CHECK_INT(find(registry, "flushall")->route, ROUTE_ALL);
    CHECK_INT(find(registry, "ping")->route, ROUTE_FRONT);
    CHECK_INT(find(registry, "georadiusbymember_rw")->route, ROUTE_KEYS);
    const struct command *box = find(registry, "box");
    CHECK_INT(registry_find_sub(box, BYTES("TWO"))->route, ROUTE_KEY);
    CHECK_INT(registry_find_sub(box, BYTES("TWO"))->key_index, 2);
    CHECK(!registry_find_sub(box, BYTES("three")));
    CHECK(!registry_find_sub(find(registry, "get"), BYTES("one")));
    registry_free(registry);
}

TEST(ids_are_dense)
{
    struct registry *registry = registry_new(tables);
    CHECK_INT(registry_count(registry), 10);
    CHECK_INT(registry_top_count(registry), 8);
    for (uint32_t id = 0; id < registry_count(registry); id++)
        CHECK_INT(registry_row(registry, id)->id, id);
    CHECK_STR(registry_row(registry, 0)->full_name, "get");
    CHECK_STR(registry_row(registry, 8)->full_name, "box|one");
    CHECK(registry_find_full(registry, BYTES("Box|Two")) == registry_row(registry, 9));
    CHECK(!registry_find_full(registry, BYTES("box|")));
    CHECK(!registry_find_full(registry, BYTES("nobox|two")));
    registry_free(registry);
}

/* Beside a search through all rows. */
static const struct command *find_slowly(const struct registry *registry, struct bytes name)
{
    for (uint32_t id = 0; id < registry_top_count(registry); id++)
        if (bytes_equal_nocase(bytes_of_string(registry_row(registry, id)->name), name))
            return registry_row(registry, id);
    return NULL;
}

/* Changes a name a little: the case of a letter, another byte, longer or shorter by one. */
static size_t disturb(struct random *random, char *name, size_t len)
{
    size_t at = len ? random_below(random, len) : 0;
    switch (random_below(random, 6)) {
    case 0: name[at] ^= 0x20; break;
    case 1: name[at] = (char)random_next(random); break;
    case 2: name[len++] = (char)random_below(random, 3); break;
    case 3: len -= len > 0; break;
    default: name[at] = (char)toupper(name[at]);
    }
    return len;
}

TEST(names_at_random)
{
    struct registry *registry = registry_new(command_tables);
    struct random random;
    random_init(&random, 7);
    for (int i = 0; i < 300000; i++) {
        char name[64];
        uint64_t id = random_below(&random, registry_top_count(registry));
        size_t len = strlen(strcpy(name, registry_row(registry, (uint32_t)id)->name));
        for (uint64_t n = random_below(&random, 4); n; n--)
            len = disturb(&random, name, len);
        struct bytes view = bytes_make(name, len);
        if (registry_find(registry, view) != find_slowly(registry, view)) {
            test_fail(__FILE__, __LINE__, "'%.*s' (seed 7, step %d)", (int)len, name, i);
            break;
        }
    }
    registry_free(registry);
}

TEST(every_row_says_what_it_must)
{
    struct registry *registry = registry_new(command_tables);
    for (uint32_t id = 0; id < registry_count(registry); id++) {
        const struct command *row = registry_row(registry, id);
        if (!row->summary || !row->group || !row->since || !row->complexity)
            test_fail(__FILE__, __LINE__, "%s lacks words", row->full_name);
        if (row->flags & CMD_MAY_PARK && !(row->flags & CMD_FRONT))
            test_fail(__FILE__, __LINE__, "%s parks elsewhere than at its front", row->full_name);
        int last = row->keys[0].kind == KEYS_RANGE ? row->keys[0].first : 0;
        bool is_key = !(row->flags & CMD_FRONT); /* a channel may be missing */
        if (is_key && abs(row->arity) <= last)
            test_fail(__FILE__, __LINE__, "%s may come without its key", row->full_name);
    }
    registry_free(registry);
}
