/* Tests of ds/lcs against the whole matrix, cell by cell. */
#include "ds/lcs.h"

#include "support/check.h"
#include "support/seed.h"

enum { MAX = 300, ROUNDS = 400 };

static struct random rng;
static uint32_t cells[MAX + 1][MAX + 1];

static void solve(struct bytes a, struct bytes b)
{
    for (size_t i = 1; i <= a.len; i++) {
        for (size_t j = 1; j <= b.len; j++) {
            uint32_t above = cells[i - 1][j], before = cells[i][j - 1];
            bool same = a.ptr[i - 1] == b.ptr[j - 1];
            cells[i][j] = same ? cells[i - 1][j - 1] + 1 : above > before ? above : before;
        }
    }
}

static struct bytes draw(uint8_t *text, uint64_t kinds)
{
    uint64_t len = random_below(&rng, random_below(&rng, 2) ? MAX + 1 : 70);
    for (uint64_t i = 0; i < len; i++)
        text[i] = (uint8_t)random_below(&rng, kinds);
    return bytes_make(text, len);
}

static void check_texts(struct bytes a, struct bytes b)
{
    struct lcs whole, last;
    solve(a, b);
    CHECK(lcs_init(&whole, a, b, LCS_ALL_ROWS, NULL));
    CHECK(lcs_init(&last, a, b, LCS_LAST_ROW, NULL));
    CHECK_INT(lcs_len(&whole), cells[a.len][b.len]);
    CHECK_INT(lcs_len(&last), cells[a.len][b.len]);
    for (size_t i = 1; i <= a.len; i++)
        for (size_t j = 1; j <= b.len; j++)
            CHECK(lcs_grows(&whole, i, j) == (cells[i][j] > cells[i][j - 1]));
    lcs_fini(&whole);
    lcs_fini(&last);
}

TEST(bits_say_what_the_matrix_says)
{
    static uint8_t a[MAX], b[MAX];
    test_seed(&rng, "lcs");
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t kinds = 1 + random_below(&rng, random_below(&rng, 2) ? 4 : 256);
        struct bytes first = draw(a, kinds);
        check_texts(first, draw(b, kinds));
    }
}

TEST(texts_of_nothing)
{
    struct bytes text = BYTES("text"), nothing = bytes_make("", 0);
    check_texts(text, nothing);
    check_texts(nothing, text);
    check_texts(nothing, nothing);
}

static int pauses;

static void count_pause(struct breath *breath)
{
    pauses++;
    breath->left = 10000;
}

TEST(large_texts_take_breath)
{
    enum { A = 2, B = 4 << 20 };
    static uint8_t b[B];
    struct breath breath = {.left = 10000, .pause = count_pause};
    struct lcs lcs;
    b[B / 2] = 'x';
    CHECK(lcs_init(&lcs, bytes_make("xy", A), bytes_make(b, B), LCS_ALL_ROWS, &breath));
    CHECK_INT(lcs_len(&lcs), 1);
    CHECK(lcs_grows(&lcs, A, B / 2 + 1) && !lcs_grows(&lcs, A, B));
    CHECK(pauses > 1);
    lcs_fini(&lcs);
}
