/* Everything at once: clients that block, watch, run blocks, publish, subscribe, track keys and
 * monitor, while others kill and unblock them, move slots, flush, exchange databases and change
 * settings. What they are answered is not looked at: the server has to live through it, and at the
 * end nobody waits, nothing is subscribed to or tracked, no slot is leased (the server asserts that
 * when it ends), and memory is back where it began.
 *
 *   chaos_test [--seconds N] [--shards N] [--workers N] [--seed N] */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/check.h"
#include "support/server.h"
#include "support/wire.h"

enum {
    WORKERS_MAX = 24,
    COMMANDS_MAX = 40, /* of one connection */
    LINE_BYTES = 512,
    QUIET_MS = 2,
    MEMORY_SLACK = 8 * 1024 * 1024, /* of each shard: requests, chunks and stacks that it keeps */
    SETTLE_S = 120,
};

static int seconds = 10, shards = 3, workers_count = WORKERS_MAX;
static unsigned long long seed;
static struct server server;
static time_t end;

struct worker {
    pthread_t thread;
    struct rng rng;
    struct wire wire;
    bool moves_slots;
};

/* --- Commands --------------------------------------------------------------------------------- */

static const char *const keys[] = {"q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "{t}1", "{t}2"};
static const char *const strings[] = {"s0", "s1", "s2", "s3", "{t}s"};
static const char *const streams[] = {"x0", "x1", "x2"};
static const char *const zsets[] = {"z0", "z1"};
static const char *const channels[] = {"c0", "c1", "__keyspace@0__:q0"};
static const char *const ends[] = {"LEFT", "RIGHT"};
static const char *const timeouts[] = {"0", "0.01", "0.1", "0.5"};

#define PICK(worker, from) ((from)[rng_below(&(worker)->rng, sizeof(from) / sizeof *(from))])

static unsigned below(struct worker *worker, unsigned bound)
{
    return (unsigned)rng_below(&worker->rng, bound);
}

/* What waits for keys. */
static void draw_waiting(struct worker *w, char *line)
{
    const char *t = PICK(w, timeouts), *a = PICK(w, keys), *b = PICK(w, keys);
    switch (below(w, 9)) {
    case 0: snprintf(line, LINE_BYTES, "BLPOP %s %s %s %s", a, b, PICK(w, keys), t); break;
    case 1: snprintf(line, LINE_BYTES, "BRPOP %s %s", a, t); break;
    case 2:
        snprintf(line, LINE_BYTES, "BLMOVE %s %s %s %s %s", a, b, PICK(w, ends), PICK(w, ends), t);
        break;
    case 3: snprintf(line, LINE_BYTES, "BRPOPLPUSH %s %s %s", a, b, t); break;
    case 4: snprintf(line, LINE_BYTES, "BLMPOP %s 2 %s %s LEFT COUNT 3", t, a, b); break;
    case 5:
        snprintf(line, LINE_BYTES, "BLMOVEM %s %s LEFT RIGHT %s EXACTLY 2 BULK", a, b, t);
        break;
    case 6: snprintf(line, LINE_BYTES, "BZPOPMIN z0 z1 %s", t); break;
    case 7:
        snprintf(line, LINE_BYTES, "XREAD BLOCK %u STREAMS x0 x1 x2 $ $ $", below(w, 2) * 50);
        break;
    default:
        snprintf(line, LINE_BYTES, "XREADGROUP GROUP g %s BLOCK %u %s STREAMS %s >",
                 below(w, 2) ? "me" : "you", below(w, 2) * 50, below(w, 2) ? "CLAIM 5" : "",
                 PICK(w, streams));
    }
}

/* What changes keys, or reads them. */
static void draw_data(struct worker *w, char *line)
{
    const char *a = PICK(w, keys), *b = PICK(w, keys), *s = PICK(w, strings);
    switch (below(w, 18)) {
    case 0:
    case 1:
    case 2: snprintf(line, LINE_BYTES, "RPUSH %s %u %u", a, below(w, 1000), below(w, 1000)); break;
    case 3: snprintf(line, LINE_BYTES, "RENAME %s %s", a, b); break;
    case 4: snprintf(line, LINE_BYTES, "DEL %s %s", a, s); break;
    case 5: snprintf(line, LINE_BYTES, "LMOVE %s %s LEFT RIGHT", a, b); break;
    case 6: snprintf(line, LINE_BYTES, "COPY %s %s REPLACE", a, b); break;
    case 7: snprintf(line, LINE_BYTES, "SORT %s ALPHA STORE %s", a, b); break;
    case 8:
        snprintf(line, LINE_BYTES, "SET %s %u PX %u", s, below(w, 99), 1 + below(w, 300));
        break;
    case 9: snprintf(line, LINE_BYTES, "MSET s0 1 s1 2 s2 %u", below(w, 99)); break;
    case 10: snprintf(line, LINE_BYTES, "MGET %s %s s0 s1", s, PICK(w, strings)); break;
    case 11: snprintf(line, LINE_BYTES, "GET %s", s); break;
    case 12:
        snprintf(line, LINE_BYTES, "ZADD %s %u m%u", PICK(w, zsets), below(w, 9), below(w, 9));
        break;
    case 13: snprintf(line, LINE_BYTES, "XADD %s MAXLEN 20 * f v", PICK(w, streams)); break;
    case 14: snprintf(line, LINE_BYTES, "XGROUP CREATE %s g 0 MKSTREAM", PICK(w, streams)); break;
    case 15: snprintf(line, LINE_BYTES, "XGROUP DESTROY %s g", PICK(w, streams)); break;
    case 16: snprintf(line, LINE_BYTES, "SET %s string", a); break;
    default: snprintf(line, LINE_BYTES, "LRANGE %s 0 -1", a);
    }
}

/* What concerns the connection, or others. */
static void draw_other(struct worker *w, char *line)
{
    static const char *const tracking[] = {
        "ON", "ON BCAST", "ON BCAST PREFIX q", "ON OPTIN", "ON OPTOUT", "ON NOLOOP", "OFF"};
    static const char *const events[] = {"\"\"", "KEA", "KEAmn", "Kl"};
    static const char *const listening[] = {"SUBSCRIBE",   "PSUBSCRIBE",   "SSUBSCRIBE",
                                            "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"};
    switch (below(w, 20)) {
    case 0: snprintf(line, LINE_BYTES, "WATCH %s %s", PICK(w, keys), PICK(w, strings)); break;
    case 1: snprintf(line, LINE_BYTES, "UNWATCH"); break;
    case 2:
    case 3:
        snprintf(line, LINE_BYTES, "CLIENT UNBLOCK %u %s", below(w, 400),
                 below(w, 2) ? "ERROR" : "TIMEOUT");
        break;
    case 4: snprintf(line, LINE_BYTES, "CLIENT KILL ID %u", below(w, 2000)); break;
    case 5: snprintf(line, LINE_BYTES, "CLIENT TRACKING %s", PICK(w, tracking)); break;
    case 6: snprintf(line, LINE_BYTES, "CLIENT TRACKING ON REDIRECT %u", below(w, 2000)); break;
    case 7: snprintf(line, LINE_BYTES, "CLIENT CACHING %s", below(w, 2) ? "YES" : "NO"); break;
    case 8:
    case 9: snprintf(line, LINE_BYTES, "%s %s", PICK(w, listening), PICK(w, channels)); break;
    case 10:
    case 11: snprintf(line, LINE_BYTES, "PUBLISH %s message", PICK(w, channels)); break;
    case 12: snprintf(line, LINE_BYTES, "SPUBLISH %s message", PICK(w, channels)); break;
    case 13:
        snprintf(line, LINE_BYTES, "CONFIG SET notify-keyspace-events %s", PICK(w, events));
        break;
    case 14:
        snprintf(line, LINE_BYTES, "CONFIG SET tracking-table-max-keys %u", below(w, 3) * 5);
        break;
    case 15: snprintf(line, LINE_BYTES, below(w, 4) ? "PING" : "MONITOR"); break;
    case 16: snprintf(line, LINE_BYTES, below(w, 8) ? "PING" : "SWAPDB 0 1"); break;
    case 17:
        snprintf(line, LINE_BYTES, "%s",
                 below(w, 4)   ? "PING"
                 : below(w, 4) ? "DBSIZE"
                               : "FLUSHALL");
        break;
    case 18: snprintf(line, LINE_BYTES, below(w, 4) ? "CLIENT LIST" : "RESET"); break;
    default:
        if (w->moves_slots && !below(w, 4))
            snprintf(line, LINE_BYTES, "DEBUG SLOT-MOVE %u %u", below(w, 16384),
                     below(w, (unsigned)shards)); /* each stands in the way of all cuts */
        else
            snprintf(line, LINE_BYTES, "SELECT %u", below(w, 2));
    }
}

static void draw(struct worker *w, char *line)
{
    unsigned kind = below(w, 10);
    if (kind < 3)
        draw_waiting(w, line);
    else if (kind < 7)
        draw_data(w, line);
    else
        draw_other(w, line);
}

static bool send_one(struct worker *w)
{
    char line[LINE_BYTES];
    draw(w, line);
    return wire_send_command(&w->wire, line);
}

static bool send_block(struct worker *w)
{
    if (!wire_send_command(&w->wire, "MULTI")) return false;
    for (unsigned left = below(w, 6); left; left--)
        if (!send_one(w)) return false;
    return wire_send_command(&w->wire, below(w, 5) ? "EXEC" : "DISCARD");
}

/* What is there, whatever it is. */
static bool take_replies(struct wire *wire)
{
    while (!wire_is_silent(wire, QUIET_MS)) {
        struct reply *reply = wire_read(wire);
        if (!reply) return false;
        reply_free(reply);
    }
    return true;
}

static void run_connection(struct worker *w)
{
    if (!wire_open(&w->wire, server.port)) return;
    w->wire.timeout_ms = 1000;
    /* As fast as the server can: what is left behind is worked off by it, too. */
    if (strcmp(wire_command_text(&w->wire, "PING"), "+PONG") != 0) {
        wire_close(&w->wire);
        return;
    }
    bool good = below(w, 2) || wire_hello(&w->wire, 3);
    for (unsigned left = 1 + below(w, COMMANDS_MAX); good && left && time(NULL) < end; left--) {
        good = below(w, 6) ? send_one(w) : send_block(w);
        if (good && below(w, 2)) good = take_replies(&w->wire);
    }
    wire_close(&w->wire); /* maybe with much that was never read */
}

static void *run_worker(void *context)
{
    while (time(NULL) < end)
        run_connection(context);
    return NULL;
}

/* --- The end ---------------------------------------------------------------------------------- */

static long long field(struct wire *wire, const char *name)
{
    struct reply *reply = wire_command(wire, "INFO everything");
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\r\n%s:", name);
    const char *at = reply && reply->data ? strstr(reply->data, wanted) : NULL;
    long long value = at ? atoll(at + strlen(wanted)) : -1;
    if (reply) reply_free(reply);
    return value;
}

/* There may be too many clients for the moment. */
static void reopen(struct wire *wire)
{
    wire_close(wire);
    wire_open(wire, server.port);
}

static bool settles(struct wire *wire, const char *name, long long most)
{
    long long value = -1;
    for (time_t late = time(NULL) + SETTLE_S; time(NULL) < late;)
        if ((value = field(wire, name)) >= 0 && value <= most)
            return true;
        else if (value < 0)
            reopen(wire);
    printf("%s is %lld, not %lld\n%s\n", name, value, most, wire_command_text(wire, "CLIENT LIST"));
    return false;
}

static int check_end(struct wire *wire, long long memory)
{
    static const char *const none[] = {"blocked_clients",      "tracking_clients",
                                       "pubsub_channels",      "pubsub_patterns",
                                       "pubsubshard_channels", "tracking_total_prefixes"};
    int failed = !settles(wire, "connected_clients", 1);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        failed += !settles(wire, none[i], 0);
    wire_command_text(wire, "FLUSHALL");
    return failed + !settles(wire, "used_memory", memory + (long long)shards * MEMORY_SLACK);
}

static void run_workers(void)
{
    static struct worker workers[WORKERS_MAX];
    end = time(NULL) + seconds;
    for (int i = 0; i < workers_count; i++) {
        workers[i].rng.state = seed * WORKERS_MAX + (unsigned long long)i;
        workers[i].moves_slots = i % 4 == 0;
        if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i])) abort();
    }
    for (int i = 0; i < workers_count; i++)
        pthread_join(workers[i].thread, NULL);
}

static void read_options(int argc, char **argv)
{
    seed = (unsigned long long)time(NULL);
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--seconds")) seconds = atoi(argv[i + 1]);
        if (!strcmp(argv[i], "--shards")) shards = atoi(argv[i + 1]);
        if (!strcmp(argv[i], "--workers")) workers_count = atoi(argv[i + 1]);
        if (!strcmp(argv[i], "--seed")) seed = strtoull(argv[i + 1], NULL, 10);
    }
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    if (workers_count < 1 || workers_count > WORKERS_MAX || shards < 1) return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("chaos of %d s on %d shards, seed %llu\n", seconds, shards, seed);
    const char *const args[] = {"--enable-debug-command", "yes", NULL};
    struct server_options options = {.shards = shards, .args = args};
    struct wire wire;
    if (!server_start(&server, &options) || !wire_open(&wire, server.port)) return 1;
    long long memory = field(&wire, "used_memory");
    wire_close(&wire); /* it may have been killed, too */
    run_workers();
    if (!wire_open(&wire, server.port)) printf("the server is not to be reached any more\n");
    int failed = check_end(&wire, memory);
    printf("%lld commands\n", field(&wire, "total_commands_processed"));
    wire_close(&wire);
    failed += !server_stop(&server);
    server_fini(&server);
    printf("chaos_test: %d passed, %d failed\n", !failed, !!failed);
    return !!failed;
}
