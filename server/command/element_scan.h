/* command/element_scan.h -- What SSCAN, HSCAN and ZSCAN have in common: the cursor, the options and
 * the form of the reply. The command looks its key up between reading the two, and gives a step
 * that visits some elements. */
#ifndef TORC_COMMAND_ELEMENT_SCAN_H
#define TORC_COMMAND_ELEMENT_SCAN_H

#include "command/call.h"

struct element_scan {
    struct call *call;
    uint64_t cursor, count; /* count: COUNT, at least 1 */
    struct bytes pattern;   /* NULL ptr: all */
    bool is_bare;           /* without what belongs to an element: NOVALUES, NOSCORES */
    uint64_t visited;       /* elements of the whole call */
    size_t written;         /* items of the reply */
};

/* The cursor is argument 2. false: *problem is the answer. */
bool element_scan_begin(struct call *call, struct element_scan *scan, struct outcome *problem);
/* The options, from argument 3 on. `bare` is the word for is_bare; NULL: there is none. */
bool element_scan_options(struct element_scan *scan, const char *bare, struct outcome *problem);
/* The work of it, at most, in a collection of so many elements. */
uint64_t element_scan_work(const struct element_scan *scan, uint64_t elements);

/* Counts an element that is visited; does it belong into the reply? */
bool element_scan_wants(struct element_scan *scan, struct bytes element);

/* Visits some elements, writes those that are wanted, and counts the items it wrote. The cursor
 * to go on with, 0: that was all. */
typedef uint32_t element_scan_step(struct element_scan *scan, const void *context, uint32_t cursor);

struct outcome element_scan_reply(struct element_scan *scan, element_scan_step *step,
                                  const void *context);
struct outcome element_scan_reply_empty(struct call *call); /* for a key that is not there */

#endif
