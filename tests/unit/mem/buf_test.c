/* mem/buf against a flat array. */
#include "mem/buf.h"

#include <stdlib.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { MAX = 1 << 20, STEPS = 20000 };

static size_t step(struct buf *buf, uint8_t *flat, size_t len, struct random *random)
{
    uint8_t text[3000];
    size_t part = random_below(random, random_below(random, 3) ? 40 : sizeof text);
    for (size_t i = 0; i < part; i++)
        text[i] = (uint8_t)random_next(random);
    switch (random_below(random, 8)) {
    case 0: /* O(rest) */
        part = random_below(random, len + 1);
        buf_consume(buf, part);
        memmove(flat, flat + part, len - part);
        return len - part;
    case 1:
        if (len + 40 > MAX) return len;
        buf_printf(buf, "%zu:%s", part, "tail");
        return len + (size_t)sprintf((char *)flat + len, "%zu:%s", part, "tail");
    case 2:
        if (len + part > MAX) return len;
        memcpy(buf_reserve(buf, sizeof text), text, part);
        buf->len += part;
        break;
    case 3:
        if (random_below(random, 20)) return len;
        buf_fini(buf);
        CHECK(!buf->ptr && !buf->len && !buf->capacity);
        return 0;
    default:
        if (len + part > MAX) return len;
        buf_append(buf, bytes_make(text, part));
    }
    memcpy(flat + len, text, part);
    return len + part;
}

TEST(a_buffer_is_its_bytes)
{
    struct random random;
    struct buf buf = {0};
    int64_t before = mem_unattached_bytes();
    uint8_t *flat = malloc(MAX + 64);
    size_t len = 0;
    test_seed(&random, "buf");
    for (int i = 0; i < STEPS; i++) {
        len = step(&buf, flat, len, &random);
        REQUIRE(buf.len == len && buf.len <= buf.capacity);
        REQUIRE(bytes_equal(buf_view(&buf), bytes_make(flat, len)));
        int64_t block = buf.capacity ? (int64_t)mem_block_size(buf.capacity) : 0;
        REQUIRE(mem_unattached_bytes() - before == block);
    }
    buf_fini(&buf);
    free(flat);
    CHECK_INT(mem_unattached_bytes(), before);
}
