#include "mem/chain.h"

#include "base/check.h"
#include "mem/mem.h"

enum {
    HOLE_CHUNK_BYTES = sizeof(struct chunk) + CHAIN_HOLE_BYTES,
    SMALL_CHUNK_BYTES = 2048,
    TAIL_CHUNK_BYTES = sizeof(struct chunk) + 88,
};

void chunk_pool_init(struct chunk_pool *pool, uint32_t max)
{
    *pool = (struct chunk_pool){.max = max};
}

void chunk_pool_fini(struct chunk_pool *pool)
{
    while (pool->free) {
        struct chunk *chunk = pool->free;
        pool->free = chunk->next;
        mem_free_bulk(chunk, chunk->size);
    }
    pool->count = 0;
}

static struct chunk *chunk_new(struct chunk_pool *pool, uint32_t size)
{
    struct chunk *chunk;
    if (size == CHUNK_BYTES && pool && pool->free) {
        chunk = pool->free;
        pool->free = chunk->next;
        pool->count--;
    } else {
        chunk = mem_alloc_bulk(size);
    }
    *chunk = (struct chunk){.size = size};
    chunk->start = chunk->end = chunk->data;
    return chunk;
}

static void chunk_free(struct chunk_pool *pool, struct chunk *chunk)
{
    blob_release(chunk->blob);
    if (!chunk->size) return;
    if (chunk->size == CHUNK_BYTES && pool && pool->count < pool->max) {
        chunk->next = pool->free;
        pool->free = chunk;
        pool->count++;
        return;
    }
    mem_free_bulk(chunk, chunk->size);
}

void chain_init(struct chain *chain, struct chunk_pool *pool)
{
    *chain = (struct chain){.pool = pool};
}

/* No more is written to the last chunk. */
static void seal(struct chain *chain)
{
    struct chunk *last = chain->last;
    if (!last) return;
    last->end = chain->pos;
    chain->sealed_bytes += (size_t)(last->end - last->start);
}

/* `chunk` becomes the last one; its limit is its end, or where writing may go on. */
static void link_chunk(struct chain *chain, struct chunk *chunk, uint8_t *limit)
{
    seal(chain);
    if (chain->last)
        chain->last->next = chunk;
    else
        chain->first = chunk;
    chain->last = chunk;
    chain->pos = chunk->end;
    chain->limit = limit;
}

void chain_lend(struct chain *chain, void *memory, uint32_t size)
{
    struct chunk *chunk = memory;
    *chunk = (struct chunk){0};
    chunk->start = chunk->end = chunk->data;
    link_chunk(chain, chunk, (uint8_t *)memory + size);
}

void chain_begin_small(struct chain *chain)
{
    if (chain->last) return;
    struct chunk *chunk = chunk_new(chain->pool, SMALL_CHUNK_BYTES);
    link_chunk(chain, chunk, (uint8_t *)chunk + SMALL_CHUNK_BYTES);
}

void chain_clear(struct chain *chain)
{
    while (chain->first) {
        struct chunk *chunk = chain->first;
        chain->first = chunk->next;
        chunk_free(chain->pool, chunk);
    }
    chain_init(chain, chain->pool);
}

/* Behind a blob there is often no more than the end of a line and another header: with a whole
 * chunk, a reply that copies nothing would cost 16 KiB all the same. */
static uint32_t next_chunk_bytes(const struct chain *chain, size_t room)
{
    bool is_tail = chain->last && chain->last->blob;
    return is_tail && room <= TAIL_CHUNK_BYTES - sizeof(struct chunk) ? TAIL_CHUNK_BYTES
                                                                      : CHUNK_BYTES;
}

void chain_grow(struct chain *chain, size_t room)
{
    DEBUG_ASSERT(room <= CHAIN_RESERVE_MAX);
    uint32_t size = next_chunk_bytes(chain, room);
    struct chunk *chunk = chunk_new(chain->pool, size);
    link_chunk(chain, chunk, (uint8_t *)chunk + size);
}

void chain_append(struct chain *chain, struct bytes bytes)
{
    while (bytes.len) {
        if (chain->pos == chain->limit)
            chain_grow(chain, bytes.len < CHAIN_RESERVE_MAX ? bytes.len : CHAIN_RESERVE_MAX);
        size_t room = (size_t)(chain->limit - chain->pos);
        size_t part = bytes.len < room ? bytes.len : room;
        memcpy(chain->pos, bytes.ptr, part);
        chain->pos += part;
        bytes = bytes_make(bytes.ptr + part, bytes.len - part);
    }
}

void chain_append_blob(struct chain *chain, struct blob *blob, struct bytes view)
{
    if (chain->last && chain->last->blob == blob && chain->pos == view.ptr) {
        chain->pos = chain->limit = chain->pos + view.len;
        return;
    }
    struct chunk *chunk = chunk_new(NULL, sizeof(struct chunk));
    chunk->blob = blob_retain(blob);
    chunk->start = (uint8_t *)view.ptr;
    chunk->end = chunk->start + view.len;
    link_chunk(chain, chunk, chunk->end);
}

/* Linking a chunk that is less than half full would waste the rest of it. */
static bool is_worth_copying(const struct chain *chain)
{
    if (chain_len(chain) > CHUNK_BYTES / 2) return false;
    for (const struct chunk *c = chain->first; c; c = c->next)
        if (c->blob) return false;
    return true;
}

static void copy_all(struct chain *chain, struct chain *source)
{
    for (struct chunk *c = source->first; c; c = c->next) {
        uint8_t *end = c == source->last ? source->pos : c->end;
        chain_append(chain, bytes_make(c->start, (size_t)(end - c->start)));
    }
    chain_clear(source);
}

void chain_move(struct chain *chain, struct chain *source)
{
    if (!source->first) return;
    bool is_lent = source->first == source->last && !source->first->size;
    if (is_lent || is_worth_copying(source)) {
        copy_all(chain, source);
        return;
    }
    struct chunk *first = source->first;
    if (!first->size) { /* lent memory stays with its owner */
        chain_append(chain, bytes_make(first->start, (size_t)(first->end - first->start)));
        source->sealed_bytes -= (size_t)(first->end - first->start);
        first = first->next;
    }
    seal(chain);
    if (chain->last)
        chain->last->next = first;
    else
        chain->first = first;
    chain->sealed_bytes += source->sealed_bytes;
    chain->last = source->last;
    chain->pos = source->pos;
    chain->limit = source->limit;
    chain_init(source, source->pool);
}

/* The first chunk goes over as it is: it is no longer written to. */
static void link_front(struct chain *chain, struct chain *source, size_t len)
{
    struct chunk *chunk = source->first;
    source->first = chunk->next;
    source->sealed_bytes -= len;
    chunk->next = NULL;
    link_chunk(chain, chunk, chunk->end);
}

void chain_move_front(struct chain *chain, struct chain *source, size_t len)
{
    if (len == chain_len(source)) {
        chain_move(chain, source);
        return;
    }
    while (len) {
        struct chunk *chunk = source->first;
        ASSERT(chunk); /* they are there */
        bool is_last = chunk == source->last;
        size_t held = (size_t)((is_last ? source->pos : chunk->end) - chunk->start);
        size_t part = held < len ? held : len;
        bool is_worth_linking = chunk->size && (chunk->blob || held > CHUNK_BYTES / 2);
        len -= part;
        if (!is_last && part == held && is_worth_linking) {
            link_front(chain, source, part);
            continue;
        }
        struct bytes bytes = bytes_make(chunk->start, part);
        if (chunk->blob)
            chain_append_blob(chain, chunk->blob, bytes);
        else
            chain_append(chain, bytes);
        chain_consume(source, part);
    }
}

struct chunk *chain_hole(struct chain *chain)
{
    struct chunk *hole = chunk_new(NULL, HOLE_CHUNK_BYTES);
    link_chunk(chain, hole, hole->end);
    return hole;
}

void chain_fill(struct chain *chain, struct chunk *hole, struct bytes bytes)
{
    ASSERT(bytes.len <= CHAIN_HOLE_BYTES && hole->end == hole->data);
    memcpy(hole->data, bytes.ptr, bytes.len);
    hole->end += bytes.len;
    if (chain->last == hole)
        chain->pos = chain->limit = hole->end;
    else
        chain->sealed_bytes += bytes.len;
}

static struct chunk *chunk_before(struct chain *chain, const struct chunk *chunk)
{
    struct chunk *before = NULL;
    for (struct chunk *c = chain->first; c != chunk; c = c->next)
        before = c;
    return before;
}

void chain_cut(struct chain *chain, struct chunk *hole)
{
    struct chunk *before = chunk_before(chain, hole);
    for (struct chunk *c = hole; c;) {
        struct chunk *next = c->next;
        chunk_free(chain->pool, c);
        c = next;
    }
    if (!before) {
        chain_init(chain, chain->pool);
        return;
    }
    before->next = NULL;
    chain->last = before;
    chain->pos = chain->limit = before->end;
    chain->sealed_bytes = 0;
    for (struct chunk *c = chain->first; c != before; c = c->next)
        chain->sealed_bytes += (size_t)(c->end - c->start);
}

struct bytes chain_front(const struct chain *chain)
{
    for (struct chunk *c = chain->first; c; c = c->next) {
        uint8_t *end = c == chain->last ? chain->pos : c->end;
        if (end != c->start) return bytes_make(c->start, (size_t)(end - c->start));
    }
    return bytes_make(NULL, 0);
}

void chain_consume(struct chain *chain, size_t len)
{
    while (chain->first) {
        struct chunk *chunk = chain->first;
        bool is_last = chunk == chain->last;
        size_t held = (size_t)((is_last ? chain->pos : chunk->end) - chunk->start);
        if (len < held) {
            chunk->start += len;
            if (!is_last) chain->sealed_bytes -= len;
            return;
        }
        len -= held;
        if (is_last) break;
        chain->sealed_bytes -= held;
        chain->first = chunk->next;
        chunk_free(chain->pool, chunk);
    }
    ASSERT(len == 0);
    chain_clear(chain);
}
