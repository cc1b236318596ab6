/* lease_bench -- What it costs that a command has keys of two shards: MSET of two keys, one at home
 * with its front and one at the other shard, on a lease of two slots, beside the same command
 * where both are at home here, where both are at the other shard (which runs it: no lease), and
 * beside a SET of one key there. */
#include "micro.h"

static void begin_set(struct micro *micro, const struct micro_case *self)
{
    const char *words[] = {"set", micro->keys[self->homes[0]][0], "value"};
    micro_command(micro, words, 3);
}

static void begin_mset(struct micro *micro, const struct micro_case *self)
{
    const char *words[] = {"mset", micro->keys[self->homes[0]][0], "value",
                           micro->keys[self->homes[1]][1], "value"};
    micro_command(micro, words, 5);
}

static const struct micro_case cases[] = {
    {"idle: MSET of 2 keys at home here", begin_mset, MICRO_IDLE, {0, 0}},
    {"idle: SET of a key at the other", begin_set, MICRO_IDLE, {1}},
    {"idle: MSET of 2 keys at the other, no lease", begin_mset, MICRO_IDLE, {1, 1}},
    {"idle: MSET of 2 keys on 2 shards: a lease", begin_mset, MICRO_IDLE, {0, 1}},
    {"loaded: MSET of 2 keys at home here", begin_mset, MICRO_LOADED, {0, 0}},
    {"loaded: SET of a key at the other", begin_set, MICRO_LOADED, {1}},
    {"loaded: MSET of 2 keys at the other, no lease", begin_mset, MICRO_LOADED, {1, 1}},
    {"loaded: MSET of 2 keys on 2 shards: a lease", begin_mset, MICRO_LOADED, {0, 1}},
};

int main(void)
{
    static const struct micro_plan plan = {
        .title = "a lease of 2 slots on 2 shards",
        .shards = 2,
        .rounds = 11,
        .repetitions = {[MICRO_IDLE] = 200, [MICRO_LOADED] = 2000},
        .cases = cases,
        .case_count = sizeof cases / sizeof *cases,
    };
    return micro_run(&plan);
}
