#include "diff/block.h"

#include <stdlib.h>
#include <string.h>

void block_fini(struct block *block)
{
    free(block->queued);
    *block = (struct block){0};
}

static void queue(struct block *block, const struct entry *entry)
{
    if (block->count == block->capacity) {
        block->capacity = block->capacity * 2 + 16;
        block->queued = realloc(block->queued, block->capacity * sizeof *block->queued);
        if (!block->queued) abort();
    }
    block->queued[block->count++] = entry;
}

static void note(struct block *block, const struct entry *entry, const struct reply *reply)
{
    bool is_status = reply->type == '+';
    if (is_status && strcmp(reply->data, "QUEUED") == 0) {
        queue(block, entry);
    } else if (is_status && entry_is(entry, "MULTI")) {
        block->is_open = true;
        block->count = 0;
    } else if (entry_is(entry, "EXEC") || (is_status && entry_is(entry, "DISCARD"))) {
        block->is_open = false;
    }
}

static bool are_results(const struct block *block, const struct entry *entry,
                        const struct reply *reply)
{
    return reply && block->is_open && entry_is(entry, "EXEC") && reply->type == '*' &&
           !reply->null && reply->count == block->count;
}

static bool compare_results(const struct block *block, struct reply *const *replies, int resp,
                            struct text *texts)
{
    struct text pieces[SIDES] = {{0}, {0}};
    bool equal = true;
    for (int side = 0; side < SIDES; side++)
        texts[side].len = 0;
    for (size_t i = 0; i < block->count && equal; i++) {
        struct reply *results[SIDES] = {replies[0]->items[i], replies[1]->items[i]};
        equal = compare_replies(block->queued[i], results, resp, pieces);
        for (int side = 0; side < SIDES; side++)
            text_addf(&texts[side], "%s, ", pieces[side].data);
    }
    for (int side = 0; side < SIDES; side++)
        text_fini(&pieces[side]);
    return equal;
}

bool block_compare(struct block *block, const struct entry *entry, struct reply *const *replies,
                   int resp, struct text *texts)
{
    bool of_block = are_results(block, entry, replies[0]) && are_results(block, entry, replies[1]);
    bool equal = of_block ? compare_results(block, replies, resp, texts)
                          : compare_replies(entry, replies, resp, texts);
    if (equal) note(block, entry, replies[0]);
    return equal;
}
