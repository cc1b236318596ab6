#include "command/wait.h"

#include <math.h>

#include "base/check.h"
#include "base/number.h"
#include "command/args.h"
#include "command/lookup.h"
#include "command/reply.h"
#include "mem/mem.h"

static size_t size_of(uint32_t count)
{
    return sizeof(struct waiter) + count * sizeof(struct wait);
}

struct waiter *call_waiter(struct call *call, uint32_t count, struct outcome *otherwise)
{
    if (!call->may_wait) {
        *otherwise = call_run_long(call);
        return NULL;
    }
    struct waiter *waiter = mem_alloc_zero(size_of(count));
    waiter->count = count;
    waiter->deadline_ms = waiter->again_ms = INT64_MAX;
    return waiter;
}

void waiter_set_name(struct waiter *waiter, struct bytes name)
{
    uint8_t *copy = mem_alloc(name.len ? name.len : 1);
    if (name.len) memcpy(copy, name.ptr, name.len);
    waiter->name = bytes_make(copy, name.len);
}

void waiter_free(struct waiter *waiter)
{
    for (uint32_t i = 0; i < waiter->count; i++)
        ASSERT(!waiter->waits[i].interest.key); /* it stands in no queue any more */
    if (waiter->name.ptr)
        mem_free((void *)(uintptr_t)waiter->name.ptr, waiter->name.len ? waiter->name.len : 1);
    mem_free(waiter, size_of(waiter->count));
}

/* One that has waited keeps its place. */
struct outcome call_wait(struct call *call, struct waiter *waiter)
{
    if (call->waiter) {
        call->waiter->again_ms = waiter->again_ms;
        waiter_free(waiter);
        return (struct outcome){OUTCOME_WAITING};
    }
    for (uint32_t i = 0; i < waiter->count; i++) {
        struct wait *wait = &waiter->waits[i];
        struct place place = call_place(call, wait->index);
        wait->waiter = waiter;
        wait->slot = place.slot;
        interest_wait(&place, &wait->interest, waiter->minds);
    }
    call->waiter = waiter;
    return (struct outcome){OUTCOME_WAITING};
}

static bool deadline_in(struct call *call, int64_t timeout_ms, int64_t *deadline_ms,
                        struct outcome *problem)
{
    *deadline_ms = INT64_MAX;
    if (timeout_ms == 0) return true;
    if (timeout_ms < 0)
        *problem = reply_error(call, "ERR timeout is negative");
    else if (__builtin_add_overflow(timeout_ms, call->now_ms, deadline_ms))
        *problem = reply_error(call, "ERR timeout is out of range");
    else
        return true;
    return false;
}

bool args_seconds(struct call *call, uint32_t index, int64_t *deadline_ms, struct outcome *problem)
{
    double seconds;
    if (!number_parse_double(call->args[index], &seconds)) {
        *problem = reply_error(call, "ERR timeout is not a float or out of range");
        return false;
    }
    double timeout_ms = ceil(seconds * 1000);
    if (timeout_ms >= 0x1p63) {
        *problem = reply_error(call, "ERR timeout is out of range");
        return false;
    }
    return deadline_in(call, timeout_ms < 0 ? -1 : (int64_t)timeout_ms, deadline_ms, problem);
}

bool args_milliseconds(struct call *call, uint32_t index, int64_t *deadline_ms,
                       struct outcome *problem)
{
    int64_t timeout_ms;
    if (args_int(call, index, &timeout_ms))
        return deadline_in(call, timeout_ms, deadline_ms, problem);
    *problem = reply_error(call, "ERR timeout is not an integer or out of range");
    return false;
}
