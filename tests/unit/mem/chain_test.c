/* mem/chain against one flat array of bytes: everything that writes, refers, moves and consumes. */
#include "mem/chain.h"

#include <stdlib.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { CHAINS = 3, STEPS = 60000, FLAT_MAX = 1 << 20, LENT_BYTES = sizeof(struct chunk) + 160 };

struct flat {
    struct chain chain;
    uint8_t *bytes;
    size_t len;
    struct chunk *hole; /* open, NULL: none */
    size_t hole_at;
    bool lent_free; /* the lent block may be lent */
    _Alignas(16) uint8_t lent[LENT_BYTES];
};

struct world {
    struct random random;
    struct chunk_pool pool;
    struct flat flats[CHAINS];
    uint8_t next;
};

static void pattern(struct world *world, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = world->next++;
    world->next = (uint8_t)(world->next * 3 + 1);
}

static size_t draw_len(struct world *world)
{
    static const size_t lens[] = {1, 2, 30, 200, 2047, 2048, 2049, 5000, 16 * 1024, 40000};
    size_t bound = lens[random_below(&world->random, 10)];
    return random_below(&world->random, 3) ? random_below(&world->random, bound + 1) : bound;
}

static bool fits(const struct flat *flat, size_t len)
{
    return flat->len + len <= FLAT_MAX;
}

static void do_append(struct world *world, struct flat *flat)
{
    size_t len = draw_len(world);
    if (!fits(flat, len)) return;
    pattern(world, flat->bytes + flat->len, len);
    chain_append(&flat->chain, bytes_make(flat->bytes + flat->len, len));
    flat->len += len;
}

static void do_reserve(struct world *world, struct flat *flat)
{
    size_t room = random_below(&world->random, CHAIN_RESERVE_MAX + 1);
    size_t used = room ? random_below(&world->random, room + 1) : 0;
    if (!fits(flat, used) || !room) return;
    uint8_t *at = chain_reserve(&flat->chain, room);
    memset(at, 0xee, room); /* all of it is ours */
    pattern(world, flat->bytes + flat->len, used);
    memcpy(at, flat->bytes + flat->len, used);
    chain_commit(&flat->chain, used);
    flat->len += used;
}

static void do_blob(struct world *world, struct flat *flat)
{
    size_t len = draw_len(world) + 1;
    if (!fits(flat, len)) return;
    struct blob *blob = blob_new(len);
    pattern(world, blob->bytes, len);
    size_t start = random_below(&world->random, len);
    size_t part = random_below(&world->random, len - start + 1);
    size_t first = random_below(&world->random, 2) ? part : random_below(&world->random, part + 1);
    chain_append_blob(&flat->chain, blob, bytes_make(blob->bytes + start, first));
    chain_append_blob(&flat->chain, blob, bytes_make(blob->bytes + start + first, part - first));
    memcpy(flat->bytes + flat->len, blob->bytes + start, part);
    flat->len += part;
    blob_release(blob); /* the chain holds it now */
}

static void do_hole(struct flat *flat)
{
    if (flat->hole) return;
    flat->hole = chain_hole(&flat->chain);
    flat->hole_at = flat->len;
}

static void do_fill(struct world *world, struct flat *flat)
{
    uint8_t text[CHAIN_HOLE_BYTES];
    size_t len = random_below(&world->random, CHAIN_HOLE_BYTES + 1);
    if (!flat->hole || !fits(flat, len)) return;
    pattern(world, text, len);
    chain_fill(&flat->chain, flat->hole, bytes_make(text, len));
    uint8_t *at = flat->bytes + flat->hole_at;
    memmove(at + len, at, flat->len - flat->hole_at);
    memcpy(at, text, len);
    flat->len += len;
    flat->hole = NULL;
}

static void do_cut(struct flat *flat)
{
    if (!flat->hole) return;
    chain_cut(&flat->chain, flat->hole);
    flat->len = flat->hole_at;
    flat->hole = NULL;
    if (!flat->chain.first) flat->lent_free = true;
}

/* Nothing is consumed or moved while a hole is open: its header says so. */
static void do_consume(struct world *world, struct flat *flat)
{
    if (flat->hole) return;
    size_t len = random_below(&world->random, 4) ? random_below(&world->random, flat->len + 1)
                                                 : chain_front(&flat->chain).len;
    chain_consume(&flat->chain, len);
    memmove(flat->bytes, flat->bytes + len, flat->len - len);
    flat->len -= len;
    if (!flat->chain.first) flat->lent_free = true;
}

static void do_clear(struct flat *flat)
{
    chain_clear(&flat->chain);
    flat->len = 0;
    flat->hole = NULL;
    flat->lent_free = true;
}

static void do_move(struct world *world, struct flat *to)
{
    struct flat *from = &world->flats[random_below(&world->random, CHAINS)];
    if (from == to || from->hole || !fits(to, from->len)) return;
    chain_move(&to->chain, &from->chain);
    memcpy(to->bytes + to->len, from->bytes, from->len);
    to->len += from->len;
    from->len = 0;
    from->lent_free = true;
    CHECK(!from->chain.first && chain_len(&from->chain) == 0);
    memset(from->lent, 0xdd, sizeof from->lent); /* whoever still refers to it shows */
}

static void do_move_front(struct world *world, struct flat *to)
{
    struct flat *from = &world->flats[random_below(&world->random, CHAINS)];
    size_t len = random_below(&world->random, from->len + 1);
    if (from == to || from->hole || !fits(to, len)) return;
    chain_move_front(&to->chain, &from->chain, len);
    memcpy(to->bytes + to->len, from->bytes, len);
    to->len += len;
    memmove(from->bytes, from->bytes + len, from->len - len);
    from->len -= len;
    if (from->chain.first) return;
    from->lent_free = true;
    memset(from->lent, 0xdd, sizeof from->lent);
}

static void do_lend(struct flat *flat)
{
    if (flat->chain.first || !flat->lent_free) return;
    chain_lend(&flat->chain, flat->lent, sizeof flat->lent);
    flat->lent_free = false;
}

static void check_content(struct flat *flat)
{
    size_t at = 0;
    if (chain_len(&flat->chain) != flat->len) {
        test_fail(__FILE__, __LINE__, "%zu bytes, expected %zu", chain_len(&flat->chain),
                  flat->len);
        test_abort();
    }
    for (struct chunk *c = flat->chain.first; c; c = c->next) {
        uint8_t *end = c == flat->chain.last ? flat->chain.pos : c->end;
        size_t len = (size_t)(end - c->start);
        REQUIRE(at + len <= flat->len && memcmp(c->start, flat->bytes + at, len) == 0);
        at += len;
    }
    REQUIRE(at == flat->len);
    struct bytes front = chain_front(&flat->chain);
    REQUIRE(flat->len ? front.len > 0 && front.ptr[0] == flat->bytes[0] : front.len == 0);
}

static void step(struct world *world)
{
    struct flat *flat = &world->flats[random_below(&world->random, CHAINS)];
    switch (random_below(&world->random, 20)) {
    case 0 ... 3: do_append(world, flat); break;
    case 4 ... 7: do_reserve(world, flat); break;
    case 8 ... 9: do_blob(world, flat); break;
    case 10: do_hole(flat); break;
    case 11: do_fill(world, flat); break;
    case 12: random_below(&world->random, 3) ? do_fill(world, flat) : do_cut(flat); break;
    case 13 ... 15: do_consume(world, flat); break;
    case 16: random_below(&world->random, 8) ? do_lend(flat) : do_clear(flat); break;
    case 17: do_lend(flat); break;
    case 18: do_move_front(world, flat); break;
    default: do_move(world, flat);
    }
    check_content(flat);
}

TEST(a_chain_is_a_sequence_of_bytes)
{
    static struct world world;
    int64_t before = mem_unattached_bytes();
    test_seed(&world.random, "chain");
    chunk_pool_init(&world.pool, 4);
    for (int i = 0; i < CHAINS; i++) {
        /* The last one's chunks come from nowhere, as those of a request under way do. */
        chain_init(&world.flats[i].chain, i + 1 < CHAINS ? &world.pool : NULL);
        world.flats[i].bytes = malloc(FLAT_MAX);
        world.flats[i].lent_free = true;
    }
    for (int i = 0; i < STEPS; i++)
        step(&world);
    for (int i = 0; i < CHAINS; i++) {
        chain_clear(&world.flats[i].chain);
        free(world.flats[i].bytes);
    }
    CHECK(world.pool.count <= 4);
    chunk_pool_fini(&world.pool);
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(a_pool_keeps_only_so_many_chunks)
{
    struct chunk_pool pool;
    struct chain chain;
    int64_t before = mem_unattached_bytes();
    chunk_pool_init(&pool, 2);
    chain_init(&chain, &pool);
    for (int i = 0; i < 5; i++)
        chain_grow(&chain, 1);
    chain_clear(&chain);
    CHECK_INT(pool.count, 2);
    CHECK_INT(mem_unattached_bytes() - before, (int64_t)(2 * mem_block_size(CHUNK_BYTES)));
    chunk_pool_fini(&pool);
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(a_blob_lives_as_long_as_somebody_holds_it)
{
    struct chain chain;
    int64_t before = mem_unattached_bytes();
    struct blob *blob = blob_new(100000);
    memset(blob->bytes, 'x', blob->len);
    chain_init(&chain, NULL);
    chain_append_blob(&chain, blob, blob_view(blob));
    CHECK(blob_is_shared(blob));
    blob_release(blob);
    CHECK(!blob_is_shared(blob));
    CHECK_INT(chain_front(&chain).ptr[99999], 'x');
    chain_consume(&chain, 99999);
    CHECK(mem_unattached_bytes() > before);
    chain_consume(&chain, 1);
    CHECK_INT(mem_unattached_bytes(), before);
    blob_release(NULL);
}

/* As in the reply to a GET from another shard: a thousand of them are under way for one client. */
TEST(what_stands_behind_a_blob_costs_little)
{
    enum { REPLIES = 100, LEN = 65536, COST_MAX = 512 };
    struct chain chain;
    int64_t start = mem_unattached_bytes();
    struct blob *blob = blob_new(LEN);
    memset(blob->bytes, 'x', blob->len);
    chain_init(&chain, NULL);
    chain_append_blob(&chain, blob, blob_view(blob));
    int64_t before = mem_unattached_bytes();
    for (int i = 0; i < REPLIES; i++) {
        chain_append(&chain, BYTES("\r\n"));
        chain_append(&chain, BYTES("$65536\r\n"));
        chain_append_blob(&chain, blob, blob_view(blob));
    }
    CHECK_INT(chain_len(&chain), LEN + REPLIES * (LEN + 10));
    CHECK(mem_unattached_bytes() - before < (int64_t)REPLIES * COST_MAX);
    chain_clear(&chain);
    blob_release(blob);
    CHECK_INT(mem_unattached_bytes(), start);
}
