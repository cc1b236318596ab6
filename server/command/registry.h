/* command/registry.h -- All rows there are, found by name. Made once from the families' tables, of
 * which it keeps its own copies; immutable afterwards, and read by all threads.
 *
 * Ids are dense: 0 .. registry_count() - 1, subcommands included, top level first. A lookup is the
 * first thing that happens to every command: two loads, one multiplication, one compare; it
 * allocates nothing and does not depend on the case of letters. */
#ifndef TORC_COMMAND_REGISTRY_H
#define TORC_COMMAND_REGISTRY_H

#include "command/command.h"

struct registry;

/* `tables` ends with NULL, each table with a row without a name. */
struct registry *registry_new(const struct command *const *tables);
void registry_free(struct registry *registry);

/* A top-level row; NULL: unknown. */
const struct command *registry_find(const struct registry *registry, struct bytes name);
/* A subcommand of a container by its own word; NULL: unknown, or no container. O(subcommands). */
const struct command *registry_find_sub(const struct command *container, struct bytes word);
/* By full name: "get", "config|get". */
const struct command *registry_find_full(const struct registry *registry, struct bytes name);

uint32_t registry_count(const struct registry *registry);     /* ids, subcommands included */
uint32_t registry_top_count(const struct registry *registry); /* ids of the top level come first */
const struct command *registry_row(const struct registry *registry, uint32_t id);

#endif
