#include "shard/fiber.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

enum { PAGE_BYTES = 4096 };

static _Thread_local struct fiber *leaving, *entering;

/* What tools that watch memory have to be told about stacks. */

#if defined(__SANITIZE_ADDRESS__)
/* Where another stack has ended, its marks are left. */
static void tell_new(struct fiber *fiber)
{
    __asan_unpoison_memory_region(fiber->stack, fiber->stack_size);
}

static void tell_end(struct fiber *fiber)
{
    (void)fiber;
}

static void tell_switch(void)
{
    __sanitizer_start_switch_fiber(&leaving->shadow, entering->stack, entering->stack_size);
}

/* Of the first one, which nobody made, the stack is told by the first that leaves it. */
static void tell_arrival(void)
{
    const void *stack;
    size_t size;
    __sanitizer_finish_switch_fiber(entering->shadow, &stack, &size);
    if (leaving->stack) return;
    leaving->stack = (void *)(uintptr_t)stack;
    leaving->stack_size = size;
}
#elif defined(__SANITIZE_THREAD__)
static void tell_new(struct fiber *fiber)
{
    if (!fiber->shadow) fiber->shadow = __tsan_create_fiber(0);
}

static void tell_end(struct fiber *fiber)
{
    __tsan_destroy_fiber(fiber->shadow);
}

static void tell_switch(void)
{
    if (!leaving->shadow) leaving->shadow = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(entering->shadow, 0);
}

static void tell_arrival(void)
{
}
#else
static void tell_new(struct fiber *fiber)
{
    (void)fiber;
}

static void tell_end(struct fiber *fiber)
{
    (void)fiber;
}

static void tell_switch(void)
{
}

static void tell_arrival(void)
{
}
#endif

static void start(void)
{
    struct fiber *fiber = entering;
    tell_arrival();
    fiber->run(fiber->context);
    abort();
}

#ifdef TORC_FIBER_UCONTEXT

static void prepare(struct fiber *fiber)
{
    getcontext(&fiber->registers);
    fiber->registers.uc_stack.ss_sp = fiber->stack;
    fiber->registers.uc_stack.ss_size = fiber->stack_size;
    makecontext(&fiber->registers, start, 0);
}

static void switch_stacks(struct fiber *from, struct fiber *to)
{
    swapcontext(&from->registers, &to->registers);
}

#else

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

static void prepare(struct fiber *fiber)
{
    uintptr_t *top = (uintptr_t *)(void *)((uint8_t *)fiber->stack + fiber->stack_size);
    *--top = 0; /* as if called: the stack is 16 bytes off by a return address */
    *--top = (uintptr_t)start;
    for (int i = 0; i < 6; i++)
        *--top = 0;
    fiber->stack_pointer = top;
}

static void switch_stacks(struct fiber *from, struct fiber *to)
{
    fiber_switch_stacks(&from->stack_pointer, to->stack_pointer);
}

#endif

void fiber_restart(struct fiber *fiber)
{
    tell_new(fiber);
    prepare(fiber);
}

bool fiber_init(struct fiber *fiber, size_t stack_size, void (*run)(void *context), void *context)
{
    *fiber = (struct fiber){.stack_size = stack_size, .run = run, .context = context};
    fiber->stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fiber->stack == MAP_FAILED) return false;
    mprotect(fiber->stack, PAGE_BYTES, PROT_NONE);
    fiber_restart(fiber);
    return true;
}

void fiber_fini(struct fiber *fiber)
{
    if (!fiber->run) return;
    tell_end(fiber);
    munmap(fiber->stack, fiber->stack_size);
    fiber->stack = NULL;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
    leaving = from;
    entering = to;
    tell_switch();
    switch_stacks(from, to);
    tell_arrival();
}
