/* history/crew.h -- Clients of a real server, each a thread, that work at the same time and
 * complain when they see what must not be. The programs that use it have tests, run on 1, 2, 3 and
 * 7 shards:
 *
 *   program [--rounds N] [--shards N] [--seed N] */
#ifndef TESTS_HISTORY_CREW_H
#define TESTS_HISTORY_CREW_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/random.h"
#include "support/check.h"
#include "support/server.h"
#include "support/wire.h"

enum { WORKERS_MAX = 16, ROUNDS_MAX = 100000 };

/* A client. */
struct worker {
    pthread_t thread;
    struct wire wire;
    struct random random;
    int number;
    _Atomic long long id; /* of its connection; 0: it has none */
    _Atomic bool is_done;
    const char *complaint;
};

extern struct worker workers[WORKERS_MAX];
extern int crew_port, crew_shards, crew_rounds;
extern uint64_t crew_seed;
extern _Atomic bool crew_over; /* for those that go on until the others are done */

void complain(struct worker *worker, const char *what); /* and everybody stops */
uint32_t draw(struct worker *worker, uint32_t count);   /* below it */
bool connect_worker(struct worker *worker);
/* A fresh one, connected; then it runs `run` with itself as the context. Or both. */
struct worker *hire(int number);
void launch(struct worker *worker, void *(*run)(void *worker));
void start(int number, void *(*run)(void *worker));
void join(int number); /* fails the test if it has complained */
bool all_done(int first, int end);
/* Some key's slot goes to some shard. */
void move_slot(struct worker *worker, const char *key);

/* Its reply, as text; the line is printed as by printf into `line`, an array. */
#define ASK(worker, ...)                                                                           \
    (snprintf(line, sizeof line, __VA_ARGS__), wire_command_text(&(worker)->wire, line))

int crew_main(int argc, char **argv);

#endif
