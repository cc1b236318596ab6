#include "shard/waiters.h"

#include "base/container.h"
#include "base/fault.h"
#include "base/mark.h"
#include "shard/lease.h"

/* --- Parking and claiming --------------------------------------------------------------------- */

static void on_parked(struct shard *front, struct message *message)
{
    struct request *request = CONTAINER_OF(message, struct request, parked_message);
    request->parked(front, request, true);
}

static void tell_front(struct shard *shard, struct request *request)
{
    request->parked_message.deliver = on_parked;
    shard_push(shard, request->front, &request->parked_message);
}

/* Once it can be claimed it can be gone; but its front does not know of it yet, and the slots of
 * its keys are held. */
void waiter_park(struct shard *shard, struct request *request, struct waiter *waiter)
{
    mark(request->flags & REQUEST_WAITED ? MARK_WAITER_BACK : MARK_WAITER_PARKED);
    request->waiter = waiter;
    request->flags |= REQUEST_WAITED;
    waiter->request = request;
    waiter->is_running = false;
    atomic_store(&waiter->claimed, 0);
    tell_front(shard, request);
}

bool waiter_claim(struct waiter *waiter)
{
    return !atomic_exchange(&waiter->claimed, 1) || fault_is(FAULT_CLAIM_TWICE);
}

/* --- Serving ---------------------------------------------------------------------------------- */

static struct place place_of_slot(struct shard *shard, uint16_t slot)
{
    return (struct place){
        .store = shard->group->store,
        .now_ms = shard->now_ms,
        .slot = slot,
        .counters = &shard->call_counters,
        .garbage = &shard->garbage,
    };
}

static struct place place_of_key(struct shard *shard, struct actor *actor,
                                 const struct interest_key *key)
{
    struct place place = place_of_slot(shard, key->slot);
    place.key = interest_key_bytes(key);
    place.hash = key->hash;
    place.db = key->db;
    place.actor = actor;
    return place;
}

static struct wait *wait_of(struct interest *interest)
{
    return (struct wait *)(void *)interest;
}

/* Its front sends it to its slots as it did at first. */
void waiter_run_again(struct shard *front, struct request *request)
{
    struct slot_set slots;
    struct arena_mark scratch = arena_mark(&front->scratch);
    request_slots(front, request, &slots);
    if (!lease_send_whole(front, request, &slots)) lease_start(front, request, &slots);
    arena_return(&front->scratch, scratch);
}

static void on_away(struct shard *front, struct message *message)
{
    struct request *request = CONTAINER_OF(message, struct request, message);
    request->parked(front, request, false);
    waiter_run_again(front, request);
}

/* One that happens to be open here is not enough if the key's own is borrowed: a later command of
 * whoever pushed may have been run there already, while the push waited for its slots. */
static bool needs_other_slot(const struct shard *shard, const struct wait *wait)
{
    const struct waiter *waiter = wait->waiter;
    const struct request *request = waiter->request;
    if (!waiter->other_key) return false;
    uint16_t slot = slot_of_key(request->args[waiter->other_key]);
    bool are_open = shard_slot_is_open(shard, slot) && shard_slot_is_open(shard, wait->slot);
    return slot != wait->slot && !are_open;
}

/* By another message than the one that tells of the waiting, which may not have arrived yet. */
static void send_away(struct shard *shard, struct waiter *waiter)
{
    struct request *request = waiter->request;
    mark(MARK_WAITER_AWAY);
    waiter->is_away = true;
    request->message.deliver = on_away;
    shard_push(shard, request->front, &request->message);
}

/* False: the queue has to wait for it. */
static bool serve(struct shard *shard, struct wait *wait, const struct place *place)
{
    struct waiter *waiter = wait->waiter;
    if (!waiter_claim(waiter)) { /* its front is ending it */
        mark(MARK_WAITER_RIVAL);
        return true;
    }
    bool is_abandoned = atomic_load(&((struct request *)waiter->request)->is_abandoned);
    if (!is_abandoned && needs_other_slot(shard, wait)) {
        send_away(shard, waiter);
        return false;
    }
    interest_unwait(place, &wait->interest, waiter->minds);
    waiter->served = wait;
    if (is_abandoned) {
        mark(MARK_WAITER_ABANDONED);
        request_drop(shard, waiter->request);
        return true;
    }
    mark(MARK_WAITER_SERVED);
    request_serve(shard, waiter->request, wait, place->actor);
    return true;
}

static void serve_queue(struct shard *shard, struct actor *actor, struct interest_key *key)
{
    struct place place = place_of_key(shard, actor, key);
    struct entry *entry = keyspace_find(&place);
    bool from_last = fault_is(FAULT_SERVE_LAST);
    for (struct interest *at = from_last ? key->waits.last : key->waits.first, *next; at;
         at = next) {
        struct wait *wait = wait_of(at);
        struct waiter *waiter = wait->waiter;
        next = from_last ? at->prev : at->next;
        if ((!entry && !key->minding) || fault_is(FAULT_WAITER_FORGOTTEN)) break;
        if (waiter->is_away) break;
        if (waiter->is_running || !waiter->is_served(waiter, wait, entry)) continue;
        if (!serve(shard, wait, &place)) break;
        entry = keyspace_find(&place);
    }
    interest_release(&place, key);
}

void waiters_serve(struct shard *shard, struct actor *actor)
{
    for (struct interest_key *key; (key = interest_take_ready(actor));)
        serve_queue(shard, actor, key);
}

void waiter_begin(struct waiter *waiter, struct actor *actor)
{
    waiter->is_away = false;
    waiter->is_running = true;
    interest_make_ready(actor, waiter->waits[0].interest.key);
}

void waiter_leave(struct shard *shard, struct waiter *waiter)
{
    struct wait *wait = &waiter->waits[0];
    struct place place = place_of_slot(shard, wait->slot);
    interest_unwait(&place, &wait->interest, waiter->minds);
    waiter->served = wait;
}

/* --- The end ---------------------------------------------------------------------------------- */

enum { LEAVE_ONE_BY_ONE_MAX = 64 };

struct leaving {
    struct errand errand;
    struct waiter *waiter;
    struct wait *first; /* of those of one slot */
    void (*done)(struct shard *front, void *context);
    void *context;
};

static void leave_queues(struct shard *shard, struct errand *errand)
{
    struct leaving *leaving = (struct leaving *)(void *)errand;
    struct place place = place_of_slot(shard, leaving->first->slot);
    if (fault_is(FAULT_WAITER_STAYS)) return;
    for (struct wait *wait = leaving->first; wait; wait = wait->next)
        interest_unwait(&place, &wait->interest, leaving->waiter->minds);
}

static void on_left(struct shard *front, struct request *request)
{
    struct leaving leaving = *(struct leaving *)(void *)request;
    request_free(front, request);
    if (--leaving.waiter->errands) return;
    waiter_free(leaving.waiter);
    leaving.done(front, leaving.context);
}

static void send_errand(struct shard *front, const struct leaving *what, struct wait *first)
{
    struct errand *errand = errand_new(front, sizeof *what, first->slot);
    struct leaving *leaving = (struct leaving *)(void *)errand;
    leaving->waiter = what->waiter;
    leaving->first = first;
    leaving->done = what->done;
    leaving->context = what->context;
    errand->run = leave_queues;
    errand->request.done = on_left;
    request_send(front, &errand->request, home_of(front->group, first->slot));
}

/* Of many, those of one slot go together: a message costs more than a wait. */
static void send_by_slot(struct shard *front, const struct leaving *what)
{
    struct waiter *waiter = what->waiter;
    struct wait **slots = mem_alloc_zero(SLOT_COUNT * sizeof *slots);
    for (uint32_t i = 0; i < waiter->count; i++) {
        struct wait *wait = &waiter->waits[i];
        if (wait == waiter->served) continue;
        waiter->errands += !slots[wait->slot];
        wait->next = slots[wait->slot];
        slots[wait->slot] = wait;
    }
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        if (slots[slot]) send_errand(front, what, slots[slot]);
    mem_free(slots, SLOT_COUNT * sizeof *slots);
}

void waiter_end(struct shard *front, struct waiter *waiter,
                void (*done)(struct shard *front, void *context), void *context)
{
    struct leaving leaving = {.waiter = waiter, .done = done, .context = context};
    if (waiter->count == 1 && waiter->served == waiter->waits) {
        waiter_free(waiter);
        done(front, context);
        return;
    }
    if (waiter->count > LEAVE_ONE_BY_ONE_MAX) {
        send_by_slot(front, &leaving);
        return;
    }
    uint32_t count = waiter->count;
    waiter->errands = count - (waiter->served != NULL);
    struct wait *served = waiter->served;
    for (uint32_t i = 0; i < count; i++)
        if (&waiter->waits[i] != served) send_errand(front, &leaving, &waiter->waits[i]);
}
