#include "sim/plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/hashing.h"
#include "command/call.h"

/* Connections that come again: HISTORY_CONNS_MAX holds them all. */
enum { GOODBYES_MAX = 9, FEW_CLIENTS = 6, CROWD_PIPELINE_MAX = 2 };

static_assert(PLAN_CLIENTS_MAX + GOODBYES_MAX <= HISTORY_CONNS_MAX, "too many connections");

/* Off for most seeds, or as often as the seed says. */
static uint32_t draw_chance(struct random *random, uint32_t max)
{
    return random_below(random, 3) ? 0 : 1 + (uint32_t)random_below(random, max);
}

static uint32_t draw_standstill(struct random *random)
{
    static const uint32_t longest_ms[] = {1, 40, 3000};
    return longest_ms[random_below(random, 3)];
}

static void draw_habits(struct sim_habits *habits, struct random *random)
{
    *habits = (struct sim_habits){
        .late_receive = draw_chance(random, 800),
        .short_receive = draw_chance(random, 1000),
        .no_buffers = draw_chance(random, 300),
        .end_multishot = draw_chance(random, 500),
        .short_send = draw_chance(random, 1000),
        .full_socket = draw_chance(random, 500),
        .partial_reap = draw_chance(random, 500),
        .stand_still = draw_chance(random, 20),
        .stand_still_ms = draw_standstill(random),
        .switch_in_push = draw_chance(random, 500),
        .late_bell = draw_chance(random, 1000),
        .late_timer = draw_chance(random, 500),
        .early_wake = draw_chance(random, 300),
        .accept_error = draw_chance(random, 300),
        .socket_room = random_below(random, 2) ? 1 << 20 : 1 + (uint32_t)random_below(random, 64),
        .queue_room = random_below(random, 4) ? 1 << 20 : 1 + (uint32_t)random_below(random, 4),
        .cpus = 1 + (uint32_t)random_below(random, 12),
        .misses_end = random_below(random, 4) == 0,
        .silent_sends = random_below(random, 2),
    };
    habits->long_work = random_below(random, 2) ? CALL_LONG_WORK : 1 + random_below(random, 4);
}

static uint16_t any_slot(struct random *random)
{
    return slot_of_key(bytes_of_string(workload_any_key(random)));
}

/* Long ones of a crowd could be explained by more orders than can be tried. */
static bool draw_pipeline(const struct plan *plan, struct plan_item *item,
                          struct workload *workload)
{
    uint32_t max = plan->client_count > FEW_CLIENTS ? CROWD_PIPELINE_MAX : PIPELINE_MAX;
    uint32_t count = 1 + (uint32_t)random_below(workload->random, max);
    item->kind = PLAN_PIPELINE;
    while (item->op_count < count) {
        uint32_t drawn = workload_draw(workload, &item->ops[item->op_count]);
        if (!drawn) return false;
        item->op_count += drawn;
    }
    return true;
}

static const uint32_t usual_weights[PLAN_KIND_COUNT] = {
    [PLAN_PIPELINE] = 50, [PLAN_LEAVE] = 2, [PLAN_KILL] = 2,
    [PLAN_MOVE] = 8,      [PLAN_PAUSE] = 1, [PLAN_UNBLOCK] = 4,
};

/* Each kind of item is there or not; now and then there are many moves. */
static void draw_weights(uint32_t weights[PLAN_KIND_COUNT], bool waits, struct random *random)
{
    memcpy(weights, usual_weights, sizeof usual_weights);
    if (!waits || random_below(random, 2)) weights[PLAN_UNBLOCK] = 0;
    if (random_below(random, 4)) weights[PLAN_PAUSE] = 0;
    if (random_below(random, 2)) weights[PLAN_LEAVE] = 0;
    if (random_below(random, 2)) weights[PLAN_KILL] = 0;
    if (random_below(random, 2)) weights[PLAN_MOVE] = random_below(random, 2) ? 0 : 50;
}

static uint32_t draw_kind(const uint32_t weights[PLAN_KIND_COUNT], struct random *random)
{
    uint32_t total = 0, kind = 0;
    for (uint32_t i = 0; i < PLAN_KIND_COUNT; i++)
        total += weights[i];
    uint32_t at = (uint32_t)random_below(random, total);
    while (at >= weights[kind])
        at -= weights[kind++];
    return kind;
}

/* The one that moves slots leaves and is killed, too. */
static uint32_t any_client(const struct plan *plan, struct random *random)
{
    if (random_below(random, 5) == 0) return PLAN_CLIENTS_MAX;
    return (uint32_t)random_below(random, plan->client_count);
}

static bool draw_item(struct plan *plan, struct plan_item *item, struct workload *workload,
                      uint32_t kind)
{
    struct random *random = workload->random;
    *item = (struct plan_item){.kind = kind, .client = PLAN_CLIENTS_MAX};
    switch (kind) {
    case PLAN_LEAVE:
        item->client = any_client(plan, random);
        item->goodbye = (enum sim_goodbye)random_below(random, 3);
        return true;
    case PLAN_KILL: item->victim = any_client(plan, random); return true;
    case PLAN_UNBLOCK:
        item->victim = (uint32_t)random_below(random, plan->client_count);
        item->is_error = random_below(random, 2);
        return true;
    case PLAN_MOVE:
        item->slot = any_slot(random);
        item->target = (uint16_t)random_below(random, plan->shard_count);
        return true;
    case PLAN_PAUSE:
        item->pause_ms = 1 + (uint16_t)random_below(random, 30);
        item->pauses_all = random_below(random, 2);
        return true;
    default:
        item->client = (uint32_t)random_below(random, plan->client_count);
        return draw_pipeline(plan, item, workload);
    }
}

/* Mostly few, as the more there are the more orders can explain what they see. */
static uint32_t draw_client_count(struct random *random)
{
    return 1 +
           (uint32_t)random_below(random, random_below(random, 8) ? FEW_CLIENTS : PLAN_CLIENTS_MAX);
}

void plan_draw(struct plan *plan, uint64_t seed)
{
    static const uint32_t expiries_max_ms[] = {3, 20, 300};
    struct random random;
    struct workload workload;
    uint32_t weights[PLAN_KIND_COUNT], goodbyes = 0;
    random_init(&random, seed);
    *plan = (struct plan){.seed = seed};
    plan->shard_count = 1 + (uint32_t)random_below(&random, 7);
    plan->client_count = draw_client_count(&random);
    plan->unanswered_max = (uint32_t)random_below(&random, 12);
    plan->client_share = 100 + (uint32_t)random_below(&random, 600);
    draw_habits(&plan->habits, &random);
    workload_init(&workload, &random);
    plan->waits = workload.waits;
    draw_weights(weights, plan->waits, &random);
    plan->hunts = plan->waits && random_below(&random, 4) == 0;
    if (plan->hunts) weights[PLAN_KILL] = 10;
    workload.pads &= plan->habits.socket_room > 64;
    workload.expiry_max_ms = expiries_max_ms[random_below(&random, 3)];
    uint32_t wanted = 5 + (uint32_t)random_below(&random, 60);
    while (plan->count < wanted) {
        uint32_t kind = draw_kind(weights, &random);
        bool is_goodbye = kind == PLAN_LEAVE || kind == PLAN_KILL;
        if (is_goodbye && ++goodbyes > GOODBYES_MAX) kind = PLAN_PIPELINE;
        if (!draw_item(plan, &plan->items[plan->count++], &workload, kind)) break;
    }
}

static void print_item(const struct plan_item *item)
{
    static const char *const goodbyes[] = {"shuts", "closes", "resets"};
    char line[256];
    if (item->kind == PLAN_UNBLOCK) {
        printf("  client %u is unblocked%s\n", item->victim, item->is_error ? ", as an error" : "");
    } else if (item->kind == PLAN_KILL) {
        printf("  client %u is killed\n", item->victim);
    } else if (item->kind == PLAN_LEAVE) {
        printf("  client %u %s its connection\n", item->client, goodbyes[item->goodbye]);
    } else if (item->kind == PLAN_MOVE) {
        printf("  slot %u moves to shard %u\n", item->slot, item->target);
    } else if (item->kind == PLAN_PAUSE) {
        printf("  %s pause for %u ms\n", item->pauses_all ? "all" : "writes", item->pause_ms);
    } else {
        printf("  client %u sends", item->client);
        for (uint32_t i = 0; i < item->op_count; i++) {
            op_print(&item->ops[i], item->client, line, sizeof line);
            *strstr(line, " ->") = '\0';
            printf("%s %s", i ? "," : "", strchr(line, ' ') + 1);
        }
        printf("\n");
    }
}

void plan_print(const struct plan *plan)
{
    const struct sim_habits *h = &plan->habits;
    printf("seed %llu: %u shards, %u clients; late receives %u, short %u, no buffers %u, ended %u, "
           "short sends %u, full %u, partial reaps %u, standstills %u of %u ms, switches %u, "
           "late bells %u, late timers %u, early %u, accept errors %u, room %u, queues of %u, "
           "%u CPUs, long from %llu%s%s\n",
           (unsigned long long)plan->seed, plan->shard_count, plan->client_count, h->late_receive,
           h->short_receive, h->no_buffers, h->end_multishot, h->short_send, h->full_socket,
           h->partial_reap, h->stand_still, h->stand_still_ms, h->switch_in_push, h->late_bell,
           h->late_timer, h->early_wake, h->accept_error, h->socket_room, h->queue_room, h->cpus,
           (unsigned long long)h->long_work, h->misses_end ? ", ends missed" : "",
           h->silent_sends ? ", silent sends" : "");
    for (uint32_t i = 0; i < plan->count; i++)
        if (!plan->items[i].left_out) print_item(&plan->items[i]);
}
