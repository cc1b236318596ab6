/* collections.c -- Bytes that collections take, on two servers side by side.
 *
 *   collections --port N --port N
 *
 * Each line fills both servers and divides what INFO's used_memory has grown by the number of keys,
 * or of elements. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial.h"
#include "fatal.h"
#include "script.h"

#define SIDES 2

struct line {
    const char *name, *command;
    int times, units; /* so many commands make so many keys or elements */
    double target;    /* of redis-server's bytes, or bytes if it is above 1 */
};

static const struct line lines[] = {
    {"element of a large set", "SADD s m{p}", 1000000, 1000000, 0.6},
    {"field of a large hash", "HSET h f{p} v{p}", 1000000, 1000000, 0.6},
    {"member of a large sorted set", "ZADD z {d1000} m{p}", 1000000, 1000000, 0.5},
    {"element of a large list", "RPUSH l e{p}", 1000000, 1000000, 1},
    {"hash of 5 fields",
     "HSET key:{i} field001 value001 field002 value002 field003 value003 field004 value004 "
     "field005 value005",
     200000, 200000, 0.75},
    {"set of 5 members", "SADD key:{i} member01 member02 member03 member04 member05", 200000,
     200000, 0.75},
    {"sorted set of 5 members",
     "ZADD key:{i} 1 member01 2 member02 3 member03 4 member04 5 member05", 200000, 200000, 0.75},
    {"list of 5 elements", "RPUSH key:{i} element1 element2 element3 element4 element5", 200000,
     200000, 0.75},
    {"stream of 5 entries", "XADD key:{m20000} * field001 value001", 100000, 20000, 400},
};

/* What is freed by and by must be gone before it counts. */
static void flush(struct script_connection *connection)
{
    script_run(connection, "FLUSHALL", 1);
    for (int i = 0; i < 1000000; i++)
        if (!script_ask(connection, "INFO memory", "lazyfree_pending_objects:")) return;
    fatal("it never ends freeing");
}

static double grown(struct script_connection *connection, const struct line *line)
{
    flush(connection);
    script_run(connection, line->command, 1); /* what is allocated only once */
    flush(connection);
    long long before = script_ask(connection, "INFO memory", "used_memory:");
    script_run(connection, line->command, line->times);
    long long after = script_ask(connection, "INFO memory", "used_memory:");
    return (double)(after - before) / line->units;
}

int main(int argc, char **argv)
{
    static struct script_connection sides[SIDES];
    int count = 0;
    for (int i = 1; i + 1 < argc && count < SIDES; i += 2)
        if (!strcmp(argv[i], "--port"))
            sides[count++].fd = dial_tcp("127.0.0.1", (uint16_t)atoi(argv[i + 1]));
    if (count < SIDES) fatal("usage: %s --port N --port N", argv[0]);
    printf("%-30s %9s %12s %7s  %s\n", "bytes", "Torc", "redis-server", "ratio", "target");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct line *line = &lines[i];
        double ours = grown(&sides[0], line), theirs = grown(&sides[1], line);
        bool passes = line->target > 1 ? ours <= line->target : ours <= theirs * line->target;
        printf("%-30s %9.1f %12.1f %7.2f  %6.6g  %s\n", line->name, ours, theirs, ours / theirs,
               line->target, passes ? "PASS" : "short");
        fflush(stdout);
    }
    return 0;
}
