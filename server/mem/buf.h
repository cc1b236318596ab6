/* mem/buf.h -- Bytes that grow, contiguous. Appending is amortized O(1). A zeroed struct is an
 * empty buffer that owns nothing. */
#ifndef TORC_MEM_BUF_H
#define TORC_MEM_BUF_H

#include "base/bytes.h"

struct buf {
    uint8_t *ptr;
    size_t len, capacity;
};

void buf_fini(struct buf *buf); /* frees; the buffer is empty afterwards */
/* Room for `room` more bytes behind the content; returns where they go. */
uint8_t *buf_reserve(struct buf *buf, size_t room);
void buf_append(struct buf *buf, struct bytes bytes);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drops the first len bytes. O(rest). */
void buf_consume(struct buf *buf, size_t len);

static inline struct bytes buf_view(const struct buf *buf)
{
    return bytes_make(buf->ptr, buf->len);
}

static inline void buf_append_string(struct buf *buf, const char *string)
{
    buf_append(buf, bytes_of_string(string));
}

#endif
