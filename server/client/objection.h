/* client/objection.h -- Why a command may not run: it is unknown, or the state of its connection
 * does not allow it. */
#ifndef TORC_CLIENT_OBJECTION_H
#define TORC_CLIENT_OBJECTION_H

#include "client/client.h"

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

static inline bool command_fits_arity(const struct command *command, uint32_t arg_count)
{
    return command->arity >= 0 ? arg_count == (uint32_t)command->arity
                               : arg_count >= (uint32_t)-command->arity;
}

/* call->command: NULL if it is unknown. */
enum objection objection_find(const struct client *client, const struct call *call);
struct outcome objection_reply(struct call *call, enum objection objection);

#endif
