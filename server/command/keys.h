/* command/keys.h -- Which arguments of a command are keys: the one extractor that routing, ACL,
 * cluster and tracking use. */
#ifndef TORC_COMMAND_KEYS_H
#define TORC_COMMAND_KEYS_H

#include "command/command.h"
#include "mem/arena.h"

struct key_item {
    uint32_t index; /* of the argument */
    uint16_t flags; /* enum key_flag */
};

struct key_list {
    struct key_item *items;
    uint32_t count;
};

/* Fills `keys`, in `scratch`; false: the arguments do not fit the specification (a count of keys
 * that is no number, or more keys than arguments). O(keys). */
bool keys_extract(const struct command *command, const struct bytes *args, uint32_t arg_count,
                  struct arena *scratch, struct key_list *keys);

#endif
