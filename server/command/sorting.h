/* command/sorting.h -- The order of SORT: elements by a number or by a text of theirs.
 * Numbers are sorted by the radix of their bits, O(n), and those that are equal by the elements'
 * bytes; texts by comparison. Both take breath. */
#ifndef TORC_COMMAND_SORTING_H
#define TORC_COMMAND_SORTING_H

#include "base/breath.h"
#include "mem/arena.h"
#include "types/listpack.h"

struct sorting_item {
    struct listpack_element element; /* borrowed */
    union {
        double score;
        struct bytes text; /* NULL ptr: there is none, which comes before all others */
    };
};

struct sorting {
    struct sorting_item *items;
    uint64_t count;
    bool by_text;
    bool descending;
};

/* Puts the items in order; memory for it comes from `scratch`. */
void sorting_run(const struct sorting *sorting, struct arena *scratch, struct breath *breath);

#endif
