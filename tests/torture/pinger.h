/* torture/pinger.h -- Well-behaved clients: a thread that sends PING on a few connections in turn,
 * one at a time, and keeps how long each answer took. Now and then a connection counts up a key of
 * its own, so that a lost or doubled command is seen. */
#ifndef TESTS_TORTURE_PINGER_H
#define TESTS_TORTURE_PINGER_H

#include <pthread.h>
#include <stdatomic.h>

#include "support/wire.h"

#define PINGER_WIRES 4 /* the server spreads them over its shards */

struct pinger {
    struct wire wires[PINGER_WIRES];
    long long numbers[PINGER_WIRES]; /* what each has counted up to */
    pthread_t thread;
    atomic_bool stop;
    int64_t *times_ns;
    size_t count, capacity;
    int64_t own_worst_ns; /* the latest that a sleep of the thread itself ended */
    char error[256];      /* empty: every answer came, and was right */
};

struct ping_times {
    size_t count;
    double worst_ms, p99_ms, median_ms, own_worst_ms;
};

/* Connects and authenticates, then starts the thread. false: it cannot. */
bool pinger_start(struct pinger *pinger, int port, const char *password);
/* Ends it; its connections stay open until pinger_fini(). */
struct ping_times pinger_stop(struct pinger *pinger);
void pinger_fini(struct pinger *pinger);

#endif
