#include "client/cmd_connection.h"

#include <stdlib.h>

#include "base/number.h"
#include "client/blocking.h"
#include "client/client_filter.h"
#include "client/limits.h"
#include "client/names.h"
#include "client/tracking.h"
#include "command/args.h"
#include "command/reply.h"
#include "shard/visit.h"

static struct outcome cmd_client_id(struct call *call)
{
    return reply_int(call, (int64_t)call->client->id);
}

static struct outcome reply_text(struct call *call, struct buf *text)
{
    writer_verbatim(&call->out, "txt", buf_view(text));
    buf_fini(text);
    return reply_written(call);
}

static struct outcome cmd_client_info(struct call *call)
{
    struct buf text = {0};
    client_print(call->client, &text);
    buf_append_string(&text, "\n");
    return reply_text(call, &text);
}

static struct outcome cmd_client_getname(struct call *call)
{
    if (!call->client->name.len) return reply_null(call);
    return reply_bulk(call, buf_view(&call->client->name));
}

static struct outcome cmd_client_setname(struct call *call)
{
    if (!client_name_is_valid(call->args[2])) return reply_bad_client_name(call, "Client names");
    client_set_text(&call->client->name, call->args[2]);
    return reply_ok(call);
}

static struct outcome cmd_client_setinfo(struct call *call)
{
    struct client *client = call->client;
    bool is_name = args_is(call, 2, "lib-name");
    if (!is_name && !args_is(call, 2, "lib-ver"))
        return reply_error(call, "ERR Unrecognized option '%.*s'", args_print_len(call, 2),
                           call->args[2].ptr);
    if (!client_name_is_valid(call->args[3]))
        return reply_bad_client_name(call, is_name ? "lib-name" : "lib-ver");
    client_set_text(is_name ? &client->lib_name : &client->lib_version, call->args[3]);
    return reply_ok(call);
}

static struct outcome cmd_client_reply(struct call *call)
{
    struct client *client = call->client;
    if (args_is(call, 2, "on")) {
        client->flags &= ~(CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP | CLIENT_REPLY_SKIP_NEXT);
        return reply_ok(call);
    }
    if (args_is(call, 2, "off"))
        client->flags |= CLIENT_REPLY_OFF;
    else if (!args_is(call, 2, "skip"))
        return reply_syntax(call);
    else if (!(client->flags & CLIENT_REPLY_OFF))
        client->flags |= CLIENT_REPLY_SKIP_NEXT;
    return reply_written(call); /* these say nothing */
}

static struct outcome set_flag(struct call *call, enum client_flag flag)
{
    if (args_is(call, 2, "on"))
        call->client->flags |= flag;
    else if (args_is(call, 2, "off"))
        call->client->flags &= ~(uint32_t)flag;
    else
        return reply_syntax(call);
    return reply_ok(call);
}

static struct outcome cmd_client_no_evict(struct call *call)
{
    return set_flag(call, CLIENT_NO_EVICT);
}

static struct outcome cmd_client_no_touch(struct call *call)
{
    return set_flag(call, CLIENT_NO_TOUCH);
}

/* Longer pauses are as good as endless; in ns they still fit. */
#define PAUSE_MAX_MS (INT64_MAX / 2000000)

/* A question to, or an order for, the clients of all shards. */
struct roll_call {
    struct visit visit;
    struct client_handle asker;
    struct client_filter filter;
    bool old_kill; /* CLIENT KILL addr: +OK or an error, not a count */
    int64_t pause_until_ms;
    bool pause_writes_only;
    uint64_t unblock_id; /* CLIENT UNBLOCK */
    enum blocking_stop unblock_as;
    uint16_t shard_count;
    struct roll {
        struct buf text; /* CLIENT LIST */
        int64_t count;   /* CLIENT KILL */
    } rolls[];
};

static struct roll_call *roll_call_new(struct call *call)
{
    uint16_t shard_count = call->shard->group->shard_count;
    struct roll_call *roll_call =
        mem_alloc_zero(sizeof *roll_call + shard_count * sizeof *roll_call->rolls);
    roll_call->shard_count = shard_count;
    return roll_call;
}

static void roll_call_free(struct roll_call *roll_call)
{
    for (uint16_t i = 0; i < roll_call->shard_count; i++)
        buf_fini(&roll_call->rolls[i].text);
    client_filter_fini(&roll_call->filter);
    mem_free(roll_call, sizeof *roll_call + roll_call->shard_count * sizeof *roll_call->rolls);
}

static struct outcome roll_call_start(struct call *call, struct roll_call *roll_call,
                                      void (*run)(struct shard *, struct visit *),
                                      void (*done)(struct shard *, struct visit *))
{
    struct outcome outcome = client_park(call, &roll_call->asker);
    roll_call->visit.run = run;
    roll_call->visit.done = done;
    visit_start(call->shard, &roll_call->visit);
    return outcome;
}

static void list_clients(struct shard *shard, struct visit *visit)
{
    struct roll_call *roll_call = (struct roll_call *)(void *)visit;
    struct buf *text = &roll_call->rolls[shard->id].text;
    for (struct client *client = clients_of(shard)->first; client; client = client->next) {
        if (!client_filter_matches(&roll_call->filter, client)) continue;
        client_print(client, text);
        buf_append_string(text, "\n");
    }
}

static uint64_t id_of_line(struct bytes line)
{
    uint64_t id = 0;
    for (size_t i = 3; i < line.len && line.ptr[i] >= '0' && line.ptr[i] <= '9'; i++) /* "id=" */
        id = id * 10 + (line.ptr[i] - '0');
    return id;
}

static int compare_lines(const void *a, const void *b)
{
    uint64_t id_a = id_of_line(*(const struct bytes *)a);
    uint64_t id_b = id_of_line(*(const struct bytes *)b);
    return (id_a > id_b) - (id_a < id_b);
}

static struct bytes take_line(struct bytes *text)
{
    const uint8_t *end = memchr(text->ptr, '\n', text->len);
    size_t len = end ? (size_t)(end - text->ptr) + 1 : text->len;
    struct bytes line = bytes_make(text->ptr, len);
    *text = bytes_make(text->ptr + len, text->len - len);
    return line;
}

/* The oldest client first, whichever shard it is on. */
static void append_sorted(struct buf *out, struct bytes text)
{
    struct buf lines = {0};
    while (text.len) {
        struct bytes line = take_line(&text);
        buf_append(&lines, bytes_make(&line, sizeof line));
    }
    struct bytes *line = (struct bytes *)(void *)lines.ptr;
    size_t count = lines.len / sizeof *line;
    if (count) qsort(line, count, sizeof *line, compare_lines);
    for (size_t i = 0; i < count; i++)
        buf_append(out, line[i]);
    buf_fini(&lines);
}

static void on_listed(struct shard *shard, struct visit *visit)
{
    struct roll_call *roll_call = (struct roll_call *)(void *)visit;
    struct writer writer;
    if (client_answer(shard, roll_call->asker, &writer)) {
        struct buf text = {0}, sorted = {0};
        for (uint16_t i = 0; i < roll_call->shard_count; i++)
            buf_append(&text, buf_view(&roll_call->rolls[i].text));
        append_sorted(&sorted, buf_view(&text));
        writer_verbatim(&writer, "txt", buf_view(&sorted));
        buf_fini(&sorted);
        buf_fini(&text);
        client_answered(shard, roll_call->asker);
    }
    roll_call_free(roll_call);
}

static struct outcome cmd_client_list(struct call *call)
{
    struct outcome problem;
    struct roll_call *roll_call = roll_call_new(call);
    if (!client_filter_read(&roll_call->filter, call, 2, FILTER_FOR_LIST, &problem)) {
        roll_call_free(roll_call);
        return problem;
    }
    return roll_call_start(call, roll_call, list_clients, on_listed);
}

static void kill_clients(struct shard *shard, struct visit *visit)
{
    struct roll_call *roll_call = (struct roll_call *)(void *)visit;
    for (struct client *client = clients_of(shard)->first; client; client = client->next) {
        if (client->flags & CLIENT_LEAVING) continue;
        if (!client_filter_matches(&roll_call->filter, client)) continue;
        roll_call->rolls[shard->id].count++;
        if (client->id == roll_call->filter.me)
            client->flags |= CLIENT_LEAVING; /* after its reply */
        else
            client_kill(client);
    }
}

static void on_killed(struct shard *shard, struct visit *visit)
{
    struct roll_call *roll_call = (struct roll_call *)(void *)visit;
    struct writer writer;
    int64_t count = 0;
    for (uint16_t i = 0; i < roll_call->shard_count; i++)
        count += roll_call->rolls[i].count;
    if (client_answer(shard, roll_call->asker, &writer)) {
        if (!roll_call->old_kill)
            writer_int(&writer, count);
        else if (count)
            writer_status(&writer, BYTES("OK"));
        else
            writer_error(&writer, BYTES("ERR No such client"));
        client_answered(shard, roll_call->asker);
    }
    roll_call_free(roll_call);
}

static struct outcome cmd_client_kill(struct call *call)
{
    struct outcome problem;
    struct roll_call *roll_call = roll_call_new(call);
    roll_call->old_kill = call->arg_count == 3;
    if (roll_call->old_kill) {
        client_filter_for_address(&roll_call->filter, call, call->args[2]);
    } else if (!client_filter_read(&roll_call->filter, call, 2, FILTER_FOR_KILL, &problem)) {
        roll_call_free(roll_call);
        return problem;
    }
    return roll_call_start(call, roll_call, kill_clients, on_killed);
}

static void on_agreed(struct shard *shard, struct visit *visit)
{
    struct roll_call *roll_call = (struct roll_call *)(void *)visit;
    struct writer writer;
    if (client_answer(shard, roll_call->asker, &writer)) {
        writer_status(&writer, BYTES("OK"));
        client_answered(shard, roll_call->asker);
    }
    roll_call_free(roll_call);
}

static void pause_clients(struct shard *shard, struct visit *visit)
{
    const struct roll_call *roll_call = (const struct roll_call *)(const void *)visit;
    limits_pause(clients_of(shard), roll_call->pause_until_ms, roll_call->pause_writes_only);
}

static void unpause_clients(struct shard *shard, struct visit *visit)
{
    (void)visit;
    limits_unpause(clients_of(shard));
}

static struct outcome cmd_client_pause(struct call *call)
{
    int64_t duration_ms;
    bool writes_only = false;
    if (call->arg_count > 4) return reply_bad_subcommand(call);
    if (call->arg_count == 4) {
        writes_only = args_is(call, 3, "write");
        if (!writes_only && !args_is(call, 3, "all"))
            return reply_error(call, "ERR CLIENT PAUSE mode must be WRITE or ALL");
    }
    if (!args_int(call, 2, &duration_ms))
        return reply_error(call, "ERR timeout is not an integer or out of range");
    if (duration_ms < 0) return reply_error(call, "ERR timeout is negative");
    if (duration_ms > PAUSE_MAX_MS) duration_ms = PAUSE_MAX_MS;
    struct roll_call *roll_call = roll_call_new(call);
    roll_call->pause_until_ms = call->shard->now_ms + duration_ms;
    roll_call->pause_writes_only = writes_only;
    return roll_call_start(call, roll_call, pause_clients, on_agreed);
}

static void unblock_clients(struct shard *shard, struct visit *visit)
{
    struct roll_call *roll_call = (struct roll_call *)(void *)visit;
    for (struct client *client = clients_of(shard)->first; client; client = client->next) {
        if (client->id != roll_call->unblock_id) continue;
        roll_call->rolls[shard->id].count = blocking_stop(client, roll_call->unblock_as);
        return;
    }
}

static struct outcome cmd_client_unblock(struct call *call)
{
    enum blocking_stop how = BLOCKING_TIMEOUT;
    int64_t id;
    struct outcome problem;
    if (call->arg_count > 4) return reply_bad_subcommand(call);
    if (call->arg_count == 4) {
        if (args_is(call, 3, "error"))
            how = BLOCKING_ERROR;
        else if (!args_is(call, 3, "timeout"))
            return reply_error(call, "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    if (!args_read_int(call, 2, &id, &problem)) return problem;
    struct roll_call *roll_call = roll_call_new(call);
    roll_call->unblock_id = (uint64_t)id;
    roll_call->unblock_as = how;
    return roll_call_start(call, roll_call, unblock_clients, on_killed);
}

static struct outcome cmd_client_unpause(struct call *call)
{
    return roll_call_start(call, roll_call_new(call), unpause_clients, on_agreed);
}

static struct outcome cmd_client_help(struct call *call)
{
    static const char *const lines[] = {
        "CACHING (YES|NO)",
        "    Track, or do not track, what the next command reads (modes OPTIN and OPTOUT).",
        "GETNAME",
        "    Answer with the connection's name.",
        "GETREDIR",
        "    Answer with the number of the connection that is told of changed keys.",
        "ID",
        "    Answer with the connection's number.",
        "INFO",
        "    Describe this connection.",
        "KILL <ip:port>",
        "    Close the connection from that address.",
        "KILL <option> <value> [<option> <value> ...]",
        "    Close the connections that fulfil all conditions:",
        "    ID, ADDR, LADDR, IP, USER, TYPE (NORMAL|MASTER|REPLICA|PUBSUB), FLAGS, NAME, DB,",
        "    IDLE, LIB-NAME, LIB-VER, MAXAGE, each also as NOT-..., and SKIPME (YES|NO).",
        "LIST [<option> <value> ...]",
        "    Describe the connections that fulfil all conditions, which are those of KILL.",
        "NO-EVICT (ON|OFF)",
        "    Spare this connection when clients take too much memory.",
        "NO-TOUCH (ON|OFF)",
        "    Let this connection's commands leave the keys' access times alone.",
        "PAUSE <timeout> [WRITE|ALL]",
        "    Put off commands, or those that write, for so many milliseconds.",
        "REPLY (ON|OFF|SKIP)",
        "    Choose whether replies are sent.",
        "SETINFO <option> <value>",
        "    Say which library the client is: LIB-NAME, LIB-VER.",
        "SETNAME <name>",
        "    Name this connection.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> ...] [OPTIN] [OPTOUT] [NOLOOP]",
        "    Tell this connection, or another one, when keys change that it has read.",
        "TRACKINGINFO",
        "    Describe how this connection tracks keys.",
        "UNBLOCK <client-id> [TIMEOUT|ERROR]",
        "    End the waiting of a blocked connection.",
        "UNPAUSE",
        "    End a pause.",
        NULL,
    };
    return reply_help(call, lines);
}

#define EVERYWHERE (CMD_FRONT | CMD_NOSCRIPT | CMD_LOADING | CMD_STALE | CMD_SENTINEL)
#define FILTERS                                                                                    \
    "[ID client-id] [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] [USER username] "          \
    "[ADDR addr] [LADDR laddr] [IP ip] [FLAGS flags] [SKIPME yes/no] [MAXAGE maxage] "             \
    "[NAME name] [DB db] [IDLE idle] [LIB-NAME lib-name] [LIB-VER lib-ver]"
#define CLIENT_ROW .group = "connection"

static const struct command subcommands[] = {
    {"caching", cmd_client_caching, 3, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "6.0.0",
     .complexity = "O(1)", .syntax = "<YES | NO>",
     .summary = "Says whether what the next command reads is tracked."},
    {"getname", cmd_client_getname, 2, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "2.6.9",
     .complexity = "O(1)", .syntax = "", .summary = "The connection's name."},
    {"getredir", cmd_client_getredir, 2, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "6.0.0",
     .complexity = "O(1)", .syntax = "",
     .summary = "The number of the connection that hears of changes in this one's place."},
    {"help", cmd_client_help, 2, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "5.0.0",
     .complexity = "O(1)", .syntax = "", .summary = "Describes the subcommands."},
    {"id", cmd_client_id, 2, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "5.0.0",
     .complexity = "O(1)", .syntax = "", .summary = "The connection's number."},
    {"info", cmd_client_info, 2, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "6.2.0",
     .complexity = "O(1)", .syntax = "", .summary = "Describes this connection.",
     .tips = "nondeterministic_output"},
    {"kill", cmd_client_kill, -3, EVERYWHERE | CMD_ADMIN | CMD_MAY_PARK,
     ACL_CONNECTION | ACL_DANGEROUS, CLIENT_ROW, .since = "2.4.0",
     .complexity = "O(N) where N is the number of connections", .syntax = "<ip:port | " FILTERS ">",
     .summary = "Closes connections."},
    {"list", cmd_client_list, -2, EVERYWHERE | CMD_ADMIN | CMD_MAY_PARK,
     ACL_CONNECTION | ACL_DANGEROUS, CLIENT_ROW, .since = "2.4.0",
     .complexity = "O(N) where N is the number of connections", .syntax = FILTERS,
     .summary = "Describes the connections.", .tips = "nondeterministic_output"},
    {"no-evict", cmd_client_no_evict, 3, EVERYWHERE | CMD_ADMIN, ACL_CONNECTION | ACL_DANGEROUS,
     CLIENT_ROW, .since = "7.0.0", .complexity = "O(1)", .syntax = "<ON | OFF>",
     .summary = "Spares the connection when clients take too much memory."},
    {"no-touch", cmd_client_no_touch, 3, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "7.2.0",
     .complexity = "O(1)", .syntax = "<ON | OFF>",
     .summary = "Leaves the access times of keys alone."},
    {"pause", cmd_client_pause, -3, EVERYWHERE | CMD_ADMIN | CMD_MAY_PARK,
     ACL_CONNECTION | ACL_DANGEROUS, CLIENT_ROW, .since = "3.0.0", .complexity = "O(1)",
     .syntax = "timeout [WRITE | ALL]", .summary = "Puts off commands."},
    {"reply", cmd_client_reply, 3, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "3.2.0",
     .complexity = "O(1)", .syntax = "<ON | OFF | SKIP>",
     .summary = "Chooses whether replies are sent."},
    {"setinfo", cmd_client_setinfo, 4, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "7.2.0",
     .complexity = "O(1)", .syntax = "<LIB-NAME libname | LIB-VER libver>",
     .summary = "Says which library the client is."},
    {"setname", cmd_client_setname, 3, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW, .since = "2.6.9",
     .complexity = "O(1)", .syntax = "connection-name", .summary = "Names the connection."},
    {"tracking", cmd_client_tracking, -3, EVERYWHERE | CMD_MAY_PARK, ACL_CONNECTION, CLIENT_ROW,
     .since = "6.0.0", .complexity = "O(1)",
     .syntax = "<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] "
               "[OPTIN] [OPTOUT] [NOLOOP]",
     .summary = "Lets the connection hear when keys change that it has read."},
    {"trackinginfo", cmd_client_trackinginfo, 2, EVERYWHERE, ACL_CONNECTION, CLIENT_ROW,
     .since = "6.2.0", .complexity = "O(1)", .syntax = "",
     .summary = "How the connection tracks keys."},
    {"unblock", cmd_client_unblock, -3, EVERYWHERE | CMD_ADMIN | CMD_MAY_PARK,
     ACL_CONNECTION | ACL_DANGEROUS, CLIENT_ROW, .since = "5.0.0",
     .complexity = "O(N) where N is the number of connections",
     .syntax = "client-id [TIMEOUT | ERROR]",
     .summary = "Ends the waiting of a connection that is blocked on keys."},
    {"unpause", cmd_client_unpause, 2, EVERYWHERE | CMD_ADMIN | CMD_MAY_PARK,
     ACL_CONNECTION | ACL_DANGEROUS, CLIENT_ROW, .since = "6.2.0",
     .complexity = "O(N) where N is the number of connections", .syntax = "",
     .summary = "Ends a pause."},
    {0},
};

const struct command cmd_client_table[] = {
    {"client", NULL, -2, CMD_FRONT | CMD_SENTINEL, 0, .group = "connection", .since = "2.4.0",
     .complexity = "Depends on the subcommand.", .summary = "Commands about connections.",
     .subcommands = subcommands},
    {0},
};
