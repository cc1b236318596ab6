#include "micro.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/container.h"
#include "command/registry.h"
#include "commands.h"
#include "shard/group.h"
#include "shard/lease.h"
#include "shard/route.h"

enum { PAUSE_NS = 500 * 1000, SETTLE_NS = 5 * 1000 * 1000, NOTHING_REPETITIONS = 200 };

static void visit_all(struct micro *micro, void (*run)(struct shard *, struct visit *),
                      void (*done)(struct shard *, struct visit *))
{
    micro->visit.run = run;
    micro->visit.done = done;
    visit_start(micro->front, &micro->visit);
}

static struct micro *micro_of(struct visit *visit)
{
    return CONTAINER_OF(visit, struct micro, visit);
}

/* Settings come first: in each, nothing is done once a round. */
static const struct micro_case *current(const struct micro *micro)
{
    static const struct micro_case nothing[MICRO_SETTINGS] = {
        {.setting = MICRO_IDLE},
        {.setting = MICRO_LOADED},
    };
    if (micro->at < MICRO_SETTINGS) return &nothing[micro->at];
    return &micro->plan->cases[micro->at - MICRO_SETTINGS];
}

static uint32_t repetitions(const struct micro *micro)
{
    const struct micro_case *item = current(micro);
    return item->begin ? micro->plan->repetitions[item->setting] : NOTHING_REPETITIONS;
}

static void read_account(struct shard *shard, struct visit *visit)
{
    struct micro *micro = micro_of(visit);
    const struct background *background = &micro->backgrounds[shard->id];
    micro->accounts[shard->id] = (struct micro_account){
        clock_thread_cpu_ns() - shard->spun_ns,
        background->done,
        background->passes,
    };
}

static struct micro_account total(const struct micro *micro)
{
    struct micro_account total = {0};
    for (uint16_t i = 0; i < micro->plan->shards; i++) {
        total.cpu_ns += micro->accounts[i].cpu_ns;
        total.background_done += micro->accounts[i].background_done;
        total.background_passes += micro->accounts[i].background_passes;
    }
    return total;
}

static void next_case(struct micro *micro);

/* What one round of nothing says: the costs that later cases are relieved of. */
static void note_nothing(struct micro *micro, const struct micro_account *spent)
{
    if (current(micro)->setting == MICRO_IDLE) {
        micro->nothing_ns[MICRO_IDLE] = (double)spent->cpu_ns / NOTHING_REPETITIONS;
        return;
    }
    double wall_us = (double)(clock_monotonic_ns() - micro->case_begun_ns) / 1e3;
    double command_ns = (double)spent->cpu_ns / (double)spent->background_done;
    micro->nothing_ns[MICRO_LOADED] = command_ns;
    samples_add(&micro->commands_us, command_ns / 1e3);
    samples_add(&micro->passes_us,
                wall_us * micro->plan->shards / (double)spent->background_passes);
}

static void on_case_ended(struct shard *shard, struct visit *visit)
{
    (void)shard;
    struct micro *micro = micro_of(visit);
    const struct micro_case *item = current(micro);
    struct micro_account spent = total(micro);
    spent.cpu_ns -= micro->before.cpu_ns;
    spent.background_done -= micro->before.background_done;
    spent.background_passes -= micro->before.background_passes;
    if (!item->begin) {
        note_nothing(micro, &spent);
    } else {
        double times =
            item->setting == MICRO_IDLE ? repetitions(micro) : (double)spent.background_done;
        double cpu_ns = (double)spent.cpu_ns - times * micro->nothing_ns[item->setting];
        samples_add(&micro->results[micro->at - MICRO_SETTINGS].cpu_us,
                    cpu_ns / 1e3 / repetitions(micro));
    }
    micro->at++;
    next_case(micro);
}

static void wait_a_moment(struct micro *micro, int64_t ns)
{
    timer_set(&micro->front->timers, &micro->pause, clock_monotonic_ns() + ns);
}

static void prepare_next(struct micro *micro)
{
    if (!micro->left)
        visit_all(micro, read_account, on_case_ended);
    else if (current(micro)->setting == MICRO_IDLE || !current(micro)->begin)
        wait_a_moment(micro, PAUSE_NS);
    else
        micro->due = micro->front->more_work = true;
}

void micro_end(struct micro *micro)
{
    double us = (double)(clock_monotonic_ns() - micro->begun_ns) / 1e3;
    if (micro->at >= MICRO_SETTINGS)
        samples_add(&micro->results[micro->at - MICRO_SETTINGS].times_us, us);
    micro->left--;
    prepare_next(micro);
}

static void begin(struct micro *micro)
{
    const struct micro_case *item = current(micro);
    micro->due = false;
    micro->begun_ns = clock_monotonic_ns();
    if (item->begin)
        item->begin(micro, item);
    else
        micro_end(micro);
}

static void on_case_begun(struct shard *shard, struct visit *visit)
{
    (void)shard;
    struct micro *micro = micro_of(visit);
    micro->before = total(micro);
    micro->case_begun_ns = clock_monotonic_ns();
    prepare_next(micro);
}

static void switch_background(struct shard *shard, struct visit *visit)
{
    struct micro *micro = micro_of(visit);
    micro->backgrounds[shard->id].on = current(micro)->setting == MICRO_LOADED;
}

static void on_switched(struct shard *shard, struct visit *visit)
{
    (void)shard;
    wait_a_moment(micro_of(visit), SETTLE_NS);
}

static void stop_others(struct shard *shard, struct visit *visit)
{
    (void)visit;
    if (shard->id) shard_stop(shard);
}

static void on_others_stopped(struct shard *shard, struct visit *visit)
{
    (void)visit;
    shard_stop(shard);
}

static bool is_at_end(const struct micro *micro)
{
    return micro->round == micro->plan->rounds;
}

static void stop_background(struct shard *shard, struct visit *visit)
{
    micro_of(visit)->backgrounds[shard->id].on = false;
}

static void next_case(struct micro *micro)
{
    if (micro->at == MICRO_SETTINGS + micro->plan->case_count) {
        micro->at = 0;
        micro->round++;
    }
    visit_all(micro, is_at_end(micro) ? stop_background : switch_background, on_switched);
}

/* A pause has ended: that before an operation, before a case, or before the end. */
static void on_pause(struct timer *timer)
{
    struct micro *micro = CONTAINER_OF(timer, struct micro, pause);
    if (is_at_end(micro)) {
        visit_all(micro, stop_others, on_others_stopped);
    } else if (micro->left) {
        micro->due = true;
    } else {
        micro->left = repetitions(micro);
        visit_all(micro, read_account, on_case_begun);
    }
}

static void on_done(struct shard *front, struct request *request)
{
    struct micro *micro = front->group->server;
    request_free(front, request);
    micro_end(micro);
}

struct request *micro_request(struct micro *micro, const char *const *words, uint32_t count)
{
    struct bytes args[MICRO_ARGS_MAX];
    ASSERT(count && count <= MICRO_ARGS_MAX);
    for (uint32_t i = 0; i < count; i++)
        args[i] = bytes_of_string(words[i]);
    struct call call = {
        .command = registry_find(micro->group->registry, args[0]),
        .args = args,
        .arg_count = count,
        .slot = count > 1 ? slot_of_key(args[1]) : 0,
        .out = {.protocol = 2},
    };
    struct request *request = request_new(micro->front, sizeof *request, &call);
    request->done = on_done;
    return request;
}

static bool can_run_here(struct shard *front, const struct slot_set *slots)
{
    if (!slot_set_is_open(front, slots)) return false;
    shard_catch_up(front);
    return slot_set_is_open(front, slots);
}

static void run_here(struct shard *front, struct request *request)
{
    request_execute(front, request);
    request->done(front, request);
}

void micro_command(struct micro *micro, const char *const *words, uint32_t count)
{
    struct shard *front = micro->front;
    struct request *request = micro_request(micro, words, count);
    struct slot_set slots;
    struct arena_mark mark = arena_mark(&front->scratch);
    route_slots(front, request->command, request->args, count, &slots);
    if (can_run_here(front, &slots))
        run_here(front, request);
    else if (slots.count == 1)
        request_send(front, request, home_of(front->group, request->slot));
    else if (!lease_send_whole(front, request, &slots))
        lease_start(front, request, &slots);
    arena_return(&front->scratch, mark);
}

static const struct conn_events no_events;

static void on_start(struct shard *shard)
{
    struct micro *micro = shard->group->server;
    net_init(&shard->net, shard->ring, &no_events);
    micro->backgrounds[shard->id].next = shard->id * 77777u;
    if (shard->id) return;
    if (micro->plan->prepare) micro->plan->prepare(micro);
    micro->pause.fire = on_pause;
    next_case(micro);
}

static void on_pass(struct shard *shard)
{
    struct micro *micro = shard->group->server;
    background_pass(shard, &micro->backgrounds[shard->id]);
    if (!shard->id && micro->due) begin(micro);
}

static void on_cron(struct shard *shard)
{
    (void)shard;
}

static void on_stop(struct shard *shard)
{
    net_fini(&shard->net);
}

static const struct shard_hooks hooks = {
    .on_start = on_start,
    .on_pass = on_pass,
    .on_cron = on_cron,
    .on_stop = on_stop,
};

/* Keys of different slots for each home. */
static void find_keys(struct micro *micro)
{
    uint32_t found[MICRO_SHARDS_MAX] = {0}, missing = micro->plan->shards * MICRO_KEYS;
    for (uint32_t number = 0; missing; number++) {
        char key[MICRO_KEY_BYTES];
        snprintf(key, sizeof key, "key:%u", number);
        uint16_t home = home_of(micro->group, slot_of_key(bytes_of_string(key)));
        if (found[home] == MICRO_KEYS) continue;
        memcpy(micro->keys[home][found[home]++], key, sizeof key);
        missing--;
    }
}

static void report(struct micro *micro)
{
    struct samples none = {0};
    figures_title(micro->plan->title);
    for (uint32_t i = 0; i < micro->plan->case_count; i++) {
        struct micro_result *result = &micro->results[i];
        figures_row(micro->plan->cases[i].name, &result->times_us, &result->cpu_us);
        samples_free(&result->times_us);
        samples_free(&result->cpu_us);
    }
    figures_row("(the load: a command)", &none, &micro->commands_us);
    figures_row("(the load: a pass of one shard)", &micro->passes_us, &none);
    samples_free(&micro->commands_us);
    samples_free(&micro->passes_us);
}

static int run(struct micro *micro, const struct settings *settings, struct registry *registry)
{
    char reason[512] = "";
    int cpus[MICRO_SHARDS_MAX];
    struct group_options options = {
        .settings = settings,
        .registry = registry,
        .hooks = &hooks,
        .ring = {.sq_entries = 512, .cq_entries = 4096, .buffer_count = 16, .buffer_bytes = 65536},
        .cpus = cpus,
        .server = micro,
    };
    cpu_set_t before; /* shard 0 pins this thread, and another plan may follow */
    figures_assign_cpus(cpus, micro->plan->shards);
    sched_getaffinity(0, sizeof before, &before);
    micro->group = group_new(&options);
    micro->front = micro->group->shards[0];
    find_keys(micro);
    int error = group_run(micro->group, reason, sizeof reason);
    if (error) fprintf(stderr, "no ring: %s\n", reason);
    group_free(micro->group);
    sched_setaffinity(0, sizeof before, &before);
    return error;
}

int micro_run(const struct micro_plan *plan)
{
    struct settings settings = {
        .shards = plan->shards,
        .databases = 1,
        .hz = 10,
        .maxclients = 1,
        .proto_max_bulk_len = 1 << 20,
        .client_query_buffer_limit = 1 << 30,
    };
    ASSERT(plan->case_count <= MICRO_CASES_MAX && plan->shards <= MICRO_SHARDS_MAX);
    struct micro *micro = mem_alloc_zero(sizeof *micro);
    micro->plan = plan;
    struct registry *registry = registry_new(command_tables);
    int error = run(micro, &settings, registry);
    if (!error) report(micro);
    registry_free(registry);
    mem_free(micro, sizeof *micro);
    return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
