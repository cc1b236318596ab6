#include "mem/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "mem/mem.h"

void buf_fini(struct buf *buf)
{
    mem_free_bulk(buf->ptr, buf->capacity);
    *buf = (struct buf){0};
}

uint8_t *buf_reserve(struct buf *buf, size_t room)
{
    if (buf->capacity - buf->len < room) {
        size_t capacity = buf->len + room;
        if (capacity < buf->capacity * 2) capacity = buf->capacity * 2;
        capacity = mem_block_size(capacity < 64 ? 64 : capacity);
        buf->ptr = mem_resize_bulk(buf->ptr, buf->capacity, capacity);
        buf->capacity = capacity;
    }
    return buf->ptr + buf->len;
}

void buf_append(struct buf *buf, struct bytes bytes)
{
    if (!bytes.len) return;
    memcpy(buf_reserve(buf, bytes.len), bytes.ptr, bytes.len);
    buf->len += bytes.len;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(len >= 0);
    uint8_t *at = buf_reserve(buf, (size_t)len + 1);
    va_start(args, format);
    vsnprintf((char *)at, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void buf_consume(struct buf *buf, size_t len)
{
    ASSERT(len <= buf->len);
    buf->len -= len;
    if (buf->len) memmove(buf->ptr, buf->ptr + len, buf->len);
}
