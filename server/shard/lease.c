#include "shard/lease.h"

#include "base/check.h"
#include "base/container.h"
#include "base/mark.h"
#include "shard/claim.h"
#include "shard/long_call.h"
#include "shard/pause.h"

struct lease;

/* What is asked of one home. Its message goes there, comes back as the grant, and goes again as the
 * release. */
struct lease_part {
    struct message message;
    struct claim claim;
    struct lease *lease;
    uint16_t home;
};

struct lease {
    struct request *request;
    size_t size;
    bool may_write;
    uint32_t part_count;
    uint32_t missing;         /* grants; the front's */
    _Atomic uint32_t holders; /* homes that have not seen the release yet */
    struct claim_slot *slots; /* behind the parts: those of each home together */
    struct lease_part parts[];
};

void lease_lock(struct group *group)
{
    for (struct pause pause = {0};; pause_spin(&pause)) {
        uint32_t sequence = atomic_load_explicit(&group->lease_sequence, memory_order_relaxed);
        if (sequence & 1) continue;
        if (atomic_compare_exchange_weak(&group->lease_sequence, &sequence, sequence + 1)) return;
    }
}

void lease_unlock(struct group *group)
{
    atomic_fetch_add(&group->lease_sequence, 1);
}

/* A lease whose pushes begin later stands behind everything that this thread has pushed, so only
 * those under way now are waited for. */
void lease_wait_for_pushes(struct group *group)
{
    uint32_t sequence = atomic_load_explicit(&group->lease_sequence, memory_order_acquire),
             now = sequence;
    mark(MARK_LEASE_PUSHES_WAITED);
    for (struct pause pause = {0}; now & 1 && now == sequence; pause_spin(&pause))
        now = atomic_load_explicit(&group->lease_sequence, memory_order_acquire);
}

static struct lease_part *part_of_message(struct message *message)
{
    return CONTAINER_OF(message, struct lease_part, message);
}

static struct lease_part *part_of_claim(struct claim *claim)
{
    return CONTAINER_OF(claim, struct lease_part, claim);
}

static void on_release(struct shard *home, struct message *message)
{
    struct lease_part *part = part_of_message(message);
    struct lease *lease = part->lease;
    claim_release(home, &part->claim);
    if (atomic_fetch_sub_explicit(&lease->holders, 1, memory_order_acq_rel) == 1)
        mem_free(lease, lease->size);
}

static void on_done(struct shard *front, struct request *request, struct outcome outcome,
                    void *context)
{
    struct lease *lease = context;
    bool has_written = lease->may_write;
    uint32_t part_count = lease->part_count;
    for (uint32_t i = 0; i < part_count; i++) { /* after the last push the lease is not ours */
        struct lease_part *part = &lease->parts[i];
        part->message.deliver = on_release;
        part->claim.has_written = has_written;
        if (i && fault_is(FAULT_LOST_RELEASE)) continue;
        shard_push(front, part->home, &part->message);
    }
    if (outcome.kind != OUTCOME_WAITING) request->done(front, request);
}

/* Called for each grant, at the front; with the last one the call runs. */
static void on_grant(struct shard *front, struct message *message)
{
    struct lease *lease = part_of_message(message)->lease;
    if (--lease->missing) return;
    lease->may_write = lease->request->command->flags & (CMD_WRITE | CMD_BLOCK);
    struct outcome outcome = request_execute(front, lease->request);
    if (outcome.kind == OUTCOME_LONG)
        long_call_start(front, lease->request, on_done, lease);
    else
        on_done(front, lease->request, outcome, lease);
}

static void on_all_held(struct shard *home, struct claim *claim)
{
    struct lease_part *part = part_of_claim(claim);
    part->message.deliver = on_grant;
    shard_push(home, part->lease->request->front, &part->message);
}

static void on_claim(struct shard *home, struct message *message)
{
    shard_admit(home, &part_of_message(message)->claim.waiting);
}

static void init_part(struct lease *lease, struct lease_part *part, uint16_t home)
{
    *part = (struct lease_part){.lease = lease, .home = home};
    part->message.deliver = on_claim;
    part->claim.waiting.kind = WAITING_CLAIM;
    part->claim.granted = on_all_held;
}

static void push_parts(struct shard *front, struct lease *lease)
{
    metric_add(&front->counters.leases, 1);
    lease->missing = lease->part_count;
    atomic_init(&lease->holders, lease->part_count);
    for (uint32_t i = 0; i < lease->part_count; i++)
        shard_push(front, lease->parts[i].home, &lease->parts[i].message);
}

static struct lease *make_for_every_slot(struct shard *front)
{
    uint16_t shard_count = front->group->shard_count;
    size_t size = sizeof(struct lease) + shard_count * sizeof(struct lease_part);
    struct lease *lease = mem_alloc(size);
    lease->size = size;
    lease->part_count = shard_count;
    for (uint16_t i = 0; i < shard_count; i++) {
        init_part(lease, &lease->parts[i], i);
        lease->parts[i].claim.every_slot = true;
    }
    return lease;
}

static struct lease *make_for_slots(const struct shard *front, const struct slot_set *slots)
{
    uint32_t part_max =
        slots->count < front->group->shard_count ? slots->count : front->group->shard_count;
    size_t parts_bytes = sizeof(struct lease) + part_max * sizeof(struct lease_part);
    size_t size = parts_bytes + slots->count * sizeof(struct claim_slot);
    struct lease *lease = mem_alloc(size);
    lease->size = size;
    lease->part_count = 0;
    lease->slots = (struct claim_slot *)(void *)((uint8_t *)lease + parts_bytes);
    return lease;
}

/* How many of the slots has each home? */
static void count_slots(const struct group *group, struct lease *lease,
                        const struct slot_set *slots, struct lease_part **by_home)
{
    for (uint32_t i = 0; i < slots->count; i++) {
        uint16_t home = home_of(group, slots->slots[i]);
        if (!by_home[home]) {
            by_home[home] = &lease->parts[lease->part_count++];
            init_part(lease, by_home[home], home);
        }
        by_home[home]->claim.slot_count++;
    }
}

/* Gives each home its part of the slots. Under the lock: homes do not change. O(slots). */
static void share_out(const struct group *group, struct lease *lease, const struct slot_set *slots)
{
    struct lease_part *by_home[SETTINGS_SHARDS_MAX];
    memset(by_home, 0, group->shard_count * sizeof *by_home);
    count_slots(group, lease, slots, by_home);
    struct claim_slot *next = lease->slots;
    for (uint32_t i = 0; i < lease->part_count; i++) {
        struct claim *claim = &lease->parts[i].claim;
        claim->slots = next;
        next += claim->slot_count;
        claim->slot_count = 0;
    }
    for (uint32_t i = 0; i < slots->count; i++) {
        struct claim *claim = &by_home[home_of(group, slots->slots[i])]->claim;
        claim->slots[claim->slot_count++].slot = slots->slots[i];
    }
}

bool lease_send_whole(struct shard *front, struct request *request, const struct slot_set *slots)
{
    uint16_t home;
    if (!slot_set_has_one_home(front, slots, &home)) return false;
    lease_lock(front->group);
    bool still = slot_set_has_one_home(front, slots, &home);
    if (still) {
        request->flags |= REQUEST_MANY_SLOTS;
        request_send(front, request, home);
        mark(MARK_LEASE_WHOLE);
    }
    lease_unlock(front->group);
    return still;
}

void lease_start(struct shard *front, struct request *request, const struct slot_set *slots)
{
    if (fault_is(FAULT_NO_LEASE) ||
        (fault_is(FAULT_BLOCK_NO_LEASE) && request->command->route == ROUTE_BLOCK)) {
        request_execute(front, request);
        request->done(front, request);
        return;
    }
    struct lease *lease = make_for_slots(front, slots);
    lease->request = request;
    lease_lock(front->group);
    share_out(front->group, lease, slots);
    push_parts(front, lease);
    lease_unlock(front->group);
    mark(MARK_LEASE);
}

bool lease_start_cut(struct shard *front, struct request *(*make)(void *context), void *context)
{
    lease_lock(front->group);
    bool possible = !atomic_load(&front->group->move_under_way);
    atomic_store_explicit(&front->group->cut_is_wanted, !possible, memory_order_relaxed);
    if (possible) {
        struct lease *lease = make_for_every_slot(front);
        lease->request = make(context);
        push_parts(front, lease);
    }
    lease_unlock(front->group);
    mark(possible ? MARK_CUT : MARK_CUT_REFUSED);
    return possible;
}
