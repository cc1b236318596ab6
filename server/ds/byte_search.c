#include "ds/byte_search.h"

#include <stdbool.h>
#include <string.h>

/* What every CPU of the kinds we build for has. */
typedef uint8_t vector __attribute__((vector_size(16)));
typedef uint64_t words __attribute__((vector_size(16)));

enum { VECTOR = sizeof(vector) };

static inline vector load(const uint8_t *ptr)
{
    vector loaded;
    memcpy(&loaded, ptr, sizeof loaded);
    return loaded;
}

static inline vector repeat(uint8_t byte)
{
    return byte - (vector){0};
}

/* What is looked for. */
struct wanted {
    size_t len;
    vector first, last, last_but_one;
};

/* All bits of each byte at which it may stand. */
static inline words find_hits(const uint8_t *at, const struct wanted *wanted)
{
    const uint8_t *end = at + wanted->len;
    return (words)((load(at) == wanted->first) & (load(end - 1) == wanted->last) &
                   (load(end - 2) == wanted->last_but_one));
}

static inline bool are_any(words hits)
{
    return (hits[0] | hits[1]) != 0;
}

static inline size_t first_of(words hits)
{
    if (hits[0]) return (size_t)__builtin_ctzll(hits[0]) / 8;
    return 8 + (size_t)__builtin_ctzll(hits[1]) / 8;
}

size_t byte_search_portable(struct bytes text, size_t from, struct bytes wanted)
{
    const uint8_t *tail = wanted.ptr + wanted.len - 2;
    for (size_t end; (end = from + wanted.len) <= text.len; from++)
        if (text.ptr[from] == wanted.ptr[0] && !memcmp(text.ptr + end - 2, tail, 2)) return from;
    return SIZE_MAX;
}

size_t byte_search(struct bytes text, size_t from, struct bytes wanted)
{
    struct wanted bytes = {wanted.len, repeat(wanted.ptr[0]), repeat(wanted.ptr[wanted.len - 1]),
                           repeat(wanted.ptr[wanted.len - 2])};
    for (; from + wanted.len + 2 * VECTOR <= text.len; from += 2 * VECTOR) {
        words hits = find_hits(text.ptr + from, &bytes);
        words more = find_hits(text.ptr + from + VECTOR, &bytes);
        if (!are_any(hits | more)) continue;
        return from + (are_any(hits) ? first_of(hits) : VECTOR + first_of(more));
    }
    return byte_search_portable(text, from, wanted);
}
