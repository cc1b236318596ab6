#ifndef TORC_LIBC_MALLOC
#include "mem/small_pages.h"

#include <jemalloc/jemalloc.h>
#include <stdint.h>
#include <sys/mman.h>

/* What is purged is purged whole: 60 us a MiB. */
enum { MERGED_MAX = 16 * 1024 * 1024 };

static size_t round_up(size_t at, size_t alignment)
{
    return (at + alignment - 1) & ~(alignment - 1);
}

/* Maps more than is wanted, and gives back what does not fit. */
static void *map_aligned(size_t size, size_t alignment)
{
    size_t room = size + alignment;
    uint8_t *all = mmap(NULL, room, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) return NULL;
    uint8_t *at = (uint8_t *)round_up((uintptr_t)all, alignment);
    if (at > all) munmap(all, (size_t)(at - all));
    munmap(at + size, (size_t)(all + room - (at + size)));
    madvise(at, size, MADV_NOHUGEPAGE);
    return at;
}

static void *alloc_extent(extent_hooks_t *hooks, void *wanted, size_t size, size_t alignment,
                          bool *zero, bool *commit, unsigned arena)
{
    (void)hooks, (void)arena;
    if (wanted) return NULL;
    void *at = map_aligned(size, alignment);
    if (!at) return NULL;
    *zero = *commit = true;
    return at;
}

/* These return false for: done. */
static bool purge_extent(extent_hooks_t *hooks, void *at, size_t size, size_t offset, size_t len,
                         unsigned arena)
{
    (void)hooks, (void)size, (void)arena;
    return madvise((uint8_t *)at + offset, len, MADV_DONTNEED) != 0;
}

static bool split_extent(extent_hooks_t *hooks, void *at, size_t size, size_t left, size_t right,
                         bool committed, unsigned arena)
{
    (void)hooks, (void)at, (void)size, (void)left, (void)right, (void)committed, (void)arena;
    return false;
}

static bool merge_extents(extent_hooks_t *hooks, void *left, size_t left_size, void *right,
                          size_t right_size, bool committed, unsigned arena)
{
    (void)hooks, (void)left, (void)right, (void)committed, (void)arena;
    return left_size + right_size > MERGED_MAX;
}

bool small_pages_arena(unsigned *arena)
{
    static extent_hooks_t hooks = {
        .alloc = alloc_extent, /* without .dalloc: what was mapped is kept, purged, for next time */
        .purge_forced = purge_extent,
        .split = split_extent,
        .merge = merge_extents,
    };
    extent_hooks_t *chosen = &hooks;
    size_t len = sizeof *arena;
    return mallctl("arenas.create", arena, &len, &chosen, sizeof chosen) == 0;
}
#endif
