/* The part of shard/group.h that runs threads; exchangeable at link time. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "shard/group.h"

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
