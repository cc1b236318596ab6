/* Tests of store/access. */
#include "store/access.h"

#include "support/check.h"

static const struct access_rule rule = {true, 10, 1};

TEST(idle_time_wraps_around)
{
    int64_t now_ms = 1700000000000;
    uint32_t clock = access_new(false, now_ms);
    CHECK_INT(access_idle_ms(clock, now_ms + 61000), 61000);
    int64_t last_ms = 0xffffffLL * 1000;
    CHECK_INT(access_idle_ms(access_lru_clock(last_ms), last_ms + 5000), 5000);
}

TEST(frequencies_grow_slowly_and_decay)
{
    int64_t now_ms = 1700000000000;
    uint32_t clock = access_new(true, now_ms);
    CHECK_INT(access_lfu_count(clock, now_ms, &rule), ACCESS_LFU_INIT);
    struct random random;
    random_init(&random, 1);
    for (int i = 0; i < 100000; i++)
        clock = access_lfu_touched(clock, now_ms, &rule, random_next(&random));
    uint8_t count = access_lfu_count(clock, now_ms, &rule);
    CHECK(count > 100 && count < 200); /* redis.conf's table says 142 */
    CHECK_INT(access_lfu_count(clock, now_ms + 10 * 60000, &rule), count - 10);
    CHECK_INT(access_lfu_count(clock, now_ms + 1000 * 60000, &rule), 0);
}
