/* shard/pause.h -- Waiting for another thread that is in the middle of a few instructions: spins,
 * and gives the CPU away when that one seems to have lost it. In a simulation (TORC_SIMULATED),
 * where threads take turns, both are places to switch: here, and in the middle. */
#ifndef TORC_SHARD_PAUSE_H
#define TORC_SHARD_PAUSE_H

#include <sched.h>
#include <stdint.h>

struct pause {
    uint32_t spins;
};

#ifdef TORC_SIMULATED
void pause_simulated(void);
void point_simulated(void);
#endif

/* A thread may lose its CPU here, and a simulation makes it so. */
static inline void pause_point(void)
{
#ifdef TORC_SIMULATED
    point_simulated();
#endif
}

static inline void pause_spin(struct pause *pause)
{
#ifdef TORC_SIMULATED
    pause_simulated();
#endif
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
