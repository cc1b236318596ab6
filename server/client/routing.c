#include "client/routing.h"

#include "base/fault.h"
#include "base/mark.h"
#include "base/number.h"
#include "client/limits.h"
#include "client/multi.h"
#include "client/pipeline.h"
#include "shard/expiry.h"
#include "shard/lease.h"
#include "shard/move.h"
#include "shard/stand_in.h"
#include "store/scan.h"

enum { STAND_IN_COMMANDS_MAX = 16 };

static struct shard *shard_of(const struct client *client)
{
    return client->clients->shard;
}

/* Runs it here: its slots are held, or it needs none. False: it has not been run, for it takes
 * long; sent as a request, to this shard if need be, it is run by and by. */
static bool run_here(struct client *client, struct call *call)
{
    call->out.chain = pipeline_begin(client);
    struct outcome outcome = shard_run(shard_of(client), call);
    pipeline_end(client);
    limits_check_output(client);
    if (unlikely(outcome.kind == OUTCOME_LONG)) call->flags |= CALL_AGAIN;
    return outcome.kind != OUTCOME_LONG;
}

static void forward(struct client *client, const struct call *call)
{
    struct shard *shard = shard_of(client);
    struct request *request = pipeline_forward(client, call);
    metric_add(&shard->counters.forwarded, 1);
    request_send(shard, request, home_of(shard->group, call->slot));
}

static void forward_set(struct client *client, const struct call *call,
                        const struct slot_set *slots)
{
    struct shard *shard = shard_of(client);
    struct request *request = pipeline_forward(client, call);
    if (lease_send_whole(shard, request, slots))
        metric_add(&shard->counters.forwarded, 1);
    else
        lease_start(shard, request, slots);
}

/* A slot that is about to leave is still open for what came by the old route, but what is asked for
 * from now on belongs to its new home: there, somebody may already wait whose later commands have
 * taken effect. */
static bool is_leaving(const struct shard *shard, uint16_t slot)
{
    bool leaves = unlikely(move_is_under_way(shard->group)) &&
                  home_of(shard->group, slot) != shard->id && !fault_is(FAULT_OLD_HOME);
    if (unlikely(leaves)) mark(MARK_MOVE_LEAVING);
    return leaves;
}

bool routing_take_home(struct client *client, const struct command *command, uint32_t arg_count,
                       uint16_t slot)
{
    struct shard *shard = shard_of(client);
    struct shard *home = shard->group->shards[home_of(shard->group, slot)];
    return home != shard && !client->block && stand_in_is_for(command, arg_count) &&
           stand_in_take(&client->clients->stand_in, home) && shard_slot_is_open(home, slot);
}

void routing_leave_homes(struct client *client)
{
    stand_in_leave(&client->clients->stand_in, shard_of(client));
}

void routing_catch_up(struct client *client)
{
    routing_leave_homes(client);
    shard_catch_up(shard_of(client));
}

/* Is it told of things? Whatever has been pushed here for it comes before a reply that already
 * shows its effect. */
static bool is_told(const struct client *client)
{
    if (fault_is(FAULT_STALE_LATE)) return false;
    return client->tracking || client->listening || client->flags & CLIENT_REDIRECTED_TO;
}

/* What was pushed to this shard before now takes effect before a command that runs here. */
static bool can_run_here(struct client *client, uint16_t slot)
{
    struct shard *shard = shard_of(client);
    if (!shard_slot_is_open(shard, slot)) return false;
    if (unlikely(!shard_is_current(shard))) {
        routing_catch_up(client);
        if (!shard_slot_is_open(shard, slot)) return false;
        if (is_told(client) && !shard_is_current(shard)) return false;
    }
    return !is_leaving(shard, slot);
}

/* False: the threads of these homes are there, or something is in the way. What is said to a client
 * from a slot is pushed while that is held: so whoever is told looks when it is held here. */
static bool run_set_in_their_stead(struct client *client, struct call *call,
                                   const struct slot_set *slots)
{
    struct shard *shard = shard_of(client);
    struct stand_in *stand_in = &client->clients->stand_in;
    bool listens = unlikely(is_told(client));
    if ((slots->count > 1 || listens) && !shard_is_current(shard)) routing_catch_up(client);
    if (!stand_in_try(stand_in, shard, slots)) return false;
    if (listens && !shard_is_current(shard)) return false;
    if (!run_here(client, call)) return false;
    metric_add(&shard->counters.stood_in, 1);
    if (call->command->flags & (CMD_WRITE | CMD_BLOCK))
        stand_in_note_expiry(stand_in, shard, slots);
    return true;
}

static bool run_in_their_stead(struct client *client, struct call *call,
                               const struct slot_set *slots)
{
    return stand_in_is_for(call->command, call->arg_count) &&
           run_set_in_their_stead(client, call, slots);
}

static void run_on_slot(struct client *client, struct call *call)
{
    struct shard *shard = shard_of(client);
    if (!can_run_here(client, call->slot)) {
        struct slot_set slots = {&call->slot, 1};
        if (!run_in_their_stead(client, call, &slots)) forward(client, call);
        return;
    }
    if (unlikely(!run_here(client, call))) {
        forward(client, call);
        return;
    }
    if (call->command->flags & (CMD_WRITE | CMD_ARBITRARY_KEYS)) expiry_note(shard, call->slot);
}

static bool can_run_set_here(struct client *client, const struct slot_set *slots)
{
    struct shard *shard = shard_of(client);
    if (!slot_set_is_open(shard, slots)) return false;
    if (!shard_is_current(shard)) {
        routing_catch_up(client);
        if (!slot_set_is_open(shard, slots)) return false;
        if (is_told(client) && !shard_is_current(shard)) return false;
    }
    for (uint32_t i = 0; i < slots->count; i++)
        if (is_leaving(shard, slots->slots[i])) return false;
    return true;
}

static void run_on_slots(struct client *client, struct call *call)
{
    struct shard *shard = shard_of(client);
    struct arena_mark mark = arena_mark(&shard->scratch);
    struct slot_set slots;
    route_slots(shard, call->command, call->args, call->arg_count, &slots);
    if (slots.count) call->slot = slots.slots[0];
    if (slots.count <= 1) {
        run_on_slot(client, call);
    } else if (can_run_set_here(client, &slots) && run_here(client, call)) {
        expiry_note_set(shard, slots.slots, slots.count);
    } else if (!run_in_their_stead(client, call, &slots)) {
        forward_set(client, call, &slots);
    }
    arena_return(&shard->scratch, mark);
}

struct cut_context {
    struct client *client;
    const struct call *call;
};

static struct request *make_cut_request(void *context)
{
    const struct cut_context *cut = context;
    return pipeline_forward(cut->client, cut->call);
}

/* False: not now. */
static bool run_on_every_slot(struct client *client, struct call *call)
{
    struct shard *shard = shard_of(client);
    bool alone = shard->group->shard_count == 1 && shard_is_current(shard) &&
                 !shard->homes.barred && !shard->homes.closed_count;
    if (!alone || !run_here(client, call))
        return lease_start_cut(shard, make_cut_request, &(struct cut_context){client, call});
    if (call->command->flags & CMD_WRITE) expiry_note_all(shard);
    return true;
}

/* What keeps the client from hearing the answer, which is to be heard nevertheless: SUBSCRIBE and
 * its family answer by messages, and those come whatever CLIENT REPLY says. */
static uint32_t mute_of(const struct client *client, const struct command *command)
{
    enum { BY_MESSAGES = CMD_PUBSUB | CMD_WHILE_LISTENING };
    if (likely((command->flags & BY_MESSAGES) != BY_MESSAGES)) return 0;
    return client->flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP);
}

static void run_at_front(struct client *client, struct call *call)
{
    call->client = client;
    if (!(call->command->flags & CMD_MAY_PARK)) {
        uint32_t mute = mute_of(client, call->command);
        client->flags &= ~mute;
        run_here(client, call);
        client->flags |= mute;
        return;
    }
    pipeline_hold(client);
    call->out.chain = pipeline_held(client);
    shard_run(shard_of(client), call);
    if (!(client->stops & STOP_PARKED)) pipeline_release(client);
}

/* What is no number is refused by the command, wherever that runs. */
static uint16_t slot_of_cursor(struct bytes text)
{
    uint64_t cursor;
    return number_parse_uint(text, &cursor) ? scan_slot_of_cursor(cursor) : 0;
}

/* On several shards it goes from home to home until it has what it was asked for. */
static void run_by_cursor(struct client *client, struct call *call)
{
    struct shard *shard = shard_of(client);
    call->slot = slot_of_cursor(call->args[1]);
    if (shard->group->shard_count == 1) {
        run_on_slot(client, call);
        return;
    }
    struct request *request = pipeline_forward(client, call);
    request->walk = mem_alloc_zero(sizeof *request->walk);
    request_send(shard, request, home_of(shard->group, call->slot));
}

static bool is_block_for_stand_in(const struct block *block, const struct slot_set *slots)
{
    uint32_t not_for_it = BLOCK_NEEDS_FRONT | BLOCK_IS_SLOW;
    return slots->count && !(block->flags & not_for_it) && block->count <= STAND_IN_COMMANDS_MAX;
}

/* Runs it here and now if its slots allow that. */
static bool run_block_here(struct client *client, struct call *call, const struct block *block)
{
    struct shard *shard = shard_of(client);
    const struct slot_set slots = block->slots;
    if (block->flags & BLOCK_MAY_PARK) return false;
    bool is_small = !(block->flags & BLOCK_IS_SLOW);
    call->may_run_long = false; /* nothing may come in between when it has begun */
    if (!slots.count || (is_small && can_run_set_here(client, &slots))) {
        run_here(client, call);
        expiry_note_set(shard, slots.slots, slots.count);
    } else if (!is_block_for_stand_in(block, &slots) ||
               !run_set_in_their_stead(client, call, &slots)) {
        return false;
    } else {
        mark(MARK_BLOCK_STOOD_IN);
    }
    return true;
}

static void send_block(struct client *client, struct call *call, struct block *block)
{
    struct shard *shard = shard_of(client);
    struct request *request = pipeline_forward(client, call);
    bool sent =
        !(block->flags & BLOCK_NEEDS_FRONT) && lease_send_whole(shard, request, &block->slots);
    mark(sent ? MARK_BLOCK_WHOLE : MARK_BLOCK_LEASED);
    if (sent)
        metric_add(&shard->counters.forwarded, 1);
    else
        lease_start(shard, request, &block->slots);
}

/* False: not now. */
static bool run_block(struct client *client, struct call *call)
{
    struct block *block = multi_prepare(client);
    call->brought = block;
    if (block->slots.count) call->slot = block->slots.slots[0];
    if (block->flags & BLOCK_EVERY_SLOT) {
        if (!lease_start_cut(shard_of(client), make_cut_request,
                             &(struct cut_context){client, call}))
            return false;
        mark(MARK_BLOCK_CUT);
        multi_leave(client);
        return true;
    }
    multi_leave(client);
    if (run_block_here(client, call, block))
        block_free(shard_of(client), block);
    else
        send_block(client, call, block);
    return true;
}

bool routing_run(struct client *client, struct call *call)
{
    const struct command *command = call->command;
    switch (command->route) {
    case ROUTE_KEY: run_on_slot(client, call); break;
    case ROUTE_KEYS:
        if (call->has_key_hash)
            run_on_slot(client, call);
        else
            run_on_slots(client, call);
        break;
    case ROUTE_ALL: return run_on_every_slot(client, call);
    case ROUTE_CURSOR: run_by_cursor(client, call); break;
    case ROUTE_BLOCK: return run_block(client, call);
    case ROUTE_ASKED:
        if (command->needs_all_slots(call->args, call->arg_count))
            return run_on_every_slot(client, call);
        run_on_slots(client, call);
        break;
    default: run_at_front(client, call);
    }
    return true;
}
