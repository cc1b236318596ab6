/* history/workload.h -- Random commands over few keys, as bytes, and their replies as numbers: what
 * histories are made of. */
#ifndef TESTS_HISTORY_WORKLOAD_H
#define TESTS_HISTORY_WORKLOAD_H

#include "base/random.h"
#include "history/history.h"

enum { PADDING_MAX = 20000, OP_BYTES_MAX = 512 + OP_KEYS_MAX * PADDING_MAX };

/* What is drawn at once. */
enum {
    BLOCK_PARTS_MAX = 4,
    WORKLOAD_DRAW_MAX =
        2 + 1 + BLOCK_PARTS_MAX + 1, /* with WATCH, EXISTS, MULTI, and one to spare */
    WORKLOAD_BLOCK_PLACES = 6,
};

struct workload {
    struct random *random;
    uint32_t weights[OP_KIND_COUNT]; /* 0: never */
    uint16_t next_value;
    uint16_t next_element; /* of lists */
    uint32_t expiry_max_ms;
    uint8_t key_first, key_end; /* of commands that take any type of key */
    bool waits; /* some commands do, or watch keys, or stand in blocks: connections have to know
                   their ID */
    bool pads;  /* some values are long, and some longer than what the server copies */
};

const char *workload_any_key(struct random *random);

/* Switches kinds of commands on and off, and padding: strings, or sets, lists and sorted sets
 * (members.h), or both. Where keys expire, nobody counts them: DBSIZE does not know what has just
 * expired. Each connection must begin in database 0. */
void workload_init(struct workload *workload, struct random *random);
/* One command, or a block, or keys that are watched, read, and written to in a block. Returns the
 * number of operations; 0: no unused values are left. */
uint32_t workload_draw(struct workload *workload, struct op ops[WORKLOAD_DRAW_MAX]);
/* The last operation goes, but not what makes a block of the rest. */
void workload_drop_last(struct op *ops, uint32_t *count);
/* Before it is written: which database its connection has selected, or does now. */
void workload_tag(struct op *op, uint8_t *db);
/* In RESP; returns the length. */
size_t workload_write(const struct op *op, char out[OP_BYTES_MAX]);
/* The bytes that the reply takes; 0: it is not whole; -1: no such command replies that. */
long workload_read(struct op *op, const char *bytes, size_t len);
/* It has been answered now: how many operations need no more answers? */
uint32_t workload_answer(struct op *op, int64_t now_ns);

#endif
