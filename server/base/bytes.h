/* base/bytes.h -- A view of bytes that somebody else owns. It outlives nothing: what must be kept
 * is copied. All functions are O(len), allocate nothing and cannot fail. */
#ifndef TORC_BASE_BYTES_H
#define TORC_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *ptr;
    size_t len;
};

/* A view of a string literal. */
#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline struct bytes bytes_make(const void *ptr, size_t len)
{
    return (struct bytes){(const uint8_t *)ptr, len};
}

static inline struct bytes bytes_of_string(const char *string)
{
    return bytes_make(string, strlen(string));
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Orders as memcmp does; a prefix comes before what it is a prefix of. */
static inline int bytes_compare(struct bytes a, struct bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    if (order) return order;
    return (a.len > b.len) - (a.len < b.len);
}

static inline uint8_t byte_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

/* Equal but for the case of ASCII letters. */
static inline bool bytes_equal_nocase(struct bytes a, struct bytes b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (byte_lower(a.ptr[i]) != byte_lower(b.ptr[i])) return false;
    return true;
}

/* bytes_equal_nocase against a literal: bytes_is(arg, "withvalues"). */
#define bytes_is(view, literal) bytes_equal_nocase((view), BYTES(literal))

#endif
