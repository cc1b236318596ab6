#include "ds/bitmap.h"

#include "base/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* What every CPU of the kinds we build for has: sixteen bytes at once. */
typedef uint64_t vector __attribute__((vector_size(16)));

enum { VECTOR = sizeof(vector) };

static inline vector load(const uint8_t *ptr)
{
    vector loaded;
    memcpy(&loaded, ptr, sizeof loaded);
    return loaded;
}

static inline void store(uint8_t *ptr, vector stored)
{
    memcpy(ptr, &stored, sizeof stored);
}

static inline uint64_t load_word(const uint8_t *ptr)
{
    uint64_t word;
    memcpy(&word, ptr, sizeof word);
    return word;
}

/* Counting. */

static const uint64_t ones = 0x5555555555555555, pairs = 0x3333333333333333,
                      nibbles = 0x0f0f0f0f0f0f0f0f, evens = 0x00ff00ff00ff00ff;

/* How many bits are set, for each byte. */
static inline vector count_in_bytes(vector bits)
{
    bits -= bits >> 1 & ones;
    bits = (bits & pairs) + (bits >> 2 & pairs);
    return (bits + (bits >> 4)) & nibbles;
}

static inline size_t sum_of_bytes(vector sums)
{
    sums = (sums & evens) + (sums >> 8 & evens);
    sums *= 0x0001000100010001;
    return (size_t)((sums[0] >> 48) + (sums[1] >> 48));
}

/* The last bytes, fewer than a vector has. */
static size_t count_tail(const uint8_t *ptr, size_t len)
{
    uint8_t padded[VECTOR] = {0};
    if (len) memcpy(padded, ptr, len);
    return sum_of_bytes(count_in_bytes(load(padded)));
}

size_t bitmap_count_portable(struct bytes bytes)
{
    /* A byte of the sums gets 8 at most from each vector. */
    enum { BEFORE_OVERFLOW = 31 };
    const uint8_t *ptr = bytes.ptr;
    size_t vectors = bytes.len / VECTOR, total = 0;
    while (vectors) {
        size_t count = vectors < BEFORE_OVERFLOW ? vectors : BEFORE_OVERFLOW;
        vector sums = {0, 0};
        for (size_t i = 0; i < count; i++, ptr += VECTOR)
            sums += count_in_bytes(load(ptr));
        total += sum_of_bytes(sums);
        vectors -= count;
    }
    return total + count_tail(ptr, bytes.len % VECTOR);
}

#if defined(__x86_64__)

/* For each byte a table of 16 counts is asked twice, once for each half. */
__attribute__((target("avx2"))) static inline __m256i count_in_bytes_avx2(const uint8_t *ptr)
{
    const __m256i table =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i low = _mm256_set1_epi8(15);
    __m256i bits = _mm256_loadu_si256((const __m256i *)ptr);
    __m256i high_half = _mm256_and_si256(_mm256_srli_epi16(bits, 4), low);
    __m256i low_half = _mm256_and_si256(bits, low);
    return _mm256_add_epi8(_mm256_shuffle_epi8(table, low_half),
                           _mm256_shuffle_epi8(table, high_half));
}

__attribute__((target("avx2"))) static size_t count_avx2(struct bytes bytes)
{
    __m256i sums = _mm256_setzero_si256();
    size_t at = 0;
    /* Four at once, which a byte can hold the counts of, share one sum over bytes. */
    for (; at + 128 <= bytes.len; at += 128) {
        __m256i one = count_in_bytes_avx2(bytes.ptr + at);
        __m256i two = count_in_bytes_avx2(bytes.ptr + at + 32);
        __m256i three = count_in_bytes_avx2(bytes.ptr + at + 64);
        __m256i four = count_in_bytes_avx2(bytes.ptr + at + 96);
        __m256i all = _mm256_add_epi8(_mm256_add_epi8(one, two), _mm256_add_epi8(three, four));
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(all, _mm256_setzero_si256()));
    }
    uint64_t parts[4];
    _mm256_storeu_si256((__m256i *)parts, sums);
    size_t counted = (size_t)(parts[0] + parts[1] + parts[2] + parts[3]);
    return counted + bitmap_count_portable(bytes_make(bytes.ptr + at, bytes.len - at));
}

size_t bitmap_count(struct bytes bytes)
{
    if (bytes.len >= 128 && __builtin_cpu_supports("avx2")) return count_avx2(bytes);
    return bitmap_count_portable(bytes);
}

#else

size_t bitmap_count(struct bytes bytes)
{
    return bitmap_count_portable(bytes);
}

#endif

/* Searching. */

/* Where the first bytes begin that are not all alike `skipped`. */
static size_t skip(struct bytes bytes, uint64_t skipped)
{
    size_t at = 0;
    for (; at + 32 <= bytes.len; at += 32) {
        const uint8_t *ptr = bytes.ptr + at;
        uint64_t low = (load_word(ptr) ^ skipped) | (load_word(ptr + 8) ^ skipped);
        uint64_t high = (load_word(ptr + 16) ^ skipped) | (load_word(ptr + 24) ^ skipped);
        if (low | high) break;
    }
    while (at + 8 <= bytes.len && load_word(bytes.ptr + at) == skipped)
        at += 8;
    while (at < bytes.len && bytes.ptr[at] == (uint8_t)skipped)
        at++;
    return at;
}

size_t bitmap_find(struct bytes bytes, bool wanted)
{
    uint64_t skipped = wanted ? 0 : UINT64_MAX;
    size_t at = skip(bytes, skipped);
    if (at == bytes.len) return BITMAP_NONE;
    unsigned differing = bytes.ptr[at] ^ (uint8_t)skipped;
    return at * 8 + (unsigned)__builtin_clz(differing << 24);
}

/* Operations. What a kernel writes may be one of those it reads. */

#define AND(a, b)     ((a) & (b))
#define OR(a, b)      ((a) | (b))
#define XOR(a, b)     ((a) ^ (b))
#define AND_NOT(a, b) ((a) & ~(b))

#define KERNEL(name, operation)                                                                    \
    static void name(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t len)                 \
    {                                                                                              \
        size_t at = 0;                                                                             \
        for (; at + VECTOR <= len; at += VECTOR)                                                   \
            store(out + at, operation(load(a + at), load(b + at)));                                \
        for (; at < len; at++)                                                                     \
            out[at] = (uint8_t)operation(a[at], b[at]);                                            \
    }

KERNEL(and_bytes, AND)
KERNEL(or_bytes, OR)
KERNEL(xor_bytes, XOR)
KERNEL(and_not_bytes, AND_NOT)

typedef void kernel(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t len);

static void invert(uint8_t *out, const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    for (; at + VECTOR <= len; at += VECTOR)
        store(out + at, ~load(bytes + at));
    for (; at < len; at++)
        out[at] = (uint8_t)~bytes[at];
}

/* Rows are combined block by block, small enough that all rows of a block, and what has been made
 * of it so far, are in the nearest cache. */
enum { BLOCK = 4096 };

struct rows {
    const struct bytes *rows;
    size_t count;
    struct bitmap_part part; /* of at most BLOCK bytes */
    uint8_t padded[BLOCK];
};

/* The part of a row; where the row has ended it is made up, valid until the next is asked for. */
static const uint8_t *part_of(struct rows *rows, size_t index)
{
    struct bytes row = rows->rows[index];
    size_t start = rows->part.start, len = rows->part.len;
    if (start + len <= row.len) return row.ptr + start;
    size_t there = start < row.len ? row.len - start : 0;
    if (there) memcpy(rows->padded, row.ptr + start, there);
    memset(rows->padded + there, 0, len - there);
    return rows->padded;
}

/* One after the other into `out`, from row `first` on. */
static void fold(struct rows *rows, kernel *run, size_t first, uint8_t *out)
{
    size_t len = rows->part.len, next = first + 1;
    if (first == rows->count) {
        memset(out, 0, len);
        return;
    }
    if (next < rows->count && rows->rows[first].len >= rows->part.start + len) {
        run(out, rows->rows[first].ptr + rows->part.start, part_of(rows, next), len);
        next++;
    } else {
        memcpy(out, part_of(rows, first), len);
    }
    for (; next < rows->count; next++)
        run(out, out, part_of(rows, next), len);
}

/* Keeps apart what is set once and what is set again. */
static void combine_one(struct rows *rows, uint8_t *out)
{
    uint8_t again[BLOCK], both[BLOCK];
    size_t len = rows->part.len;
    memset(again, 0, len);
    memcpy(out, part_of(rows, 0), len);
    for (size_t i = 1; i < rows->count; i++) {
        const uint8_t *row = part_of(rows, i);
        and_bytes(both, out, row, len);
        or_bytes(again, again, both, len);
        or_bytes(out, out, row, len);
    }
    and_not_bytes(out, out, again, len);
}

static void combine_block(enum bitmap_operation operation, struct rows *rows, uint8_t *out)
{
    uint8_t others[BLOCK];
    size_t len = rows->part.len;
    switch (operation) {
    case BITMAP_AND: fold(rows, and_bytes, 0, out); return;
    case BITMAP_OR: fold(rows, or_bytes, 0, out); return;
    case BITMAP_XOR: fold(rows, xor_bytes, 0, out); return;
    case BITMAP_NOT: invert(out, part_of(rows, 0), len); return;
    case BITMAP_ONE: combine_one(rows, out); return;
    default: break;
    }
    fold(rows, or_bytes, 1, others);
    const uint8_t *first = part_of(rows, 0);
    if (operation == BITMAP_AND_OR)
        and_bytes(out, first, others, len);
    else if (operation == BITMAP_DIFF)
        and_not_bytes(out, first, others, len);
    else
        and_not_bytes(out, others, first, len);
}

void bitmap_combine(enum bitmap_operation operation, const struct bytes *rows, size_t count,
                    struct bitmap_part part, uint8_t *out)
{
    ASSERT(count >= 1);
    struct rows block;
    block.rows = rows;
    block.count = count;
    for (size_t done = 0; done < part.len; done += BLOCK) {
        size_t left = part.len - done;
        block.part = (struct bitmap_part){part.start + done, left < BLOCK ? left : BLOCK};
        combine_block(operation, &block, out + done);
    }
}

void bitmap_drop_ended(enum bitmap_operation operation, struct bytes *rows, size_t *count,
                       size_t start)
{
    size_t kept = 1;
    bool has_ended = rows[0].len <= start;
    for (size_t i = 1; i < *count; i++) {
        if (rows[i].len > start)
            rows[kept++] = rows[i];
        else
            has_ended = true;
    }
    *count = kept;
    if (operation != BITMAP_AND || !has_ended) return;
    rows[0].len = 0; /* one that has ended ends them all */
    *count = 1;
}
