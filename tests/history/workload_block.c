#include <stdio.h>
#include <string.h>

#include "history/workload_parts.h"

const uint32_t workload_block_weights[OP_KIND_COUNT] = {
    [OP_WATCH] = 8,
    [OP_UNWATCH] = 1,
    [OP_BLOCK] = 24,
};

/* --- drawing ------------------------------------------------------------------------------ */

/* SELECT is for the connection, which does not know whether the block will run; nobody heard of
 * could be anything, of SPOP. */
static bool is_for_block(uint32_t kind)
{
    switch (kind) {
    case OP_SELECT:
    case OP_SPOP:
    case OP_WATCH:
    case OP_UNWATCH:
    case OP_BLOCK: return false;
    default: return true;
    }
}

static uint32_t places_of(const struct op *op)
{
    return op->kind == OP_MOVE ? 2 : op->key_count;
}

/* Few keys: each may have expired or not. */
static bool draw_part(struct workload *workload, struct op *op, uint32_t *places)
{
    do
        op->kind = (uint8_t)workload_draw_kind(workload);
    while (!is_for_block(op->kind));
    if (!workload_draw_one(workload, op)) return false;
    op->is_part = true;
    *places += places_of(op);
    return true;
}

static uint32_t draw_block(struct workload *workload, struct op *ops)
{
    uint32_t count = (uint32_t)random_below(workload->random, BLOCK_PARTS_MAX + 1), places = 0;
    struct op *block = &ops[0];
    *block = (struct op){.kind = OP_BLOCK};
    while (block->parts < count) {
        if (!draw_part(workload, &ops[1 + block->parts], &places)) return 0;
        if (places > WORKLOAD_BLOCK_PLACES) break; /* without it */
        block->parts++;
    }
    bool is_discarded = random_below(workload->random, 12) == 0;
    ops[block->parts].closes = is_discarded ? BLOCK_DISCARD : BLOCK_EXEC;
    return 1u + block->parts;
}

static struct op draw_on_keys_of(struct workload *workload, uint32_t kind, const struct op *other)
{
    struct op op = {.kind = (uint8_t)kind};
    if (!workload_draw_one(workload, &op)) op.kind = OP_EXISTS;
    op.key_count = other->key_count;
    memcpy(op.keys, other->keys, sizeof op.keys);
    return op;
}

/* WATCH of one or two keys; what they are; and a block. */
static uint32_t draw_transfer(struct workload *workload, struct op *ops)
{
    ops[0].kind = OP_WATCH;
    if (!workload_draw_one(workload, &ops[0])) return 0;
    if (ops[0].key_count > 2) ops[0].key_count = 2;
    ops[1] = draw_on_keys_of(workload, OP_EXISTS, &ops[0]);
    uint32_t count = draw_block(workload, ops + 2);
    return count ? 2 + count : 0;
}

uint32_t workload_draw(struct workload *workload, struct op ops[WORKLOAD_DRAW_MAX])
{
    ops[0].kind = (uint8_t)workload_draw_kind(workload);
    if (ops[0].kind != OP_BLOCK) return workload_draw_one(workload, &ops[0]);
    if (random_below(workload->random, 3) == 0) return draw_transfer(workload, ops);
    return draw_block(workload, ops);
}

void workload_drop_last(struct op *ops, uint32_t *count)
{
    struct op *last = &ops[--*count];
    if (!last->is_part) return;
    last[-1].closes = last->closes;
    while (last->kind != OP_BLOCK)
        last--;
    last->parts--;
}

/* --- bytes -------------------------------------------------------------------------------- */

size_t workload_write_end(const struct op *op, char *out)
{
    if (!op->closes) return 0;
    const char *word = op->closes == BLOCK_EXEC ? "EXEC" : "DISCARD";
    return (size_t)sprintf(out, "*1\r\n$%zu\r\n%s\r\n", strlen(word), word);
}

static bool is_discarded(const struct op *block)
{
    return block[block->parts].closes == BLOCK_DISCARD;
}

/* All before what its parts are answered. */
long workload_read_block(struct op *op, const char *bytes, size_t len)
{
    long at = 0, number = 0, line = 0;
    for (uint32_t i = 0; i <= op->parts; i++, at += line) {
        line = workload_read_line(bytes + at, len - (size_t)at, &number);
        if (!line) return 0;
        if (!workload_is_line(bytes + at, line, i ? "+QUEUED\r\n" : "+OK\r\n")) return -1;
    }
    const char *last = bytes + at;
    line = workload_read_line(last, len - (size_t)at, &number);
    if (!line) return 0;
    bool is_done = workload_is_line(last, line, is_discarded(op) ? "+OK\r\n" : "*-1\r\n");
    op->reply[0] = !is_done;
    if (is_done) return at + line;
    return *last == '*' && number == op->parts && !is_discarded(op) ? at + line : -1;
}

uint32_t workload_answer(struct op *op, int64_t now_ns)
{
    op->is_answered = true;
    op->answered_ns = now_ns;
    return op->kind == OP_BLOCK && !op->reply[0] ? 1u + op->parts : 1;
}
