/* Has every command of the data families been tested? The table of commands is asked of the server;
 * for each of its rows the wire tests must have seen an answer, a refusal of a wrong number of
 * arguments, and one of a key of another type. Run behind them:
 *
 *   coverage DIRECTORY      what they have left there (support/coverage.h) */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/coverage.h"
#include "support/server.h"
#include "support/wire.h"

/* Any type will do for these, or they have no key, or need no arguments. */
static const struct {
    const char *name;
    unsigned without;
} exceptions[] = {
    {"set", COVERAGE_TYPE},
    {"mset", COVERAGE_TYPE},
    {"msetnx", COVERAGE_TYPE},
    {"setex", COVERAGE_TYPE},
    {"psetex", COVERAGE_TYPE},
    {"setnx", COVERAGE_TYPE},
    {"msetex", COVERAGE_TYPE},
    {"mget", COVERAGE_TYPE},
    {"lcs", COVERAGE_TYPE},
    {"pfselftest", COVERAGE_TYPE},
    {"delex", COVERAGE_TYPE}, /* which has a text of its own */
    {"object|help", COVERAGE_TYPE | COVERAGE_ARITY},
    {"xgroup|help", COVERAGE_TYPE | COVERAGE_ARITY},
    {"xinfo|help", COVERAGE_TYPE | COVERAGE_ARITY},
    {"restore-asking", COVERAGE_ARITY | COVERAGE_REPLY},
};

static const char *const typed_groups[] = {"string", "bitmap",     "hyperloglog", "list",  "set",
                                           "hash",   "sorted-set", "geo",         "stream"};

struct coverage_of {
    char name[64];
    unsigned seen;
};

static struct coverage_of all[2048];
static size_t all_count;
static int tested, missing;

static void merge(const char *name, unsigned seen)
{
    for (size_t i = 0; i < all_count; i++) {
        if (strcmp(all[i].name, name) != 0) continue;
        all[i].seen |= seen;
        return;
    }
    if (all_count == sizeof(all) / sizeof(*all)) abort();
    snprintf(all[all_count].name, sizeof(all->name), "%s", name);
    all[all_count++].seen = seen;
}

static void read_file(const char *path)
{
    char name[64];
    unsigned seen;
    FILE *file = fopen(path, "r");
    if (!file) return;
    while (fscanf(file, "%63s %u", name, &seen) == 2)
        merge(name, seen);
    fclose(file);
}

static bool read_directory(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) return false;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char file[1024];
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.') read_file(file);
    }
    closedir(dir);
    return true;
}

static unsigned seen_of(const char *name)
{
    for (size_t i = 0; i < all_count; i++)
        if (strcmp(all[i].name, name) == 0) return all[i].seen;
    return 0;
}

static unsigned wanted_of(const char *name, const char *group)
{
    unsigned wanted = COVERAGE_REPLY | COVERAGE_ARITY;
    for (size_t i = 0; i < sizeof(typed_groups) / sizeof(*typed_groups); i++)
        if (strcmp(group, typed_groups[i]) == 0) wanted |= COVERAGE_TYPE;
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++)
        if (strcmp(name, exceptions[i].name) == 0) wanted &= ~exceptions[i].without;
    return wanted;
}

static void check(const char *name, const char *group)
{
    unsigned left = wanted_of(name, group) & ~seen_of(name);
    tested++;
    if (!left) return;
    missing++;
    printf("FAIL %s (%s): no wire test has seen%s%s%s\n", name, group,
           left & COVERAGE_REPLY ? " an answer" : "",
           left & COVERAGE_ARITY ? " a wrong number of arguments" : "",
           left & COVERAGE_TYPE ? " a key of another type" : "");
}

static const char *text_of(const struct reply *map, const char *key)
{
    const struct reply *value = reply_find(map, key);
    return value && value->data ? value->data : "";
}

static bool is_of_data(const char *group)
{
    if (strcmp(group, "generic") == 0) return true;
    for (size_t i = 0; i < sizeof(typed_groups) / sizeof(*typed_groups); i++)
        if (strcmp(group, typed_groups[i]) == 0) return true;
    return false;
}

/* A container has no life of its own. */
static void check_docs(const struct reply *docs)
{
    for (size_t i = 0; i + 1 < docs->count; i += 2) {
        const struct reply *entry = docs->items[i + 1];
        const struct reply *subcommands = reply_find(entry, "subcommands");
        const char *group = text_of(entry, "group");
        if (!is_of_data(group)) continue;
        if (subcommands)
            check_docs(subcommands);
        else
            check(docs->items[i]->data, group);
    }
}

static bool ask_server(void)
{
    struct server server = {0};
    struct server_options options = {.shards = 1};
    struct wire wire;
    if (!server_start(&server, &options)) return false;
    struct reply *docs = wire_open(&wire, server.port) ? wire_command(&wire, "COMMAND DOCS") : NULL;
    if (docs) check_docs(docs);
    reply_free(docs);
    wire_close(&wire);
    bool ok = server_stop(&server);
    server_fini(&server);
    return ok && tested > 0;
}

int main(int argc, char **argv)
{
    if (argc != 2 || !read_directory(argv[1])) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    bool ok = ask_server();
    if (!ok) missing++;
    printf("coverage: %d passed, %d failed\n", tested - (missing < tested ? missing : tested),
           missing);
    return missing != 0;
}
