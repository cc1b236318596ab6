/* history/crowd.h -- Many clients at once, each a thread, on a real server whose slots move: what
 * the tests of tracking, publishing and waiting have in common. A test binary is that and a main()
 * that calls crowd_main():
 *
 *   x_test [--rounds N] [--shards N] [--seed N] */
#ifndef TESTS_HISTORY_CROWD_H
#define TESTS_HISTORY_CROWD_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/random.h"
#include "support/check.h"
#include "support/server.h"
#include "support/wire.h"

struct crowd {
    struct server server;
    int shards, rounds;
    uint64_t seed;
    _Atomic bool over; /* for those that go on until the others are done */
};
extern struct crowd crowd;

/* A client. The first complaint of any ends the test. */
struct member {
    pthread_t thread;
    struct wire wire;
    struct random random;
    int number;
    _Atomic long long id; /* of its connection */
    _Atomic bool is_done; /* with its work, if others wait for that */
    char complaint[256];
};

static inline bool crowd_is_over(void)
{
    return atomic_load(&crowd.over);
}

/* Opens the connection, in that protocol, and notes its ID. */
bool member_connect(struct member *member, int resp);
void member_init(struct member *member, int number, int resp);
/* After that. `context` is whatever the member is part of. */
void member_start(struct member *member, void *(*run)(void *context), void *context);
/* Both; the member itself is the context. */
void member_run(struct member *member, int number, void *(*run)(void *context));
bool members_are_done(const struct member *first, int count);
void member_join(struct member *member);  /* and reports what it complains about */
void member_close(struct member *member); /* of one that was not started */

void member_complain(struct member *member, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
uint32_t member_draw(struct member *member, uint32_t count);
/* The reply as text, as wire_command_text() has it. */
const char *member_ask(struct member *member, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The key's slot goes to some shard. */
void member_move_slot(struct member *member, const char *key);

/* Runs every test on 1, 2, 3 and 7 shards. */
int crowd_main(int argc, char **argv);

#endif
