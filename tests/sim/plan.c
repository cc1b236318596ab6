#include "sim/plan.h"

#include <stdio.h>

#include <string.h>

#include "base/hashing.h"

/* Off for most seeds, or as often as the seed says. */
static uint32_t draw_chance(struct random *random, uint32_t max)
{
    return random_below(random, 3) ? 0 : 1 + (uint32_t)random_below(random, max);
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
        .switch_in_push = draw_chance(random, 500),
        .late_bell = draw_chance(random, 1000),
        .accept_error = draw_chance(random, 300),
        .socket_room = random_below(random, 2) ? 1 << 20 : 1 + (uint32_t)random_below(random, 64),
        .misses_end = random_below(random, 4) == 0,
    };
}

static uint16_t any_slot(struct random *random)
{
    const char *key = workload_keys[random_below(random, HISTORY_KEYS)];
    return slot_of_key(bytes_of_string(key));
}

static bool draw_pipeline(struct plan_item *item, struct workload *workload)
{
    uint32_t count = 1 + (uint32_t)random_below(workload->random, PIPELINE_MAX);
    item->kind = PLAN_PIPELINE;
    while (item->op_count < count)
        if (!workload_draw(workload, &item->ops[item->op_count++])) return false;
    return true;
}

static bool draw_item(struct plan *plan, struct plan_item *item, struct workload *workload,
                      uint32_t what)
{
    struct random *random = workload->random;
    *item = (struct plan_item){.client = (uint32_t)random_below(random, plan->client_count)};
    if (what == 9 && random_below(random, 3) == 0) item->client = PLAN_CLIENTS_MAX;
    if (what >= 10) return draw_pipeline(item, workload);
    if (what == 9) {
        item->kind = PLAN_LEAVE;
        item->goodbye = (enum sim_goodbye)random_below(random, 3);
        return true;
    }
    if (what == 8) {
        item->kind = PLAN_PAUSE;
        item->pause_ms = 1 + (uint16_t)random_below(random, 30);
        item->pauses_all = random_below(random, 2);
        return true;
    }
    item->kind = PLAN_MOVE;
    item->slot = any_slot(random);
    item->target = (uint16_t)random_below(random, plan->shard_count);
    return true;
}

void plan_draw(struct plan *plan, uint64_t seed)
{
    struct random random;
    struct workload workload;
    random_init(&random, seed);
    *plan = (struct plan){.seed = seed};
    plan->shard_count = 1 + (uint32_t)random_below(&random, 7);
    plan->client_count = 1 + (uint32_t)random_below(&random, PLAN_CLIENTS_MAX);
    plan->unanswered_max = (uint32_t)random_below(&random, 12);
    plan->client_share = 100 + (uint32_t)random_below(&random, 600);
    draw_habits(&plan->habits, &random);
    workload_init(&workload, &random);
    workload.pads = plan->habits.socket_room > 64 && random_below(&random, 2);
    bool moves = random_below(&random, 2), leaves = random_below(&random, 2);
    bool pauses = random_below(&random, 4) == 0;
    uint32_t wanted = 5 + (uint32_t)random_below(&random, 60), goodbyes = 0;
    while (plan->count < wanted) {
        uint32_t what = (uint32_t)random_below(&random, 60);
        bool is_leave = what == 9, is_pause = what == 8, is_move = what < 8;
        if ((is_move && !moves) || (is_pause && !pauses) ||
            (is_leave && (!leaves || ++goodbyes > 7)))
            what = 10;
        if (!draw_item(plan, &plan->items[plan->count++], &workload, what)) break;
    }
}

static void print_item(const struct plan_item *item)
{
    static const char *const goodbyes[] = {"shuts", "closes", "resets"};
    char line[256];
    if (item->kind == PLAN_LEAVE) {
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
           "short sends %u, full %u, partial reaps %u, standstills %u, switches %u, late bells %u, "
           "accept errors %u, room %u%s\n",
           (unsigned long long)plan->seed, plan->shard_count, plan->client_count, h->late_receive,
           h->short_receive, h->no_buffers, h->end_multishot, h->short_send, h->full_socket,
           h->partial_reap, h->stand_still, h->switch_in_push, h->late_bell, h->accept_error,
           h->socket_room, h->misses_end ? ", ends missed" : "");
    for (uint32_t i = 0; i < plan->count; i++)
        if (!plan->items[i].left_out) print_item(&plan->items[i]);
}
