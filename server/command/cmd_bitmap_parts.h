/* command/cmd_bitmap_parts.h -- What the files of the bitmap family share. */
#ifndef TORC_COMMAND_CMD_BITMAP_PARTS_H
#define TORC_COMMAND_CMD_BITMAP_PARTS_H

#include "command/cmd_string_parts.h"

/* The place of a bit: not negative, within what a string may hold. With a width, #3 means three
 * times that. false: it is none; *problem says so. */
bool bitmap_read_offset(struct call *call, uint32_t index, unsigned width, uint64_t *offset,
                        struct outcome *problem);

/* A string that is about to be changed; `bytes` stays valid until bitmap_store(), nothing else may
 * happen to the slot in between. */
struct bitmap_target {
    struct place place;
    struct entry *entry; /* NULL: the key is new, and gets `made` */
    struct str made;
    uint8_t *bytes;
};

/* Opens the string for a change of bytes before `len`, which it grows to, with zeros. With
 * CHANGE_NONE nothing may be written: it becomes bytes, if it was an integer. false: no memory. */
bool bitmap_open(struct call *call, struct bitmap_target *target, size_t len,
                 enum change_event event);
void bitmap_store(struct call *call, struct bitmap_target *target, enum change_event event);

command_run cmd_bitfield, cmd_bitfield_ro;

#endif
