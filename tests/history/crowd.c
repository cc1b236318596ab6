#include "history/crowd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hashing.h"

struct crowd crowd;

bool member_connect(struct member *member, int resp)
{
    if (!wire_open(&member->wire, crowd.server.port)) return false;
    if (resp == 3 && !wire_hello(&member->wire, 3)) return false;
    const char *reply = wire_command_text(&member->wire, "CLIENT ID");
    atomic_store(&member->id, strtoll(reply + 1, NULL, 10));
    return *reply == ':';
}

void member_init(struct member *member, int number, int resp)
{
    *member = (struct member){.number = number};
    random_init(&member->random, crowd.seed * 100 + (uint64_t)number);
    REQUIRE(member_connect(member, resp));
}

void member_start(struct member *member, void *(*run)(void *context), void *context)
{
    REQUIRE(pthread_create(&member->thread, NULL, run, context) == 0);
}

void member_run(struct member *member, int number, void *(*run)(void *))
{
    member_init(member, number, 2);
    member_start(member, run, member);
}

bool members_are_done(const struct member *first, int count)
{
    for (int i = 0; i < count; i++)
        if (!atomic_load(&first[i].is_done)) return false;
    return true;
}

void member_close(struct member *member)
{
    if (*member->complaint)
        test_fail(__FILE__, __LINE__, "client %d: %s", member->number, member->complaint);
    wire_close(&member->wire);
}

void member_join(struct member *member)
{
    pthread_join(member->thread, NULL);
    member_close(member);
}

void member_complain(struct member *member, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!*member->complaint) vsnprintf(member->complaint, sizeof member->complaint, format, args);
    va_end(args);
    atomic_store(&crowd.over, true);
}

uint32_t member_draw(struct member *member, uint32_t count)
{
    return (uint32_t)random_below(&member->random, count);
}

const char *member_ask(struct member *member, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return wire_command_text(&member->wire, line);
}

void member_move_slot(struct member *member, const char *key)
{
    const char *reply =
        member_ask(member, "DEBUG SLOT-MOVE %u %u", slot_of_key(bytes_of_string(key)),
                   member_draw(member, (uint32_t)crowd.shards));
    if (strcmp(reply, "+OK") != 0) member_complain(member, "a slot does not move");
}

static void run_shards(int count)
{
    static const char *const args[] = {"--enable-debug-command", "yes", NULL};
    struct server_options options = {.shards = count, .args = args};
    char label[32];
    snprintf(label, sizeof label, "%d shards", count);
    crowd.shards = count;
    bool ok = server_start(&crowd.server, &options);
    for (struct test *test = test_first(); ok && test; test = test->next) {
        atomic_store(&crowd.over, false);
        test_run(test, label);
    }
    if (!server_stop(&crowd.server)) test_fail(__FILE__, __LINE__, "it does not end well");
    server_fini(&crowd.server);
}

int crowd_main(int argc, char **argv)
{
    static const int counts[] = {1, 2, 3, 7};
    int only = 0;
    crowd.rounds = 1500;
    crowd.seed = (uint64_t)time(NULL);
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--rounds")) crowd.rounds = atoi(argv[i + 1]);
        if (!strcmp(argv[i], "--shards")) only = atoi(argv[i + 1]);
        if (!strcmp(argv[i], "--seed")) crowd.seed = strtoull(argv[i + 1], NULL, 10);
    }
    for (int i = 0; i < 4; i++)
        if (!only || only == counts[i]) run_shards(counts[i]);
    printf("seed %llu\n", (unsigned long long)crowd.seed);
    return test_finish(argv[0]);
}
