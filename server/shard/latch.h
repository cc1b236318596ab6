/* shard/latch.h -- Who may touch what a home knows of its slots: its own thread, but while that is
 * in the kernel or spinning; then another, one at a time, for a batch of commands. Others only try,
 * and never wait; the owner, when it comes back, waits for the one that is in, and for no other. */
#ifndef TORC_SHARD_LATCH_H
#define TORC_SHARD_LATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/mark.h"
#include "shard/pause.h"

enum latch_state {
    LATCH_OWNED,  /* the owner is in, or waits for the one who is */
    LATCH_HANDED, /* and that one has left */
    LATCH_OPEN,
    LATCH_TAKEN, /* by another */
};

struct latch {
    _Atomic uint32_t state; /* zeroed: owned */
};

/* The owner leaves: what it has written is there for others. One store. */
static inline void latch_open(struct latch *latch)
{
    atomic_store_explicit(&latch->state, LATCH_OPEN, memory_order_release);
}

/* The owner comes back. One exchange; waits for another's batch at most. */
static inline void latch_close(struct latch *latch)
{
    uint32_t before = atomic_exchange_explicit(&latch->state, LATCH_OWNED, memory_order_acquire);
    if (before == LATCH_OPEN) return;
    mark(MARK_LATCH_WAITED);
    if (fault_is(FAULT_LATCH)) return;
    for (struct pause pause = {0};; pause_spin(&pause))
        if (atomic_load_explicit(&latch->state, memory_order_acquire) == LATCH_HANDED) return;
}

/* Another comes in, if the owner is away and nobody else is in. */
static inline bool latch_try_take(struct latch *latch)
{
    uint32_t state = atomic_load_explicit(&latch->state, memory_order_relaxed);
    return state == LATCH_OPEN &&
           atomic_compare_exchange_strong_explicit(&latch->state, &state, LATCH_TAKEN,
                                                   memory_order_acquire, memory_order_relaxed);
}

/* And goes. */
static inline void latch_leave(struct latch *latch)
{
    uint32_t state = LATCH_TAKEN;
    if (!atomic_compare_exchange_strong_explicit(&latch->state, &state, LATCH_OPEN,
                                                 memory_order_release, memory_order_relaxed)) {
        ASSERT(state == LATCH_OWNED); /* its owner waits, and has not gone on */
        atomic_store_explicit(&latch->state, LATCH_HANDED, memory_order_release);
    }
}

#endif
