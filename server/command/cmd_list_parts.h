/* command/cmd_list_parts.h -- What the files of the list family share. */
#ifndef TORC_COMMAND_CMD_LIST_PARTS_H
#define TORC_COMMAND_CMD_LIST_PARTS_H

#include "command/args.h"
#include "command/collection.h"
#include "command/reply.h"
#include "types/list.h"

command_run cmd_lmove, cmd_rpoplpush, cmd_lmovem, cmd_lmpop, cmd_lpos;

/* LEFT or RIGHT; false: neither. */
bool list_end_of_word(const struct call *call, uint32_t index, enum list_end *end);
enum change_event list_push_event(enum list_end end);
enum change_event list_pop_event(enum list_end end);
void list_write_element(struct call *call, const struct list_cursor *cursor);
/* Writes up to `count` elements from an end on, as an array in their order from there. */
void list_write_end(struct call *call, const struct value *list, enum list_end end, uint64_t count);
/* Are arguments first .. end - 1 such as a list may hold? */
bool list_takes_args(struct call *call, uint32_t first, uint32_t end, struct outcome *problem);

#endif
