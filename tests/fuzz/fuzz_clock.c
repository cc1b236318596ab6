/* Time as the fuzzer wants it, in the place of server/base/clock.c: it stands still unless a
 * sequence moves it, so that an input does the same each time. */
#include "fuzz/fuzz_clock.h"

#include "base/clock.h"

enum { START_S = 1700000000 };

static int64_t now_us = START_S * INT64_C(1000000);
static uint64_t looks; /* at the processor's counter */

void fuzz_clock_reset(void)
{
    now_us = START_S * INT64_C(1000000);
}

void fuzz_clock_advance_us(int64_t us)
{
    now_us += us;
}

int64_t clock_realtime_us(void)
{
    return now_us;
}

int64_t clock_monotonic_ns(void)
{
    return now_us * 1000;
}

int64_t clock_thread_cpu_ns(void)
{
    return now_us * 1000;
}

uint64_t clock_ticks(void)
{
    return ++looks;
}

double clock_ticks_per_us(void)
{
    return 1000;
}

int clock_process_id(void)
{
    return 1;
}
