#include "shard/route.h"

#include "command/keys.h"

/* Up to this many, comparing each with each beats a bitmap of all slots. */
enum { FEW_SLOTS = 16 };

static bool is_in_few(const struct slot_set *slots, uint16_t slot)
{
    for (uint32_t i = 0; i < slots->count; i++)
        if (slots->slots[i] == slot) return true;
    return false;
}

static void collect_many(const struct bytes *args, const struct key_list *keys,
                         struct slot_set *slots)
{
    uint64_t seen[SLOT_COUNT / 64] = {0};
    for (uint32_t i = 0; i < keys->count; i++) {
        uint16_t slot = slot_of_key(args[keys->items[i].index]);
        if (seen[slot / 64] >> slot % 64 & 1) continue;
        seen[slot / 64] |= (uint64_t)1 << slot % 64;
        slots->slots[slots->count++] = slot;
    }
}

void route_slots(struct shard *shard, const struct command *command, const struct bytes *args,
                 uint32_t arg_count, struct slot_set *slots)
{
    struct key_list keys;
    keys_extract(command, args, arg_count, &shard->scratch, &keys);
    slots->count = 0;
    slots->slots = arena_alloc_array(&shard->scratch, keys.count + 1, sizeof *slots->slots);
    if (keys.count > FEW_SLOTS) {
        collect_many(args, &keys, slots);
    } else {
        for (uint32_t i = 0; i < keys.count; i++) {
            uint16_t slot = slot_of_key(args[keys.items[i].index]);
            if (!is_in_few(slots, slot)) slots->slots[slots->count++] = slot;
        }
    }
}

bool slot_set_has_one_home(const struct shard *shard, const struct slot_set *slots, uint16_t *home)
{
    *home = home_of(shard->group, slots->slots[0]);
    for (uint32_t i = 1; i < slots->count; i++)
        if (home_of(shard->group, slots->slots[i]) != *home) return false;
    return true;
}

bool slot_set_is_open(const struct shard *shard, const struct slot_set *slots)
{
    for (uint32_t i = 0; i < slots->count; i++)
        if (!shard_slot_is_open(shard, slots->slots[i])) return false;
    return true;
}
