/* command/category.h -- The ACL categories of a command: those its row names, and those that follow
 * from its flags. */
#ifndef TORC_COMMAND_CATEGORY_H
#define TORC_COMMAND_CATEGORY_H

#include "command/command.h"

/* Numbered in the order in which COMMAND INFO and ACL CAT list them. */
uint32_t category_count(void);
const char *category_name(uint32_t category); /* "keyspace" */
bool category_find(struct bytes name, uint32_t *category);
bool category_has(uint32_t category, const struct command *row);

#endif
