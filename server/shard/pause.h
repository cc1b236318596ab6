/* shard/pause.h -- Waiting for another thread that is in the middle of a few instructions: spins,
 * and gives the CPU away when that one seems to have lost it. */
#ifndef TORC_SHARD_PAUSE_H
#define TORC_SHARD_PAUSE_H

#include <sched.h>
#include <stdint.h>

struct pause {
    uint32_t spins;
};

static inline void pause_spin(struct pause *pause)
{
    if (++pause->spins % 256 == 0) {
        sched_yield();
        return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
