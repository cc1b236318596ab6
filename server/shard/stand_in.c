#include "shard/stand_in.h"

#include "base/mark.h"
#include "shard/expiry.h"

static bool has_taken(const struct stand_in *stand_in, const struct shard *home)
{
    for (uint32_t i = 0; i < stand_in->home_count; i++)
        if (stand_in->homes[i] == home) return true;
    return false;
}

bool stand_in_take(struct stand_in *stand_in, struct shard *home)
{
    if (has_taken(stand_in, home)) return true;
    if (stand_in->home_count == STAND_IN_HOMES_MAX || !latch_try_take(&home->latch)) {
        mark(MARK_STAND_IN_PRESENT);
        return false;
    }
    if (fault_is(FAULT_STAND_IN_EARLY) && !inbox_is_empty(&home->inbox)) {
        latch_leave(&home->latch);
        return false;
    }
    stand_in->expires_earlier[stand_in->home_count] = false;
    stand_in->homes[stand_in->home_count++] = home;
    pause_point();
    return true;
}

static struct shard *home_now(const struct shard *front, uint16_t slot)
{
    return front->group->shards[home_of(front->group, slot)];
}

static bool take_homes(struct stand_in *stand_in, struct shard *front, const struct slot_set *slots)
{
    for (uint32_t i = 0; i < slots->count; i++) {
        struct shard *home = home_now(front, slots->slots[i]);
        if (home != front && !stand_in_take(stand_in, home)) return false;
    }
    return true;
}

static bool is_current(struct shard *home)
{
    if (fault_is(FAULT_STAND_IN) || fault_is(FAULT_STAND_IN_EARLY)) return true;
    return inbox_is_empty(&home->inbox);
}

static bool is_slot_ours(const struct stand_in *stand_in, struct shard *front, uint16_t slot)
{
    struct shard *home = home_now(front, slot);
    if (home != front && !has_taken(stand_in, home)) return false; /* it has just moved */
    if (home == front ? !shard_is_current(front) : !is_current(home)) {
        mark(MARK_STAND_IN_INBOX);
        return false;
    }
    if (shard_slot_is_open(home, slot) || fault_is(FAULT_STAND_IN_CLOSED)) return true;
    mark(MARK_STAND_IN_CLOSED);
    return false;
}

/* Looked at when all are taken: a command that somebody has pushed to one of them, and another that
 * the same client then pushed to another, are both seen or both come later. */
bool stand_in_try(struct stand_in *stand_in, struct shard *front, const struct slot_set *slots)
{
    if (!take_homes(stand_in, front, slots)) return false;
    for (uint32_t i = 0; i < slots->count; i++)
        if (!is_slot_ours(stand_in, front, slots->slots[i])) return false;
    mark(slots->count > 1 ? MARK_STAND_IN_MANY : MARK_STAND_IN_ONE);
    pause_point();
    return true;
}

void stand_in_note_expiry(struct stand_in *stand_in, struct shard *front,
                          const struct slot_set *slots)
{
    for (uint32_t i = 0; i < slots->count; i++) {
        struct shard *home = home_now(front, slots->slots[i]);
        if (home != front && !has_taken(stand_in, home)) continue; /* noted where it arrives */
        int64_t before_ms = expiry_next_ms(home);
        expiry_note(home, slots->slots[i]);
        bool is_earlier = expiry_next_ms(home) < before_ms;
        for (uint32_t j = 0; is_earlier && j < stand_in->home_count; j++)
            if (stand_in->homes[j] == home) stand_in->expires_earlier[j] = true;
    }
}

void stand_in_leave_all(struct stand_in *stand_in, struct shard *front)
{
    pause_point();
    for (uint32_t i = 0; i < stand_in->home_count; i++) {
        struct shard *home = stand_in->homes[i];
        latch_leave(&home->latch);
        if (likely(!stand_in->expires_earlier[i])) continue;
        mark(MARK_STAND_IN_EXPIRY);
        shard_wake(front, home->id);
    }
    stand_in->home_count = 0;
}
