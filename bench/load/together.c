/* together.c -- What clients do together, side by side on two servers or three: blocks (MULTI),
 * queues (BRPOP) and messages (PUBLISH).
 *
 *   together [--name TEXT --port N --pid N]... [--rounds N] [--seconds S] [--only TEXT]
 *
 * In each round every server has its turn with every scenario. Printed are medians over the rounds:
 * how much was done in a second, CPU time of the server's threads for each, and how long the
 * slowest hundredth took; the last server is the one that the others are compared with. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dial.h"
#include "fatal.h"
#include "histogram.h"
#include "script.h"

#define SERVERS_MAX     4
#define ROUNDS_MAX      31
#define CONNECTIONS     50
#define SUBSCRIBERS_MAX 1000
#define PUBLISHED       16 /* at once */
#define SCENARIOS       6

struct server {
    const char *name;
    int port, pid;
    clockid_t clock;
    struct script_connection *connections; /* one half asks, the other half waits */
    struct script_connection *subscribers;
};

struct figures {
    double rate, cpu_ns, p99_us;
};

struct scenario {
    const char *name;
    /* Does some of it; returns how much. */
    long long (*step)(struct server *server, const struct scenario *scenario,
                      struct histogram *times);
    const char *command, *next; /* of a block: the first one, and those behind it */
    int subscribers, publishers;
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time)) fatal("a process that is measured has gone");
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static struct script_source source = {.state = 88172645463325252ULL};

static void send_line(struct script_connection *connection, const char *command)
{
    static struct script_text text;
    text.len = 0;
    script_add(&source, &text, command);
    script_send(connection, &text);
}

/* All connections send a block each, and then all are waited for. */
static long long step_blocks(struct server *server, const struct scenario *scenario,
                             struct histogram *times)
{
    static uint64_t sent_ns[CONNECTIONS];
    static struct script_text text;
    for (int i = 0; i < CONNECTIONS; i++) {
        text.len = 0;
        script_add(&source, &text, "MULTI");
        for (int j = 0; j < 4; j++)
            script_add(&source, &text, j ? scenario->next : scenario->command);
        script_add(&source, &text, "EXEC");
        sent_ns[i] = clock_ns(CLOCK_MONOTONIC);
        script_send(&server->connections[i], &text);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        script_skip(&server->connections[i], 6);
        histogram_add(times, clock_ns(CLOCK_MONOTONIC) - sent_ns[i]);
    }
    return CONNECTIONS;
}

/* One half waits for an element each, which the other half pushes. */
static long long step_queues(struct server *server, const struct scenario *scenario,
                             struct histogram *times)
{
    static uint64_t sent_ns[CONNECTIONS / 2];
    char line[64];
    (void)scenario;
    for (int i = 0; i < CONNECTIONS / 2; i++) {
        snprintf(line, sizeof line, "BRPOP queue:%d 0", i);
        send_line(&server->connections[i], line);
    }
    for (int i = 0; i < CONNECTIONS / 2; i++) {
        snprintf(line, sizeof line, "LPUSH queue:%d xxxxxxxx", i);
        sent_ns[i] = clock_ns(CLOCK_MONOTONIC);
        send_line(&server->connections[CONNECTIONS / 2 + i], line);
    }
    for (int i = 0; i < CONNECTIONS / 2; i++) {
        script_skip(&server->connections[i], 1);
        histogram_add(times, clock_ns(CLOCK_MONOTONIC) - sent_ns[i]);
        script_skip(&server->connections[CONNECTIONS / 2 + i], 1);
    }
    return CONNECTIONS / 2;
}

/* Counts what is delivered. */
static long long step_messages(struct server *server, const struct scenario *scenario,
                               struct histogram *times)
{
    static struct script_text text;
    text.len = 0;
    for (int i = 0; i < PUBLISHED; i++)
        script_add(&source, &text, scenario->command);
    uint64_t sent_ns = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < scenario->publishers; i++)
        script_send(&server->connections[i], &text);
    for (int i = 0; i < scenario->publishers; i++)
        script_skip(&server->connections[i], PUBLISHED);
    long long each = (long long)scenario->publishers * PUBLISHED;
    for (int i = 0; i < scenario->subscribers; i++) {
        script_skip(&server->subscribers[i], each);
        histogram_add(times, clock_ns(CLOCK_MONOTONIC) - sent_ns);
    }
    return each * scenario->subscribers;
}

static const struct scenario scenarios[SCENARIOS] = {
    {"MULTI of 4 SETs, one hash tag", step_blocks, "SET <tag:{a100000}>:{r1000} xxxxxxxx",
     "SET <tag:{b0}>:{r1000} xxxxxxxx", 0, 0},
    {"MULTI of 4 SETs, random keys", step_blocks, "SET key:{r1000000} xxxxxxxx",
     "SET key:{r1000000} xxxxxxxx", 0, 0},
    {"LPUSH to BRPOP", step_queues, NULL, NULL, 0, 0},
    {"PUBLISH to 1", step_messages, "PUBLISH to1 xxxxxxxxxxxxxxxx", NULL, 1, 50},
    {"PUBLISH to 100", step_messages, "PUBLISH to100 xxxxxxxxxxxxxxxx", NULL, 100, 10},
    {"PUBLISH to 1000", step_messages, "PUBLISH to1000 xxxxxxxxxxxxxxxx", NULL, 1000, 4},
};

static void open_server(struct server *server)
{
    char line[64];
    if (clock_getcpuclockid(server->pid, &server->clock)) fatal("no process %d", server->pid);
    server->connections = calloc(CONNECTIONS, sizeof *server->connections);
    server->subscribers = calloc(SUBSCRIBERS_MAX, sizeof *server->subscribers);
    if (!server->connections || !server->subscribers) fatal("no memory");
    for (int i = 0; i < CONNECTIONS; i++)
        server->connections[i].fd = dial_tcp("127.0.0.1", (uint16_t)server->port);
    for (int i = 0; i < SUBSCRIBERS_MAX; i++) {
        server->subscribers[i].fd = dial_tcp("127.0.0.1", (uint16_t)server->port);
        for (int count = 1; count <= SUBSCRIBERS_MAX; count = count == 1 ? 100 : count * 10) {
            if (i >= count) continue;
            snprintf(line, sizeof line, "SUBSCRIBE to%d", count);
            script_run(&server->subscribers[i], line, 1);
        }
    }
}

static struct figures measure(struct server *server, const struct scenario *scenario,
                              double seconds)
{
    static struct histogram times;
    histogram_reset(&times);
    long long done = 0;
    uint64_t cpu = clock_ns(server->clock), start = clock_ns(CLOCK_MONOTONIC), now = start;
    uint64_t end = start + (uint64_t)(seconds * 1e9);
    for (; now < end; now = clock_ns(CLOCK_MONOTONIC))
        done += scenario->step(server, scenario, &times);
    cpu = clock_ns(server->clock) - cpu;
    return (struct figures){(double)done * 1e9 / (double)(now - start), (double)cpu / (double)done,
                            (double)histogram_percentile(&times, 0.99) / 1e3};
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double median(const struct figures *figures, size_t offset, int count)
{
    double values[ROUNDS_MAX] = {0};
    for (int i = 0; i < count; i++)
        memcpy(&values[i], (const char *)&figures[i] + offset, sizeof *values);
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

#define MEDIAN(of, member, count) median((of), offsetof(struct figures, member), (count))

static void run(struct server *servers, int count, const struct scenario *scenario, int rounds,
                double seconds)
{
    static struct figures all[SERVERS_MAX][ROUNDS_MAX];
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < count; i++)
            all[i][round] = measure(&servers[i], scenario, seconds);
    double rate = MEDIAN(all[count - 1], rate, rounds),
           cpu = MEDIAN(all[count - 1], cpu_ns, rounds);
    for (int i = 0; i < count; i++)
        printf("%-30s %-10s %10.0f %10.0f %10.0f %8.2f %8.2f\n", i ? "" : scenario->name,
               servers[i].name, MEDIAN(all[i], rate, rounds), MEDIAN(all[i], cpu_ns, rounds),
               MEDIAN(all[i], p99_us, rounds), MEDIAN(all[i], rate, rounds) / rate,
               MEDIAN(all[i], cpu_ns, rounds) / cpu);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct server servers[SERVERS_MAX];
    int count = 0, rounds = 3;
    double seconds = 0.4;
    const char *only = ""; /* of the scenarios' names */
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--name") && count < SERVERS_MAX)
            servers[count++].name = argv[i + 1];
        else if (!strcmp(argv[i], "--port") && count)
            servers[count - 1].port = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--pid") && count)
            servers[count - 1].pid = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--rounds"))
            rounds = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--seconds"))
            seconds = atof(argv[i + 1]);
        else if (!strcmp(argv[i], "--only"))
            only = argv[i + 1];
        else
            fatal("unknown option %s", argv[i]);
    }
    if (!count || rounds < 1 || rounds > ROUNDS_MAX || seconds <= 0)
        fatal("usage: %s [--name TEXT --port N --pid N]... [--rounds N] [--seconds S] "
              "[--only TEXT]",
              argv[0]);
    for (int i = 0; i < count; i++)
        open_server(&servers[i]);
    printf("%-30s %-10s %10s %10s %10s %8s %8s\n", "", "", "a second", "CPU ns", "p99 us", "rate",
           "CPU");
    for (size_t i = 0; i < SCENARIOS; i++)
        if (strstr(scenarios[i].name, only)) run(servers, count, &scenarios[i], rounds, seconds);
    return 0;
}
