#include "ds/hll_selftest.h"

#include "ds/hll.h"

enum { ELEMENTS = 20000, COMPARED = 500, SPARSE_BYTES = 3000 };

static uint8_t pattern(unsigned seed, unsigned index)
{
    return (uint8_t)((index * 2654435761u + seed) >> 24 & HLL_RANK_MAX);
}

/* Registers are what they were when they have been packed. */
static bool registers_are_kept(unsigned seed)
{
    uint8_t registers[HLL_REGISTERS], again[HLL_REGISTERS] = {0}, bytes[HLL_DENSE] = {0};
    memcpy(bytes, "HYLL", 4);
    for (unsigned i = 0; i < HLL_REGISTERS; i++)
        registers[i] = pattern(seed, i);
    hll_pack(registers, bytes);
    return hll_merge(bytes_make(bytes, sizeof bytes), again) &&
           memcmp(registers, again, sizeof again) == 0;
}

/* Four times the standard error. */
static bool is_close(uint64_t count, uint64_t expected)
{
    uint64_t allowed = expected / 30 + 2,
             error = count > expected ? count - expected : expected - count;
    return error <= allowed;
}

/* A sparse one and a dense one get the same elements. */
static const char *count_both(struct hll *sparse, struct hll *dense)
{
    uint64_t sparse_count = 0, dense_count = 0;
    hll_to_dense(dense);
    for (uint64_t i = 1; i <= ELEMENTS; i++) {
        struct hll_mark mark = hll_mark_of(bytes_make(&i, sizeof i));
        if (hll_raise(sparse, mark, SPARSE_BYTES) != hll_raise(dense, mark, SPARSE_BYTES))
            return "sparse and dense registers differ";
        if (i % COMPARED && i != ELEMENTS) continue;
        if (!hll_count(bytes_make(sparse->bytes, sparse->len), &sparse_count))
            return "a sparse representation became corrupt";
        hll_count(bytes_make(dense->bytes, dense->len), &dense_count);
        if (sparse_count != dense_count) return "sparse and dense counts differ";
        if (!is_close(dense_count, i)) return "a count is too far off";
    }
    return NULL;
}

const char *hll_selftest(void)
{
    for (unsigned seed = 0; seed < 4; seed++)
        if (!registers_are_kept(seed << 24)) return "registers are not what was stored";
    uint8_t rooms[2][HLL_DENSE];
    struct hll sparse = {rooms[0], 0, HLL_DENSE, 0, 0}, dense = {rooms[1], 0, HLL_DENSE, 0, 0};
    hll_init_empty(&sparse);
    hll_init_empty(&dense);
    return count_both(&sparse, &dense);
}
