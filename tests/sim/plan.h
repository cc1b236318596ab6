/* sim/plan.h -- What the clients of one simulated run will do, drawn from its seed before it
 * begins, so that a part of it can be left out and the rest run again. */
#ifndef TESTS_SIM_PLAN_H
#define TESTS_SIM_PLAN_H

#include "history/workload.h"
#include "sim/sim.h"

enum {
    PLAN_ITEMS_MAX = 160,
    PLAN_CLIENTS_MAX = 28,
    PIPELINE_MAX = 8,
    PIPELINE_OPS_MAX = PIPELINE_MAX + WORKLOAD_DRAW_MAX,
};

enum plan_kind {
    PLAN_PIPELINE,
    PLAN_LEAVE,
    PLAN_KILL,
    PLAN_MOVE,
    PLAN_PAUSE,
    PLAN_UNBLOCK,
    PLAN_KIND_COUNT,
};

struct plan_item {
    enum plan_kind kind;
    uint32_t client; /* PLAN_CLIENTS_MAX: the one that moves slots, pauses and kills clients */
    bool left_out;
    uint32_t op_count;
    struct op ops[PIPELINE_OPS_MAX];
    enum sim_goodbye goodbye;
    uint32_t victim;       /* PLAN_KILL, PLAN_UNBLOCK ... */
    bool is_error;         /* ... which it is told by an error */
    uint16_t slot, target; /* PLAN_MOVE: of a slot to a shard */
    uint16_t pause_ms;     /* PLAN_PAUSE: of all clients, or of those that write */
    bool pauses_all;
};

struct plan {
    uint64_t seed;
    uint32_t shard_count, client_count;
    uint32_t unanswered_max; /* commands of a client that have no reply yet, when it sends more */
    uint32_t client_share;   /* turns of clients among all, in 1/1000 */
    bool hunts;              /* whoever waits is killed rather than others */
    bool waits;              /* some commands do: clients ask for their IDs */
    struct sim_habits habits;
    struct plan_item items[PLAN_ITEMS_MAX];
    uint32_t count;
};

void plan_draw(struct plan *plan, uint64_t seed);
void plan_print(const struct plan *plan);

#endif
