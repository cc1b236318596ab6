/* history/members.h -- The model of sets, lists and sorted sets: few of them, with few members, so
 * that a configuration of the search is small.
 *
 * They are other keys than those with strings, all in database 0. A list's elements are pushed once
 * only in a history, as the values of strings are: so a list has at most HISTORY_ELEMENTS. */
#ifndef TESTS_HISTORY_MEMBERS_H
#define TESTS_HISTORY_MEMBERS_H

#include "history/history.h"

/* Numbers of keys, in struct op: sets, lists, the sorted set. */
enum {
    HISTORY_SETS = 3,
    HISTORY_LISTS = 2,
    FIRST_LIST = HISTORY_SETS,
    UNION_KEY = FIRST_LIST + HISTORY_LISTS,
    MEMBER_KEYS,
    HISTORY_MEMBERS = 12,
    HISTORY_ELEMENTS = 15,
};

struct members {
    uint64_t lists[HISTORY_LISTS]; /* four bits each, the first lowest; 0: no more */
    uint16_t sets[HISTORY_SETS];   /* as masks */
    uint16_t once, twice;          /* of the sorted set: those with a score of 1, and of 2 */
};

static inline bool op_has_members(const struct op *op)
{
    return op->kind >= OP_SADD;
}

/* Takes effect; false: its reply would have been another one. */
bool members_apply(struct members *members, const struct op *op);
/* Its reply says that it left everything as it was. */
bool members_is_idle(const struct op *op);
/* The list elements that are in `before`, and not in `after`, as a mask. */
uint32_t members_lost(const struct members *before, const struct members *after);
/* The list elements that its reply names. */
uint32_t members_seen(const struct op *op);
int32_t members_key_count(const struct members *members);

#endif
