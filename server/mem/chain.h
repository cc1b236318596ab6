/* mem/chain.h -- Output: a growing sequence of bytes in chunks, of which some refer to blobs.
 * Bytes are written once, where they will be sent from. Chunks come from a pool of the thread, last
 * in first out, so that they are warm; a chain is moved to another by linking, not by copying.
 *
 *     first -> [chunk: start..end] -> [chunk: a blob's bytes] -> [chunk: start..pos] <- last
 *                                                                       pos..limit is free
 */
#ifndef TORC_MEM_CHAIN_H
#define TORC_MEM_CHAIN_H

#include "mem/blob.h"

enum {
    CHUNK_BYTES = 16 * 1024,  /* size of a pooled chunk, header included */
    CHAIN_RESERVE_MAX = 4096, /* the most that chain_reserve() gives at once */
};

struct chunk {
    struct chunk *next;
    struct blob *blob; /* NULL, or held by this chunk, and start..end lies in it */
    uint8_t *start;    /* first byte not yet taken */
    uint8_t *end;      /* one past the last; of the last chunk of a chain: see chain.pos */
    uint32_t size;     /* of the allocation; 0: lent by the owner of the chain */
    uint8_t data[];
};

struct chunk_pool {
    struct chunk *free;
    uint32_t count, max;
};

struct chain {
    uint8_t *pos, *limit; /* free room of the last chunk; equal: none */
    struct chunk *first, *last;
    size_t sealed_bytes; /* in all chunks but the last */
    struct chunk_pool *pool;
};

void chunk_pool_init(struct chunk_pool *pool, uint32_t max);
void chunk_pool_fini(struct chunk_pool *pool);

/* An empty chain that takes its chunks from `pool`. */
void chain_init(struct chain *chain, struct chunk_pool *pool);
/* Its first chunk is `size` bytes of the caller's, header included, which must outlive its use. */
void chain_lend(struct chain *chain, void *memory, uint32_t size);
/* If it is empty, it begins with a small chunk: for many that get a little each. */
void chain_begin_small(struct chain *chain);
/* Releases all chunks; the chain is empty afterwards. O(chunks). */
void chain_clear(struct chain *chain);

/* Slow path of chain_reserve: begins a new chunk. */
void chain_grow(struct chain *chain, size_t room);

/* Bytes held; O(1). */
static inline size_t chain_len(const struct chain *chain)
{
    return chain->last ? chain->sealed_bytes + (size_t)(chain->pos - chain->last->start) : 0;
}

/* Room for `room` contiguous bytes, at most CHAIN_RESERVE_MAX, to be written and committed. */
static inline uint8_t *chain_reserve(struct chain *chain, size_t room)
{
    if (__builtin_expect((size_t)(chain->limit - chain->pos) < room, 0)) chain_grow(chain, room);
    return chain->pos;
}

static inline void chain_commit(struct chain *chain, size_t len)
{
    chain->pos += len;
}

void chain_append(struct chain *chain, struct bytes bytes); /* copies; O(len) */
/* Refers to `view`, a part of the blob, of which the chain becomes a holder; O(1). One that begins
 * where the chain ends already makes that reference longer. */
void chain_append_blob(struct chain *chain, struct blob *blob, struct bytes view);
/* Moves all of `source` behind `chain`: small content is copied, chunks are linked. Empties it. */
void chain_move(struct chain *chain, struct chain *source);
/* The same for the first `len` bytes, which must be there. */
void chain_move_front(struct chain *chain, struct chain *source, size_t len);

/* A place where something will be inserted whose length is not known yet: an aggregate's header.
 * O(1), one small chunk. Fill it once, with at most CHAIN_HOLE_BYTES; the chain must not have been
 * cleared or consumed since. */
enum { CHAIN_HOLE_BYTES = 48 };
struct chunk *chain_hole(struct chain *chain);
void chain_fill(struct chain *chain, struct chunk *hole, struct bytes bytes);
/* Drops all that was written behind the hole, and the hole: an error replaces a reply begun. */
void chain_cut(struct chain *chain, struct chunk *hole);

/* The first bytes, contiguous; empty when the chain is. For a consumer: send, then consume. */
struct bytes chain_front(const struct chain *chain);
/* Drops the first len bytes, which must be there; O(chunks dropped). */
void chain_consume(struct chain *chain, size_t len);

#endif
