#include "shard/stand_in.h"

#include "base/mark.h"
#include "shard/expiry.h"

static bool has_taken(const struct stand_in *stand_in, const struct shard *home)
{
    for (uint32_t i = 0; i < stand_in->home_count; i++)
        if (stand_in->homes[i] == home) return true;
    return false;
}

static bool take_homes(struct stand_in *stand_in, struct shard *front, const struct slot_set *slots)
{
    for (uint32_t i = 0; i < slots->count; i++) {
        struct shard *home = front->group->shards[home_of(front->group, slots->slots[i])];
        if (home == front || has_taken(stand_in, home)) continue;
        if (stand_in->home_count == STAND_IN_HOMES_MAX || !latch_try_take(&home->latch)) {
            mark(MARK_STAND_IN_PRESENT);
            return false;
        }
        if (fault_is(FAULT_STAND_IN_EARLY) && !inbox_is_empty(&home->inbox)) return false;
        stand_in->homes[stand_in->home_count++] = home;
        pause_point();
    }
    return true;
}

static bool are_inboxes_empty(const struct stand_in *stand_in)
{
    if (fault_is(FAULT_STAND_IN) || fault_is(FAULT_STAND_IN_EARLY)) return true;
    for (uint32_t i = 0; i < stand_in->home_count; i++) {
        if (!inbox_is_empty(&stand_in->homes[i]->inbox)) return false;
        pause_point();
    }
    return true;
}

static bool is_slot_ours(const struct stand_in *stand_in, struct shard *front, uint16_t slot)
{
    struct shard *home = front->group->shards[home_of(front->group, slot)];
    if (home == front && !shard_is_current(front)) {
        mark(MARK_STAND_IN_INBOX);
        return false;
    }
    if (home != front && !has_taken(stand_in, home)) return false; /* it has just moved */
    if (shard_slot_is_open(home, slot) || fault_is(FAULT_STAND_IN_CLOSED)) return true;
    mark(MARK_STAND_IN_CLOSED);
    return false;
}

/* Looked at when all are taken: a command that somebody has pushed to one of them, and another that
 * the same client then pushed to another, are both seen or both come later. */
static bool may_run(const struct stand_in *stand_in, struct shard *front,
                    const struct slot_set *slots)
{
    if (!are_inboxes_empty(stand_in)) {
        mark(MARK_STAND_IN_INBOX);
        return false;
    }
    for (uint32_t i = 0; i < slots->count; i++)
        if (!is_slot_ours(stand_in, front, slots->slots[i])) return false;
    return true;
}

static void leave_homes(struct stand_in *stand_in)
{
    for (uint32_t i = 0; i < stand_in->home_count; i++)
        latch_leave(&stand_in->homes[i]->latch);
}

bool stand_in_begin(struct stand_in *stand_in, struct shard *front, const struct slot_set *slots)
{
    stand_in->home_count = 0;
    if (!take_homes(stand_in, front, slots) || !may_run(stand_in, front, slots)) {
        leave_homes(stand_in);
        return false;
    }
    mark(stand_in->home_count > 1 ? MARK_STAND_IN_MANY : MARK_STAND_IN_ONE);
    pause_point();
    return true;
}

/* True: its next expiry is earlier than it was. */
static bool note_expiry(struct shard *home, struct shard *front, const struct slot_set *slots)
{
    int64_t before_ms = expiry_next_ms(home);
    for (uint32_t i = 0; i < slots->count; i++)
        if (home_of(front->group, slots->slots[i]) == home->id) expiry_note(home, slots->slots[i]);
    return expiry_next_ms(home) < before_ms;
}

void stand_in_end(struct stand_in *stand_in, struct shard *front, const struct slot_set *slots,
                  bool has_written)
{
    if (!has_written) {
        pause_point();
        leave_homes(stand_in);
        return;
    }
    note_expiry(front, front, slots);
    for (uint32_t i = 0; i < stand_in->home_count; i++) {
        struct shard *home = stand_in->homes[i];
        bool earlier = note_expiry(home, front, slots);
        pause_point();
        latch_leave(&home->latch);
        if (likely(!earlier)) continue;
        mark(MARK_STAND_IN_EXPIRY);
        shard_wake(front, home->id);
    }
}
