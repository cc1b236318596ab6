#include "shard/group.h"

#include <sched.h>
#include <stdlib.h>

#include "base/clock.h"
#include "command/registry.h"

int group_parse_cpus(const char *text, int *cpus, int max)
{
    int count = 0;
    while (*text) {
        char *end;
        long first = strtol(text, &end, 10), last = first;
        if (end == text || first < 0) return -1;
        if (*end == '-') {
            text = end + 1;
            last = strtol(text, &end, 10);
            if (end == text) return -1;
        }
        if (last < first || last >= CPU_SETSIZE) return -1;
        for (long cpu = first; cpu <= last && count < max; cpu++)
            cpus[count++] = (int)cpu;
        if (*end && *end != ',') return -1;
        text = *end ? end + 1 : end;
    }
    return count;
}

static void assign_homes(struct group *group)
{
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        atomic_init(&group->home[slot], (uint16_t)(slot * group->shard_count / SLOT_COUNT));
}

struct group *group_new(const struct group_options *options)
{
    struct group *group = mem_alloc_aligned(sizeof *group, 64);
    struct hash_key key;
    memset(group, 0, sizeof *group);
    random_secret(&key, sizeof key);
    group->settings = options->settings;
    group->registry = options->registry;
    group->hooks = options->hooks;
    group->ring_options = options->ring;
    group->cpus = options->cpus;
    group->server = options->server;
    group->shard_count = (uint16_t)options->settings->shards;
    group->ring_options.ring_count = group->shard_count;
    group->may_spin = group->shard_count <= group_count_cpus();
    group->store = store_new((uint32_t)options->settings->databases, key);
    group->next_client_id = 1;
    clock_ticks_per_us();
    assign_homes(group);
    group->shards = mem_alloc(group->shard_count * sizeof *group->shards);
    size_t counters = registry_count(group->registry) * sizeof(struct command_counters);
    for (uint16_t i = 0; i < group->shard_count; i++) {
        group->shards[i] = shard_new(group, i);
        group->shards[i]->command_counters = mem_alloc_zero(counters);
    }
    return group;
}

void group_free(struct group *group)
{
    size_t counters = registry_count(group->registry) * sizeof(struct command_counters);
    for (uint16_t i = 0; i < group->shard_count; i++) {
        mem_free(group->shards[i]->command_counters, counters);
        shard_free(group->shards[i]);
    }
    mem_free(group->shards, group->shard_count * sizeof *group->shards);
    store_free(group->store);
    mem_free_aligned(group, sizeof *group, 64);
}
