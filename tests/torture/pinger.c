#include "torture/pinger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAUSE_NS = 500 * 1000, COUNT_EVERY = 16, PATIENCE_MS = 30000 };

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void keep_time(struct pinger *pinger, int64_t time_ns)
{
    if (pinger->count == pinger->capacity) {
        pinger->capacity = pinger->capacity ? pinger->capacity * 2 : 4096;
        pinger->times_ns = realloc(pinger->times_ns, pinger->capacity * sizeof *pinger->times_ns);
        if (!pinger->times_ns) abort();
    }
    pinger->times_ns[pinger->count++] = time_ns;
}

static void expect(struct pinger *pinger, int i, const char *command, const char *expected)
{
    const char *got = wire_command_text(&pinger->wires[i], command);
    if (!strcmp(got, expected) || *pinger->error) return;
    snprintf(pinger->error, sizeof pinger->error, "%s on connection %d after %zu pings: %s",
             command, i, pinger->count, got);
}

static void count_up(struct pinger *pinger, int i)
{
    char command[64], expected[64];
    snprintf(command, sizeof command, "INCR pinger:%d", i);
    snprintf(expected, sizeof expected, ":%lld", ++pinger->numbers[i]);
    expect(pinger, i, command, expected);
}

/* How late the sleep ended is the scheduler's share in what is measured. */
static void pause_between(struct pinger *pinger)
{
    struct timespec pause = {0, PAUSE_NS};
    int64_t start_ns = clock_ns();
    nanosleep(&pause, NULL);
    int64_t late_ns = clock_ns() - start_ns - PAUSE_NS;
    if (late_ns > pinger->own_worst_ns) pinger->own_worst_ns = late_ns;
}

static void *run(void *arg)
{
    struct pinger *pinger = arg;
    for (unsigned turn = 0; !atomic_load(&pinger->stop) && !*pinger->error; turn++) {
        int i = (int)(turn % PINGER_WIRES);
        int64_t start_ns = clock_ns();
        expect(pinger, i, "PING", "+PONG");
        keep_time(pinger, clock_ns() - start_ns);
        if (turn / PINGER_WIRES % COUNT_EVERY == 0) count_up(pinger, i);
        pause_between(pinger);
    }
    return NULL;
}

bool pinger_start(struct pinger *pinger, int port, const char *password)
{
    char line[64];
    *pinger = (struct pinger){0};
    snprintf(line, sizeof line, "AUTH %s", password);
    for (int i = 0; i < PINGER_WIRES; i++) {
        struct wire *wire = &pinger->wires[i];
        if (!wire_open(wire, port)) return false;
        wire->timeout_ms = PATIENCE_MS;
        if (strcmp(wire_command_text(wire, line), "+OK") != 0) return false;
    }
    return !pthread_create(&pinger->thread, NULL, run, pinger);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct ping_times pinger_stop(struct pinger *pinger)
{
    atomic_store(&pinger->stop, true);
    pthread_join(pinger->thread, NULL);
    size_t count = pinger->count;
    if (!count) return (struct ping_times){0};
    qsort(pinger->times_ns, count, sizeof *pinger->times_ns, compare);
    return (struct ping_times){
        .count = count,
        .worst_ms = (double)pinger->times_ns[count - 1] / 1e6,
        .p99_ms = (double)pinger->times_ns[count * 99 / 100] / 1e6,
        .median_ms = (double)pinger->times_ns[count / 2] / 1e6,
        .own_worst_ms = (double)pinger->own_worst_ns / 1e6,
    };
}

void pinger_fini(struct pinger *pinger)
{
    for (int i = 0; i < PINGER_WIRES; i++)
        if (pinger->wires[i].port) wire_close(&pinger->wires[i]);
    free(pinger->times_ns);
}
