/* doorbell_bench -- What it costs to wake a sleeping ring, and what to ring at one that is awake.
 *   sender         the io_uring_enter() that carries the doorbell: its time, and CPU time
 *   until awake    from before that call until the receiver has returned from its own
 *   receiver       CPU time from one wake-up to the next: returning, looking, falling asleep
 * The sender stays busy in between, so that its own CPU is not the one that wakes up. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "figures.h"
#include "ring/ring.h"

enum { ROUNDS = 11, BELLS = 500, REST_NS = 100 * 1000, WAIT_NS = 1000 * 1000 * 1000 };

struct bench {
    pthread_barrier_t barrier;
    struct ring *receiving;
    _Atomic int64_t rung_ns; /* the sender's, before a doorbell */
    _Atomic uint32_t heard;  /* doorbells, by the receiver */
    bool sleeps;             /* the receiver; else it looks all the time */
    int cpus[2];
    struct samples sent_us, awake_us, sender_cpu_us, receiver_cpu_us;
};

static struct ring *open_ring(void)
{
    char reason[512] = "";
    struct ring *ring;
    struct ring_options options = {
        .sq_entries = 64, .cq_entries = 256, .buffer_count = 4, .buffer_bytes = 4096};
    if (!ring_open(&ring, &options, reason, sizeof reason)) return ring;
    fprintf(stderr, "no ring: %s\n", reason);
    exit(EXIT_FAILURE);
}

static void hear(struct bench *bench, struct ring *ring)
{
    int64_t before_ns = clock_monotonic_ns();
    ring_enter(ring, bench->sleeps ? before_ns + WAIT_NS : 0);
    int64_t now_ns = clock_monotonic_ns();
    if (!ring_dispatch(ring)) return;
    int64_t rung_ns = atomic_load(&bench->rung_ns);
    samples_add(&bench->awake_us, (double)(now_ns - rung_ns) / 1e3);
    atomic_fetch_add(&bench->heard, 1);
}

static void *receive(void *context)
{
    struct bench *bench = context;
    figures_pin(bench->cpus[1]);
    struct ring *ring = bench->receiving = open_ring();
    pthread_barrier_wait(&bench->barrier);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        int64_t cpu_ns = clock_thread_cpu_ns();
        while (atomic_load(&bench->heard) < (round + 1) * BELLS)
            hear(bench, ring);
        double us = (double)(clock_thread_cpu_ns() - cpu_ns) / 1e3;
        if (bench->sleeps) samples_add(&bench->receiver_cpu_us, us / BELLS);
    }
    pthread_barrier_wait(&bench->barrier);
    ring_close(ring);
    return NULL;
}

/* Long enough for the receiver to be asleep again. Gives the CPU to nobody: who else wants it would
 * keep it for milliseconds. */
static void rest(void)
{
    int64_t end_ns = clock_monotonic_ns() + REST_NS;
    while (clock_monotonic_ns() < end_ns)
        continue;
}

static void ring_once(struct bench *bench, struct ring *ring, int64_t *cpu_ns)
{
    uint32_t heard = atomic_load(&bench->heard);
    rest();
    int64_t start_cpu_ns = clock_thread_cpu_ns(), start_ns = clock_monotonic_ns();
    atomic_store(&bench->rung_ns, start_ns);
    ring_doorbell(ring, ring_fd(bench->receiving));
    ring_enter(ring, 0);
    samples_add(&bench->sent_us, (double)(clock_monotonic_ns() - start_ns) / 1e3);
    *cpu_ns += clock_thread_cpu_ns() - start_cpu_ns;
    ring_dispatch(ring);
    while (atomic_load(&bench->heard) == heard)
        continue;
}

static void send_all(struct bench *bench)
{
    struct ring *ring = open_ring();
    pthread_barrier_wait(&bench->barrier);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        int64_t cpu_ns = 0;
        for (uint32_t i = 0; i < BELLS; i++)
            ring_once(bench, ring, &cpu_ns);
        samples_add(&bench->sender_cpu_us, (double)cpu_ns / 1e3 / BELLS);
    }
    pthread_barrier_wait(&bench->barrier);
    ring_close(ring);
}

static void report(struct bench *bench)
{
    struct samples none = {0};
    const char *names[2][2] = {{"awake: sender", "awake: until it is heard"},
                               {"asleep: sender", "asleep: until it is awake"}};
    figures_row(names[bench->sleeps][0], &bench->sent_us, &bench->sender_cpu_us);
    figures_row(names[bench->sleeps][1], &bench->awake_us, &none);
    if (bench->sleeps) figures_row("asleep: receiver, a wake-up", &none, &bench->receiver_cpu_us);
    samples_free(&bench->sent_us);
    samples_free(&bench->awake_us);
    samples_free(&bench->sender_cpu_us);
    samples_free(&bench->receiver_cpu_us);
}

static void measure(bool sleeps, const int cpus[2])
{
    struct bench bench = {.sleeps = sleeps, .cpus = {cpus[0], cpus[1]}};
    pthread_t receiver;
    figures_pin(bench.cpus[0]);
    pthread_barrier_init(&bench.barrier, NULL, 2);
    if (pthread_create(&receiver, NULL, receive, &bench)) exit(EXIT_FAILURE);
    send_all(&bench);
    pthread_join(receiver, NULL);
    pthread_barrier_destroy(&bench.barrier);
    report(&bench);
}

int main(void)
{
    int cpus[2];
    figures_assign_cpus(cpus, 2); /* once: then this thread is pinned */
    figures_title("a doorbell to a ring on another CPU");
    measure(true, cpus);
    measure(false, cpus);
    return EXIT_SUCCESS;
}
