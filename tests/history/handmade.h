/* history/handmade.h -- Small histories made by hand, for the tests of the checker. */
#ifndef TESTS_HISTORY_HANDMADE_H
#define TESTS_HISTORY_HANDMADE_H

#include <string.h>

#include "history/members.h"
#include "support/check.h"

enum { CONNS = 3, OPS_MAX = 8, CHECK_STEPS_MAX = 10000 };

enum { SET_A = FIRST_SET, SET_B, SET_C, LIST_A, LIST_B, UNION };

static struct op ops[CONNS][OPS_MAX];
static struct history made;
static int64_t now_ns;

static void begin(void)
{
    now_ns = 0;
    memset(ops, 0, sizeof ops);
    made = (struct history){.conn_count = CONNS};
    for (uint32_t c = 0; c < CONNS; c++)
        made.conns[c].ops = ops[c];
}

static struct op *add(uint32_t conn, const struct op *op)
{
    struct op *added = &ops[conn][made.conns[conn].count++];
    *added = *op;
    if (!added->key_count) added->key_count = 1;
    added->sent_ns = ++now_ns;
    return added;
}

/* A command that was sent when all before it had been answered, and is answered before the next. */
#define DO(conn, ...) note_answer(add(conn, &(struct op){__VA_ARGS__}))
/* One that is under way until the end, and one that nobody ever answers. */
#define DO_SLOWLY(conn, ...)  note_late_answer(add(conn, &(struct op){__VA_ARGS__}))
#define DO_UNHEARD(conn, ...) ((void)add(conn, &(struct op){__VA_ARGS__}))

static void note_answer(struct op *op)
{
    op->is_answered = true;
    op->answered_ns = ++now_ns;
}

static void note_late_answer(struct op *op)
{
    op->is_answered = true;
    op->answered_ns = 1000;
}

static enum history_verdict verdict(void)
{
    return history_check(&made, CHECK_STEPS_MAX, NULL);
}

#endif
