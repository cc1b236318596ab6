#include "client/multi.h"

#include "base/check.h"
#include "command/keys.h"

enum { UNWATCH_ONE_BY_ONE_MAX = 512 };

void multi_begin(struct client *client)
{
    ASSERT(!client->block);
    client->block = mem_alloc_zero(sizeof *client->block);
    client->block->client = client_handle_of(client);
}

static uint32_t flags_of(const struct command *command, const struct call *call)
{
    uint32_t flags = command->flags & (CMD_WRITE | CMD_MAY_REPLICATE) ? BLOCK_WRITES : 0;
    if (!stand_in_is_for(command, call->arg_count)) flags |= BLOCK_IS_SLOW;
    switch (command->route) {
    case ROUTE_FRONT:
        return flags | BLOCK_NEEDS_FRONT | (command->flags & CMD_MAY_PARK ? BLOCK_MAY_PARK : 0);
    case ROUTE_CURSOR:
    case ROUTE_ALL: return flags | BLOCK_EVERY_SLOT;
    case ROUTE_ASKED:
        if (command->needs_all_slots(call->args, call->arg_count)) flags |= BLOCK_EVERY_SLOT;
        return flags;
    default: return flags;
    }
}

/* How many keys it has, and the slot of the first. */
static uint32_t count_keys(struct client *client, struct call *call)
{
    if (call->has_key_hash) return 1;
    if (call->command->keys[0].kind == KEYS_NONE) return 0;
    struct arena *scratch = &client->clients->shard->scratch;
    struct arena_mark mark = arena_mark(scratch);
    struct key_list keys;
    keys_extract(call->command, call->args, call->arg_count, scratch, &keys);
    if (keys.count) call->slot = slot_of_key(call->args[keys.items[0].index]);
    arena_return(scratch, mark);
    return keys.count;
}

struct place multi_place(const struct client *client, struct bytes key)
{
    struct store *store = client->clients->shard->group->store;
    return (struct place){.store = store,
                          .key = key,
                          .hash = store_hash(store, key),
                          .slot = slot_of_key(key),
                          .db = client->db};
}

struct place multi_watch_place(struct shard *shard, const struct watch *watch)
{
    return (struct place){
        .store = shard->group->store,
        .key = bytes_make(watch->key, watch->len),
        .hash = watch->hash,
        .now_ms = shard->now_ms,
        .slot = watch->slot,
        .db = watch->db,
        .counters = &shard->call_counters,
        .garbage = &shard->garbage,
    };
}

void multi_queue(struct client *client, struct call *call)
{
    struct block *block = client->block;
    block->flags |= flags_of(call->command, call);
    block->key_max += count_keys(client, call);
    struct request *request = request_new(client->clients->shard, sizeof(struct queued), call);
    struct queued *queued = (struct queued *)(void *)request;
    queued->next = NULL;
    *(block->last ? &block->last->next : &block->first) = queued;
    block->last = queued;
    block->count++;
    block->bytes += request_bytes(request);
}

/* A set of slots that is being gathered. */
struct gathering {
    struct slot_set *slots;
    uint64_t seen[SLOT_COUNT / 64];
};

static void gather(struct gathering *gathering, uint16_t slot)
{
    uint64_t bit = (uint64_t)1 << slot % 64;
    if (gathering->seen[slot / 64] & bit) return;
    gathering->seen[slot / 64] |= bit;
    gathering->slots->slots[gathering->slots->count++] = slot;
}

static void gather_command(struct shard *shard, const struct request *request,
                           struct gathering *gathering)
{
    if (request->flags & REQUEST_HAS_HASH) {
        gather(gathering, request->slot);
        return;
    }
    if (request->command->keys[0].kind == KEYS_NONE) return;
    struct arena_mark mark = arena_mark(&shard->scratch);
    struct slot_set own;
    request_slots(shard, request, &own);
    for (uint32_t i = 0; i < own.count; i++)
        gather(gathering, own.slots[i]);
    arena_return(&shard->scratch, mark);
}

static void gather_slots(struct client *client, struct block *block)
{
    struct gathering gathering = {.slots = &block->slots};
    for (struct queued *queued = block->first; queued; queued = queued->next)
        gather_command(client->clients->shard, &queued->request, &gathering);
    struct watch *watch = block->watches ? block->watches->first : NULL;
    for (; watch; watch = watch->next)
        gather(&gathering, watch->slot);
    /* It has to stand in some queue while it waits. */
    if (!block->slots.count && block->flags & BLOCK_MAY_PARK) gather(&gathering, 0);
}

static void give_slots_back(struct block *block)
{
    mem_free(block->slots.slots, block->slot_capacity * sizeof *block->slots.slots);
    block->slots = (struct slot_set){NULL, 0};
    block->slot_capacity = 0;
}

struct block *multi_prepare(struct client *client)
{
    struct block *block = client->block;
    uint32_t capacity = block->key_max + 1 + watch_set_count(client->watches);
    if (capacity > SLOT_COUNT) capacity = SLOT_COUNT;
    give_slots_back(block); /* it may have been put off */
    block->slots.slots = mem_alloc(capacity * sizeof *block->slots.slots);
    block->slot_capacity = capacity;
    block->watches = client->watches;
    gather_slots(client, block);
    return block;
}

void multi_leave(struct client *client)
{
    client->block = NULL;
    client->watches = NULL;
}

void block_free(struct shard *front, struct block *block)
{
    while (block->first) {
        struct queued *queued = block->first;
        block->first = queued->next;
        request_free(front, &queued->request);
    }
    give_slots_back(block);
    mem_free(block, sizeof *block);
}

void multi_discard(struct client *client)
{
    if (!client->block) return;
    block_free(client->clients->shard, client->block);
    client->block = NULL;
}

struct unwatching {
    struct errand errand;
    struct client_handle client;
    struct watch *watch; /* and those behind it */
};

static void leave_watches(struct shard *shard, struct errand *errand)
{
    struct watch *watch = ((struct unwatching *)(void *)errand)->watch;
    for (; watch; watch = watch->next) {
        struct place place = multi_watch_place(shard, watch);
        watch_leave(&place, watch);
    }
}

static void on_unwatched(struct shard *front, struct request *request)
{
    struct unwatching *unwatching = (struct unwatching *)(void *)request;
    struct client *client = client_find(clients_of(front), unwatching->client);
    watches_free(unwatching->watch);
    request_free(front, request);
    client->remote_count--;
    client_settle(client);
}

/* These are of one slot. */
static void send_unwatching(struct client *client, struct watch *first)
{
    struct shard *shard = client->clients->shard;
    struct errand *errand = errand_new(shard, sizeof(struct unwatching), first->slot);
    struct unwatching *unwatching = (struct unwatching *)(void *)errand;
    errand->run = leave_watches;
    errand->request.done = on_unwatched;
    unwatching->client = client_handle_of(client);
    unwatching->watch = first;
    client->remote_count++;
    request_send(shard, &errand->request, home_of(shard->group, first->slot));
}

/* Many go slot by slot: a message costs more than a watch. */
static void send_by_slot(struct client *client, struct watch *first)
{
    struct watch **slots = mem_alloc_zero(SLOT_COUNT * sizeof *slots);
    while (first) {
        struct watch *watch = first;
        first = watch->next;
        watch->next = slots[watch->slot];
        slots[watch->slot] = watch;
    }
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        if (slots[slot]) send_unwatching(client, slots[slot]);
    mem_free(slots, SLOT_COUNT * sizeof *slots);
}

void multi_unwatch(struct client *client)
{
    if (!client->watches) return;
    uint32_t count = watch_set_count(client->watches);
    struct watch *first = watch_set_dissolve(client->watches);
    client->watches = NULL;
    if (count > UNWATCH_ONE_BY_ONE_MAX) {
        send_by_slot(client, first);
        return;
    }
    while (first) {
        struct watch *watch = first;
        first = watch->next;
        watch->next = NULL;
        send_unwatching(client, watch);
    }
}
