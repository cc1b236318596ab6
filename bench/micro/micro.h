/* micro.h -- Real shards on real threads, without sockets, and operations between them that are
 * measured one after the other, from their beginning on shard 0 to their end there.
 *
 * Cases take turns, round by round, so that a noisy moment of the machine does not fall on one of
 * them alone. A time runs from the pass in which an operation begins; idle shards sleep by then.
 * CPU time is that of all threads, spinning excepted, less what is spent without the operation:
 * that of the same pauses when nothing happens, or that of as many commands of the load. */
#ifndef BENCH_MICRO_MICRO_H
#define BENCH_MICRO_MICRO_H

#include "background.h"
#include "figures.h"
#include "shard/visit.h"

enum {
    MICRO_SHARDS_MAX = 8,
    MICRO_KEYS = 2,
    MICRO_KEY_BYTES = 16,
    MICRO_ARGS_MAX = 8,
    MICRO_CASES_MAX = 8
};

struct micro;

enum micro_setting {
    MICRO_IDLE,   /* a pause in front of each operation, long enough to fall asleep */
    MICRO_LOADED, /* operations follow each other while all shards are busy */
    MICRO_SETTINGS,
};

struct micro_case {
    const char *name;
    void (*begin)(struct micro *micro, const struct micro_case *self); /* calls micro_end() later */
    enum micro_setting setting;
    uint16_t homes[MICRO_KEYS]; /* of the keys, or whatever else `begin` wants to know */
};

struct micro_plan {
    const char *title;
    uint16_t shards;
    uint32_t rounds, repetitions[MICRO_SETTINGS]; /* of each case, in each round */
    const struct micro_case *cases;
    uint32_t case_count;
    void (*prepare)(struct micro *micro); /* on shard 0, before the first; may be NULL */
};

/* CPU time and commands of the load, in all, as one shard knows them. */
struct micro_account {
    int64_t cpu_ns;
    uint64_t background_done, background_passes;
};

struct micro_result {
    struct samples times_us, cpu_us;
};

struct micro {
    struct visit visit;
    struct group *group;
    struct shard *front; /* shard 0 */
    const struct micro_plan *plan;
    struct timer pause;
    uint32_t round,
        at;        /* `at` counts the cases, behind one of each setting in which nothing is done */
    uint32_t left; /* repetitions */
    bool due;      /* the next one begins in this pass */
    int64_t begun_ns, case_begun_ns;
    double nothing_ns[MICRO_SETTINGS];     /* CPU time of a pause, of a command of the load */
    struct samples commands_us, passes_us; /* of the load */
    struct micro_account before, accounts[MICRO_SHARDS_MAX];
    struct micro_result results[MICRO_CASES_MAX];
    struct background backgrounds[MICRO_SHARDS_MAX];
    char keys[MICRO_SHARDS_MAX][MICRO_KEYS][MICRO_KEY_BYTES]; /* by home */
    void *context;                                            /* the program's own */
};

/* Runs the plan, and prints its table; the exit status. */
int micro_run(const struct micro_plan *plan);
/* On shard 0: the operation that was begun has come to its end. */
void micro_end(struct micro *micro);
/* Has shard 0 run a command as client/dispatch would: here, at the home of its keys, or on a lease.
 * micro_end() follows. */
void micro_command(struct micro *micro, const char *const *words, uint32_t count);
/* A request for one, for who sends it in another way. */
struct request *micro_request(struct micro *micro, const char *const *words, uint32_t count);

#endif
