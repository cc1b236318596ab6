#include "shard/timers.h"

#include "mem/mem.h"

static void put(struct timers *timers, uint32_t index, struct timer *timer)
{
    timers->heap[index] = timer;
    timer->place = index + 1;
}

static void sift_up(struct timers *timers, uint32_t index, struct timer *timer)
{
    while (index) {
        uint32_t parent = (index - 1) / 2;
        if (timers->heap[parent]->deadline_ns <= timer->deadline_ns) break;
        put(timers, index, timers->heap[parent]);
        index = parent;
    }
    put(timers, index, timer);
}

static void sift_down(struct timers *timers, uint32_t index, struct timer *timer)
{
    for (;;) {
        uint32_t child = index * 2 + 1;
        if (child >= timers->count) break;
        if (child + 1 < timers->count &&
            timers->heap[child + 1]->deadline_ns < timers->heap[child]->deadline_ns)
            child++;
        if (timers->heap[child]->deadline_ns >= timer->deadline_ns) break;
        put(timers, index, timers->heap[child]);
        index = child;
    }
    put(timers, index, timer);
}

void timers_fini(struct timers *timers)
{
    mem_free(timers->heap, timers->capacity * sizeof *timers->heap);
    *timers = (struct timers){0};
}

void timer_clear(struct timers *timers, struct timer *timer)
{
    if (!timer->place) return;
    uint32_t index = timer->place - 1;
    struct timer *last = timers->heap[--timers->count];
    timer->place = 0;
    if (last == timer) return;
    sift_down(timers, index, last);
    sift_up(timers, last->place - 1, last);
}

void timer_set(struct timers *timers, struct timer *timer, int64_t deadline_ns)
{
    timer_clear(timers, timer);
    if (timers->count == timers->capacity) {
        uint32_t capacity = timers->capacity ? timers->capacity * 2 : 8;
        timers->heap = mem_resize(timers->heap, timers->capacity * sizeof *timers->heap,
                                  capacity * sizeof *timers->heap);
        timers->capacity = capacity;
    }
    timer->deadline_ns = deadline_ns;
    sift_up(timers, timers->count++, timer);
}

int64_t timers_next_ns(const struct timers *timers)
{
    return timers->count ? timers->heap[0]->deadline_ns : INT64_MAX;
}

void timers_run(struct timers *timers, int64_t now_ns)
{
    for (uint32_t left = timers->count; left && timers_next_ns(timers) <= now_ns; left--) {
        struct timer *timer = timers->heap[0];
        timer_clear(timers, timer);
        timer->fire(timer);
    }
}
