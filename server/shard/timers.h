/* shard/timers.h -- Deadlines of one shard, kept in user space: the loop waits until the nearest
 * one. A binary heap of pointers into the owners; O(log n) to set and clear, O(1) to ask. */
#ifndef TORC_SHARD_TIMERS_H
#define TORC_SHARD_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
    void (*fire)(struct timer *timer); /* may set it again */
    int64_t deadline_ns;               /* monotonic */
    uint32_t place;                    /* in the heap, from 1; 0: not set */
};

struct timers {
    struct timer **heap;
    uint32_t count, capacity;
};

void timers_fini(struct timers *timers);
void timer_set(struct timers *timers, struct timer *timer, int64_t deadline_ns); /* or moves it */
void timer_clear(struct timers *timers, struct timer *timer);
int64_t timers_next_ns(const struct timers *timers);    /* INT64_MAX: none is set */
void timers_run(struct timers *timers, int64_t now_ns); /* fires what is due now, each once */

#endif
