/* history/members.h -- The model of sets, lists and sorted sets: few of them, with few members, so
 * that a configuration of the search is small.
 *
 * They are other keys than those with strings, and a key has one type for ever. A list's elements
 * are pushed once only in a history, as the values of strings are, and no list is copied: so a list
 * has at most HISTORY_ELEMENTS. */
#ifndef TESTS_HISTORY_MEMBERS_H
#define TESTS_HISTORY_MEMBERS_H

#include "history/history.h"

/* Numbers of keys, in struct op: behind those with strings come sets, lists, the sorted set. */
enum {
    HISTORY_SETS = 3,
    HISTORY_LISTS = 2,
    FIRST_SET = HISTORY_KEYS,
    FIRST_LIST = FIRST_SET + HISTORY_SETS,
    UNION_KEY = FIRST_LIST + HISTORY_LISTS,
    HISTORY_KEYS_ALL,
    HISTORY_MEMBERS = 12,
    HISTORY_ELEMENTS = 15,
};

/* Of one database. */
struct members {
    uint64_t lists[HISTORY_LISTS]; /* four bits each, the first lowest; 0: no more */
    uint16_t sets[HISTORY_SETS];   /* as masks */
    uint16_t once, twice;          /* of the sorted set: those with a score of 1, and of 2 */
};

static inline bool op_has_members(const struct op *op)
{
    return op->kind >= OP_SADD;
}

/* Do both have the same at this key? */
bool members_are_same(const struct members *one, const struct members *other, uint32_t key);
/* Takes effect; false: its reply would have been another one. */
bool members_apply(struct members *members, const struct op *op);
/* Its reply says that it left everything as it was. */
bool members_is_idle(const struct op *op);
bool members_has(const struct members *members, uint32_t key);
/* A key becomes what another one of the same type is; NULL: it goes. */
void members_put(struct members *members, uint32_t key, const struct members *from,
                 uint32_t from_key);
/* The list elements that there are, as a mask. */
uint32_t members_elements(const struct members *members);
/* The list elements that its reply names. */
uint32_t members_seen(const struct op *op);

#endif
