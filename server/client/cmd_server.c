#include "client/cmd_server.h"

#include "client/monitor.h"
#include "command/args.h"
#include "command/reply.h"
#include "shard/move.h"

/* Asks shard 0 to begin the end. */
struct shutdown_order {
    struct message message;
};

static void on_shutdown(struct shard *shard, struct message *message)
{
    mem_free(message, sizeof(struct shutdown_order));
    shard->group->hooks->shut_down(shard);
}

static struct outcome cmd_shutdown(struct call *call)
{
    bool save = false, nosave = false, abort = false;
    uint32_t others = 0;
    for (uint32_t i = 1; i < call->arg_count; i++) {
        if (args_is(call, i, "save"))
            save = true;
        else if (args_is(call, i, "nosave"))
            nosave = true;
        else if (args_is(call, i, "abort"))
            abort = true;
        else if (args_is(call, i, "now") || args_is(call, i, "force") || args_is(call, i, "safe"))
            others++;
        else
            return reply_syntax(call);
    }
    if ((save && nosave) || (abort && (save || nosave || others))) return reply_syntax(call);
    if (abort) return reply_error(call, "ERR No shutdown in progress.");
    if (save) return reply_error(call, "ERR Errors trying to SHUTDOWN. Check logs.");
    struct shutdown_order *order = mem_alloc(sizeof *order);
    order->message.deliver = on_shutdown;
    shard_push(call->shard, 0, &order->message);
    client_finish(call->client);
    return reply_written(call); /* the answer is that the connection ends */
}

static struct outcome cmd_monitor(struct call *call)
{
    if (call->is_queued)
        return reply_error(call, "ERR MONITOR isn't allowed for DENY BLOCKING client");
    if (call->client->flags & CLIENT_MONITOR) return reply_written(call);
    return monitor_start(call);
}

const struct command cmd_server_table[] = {
    {"monitor", cmd_monitor, 1,
     CMD_FRONT | CMD_ADMIN | CMD_NOSCRIPT | CMD_LOADING | CMD_STALE | CMD_MAY_PARK, 0,
     .group = "server", .since = "1.0.0", .complexity = "O(1)", .syntax = "",
     .summary = "Shows all commands as they are run."},
    {"shutdown", cmd_shutdown, -1,
     CMD_FRONT | CMD_ADMIN | CMD_NOSCRIPT | CMD_LOADING | CMD_STALE | CMD_NO_MULTI | CMD_SENTINEL |
         CMD_ALLOW_BUSY,
     ACL_DANGEROUS, .group = "server", .since = "1.0.0",
     .complexity = "O(N) where N is the number of connections",
     .syntax = "[<NOSAVE | SAVE>] [NOW] [FORCE] [ABORT]",
     .summary = "Ends the server; replies under way go out."},
    {0},
};

/* DEBUG SLOT-MOVE slot shard */
struct slot_move {
    struct move_order order;
    struct client_handle asker;
};

static void on_moved(struct shard *shard, struct move_order *order)
{
    struct slot_move *move = (struct slot_move *)(void *)order;
    struct writer writer;
    if (client_answer(shard, move->asker, &writer)) {
        writer_status(&writer, BYTES("OK"));
        client_answered(shard, move->asker);
    }
    mem_free(move, sizeof *move);
}

struct outcome cmd_debug_slot_move(struct call *call)
{
    int64_t slot, target;
    if (!args_int(call, 2, &slot) || slot < 0 || slot >= SLOT_COUNT)
        return reply_error(call, "ERR Invalid or out of range slot");
    if (!args_int(call, 3, &target) || target < 0 || target >= call->shard->group->shard_count)
        return reply_error(call, "ERR Invalid or out of range shard");
    struct slot_move *move = mem_alloc_zero(sizeof *move);
    struct outcome outcome = client_park(call, &move->asker);
    move->order.slot = (uint16_t)slot;
    move->order.target = (uint16_t)target;
    move->order.done = on_moved;
    move_slot(call->shard, &move->order);
    return outcome;
}
