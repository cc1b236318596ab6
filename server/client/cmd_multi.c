#include "client/multi.h"

#include "base/fault.h"
#include "base/mark.h"
#include "command/lookup.h"
#include "command/reply.h"
#include "shard/waiters.h"

static struct outcome cmd_multi(struct call *call)
{
    if (call->client->block) return reply_error(call, "ERR MULTI calls can not be nested");
    multi_begin(call->client);
    return reply_ok(call);
}

static struct outcome cmd_discard(struct call *call)
{
    if (!call->client->block) return reply_error(call, "ERR DISCARD without MULTI");
    multi_discard(call->client);
    multi_unwatch(call->client);
    return reply_ok(call);
}

static struct outcome cmd_unwatch(struct call *call)
{
    multi_unwatch(call->client);
    return reply_ok(call);
}

/* The watches that a WATCH begins, from its front to where its slots are. */
struct beginning {
    uint32_t count, capacity;
    struct watch *watches[];
};

static size_t size_of(const struct beginning *beginning)
{
    return sizeof *beginning + beginning->capacity * sizeof *beginning->watches;
}

/* Inside MULTI it brings nothing, and is refused. */
static void prepare_watch(struct call *call)
{
    struct client *client = call->client;
    if (client->block) return;
    uint32_t capacity = call->arg_count - 1;
    struct beginning *beginning =
        mem_alloc(sizeof *beginning + capacity * sizeof *beginning->watches);
    *beginning = (struct beginning){0, capacity};
    for (uint32_t i = 1; i < call->arg_count; i++) {
        struct place place = multi_place(client, call->args[i]);
        struct watch *watch = watch_set_add(&client->watches, &place);
        if (watch) beginning->watches[beginning->count++] = watch;
    }
    call->brought = beginning;
}

static struct outcome cmd_watch(struct call *call)
{
    struct beginning *beginning = call->brought;
    if (!beginning) return reply_error(call, "ERR WATCH inside MULTI is not allowed");
    if (call_is_long(call, beginning->count)) return call_run_long(call);
    for (uint32_t i = 0; i < beginning->count; i++) {
        struct watch *watch = beginning->watches[i];
        struct place place = call_place_of_key(call, bytes_make(watch->key, watch->len));
        watch_join(&place, watch);
        breathe(call->breath, 1);
    }
    mem_free(beginning, size_of(beginning));
    return reply_ok(call);
}

/* Is all that was watched as it was? Watching ends here. */
static bool end_watches(struct call *call, struct block *block)
{
    bool hold = true;
    if (!block->watches) return true;
    struct watch *first = watch_set_dissolve(block->watches);
    block->watches = NULL;
    for (struct watch *watch = first; watch; watch = watch->next) {
        struct place place = multi_watch_place(call->shard, watch);
        place.actor = call->actor;
        keyspace_find(&place); /* its time may have come */
        hold &= watch_leave(&place, watch);
    }
    watches_free(first);
    return hold;
}

/* What it asked of other shards is waited for, while everything is held. */
static void wait_for_answer(struct call *call)
{
    while (call->client->stops & STOP_PARKED)
        breath_rest(call->breath);
}

static struct outcome run_queued(struct call *call, struct queued *queued)
{
    struct client *client = call->client;
    if (client) {
        call->db = client->db;
        call->out.protocol = client->protocol;
        client->parked_out = call->out.chain;
    }
    struct outcome outcome = request_run_within(call->shard, &queued->request, call);
    if (outcome.kind == OUTCOME_PARKED) wait_for_answer(call);
    if (client) client->parked_out = NULL;
    return outcome;
}

/* Whoever waits for a key is served when all have run. */
static struct outcome run_block(struct call *call, struct block *block)
{
    struct actor *outer = call->actor;
    call->actor = &block->actor;
    block->actor.sink = outer->sink;
    block->actor.tracker = outer->tracker;
    for (; block->next; block->next = block->next->next) {
        if (run_queued(call, block->next).kind == OUTCOME_LONG) return call_run_long(call);
        if (fault_is(FAULT_SERVE_EARLY)) waiters_serve(call->shard, &block->actor);
    }
    call->actor = outer;
    interest_move_ready(outer, &block->actor);
    metric_add(&call->shard->counters.commands, block->count);
    return reply_written(call);
}

/* Its slots are held. A command that turns out to be long makes all that follows long: it goes on
 * where it was, with what it has answered so far. */
static struct outcome cmd_exec(struct call *call)
{
    struct block *block = call->brought;
    if (block->flags & BLOCK_MAY_PARK && !call->breath) {
        if (call->may_run_long) return call_run_long(call);
        end_watches(call, block);
        return reply_error(call, "OOM not enough memory to run this transaction");
    }
    if (block->flags & BLOCK_NEEDS_FRONT)
        call->client = client_find(clients_of(call->shard), block->client);
    if (call->breath) mark(MARK_BLOCK_LONG);
    if (block->flags & BLOCK_BEGUN) return run_block(call, block);
    if (!end_watches(call, block)) return reply_null_array(call);
    writer_array(&call->out, block->count);
    block->next = block->first;
    block->flags |= BLOCK_BEGUN;
    return run_block(call, block);
}

#define ALWAYS (CMD_NOSCRIPT | CMD_LOADING | CMD_STALE | CMD_AT_ONCE)
#define ROW    .group = "transactions"

const struct command cmd_multi_table[] = {
    {"discard", cmd_discard, 1, CMD_FRONT | ALWAYS | CMD_FAST | CMD_ALLOW_BUSY, ACL_TRANSACTION,
     ROW, .since = "2.0.0", .complexity = "O(N) where N is the number of queued commands",
     .syntax = "", .summary = "Drops the commands queued since MULTI."},
    {"exec", cmd_exec, 1, CMD_BLOCK | ALWAYS | CMD_SKIP_SLOWLOG, ACL_TRANSACTION, ROW,
     .since = "1.2.0", .complexity = "That of the queued commands", .syntax = "",
     .summary = "Runs the commands queued since MULTI as one."},
    {"multi", cmd_multi, 1, CMD_FRONT | ALWAYS | CMD_FAST | CMD_ALLOW_BUSY | CMD_NO_MULTI,
     ACL_TRANSACTION, ROW, .since = "1.2.0", .complexity = "O(1)", .syntax = "",
     .summary = "Begins to queue commands, for EXEC."},
    {"unwatch", cmd_unwatch, 1,
     CMD_FRONT | CMD_NOSCRIPT | CMD_LOADING | CMD_STALE | CMD_FAST | CMD_ALLOW_BUSY,
     ACL_TRANSACTION, ROW, .since = "2.2.0",
     .complexity = "O(N) where N is the number of watched keys", .syntax = "",
     .summary = "Watches no key any more."},
    {"watch", cmd_watch, -2, ALWAYS | CMD_FAST | CMD_ALLOW_BUSY | CMD_NO_MULTI | CMD_PREPARED,
     ACL_TRANSACTION, KEYS_ALL(KEY_RO), ROW, .since = "2.2.0",
     .complexity = "O(N) where N is the number of keys", .syntax = "key [key ...]",
     .summary = "Lets EXEC do nothing if one of the keys has changed until then.",
     .prepare = prepare_watch},
    {0},
};
