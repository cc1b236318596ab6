#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_realtime_us(void)
{
    return read_ns(CLOCK_REALTIME) / 1000;
}

int64_t clock_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t clock_ticks(void)
{
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return (uint64_t)read_ns(CLOCK_MONOTONIC);
#endif
}

static double measure_ticks_per_us(void)
{
    int64_t start_ns = clock_monotonic_ns();
    uint64_t start_ticks = clock_ticks();
    int64_t elapsed_ns;
    do
        elapsed_ns = clock_monotonic_ns() - start_ns;
    while (elapsed_ns < 2000000);
    return (double)(clock_ticks() - start_ticks) * 1000 / (double)elapsed_ns;
}

double clock_ticks_per_us(void)
{
    static _Atomic double rate;
    double known = atomic_load_explicit(&rate, memory_order_relaxed);
    if (known > 0) return known;
    known = measure_ticks_per_us();
    atomic_store_explicit(&rate, known, memory_order_relaxed);
    return known;
}

int clock_process_id(void)
{
    return (int)getpid();
}
