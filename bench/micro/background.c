#include "background.h"

#include <stdio.h>

#include "base/container.h"
#include "command/registry.h"
#include "shard/request.h"

enum { BATCH = 32, UNDER_WAY_MAX = 64, KEYS = 4096 };

struct background_request {
    struct request request;
    struct background *background;
};

static void on_done(struct shard *shard, struct request *request)
{
    struct background *background = ((struct background_request *)(void *)request)->background;
    background->under_way--;
    background->done++;
    request_free(shard, request);
}

static struct request *make(struct shard *shard, struct background *background)
{
    static const char value[64] = "a value of 64 bytes, as in the benchmarks of the whole server..";
    char key[24];
    uint32_t number = background->next += 2654435761u; /* odd: all numbers, in no order */
    bool writes = number >> 31;
    snprintf(key, sizeof key, "background:%u", number >> 8 & (KEYS - 1));
    struct bytes args[3] = {writes ? BYTES("set") : BYTES("get"), bytes_of_string(key),
                            bytes_make(value, sizeof value)};
    struct call call = {
        .command = registry_find(shard->group->registry, args[0]),
        .args = args,
        .arg_count = writes ? 3 : 2,
        .slot = slot_of_key(args[1]),
        .out = {.protocol = 2},
    };
    struct request *request = request_new(shard, sizeof(struct background_request), &call);
    ((struct background_request *)(void *)request)->background = background;
    request->done = on_done;
    return request;
}

static void give_out(struct shard *shard, struct background *background)
{
    struct request *request = make(shard, background);
    uint16_t slot = request->slot;
    background->under_way++;
    if (shard_slot_is_open(shard, slot)) shard_catch_up(shard);
    if (!shard_slot_is_open(shard, slot)) {
        request_send(shard, request, home_of(shard->group, slot));
        return;
    }
    request_execute(shard, request);
    on_done(shard, request);
}

void background_pass(struct shard *shard, struct background *background)
{
    if (!background->on) return;
    background->passes++;
    for (uint32_t i = 0; i < BATCH && background->under_way < UNDER_WAY_MAX; i++)
        give_out(shard, background);
    if (background->under_way < UNDER_WAY_MAX) shard->more_work = true;
}
