/* command/cmd_list_parts.h -- What the files of the list family share. */
#ifndef TORC_COMMAND_CMD_LIST_PARTS_H
#define TORC_COMMAND_CMD_LIST_PARTS_H

#include "command/args.h"
#include "command/collection.h"
#include "command/reply.h"
#include "types/list.h"

command_run cmd_lmove, cmd_rpoplpush, cmd_lmovem, cmd_lmpop, cmd_lpos;
command_run cmd_blpop, cmd_brpop, cmd_blmove, cmd_brpoplpush, cmd_blmovem, cmd_blmpop;

struct outcome list_pop_one(struct call *call, struct collection *list, enum list_end end);

/* What a blocking command does instead of answering that there is nothing. */
struct list_patience {
    int64_t deadline_ms;
    uint32_t first, end; /* its keys among the arguments */
    uint32_t other_key;  /* another one that it needs when it is served; 0: none */
    uint64_t least;      /* elements that it needs; 0: one */
};
/* What is to be answered when there is nothing: by now, or later. */
struct outcome list_wait(struct call *call, const struct list_patience *patience);

struct outcome list_move_one(struct call *call, enum list_end from, enum list_end to,
                             struct list_patience *patience);
struct outcome list_move_many(struct call *call, uint32_t options, struct list_patience *patience);
struct outcome list_pop_first(struct call *call, uint32_t count_at, struct list_patience *patience);

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
