/* command/cmd_key_parts.h -- What the files of the generic family share. */
#ifndef TORC_COMMAND_CMD_KEY_PARTS_H
#define TORC_COMMAND_CMD_KEY_PARTS_H

#include "command/args.h"
#include "command/lookup.h"
#include "command/reply.h"

command_run cmd_expire, cmd_pexpire, cmd_expireat, cmd_pexpireat;
command_run cmd_ttl, cmd_pttl, cmd_expiretime, cmd_pexpiretime, cmd_persist;
command_run cmd_dump, cmd_restore;
command_run cmd_keys, cmd_scan, cmd_randomkey;
command_run cmd_dbsize, cmd_flushdb, cmd_flushall, cmd_swapdb;

extern const struct command cmd_key_object_table[];

#endif
