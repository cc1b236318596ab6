#include "mem/mem.h"

#include <stdlib.h>

#include "base/check.h"
#include "mem/small_pages.h"

#ifndef TORC_LIBC_MALLOC
#include <jemalloc/jemalloc.h>
#include <sys/mman.h>
#endif

/* Read by the allocator before main: huge pages save most of the misses of the TLB that random keys
 * cost, and there is no fork whose copies they would make dear. Its own notes on millions of blocks
 * would wait for huge pages to be cleared, too. */
extern const char *malloc_conf;
const char *malloc_conf = "thp:always,metadata_thp:disabled";

static struct mem_account unattached;
static _Thread_local struct mem_account *current = &unattached;

static void account(int64_t delta)
{
    if (current != &unattached) {
        metric_add(&current->used_bytes, delta);
        return;
    }
    atomic_fetch_add_explicit(&unattached.used_bytes.value, delta, memory_order_relaxed);
}

int64_t mem_unattached_bytes(void)
{
    return metric_read(&unattached.used_bytes);
}

#ifdef TORC_LIBC_MALLOC

enum { NOWHERE_SPECIAL };

static const int flags_now = NOWHERE_SPECIAL;

static int bulk_flags(size_t size)
{
    (void)size;
    return NOWHERE_SPECIAL;
}

static void *raw_alloc(size_t size, int flags)
{
    (void)flags;
    return malloc(size);
}

static void *raw_alloc_aligned(size_t size, size_t alignment, int flags)
{
    (void)flags;
    return aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}

static void *raw_resize(void *ptr, size_t new_size, int flags)
{
    (void)flags;
    return realloc(ptr, new_size);
}

static void raw_free(void *ptr, size_t size, int flags)
{
    (void)size, (void)flags;
    free(ptr);
}

static void raw_free_aligned(void *ptr, size_t size, size_t alignment, int flags)
{
    (void)size, (void)alignment, (void)flags;
    free(ptr);
}

static void attach_arena(void)
{
}

static void detach_arena(void)
{
}

bool mem_use_small_pages(bool use)
{
    (void)use;
    return false;
}

void mem_empty(void *ptr, size_t size, struct breath *breath)
{
    (void)ptr, (void)size, (void)breath;
}

void mem_read_figures(struct mem_figures *figures)
{
    *figures = (struct mem_figures){0, 0, 0};
}

const char *mem_allocator_name(void)
{
    return "libc";
}

void mem_purge(void)
{
}

void mem_decay(void)
{
}

#else

enum {
    NOWHERE_SPECIAL,
    BULK_MIN = 16 * 1024,
    PAGE_BYTES = 4096,
    EMPTY_MIN = 1024 * 1024,  /* what mem_empty() leaves alone */
    EMPTY_BYTES = 256 * 1024, /* at once */
    EMPTY_PAGE_WORK = 8,      /* units of work (base/breath.h) */
    CACHE_FLAGS = 0xfff00,    /* what MALLOCX_TCACHE() fills; an arena's number stands above */
};

struct arenas {
    unsigned usual, bulk, large; /* large: of mem_use_small_pages() */
    bool has_usual, has_bulk, has_large;
    unsigned large_cache;
};

static _Thread_local struct arenas arenas; /* of an attached thread */
static _Thread_local int flags_now;        /* for all that is not bulk */

/* Caches of threads know no arenas: what they gave out again could lie anywhere. */
static int bulk_flags(size_t size)
{
    if (size < BULK_MIN || !arenas.has_bulk) return flags_now;
    return MALLOCX_ARENA(arenas.bulk) | MALLOCX_TCACHE_NONE;
}

static void *raw_alloc(size_t size, int flags)
{
    return mallocx(size, flags);
}

static void *raw_alloc_aligned(size_t size, size_t alignment, int flags)
{
    return mallocx(size, MALLOCX_ALIGN(alignment) | flags);
}

static void *raw_resize(void *ptr, size_t new_size, int flags)
{
    return rallocx(ptr, new_size, flags);
}

static void raw_free(void *ptr, size_t size, int flags)
{
    sdallocx(ptr, size, flags & CACHE_FLAGS);
}

static void raw_free_aligned(void *ptr, size_t size, size_t alignment, int flags)
{
    sdallocx(ptr, size, MALLOCX_ALIGN(alignment) | (flags & CACHE_FLAGS));
}

/* It has a cache of its own: what the thread's usual one gave out again could lie anywhere. */
static void attach_large(void)
{
    size_t len = sizeof arenas.large_cache;
    arenas.has_large = small_pages_arena(&arenas.large) &&
                       mallctl("tcache.create", &arenas.large_cache, &len, NULL, 0) == 0;
}

static void attach_arena(void)
{
    size_t len = sizeof arenas.usual;
    arenas.has_usual = mallctl("arenas.create", &arenas.usual, &len, NULL, 0) == 0;
    if (arenas.has_usual) mallctl("thread.arena", NULL, NULL, &arenas.usual, sizeof arenas.usual);
    arenas.has_bulk = small_pages_arena(&arenas.bulk);
    attach_large();
}

/* What it holds goes back to its arenas. */
static void detach_arena(void)
{
    if (!arenas.has_large) return;
    mallctl("tcache.destroy", NULL, NULL, &arenas.large_cache, sizeof arenas.large_cache);
    arenas.has_large = false;
    flags_now = NOWHERE_SPECIAL;
}

bool mem_use_small_pages(bool use)
{
    bool used = flags_now != NOWHERE_SPECIAL;
    flags_now = use && arenas.has_large
                    ? MALLOCX_ARENA(arenas.large) | MALLOCX_TCACHE(arenas.large_cache)
                    : NOWHERE_SPECIAL;
    return used;
}

void mem_empty(void *ptr, size_t size, struct breath *breath)
{
    if (!breath || size < EMPTY_MIN) return;
    uint8_t *at = (uint8_t *)(((uintptr_t)ptr + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1));
    uint8_t *end = (uint8_t *)ptr + size - PAGE_BYTES;
    for (; at + EMPTY_BYTES <= end; at += EMPTY_BYTES) {
        madvise(at, EMPTY_BYTES, MADV_DONTNEED);
        breathe(breath, EMPTY_BYTES / PAGE_BYTES * EMPTY_PAGE_WORK);
    }
}

static void decay(unsigned arena)
{
    size_t mib[3], len = 3;
    if (mallctlnametomib("arena.0.decay", mib, &len)) return;
    mib[1] = arena;
    mallctlbymib(mib, len, NULL, NULL, NULL, 0);
}

void mem_decay(void)
{
    if (arenas.has_usual) decay(arenas.usual);
    if (arenas.has_bulk) decay(arenas.bulk);
    if (arenas.has_large) decay(arenas.large);
}

static size_t figure(const char *name)
{
    size_t value = 0, len = sizeof value;
    mallctl(name, &value, &len, NULL, 0);
    return value;
}

void mem_read_figures(struct mem_figures *figures)
{
    uint64_t epoch = 1;
    size_t len = sizeof epoch;
    mallctl("epoch", &epoch, &len, &epoch, len);
    figures->allocated = figure("stats.allocated");
    figures->active = figure("stats.active");
    figures->resident = figure("stats.resident");
}

const char *mem_allocator_name(void)
{
    return "jemalloc-5.3.0";
}

void mem_purge(void)
{
    mallctl("arena.4096.purge", NULL, NULL, NULL, 0); /* 4096: all arenas */
}

#endif

void mem_attach(struct mem_account *account)
{
    detach_arena();
    current = account ? account : &unattached;
    if (account) attach_arena();
}

static void *allocate(size_t size, int flags)
{
    DEBUG_ASSERT(size > 0);
    void *ptr = raw_alloc(size, flags);
    if (likely(ptr)) account((int64_t)mem_block_size(size));
    return ptr;
}

static void release(void *ptr, size_t size, int flags)
{
    if (!ptr) return;
    account(-(int64_t)mem_block_size(size));
    raw_free(ptr, size, flags);
}

static void *resize(void *ptr, size_t old_size, size_t new_size, int flags)
{
    if (!ptr) return allocate(new_size, flags);
    size_t old_block = mem_block_size(old_size);
    void *moved = raw_resize(ptr, new_size, flags);
    if (likely(moved)) account((int64_t)mem_block_size(new_size) - (int64_t)old_block);
    return moved;
}

static void *must_be(void *ptr, size_t size)
{
    if (unlikely(!ptr)) FATAL("out of memory: no block of %zu bytes", size);
    return ptr;
}

void *mem_try_alloc(size_t size)
{
    return allocate(size, flags_now);
}

void *mem_alloc(size_t size)
{
    return must_be(mem_try_alloc(size), size);
}

void *mem_alloc_zero(size_t size)
{
    return memset(mem_alloc(size), 0, size);
}

void *mem_alloc_aligned(size_t size, size_t alignment)
{
    void *ptr = raw_alloc_aligned(size, alignment, flags_now);
    if (unlikely(!ptr)) FATAL("out of memory: no aligned block of %zu bytes", size);
    account((int64_t)mem_block_size(size));
    return ptr;
}

void mem_free(void *ptr, size_t size)
{
    release(ptr, size, flags_now);
}

void mem_free_aligned(void *ptr, size_t size, size_t alignment)
{
    if (!ptr) return;
    account(-(int64_t)mem_block_size(size));
    raw_free_aligned(ptr, size, alignment, flags_now);
}

void *mem_try_resize(void *ptr, size_t old_size, size_t new_size)
{
    return resize(ptr, old_size, new_size, flags_now);
}

void *mem_resize(void *ptr, size_t old_size, size_t new_size)
{
    return must_be(mem_try_resize(ptr, old_size, new_size), new_size);
}

void *mem_try_alloc_bulk(size_t size)
{
    return allocate(size, bulk_flags(size));
}

void *mem_alloc_bulk(size_t size)
{
    return must_be(mem_try_alloc_bulk(size), size);
}

void mem_free_bulk(void *ptr, size_t size)
{
    release(ptr, size, bulk_flags(size));
}

void *mem_try_resize_bulk(void *ptr, size_t old_size, size_t new_size)
{
    return resize(ptr, old_size, new_size, bulk_flags(new_size));
}

void *mem_resize_bulk(void *ptr, size_t old_size, size_t new_size)
{
    return must_be(mem_try_resize_bulk(ptr, old_size, new_size), new_size);
}
