#include "shard/move.h"

#include "base/check.h"
#include "base/container.h"
#include "base/mark.h"
#include "shard/expiry.h"
#include "shard/lease.h"

enum { GAP_LOOK_NS = 50 * 1000, GAP_MAX_NS = 100 * 1000 * 1000 };

struct move_fence {
    struct message message;
    struct move *move;
};

/* Each part is touched by one shard at a time: messages carry it around. */
struct move {
    struct move_order *order;
    uint16_t slot, source, target;
    uint32_t answers_missing; /* the source's */
    struct message arrival;   /* to the target */
    struct waiting arriving;  /* there, if it waits behind a cut */
    bool prepared;            /* the target's: its gate is closed for the slot */
    bool handed_over;         /* the target's: the slot came first */
    struct claim claim;       /* the source's */
    struct claim_slot claimed;
    struct message handover; /* source to target */
    struct message end;      /* target to coordinator */
    struct move_fence fences[];
};

static void start_next(struct shard *coordinator);

static void on_done(struct shard *asker, struct message *message)
{
    struct move_order *order = (struct move_order *)(void *)message;
    order->done(asker, order);
}

static void answer(struct shard *coordinator, struct move_order *order)
{
    order->message.deliver = on_done;
    shard_push(coordinator, order->asker, &order->message);
}

static void on_end(struct shard *coordinator, struct message *message)
{
    struct move *move = CONTAINER_OF(message, struct move, end);
    answer(coordinator, move->order);
    mem_free(move, sizeof *move + coordinator->group->shard_count * sizeof *move->fences);
    atomic_store(&coordinator->group->move_under_way, false);
    coordinator->group->current_move = NULL;
    start_next(coordinator);
}

/* Both have happened at the target: it expected the slot, and the slot is here. */
static void settle_in(struct shard *target, struct move *move)
{
    expiry_note(target, move->slot);
    claim_open_slot(target, move->slot);
    move->end.deliver = on_end;
    shard_push(target, 0, &move->end);
}

static void on_handover(struct shard *target, struct message *message)
{
    struct move *move = CONTAINER_OF(message, struct move, handover);
    move->handed_over = true;
    if (!move->prepared) mark(MARK_MOVE_EARLY);
    if (move->prepared) settle_in(target, move);
}

void move_admit_arrival(struct shard *home, struct waiting *waiting)
{
    struct move *move = CONTAINER_OF(waiting, struct move, arriving);
    claim_close_slot(home, move->slot);
    move->prepared = true;
    if (move->handed_over) settle_in(home, move);
}

static void on_arrival(struct shard *target, struct message *message)
{
    struct move *move = CONTAINER_OF(message, struct move, arrival);
    shard_admit(target, &move->arriving);
}

static void on_slot_held(struct shard *source, struct claim *claim)
{
    struct move *move = CONTAINER_OF(claim, struct move, claim);
    claim_give_away(source, move->slot);
    expiry_forget(source, move->slot);
    move->handover.deliver = on_handover;
    shard_push(source, move->target, &move->handover);
}

static void on_answer(struct shard *source, struct message *message)
{
    struct move *move = ((struct move_fence *)(void *)message)->move;
    if (--move->answers_missing) return;
    move->claim = (struct claim){
        .waiting = {.kind = WAITING_CLAIM},
        .granted = on_slot_held,
        .slot_count = 1,
        .slots = &move->claimed,
    };
    move->claimed.slot = move->slot;
    shard_admit(source, &move->claim.waiting);
}

static void on_fence(struct shard *shard, struct message *message)
{
    struct move *move = ((struct move_fence *)(void *)message)->move;
    message->deliver = on_answer;
    shard_push(shard, move->source, message);
}

static void push_fences(struct shard *coordinator, struct move *move)
{
    for (uint16_t i = 0; i < coordinator->group->shard_count; i++) {
        move->fences[i] = (struct move_fence){{.deliver = on_fence}, move};
        shard_push(coordinator, i, &move->fences[i].message);
    }
}

static void begin(struct shard *coordinator, struct move_order *order)
{
    struct group *group = coordinator->group;
    struct move *move = mem_alloc_zero(sizeof *move + group->shard_count * sizeof *move->fences);
    move->order = order;
    move->slot = order->slot;
    move->source = home_of(group, order->slot);
    move->target = order->target;
    move->answers_missing = group->shard_count;
    move->arriving.kind = WAITING_ARRIVAL;
    move->arrival.deliver = on_arrival;
    group->current_move = move;
    mark(MARK_MOVE);
    lease_lock(group);
    atomic_store_explicit(&group->cut_is_wanted, false, memory_order_relaxed);
    atomic_store(&group->move_under_way, true);
    shard_push(coordinator, move->target, &move->arrival);
    atomic_store_explicit(&group->home[move->slot], move->target, memory_order_release);
    push_fences(coordinator, move);
    lease_unlock(group);
}

static void on_gap(struct timer *timer)
{
    struct group *group = CONTAINER_OF(timer, struct group, move_gap);
    start_next(group->shards[0]);
}

/* Without an end of moves, a cut that asks again in each pass would find one under way each time.
 * So after a refusal the next move waits until a cut has begun; or for a while, as whoever asked
 * may be gone. */
static bool leaves_gap(struct shard *coordinator)
{
    struct group *group = coordinator->group;
    bool wanted = atomic_load_explicit(&group->cut_is_wanted, memory_order_relaxed);
    if (wanted && !group->move_gap_end_ns)
        group->move_gap_end_ns = coordinator->now_ns + GAP_MAX_NS;
    if (!wanted || coordinator->now_ns >= group->move_gap_end_ns) {
        group->move_gap_end_ns = 0;
        return false;
    }
    mark(MARK_MOVE_GAP);
    group->move_gap.fire = on_gap;
    timer_set(&coordinator->timers, &group->move_gap, coordinator->now_ns + GAP_LOOK_NS);
    return true;
}

static void start_next(struct shard *coordinator)
{
    struct group *group = coordinator->group;
    while (!group->current_move && group->move_orders) {
        if (leaves_gap(coordinator)) return;
        struct move_order *order = group->move_orders;
        group->move_orders = order->next;
        if (home_of(group, order->slot) == order->target)
            answer(coordinator, order);
        else
            begin(coordinator, order);
    }
}

static void on_order(struct shard *coordinator, struct message *message)
{
    struct move_order *order = (struct move_order *)(void *)message;
    struct move_order **link = &coordinator->group->move_orders;
    order->next = NULL;
    while (*link)
        link = &(*link)->next;
    *link = order;
    start_next(coordinator);
}

void move_slot(struct shard *asker, struct move_order *order)
{
    ASSERT(order->slot < SLOT_COUNT && order->target < asker->group->shard_count);
    order->asker = asker->id;
    order->message.deliver = on_order;
    shard_push(asker, 0, &order->message);
}
