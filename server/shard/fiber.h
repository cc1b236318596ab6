/* shard/fiber.h -- A stack of its own for work that stops in the middle and goes on later, on the
 * same thread. A switch costs some ns (x86-64; elsewhere, by way of ucontext, two system calls). A
 * stack that overflows hits a page that may not be touched. Memory is taken page by page as it is
 * used. */
#ifndef TORC_SHARD_FIBER_H
#define TORC_SHARD_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#if !defined(__x86_64__) && !defined(TORC_FIBER_UCONTEXT)
#define TORC_FIBER_UCONTEXT
#endif
#ifdef TORC_FIBER_UCONTEXT
#include <ucontext.h>
#endif

struct fiber {
    void *stack_pointer;
    void *stack; /* NULL: that of the thread itself */
    size_t stack_size;
    void *shadow;               /* AddressSanitizer's, of its stack; ThreadSanitizer's */
    void (*run)(void *context); /* must not return: it switches away for good */
    void *context;
#ifdef TORC_FIBER_UCONTEXT
    ucontext_t registers;
#endif
};

/* A zeroed one stands for the thread itself. false: no memory for a stack. */
bool fiber_init(struct fiber *fiber, size_t stack_size, void (*run)(void *context), void *context);
/* Another piece of work on the stack of one that has switched away for good. */
void fiber_restart(struct fiber *fiber);
void fiber_fini(struct fiber *fiber);
/* Goes on in `to`, where that had stopped; returns when somebody switches to `from`. */
void fiber_switch(struct fiber *from, struct fiber *to);

#endif
