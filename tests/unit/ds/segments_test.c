/* Tests of ds/segments. */
#include "ds/segments.h"

#include "mem/mem.h"
#include "support/check.h"

enum { COUNT = 3000 };

static void check_content(const struct segments *segments, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        CHECK_INT(*(int64_t *)segments_at(segments, i, sizeof(int64_t)), i * 3);
}

TEST(items_stay_while_the_array_grows_and_shrinks)
{
    int64_t before = mem_unattached_bytes();
    struct segments segments = {NULL, NULL};
    for (uint32_t i = 0; i < COUNT; i++) {
        int64_t *kept = i > SEGMENTS_FIRST ? segments_at(&segments, i - 1, sizeof *kept) : NULL;
        segments_resize(&segments, i, i + 1, sizeof(int64_t));
        *(int64_t *)segments_at(&segments, i, sizeof(int64_t)) = i * 3;
        if (kept) CHECK(kept == segments_at(&segments, i - 1, sizeof *kept));
        CHECK_INT(mem_unattached_bytes() - before,
                  (int64_t)segments_block_size(&segments, i + 1, sizeof(int64_t)));
    }
    check_content(&segments, COUNT);
    for (uint32_t i = COUNT; i > 0; i--) {
        segments_resize(&segments, i, i - 1, sizeof(int64_t));
        if (i % 97 == 0) check_content(&segments, i - 1);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(steps_of_any_size_are_taken_at_once)
{
    int64_t before = mem_unattached_bytes();
    struct segments segments = {NULL, NULL};
    segments_resize(&segments, 0, 1000, 64);
    segments_resize(&segments, 1000, 10, 64);
    segments_resize(&segments, 10, 70, 64);
    segments_resize(&segments, 70, 0, 64);
    CHECK_INT(mem_unattached_bytes(), before);
    CHECK_INT(segments_round(9, 64), 10);
    CHECK_INT(segments_round(63, 64), 64);
    CHECK_INT(segments_round(65, 64), 65);
}
