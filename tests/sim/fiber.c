#include "sim/fiber.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if !defined(__x86_64__)
#error "the simulation switches stacks on x86-64 only"
#endif

/* The registers that a callee must keep go on the old stack, and come from the new one. */
__asm__(".text\n"
        ".globl fiber_switch_stacks\n"
        ".type fiber_switch_stacks, @function\n"
        "fiber_switch_stacks:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size fiber_switch_stacks, .-fiber_switch_stacks\n");

void fiber_switch_stacks(void **from, void *to);

static _Thread_local struct fiber *leaving, *entering;

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

/* Where another stack has ended, its marks are left. */
static void forget_marks(const struct fiber *fiber)
{
    __asan_unpoison_memory_region(fiber->stack, fiber->stack_size);
}

static void announce(void)
{
    __sanitizer_start_switch_fiber(&leaving->shadow, entering->stack, entering->stack_size);
}

/* Of the first one, which nobody made, the stack is told by the first that leaves it. */
static void arrive(void)
{
    const void *stack;
    size_t size;
    __sanitizer_finish_switch_fiber(entering->shadow, &stack, &size);
    if (leaving->stack) return;
    leaving->stack = (void *)(uintptr_t)stack;
    leaving->stack_size = size;
}
#else
static void forget_marks(const struct fiber *fiber)
{
    (void)fiber;
}

static void announce(void)
{
}

static void arrive(void)
{
}
#endif

static void start(void)
{
    struct fiber *fiber = entering;
    arrive();
    fiber->run(fiber->context);
    abort();
}

void fiber_init(struct fiber *fiber, size_t stack_size, void (*run)(void *context), void *context)
{
    *fiber = (struct fiber){.stack_size = stack_size, .run = run, .context = context};
    fiber->stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fiber->stack == MAP_FAILED) abort();
    forget_marks(fiber);
    mprotect(fiber->stack, 4096, PROT_NONE);
    uintptr_t *top = (uintptr_t *)((uint8_t *)fiber->stack + stack_size);
    *--top = 0; /* as if called: the stack is 16 bytes off by a return address */
    *--top = (uintptr_t)start;
    for (int i = 0; i < 6; i++)
        *--top = 0;
    fiber->stack_pointer = top;
}

void fiber_fini(struct fiber *fiber)
{
    if (fiber->run) munmap(fiber->stack, fiber->stack_size);
    fiber->stack = NULL;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
    leaving = from;
    entering = to;
    announce();
    fiber_switch_stacks(&from->stack_pointer, to->stack_pointer);
    arrive();
}
