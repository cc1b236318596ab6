#include "shard/long_call.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/mark.h"
#include "shard/fiber.h"

enum {
    STACK_BYTES = 512 * 1024,
    RUNNING_MAX = 16, /* at once; others wait, with their slots */
#ifdef TORC_SIMULATED
    SLICE_US = 0,
    LOOK_AT_CLOCK_EVERY = 0,
#else
    SLICE_US = 300,
    LOOK_AT_CLOCK_EVERY = 512, /* units of work */
#endif
};

/* What a call runs on: used again by another one. */
struct long_stack {
    struct fiber fiber, outside;
    struct arena scratch;
    struct long_call *call;
};

struct long_call {
    struct long_call *next;
    struct shard *shard;
    struct request *request;
    void (*done)(struct shard *shard, struct request *request, struct outcome outcome,
                 void *context);
    void *context;
    const struct command *command;
    struct outcome outcome;
    struct breath breath;
    struct long_stack *stack; /* NULL: it waits for one */
    uint64_t slice_end;       /* in ticks */
    bool has_ended;
};

static void leave_stack(struct long_stack *stack)
{
    fiber_switch(&stack->fiber, &stack->outside);
}

static void pause_call(struct breath *breath)
{
    struct long_call *call = CONTAINER_OF(breath, struct long_call, breath);
    if (breath->must_rest || clock_ticks() >= call->slice_end) leave_stack(call->stack);
    breath->left = LOOK_AT_CLOCK_EVERY;
}

static void run_calls(void *context)
{
    struct long_stack *stack = context;
    for (;;) {
        struct long_call *call = stack->call;
        call->outcome =
            request_execute_long(call->shard, call->request, &call->breath, &stack->scratch);
        call->has_ended = true;
        leave_stack(stack);
    }
}

static struct long_stack *take_stack(struct shard *shard)
{
    struct long_stack *stack = shard->long_calls.kept;
    shard->long_calls.kept = NULL;
    if (stack) return stack;
    stack = mem_alloc_zero(sizeof *stack);
    if (!fiber_init(&stack->fiber, STACK_BYTES, run_calls, stack)) {
        mem_free(stack, sizeof *stack);
        return NULL;
    }
    arena_init(&stack->scratch);
    return stack;
}

static void free_stack(struct long_stack *stack)
{
    arena_fini(&stack->scratch);
    fiber_fini(&stack->fiber);
    mem_free(stack, sizeof *stack);
}

/* The one that was used last is kept, being warm. */
static void give_stack(struct shard *shard, struct long_stack *stack)
{
    if (shard->long_calls.kept)
        free_stack(stack);
    else
        shard->long_calls.kept = stack;
}

static void push(struct long_queue *queue, struct long_call *call)
{
    call->next = NULL;
    *(queue->last ? &queue->last->next : &queue->first) = call;
    queue->last = call;
}

static struct long_call *pop(struct long_queue *queue)
{
    struct long_call *call = queue->first;
    if (!call) return NULL;
    queue->first = call->next;
    if (!queue->first) queue->last = NULL;
    return call;
}

void long_call_start(struct shard *shard, struct request *request,
                     void (*done)(struct shard *shard, struct request *request,
                                  struct outcome outcome, void *context),
                     void *context)
{
    struct long_call *call = mem_alloc_zero(sizeof *call);
    call->shard = shard;
    call->request = request;
    call->command = request->command;
    call->done = done;
    call->context = context;
    call->breath.pause = pause_call;
    push(&shard->long_calls.waiting, call);
    shard->more_work = true;
    metric_add(&shard->counters.long_calls, 1);
    mark(MARK_LONG_CALL);
}

static void end_call(struct shard *shard, struct long_call *call)
{
    struct long_call ended = *call;
    mem_free(call, sizeof *call);
    ended.done(shard, ended.request, ended.outcome, ended.context);
}

/* Those that came first have the stacks there are. */
static void begin_waiting(struct shard *shard)
{
    struct long_calls *calls = &shard->long_calls;
    if (calls->running_count == RUNNING_MAX || !calls->waiting.first) return;
    struct long_call *call = pop(&calls->waiting);
    call->stack = take_stack(shard);
    if (!call->stack) {
        call->outcome = request_execute_long(shard, call->request, NULL, &shard->scratch);
        end_call(shard, call);
        return;
    }
    call->stack->call = call;
    calls->running_count++;
    push(&calls->running, call);
}

static void run_slice(struct shard *shard, struct long_call *call)
{
    uint64_t start = clock_ticks();
    call->slice_end = start + (uint64_t)(SLICE_US * clock_ticks_per_us());
    metric_add(&shard->counters.long_slices, 1);
    mem_use_small_pages(true);
    fiber_switch(&call->stack->outside, &call->stack->fiber);
    mem_use_small_pages(false);
    shard->last_tick = clock_ticks();
    metric_add(&shard->command_counters[call->command->id].ticks,
               (int64_t)(shard->last_tick - start));
}

bool long_call_slice(struct shard *shard)
{
    struct long_calls *calls = &shard->long_calls;
    begin_waiting(shard);
    struct long_call *call = pop(&calls->running);
    if (likely(!call)) return calls->waiting.first != NULL;
    run_slice(shard, call);
    if (!call->has_ended) {
        push(&calls->running, call);
        return true;
    }
    calls->running_count--;
    give_stack(shard, call->stack);
    end_call(shard, call);
    return true;
}

void long_call_fini(struct shard *shard)
{
    ASSERT(!shard->long_calls.waiting.first && !shard->long_calls.running.first);
    if (shard->long_calls.kept) free_stack(shard->long_calls.kept);
    shard->long_calls.kept = NULL;
}
