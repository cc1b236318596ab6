#include "shard/claim.h"

#include "base/check.h"
#include "base/container.h"
#include "base/mark.h"
#include "shard/expiry.h"

/* A closed slot: who waits for it. */
struct slot_wait {
    struct slot_wait *next; /* in its chain of homes.closed */
    struct waiting_queue queue;
    uint16_t slot;
};

static void queue_push(struct waiting_queue *queue, struct waiting *waiting)
{
    waiting->next = NULL;
    if (queue->last)
        queue->last->next = waiting;
    else
        queue->first = waiting;
    queue->last = waiting;
}

static void queue_push_front(struct waiting_queue *queue, struct waiting *waiting)
{
    waiting->next = queue->first;
    queue->first = waiting;
    if (!queue->last) queue->last = waiting;
}

static struct waiting *queue_pop(struct waiting_queue *queue)
{
    struct waiting *waiting = queue->first;
    if (!waiting) return NULL;
    queue->first = waiting->next;
    if (!queue->first) queue->last = NULL;
    return waiting;
}

static struct slot_wait **find_wait(struct shard *home, uint16_t slot)
{
    struct slot_wait **link = &home->homes.closed[slot % SLOT_WAIT_HEADS];
    while (*link && (*link)->slot != slot)
        link = &(*link)->next;
    return link;
}

void claim_close_slot(struct shard *home, uint16_t slot)
{
    struct slot_wait **link = find_wait(home, slot);
    ASSERT(!*link);
    *link = mem_alloc_zero(sizeof **link);
    (*link)->slot = slot;
    home->homes.gates[slot] = GATE_CLOSED;
    home->homes.closed_count++;
}

static void forget_wait(struct shard *home, uint16_t slot, enum gate gate)
{
    struct slot_wait **link = find_wait(home, slot);
    struct slot_wait *wait = *link;
    ASSERT(wait && !wait->queue.first);
    *link = wait->next;
    mem_free(wait, sizeof *wait);
    home->homes.gates[slot] = (uint8_t)gate;
    home->homes.closed_count--;
}

static struct waiting_queue *queue_of(struct shard *home, uint16_t slot)
{
    struct slot_wait *wait = *find_wait(home, slot);
    ASSERT(wait);
    return &wait->queue;
}

void claim_enqueue(struct shard *home, uint16_t slot, struct waiting *waiting)
{
    queue_push(queue_of(home, slot), waiting);
}

void claim_hold_back(struct shard *home, struct waiting *waiting)
{
    mark(MARK_BARRED);
    queue_push(&home->homes.barred_queue, waiting);
}

static struct claim *claim_of(struct waiting *waiting)
{
    return (struct claim *)(void *)waiting;
}

static void start_cut(struct shard *home, struct claim *claim)
{
    struct homes *homes = &home->homes;
    homes->barred = true;
    if (homes->closed_count) {
        mark(MARK_CUT_WAITED);
        queue_push_front(&homes->barred_queue, &claim->waiting);
        return;
    }
    homes->cut = claim;
    claim->granted(home, claim);
}

void claim_start(struct shard *home, struct claim *claim)
{
    if (claim->every_slot) {
        start_cut(home, claim);
        return;
    }
    for (uint32_t i = 0; i < claim->slot_count; i++) {
        struct claim_slot *wanted = &claim->slots[i];
        wanted->claim = claim;
        wanted->waiting.kind = WAITING_CLAIM;
        if (home->homes.gates[wanted->slot] == GATE_OPEN) {
            claim_close_slot(home, wanted->slot);
        } else {
            ASSERT(home->homes.gates[wanted->slot] == GATE_CLOSED);
            claim_enqueue(home, wanted->slot, &wanted->waiting);
            claim->missing++;
            mark(MARK_CLAIM_QUEUED);
        }
    }
    if (!claim->missing) claim->granted(home, claim);
}

static void ready_push(struct homes *homes, struct claim *claim)
{
    claim->next_ready = NULL;
    if (homes->last_ready)
        homes->last_ready->next_ready = claim;
    else
        homes->first_ready = claim;
    homes->last_ready = claim;
}

static struct claim *ready_pop(struct homes *homes)
{
    struct claim *claim = homes->first_ready;
    if (!claim) return NULL;
    homes->first_ready = claim->next_ready;
    if (!homes->first_ready) homes->last_ready = NULL;
    return claim;
}

/* The slot has become free: serves its queue until somebody keeps it. */
static void pass_on(struct shard *home, uint16_t slot)
{
    for (;;) {
        struct waiting *waiting = queue_pop(queue_of(home, slot));
        if (!waiting) break;
        if (waiting->kind == WAITING_REQUEST) {
            if (!request_run(home, CONTAINER_OF(waiting, struct request, waiting))) return;
            continue;
        }
        struct claim *claim = ((struct claim_slot *)(void *)waiting)->claim;
        if (--claim->missing == 0) ready_push(&home->homes, claim);
        return;
    }
    forget_wait(home, slot, GATE_OPEN);
}

/* After a release: what waited behind a cut. */
static void serve_barred(struct shard *home)
{
    struct homes *homes = &home->homes;
    if (homes->barred && !homes->cut && !homes->closed_count) {
        homes->barred = false;
        claim_start(home, claim_of(queue_pop(&homes->barred_queue)));
    }
    while (!homes->barred && homes->barred_queue.first)
        shard_admit(home, queue_pop(&homes->barred_queue));
}

/* Not by recursion, though a grant may release at once:
 * however many wait, the stack does not grow. */
static void serve_ready(struct shard *home)
{
    struct homes *homes = &home->homes;
    if (homes->serving) return;
    homes->serving = true;
    do {
        for (struct claim *claim; (claim = ready_pop(homes));)
            claim->granted(home, claim);
        serve_barred(home);
    } while (homes->first_ready);
    homes->serving = false;
}

void claim_release(struct shard *home, struct claim *claim)
{
    if (claim->every_slot) {
        if (claim->has_written) expiry_note_all(home);
        home->homes.cut = NULL;
        home->homes.barred = false;
    }
    for (uint32_t i = 0; i < claim->slot_count; i++) {
        expiry_note(home, claim->slots[i].slot);
        pass_on(home, claim->slots[i].slot);
    }
    serve_ready(home);
}

void claim_give_away(struct shard *home, uint16_t slot)
{
    forget_wait(home, slot, GATE_ELSEWHERE);
    serve_ready(home);
}

void claim_open_slot(struct shard *home, uint16_t slot)
{
    pass_on(home, slot);
    serve_ready(home);
}

void claim_check_idle(const struct shard *home)
{
    ASSERT(!home->homes.closed_count && !home->homes.barred && !home->homes.barred_queue.first);
    ASSERT(!home->homes.first_ready && !home->homes.serving);
}
