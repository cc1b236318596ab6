#include "shard/request.h"

#include "base/check.h"
#include "base/container.h"
#include "base/mark.h"
#include "base/prefetch.h"
#include "command/keys.h"
#include "shard/claim.h"
#include "shard/expiry.h"
#include "shard/long_call.h"
#include "shard/move.h"
#include "shard/route.h"
#include "shard/waiters.h"

/* Room for the reply in the request's own block: what a GET of a small value needs. */
enum { REPLY_ROOM = sizeof(struct chunk) + 160 };

/* Offsets in the block. */
struct layout {
    size_t args, blobs, reply, bytes, total;
};

/* Blobs stand in the order of their arguments: is this argument in the next one? */
static bool is_in_blob(const struct call *call, uint32_t next, struct bytes arg)
{
    return next < call->blob_count && call->blobs[next]->bytes == arg.ptr;
}

static struct layout lay_out(size_t outer_size, const struct call *call)
{
    struct layout at = {.args = (outer_size + 15) & ~(size_t)15};
    at.blobs = at.args + call->arg_count * sizeof(struct bytes);
    at.bytes = at.blobs + call->blob_count * sizeof(struct blob *);
    at.reply = at.bytes;
    for (uint32_t i = 0, blob = 0; i < call->arg_count; i++) {
        if (is_in_blob(call, blob, call->args[i]))
            blob++;
        else
            at.reply += call->args[i].len;
    }
    at.reply = (at.reply + 15) & ~(size_t)15;
    at.total = at.reply + REPLY_ROOM;
    return at;
}

/* The requests of small commands come from the shard's own stock: their lines are warm. */
static void *take_block(struct shard *front, size_t total)
{
    struct request_stock *stock = &front->stock;
    if (total > REQUEST_STOCK_BYTES) return mem_alloc(total);
    if (!stock->free) return mem_alloc(REQUEST_STOCK_BYTES);
    void *block = stock->free;
    memcpy(&stock->free, block, sizeof stock->free);
    stock->count--;
    return block;
}

static void give_block(struct shard *front, void *block, size_t total)
{
    struct request_stock *stock = &front->stock;
    if (total > REQUEST_STOCK_BYTES) {
        mem_free(block, total);
    } else if (stock->count >= REQUEST_STOCK_MAX) {
        mem_free(block, REQUEST_STOCK_BYTES);
    } else {
        memcpy(block, &stock->free, sizeof stock->free);
        stock->free = block;
        stock->count++;
    }
}

void request_stock_fini(struct request_stock *stock)
{
    while (stock->free) {
        void *block = stock->free;
        memcpy(&stock->free, block, sizeof stock->free);
        mem_free(block, REQUEST_STOCK_BYTES);
    }
}

static void copy_args(struct request *request, const struct call *call, struct layout at)
{
    uint8_t *base = (uint8_t *)request;
    struct bytes *args = (struct bytes *)(void *)(base + at.args);
    struct blob **blobs = (struct blob **)(void *)(base + at.blobs);
    uint8_t *bytes = base + at.bytes;
    for (uint32_t i = 0, blob = 0; i < call->arg_count; i++) {
        args[i] = call->args[i];
        if (is_in_blob(call, blob, args[i])) {
            blob++;
            continue;
        }
        if (args[i].len) memcpy(bytes, args[i].ptr, args[i].len);
        args[i].ptr = bytes;
        bytes += args[i].len;
    }
    for (uint32_t i = 0; i < call->blob_count; i++) {
        blobs[i] = call->blobs[i];
        call->blobs[i] = NULL;
    }
    request->args = args;
    request->blobs = blobs;
}

struct request *request_new(struct shard *front, size_t outer_size, const struct call *call)
{
    struct layout at = lay_out(outer_size, call);
    struct request *request = take_block(front, at.total);
    request->command = call->command;
    request->key_hash = call->key_hash;
    request->waiting.kind = WAITING_REQUEST;
    request->arg_count = call->arg_count;
    request->slot = call->slot;
    request->db = call->db;
    request->front = front->id;
    request->protocol = call->out.protocol & 127;
    request->is_again = !!(call->flags & CALL_AGAIN);
    request->flags = (uint8_t)((call->has_key_hash ? REQUEST_HAS_HASH : 0) |
                               (call->flags & CALL_NO_TOUCH ? REQUEST_NO_TOUCH : 0) |
                               (call->brought ? REQUEST_BROUGHT : 0));
    request->blob_count = call->blob_count;
    request->walk = NULL;
    request->brought = call->brought;
    atomic_init(&request->is_abandoned, false);
    request->size = at.total;
    if (unlikely(call->peer != NULL)) {
        request->flags |= REQUEST_PEER;
        request->peer = call->peer;
    }
    if (unlikely(call->tracker)) {
        request->flags |= REQUEST_TRACKER;
        request->tracker.id = call->tracker;
        request->tracker.call_flags = call->flags & CALL_REMEMBERED;
    }
    copy_args(request, call, at);
    chain_init(&request->reply, NULL);
    chain_lend(&request->reply, (uint8_t *)request + at.reply, REPLY_ROOM);
    return request;
}

size_t request_bytes(const struct request *request)
{
    size_t bytes = request->size;
    for (uint32_t i = 0; i < request->blob_count; i++)
        bytes += blob_block_size(request->blobs[i]);
    return bytes;
}

void request_free(struct shard *front, struct request *request)
{
    request->reply.pool = &front->net.chunks;
    chain_clear(&request->reply);
    for (uint32_t i = 0; i < request->blob_count; i++)
        blob_release(request->blobs[i]);
    mem_free(request->walk, sizeof *request->walk);
    give_block(front, request, request->size);
}

static void answer(struct shard *home, struct request *request);

static struct request *request_of(struct message *message)
{
    return CONTAINER_OF(message, struct request, message);
}

static void on_answer(struct shard *front, struct message *message)
{
    struct request *request = request_of(message);
    request->done(front, request);
}

static struct call call_of(struct shard *shard, struct request *request)
{
    request->reply.pool = &shard->net.chunks;
    struct call call = {
        .command = request->command,
        .args = request->args,
        .arg_count = request->arg_count,
        .flags = request->flags & REQUEST_NO_TOUCH ? CALL_NO_TOUCH : 0,
        .slot = request->slot,
        .db = request->db,
        .out = {&request->reply, request->protocol},
        .blobs = request->blob_count ? request->blobs : NULL,
        .blob_count = request->blob_count,
        .key_hash = request->key_hash,
        .has_key_hash = request->flags & REQUEST_HAS_HASH,
        .walk = request->walk,
        .brought = request->flags & REQUEST_BROUGHT ? request->brought : NULL,
    };
    if (unlikely(request->flags & REQUEST_TRACKER)) {
        call.tracker = request->tracker.id;
        call.flags |= request->tracker.call_flags;
    }
    if (unlikely(request->is_again)) call.flags |= CALL_AGAIN;
    if (unlikely(request->flags & REQUEST_PEER)) call.peer = request->peer;
    return call;
}

struct errand *errand_new(struct shard *front, size_t size, uint16_t slot)
{
    struct call nothing = {.slot = slot};
    struct errand *errand = (struct errand *)(void *)request_new(front, size, &nothing);
    errand->request.flags |= REQUEST_ERRAND;
    return errand;
}

static struct outcome run_errand(struct shard *shard, struct request *request)
{
    struct errand *errand = (struct errand *)(void *)request;
    errand->run(shard, errand);
    return (struct outcome){OUTCOME_REPLIED};
}

void request_slots(struct shard *shard, const struct request *request, struct slot_set *slots)
{
    if (request->command->route == ROUTE_BLOCK)
        *slots = *(const struct slot_set *)request->brought;
    else
        route_slots(shard, request->command, request->args, request->arg_count, slots);
}

struct outcome request_run_within(struct shard *shard, struct request *request,
                                  const struct call *outer)
{
    struct call call = call_of(shard, request);
    call.out = outer->out;
    call.db = outer->db;
    call.client = outer->client;
    call.actor = outer->actor;
    call.breath = outer->breath;
    call.scratch = outer->scratch;
    call.may_run_long = outer->may_run_long;
    call.is_queued = true;
    struct outcome outcome = shard_run(shard, &call);
    request->is_again = outcome.kind == OUTCOME_LONG;
    request->reply.pool = NULL;
    return outcome;
}

/* The call's slots are held until the caller gives them back: if it waits, the request is not
 * looked at after that. */
static struct outcome run(struct shard *shard, struct request *request, struct call *call)
{
    call->may_wait = true;
    call->waiter = request->flags & REQUEST_WAITED ? request->waiter : NULL;
    struct waiter *before = call->waiter;
    if (unlikely(before != NULL)) waiter_begin(before, &call->own);
    struct outcome outcome = shard_run(shard, call);
    request->reply.pool = NULL; /* the front's, when it is there */
    request->slot = call->slot;
    request->is_again = outcome.kind == OUTCOME_LONG;
    if (unlikely(before != NULL) && outcome.kind == OUTCOME_REPLIED) waiter_leave(shard, before);
    if (unlikely(outcome.kind == OUTCOME_WAITING)) waiter_park(shard, request, call->waiter);
    return outcome;
}

struct outcome request_execute(struct shard *shard, struct request *request)
{
    if (unlikely(request->flags & REQUEST_ERRAND)) return run_errand(shard, request);
    struct call call = call_of(shard, request);
    call.may_run_long = true;
    return run(shard, request, &call);
}

struct outcome request_execute_long(struct shard *shard, struct request *request,
                                    struct breath *breath, struct arena *scratch)
{
    struct call call = call_of(shard, request);
    call.breath = breath;
    call.scratch = scratch;
    return run(shard, request, &call);
}

void request_serve(struct shard *shard, struct request *request, const struct wait *served,
                   struct actor *actor)
{
    struct call call = call_of(shard, request);
    call.served = served;
    call.actor = actor;
    struct outcome outcome = shard_run(shard, &call);
    ASSERT(outcome.kind == OUTCOME_REPLIED);
    request->reply.pool = NULL;
    answer(shard, request);
}

void request_drop(struct shard *shard, struct request *request)
{
    answer(shard, request);
}

static void answer(struct shard *home, struct request *request)
{
    request->message.deliver = on_answer;
    shard_push(home, request->front, &request->message);
}

static void on_slot_done(struct shard *home, struct request *request, struct outcome outcome,
                         void *context)
{
    uint16_t slot = (uint16_t)(uintptr_t)context;
    expiry_note(home, slot);
    if (outcome.kind != OUTCOME_WAITING) answer(home, request);
    claim_open_slot(home, slot);
}

bool request_run(struct shard *home, struct request *request)
{
    uint16_t slot = request->slot; /* who has been answered takes the request away */
    struct outcome outcome = request_execute(home, request);
    if (outcome.kind == OUTCOME_WAITING) {
        expiry_note(home, slot);
        return true;
    }
    if (outcome.kind == OUTCOME_WALKED_ON) {
        request_send(home, request, home_of(home->group, request->slot));
        return true;
    }
    if (outcome.kind == OUTCOME_LONG) {
        if (home->homes.gates[slot] == GATE_OPEN) claim_close_slot(home, slot);
        long_call_start(home, request, on_slot_done, (void *)(uintptr_t)slot);
        return false;
    }
    expiry_note(home, request->slot);
    answer(home, request);
    return true;
}

/* A command whose keys lie in several slots of this home. */
struct local_claim {
    struct claim claim;
    struct request *request;
    uint32_t slot_capacity;
    struct claim_slot slots[];
};

static void on_local_done(struct shard *home, struct request *request, struct outcome outcome,
                          void *context)
{
    struct local_claim *local = context;
    if (outcome.kind != OUTCOME_WAITING) answer(home, request);
    claim_release(home, &local->claim);
    mem_free(local, sizeof *local + local->slot_capacity * sizeof *local->slots);
}

static void on_local_grant(struct shard *home, struct claim *claim)
{
    struct local_claim *local = (struct local_claim *)(void *)claim;
    struct outcome outcome = request_execute(home, local->request);
    if (outcome.kind == OUTCOME_LONG)
        long_call_start(home, local->request, on_local_done, local);
    else
        on_local_done(home, local->request, outcome, local);
}

static void claim_all(struct shard *home, struct request *request, const struct slot_set *slots)
{
    struct local_claim *local = mem_alloc_zero(sizeof *local + slots->count * sizeof *local->slots);
    local->request = request;
    local->slot_capacity = slots->count;
    local->claim.waiting.kind = WAITING_CLAIM;
    local->claim.granted = on_local_grant;
    local->claim.slots = local->slots;
    local->claim.slot_count = slots->count;
    for (uint32_t i = 0; i < slots->count; i++)
        local->slots[i].slot = slots->slots[i];
    claim_start(home, &local->claim);
}

static void admit_request(struct shard *home, struct request *request)
{
    if (!(request->flags & REQUEST_MANY_SLOTS)) {
        if (home->homes.gates[request->slot] == GATE_OPEN) {
            request_run(home, request);
            return;
        }
        mark(MARK_REQUEST_QUEUED);
        claim_enqueue(home, request->slot, &request->waiting);
        return;
    }
    struct slot_set slots;
    struct arena_mark mark = arena_mark(&home->scratch);
    request_slots(home, request, &slots);
    struct outcome outcome = {OUTCOME_LONG};
    if (slot_set_is_open(home, &slots)) outcome = request_execute(home, request);
    if (outcome.kind == OUTCOME_LONG)
        claim_all(home, request, &slots);
    else
        expiry_note_set(home, slots.slots, slots.count);
    if (outcome.kind == OUTCOME_REPLIED) answer(home, request);
    arena_return(&home->scratch, mark);
}

void shard_admit(struct shard *home, struct waiting *waiting)
{
    if (home->homes.barred)
        claim_hold_back(home, waiting);
    else if (waiting->kind == WAITING_CLAIM)
        claim_start(home, (struct claim *)(void *)waiting);
    else if (waiting->kind == WAITING_ARRIVAL)
        move_admit_arrival(home, waiting);
    else
        admit_request(home, CONTAINER_OF(waiting, struct request, waiting));
}

static void on_request(struct shard *home, struct message *message)
{
    metric_add(&home->counters.messages, 1);
    shard_admit(home, &request_of(message)->waiting);
}

/* Of a small command's block: what a home and its front hand to each other, and both write. */
static void prefetch_block(const struct request *request)
{
    const uint8_t *block = (const uint8_t *)request;
    prefetch_line_to_write(block + 64);
    for (size_t line = 3; line < 6; line++)
        prefetch_line_to_write(block + line * 64);
}

void request_prefetch(struct shard *home, struct message *message, unsigned stage)
{
    struct store *store = home->group->store;
    bool is_request = message->deliver == on_request;
    if (stage == 0) {
        if (is_request || message->deliver == on_answer) prefetch_block(request_of(message));
        return;
    }
    if (!is_request) return;
    const struct request *request = request_of(message);
    bool single = request->flags & REQUEST_HAS_HASH && shard_slot_is_open(home, request->slot);
    if (!single) return;
    if (stage == 1)
        store_prefetch_slot(store, request->slot);
    else if (stage == 2)
        store_prefetch_bucket(store, request->slot, request->db, request->key_hash);
    else
        store_prefetch_entry(store, request->slot, request->db, request->key_hash);
}

void request_send(struct shard *front, struct request *request, uint16_t home)
{
    request->message.deliver = on_request;
    shard_push(front, home, &request->message);
}
