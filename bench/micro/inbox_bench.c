/* inbox_bench -- What a push to a shard's inbox costs, in three settings:
 *   alone      one thread pushes and pops in turn: the instructions
 *   busy       two threads, the receiver looks all the time: exchanges that contend
 *   both ways  two threads that push to each other in batches, as shards do
 * Push and pop together where both are done by the same thread, else as the sender sees it; the
 * times are means of a million messages, in some rounds. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "figures.h"
#include "shard/inbox.h"
#include "shard/pause.h"

enum { ROUNDS = 9, MESSAGES = 1 << 20, BATCH = 16 };

struct lane {
    struct inbox inbox;
    struct message *messages;
    double ns;
};

struct pair {
    struct lane lanes[2];
    int cpus[2];
    pthread_barrier_t start;
};

struct side {
    struct pair *pair;
    int index;
};

static void lane_init(struct lane *lane)
{
    inbox_init(&lane->inbox);
    lane->messages = malloc(MESSAGES * sizeof *lane->messages);
    if (!lane->messages) exit(1);
    memset(lane->messages, 0, MESSAGES * sizeof *lane->messages); /* its pages are there */
}

static void drain(struct inbox *inbox, uint32_t count)
{
    struct pause pause = {0};
    while (count) {
        if (inbox_pop(inbox))
            count--;
        else
            pause_spin(&pause);
    }
}

static double alone(const int cpus[2])
{
    (void)cpus;
    struct lane lane;
    lane_init(&lane);
    int64_t start = clock_monotonic_ns();
    for (uint32_t i = 0; i < MESSAGES; i += BATCH) {
        for (uint32_t j = 0; j < BATCH; j++)
            inbox_push(&lane.inbox, &lane.messages[i + j]);
        drain(&lane.inbox, BATCH);
    }
    double ns = (double)(clock_monotonic_ns() - start) / MESSAGES;
    free(lane.messages);
    return ns;
}

static void *receive(void *context)
{
    struct pair *pair = context;
    figures_pin(pair->cpus[1]);
    pthread_barrier_wait(&pair->start);
    drain(&pair->lanes[0].inbox, MESSAGES);
    return NULL;
}

static double busy(const int cpus[2])
{
    struct pair pair = {.cpus = {cpus[0], cpus[1]}};
    pthread_t receiver;
    lane_init(&pair.lanes[0]);
    figures_pin(cpus[0]);
    pthread_barrier_init(&pair.start, NULL, 2);
    if (pthread_create(&receiver, NULL, receive, &pair)) exit(1);
    pthread_barrier_wait(&pair.start);
    int64_t start = clock_monotonic_ns();
    for (uint32_t i = 0; i < MESSAGES; i++)
        inbox_push(&pair.lanes[0].inbox, &pair.lanes[0].messages[i]);
    double ns = (double)(clock_monotonic_ns() - start) / MESSAGES;
    pthread_join(receiver, NULL);
    pthread_barrier_destroy(&pair.start);
    free(pair.lanes[0].messages);
    return ns;
}

/* Pushes to the other in batches, and takes what has come. */
static void *exchange(void *context)
{
    struct side *side = context;
    struct lane *mine = &side->pair->lanes[side->index];
    struct inbox *theirs = &side->pair->lanes[!side->index].inbox;
    uint32_t taken = 0;
    figures_pin(side->pair->cpus[side->index]);
    pthread_barrier_wait(&side->pair->start);
    int64_t start = clock_thread_cpu_ns();
    for (uint32_t i = 0; i < MESSAGES; i += BATCH) {
        for (uint32_t j = 0; j < BATCH; j++)
            inbox_push(theirs, &mine->messages[i + j]);
        while (inbox_pop(&mine->inbox))
            taken++;
    }
    drain(&mine->inbox, MESSAGES - taken);
    mine->ns = (double)(clock_thread_cpu_ns() - start) / MESSAGES;
    return NULL;
}

static double both_ways(const int cpus[2])
{
    struct pair pair = {.cpus = {cpus[0], cpus[1]}};
    struct side sides[2] = {{&pair, 0}, {&pair, 1}};
    pthread_t other;
    lane_init(&pair.lanes[0]);
    lane_init(&pair.lanes[1]);
    pthread_barrier_init(&pair.start, NULL, 2);
    if (pthread_create(&other, NULL, exchange, &sides[1])) exit(1);
    exchange(&sides[0]);
    pthread_join(other, NULL);
    pthread_barrier_destroy(&pair.start);
    free(pair.lanes[0].messages);
    free(pair.lanes[1].messages);
    return (pair.lanes[0].ns + pair.lanes[1].ns) / 2;
}

static void report(const char *what, double (*run)(const int cpus[2]), const int cpus[2])
{
    struct samples none = {0}, us = {0};
    for (int i = 0; i < ROUNDS; i++)
        samples_add(&us, run(cpus) / 1e3);
    figures_row(what, &us, &none);
    samples_free(&us);
}

int main(void)
{
    int cpus[2];
    figures_assign_cpus(cpus, 2);
    figures_title("a message through an inbox, of a million each");
    report("alone: push and pop", alone, cpus);
    report("busy receiver: push", busy, cpus);
    report("both ways: push, and pop of another", both_ways, cpus);
    return 0;
}
