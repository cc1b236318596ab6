#include "mem/blob.h"

#include "base/check.h"
#include "mem/mem.h"

/* More than any address space has: refused before arithmetic on it. */
static const size_t bytes_max = (size_t)1 << 47;

struct blob *blob_try_new(size_t len)
{
    if (len > bytes_max) return NULL;
    size_t block = mem_block_size(sizeof(struct blob) + len);
    struct blob *blob = mem_try_alloc_bulk(block);
    if (!blob) return NULL;
    atomic_init(&blob->holders, 1);
    blob->len = len;
    blob->capacity = block - sizeof(struct blob);
    return blob;
}

struct blob *blob_new(size_t len)
{
    struct blob *blob = blob_try_new(len);
    if (!blob) FATAL("out of memory: no blob of %zu bytes", len);
    return blob;
}

void blob_release(struct blob *blob)
{
    if (!blob) return;
    if (atomic_fetch_sub_explicit(&blob->holders, 1, memory_order_acq_rel) > 1) return;
    mem_free_bulk(blob, sizeof(struct blob) + blob->capacity);
}

struct blob *blob_try_grow(struct blob *blob, size_t capacity)
{
    ASSERT(!blob_is_shared(blob));
    if (capacity <= blob->capacity) return blob;
    if (capacity > bytes_max) return NULL;
    size_t block = mem_block_size(sizeof(struct blob) + capacity);
    struct blob *grown = mem_try_resize_bulk(blob, sizeof(struct blob) + blob->capacity, block);
    if (grown) grown->capacity = block - sizeof(struct blob);
    return grown;
}

size_t blob_block_size(const struct blob *blob)
{
    return mem_block_size(sizeof(struct blob) + blob->capacity);
}
