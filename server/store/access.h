/* store/access.h -- The clock in an entry's header: 24 bits that tell how it has been used.
 * LRU: the second of the last access, modulo 2^24 (194 days).
 * LFU: the minute of the last decrement (16 bits) and a logarithmic counter (8 bits), as
 * redis-server keeps them: a new key has 5, and each lfu_decay_minutes without access take one
 * away. */
#ifndef TORC_STORE_ACCESS_H
#define TORC_STORE_ACCESS_H

#include "base/random.h"
#include "store/entry.h"

enum { ACCESS_LFU_INIT = 5 };

struct access_rule {
    bool lfu;
    uint32_t lfu_log_factor;    /* 10 */
    uint32_t lfu_decay_minutes; /* 1 */
};

static inline uint32_t access_lru_clock(int64_t now_ms)
{
    return (uint32_t)(now_ms / 1000) & 0xffffff;
}

/* The clock of a key made now. */
uint32_t access_new(bool lfu, int64_t now_ms);
/* What the clock becomes by an access now; `random` has 64 random bits. */
uint32_t access_lfu_touched(uint32_t clock, int64_t now_ms, const struct access_rule *rule,
                            uint64_t random);
/* The counter now: decayed, not yet incremented. */
uint8_t access_lfu_count(uint32_t clock, int64_t now_ms, const struct access_rule *rule);
int64_t access_idle_ms(uint32_t clock, int64_t now_ms);

#endif
