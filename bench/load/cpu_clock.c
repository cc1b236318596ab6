#include "cpu_clock.h"

#include "fatal.h"

#include <time.h>

static uint64_t read_ns(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time)) fatal("a process that is measured has gone");
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t clock_now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t cpu_clock_processes_ns(const struct load_options *options)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < options->pid_count; i++) {
        clockid_t clock;
        if (clock_getcpuclockid(options->pids[i], &clock)) {
            fatal("there is no process %d", options->pids[i]);
        }
        sum += read_ns(clock);
    }
    return sum;
}

uint64_t cpu_clock_own_ns(void)
{
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}
