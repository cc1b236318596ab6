/* Tests of ds/bitmap: beside loops over single bits, at all alignments, over odd lengths. */
#include "ds/bitmap.h"

#include "base/random.h"
#include "support/check.h"

enum { ROOM = 9000, ROWS = 5 };

static struct random rng;

static size_t below(size_t bound)
{
    return (size_t)random_below(&rng, bound);
}

/* Random bytes, or mostly zeros, or mostly ones. */
static void fill(uint8_t *bytes, size_t len)
{
    size_t kind = below(3);
    for (size_t i = 0; i < len; i++)
        bytes[i] = kind == 0 ? (uint8_t)random_next(&rng) : kind == 1 ? 0 : 0xff;
    if (kind && len && below(4)) bytes[below(len)] ^= (uint8_t)(1 << below(8));
}

static size_t draw_len(void)
{
    return below(4) ? below(300) : below(ROOM - 64);
}

static size_t naive_count(struct bytes bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes.len * 8; i++)
        count += bitmap_bit(bytes, i);
    return count;
}

static size_t naive_find(struct bytes bytes, bool wanted)
{
    for (size_t i = 0; i < bytes.len * 8; i++)
        if (bitmap_bit(bytes, i) == wanted) return i;
    return BITMAP_NONE;
}

TEST(bits_are_numbered_from_the_highest)
{
    struct bytes bytes = BYTES("\x80\x01");
    CHECK(bitmap_bit(bytes, 0) && bitmap_bit(bytes, 15));
    CHECK(!bitmap_bit(bytes, 1) && !bitmap_bit(bytes, 14));
    CHECK(!bitmap_bit(bytes, 16) && !bitmap_bit(bytes, SIZE_MAX));
}

TEST(counting_and_searching_are_what_loops_over_bits_do)
{
    static uint8_t room[ROOM];
    random_init(&rng, 1);
    for (int i = 0; i < 4000; i++) {
        size_t len = draw_len(), offset = below(64);
        fill(room, sizeof room);
        fill(room + offset, len);
        struct bytes bytes = bytes_make(room + offset, len);
        size_t expected = naive_count(bytes);
        CHECK_INT(bitmap_count(bytes), expected);
        CHECK_INT(bitmap_count_portable(bytes), expected);
        CHECK_INT(bitmap_find(bytes, true), naive_find(bytes, true));
        CHECK_INT(bitmap_find(bytes, false), naive_find(bytes, false));
    }
}

TEST(counts_do_not_overflow_in_lanes)
{
    static uint8_t room[3 * BITMAP_PIECE + 7];
    memset(room, 0xff, sizeof room);
    struct bytes bytes = bytes_make(room, sizeof room);
    CHECK_INT(bitmap_count(bytes), sizeof room * 8);
    CHECK_INT(bitmap_count_portable(bytes), sizeof room * 8);
    CHECK_INT(bitmap_find(bytes, false), BITMAP_NONE);
}

TEST(nothing_is_in_no_bytes)
{
    struct bytes none = bytes_make(NULL, 0);
    CHECK_INT(bitmap_count(none), 0);
    CHECK_INT(bitmap_find(none, true), BITMAP_NONE);
    CHECK_INT(bitmap_find(none, false), BITMAP_NONE);
}

static uint8_t byte_at(struct bytes row, size_t at)
{
    return at < row.len ? row.ptr[at] : 0;
}

static uint8_t naive_byte(enum bitmap_operation operation, const struct bytes *rows, size_t count,
                          size_t at)
{
    uint8_t x = byte_at(rows[0], at), all = x, any = x, odd = x, once = x, again = 0, others = 0;
    for (size_t i = 1; i < count; i++) {
        uint8_t y = byte_at(rows[i], at);
        all &= y, any |= y, odd ^= y, others |= y;
        again |= once & y, once |= y;
    }
    switch (operation) {
    case BITMAP_AND: return all;
    case BITMAP_OR: return any;
    case BITMAP_XOR: return odd;
    case BITMAP_NOT: return (uint8_t)~x;
    case BITMAP_DIFF: return (uint8_t)(x & ~others);
    case BITMAP_DIFF1: return (uint8_t)(others & ~x);
    case BITMAP_AND_OR: return x & others;
    case BITMAP_ONE: return (uint8_t)(once & ~again);
    }
    return 0;
}

static void check_combined(enum bitmap_operation operation, const struct bytes *rows, size_t count)
{
    static uint8_t out[ROOM + 2];
    struct bitmap_part part = {below(ROOM / 2), below(ROOM / 2)};
    memset(out, 0xa5, sizeof out);
    struct bytes kept[ROWS];
    size_t kept_count = count;
    memcpy(kept, rows, count * sizeof *rows);
    if (below(2)) bitmap_drop_ended(operation, kept, &kept_count, part.start);
    bitmap_combine(operation, kept, kept_count, part, out + 1);
    size_t wrong = 0;
    for (size_t i = 0; i < part.len; i++)
        wrong += out[1 + i] != naive_byte(operation, rows, count, part.start + i);
    CHECK_INT(wrong, 0);
    CHECK(out[0] == 0xa5 && out[1 + part.len] == 0xa5);
}

TEST(rows_are_combined_as_single_bytes_are)
{
    static uint8_t rooms[ROWS][ROOM];
    random_init(&rng, 2);
    for (int i = 0; i < 1500; i++) {
        struct bytes rows[ROWS];
        for (int row = 0; row < ROWS; row++) {
            size_t offset = below(64);
            rows[row] = bytes_make(rooms[row] + offset, draw_len());
            fill(rooms[row] + offset, rows[row].len);
        }
        enum bitmap_operation operation = (enum bitmap_operation)below(BITMAP_ONE + 1);
        size_t count = operation == BITMAP_NOT ? 1 : 2 + below(ROWS - 1);
        if (below(8) == 0) count = 1;
        check_combined(operation, rows, count);
    }
}
