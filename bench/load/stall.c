/* stall.c -- How long a PING waits while large values are built, copied, united, read and removed.
 *
 *   stall --port N [--name text] [--elements N]
 *
 * One connection does the work; another one, of the same server, sends PINGs all the time. For each
 * step: how long it took, and the 99.9th percentile and the longest of the PINGs meanwhile. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dial.h"
#include "fatal.h"
#include "histogram.h"
#include "script.h"

#define STEPS_MAX 64
#define ARGS      200 /* elements of a command that builds */
#define PAUSE_NS  200000

struct step {
    const char *type, *what, *command;
    const char *element; /* NULL: the command is sent as it is, once */
    int share;           /* one command for so many elements; 0: ARGS */
};

static const struct step steps[] = {
    {"list", "built", "RPUSH l", "element:{n}", 0},
    {"list", "copied", "COPY l m", NULL, 0},
    {"list", "read", "LRANGE l 0 -1", NULL, 0},
    {"list", "searched", "LREM m 0 nothing", NULL, 0},
    {"list", "sorted and stored", "SORT l BY nosort STORE n", NULL, 0},
    {"list", "removed", "DEL l m n", NULL, 0},
    {"set", "built", "SADD s", "member:{n}", 0},
    {"set", "copied", "COPY s t", NULL, 0},
    {"set", "united", "SUNIONSTORE u s t", NULL, 0},
    {"set", "intersected", "SINTERSTORE v s t", NULL, 0},
    {"set", "read", "SMEMBERS s", NULL, 0},
    {"set", "removed", "DEL s t u v", NULL, 0},
    {"hash", "built", "HSET h", "field:{n} value", 0},
    {"hash", "copied", "COPY h i", NULL, 0},
    {"hash", "read", "HGETALL h", NULL, 0},
    {"hash", "removed", "DEL h i", NULL, 0},
    {"sorted set", "built", "ZADD z", "{r1000000} member:{n}", 0},
    {"sorted set", "copied", "COPY z y", NULL, 0},
    {"sorted set", "united", "ZUNIONSTORE x 2 z y", NULL, 0},
    {"sorted set", "read", "ZRANGE z 0 -1 WITHSCORES", NULL, 0},
    {"sorted set", "cut", "ZREMRANGEBYRANK y 0 -1", NULL, 0},
    {"sorted set", "removed", "DEL z y x", NULL, 0},
    {"stream", "built", "XADD s * field value", "", 1},
    {"stream", "copied", "COPY s t", NULL, 0},
    {"stream", "read", "XRANGE s - +", NULL, 0},
    {"stream", "trimmed", "XTRIM t MAXLEN 0", NULL, 0},
    {"stream", "removed", "DEL s t", NULL, 0},
};

static struct histogram waits[STEPS_MAX];
static _Atomic int current; /* step; -1: the end */

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void ping(int fd)
{
    char reply[7];
    if (write(fd, "PING\r\n", 6) != 6) fatal("the server has hung up");
    for (size_t got = 0; got < sizeof reply;) {
        ssize_t len = read(fd, reply + got, sizeof reply - got);
        if (len <= 0) fatal("the server has hung up");
        got += (size_t)len;
    }
}

/* What it waits counts for the step that was under way when it began. */
static void *ping_on(void *context)
{
    int fd = *(int *)context;
    /* The work's own thread must not make PINGs wait: where that is allowed, this one goes first.
     */
    pthread_setschedparam(pthread_self(), SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
    for (int step; (step = atomic_load(&current)) >= 0;) {
        uint64_t start = now_ns();
        ping(fd);
        histogram_add(&waits[step], now_ns() - start);
        nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    }
    return NULL;
}

static void build(struct script_connection *connection, const struct step *step, int elements)
{
    int share = step->share ? step->share : ARGS;
    size_t len = strlen(step->command) + (size_t)share * (strlen(step->element) + 1) + 1;
    char *command = malloc(len);
    if (!command) abort();
    strcpy(command, step->command);
    for (int i = 0; i < share && *step->element; i++) {
        strcat(command, " ");
        strcat(command, step->element);
    }
    script_run(connection, command, elements / share);
    free(command);
}

static void run(struct script_connection *connection, const struct step *step, int elements)
{
    if (step->element)
        build(connection, step, elements);
    else
        script_run(connection, step->command, 1);
}

int main(int argc, char **argv)
{
    static struct script_connection connection;
    int port = 0, elements = 5000000;
    const char *name = "";
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--port")) port = atoi(argv[i + 1]);
        if (!strcmp(argv[i], "--name")) name = argv[i + 1];
        if (!strcmp(argv[i], "--elements")) elements = atoi(argv[i + 1]);
    }
    if (!port) fatal("usage: %s --port N [--name text] [--elements N]", argv[0]);
    connection.fd = dial_tcp("127.0.0.1", (uint16_t)port);
    int fd = dial_tcp("127.0.0.1", (uint16_t)port);
    pthread_t thread;
    if (pthread_create(&thread, NULL, ping_on, &fd)) fatal("no thread");
    printf("%-14s %-10s %-18s %9s %12s %9s\n", "", "", "", "takes ms", "p99.9 PING", "longest");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        atomic_store(&current, (int)i);
        uint64_t start = now_ns();
        run(&connection, &steps[i], elements);
        double took_ms = (double)(now_ns() - start) / 1e6;
        ping(connection.fd);
        printf("%-14s %-10s %-18s %9.0f %9.2f ms %6.2f ms\n", name, steps[i].type, steps[i].what,
               took_ms, (double)histogram_percentile(&waits[i], 0.999) / 1e6,
               (double)waits[i].max / 1e6);
        fflush(stdout);
    }
    atomic_store(&current, -1);
    pthread_join(thread, NULL);
    return 0;
}
