/* mem/blob.h -- A block of bytes with a count of its holders: how a large value is shared between
 * the store and a reply on its way out, without a copy. Whoever wants to change it must be its only
 * holder. The count is atomic, because the slot's holder and the connection's shard may be
 * different threads; only values of BLOB_MIN bytes and more are kept in blobs, where that does not
 * show. */
#ifndef TORC_MEM_BLOB_H
#define TORC_MEM_BLOB_H

#include <stdatomic.h>

#include "base/bytes.h"

enum { BLOB_MIN = 16 * 1024 };

struct blob {
    _Atomic uint32_t holders;
    size_t len;
    size_t capacity;
    uint8_t bytes[];
};

struct blob *blob_new(size_t len);     /* len uninitialized bytes, one holder: the caller */
struct blob *blob_try_new(size_t len); /* NULL: no memory */
void blob_release(struct blob *blob);  /* the last holder frees it; NULL is allowed */

static inline struct blob *blob_retain(struct blob *blob)
{
    atomic_fetch_add_explicit(&blob->holders, 1, memory_order_relaxed);
    return blob;
}

static inline bool blob_is_shared(const struct blob *blob)
{
    return atomic_load_explicit(&blob->holders, memory_order_acquire) > 1;
}

static inline struct bytes blob_view(const struct blob *blob)
{
    return bytes_make(blob->bytes, blob->len);
}

/* Room for `capacity` bytes at least, by moving it if need be; the caller is the only holder.
 * NULL: no memory, and the blob is as it was. */
struct blob *blob_try_grow(struct blob *blob, size_t capacity);

/* Bytes it takes from the allocator. */
size_t blob_block_size(const struct blob *blob);

#endif
