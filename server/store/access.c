#include "store/access.h"

static uint32_t lfu_minutes(int64_t now_ms)
{
    return (uint32_t)(now_ms / 60000) & 0xffff;
}

uint32_t access_new(bool lfu, int64_t now_ms)
{
    return lfu ? lfu_minutes(now_ms) << 8 | ACCESS_LFU_INIT : access_lru_clock(now_ms);
}

uint8_t access_lfu_count(uint32_t clock, int64_t now_ms, const struct access_rule *rule)
{
    uint32_t count = clock & 0xff;
    uint32_t elapsed = (lfu_minutes(now_ms) - (clock >> 8)) & 0xffff;
    uint32_t periods = rule->lfu_decay_minutes ? elapsed / rule->lfu_decay_minutes : 0;
    return (uint8_t)(periods > count ? 0 : count - periods);
}

/* The more it has been counted, the less likely it is to be counted. */
static bool is_counted(uint32_t count, const struct access_rule *rule, uint64_t random)
{
    if (count == 255) return false;
    uint32_t base = count > ACCESS_LFU_INIT ? count - ACCESS_LFU_INIT : 0;
    double chance = 1.0 / (base * (double)rule->lfu_log_factor + 1);
    return (double)(random >> 11) * 0x1p-53 < chance;
}

uint32_t access_lfu_touched(uint32_t clock, int64_t now_ms, const struct access_rule *rule,
                            uint64_t random)
{
    uint32_t count = access_lfu_count(clock, now_ms, rule);
    count += is_counted(count, rule, random);
    return lfu_minutes(now_ms) << 8 | count;
}

int64_t access_idle_ms(uint32_t clock, int64_t now_ms)
{
    uint32_t seconds = (access_lru_clock(now_ms) - clock) & 0xffffff;
    return (int64_t)seconds * 1000;
}
