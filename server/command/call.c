#include "command/call.h"

#include "resp/parser.h"

/* Handlers take them in their order, so looking goes on where it last ended: of thousands, each is
 * found at once. */
struct blob *call_take_blob(struct call *call, uint32_t index)
{
    struct bytes arg = call->args[index];
    if (arg.len < PARSER_LARGE_MIN) return NULL;
    for (uint32_t i = call->next_blob, left = call->blob_count; left; i++, left--) {
        if (i >= call->blob_count) i = 0;
        struct blob *blob = call->blobs[i];
        if (!blob || blob->bytes != arg.ptr) continue;
        call->blobs[i] = NULL;
        call->next_blob = i + 1;
        return blob;
    }
    return NULL;
}

#ifdef TORC_SIMULATED
uint64_t call_long_work = CALL_LONG_WORK;
#endif

struct outcome call_run_long(struct call *call)
{
    (void)call;
    return (struct outcome){OUTCOME_LONG};
}

struct outcome call_walk_on(struct call *call, uint16_t slot)
{
    call->walk->under_way = true;
    call->slot = slot;
    return (struct outcome){OUTCOME_WALKED_ON};
}
