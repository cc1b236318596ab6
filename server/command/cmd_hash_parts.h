/* command/cmd_hash_parts.h -- What the files of the hash family share. */
#ifndef TORC_COMMAND_CMD_HASH_PARTS_H
#define TORC_COMMAND_CMD_HASH_PARTS_H

#include "command/args.h"
#include "command/collection.h"
#include "command/reply.h"
#include "types/hash.h"

/* Of getting, setting or removing a field. */
enum { HASH_FIELD_WORK = 4 };

/* As collection_read() and collection_find() of argument 1, but some fields whose time has come are
 * removed first, and the key with the last of them. */
bool hash_read(struct call *call, struct collection *hash);
bool hash_find(struct call *call, struct collection *hash);

/* Has any field expired that is still there? Then value_count() counts too many. */
static inline bool hash_is_due(const struct call *call, const struct value *hash)
{
    return hash_next_expiry_ms(hash) <= call->now_ms;
}

static inline bool hash_look(const struct call *call, const struct collection *hash,
                             struct bytes field, struct hash_found *found)
{
    return hash_get(&hash->value, field, call->now_ms, found);
}

static inline bool hash_put(struct call *call, struct collection *hash,
                            const struct hash_entry *entry)
{
    return hash_set(&hash->value, entry, call->now_ms, &call->limits->types);
}

command_run cmd_hincrby, cmd_hincrbyfloat;
command_run cmd_hgetall, cmd_hkeys, cmd_hvals, cmd_hscan;
command_run cmd_hrandfield;
command_run cmd_hexpire, cmd_hexpireat, cmd_hpexpire, cmd_hpexpireat;
command_run cmd_httl, cmd_hpttl, cmd_hexpiretime, cmd_hpexpiretime, cmd_hpersist;
command_run cmd_hgetdel, cmd_hgetex, cmd_hsetex;

#endif
