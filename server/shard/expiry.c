#include "shard/expiry.h"

#include "base/clock.h"
#include "ds/mintree.h"
#include "shard/waiters.h"
#include "store/expire.h"

enum { SLICE_US = 200, KEYS_A_STEP = 32, BUCKETS_A_STEP = 64 };

void expiry_note(struct shard *shard, uint16_t slot)
{
    int64_t next_ms = slot_next_expiry_ms(&shard->group->store->slots[slot]);
    if (!shard->expiry) {
        if (next_ms == INT64_MAX) return;
        shard->expiry = mintree_new(SLOT_COUNT);
    }
    if (mintree_at(shard->expiry, slot) != next_ms) mintree_set(shard->expiry, slot, next_ms);
}

void expiry_note_set(struct shard *shard, const uint16_t *slots, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        expiry_note(shard, slots[i]);
}

void expiry_note_all(struct shard *shard)
{
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        if (shard->homes.gates[slot] != GATE_ELSEWHERE) expiry_note(shard, (uint16_t)slot);
}

void expiry_forget(struct shard *shard, uint16_t slot)
{
    if (shard->expiry) mintree_set(shard->expiry, slot, INT64_MAX);
}

int64_t expiry_next_ms(const struct shard *shard)
{
    if (!shard->expiry || shard->expire_paused || shard->clients_paused) return INT64_MAX;
    return mintree_least(shard->expiry);
}

/* A slot that is lent now is looked at again when it comes back. */
static void visit_slot(struct shard *shard, uint16_t slot)
{
    if (!shard_slot_is_open(shard, slot)) {
        mintree_set(shard->expiry, slot, INT64_MAX);
        return;
    }
    struct actor actor = {.sink = shard->sink};
    struct expire_slice slice = {
        .store = shard->group->store,
        .counters = &shard->call_counters,
        .garbage = &shard->garbage,
        .actor = &actor,
        .now_ms = shard->now_ms,
        .max_keys = KEYS_A_STEP,
        .max_buckets = BUCKETS_A_STEP,
    };
    expire_slot(&slice, slot);
    waiters_serve(shard, &actor);
    expiry_note(shard, slot);
}

static bool remove_due(struct shard *shard, uint64_t end)
{
    while (mintree_least(shard->expiry) <= shard->now_ms) {
        if (shard->homes.barred) return false; /* expiry_note_all() follows */
        visit_slot(shard, (uint16_t)mintree_least_index(shard->expiry));
        if (clock_ticks() > end) return true;
    }
    return false;
}

bool expiry_slice(struct shard *shard)
{
    if (expiry_next_ms(shard) > shard->now_ms) return false;
    uint64_t start = clock_ticks();
    bool more = remove_due(shard, start + (uint64_t)(SLICE_US * clock_ticks_per_us()));
    metric_add(&shard->counters.expire_ticks, (int64_t)(clock_ticks() - start));
    return more;
}
