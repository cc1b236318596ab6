/* move_bench -- What it costs that a slot changes its home: back and forth between 2 shards, a slot
 * without keys and one with 10,000. What moves is the right to touch it: no key is copied, so both
 * should cost the same. */
#include "micro.h"

#include <stdio.h>

#include "shard/move.h"
#include "shard/request.h"

enum { KEYS_MOVED = 10000 };

static void on_moved(struct shard *asker, struct move_order *order)
{
    (void)order;
    micro_end(asker->group->server);
}

/* The first number of the case says which of shard 0's keys stands for the slot. */
static void begin_move(struct micro *micro, const struct micro_case *self)
{
    static struct move_order order;
    const char *key = micro->keys[0][self->homes[0]];
    order.slot = slot_of_key(bytes_of_string(key));
    order.target = !home_of(micro->group, order.slot);
    order.done = on_moved;
    move_slot(micro->front, &order);
}

static void fill(struct micro *micro)
{
    for (uint32_t i = 0; i < KEYS_MOVED; i++) {
        char key[48];
        snprintf(key, sizeof key, "{%s}:%u", micro->keys[0][0], i);
        const char *words[] = {"set", key, "a value of 20 bytes."};
        struct request *request = micro_request(micro, words, 3);
        request_execute(micro->front, request);
        request_free(micro->front, request);
    }
}

static const struct micro_case cases[] = {
    {"idle: a slot without keys", begin_move, MICRO_IDLE, {1}},
    {"idle: a slot of 10,000 keys", begin_move, MICRO_IDLE, {0}},
    {"loaded: a slot without keys", begin_move, MICRO_LOADED, {1}},
    {"loaded: a slot of 10,000 keys", begin_move, MICRO_LOADED, {0}},
};

int main(void)
{
    static const struct micro_plan plan = {
        .title = "the move of a slot from one of 2 shards to the other",
        .shards = 2,
        .rounds = 11,
        .repetitions = {[MICRO_IDLE] = 200, [MICRO_LOADED] = 2000},
        .cases = cases,
        .case_count = sizeof cases / sizeof *cases,
        .prepare = fill,
    };
    return micro_run(&plan);
}
