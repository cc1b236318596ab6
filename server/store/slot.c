#include "store/slot.h"

#include "mem/mem.h"

static size_t extra_len(uint32_t database_count)
{
    return sizeof(struct slot_extra) + database_count * sizeof(struct database);
}

uint32_t slot_database_limit(const struct slot *slot)
{
    return slot->extra ? slot->extra->database_count + 1 : 1;
}

struct database *slot_make_database(struct slot *slot, uint32_t number)
{
    uint32_t old = slot_database_limit(slot) - 1;
    if (number > old) {
        slot->extra = mem_resize(slot->extra, slot->extra ? extra_len(old) : 0, extra_len(number));
        slot->extra->database_count = number;
        memset(slot->extra->databases + old, 0, (number - old) * sizeof(struct database));
    }
    return slot_find_database(slot, number);
}

void slot_swap_databases(struct slot *slot, uint32_t a, uint32_t b)
{
    uint32_t limit = slot_database_limit(slot);
    if (a >= limit && b >= limit) return;
    slot_make_database(slot, a > b ? a : b);
    struct database *first = slot_find_database(slot, a), *second = slot_find_database(slot, b);
    struct database kept = *first;
    *first = *second;
    *second = kept;
    slot_trim(slot);
}

void slot_trim(struct slot *slot)
{
    if (!slot->extra) return;
    uint32_t count = slot->extra->database_count;
    for (uint32_t i = 0; i < count; i++)
        if (slot->extra->databases[i].table.count) return;
    mem_free(slot->extra, extra_len(count));
    slot->extra = NULL;
}

uint64_t slot_count_keys(const struct slot *slot)
{
    uint64_t count = slot->first.table.count;
    for (uint32_t i = 0; slot->extra && i < slot->extra->database_count; i++)
        count += slot->extra->databases[i].table.count;
    return count;
}

static int64_t next_expiry_ms(const struct database *database)
{
    return database->expiry ? mintree_least(database->expiry) : INT64_MAX;
}

int64_t slot_next_expiry_ms(const struct slot *slot)
{
    int64_t next = next_expiry_ms(&slot->first);
    for (uint32_t i = 0; slot->extra && i < slot->extra->database_count; i++) {
        int64_t other = next_expiry_ms(&slot->extra->databases[i]);
        if (other < next) next = other;
    }
    return next;
}

static size_t database_block_size(const struct database *database)
{
    return table_block_size(&database->table) + mintree_block_size(database->expiry);
}

size_t slot_block_size(const struct slot *slot)
{
    size_t size = database_block_size(&slot->first);
    if (!slot->extra) return size;
    size += mem_block_size(extra_len(slot->extra->database_count));
    for (uint32_t i = 0; i < slot->extra->database_count; i++)
        size += database_block_size(&slot->extra->databases[i]);
    return size;
}
