/* commands.c -- Commands of all data types, side by side on two servers.
 *
 *   commands --port N --pid N --port N --pid N [--rounds N] [--seconds S] [--only text]
 *
 * Each scenario fills both servers with the same data, then sends its command over some
 * connections, 16 at a time, to the one and to the other in turn, and divides the CPU time of the
 * server's threads by the number of requests. Printed are medians over the rounds, and the median
 * of the rounds' ratios beside what was aimed at. It ends with 1 if a server refuses a command. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dial.h"
#include "fatal.h"
#include "script.h"

#define CONNECTIONS 50
#define PIPELINE    16
#define FILLS_MAX   3
#define ROUNDS_MAX  31
#define SIDES       2
#define CHEAP       0 /* see target_of() */
#define COMPUTES    0.70

struct fill {
    const char *command;
    int count;
};

struct scenario {
    const char *name, *command;
    double target;
    struct fill fills[FILLS_MAX];
    bool fill_each_round; /* the command uses up what there is */
};

#define STRINGS_SETS                                                                               \
    {"SADD s1 member:{i}", 10000}, {"SADD s2 other:{i}", 5000},                                    \
    {                                                                                              \
        "SADD s2 member:{i}", 5000                                                                 \
    }

static const struct scenario scenarios[] = {
    {"SET", "SET k:{r100000} xxxxxxxx", 0.5, {{0}}, false},
    {"GET", "GET k:{r100000}", 0.5, {{"SET k:{i} xxxxxxxx", 100000}}, false},
    {"LPUSH", "LPUSH l xxxxxxxx", CHEAP, {{0}}, false},
    {"RPUSH", "RPUSH l xxxxxxxx", CHEAP, {{0}}, false},
    {"LPOP", "LPOP l", CHEAP, {{"RPUSH l xxxxxxxx", 1500000}}, true},
    {"SADD", "SADD s member:{r1000000}", CHEAP, {{0}}, false},
    {"SPOP", "SPOP s", CHEAP, {{"SADD s member:{i}", 1000000}}, true},
    {"HSET", "HSET h field:{r1000000} xxxxxxxx", CHEAP, {{0}}, false},
    {"HGET", "HGET h field:{r1000000}", CHEAP, {{"HSET h field:{i} xxxxxxxx", 1000000}}, false},
    {"HSET of 10 fields", "HSET h:{r1000} f:{r10} xxxxxxxx", CHEAP, {{0}}, false},
    {"ZADD",
     "ZADD z {d1000} member:{r1000000}",
     CHEAP,
     {{"ZADD z {d1000} member:{i}", 1000000}},
     false},
    {"ZSCORE",
     "ZSCORE z member:{r1000000}",
     CHEAP,
     {{"ZADD z {d1000} member:{i}", 1000000}},
     false},
    {"ZRANK", "ZRANK z member:{r1000000}", CHEAP, {{"ZADD z {d1000} member:{i}", 1000000}}, false},
    {"ZRANGE of 100",
     "ZRANGE z {a900000} {b99}",
     COMPUTES,
     {{"ZADD z {d1000} member:{i}", 1000000}},
     false},
    {"LRANGE of 100", "LRANGE l 0 99", COMPUTES, {{"RPUSH l xxxxxxxx", 10000}}, false},
    {"LRANGE of 300", "LRANGE l 0 299", COMPUTES, {{"RPUSH l xxxxxxxx", 10000}}, false},
    {"LRANGE of 600", "LRANGE l 0 599", COMPUTES, {{"RPUSH l xxxxxxxx", 10000}}, false},
    {"HGETALL of 100", "HGETALL h", COMPUTES, {{"HSET h field:{i} xxxxxxxx", 100}}, false},
    {"XADD", "XADD x * field xxxxxxxx", CHEAP, {{0}}, false},
    {"XRANGE of 100",
     "XRANGE x {a90000} + COUNT 100",
     COMPUTES,
     {{"XADD x {i}-1 field xxxxxxxx", 100000}},
     false},
    {"SINTER, 10,000 each", "SINTER s1 s2", COMPUTES, {STRINGS_SETS}, false},
    {"ZUNIONSTORE, 10,000 each",
     "ZUNIONSTORE d 2 z1 z2",
     COMPUTES,
     {{"ZADD z1 {d1000} member:{i}", 10000}, {"ZADD z2 {d1000} member:{r20000}", 14000}},
     false},
    {"BITCOUNT of 1 MiB", "BITCOUNT b", COMPUTES, {{"SET b {x1048576}", 1}}, false},
    {"BITOP AND of 2 x 1 MiB",
     "BITOP AND d b c",
     COMPUTES,
     {{"SET b {x1048576}", 1}, {"SET c {x1048576}", 1}},
     false},
    {"LCS of 2 x 512", "LCS b c", COMPUTES, {{"SET b {x512}", 1}, {"SET c {x512}", 1}}, false},
    {"HGET in a listpack",
     "HGET h field:{r100}",
     CHEAP,
     {{"HSET h field:{i} xxxxxxxx", 100}},
     false},
    {"PFADD", "PFADD p element:{r1000000}", CHEAP, {{0}}, false},
    {"PFCOUNT", "PFCOUNT p", CHEAP, {{"PFADD p element:{i}", 100000}}, false},
    {"PFCOUNT of two",
     "PFCOUNT p q",
     COMPUTES,
     {{"PFADD p element:{i}", 100000}, {"PFADD q other:{i}", 100000}},
     false},
    {"GEOSEARCH in 10,000",
     "GEOSEARCH g FROMLONLAT 15.{r1000} 37.{r1000} BYRADIUS 200 km ASC",
     COMPUTES,
     {{"GEOADD g 1{r10}.{r100000} 3{r10}.{r100000} point:{i}", 10000}},
     false},
    {"SORT of 10,000", "SORT l LIMIT 0 10", COMPUTES, {{"RPUSH l {r1000000}", 10000}}, false},
};

struct server {
    int port, pid;
    clockid_t clock;
    struct script_connection connections[CONNECTIONS];
};

static void refill(struct server *server, const struct scenario *scenario)
{
    script_run(&server->connections[0], "FLUSHALL", 1);
    for (int i = 0; i < FILLS_MAX && scenario->fills[i].command; i++)
        script_run(&server->connections[0], scenario->fills[i].command, scenario->fills[i].count);
}

static uint64_t cpu_ns(const struct server *server)
{
    struct timespec time;
    if (clock_gettime(server->clock, &time)) fatal("a process that is measured has gone");
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void open_server(struct server *server)
{
    if (clock_getcpuclockid(server->pid, &server->clock)) fatal("no process %d", server->pid);
    for (int i = 0; i < CONNECTIONS; i++)
        server->connections[i].fd = dial_tcp("127.0.0.1", (uint16_t)server->port);
}

/* --- Measuring -------------------------------------------------------------------------------- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Commands are made before the clock runs, and used again and again. */
#define BATCHES 256

static double measure(struct server *server, const struct scenario *scenario, double seconds,
                      int round)
{
    static struct script_text batches[BATCHES];
    struct script_source source = {.state = 2463534242ULL + (uint64_t)round};
    for (int i = 0; i < BATCHES; i++) {
        batches[i].len = 0;
        for (int j = 0; j < PIPELINE; j++)
            script_add(&source, &batches[i], scenario->command);
    }
    long long requests = 0;
    uint64_t start_ns = cpu_ns(server);
    double end = now() + seconds;
    for (int i = 0; i < CONNECTIONS; i++)
        script_send(&server->connections[i], &batches[i]);
    for (int turn = 0; now() < end; turn++, requests += PIPELINE) {
        struct script_connection *connection = &server->connections[turn % CONNECTIONS];
        script_skip(connection, PIPELINE);
        script_send(connection, &batches[(turn + CONNECTIONS) % BATCHES]);
    }
    for (int i = 0; i < CONNECTIONS; i++, requests += PIPELINE)
        script_skip(&server->connections[i], PIPELINE);
    return (double)(cpu_ns(server) - start_ns) / (double)requests;
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

/* What costs little may cost a tenth more, relative to redis-server, than SET and GET in this run.
 */
static double target_of(const struct scenario *scenario, double reached)
{
    return scenario->target ? scenario->target : reached + 0.1;
}

/* The ratio. */
static double run(struct server *servers, const struct scenario *scenario, int rounds,
                  double seconds, double reached)
{
    double costs[SIDES][ROUNDS_MAX] = {{0}}, ratios[ROUNDS_MAX] = {0};
    for (int side = 0; side < SIDES; side++)
        refill(&servers[side], scenario);
    for (int round = 0; round < rounds; round++) {
        for (int side = 0; side < SIDES; side++) {
            if (round && scenario->fill_each_round) refill(&servers[side], scenario);
            costs[side][round] = measure(&servers[side], scenario, seconds, round);
        }
        ratios[round] = costs[0][round] / costs[1][round];
    }
    double ratio = median(ratios, rounds), target = target_of(scenario, reached);
    printf("%-26s %12.0f %12.0f %8.2f %8.2f  %s\n", scenario->name, median(costs[0], rounds),
           median(costs[1], rounds), ratio, target, ratio <= target ? "PASS" : "MISSED");
    fflush(stdout);
    return ratio;
}

int main(int argc, char **argv)
{
    static struct server servers[SIDES];
    int rounds = 3, ports = 0, pids = 0, missed = 0;
    double seconds = 0.3;
    const char *only = "";
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--port") && ports < SIDES)
            servers[ports++].port = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--pid") && pids < SIDES)
            servers[pids++].pid = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--rounds"))
            rounds = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--seconds"))
            seconds = atof(argv[i + 1]);
        else if (!strcmp(argv[i], "--only"))
            only = argv[i + 1];
        else
            fatal("unknown option %s", argv[i]);
    }
    if (ports < SIDES || pids < SIDES || rounds < 1 || rounds > ROUNDS_MAX || seconds <= 0)
        fatal("usage: %s --port N --pid N --port N --pid N [--rounds N] [--seconds S]", argv[0]);
    for (int side = 0; side < SIDES; side++)
        open_server(&servers[side]);
    printf("%-26s %12s %12s %8s %8s\n", "ns of CPU a request", "Torc", "redis-server", "ratio",
           "target");
    double reached = 0;
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        bool is_base = i < 2;
        if (!is_base && !strstr(scenarios[i].name, only)) continue;
        double ratio = run(servers, &scenarios[i], rounds, seconds, reached);
        if (is_base && ratio > reached) reached = ratio;
        missed += ratio > target_of(&scenarios[i], reached);
    }
    printf("%d targets missed\n", missed);
    return 0;
}
