#include "command/cmd_geo_hits.h"

#include "mem/mem.h"

static void add_block(struct hits *hits, struct arena *scratch)
{
    uint64_t count = hits->count / HITS_PER_BLOCK;
    if (count == hits->block_room) {
        struct hit **before = hits->blocks;
        hits->block_room = count ? count * 2 : 8;
        hits->blocks = arena_alloc_array(scratch, hits->block_room, sizeof *hits->blocks);
        if (count) memcpy(hits->blocks, before, count * sizeof *before);
    }
    hits->blocks[count] = arena_alloc_array(scratch, HITS_PER_BLOCK, sizeof(struct hit));
}

void hits_add(struct hits *hits, const struct hit *hit, struct arena *scratch)
{
    if (hits->count % HITS_PER_BLOCK == 0) add_block(hits, scratch);
    hits->blocks[hits->count / HITS_PER_BLOCK][hits->count % HITS_PER_BLOCK] = *hit;
    hits->count++;
}

/* --- Order ------------------------------------------------------------------------------------ */

static struct ranked ranked_at(const struct hits *hits, uint64_t index, bool furthest)
{
    double distance = hits_at(hits, index)->distance;
    return (struct ranked){ranking_key(furthest ? -distance : distance), index};
}

static bool comes_before(const struct ranked *a, const struct ranked *b)
{
    return a->key < b->key || (a->key == b->key && a->index < b->index);
}

/* Down to where both below it come before it: the last one is on top. */
static void sink(struct ranked *heap, uint64_t at, uint64_t end)
{
    struct ranked sinking = heap[at];
    for (uint64_t below; (below = at * 2 + 1) < end; at = below) {
        if (below + 1 < end && comes_before(&heap[below], &heap[below + 1])) below++;
        if (comes_before(&heap[below], &sinking)) break;
        heap[at] = heap[below];
    }
    heap[at] = sinking;
}

static void order_all(const struct hits *hits, struct ranked *out, bool furthest,
                      struct breath *breath)
{
    for (uint64_t i = 0; i < hits->count; i++) {
        out[i] = ranked_at(hits, i, furthest);
        breathe(breath, 1);
    }
}

/* A heap whose last one, on top, changes places with the last of all, and so on. */
static void sort_heap(struct ranked *heap, uint64_t count, struct breath *breath)
{
    for (uint64_t end = count; end-- > 1;) {
        struct ranked last = heap[0];
        heap[0] = heap[end];
        heap[end] = last;
        sink(heap, 0, end);
        breathe(breath, 2);
    }
}

/* The first `count` in a heap, from which the last one goes when one comes that is before it. */
static void order_few(const struct hits *hits, struct ranked *heap, uint64_t count, bool furthest,
                      struct breath *breath)
{
    for (uint64_t i = 0; i < count; i++)
        heap[i] = ranked_at(hits, i, furthest);
    for (uint64_t i = count / 2; i-- > 0;)
        sink(heap, i, count);
    for (uint64_t i = count; i < hits->count; i++) {
        struct ranked next = ranked_at(hits, i, furthest);
        breathe(breath, 1);
        if (next.key >= heap[0].key) continue; /* found later, it comes after its equals */
        heap[0] = next;
        sink(heap, 0, count);
        breathe(breath, 2);
    }
    sort_heap(heap, count, breath);
}

/* A heap is worth it when most are not told. */
void hits_order(struct hits *hits, uint64_t count, bool furthest, struct breath *breath)
{
    if (!count) return;
    bool few = count < hits->count / 8;
    hits->room_count = few ? count : hits->count * 2;
    hits->order = hits->room = mem_alloc_bulk(hits->room_count * sizeof *hits->room);
    if (few) {
        order_few(hits, hits->room, count, furthest, breath);
        return;
    }
    order_all(hits, hits->room, furthest, breath);
    hits->order = ranking_sort(hits->room, hits->room + hits->count, hits->count, breath);
}

void hits_fini(struct hits *hits)
{
    if (hits->room) mem_free_bulk(hits->room, hits->room_count * sizeof *hits->room);
}
