/* mem/mem.h -- The only way to get memory. The size is named when memory is given back, so blocks
 * carry no header and the accounting is exact: it counts the allocator's true block sizes.
 *
 * Each thread accounts to its own counters (mem_attach), which may go below zero when a thread
 * frees what another allocated; the sum over the threads is what the process uses. */
#ifndef TORC_MEM_MEM_H
#define TORC_MEM_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/breath.h"
#include "base/bytes.h"
#include "base/metric.h"

struct mem_account {
    struct metric used_bytes;
};

/* From here on the calling thread accounts to `account`, which must outlive it, and allocates from
 * an arena of its own. NULL, or never attached: it accounts to a common counter, as while starting
 * and ending. */
void mem_attach(struct mem_account *account);
/* Bytes accounted outside of any attached thread. */
int64_t mem_unattached_bytes(void);

/* Never NULL: without memory there is no server. Size 0 is not allowed. */
void *mem_alloc(size_t size);
void *mem_alloc_zero(size_t size);
void *mem_alloc_aligned(size_t size, size_t alignment); /* alignment: a power of two */
/* For sizes that a client chose: NULL when there is none. */
void *mem_try_alloc(size_t size);
void mem_free(void *ptr, size_t size);
void mem_free_aligned(void *ptr, size_t size, size_t alignment);
/* As realloc, the old size named. */
void *mem_resize(void *ptr, size_t old_size, size_t new_size);
void *mem_try_resize(void *ptr, size_t old_size, size_t new_size);

/* The same for bytes that are read and written in sequence, as values, input and output are: blocks
 * of 16 KiB and more lie in small pages (small_pages.h). Not to be mixed with the functions above.
 */
void *mem_try_alloc_bulk(size_t size);
void *mem_alloc_bulk(size_t size);
void mem_free_bulk(void *ptr, size_t size);
void *mem_try_resize_bulk(void *ptr, size_t old_size, size_t new_size);
void *mem_resize_bulk(void *ptr, size_t old_size, size_t new_size);

/* Until the thread says otherwise, all that it allocates lies in small pages: for work that may
 * take much memory at once, of which others must not wait until huge pages have been cleared.
 * Blocks are freed as ever, best while the same holds. Returns what held before. */
bool mem_use_small_pages(bool use);

/* Gives the pages of a large block that is about to be freed back to the system, bit by bit: in one
 * go, 200 MiB took 12 ms. Its bytes are lost. */
void mem_empty(void *ptr, size_t size, struct breath *breath);

/* The block that the allocator really uses for `size`: at least `size`; O(1), some 2 ns. */
static inline size_t mem_block_size(size_t size)
{
    if (size <= 8) return 8;
    if (size <= 128) return (size + 15) & ~(size_t)15;
    unsigned log2 = 63 - (unsigned)__builtin_clzll(size - 1);
    size_t step = (size_t)1 << (log2 - 2);
    return (size + step - 1) & ~(step - 1);
}

/* Figures of the allocator for the whole process; zero where it has none. */
struct mem_figures {
    size_t allocated, active, resident;
};
void mem_read_figures(struct mem_figures *figures);
const char *mem_allocator_name(void); /* "jemalloc-5.3.0" or "libc" */
void mem_purge(void);                 /* gives unused pages back to the system */
/* The same for a part of what has been unused for some seconds. Called now and then by a thread
 * that has attached. */
void mem_decay(void);

#endif
