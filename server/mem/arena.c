#include "mem/arena.h"

#include "base/check.h"
#include "mem/mem.h"

enum { FIRST_BLOCK_BYTES = 16 * 1024 };

static void add_block(struct arena *arena, size_t room)
{
    size_t size = sizeof(struct arena_block) + room;
    if (size < FIRST_BLOCK_BYTES) size = FIRST_BLOCK_BYTES;
    struct arena_block *block = mem_alloc(size);
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->pos = block->data;
    arena->limit = (uint8_t *)block + size;
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void arena_fini(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        mem_free(block, block->size);
    }
    arena_init(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if ((size_t)(arena->limit - arena->pos) < size || !arena->blocks) add_block(arena, size);
    void *ptr = arena->pos;
    arena->pos += size;
    return ptr;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t item_size)
{
    size_t size;
    if (__builtin_mul_overflow(count, item_size, &size)) FATAL("arena: array too large");
    return arena_alloc(arena, size);
}

struct bytes arena_copy(struct arena *arena, struct bytes bytes)
{
    uint8_t *copy = arena_alloc(arena, bytes.len);
    if (bytes.len) memcpy(copy, bytes.ptr, bytes.len);
    return bytes_make(copy, bytes.len);
}

void arena_drop(struct arena *arena, struct arena_mark mark)
{
    ASSERT(arena->blocks); /* something was allocated since */
    struct arena_block *block = arena->blocks;
    while (block && block != mark.block && (block->next || block->size > FIRST_BLOCK_BYTES)) {
        arena->blocks = block->next;
        mem_free(block, block->size);
        block = arena->blocks;
    }
    arena->pos = mark.block ? mark.pos : block ? block->data : NULL;
    arena->limit = block ? (uint8_t *)block + block->size : NULL;
}

void arena_empty(struct arena *arena, struct arena_mark mark, struct breath *breath)
{
    for (struct arena_block *b = arena->blocks; b && b != mark.block; b = b->next)
        mem_empty(b->data, b->size - sizeof *b, breath);
}
