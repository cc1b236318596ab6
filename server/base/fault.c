#include "base/fault.h"

#ifdef TORC_FAULTS
#include <stdlib.h>
#include <string.h>

enum fault fault_planted;

static const char *const names[FAULT_COUNT] = {
    "none",           "inbox-order",      "no-catch-up",   "stand-in",
    "stand-in-early", "stand-in-closed",  "latch",         "old-home",
    "no-lease",       "lease-sequence",   "lost-release",  "reply-twice",
    "stale-handle",   "block-no-lease",   "watch-blind",   "claim-twice",
    "waiter-stays",   "waiter-forgotten", "serve-early",   "serve-last",
    "stale-untold",   "stale-late",       "publish-order",
};

__attribute__((constructor)) static void plant(void)
{
    const char *name = getenv("TORC_FAULT");
    if (!name) return;
    while (fault_planted < FAULT_COUNT && strcmp(names[fault_planted], name))
        fault_planted++;
    if (fault_planted == FAULT_COUNT) abort(); /* there is no such fault */
}
#endif
