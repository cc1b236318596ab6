/* base/clock.h -- The only caller of the system's clocks; exchanged at link time for a simulated
 * one. Each costs some 20 ns, clock_ticks some 8. */
#ifndef TORC_BASE_CLOCK_H
#define TORC_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_realtime_us(void);   /* since 1970 */
int64_t clock_monotonic_ns(void);  /* since some moment; never goes back */
int64_t clock_thread_cpu_ns(void); /* processor time of the calling thread */
uint64_t clock_ticks(void);        /* the processor's own counter, for short intervals */
double clock_ticks_per_us(void);   /* measured once, at the first call: takes 2 ms */
int clock_process_id(void);

static inline int64_t clock_realtime_ms(void)
{
    return clock_realtime_us() / 1000;
}

#endif
