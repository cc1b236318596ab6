#include "shard/long_call.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/mark.h"
#include "shard/fiber.h"

enum {
    STACK_BYTES = 512 * 1024,
#ifdef TORC_SIMULATED
    SLICE_US = 0,
    LOOK_AT_CLOCK_EVERY = 0,
#else
    SLICE_US = 300,
    LOOK_AT_CLOCK_EVERY = 512, /* units of work */
#endif
};

struct long_call {
    struct long_call *next;
    struct shard *shard;
    struct request *request;
    void (*done)(struct shard *shard, struct request *request, void *context);
    void *context;
    struct breath breath;
    struct fiber fiber, outside;
    struct arena scratch;
    uint64_t slice_end; /* in ticks */
    bool has_ended;
};

static void pause_call(struct breath *breath)
{
    struct long_call *call = CONTAINER_OF(breath, struct long_call, breath);
    if (clock_ticks() >= call->slice_end) fiber_switch(&call->fiber, &call->outside);
    breath->left = LOOK_AT_CLOCK_EVERY;
}

static void run_call(void *context)
{
    struct long_call *call = context;
    for (;;) {
        request_execute_long(call->shard, call->request, &call->breath, &call->scratch);
        call->has_ended = true;
        fiber_switch(&call->fiber, &call->outside);
    }
}

static struct long_call *new_call(struct shard *shard)
{
    struct long_call *call = shard->long_calls.kept;
    shard->long_calls.kept = NULL;
    if (call) return call;
    call = mem_alloc_zero(sizeof *call);
    if (!fiber_init(&call->fiber, STACK_BYTES, run_call, call)) {
        mem_free(call, sizeof *call);
        return NULL;
    }
    arena_init(&call->scratch);
    return call;
}

static void free_call(struct long_call *call)
{
    arena_fini(&call->scratch);
    fiber_fini(&call->fiber);
    mem_free(call, sizeof *call);
}

static void append(struct shard *shard, struct long_call *call)
{
    struct long_calls *calls = &shard->long_calls;
    call->next = NULL;
    if (calls->last)
        calls->last->next = call;
    else
        calls->first = call;
    calls->last = call;
}

void long_call_start(struct shard *shard, struct request *request,
                     void (*done)(struct shard *shard, struct request *request, void *context),
                     void *context)
{
    struct long_call *call = new_call(shard);
    if (!call) {
        request_execute_long(shard, request, NULL, &shard->scratch);
        done(shard, request, context);
        return;
    }
    call->shard = shard;
    call->request = request;
    call->done = done;
    call->context = context;
    call->breath = (struct breath){0, pause_call};
    call->has_ended = false;
    append(shard, call);
    shard->more_work = true;
    metric_add(&shard->counters.long_calls, 1);
    mark(MARK_LONG_CALL);
}

/* The one that was used last is kept, its stack being warm. */
static void end_call(struct shard *shard, struct long_call *call)
{
    struct request *request = call->request;
    void (*done)(struct shard *, struct request *, void *) = call->done;
    void *context = call->context;
    if (shard->long_calls.kept)
        free_call(call);
    else
        shard->long_calls.kept = call;
    done(shard, request, context);
}

bool long_call_slice(struct shard *shard)
{
    struct long_calls *calls = &shard->long_calls;
    struct long_call *call = calls->first;
    if (likely(!call)) return false;
    calls->first = call->next;
    if (!calls->first) calls->last = NULL;
    uint64_t start = clock_ticks();
    call->slice_end = start + (uint64_t)(SLICE_US * clock_ticks_per_us());
    metric_add(&shard->counters.long_slices, 1);
    fiber_switch(&call->outside, &call->fiber);
    shard->last_tick = clock_ticks();
    metric_add(&shard->command_counters[call->request->command->id].ticks,
               (int64_t)(shard->last_tick - start));
    if (call->has_ended)
        end_call(shard, call);
    else
        append(shard, call);
    return true;
}

void long_call_fini(struct shard *shard)
{
    ASSERT(!shard->long_calls.first);
    if (shard->long_calls.kept) free_call(shard->long_calls.kept);
    shard->long_calls.kept = NULL;
}
