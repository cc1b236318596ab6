/* mem/arena: nothing overlaps, marks nest, the first block stays. */
#include "mem/arena.h"

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { DEPTH = 40, PIECES = 60 };

struct piece {
    uint8_t *ptr;
    size_t len;
    uint8_t fill;
};

static void check_pieces(const struct piece *pieces, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *ptr = pieces[i].ptr;
        if (!pieces[i].len) continue;
        REQUIRE(ptr[0] == pieces[i].fill && memcmp(ptr, ptr + 1, pieces[i].len - 1) == 0);
    }
}

static struct piece draw_piece(struct arena *arena, struct random *random)
{
    static const size_t bounds[] = {1, 16, 100, 3000, 20000};
    struct piece piece = {.len = random_below(random, bounds[random_below(random, 5)] + 1)};
    piece.ptr = arena_alloc(arena, piece.len);
    piece.fill = (uint8_t)random_next(random);
    CHECK(piece.ptr != NULL);
    CHECK_INT((uintptr_t)piece.ptr % 16, 0);
    if (piece.len) memset(piece.ptr, piece.fill, piece.len);
    return piece;
}

TEST(marks_nest_and_nothing_overlaps)
{
    static struct piece pieces[DEPTH * PIECES];
    struct arena_mark marks[DEPTH];
    uint32_t counts[DEPTH], count = 0, depth = 0;
    struct random random;
    struct arena arena;
    int64_t before = mem_unattached_bytes();
    test_seed(&random, "arena");
    arena_init(&arena);
    for (int i = 0; i < 6000; i++) {
        if (random_below(&random, 3) == 0 && depth < DEPTH) {
            marks[depth] = arena_mark(&arena);
            counts[depth++] = count;
        } else if (random_below(&random, 3) == 0 && depth) {
            uint32_t to = (uint32_t)random_below(&random, depth); /* several at once, too */
            check_pieces(pieces, count);
            arena_return(&arena, marks[to]);
            count = counts[to];
            depth = to;
            check_pieces(pieces, count);
        } else if (count < DEPTH * PIECES) {
            pieces[count++] = draw_piece(&arena, &random);
        }
    }
    check_pieces(pieces, count);
    if (depth) arena_return(&arena, marks[0]);
    arena_fini(&arena);
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(the_first_block_stays)
{
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 3; i++) {
        struct arena_mark mark = arena_mark(&arena);
        memset(arena_alloc(&arena, 1000), 1, 1000);
        int64_t one_block = mem_unattached_bytes();
        memset(arena_alloc(&arena, 100000), 1, 100000);
        memset(arena_alloc(&arena, 100000), 1, 100000);
        arena_return(&arena, mark);
        CHECK_INT(mem_unattached_bytes(), one_block);
    }
    arena_fini(&arena);
}

TEST(a_large_first_block_goes)
{
    struct arena arena;
    int64_t before = mem_unattached_bytes();
    arena_init(&arena);
    struct arena_mark mark = arena_mark(&arena);
    memset(arena_alloc(&arena, 1000000), 1, 1000000);
    memset(arena_alloc(&arena, 100), 1, 100);
    arena_return(&arena, mark);
    CHECK_INT(mem_unattached_bytes(), before);
    memset(arena_alloc(&arena, 100), 1, 100);
    arena_return(&arena, mark);
    arena_fini(&arena);
    CHECK_INT(mem_unattached_bytes(), before);
}

/* Its header: never NULL. */
TEST(nothing_has_an_address_too)
{
    struct arena arena;
    arena_init(&arena);
    CHECK(arena_alloc(&arena, 0) != NULL);
    CHECK(arena_copy(&arena, bytes_make(NULL, 0)).ptr != NULL);
    CHECK(arena_alloc_array(&arena, 0, 8) != NULL);
    struct bytes copy = arena_copy(&arena, BYTES("abc"));
    CHECK(bytes_equal(copy, BYTES("abc")));
    arena_fini(&arena);
}
