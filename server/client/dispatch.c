#include "client/dispatch.h"

#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mark.h"
#include "base/number.h"
#include "client/limits.h"
#include "client/monitor.h"
#include "client/multi.h"
#include "client/pipeline.h"
#include "client/tracking.h"
#include "command/registry.h"
#include "command/reply.h"
#include "shard/expiry.h"
#include "shard/lease.h"
#include "shard/move.h"
#include "shard/stand_in.h"
#include "store/scan.h"

enum {
    BATCH_COMMANDS = 32, /* looked at ahead */
    BATCH_ARGS = 256,
    ARGS_KEPT_BYTES = 16 * 1024,
    HTTP_TOLD_MS = 60 * 1000,
    STAND_IN_COMMANDS_MAX = 16,
};

/* A command as it stands in the input. */
struct parsed {
    const struct command *command; /* NULL: unknown */
    struct bytes *args;
    uint32_t arg_count;
    uint32_t blob_count;
    struct blob **blobs;
    size_t end;    /* where the next one begins */
    uint64_t hash; /* of the key, when `has_key` */
    uint16_t slot;
    bool has_key; /* it has one key, of which slot and hash are known */
    bool is_here; /* that slot is at home here, and free; or a home is taken for it (stand_in.h) */
};

struct batch {
    uint32_t count;
    struct parsed commands[BATCH_COMMANDS];
    struct bytes args[BATCH_ARGS];
};

void dispatch_init(struct clients *clients)
{
    clients->batch = mem_alloc_zero(sizeof *clients->batch);
}

void dispatch_fini(struct clients *clients)
{
    mem_free(clients->batch, sizeof *clients->batch);
}

static struct shard *shard_of(const struct client *client)
{
    return client->clients->shard;
}

/* A container stands for itself when the subcommand is missing or unknown. */
static const struct command *find_command(const struct registry *registry, const struct bytes *args,
                                          uint32_t arg_count)
{
    const struct command *command = registry_find(registry, args[0]);
    if (likely(!command || !command->subcommands || arg_count < 2)) return command;
    const struct command *sub = registry_find_sub(command, args[1]);
    return sub ? sub : command;
}

static bool fits_arity(const struct command *command, uint32_t arg_count)
{
    return command->arity >= 0 ? arg_count == (uint32_t)command->arity
                               : arg_count >= (uint32_t)-command->arity;
}

/* Its home is elsewhere: may the command run here, because that is away? */
static bool take_home(struct client *client, const struct parsed *parsed)
{
    struct shard *shard = shard_of(client);
    struct shard *home = shard->group->shards[home_of(shard->group, parsed->slot)];
    return home != shard && !client->block && stand_in_is_for(parsed->command, parsed->arg_count) &&
           stand_in_take(&client->clients->stand_in, home) &&
           shard_slot_is_open(home, parsed->slot);
}

/* The argument that is its one key; 0: it has none, or several. */
static uint32_t find_one_key(const struct command *command, uint32_t arg_count)
{
    if (command->route == ROUTE_KEY) return command->key_index;
    return command->lone_key && arg_count == command->lone_key + 1u ? command->lone_key : 0;
}

/* First look at a command: what it is, and which slot it wants. */
static void look_up(struct client *client, struct parsed *parsed)
{
    struct shard *shard = shard_of(client);
    const struct command *command =
        find_command(shard->group->registry, parsed->args, parsed->arg_count);
    parsed->command = command;
    parsed->has_key = parsed->is_here = false;
    if (!command || !fits_arity(command, parsed->arg_count)) return;
    uint32_t key_index = find_one_key(command, parsed->arg_count);
    if (!key_index) return;
    struct bytes key = parsed->args[key_index];
    parsed->slot = slot_of_key(key);
    parsed->has_key = true;
    parsed->is_here = shard_slot_is_open(shard, parsed->slot) || take_home(client, parsed);
    if (parsed->is_here) store_prefetch_slot(shard->group->store, parsed->slot);
    parsed->hash = store_hash(shard->group->store, key);
}

static void fill_batch(struct client *client, struct batch *batch, struct bytes input)
{
    uint32_t args_used = 0;
    size_t at = 0;
    batch->count = 0;
    while (batch->count < BATCH_COMMANDS && at < input.len) {
        struct parsed *parsed = &batch->commands[batch->count];
        parsed->args = &batch->args[args_used];
        parsed->blob_count = 0;
        size_t len = parser_next(bytes_make(input.ptr + at, input.len - at), parsed->args,
                                 BATCH_ARGS - args_used, &parsed->arg_count);
        if (!len) break;
        at += len;
        args_used += parsed->arg_count;
        parsed->end = at;
        look_up(client, parsed);
        batch->count++;
    }
}

/* Keys of a pipeline: their buckets, then their entries, are fetched together. */
static void prefetch(const struct client *client, const struct batch *batch)
{
    struct store *store = shard_of(client)->group->store;
    if (batch->count < 2) return;
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct parsed *parsed = &batch->commands[i];
        if (parsed->is_here) store_prefetch_bucket(store, parsed->slot, client->db, parsed->hash);
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct parsed *parsed = &batch->commands[i];
        if (parsed->is_here) store_prefetch_entry(store, parsed->slot, client->db, parsed->hash);
    }
}

static void make_call(struct client *client, const struct parsed *parsed, struct call *call)
{
    *call = (struct call){
        .command = parsed->command,
        .args = parsed->args,
        .arg_count = parsed->arg_count,
        .flags = client->flags & CLIENT_NO_TOUCH ? CALL_NO_TOUCH : 0,
        .slot = parsed->slot,
        .db = client->db,
        .out = {.protocol = client->protocol},
        .blobs = parsed->blobs,
        .blob_count = parsed->blob_count,
        .key_hash = parsed->hash,
        .has_key_hash = parsed->has_key,
        .may_run_long = true,
    };
}

static struct outcome reply_unknown(struct call *call)
{
    char text[256];
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 1; i < call->arg_count && len < 128; i++)
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "'%.*s' ",
                             (int)(call->args[i].len < 128 - len ? call->args[i].len : 128 - len),
                             call->args[i].ptr);
    return reply_error(call, "ERR unknown command '%.*s', with args beginning with: %s",
                       (int)(call->args[0].len < 128 ? call->args[0].len : 128), call->args[0].ptr,
                       text);
}

static struct outcome reply_unknown_subcommand(struct call *call)
{
    char name[64];
    size_t len = 0;
    for (const char *at = call->command->name; *at && len < sizeof name - 1; at++)
        name[len++] = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
    name[len] = '\0';
    return reply_error(call, "ERR unknown subcommand '%.*s'. Try %s HELP.",
                       (int)(call->args[1].len < 128 ? call->args[1].len : 128), call->args[1].ptr,
                       name);
}

static bool is_local(const struct client *client)
{
    struct socket_address address;
    if (client->flags & CLIENT_UNIX_SOCKET) return true;
    return !socket_peer_address(client->conn.fd, &address) && socket_address_is_loopback(&address);
}

/* CMD_PROTECTED: DEBUG, which enable-debug-command allows to all, to local clients, or to nobody.
 */
static bool may_debug(const struct client *client)
{
    int64_t permission = shard_of(client)->settings->enable_debug_command;
    if (permission != PERMISSION_LOCAL) return permission == PERMISSION_YES;
    return is_local(client);
}

static struct outcome reply_protected(struct call *call)
{
    return reply_error(
        call, "ERR DEBUG command not allowed. If the enable-debug-command option is set "
              "to \"local\", you can run it from a local connection, otherwise you need "
              "to set this option in the configuration file, and then restart the server.");
}

/* Why a command may not run. */
enum objection {
    OBJECTION_NONE,
    OBJECTION_UNKNOWN,
    OBJECTION_SUBCOMMAND,
    OBJECTION_ARITY,
    OBJECTION_AUTHENTICATION,
    OBJECTION_PROTECTED,
    OBJECTION_LISTENING,
    OBJECTION_MONITOR,
    OBJECTION_MULTI,
    OBJECTION_NO_MULTI,
    OBJECTION_ABORTED,
};

static enum objection find_objection_to_queueing(const struct client *client,
                                                 const struct command *command)
{
    if (command->flags & CMD_NO_MULTI && !(command->flags & CMD_AT_ONCE)) return OBJECTION_MULTI;
    bool aborts = command->flags & CMD_BLOCK && client->block->flags & BLOCK_FAILED;
    return aborts ? OBJECTION_ABORTED : OBJECTION_NONE;
}

static enum objection find_objection(const struct client *client, const struct call *call)
{
    const struct command *command = call->command;
    if (unlikely(!command)) return OBJECTION_UNKNOWN;
    if (unlikely(!command->run && call->arg_count > 1)) return OBJECTION_SUBCOMMAND;
    if (unlikely(!fits_arity(command, call->arg_count))) return OBJECTION_ARITY;
    if (unlikely(!(client->flags & CLIENT_AUTHENTICATED)) && !(command->flags & CMD_NO_AUTH))
        return OBJECTION_AUTHENTICATION;
    if (unlikely(command->flags & CMD_PROTECTED) && !may_debug(client)) return OBJECTION_PROTECTED;
    if (unlikely(client->listening != NULL) && client->protocol == 2 &&
        !(command->flags & CMD_WHILE_LISTENING))
        return OBJECTION_LISTENING;
    if (unlikely(client->flags & CLIENT_MONITOR) && command->flags & (CMD_READ | CMD_WRITE))
        return OBJECTION_MONITOR;
    if (unlikely(client->block != NULL)) return find_objection_to_queueing(client, command);
    if (unlikely(command->flags & CMD_BLOCK)) return OBJECTION_NO_MULTI;
    return OBJECTION_NONE;
}

static struct outcome reply_objection(struct call *call, enum objection objection)
{
    switch (objection) {
    case OBJECTION_UNKNOWN: return reply_unknown(call);
    case OBJECTION_SUBCOMMAND: return reply_unknown_subcommand(call);
    case OBJECTION_ARITY:
        if (!(call->command->flags & CMD_BLOCK)) return reply_wrong_arity(call);
        return reply_error(call, "EXECABORT Transaction discarded because of: wrong number of "
                                 "arguments for 'exec' command");
    case OBJECTION_PROTECTED: return reply_protected(call);
    case OBJECTION_MONITOR:
        return reply_error(call, "ERR Replica can't interact with the keyspace");
    case OBJECTION_LISTENING:
        return reply_error(call,
                           "ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING "
                           "/ QUIT / RESET are allowed in this context",
                           call->command->full_name);
    case OBJECTION_MULTI: return reply_error(call, "ERR Command not allowed inside a transaction");
    case OBJECTION_NO_MULTI: return reply_error(call, "ERR EXEC without MULTI");
    case OBJECTION_ABORTED:
        return reply_error(call, "EXECABORT Transaction discarded because of previous errors.");
    default: return reply_error(call, "NOAUTH Authentication required.");
    }
}

static void reject_in_multi(struct client *client, const struct command *command,
                            enum objection objection)
{
    client->block->flags |= BLOCK_FAILED;
    if (objection != OBJECTION_ABORTED && !(command && command->flags & CMD_BLOCK)) return;
    multi_discard(client);
    multi_unwatch(client);
}

static void reject(struct client *client, struct call *call, enum objection objection)
{
    call->out.chain = pipeline_begin(client);
    call->errors = &shard_of(client)->errors;
    reply_objection(call, objection);
    bool is_exec = objection == OBJECTION_NO_MULTI || objection == OBJECTION_ABORTED;
    if (unlikely(is_exec && shard_of(client)->monitor_count)) monitor_show(client, call);
    if (unlikely(client->block != NULL)) reject_in_multi(client, call->command, objection);
    if (call->command)
        metric_add(&shard_of(client)->command_counters[call->command->id].rejected, 1);
    shard_of(client)->last_tick = clock_ticks();
    pipeline_end(client);
    limits_check_output(client);
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

/* What has been taken is given back before anything that may take long. */
static void leave_homes(struct client *client)
{
    stand_in_leave(&client->clients->stand_in, shard_of(client));
}

/* What was pushed to this shard before now is to take effect first. */
static void catch_up(struct client *client)
{
    leave_homes(client);
    shard_catch_up(shard_of(client));
}

/* What was pushed to this shard before now takes effect before a command that runs here. */
static bool can_run_here(struct client *client, uint16_t slot)
{
    struct shard *shard = shard_of(client);
    if (!shard_slot_is_open(shard, slot)) return false;
    if (unlikely(!shard_is_current(shard))) {
        catch_up(client);
        if (!shard_slot_is_open(shard, slot)) return false;
    }
    return !is_leaving(shard, slot);
}

/* False: the threads of these homes are there, or something is in the way. */
static bool run_set_in_their_stead(struct client *client, struct call *call,
                                   const struct slot_set *slots)
{
    struct shard *shard = shard_of(client);
    struct stand_in *stand_in = &client->clients->stand_in;
    if (slots->count > 1 && !shard_is_current(shard)) catch_up(client);
    if (!stand_in_try(stand_in, shard, slots)) return false;
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
        catch_up(client);
        if (!slot_set_is_open(shard, slots)) return false;
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

static void run_at_front(struct client *client, struct call *call)
{
    call->client = client;
    if (!(call->command->flags & CMD_MAY_PARK)) {
        run_here(client, call);
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

/* False: not now. */
static bool route(struct client *client, struct call *call)
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

static bool is_paused(const struct client *client, const struct command *command)
{
    bool writes = command->flags & CMD_WRITE ||
                  (command->flags & CMD_BLOCK && client->block->flags & BLOCK_WRITES);
    return writes || !client->clients->pause_writes_only;
}

/* Not now: the client is stopped, and this command is looked at again as if for the first time. */
static bool put_off(struct client *client, enum client_stop why)
{
    if (client->flags & CLIENT_REPLY_SKIP) client->flags |= CLIENT_REPLY_SKIP_NEXT;
    if (why == STOP_YIELD)
        client_yield(client);
    else
        client_stop(client, why);
    return false;
}

/* However much came at once: a pipeline of slow commands lets others in between. */
static void end_turn_when_due(struct client *client)
{
    uint64_t taken = shard_of(client)->last_tick - client->clients->turn_start;
    if (unlikely((int64_t)taken > client->clients->turn_ticks)) client_yield(client);
}

static void queue(struct client *client, struct call *call)
{
    multi_queue(client, call);
    struct writer writer = {pipeline_begin(client), client->protocol};
    writer_status(&writer, BYTES("QUEUED"));
    pipeline_end(client);
    limits_check_output(client);
}

static void prepare(struct client *client, struct call *call)
{
    call->client = client;
    call->command->prepare(call);
    call->client = NULL;
}

/* False: the command is put off, and the client stopped. */
static bool execute(struct client *client, const struct parsed *parsed)
{
    struct shard *shard = shard_of(client);
    struct call call;
    make_call(client, parsed, &call);
    client->flags &= ~CLIENT_REPLY_SKIP;
    if (unlikely(client->flags & CLIENT_REPLY_SKIP_NEXT)) {
        client->flags &= ~CLIENT_REPLY_SKIP_NEXT;
        client->flags |= CLIENT_REPLY_SKIP;
    }
    enum objection objection = find_objection(client, &call);
    if (unlikely(objection)) {
        reject(client, &call, objection);
        end_turn_when_due(client);
        return true;
    }
    if (unlikely(client->clients->paused_until_ms) && is_paused(client, call.command))
        return put_off(client, STOP_PAUSED);
    if (client->remote_count && unlikely(lease_is_pushing(shard->group)))
        lease_wait_for_pushes(shard->group);
    if (unlikely(client->tracking != NULL)) tracking_stamp(client, &call);
    if (unlikely(shard->monitor_count)) call.peer = monitor_peer(client);
    if (unlikely(client->block != NULL) && !(call.command->flags & CMD_AT_ONCE)) {
        queue(client, &call);
        return true;
    }
    client->last_command = call.command;
    if (!stand_in_is_for(call.command, call.arg_count)) leave_homes(client);
    if (unlikely(call.command->flags & CMD_PREPARED)) prepare(client, &call);
    if (unlikely(client->tracking != NULL) && call.command->route == ROUTE_FRONT) catch_up(client);
    if (unlikely(!route(client, &call))) return put_off(client, STOP_YIELD);
    client->command_count++;
    if (unlikely(client->tracking != NULL)) tracking_after(client, call.command);
    metric_add(&shard->counters.commands, 1);
    end_turn_when_due(client);
    return true;
}

static size_t run_batch(struct client *client, struct batch *batch)
{
    size_t taken = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!execute(client, &batch->commands[i])) break;
        taken = batch->commands[i].end;
        if (unlikely(client_is_stopped(client))) break;
    }
    return taken;
}

static void *room_for(struct buf *buf, size_t size)
{
    buf->len = 0;
    return buf_reserve(buf, size ? size : 1);
}

/* One command of a million arguments does not cost its memory for ever. */
static void keep_little(struct buf *buf)
{
    if (buf->capacity > ARGS_KEPT_BYTES) buf_fini(buf);
}

/* A command that came in parts is whole. False: it is put off, and stays as it is. */
static bool run_partial(struct client *client)
{
    struct clients *clients = client->clients;
    struct partial *partial = client->partial;
    struct parsed parsed = {
        .args = room_for(&clients->args, partial->arg_count * sizeof(struct bytes)),
        .blobs = room_for(&clients->blobs, partial->blob_count * sizeof(struct blob *)),
        .arg_count = partial->arg_count,
        .blob_count = partial->blob_count,
    };
    partial_take(partial, parsed.args, parsed.blobs);
    look_up(client, &parsed);
    bool done = execute(client, &parsed);
    leave_homes(client);
    if (!done) partial_untake(partial, parsed.blobs, parsed.blob_count);
    for (uint32_t i = 0; done && i < parsed.blob_count; i++)
        blob_release(parsed.blobs[i]);
    if (done) partial_reset(partial);
    keep_little(&clients->args);
    keep_little(&clients->blobs);
    return done;
}

static void fail(struct client *client, const char *text)
{
    struct chain *chain = pipeline_begin(client);
    char line[128];
    snprintf(line, sizeof line, "ERR %s", text);
    writer_error(&(struct writer){chain, client->protocol}, bytes_of_string(line));
    errors_count(&shard_of(client)->errors, BYTES("ERR"));
    pipeline_end(client);
    client_finish(client);
}

/* Told once a minute at most: whoever does that may do it often. */
static void close_for_http(struct client *client)
{
    struct clients *clients = client->clients;
    if (clients->shard->now_ms - clients->http_told_ms >= HTTP_TOLD_MS) {
        clients->http_told_ms = clients->shard->now_ms;
        log_warning("A client speaks HTTP, as a web page that attacks this server through "
                    "somebody's browser would. Its connection is closed.");
    }
    client_kill(client);
}

static void feed_partial(struct client *client, struct bytes *input)
{
    const struct settings *settings = shard_of(client)->settings;
    struct parser_limits limits = {
        .bulk_max = settings->proto_max_bulk_len,
        .total_max = (size_t)settings->client_query_buffer_limit,
        .authenticated = client->flags & CLIENT_AUTHENTICATED,
    };
    switch (partial_feed(client->partial, input, &limits)) {
    case PARTIAL_MORE: break;
    case PARTIAL_COMMAND: client->partial_is_whole = true; break;
    case PARTIAL_EMPTY: partial_reset(client->partial); break;
    case PARTIAL_ERROR: fail(client, client->partial->error); break;
    case PARTIAL_HTTP: close_for_http(client); break;
    case PARTIAL_TOO_LARGE: client_kill(client); break;
    }
}

static bool is_half_read(const struct client *client)
{
    return client->partial && client->partial->input.len;
}

static void start_partial(struct client *client)
{
    if (client->partial) return;
    client->partial = mem_alloc(sizeof *client->partial);
    partial_init(client->partial);
}

/* An idle client holds no buffers. */
static void drop_partial(struct client *client)
{
    if (!client->partial || client->partial->input.len) return;
    partial_fini(client->partial);
    mem_free(client->partial, sizeof *client->partial);
    client->partial = NULL;
}

/* Whole commands that need no struct partial: all of a usual client's. */
static size_t take_batches(struct client *client, struct bytes input)
{
    struct batch *batch = client->clients->batch;
    size_t taken = 0;
    while (taken < input.len && !client_is_stopped(client)) {
        fill_batch(client, batch, bytes_make(input.ptr + taken, input.len - taken));
        if (!batch->count) break;
        prefetch(client, batch);
        taken += run_batch(client, batch);
        leave_homes(client);
    }
    return taken;
}

size_t dispatch_input(struct client *client, struct bytes input)
{
    struct bytes left = input;
    limits_begin_turn(client->clients);
    if (client->partial_is_whole) {
        if (!run_partial(client)) return 0;
        client->partial_is_whole = false;
    }
    while (left.len && !client_is_stopped(client)) {
        if (!is_half_read(client) && client->flags & CLIENT_AUTHENTICATED) {
            size_t taken = take_batches(client, left);
            left = bytes_make(left.ptr + taken, left.len - taken);
            if (!left.len || client_is_stopped(client)) break;
        }
        start_partial(client);
        feed_partial(client, &left);
        if (!client->partial_is_whole) continue;
        if (!run_partial(client)) break;
        client->partial_is_whole = false;
    }
    drop_partial(client);
    limits_end_turn(client);
    return input.len - left.len;
}
