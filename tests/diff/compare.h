/* diff/compare.h -- When the replies of two servers to one command are equal. */
#ifndef TESTS_DIFF_COMPARE_H
#define TESTS_DIFF_COMPARE_H

#include "support/reply.h"
#include "support/text.h"

#define SIDES 2 /* ours, theirs */

/* A command of the script, on one of the connections. */
struct entry {
    struct words words;
    int line;
};

bool entry_is(const struct entry *entry, const char *name);

/* Of SIDES replies, of which each may be NULL; `texts` become what to show of them. */
bool compare_replies(const struct entry *entry, struct reply *const *replies, int resp,
                     struct text *texts);
/* The canonical text of `count` items, `step` together at a time, with those pieces in order. */
void compare_print_sorted(struct reply *const *items, size_t count, size_t step, int resp,
                          struct text *text);

#endif
