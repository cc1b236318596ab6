/* The scheduler, and shard/threads.h on it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "mem/mem.h"
#include "shard/group.h"
#include "shard/fiber.h"
#include "sim/sim.h"

enum { THREADS_MAX = 16, STACK_BYTES = 1 << 20, LATE_TIMER_NS = 60 * 1000 * 1000 };

struct sim_thread {
    struct fiber fiber;
    void (*run)(void *context);
    void *context;
    struct mem_account *account;
    struct ring *ring; /* it waits for; NULL: it does not */
    int64_t deadline_ns;
    int64_t stalled_until_ns;
    bool spins; /* until another has done something */
    bool has_ended;
};

static struct machine {
    struct random random;
    struct sim_habits habits;
    int64_t now_ns;
    struct fiber outside;
    struct sim_thread *threads[THREADS_MAX];
    uint32_t count;
    struct sim_thread *running;
    uint64_t looks; /* at clock_ticks() */
    int64_t bytes_left;
    int64_t longest_pass_ns;
    uint64_t deeds[DEED_COUNT]; /* of all seeds */
    bool terminated;
} machine;

void sim_start(uint64_t seed, const struct sim_habits *habits)
{
    uint64_t deeds[DEED_COUNT];
    memcpy(deeds, machine.deeds, sizeof deeds);
    machine = (struct machine){.habits = *habits, .now_ns = 1000000000};
    memcpy(machine.deeds, deeds, sizeof deeds);
    random_init(&machine.random, seed);
}

void sim_end(void)
{
    for (uint32_t i = 0; i < machine.count; i++) {
        ASSERT(machine.threads[i]->has_ended);
        fiber_fini(&machine.threads[i]->fiber);
        free(machine.threads[i]);
    }
    machine.count = 0;
}

int64_t sim_bytes_left(void)
{
    return machine.bytes_left;
}

struct random *sim_random(void)
{
    return &machine.random;
}

const struct sim_habits *sim_habits(void)
{
    return &machine.habits;
}

bool sim_chance(uint32_t thousandths)
{
    return thousandths && random_below(&machine.random, 1000) < thousandths;
}

int64_t sim_now_ns(void)
{
    return machine.now_ns;
}

int64_t sim_longest_pass_ns(void)
{
    return machine.longest_pass_ns;
}

void sim_note_pass(int64_t len_ns)
{
    if (len_ns > machine.longest_pass_ns) machine.longest_pass_ns = len_ns;
}

void sim_did(enum sim_deed deed)
{
    machine.deeds[deed]++;
}

const uint64_t *sim_deeds(void)
{
    return machine.deeds;
}

/* --- threads ------------------------------------------------------------------------------ */

static void leave(void)
{
    struct sim_thread *thread = machine.running;
    fiber_switch(&thread->fiber, &machine.outside);
}

static void run_thread(void *context)
{
    struct sim_thread *thread = context;
    thread->run(thread->context);
    thread->has_ended = true;
    leave();
}

struct sim_thread *sim_thread_new(void (*run)(void *context), void *context)
{
    ASSERT(machine.count < THREADS_MAX);
    struct sim_thread *thread = calloc(1, sizeof *thread);
    thread->run = run;
    thread->context = context;
    fiber_init(&thread->fiber, STACK_BYTES, run_thread, thread);
    machine.threads[machine.count++] = thread;
    return thread;
}

bool sim_thread_has_ended(const struct sim_thread *thread)
{
    return thread->has_ended;
}

void sim_thread_account(struct mem_account *account)
{
    machine.running->account = account;
}

void sim_yield(void)
{
    if (machine.running) leave();
}

/* In the middle of a push, or waiting for somebody in such a middle. */
void pause_simulated(void);
void pause_simulated(void)
{
    if (!machine.running) return;
    machine.running->spins = true;
    leave();
    machine.running->spins = false;
}

void point_simulated(void);
void point_simulated(void)
{
    if (!machine.running || !sim_chance(machine.habits.switch_in_push)) return;
    sim_did(DEED_SWITCH);
    leave();
}

/* Timers fire late, and waits end for no reason. */
static int64_t end_of_wait(int64_t deadline_ns)
{
    if (sim_chance(machine.habits.late_timer)) {
        sim_did(DEED_LATE_TIMER);
        return deadline_ns + (int64_t)random_below(&machine.random, LATE_TIMER_NS);
    }
    if (deadline_ns <= machine.now_ns || !sim_chance(machine.habits.early_wake)) return deadline_ns;
    sim_did(DEED_EARLY_WAKE);
    return machine.now_ns +
           (int64_t)random_below(&machine.random, (uint64_t)(deadline_ns - machine.now_ns));
}

void sim_wait(struct ring *ring, int64_t deadline_ns)
{
    machine.running->ring = ring;
    machine.running->deadline_ns = end_of_wait(deadline_ns);
    leave();
    machine.running->ring = NULL;
}

static bool is_runnable(const struct sim_thread *thread)
{
    if (thread->has_ended || machine.now_ns < thread->stalled_until_ns) return false;
    return !thread->ring || machine.now_ns >= thread->deadline_ns ||
           sim_ring_is_ready(thread->ring, machine.now_ns);
}

static void stand_still(struct sim_thread *thread)
{
    uint64_t max_ns = (uint64_t)machine.habits.stand_still_ms * 1000000;
    int64_t len_ns = (int64_t)random_below(&machine.random, max_ns);
    thread->stalled_until_ns = machine.now_ns + len_ns;
    sim_did(DEED_STANDSTILL);
    if (len_ns >= 1000000000) sim_did(DEED_LONG_STANDSTILL);
}

static void run(struct sim_thread *thread)
{
    if (sim_chance(machine.habits.stand_still)) {
        stand_still(thread);
        return;
    }
    machine.running = thread;
    mem_attach(thread->account);
    fiber_switch(&machine.outside, &thread->fiber);
    mem_attach(NULL);
    machine.running = NULL;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Nobody can run: time passes until somebody can. */
static void jump(void)
{
    int64_t next_ns = INT64_MAX;
    for (uint32_t i = 0; i < machine.count; i++) {
        const struct sim_thread *thread = machine.threads[i];
        if (thread->has_ended) continue;
        if (thread->stalled_until_ns > machine.now_ns) {
            next_ns = earlier(next_ns, thread->stalled_until_ns);
        } else if (thread->ring) {
            next_ns = earlier(next_ns, thread->deadline_ns);
            next_ns = earlier(next_ns, sim_ring_next_ns(thread->ring));
        }
    }
    if (next_ns != INT64_MAX && next_ns > machine.now_ns) machine.now_ns = next_ns;
}

bool sim_step(void)
{
    struct sim_thread *runnable[THREADS_MAX];
    uint32_t count = 0, ended = 0, spinning = 0;
    machine.now_ns += (int64_t)random_below(&machine.random, 4000);
    for (uint32_t i = 0; i < machine.count; i++) {
        ended += machine.threads[i]->has_ended;
        if (!is_runnable(machine.threads[i])) continue;
        spinning += machine.threads[i]->spins;
        runnable[count++] = machine.threads[i];
    }
    if (ended == machine.count) return false;
    if (!count || (count == spinning && random_below(&machine.random, 4) == 0)) jump();
    if (count) run(runnable[random_below(&machine.random, count)]);
    return true;
}

/* --- base/clock.h, base/secret.h ---------------------------------------------------------- */

int64_t clock_monotonic_ns(void)
{
    return machine.now_ns;
}

int64_t clock_realtime_us(void)
{
    return (int64_t)1700000000 * 1000000 + machine.now_ns / 1000;
}

int64_t clock_thread_cpu_ns(void)
{
    return 0;
}

/* Time stands still within a turn: what is bounded by ticks sees some pass. */
uint64_t clock_ticks(void)
{
    return (uint64_t)machine.now_ns + machine.looks++ * 100;
}

double clock_ticks_per_us(void)
{
    return 1000;
}

int group_count_cpus(void)
{
    return (int)machine.habits.cpus;
}

int clock_process_id(void)
{
    return 1;
}

void random_secret(void *out, size_t len)
{
    for (uint8_t *byte = out; len--;)
        *byte++ = (uint8_t)random_next(&machine.random);
}

/* --- signals ------------------------------------------------------------------------------ */

void sim_terminate(void)
{
    kill(getpid(), SIGTERM); /* blocked; the server reads it from its descriptor */
    machine.terminated = true;
}

bool sim_signal_is_due(void)
{
    return machine.terminated;
}

/* --- shard/group.h ------------------------------------------------------------------------ */

struct runner {
    struct group *group;
    uint32_t arrived[2]; /* at the two barriers */
    int error;
};

static void wait_for_all(struct runner *runner, unsigned barrier)
{
    runner->arrived[barrier]++;
    while (runner->arrived[barrier] < runner->group->shard_count)
        sim_yield();
}

struct shard_thread {
    struct runner *runner;
    struct shard *shard;
};

static void run_shard(void *context)
{
    struct shard_thread *thread = context;
    struct runner *runner = thread->runner;
    char reason[512] = "";
    int error = shard_open(thread->shard, reason, sizeof reason);
    ASSERT(!error);
    sim_thread_account(&thread->shard->memory);
    wait_for_all(runner, 0);
    shard_loop(thread->shard);
    wait_for_all(runner, 1);
    shard_close(thread->shard);
    sim_thread_account(NULL);
    machine.bytes_left += metric_read(&thread->shard->memory.used_bytes);
}

int group_run(struct group *group, char *reason, size_t reason_size)
{
    (void)reason, (void)reason_size;
    struct runner runner = {.group = group};
    struct shard_thread parts[THREADS_MAX];
    struct sim_thread *threads[THREADS_MAX];
    for (uint16_t i = 0; i < group->shard_count; i++)
        parts[i] = (struct shard_thread){&runner, group->shards[i]};
    for (uint16_t i = 1; i < group->shard_count; i++)
        threads[i] = sim_thread_new(run_shard, &parts[i]);
    run_shard(&parts[0]);
    for (uint16_t i = 1; i < group->shard_count; i++)
        while (!sim_thread_has_ended(threads[i]))
            sim_yield();
    return 0;
}
