#include "types/intset.h"

#include <assert.h>

#include "base/check.h"
#include "mem/mem.h"
#include "types/little_endian.h"

enum { HEADER_LEN = 8, WINDOW = 16 };

struct intset {
    uint8_t width[4];
    uint8_t count[4];
    uint8_t integers[];
};
static_assert(sizeof(struct intset) == HEADER_LEN, "as the layout has it");

static unsigned width_of(const struct intset *set)
{
    return set->width[0]; /* at most 8 */
}

uint32_t intset_count(const struct intset *set)
{
    return load_le32(set->count);
}

static uint64_t total_bytes(const struct intset *set)
{
    return HEADER_LEN + (uint64_t)width_of(set) * intset_count(set);
}

static unsigned width_for(int64_t integer)
{
    if (integer == (int16_t)integer) return 2;
    return integer == (int32_t)integer ? 4 : 8;
}

static int64_t load_integer(const uint8_t *integers, unsigned width, uint32_t index)
{
    const uint8_t *ptr = integers + (size_t)index * width;
    if (width == 2) return (int16_t)load_le16(ptr);
    return width == 4 ? (int32_t)load_le32(ptr) : (int64_t)load_le64(ptr);
}

static void store_integer(struct intset *set, unsigned width, uint32_t index, int64_t integer)
{
    uint8_t *ptr = set->integers + (size_t)index * width;
    if (width == 2)
        store_le16(ptr, (uint16_t)integer);
    else if (width == 4)
        store_le32(ptr, (uint32_t)integer);
    else
        store_le64(ptr, (uint64_t)integer);
}

/* --- The block -------------------------------------------------------------------------------- */

struct intset *intset_new(void)
{
    struct intset *set = mem_alloc(mem_block_size(HEADER_LEN));
    store_le32(set->width, 2);
    store_le32(set->count, 0);
    return set;
}

struct intset *intset_try_copy(struct bytes bytes)
{
    struct intset *set = mem_try_alloc(mem_block_size(bytes.len));
    if (set) memcpy(set, bytes.ptr, bytes.len);
    return set;
}

void intset_free(struct intset *set)
{
    if (set) mem_free(set, intset_block_size(set));
}

struct bytes intset_view(const struct intset *set)
{
    return bytes_make(set, total_bytes(set));
}

size_t intset_block_size(const struct intset *set)
{
    return mem_block_size(total_bytes(set));
}

static void resize_block(struct intset **set, uint64_t old_total, uint64_t total)
{
    size_t old_size = mem_block_size(old_total), size = mem_block_size(total);
    if (size != old_size) *set = mem_resize(*set, old_size, size);
}

/* --- Reading ---------------------------------------------------------------------------------- */

int64_t intset_get(const struct intset *set, uint32_t index)
{
    DEBUG_ASSERT(index < intset_count(set));
    return load_integer(set->integers, width_of(set), index);
}

int64_t intset_random(const struct intset *set, struct random *random)
{
    return intset_get(set, (uint32_t)random_below(random, intset_count(set)));
}

int64_t intset_min(const struct intset *set)
{
    return intset_get(set, 0);
}

int64_t intset_max(const struct intset *set)
{
    return intset_get(set, intset_count(set) - 1);
}

/* How many of a window's integers are less. Of its constant length, compilers make vector
 * instructions of it. */
#define DEFINE_WINDOW_LESS(bits)                                                                   \
    static unsigned window_less_##bits(const uint8_t *window, int##bits##_t integer)               \
    {                                                                                              \
        uint##bits##_t lanes[WINDOW], less = 0;                                                    \
        memcpy(lanes, window, sizeof lanes);                                                       \
        for (unsigned i = 0; i < WINDOW; i++)                                                      \
            less += (int##bits##_t)LITTLE_ENDIAN_##bits(lanes[i]) < integer;                       \
        return (unsigned)less;                                                                     \
    }
DEFINE_WINDOW_LESS(16)
DEFINE_WINDOW_LESS(32)
DEFINE_WINDOW_LESS(64)

static inline unsigned window_less(const uint8_t *window, unsigned width, int64_t integer)
{
    if (width == 2) return window_less_16(window, (int16_t)integer);
    if (width == 4) return window_less_32(window, (int32_t)integer);
    return window_less_64(window, integer);
}

static inline uint32_t count_less_short(const uint8_t *integers, unsigned width, uint32_t count,
                                        int64_t integer)
{
    uint32_t less = 0;
    for (uint32_t i = 0; i < count; i++)
        less += load_integer(integers, width, i) < integer;
    return less;
}

/* How many are less: all before `start`, none from start + left on. Halves, by moves instead of
 * branches that could be guessed wrong, until a window is left. Inlined for each width. */
static inline __attribute__((always_inline)) uint32_t
count_less(const uint8_t *integers, unsigned width, uint32_t count, int64_t integer)
{
    if (count < WINDOW) return count_less_short(integers, width, count, integer);
    uint32_t start = 0, left = count;
    while (left > WINDOW) {
        uint32_t half = left / 2;
        start = load_integer(integers, width, start + half - 1) < integer ? start + half : start;
        left -= half;
    }
    if (start > count - WINDOW) start = count - WINDOW; /* a whole one, though it begins earlier */
    return start + window_less(integers + (size_t)start * width, width, integer);
}

/* Where the integer stands or belongs. Its width must not exceed that of the set. */
static uint32_t place_of(const struct intset *set, int64_t integer)
{
    uint32_t count = intset_count(set);
    switch (width_of(set)) {
    case 2: return count_less(set->integers, 2, count, integer);
    case 4: return count_less(set->integers, 4, count, integer);
    default: return count_less(set->integers, 8, count, integer);
    }
}

static bool stands_at(const struct intset *set, uint32_t index, int64_t integer)
{
    return index < intset_count(set) && intset_get(set, index) == integer;
}

bool intset_has(const struct intset *set, int64_t integer)
{
    if (width_for(integer) > width_of(set)) return false;
    return stands_at(set, place_of(set, integer), integer);
}

/* --- Changing --------------------------------------------------------------------------------- */

/* An integer too wide for the others is less or greater than all of them. From behind, so that no
 * integer is overwritten before it has been moved. */
static void add_wider(struct intset **set, int64_t integer)
{
    unsigned old_width = width_of(*set), width = width_for(integer);
    uint32_t count = intset_count(*set), shift = integer < 0;
    resize_block(set, total_bytes(*set), HEADER_LEN + ((uint64_t)count + 1) * width);
    for (uint32_t i = count; i-- > 0;)
        store_integer(*set, width, i + shift, load_integer((*set)->integers, old_width, i));
    store_integer(*set, width, shift ? 0 : count, integer);
    store_le32((*set)->width, width);
    store_le32((*set)->count, count + 1);
}

bool intset_add(struct intset **set, int64_t integer)
{
    unsigned width = width_of(*set);
    uint32_t count = intset_count(*set);
    ASSERT(count < UINT32_MAX);
    if (width_for(integer) > width) {
        add_wider(set, integer);
        return true;
    }
    uint32_t index = place_of(*set, integer);
    if (stands_at(*set, index, integer)) return false;
    resize_block(set, total_bytes(*set), total_bytes(*set) + width);
    uint8_t *ptr = (*set)->integers + (size_t)index * width;
    memmove(ptr + width, ptr, (size_t)(count - index) * width);
    store_integer(*set, width, index, integer);
    store_le32((*set)->count, count + 1);
    return true;
}

bool intset_remove(struct intset **set, int64_t integer)
{
    if (!intset_has(*set, integer)) return false;
    unsigned width = width_of(*set);
    uint32_t count = intset_count(*set), index = place_of(*set, integer);
    uint64_t total = total_bytes(*set);
    uint8_t *ptr = (*set)->integers + (size_t)index * width;
    memmove(ptr, ptr + width, (size_t)(count - index - 1) * width);
    store_le32((*set)->count, count - 1);
    resize_block(set, total, total - width);
    return true;
}

/* --- Bytes that nobody vouches for ------------------------------------------------------------ */

static bool header_is_sound(struct bytes bytes)
{
    if (bytes.len < HEADER_LEN) return false;
    uint32_t width = load_le32(bytes.ptr);
    if (width != 2 && width != 4 && width != 8) return false;
    return bytes.len == HEADER_LEN + (uint64_t)width * load_le32(bytes.ptr + 4);
}

bool intset_validate(struct bytes bytes)
{
    if (!header_is_sound(bytes)) return false;
    const uint8_t *integers = bytes.ptr + HEADER_LEN;
    unsigned width = bytes.ptr[0];
    uint32_t count = load_le32(bytes.ptr + 4);
    for (uint32_t i = 1; i < count; i++)
        if (load_integer(integers, width, i - 1) >= load_integer(integers, width, i)) return false;
    return true;
}

void intset_check(const struct intset *set)
{
    ASSERT(intset_validate(intset_view(set)));
}
