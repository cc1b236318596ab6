/* command/cmd_set_parts.h -- What the files of the set family share. */
#ifndef TORC_COMMAND_CMD_SET_PARTS_H
#define TORC_COMMAND_CMD_SET_PARTS_H

#include "command/args.h"
#include "command/collection.h"
#include "command/reply.h"
#include "types/set.h"

/* The members of a set, as a set. */
struct outcome set_reply_all(struct call *call, const struct value *set);

command_run cmd_sinter, cmd_sintercard, cmd_sinterstore;
command_run cmd_sunion, cmd_sunioncard, cmd_sunionstore;
command_run cmd_sdiff, cmd_sdiffcard, cmd_sdiffstore;
command_run cmd_spop, cmd_srandmember;

#endif
