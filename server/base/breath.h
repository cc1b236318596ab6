/* base/breath.h -- Work that may be long takes breath: it says how much it has done, and others
 * have their turn when that is much. Who started it decides what taking breath means; NULL: that
 * the work is done in one go. A unit of work is some 20 to 50 ns: an element passed or freed. */
#ifndef TORC_BASE_BREATH_H
#define TORC_BASE_BREATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct breath {
    int64_t left;                         /* units until the next pause */
    void (*pause)(struct breath *breath); /* returns when the work may go on; renews `left` */
    bool must_rest;                       /* whatever time there is left */
};

/* Others have their turn now: for work that waits for something. Not without breath. */
static inline void breath_rest(struct breath *breath)
{
    breath->must_rest = true;
    breath->pause(breath);
    breath->must_rest = false;
}

static inline void breathe(struct breath *breath, uint64_t work)
{
    if (__builtin_expect(breath != NULL, 0) && (breath->left -= (int64_t)work) < 0)
        breath->pause(breath);
}

#endif
