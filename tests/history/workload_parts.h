/* history/workload_parts.h -- What the files of the workload share. */
#ifndef TESTS_HISTORY_WORKLOAD_PARTS_H
#define TESTS_HISTORY_WORKLOAD_PARTS_H

#include "history/members.h"
#include "history/workload.h"

extern const char *const workload_keys[]; /* all; some share a slot */

/* A command that is being written. */
struct text {
    char *at;
    uint32_t words;
};

void workload_add(struct text *text, const char *word);
/* One line "<type><number>\r\n"; returns its length, 0 if it is not whole. */
long workload_read_line(const char *bytes, size_t len, long *number);
/* The name of a key: a bulk string, or a null; its number from 1 on, or 0. -1: there is none such.
 */
long workload_read_key(const char *bytes, size_t len, int32_t *number);
long workload_read_number(struct op *op, const char *bytes, size_t len);
/* A number, as a bulk string; a null is 0. */
long workload_read_value(const char *bytes, size_t len, int32_t *value);

/* False: no unused values are left. */
bool workload_draw_one(struct workload *workload, struct op *op);
uint32_t workload_draw_kind(struct workload *workload);
/* Distinct keys of those from `first` to before `end`. */
void workload_draw_keys(struct workload *workload, struct op *op, uint32_t first, uint32_t end);
/* A line that says just that. */
bool workload_is_line(const char *bytes, long len, const char *line);

/* --- workload_block.c: MULTI and WATCH ------------------------------------------------------ */

extern const uint32_t workload_block_weights[OP_KIND_COUNT];

size_t workload_write_end(const struct op *op, char *out);
long workload_read_block(struct op *op, const char *bytes, size_t len);

/* --- workload_members.c: commands of sets, lists and sorted sets ---------------------------- */

extern const uint32_t workload_members_weights[OP_KIND_COUNT],
    workload_waiting_weights[OP_KIND_COUNT];

/* Draws the keys and the rest of a command whose kind is known; may make it another one. */
void workload_draw_members(struct workload *workload, struct op *op);
void workload_add_members(struct text *text, const struct op *op);
long workload_read_members(struct op *op, const char *bytes, size_t len);

#endif
