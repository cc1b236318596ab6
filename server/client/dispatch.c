#include "client/dispatch.h"

#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "client/limits.h"
#include "client/monitor.h"
#include "client/multi.h"
#include "client/objection.h"
#include "client/pipeline.h"
#include "client/routing.h"
#include "client/tracking.h"
#include "command/registry.h"
#include "command/reply.h"
#include "shard/lease.h"
#include "shard/stand_in.h"

enum {
    BATCH_COMMANDS = 32, /* looked at ahead */
    BATCH_ARGS = 256,
    ARGS_KEPT_BYTES = 16 * 1024,
    HTTP_TOLD_MS = 60 * 1000,
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
    if (!command || !command_fits_arity(command, parsed->arg_count)) return;
    uint32_t key_index = find_one_key(command, parsed->arg_count);
    if (!key_index) return;
    struct bytes key = parsed->args[key_index];
    parsed->slot = slot_of_key(key);
    parsed->has_key = true;
    parsed->is_here = shard_slot_is_open(shard, parsed->slot) ||
                      routing_take_home(client, command, parsed->arg_count, parsed->slot);
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
    objection_reply(call, objection);
    bool is_exec = call->command && call->command->flags & CMD_BLOCK;
    if (unlikely(is_exec && shard_of(client)->monitor_count)) monitor_show(client, call);
    if (unlikely(client->block != NULL)) reject_in_multi(client, call->command, objection);
    if (call->command)
        metric_add(&shard_of(client)->command_counters[call->command->id].rejected, 1);
    shard_of(client)->last_tick = clock_ticks();
    pipeline_end(client);
    limits_check_output(client);
}

static bool is_paused(const struct client *client, const struct command *command)
{
    bool writes = command->flags & (CMD_WRITE | CMD_MAY_REPLICATE) ||
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
    limits_check_input(client); /* what is queued counts as not yet taken */
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
    client->last_command = call.command; /* also if it is only queued, or refused */
    client->flags &= ~CLIENT_REPLY_SKIP;
    if (unlikely(client->flags & CLIENT_REPLY_SKIP_NEXT)) {
        client->flags &= ~CLIENT_REPLY_SKIP_NEXT;
        client->flags |= CLIENT_REPLY_SKIP;
    }
    enum objection objection = objection_find(client, &call);
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
    if (!stand_in_is_for(call.command, call.arg_count)) routing_leave_homes(client);
    if (unlikely(call.command->flags & CMD_PREPARED)) prepare(client, &call);
    bool must_know = client->tracking || call.command->flags & CMD_PREPARED;
    if (unlikely(must_know) && call.command->route == ROUTE_FRONT) routing_catch_up(client);
    if (unlikely(!routing_run(client, &call))) return put_off(client, STOP_YIELD);
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
    routing_leave_homes(client);
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
        routing_leave_homes(client);
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
