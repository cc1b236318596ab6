#include "client/objection.h"

#include <stdio.h>

#include "client/multi.h"
#include "command/reply.h"

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
    int64_t permission = client->clients->shard->settings->enable_debug_command;
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

static enum objection find_objection_to_queueing(const struct client *client,
                                                 const struct command *command)
{
    if (command->flags & CMD_NO_MULTI && !(command->flags & CMD_AT_ONCE)) return OBJECTION_MULTI;
    bool aborts = command->flags & CMD_BLOCK && client->block->flags & BLOCK_FAILED;
    return aborts ? OBJECTION_ABORTED : OBJECTION_NONE;
}

enum objection objection_find(const struct client *client, const struct call *call)
{
    const struct command *command = call->command;
    if (unlikely(!command)) return OBJECTION_UNKNOWN;
    if (unlikely(!command->run && call->arg_count > 1)) return OBJECTION_SUBCOMMAND;
    if (unlikely(!command_fits_arity(command, call->arg_count))) return OBJECTION_ARITY;
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

/* EXEC says that the block is dropped, and why. */
static const char *before_reason(const struct call *call, const char *code)
{
    bool is_exec = call->command->flags & CMD_BLOCK;
    return is_exec ? "EXECABORT Transaction discarded because of: " : code;
}

struct outcome objection_reply(struct call *call, enum objection objection)
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
                           "%sCan't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING "
                           "/ QUIT / RESET are allowed in this context",
                           before_reason(call, "ERR "), call->command->full_name);
    case OBJECTION_MULTI: return reply_error(call, "ERR Command not allowed inside a transaction");
    case OBJECTION_NO_MULTI: return reply_error(call, "ERR EXEC without MULTI");
    case OBJECTION_ABORTED:
        return reply_error(call, "EXECABORT Transaction discarded because of previous errors.");
    default: return reply_error(call, "%sNOAUTH Authentication required.", before_reason(call, ""));
    }
}
