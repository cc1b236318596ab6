/* mem/arena.h -- Scratch memory of one call, dropped whole. An allocation is a few instructions;
 * the first block stays unless it is large, so a shard that runs small commands never returns to
 * the allocator. */
#ifndef TORC_MEM_ARENA_H
#define TORC_MEM_ARENA_H

#include "base/breath.h"
#include "base/bytes.h"

struct arena_block {
    struct arena_block *next;
    size_t size; /* of the whole block */
    _Alignas(16) uint8_t data[];
};

struct arena {
    uint8_t *pos, *limit;
    struct arena_block *blocks; /* newest first; the oldest is kept, if small */
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);
/* 16-byte aligned, uninitialized, valid until what it was allocated after is returned to. Never
 * NULL. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t count, size_t item_size); /* checks overflow */
struct bytes arena_copy(struct arena *arena, struct bytes bytes);

/* What is allocated after a mark is dropped by going back to it; marks nest. */
struct arena_mark {
    struct arena_block *block;
    uint8_t *pos;
};

static inline struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->blocks, arena->pos};
}

void arena_drop(struct arena *arena, struct arena_mark mark);
/* What going back to the mark will free is emptied first, bit by bit if it is much. */
void arena_empty(struct arena *arena, struct arena_mark mark, struct breath *breath);

static inline void arena_return(struct arena *arena, struct arena_mark mark)
{
    if (arena->pos != mark.pos) arena_drop(arena, mark);
}

#endif
