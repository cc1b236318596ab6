#include "shard/group.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/registry.h"

/* Nobody rings a bell before all rings exist, nor after the first has gone. */
struct runner {
    struct group *group;
    pthread_barrier_t barrier;
    pthread_mutex_t lock;
    int error;
    char *reason;
    size_t reason_size;
};

struct thread {
    pthread_t id;
    struct runner *runner;
    struct shard *shard;
};

int group_count_cpus(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

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

static void pin(const struct shard *shard)
{
    if (!shard->group->cpus) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(shard->group->cpus[shard->id], &set);
    if (sched_setaffinity(0, sizeof set, &set))
        log_warning("Shard %u may not run on CPU %d: it runs anywhere", shard->id,
                    shard->group->cpus[shard->id]);
}

static void name_thread(const struct shard *shard)
{
    char name[24];
    snprintf(name, sizeof name, "torc-shard-%u", shard->id);
    if (shard->id) pthread_setname_np(pthread_self(), name);
}

static void report(struct runner *runner, int error, const char *reason)
{
    pthread_mutex_lock(&runner->lock);
    if (!runner->error) {
        runner->error = error;
        snprintf(runner->reason, runner->reason_size, "%s", reason);
    }
    pthread_mutex_unlock(&runner->lock);
}

static void *run_shard(void *context)
{
    struct thread *thread = context;
    struct runner *runner = thread->runner;
    struct shard *shard = thread->shard;
    char reason[512] = "";
    pin(shard);
    name_thread(shard);
    int error = shard_open(shard, reason, sizeof reason);
    if (error) report(runner, error, reason);
    pthread_barrier_wait(&runner->barrier);
    if (!runner->error) shard_loop(shard);
    pthread_barrier_wait(&runner->barrier);
    if (!error) shard_close(shard);
    return NULL;
}

int group_run(struct group *group, char *reason, size_t reason_size)
{
    struct runner runner = {.group = group, .reason = reason, .reason_size = reason_size};
    struct thread *threads = mem_alloc_zero(group->shard_count * sizeof *threads);
    pthread_mutex_init(&runner.lock, NULL);
    pthread_barrier_init(&runner.barrier, NULL, group->shard_count);
    for (uint16_t i = 0; i < group->shard_count; i++)
        threads[i] = (struct thread){.runner = &runner, .shard = group->shards[i]};
    for (uint16_t i = 1; i < group->shard_count; i++)
        if (pthread_create(&threads[i].id, NULL, run_shard, &threads[i]))
            FATAL("no thread for shard %u", i);
    run_shard(&threads[0]);
    for (uint16_t i = 1; i < group->shard_count; i++)
        pthread_join(threads[i].id, NULL);
    pthread_barrier_destroy(&runner.barrier);
    pthread_mutex_destroy(&runner.lock);
    mem_free(threads, group->shard_count * sizeof *threads);
    return runner.error;
}
