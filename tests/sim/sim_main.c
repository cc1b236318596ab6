/* Whole servers in one thread, on a simulated machine.
 *
 *   sim [--seeds N] [--first SEED]   N seeds one after the other, from a random one
 *   sim --seed SEED [--verbose]      one again, exactly as it was
 *
 * For each seed: a server of 1 to 7 shards starts, clients carry out what the seed has planned
 * while the machine does to them what the seed has drawn, the server is told to end. Then: every
 * command was answered once and in its place, one order of all commands explains all replies
 * (history.h), nothing is leased (the server asserts it), every descriptor is closed, and no byte
 * of memory is left. A seed that fails is run again with parts of its plan left out, until nothing
 * more can go, and what remains is printed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "admin/config_rows.h"
#include "base/mark.h"
#include "command/call.h"
#include "mem/mem.h"
#include "server.h"
#include "sim/sim_client.h"
#include "sim/sim_net.h"

enum { STEPS_MAX = 4000000, CHECK_STEPS_MAX = 500000, SECONDS_MAX = 60 };

/* What a child process tells; shared. */
struct report {
    uint64_t seed; /* being run, or that failed */
    uint64_t good, undecided;
    char failure[400]; /* empty: none */
    uint64_t marks[MARK_COUNT], deeds[DEED_COUNT];
};

static struct report *report;
static bool verbose;

static void fail(const char *what)
{
    if (!*report->failure) snprintf(report->failure, sizeof report->failure, "%s", what);
}

static void run_server(void *context)
{
    if (server_run(context)) fail("the server ended with an error");
}

static struct settings *make_settings(const struct plan *plan)
{
    struct settings *settings = settings_new();
    settings->shards = plan->shard_count;
    settings->enable_debug_command = PERMISSION_YES;
    settings->bind_count = 1;
    return settings;
}

/* Until the clients have said and heard everything; false: they never did. */
static bool serve(const struct plan *plan, struct sim_clients *clients)
{
    for (uint32_t step = 0; step < STEPS_MAX; step++) {
        if (sim_clients_complaint(clients)) return true;
        if (sim_clients_are_done(clients)) return true;
        if (sim_chance(plan->client_share))
            sim_clients_step(clients);
        else if (!sim_step())
            return false;
    }
    return false;
}

static void end_server(void)
{
    sim_terminate();
    for (uint32_t step = 0; sim_step(); step++)
        if (step > STEPS_MAX) {
            fail("the server does not end");
            _exit(1);
        }
    sim_end();
    sim_net_end();
}

static void check_history(const struct history *history)
{
    uint32_t explained[HISTORY_CONNS_MAX] = {0};
    switch (history_check(history, CHECK_STEPS_MAX, explained)) {
    case HISTORY_GOOD: break;
    case HISTORY_UNDECIDED: report->undecided++; break;
    case HISTORY_BAD:
        fail("no order of the commands explains the replies");
        if (verbose) history_print(history, explained);
    }
}

static void run_plan(const struct plan *plan)
{
    int64_t memory = mem_unattached_bytes();
    sim_start(plan->seed ^ 0x5eed, &plan->habits);
    call_long_work = plan->habits.long_work;
    struct settings *settings = make_settings(plan);
    struct sim_clients *clients = sim_clients_new(plan);
    sim_thread_new(run_server, settings);
    if (!serve(plan, clients)) fail("a command is never answered");
    if (sim_clients_complaint(clients)) fail(sim_clients_complaint(clients));
    if (!*report->failure) {
        sim_clients_leave(clients);
        end_server();
        check_history(sim_clients_history(clients));
    }
    sim_clients_free(clients);
    settings_free(settings);
    if (!*report->failure && mem_unattached_bytes() + sim_bytes_left() != memory) {
        char text[80];
        snprintf(text, sizeof text, "%lld bytes of memory are left",
                 (long long)(mem_unattached_bytes() + sim_bytes_left() - memory));
        fail(text);
    }
}

/* --- children ----------------------------------------------------------------------------- */

static void note_crash(int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    char text[80];
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        snprintf(text, sizeof text, "it takes longer than %d s", SECONDS_MAX);
    else
        snprintf(text, sizeof text, "it crashes: status 0x%x", (unsigned)status);
    fail(text);
}

/* Runs `work` in a process of its own: what fails leaves nothing behind. */
static void run_apart(void (*work)(void *context), void *context, bool is_quiet)
{
    report->failure[0] = '\0';
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (is_quiet && !freopen("/dev/null", "w", stderr)) _exit(2);
        work(context);
        fflush(stdout);
        _exit(0);
    }
    int status = 1;
    waitpid(pid, &status, 0);
    note_crash(status);
}

struct span {
    uint64_t first, count;
};

static void run_span(void *context)
{
    const struct span *span = context;
    struct plan *plan = malloc(sizeof *plan);
    for (uint64_t i = 0; i < span->count && !*report->failure; i++) {
        report->seed = span->first + i;
        alarm(SECONDS_MAX);
        plan_draw(plan, report->seed);
        run_plan(plan);
        if (!*report->failure) report->good++;
    }
    memcpy(report->marks, mark_counts, sizeof report->marks);
    memcpy(report->deeds, sim_deeds(), sizeof report->deeds);
    free(plan);
}

static void run_one(void *context)
{
    alarm(SECONDS_MAX);
    run_plan(context);
}

/* --- shrinking ---------------------------------------------------------------------------- */

enum { SAME_FAILURE_LEN = 24 };

static char first_failure[sizeof report->failure];

/* In the same way, as far as the beginning of its text says. */
static bool still_fails(struct plan *plan)
{
    run_apart(run_one, plan, true);
    return !strncmp(report->failure, first_failure, SAME_FAILURE_LEN);
}

/* Leaves out `len` items from `start` on, if it then still fails. */
static bool try_without(struct plan *plan, uint32_t start, uint32_t len)
{
    struct plan smaller = *plan;
    bool changed = false;
    for (uint32_t i = start; i < start + len && i < plan->count; i++) {
        changed |= !smaller.items[i].left_out;
        smaller.items[i].left_out = true;
    }
    if (!changed || !still_fails(&smaller)) return false;
    *plan = smaller;
    return true;
}

static bool try_shorter(struct plan *plan, uint32_t item)
{
    struct plan smaller = *plan;
    if (plan->items[item].left_out || plan->items[item].op_count < 2) return false;
    workload_drop_last(smaller.items[item].ops, &smaller.items[item].op_count);
    if (!still_fails(&smaller)) return false;
    *plan = smaller;
    return true;
}

static void shrink(struct plan *plan)
{
    time_t latest = time(NULL) + 60;
    for (uint32_t len = plan->count; len && time(NULL) < latest; len /= 2)
        for (uint32_t start = 0; start < plan->count && time(NULL) < latest; start += len)
            try_without(plan, start, len);
    for (uint32_t item = 0; item < plan->count && time(NULL) < latest; item++)
        while (try_shorter(plan, item))
            continue;
}

static void explain(uint64_t seed)
{
    struct plan plan;
    strcpy(first_failure, report->failure);
    printf("seed %llu fails: %s\n", (unsigned long long)seed, first_failure);
    plan_draw(&plan, seed);
    shrink(&plan);
    printf("what is left of it:\n");
    plan_print(&plan);
    verbose = true;
    run_apart(run_one, &plan, false);
    printf("  and that fails: %s\n", report->failure);
}

/* --- coverage ----------------------------------------------------------------------------- */

/* For a thing to have happened: for what comes twice in a thousand seeds, more than for the rest.
 */
enum { ENOUGH_SEEDS = 1000, ENOUGH_FOR_RARE = 20000 };

static const uint32_t seeds_for_mark[MARK_COUNT] = {
    [MARK_MOVE_EARLY] = ENOUGH_FOR_RARE,
    [MARK_LOOKED_FOR_END] = ENOUGH_FOR_RARE,
    [MARK_WAITER_ABANDONED] = ENOUGH_FOR_RARE,
};

static const uint32_t seeds_for_deed[DEED_COUNT] = {[DEED_MUTED] = ENOUGH_FOR_RARE};

static const char *const mark_texts[MARK_COUNT] = {
#define MARK(name, text) text,
    MARKS(MARK)
#undef MARK
};

static const char *const deed_texts[DEED_COUNT] = {
#define DEED(name, text) text,
    DEEDS(DEED)
#undef DEED
};

/* Returns how many of them never happened, though there were enough seeds. */
static uint32_t print_counts(const char *const *texts, const uint64_t *counts,
                             const uint32_t *seeds, uint32_t count)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < count; i++) {
        printf("%s %llu%s", texts[i], (unsigned long long)counts[i], i + 1 < count ? ", " : "\n");
        missing += !counts[i] && report->good >= (seeds[i] ? seeds[i] : ENOUGH_SEEDS);
    }
    return missing;
}

/* True: something that this is meant to exercise never happened, though there was time for it. */
static bool print_coverage(void)
{
    printf("what the machine did: ");
    uint32_t missing = print_counts(deed_texts, report->deeds, seeds_for_deed, DEED_COUNT);
    printf("where the server was: ");
    missing += print_counts(mark_texts, report->marks, seeds_for_mark, MARK_COUNT);
    if (!missing) return false;
    printf("sim: %u of these never happened: this proves less than it should\n", missing);
    return true;
}

/* --- */

static uint64_t number_after(char **argv, int *i)
{
    return argv[*i + 1] ? strtoull(argv[++*i], NULL, 10) : 0;
}

int main(int argc, char **argv)
{
    struct span span = {(uint64_t)time(NULL) * 1000000, 100};
    bool shrinks = true;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--seeds")) span.count = number_after(argv, &i);
        if (!strcmp(argv[i], "--first")) span.first = number_after(argv, &i);
        if (!strcmp(argv[i], "--seed")) span = (struct span){number_after(argv, &i), 1};
        if (!strcmp(argv[i], "--verbose")) verbose = true, shrinks = false;
        if (!strcmp(argv[i], "--no-shrink")) shrinks = false;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM); /* it may come before the server has begun to listen to it */
    sigprocmask(SIG_BLOCK, &signals, NULL);
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    run_apart(run_span, &span, false);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    printf("sim: seeds %llu to %llu, %.0f a second, %llu undecided\n",
           (unsigned long long)span.first, (unsigned long long)(span.first + report->good - 1),
           (double)report->good / seconds, (unsigned long long)report->undecided);
    bool failed = *report->failure, proves_little = !failed && print_coverage();
    unsigned long long good = report->good;
    if (failed && shrinks)
        explain(report->seed);
    else if (failed)
        printf("seed %llu fails: %s\n", (unsigned long long)report->seed, report->failure);
    printf("sim: %llu passed, %d failed\n", good, failed || proves_little);
    return failed || proves_little;
}
