/* cpu_clock.h -- CPU time of other processes, and the time of day. */
#ifndef BENCH_LOAD_CPU_CLOCK_H
#define BENCH_LOAD_CPU_CLOCK_H

#include "load_options.h"

#include <stdint.h>

uint64_t clock_now_ns(void);

/* Summed over all threads of these processes, those ended included, in nanoseconds: what the
 * scheduler accounts, which is what /proc/PID/schedstat shows, but up to the present instant. */
uint64_t cpu_clock_processes_ns(const struct load_options *options);
uint64_t cpu_clock_own_ns(void);

#endif
