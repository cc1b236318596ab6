#include "history/crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hashing.h"

static struct server server;
struct worker workers[WORKERS_MAX];
int crew_port, crew_shards, crew_rounds = 1500;
uint64_t crew_seed;
_Atomic bool crew_over;

void complain(struct worker *worker, const char *what)
{
    if (!worker->complaint) worker->complaint = what;
    atomic_store(&crew_over, true);
}

uint32_t draw(struct worker *worker, uint32_t count)
{
    return (uint32_t)random_below(&worker->random, count);
}

bool connect_worker(struct worker *worker)
{
    if (!wire_open(&worker->wire, crew_port)) return false;
    const char *reply = wire_command_text(&worker->wire, "CLIENT ID");
    atomic_store(&worker->id, strtoll(reply + 1, NULL, 10));
    return *reply == ':';
}

struct worker *hire(int number)
{
    struct worker *worker = &workers[number];
    *worker = (struct worker){.number = number};
    random_init(&worker->random, crew_seed * 100 + (uint64_t)number);
    REQUIRE(connect_worker(worker));
    return worker;
}

void launch(struct worker *worker, void *(*run)(void *))
{
    REQUIRE(pthread_create(&worker->thread, NULL, run, worker) == 0);
}

void start(int number, void *(*run)(void *))
{
    launch(hire(number), run);
}

void join(int number)
{
    struct worker *worker = &workers[number];
    pthread_join(worker->thread, NULL);
    if (worker->complaint)
        test_fail(__FILE__, __LINE__, "worker %d: %s", number, worker->complaint);
    wire_close(&worker->wire);
}

bool all_done(int first, int end)
{
    for (int i = first; i < end; i++)
        if (!atomic_load(&workers[i].is_done)) return false;
    return true;
}

void move_slot(struct worker *worker, const char *key)
{
    char line[64];
    const char *reply = ASK(worker, "DEBUG SLOT-MOVE %u %u", slot_of_key(bytes_of_string(key)),
                            draw(worker, (uint32_t)crew_shards));
    if (strcmp(reply, "+OK") != 0) complain(worker, "a slot does not move");
}

static void run_shards(int count)
{
    static const char *const args[] = {"--enable-debug-command", "yes", NULL};
    struct server_options options = {.shards = count, .args = args};
    char label[32];
    snprintf(label, sizeof label, "%d shards", count);
    crew_shards = count;
    bool ok = server_start(&server, &options);
    crew_port = server.port;
    for (struct test *test = test_first(); ok && test; test = test->next)
        test_run(test, label);
    if (!server_stop(&server)) test_fail(__FILE__, __LINE__, "it does not end well");
    server_fini(&server);
}

int crew_main(int argc, char **argv)
{
    static const int counts[] = {1, 2, 3, 7};
    int only = 0;
    crew_seed = (uint64_t)time(NULL);
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--rounds")) crew_rounds = atoi(argv[i + 1]);
        if (!strcmp(argv[i], "--shards")) only = atoi(argv[i + 1]);
        if (!strcmp(argv[i], "--seed")) crew_seed = strtoull(argv[i + 1], NULL, 10);
    }
    if (crew_rounds > ROUNDS_MAX - 1) crew_rounds = ROUNDS_MAX - 1;
    for (int i = 0; i < 4; i++)
        if (!only || only == counts[i]) run_shards(counts[i]);
    printf("seed %llu\n", (unsigned long long)crew_seed);
    return test_finish(argv[0]);
}
