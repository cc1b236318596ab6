#include "client/cmd_connection.h"

#include <stdio.h>

#include "base/number.h"
#include "client/client.h"
#include "client/monitor.h"
#include "client/multi.h"
#include "client/names.h"
#include "client/tracking.h"
#include "command/args.h"
#include "command/reply.h"
#include "version.h"

/* Amid messages, RESP2 has no other way to tell it from them. */
static struct outcome reply_pong_as_message(struct call *call)
{
    writer_array(&call->out, 2);
    writer_bulk_string(&call->out, "pong");
    writer_bulk(&call->out, call->arg_count == 2 ? call->args[1] : BYTES(""));
    return reply_written(call);
}

static struct outcome cmd_ping(struct call *call)
{
    if (call->arg_count > 2) return reply_wrong_arity(call);
    if (call->client->listening && call->client->protocol == 2) return reply_pong_as_message(call);
    if (call->arg_count == 2) return reply_bulk(call, call->args[1]);
    return reply_status(call, "PONG");
}

static struct outcome cmd_echo(struct call *call)
{
    return reply_bulk(call, call->args[1]);
}

static struct outcome cmd_select(struct call *call)
{
    struct outcome problem;
    uint16_t db;
    if (!args_database(call, 1, &db, &problem)) return problem;
    call->client->db = db;
    return reply_ok(call);
}

/* Takes as long whatever the attempt has in common with the password. */
static bool equal_in_constant_time(struct bytes attempt, const char *password)
{
    size_t len = strlen(password);
    uint8_t difference = attempt.len != len;
    for (size_t i = 0; i < attempt.len; i++)
        difference |= attempt.ptr[i] ^ (uint8_t)(len ? password[i % len] : 0);
    return !difference;
}

static bool has_password(const struct client *client)
{
    const char *password = client->clients->shard->settings->requirepass;
    return password && *password;
}

static bool authenticate(struct client *client, struct bytes user, struct bytes password)
{
    bool right = bytes_equal(user, BYTES("default")) &&
                 (!has_password(client) ||
                  equal_in_constant_time(password, client->clients->shard->settings->requirepass));
    if (right) client->flags |= CLIENT_AUTHENTICATED;
    return right;
}

static struct outcome reply_wrong_password(struct call *call)
{
    return reply_error(call, "WRONGPASS invalid username-password pair or user is disabled.");
}

static struct outcome cmd_auth(struct call *call)
{
    if (call->arg_count > 3) return reply_syntax(call);
    if (call->arg_count == 2 && !has_password(call->client))
        return reply_error(call, "ERR AUTH <password> called without any password configured for "
                                 "the default user. Are you sure your configuration is correct?");
    struct bytes user = call->arg_count == 3 ? call->args[1] : BYTES("default");
    if (!authenticate(call->client, user, call->args[call->arg_count - 1]))
        return reply_wrong_password(call);
    return reply_ok(call);
}

struct hello {
    int64_t protocol;
    struct bytes user, password, name;
    bool has_auth, has_name;
};

static bool read_hello(struct call *call, struct hello *hello, struct outcome *problem)
{
    hello->protocol = call->client->protocol;
    if (call->arg_count >= 2) {
        if (!args_int(call, 1, &hello->protocol)) {
            *problem = reply_error(call, "ERR Protocol version is not an integer or out of range");
            return false;
        }
        if (hello->protocol < 2 || hello->protocol > 3) {
            *problem = reply_error(call, "NOPROTO unsupported protocol version");
            return false;
        }
    }
    for (uint32_t i = 2; i < call->arg_count; i++) {
        uint32_t more = call->arg_count - 1 - i;
        if (args_is(call, i, "auth") && more >= 2) {
            hello->has_auth = true;
            hello->user = call->args[++i];
            hello->password = call->args[++i];
        } else if (args_is(call, i, "setname") && more >= 1) {
            hello->has_name = true;
            hello->name = call->args[++i];
        } else {
            *problem = reply_error(call, "ERR Syntax error in HELLO option '%.*s'",
                                   args_print_len(call, i), call->args[i].ptr);
            return false;
        }
    }
    return true;
}

static struct outcome reply_hello(struct call *call)
{
    struct writer *out = &call->out;
    writer_map(out, 7);
    writer_bulk_string(out, "server");
    writer_bulk_string(out, "redis"); /* clients choose their commands by it */
    writer_bulk_string(out, "version");
    writer_bulk_string(out, TORC_REDIS_VERSION);
    writer_bulk_string(out, "proto");
    writer_int(out, call->client->protocol);
    writer_bulk_string(out, "id");
    writer_int(out, (int64_t)call->client->id);
    writer_bulk_string(out, "mode");
    writer_bulk_string(out, "standalone");
    writer_bulk_string(out, "role");
    writer_bulk_string(out, "master");
    writer_bulk_string(out, "modules");
    writer_array(out, 0);
    return reply_written(call);
}

static struct outcome cmd_hello(struct call *call)
{
    struct client *client = call->client;
    struct hello hello = {0};
    struct outcome problem;
    if (!read_hello(call, &hello, &problem)) return problem;
    if (hello.has_auth && !authenticate(client, hello.user, hello.password))
        return reply_wrong_password(call);
    if (hello.has_name && !client_name_is_valid(hello.name))
        return reply_bad_client_name(call, "Client names");
    if (!(client->flags & CLIENT_AUTHENTICATED))
        return reply_error(
            call, "NOAUTH HELLO must be called with the client already authenticated, otherwise "
                  "the HELLO AUTH <user> <pass> option can be used to authenticate the client "
                  "and select the RESP protocol version at the same time");
    if (hello.has_name) client_set_text(&client->name, hello.name);
    client->protocol = call->out.protocol = (uint8_t)hello.protocol;
    return reply_hello(call);
}

static struct outcome cmd_quit(struct call *call)
{
    multi_discard(call->client);
    reply_ok(call);
    client_finish(call->client);
    return reply_written(call);
}

static struct outcome cmd_reset(struct call *call)
{
    struct client *client = call->client;
    client->flags &= ~(CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP | CLIENT_REPLY_SKIP_NEXT |
                       CLIENT_NO_EVICT | CLIENT_NO_TOUCH);
    if (has_password(client)) client->flags &= ~CLIENT_AUTHENTICATED;
    multi_discard(client);
    multi_unwatch(client);
    if (client->listening) client->listening->end(client);
    tracking_stop(client);
    monitor_stop(client);
    client->db = 0;
    client->protocol = call->out.protocol = 2;
    client_set_text(&client->name, bytes_make(NULL, 0));
    return reply_status(call, "RESET");
}

#define ALWAYS  (CMD_FRONT | CMD_LOADING | CMD_STALE)
#define ANYBODY (ALWAYS | CMD_NOSCRIPT | CMD_FAST | CMD_NO_AUTH | CMD_ALLOW_BUSY)

const struct command cmd_connection_table[] = {
    {"auth", cmd_auth, -2, ANYBODY | CMD_SENTINEL, ACL_CONNECTION, .group = "connection",
     .since = "1.0.0", .complexity = "O(N) where N is the number of passwords of the user",
     .syntax = "[username] password", .summary = "Proves who the client is."},
    {"echo", cmd_echo, 2, ALWAYS | CMD_FAST, ACL_CONNECTION, .group = "connection",
     .since = "1.0.0", .complexity = "O(1)", .syntax = "message",
     .summary = "Answers with the message."},
    {"hello", cmd_hello, -1, ANYBODY | CMD_SENTINEL, ACL_CONNECTION, .group = "connection",
     .since = "6.0.0", .complexity = "O(1)",
     .syntax = "[protover [AUTH username password] [SETNAME clientname]]",
     .summary = "Agrees on the protocol, and tells what the server is."},
    {"ping", cmd_ping, -1, CMD_FRONT | CMD_FAST | CMD_SENTINEL | CMD_WHILE_LISTENING,
     ACL_CONNECTION, .group = "connection", .since = "1.0.0", .complexity = "O(1)",
     .syntax = "[message]", .summary = "Answers PONG, or with the message.",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {"quit", cmd_quit, -1, ANYBODY | CMD_AT_ONCE | CMD_WHILE_LISTENING, ACL_CONNECTION,
     .group = "connection", .since = "1.0.0", .complexity = "O(1)", .syntax = "",
     .summary = "Closes the connection after its replies."},
    {"reset", cmd_reset, 1, ANYBODY | CMD_AT_ONCE | CMD_WHILE_LISTENING, ACL_CONNECTION,
     .group = "connection", .since = "6.2.0", .complexity = "O(1)", .syntax = "",
     .summary = "Makes the connection as it was when new."},
    {"select", cmd_select, 2, ALWAYS | CMD_FAST, ACL_CONNECTION, .group = "connection",
     .since = "1.0.0", .complexity = "O(1)", .syntax = "index",
     .summary = "Chooses the connection's database."},
    {0},
};
