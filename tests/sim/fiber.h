/* sim/fiber.h -- Threads that run one at a time, and switch when they say so. */
#ifndef TESTS_SIM_FIBER_H
#define TESTS_SIM_FIBER_H

#include <stddef.h>

struct fiber {
    void *stack_pointer;
    void *stack; /* NULL: that of the thread itself */
    size_t stack_size;
    void *shadow;               /* AddressSanitizer's, of its stack */
    void (*run)(void *context); /* must not return: it switches away for good */
    void *context;
};

void fiber_init(struct fiber *fiber, size_t stack_size, void (*run)(void *context), void *context);
void fiber_fini(struct fiber *fiber);
/* Goes on in `to`, where that had stopped; returns when somebody switches to `from`. */
void fiber_switch(struct fiber *from, struct fiber *to);

#endif
