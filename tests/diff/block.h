/* diff/block.h -- What a connection has queued behind MULTI, so that each of EXEC's results can be
 * compared as that command's replies are. Goes by the replies, not by what the script meant. */
#ifndef TESTS_DIFF_BLOCK_H
#define TESTS_DIFF_BLOCK_H

#include "diff/compare.h"

struct block {
    bool is_open;
    const struct entry **queued;
    size_t count, capacity;
};

void block_fini(struct block *block);
/* compare_replies(), and notes what they say about the block. */
bool block_compare(struct block *block, const struct entry *entry, struct reply *const *replies,
                   int resp, struct text *texts);

#endif
