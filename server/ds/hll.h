/* ds/hll.h -- HyperLogLog: how many different elements were added, with an error of 0.81 %, in 12
 * KiB at most. Redis keeps one in a string, whose bytes these are:
 *
 *     | H Y L L | encoding 1 | unused 3 | count 8, little endian | registers ... |
 *
 * The count is the last one that was asked for, valid unless its highest bit is set. An element's
 * hash chooses one of 16384 registers, which keeps the highest rank it has seen: 1 + how many zeros
 * the rest of the hash ends with.
 *
 *     dense:  6 bits a register, from the lowest bit of the first byte on
 *     sparse: runs of equal registers    00nnnnnn             n + 1 of 0
 *                                        01nnnnnn nnnnnnnn    n + 1 of 0
 *                                        1vvvvvnn             n + 1 of v + 1
 *
 * The bytes may come from a client: what is no HyperLogLog is told by hll_is_one(), O(1), and runs
 * that do not come to 16384 registers by whoever walks over them. A sparse one never has more than
 * HLL_SPARSE_MAX bytes, as each register takes two at most. */
#ifndef TORC_DS_HLL_H
#define TORC_DS_HLL_H

#include "base/bytes.h"

enum {
    HLL_HEADER = 16,
    HLL_REGISTERS = 16384,
    HLL_DENSE = HLL_HEADER + HLL_REGISTERS * 6 / 8,  /* bytes of a dense one */
    HLL_EMPTY = HLL_HEADER + 2,                      /* of a sparse one without elements */
    HLL_SPARSE_MAX = HLL_HEADER + 2 * HLL_REGISTERS, /* of any sparse one */
    HLL_RUN_GROWTH = 3,                              /* what setting a register adds at most */
    HLL_RANK_MAX = 63,
};

bool hll_is_one(struct bytes bytes);
static inline bool hll_is_dense(struct bytes hll)
{
    return hll.ptr[4] == 0;
}

/* The register of an element, and the rank that it has there. O(element). */
struct hll_mark {
    uint16_t index;
    uint8_t rank;
};
struct hll_mark hll_mark_of(struct bytes element);

/* The count that the bytes tell. false: it is out of date. */
bool hll_cached_count(struct bytes hll, uint64_t *count);
void hll_cache_count(uint8_t *hll, uint64_t count);
void hll_forget_count(uint8_t *hll);
/* The estimate from the registers; some 10 us of a dense one. false: it is corrupt. */
bool hll_count(struct bytes hll, uint64_t *count);

/* Registers as bytes, all of them: what several are merged in. */
uint64_t hll_count_registers(const uint8_t *registers);
/* Raises the registers to those of `hll`. false: it is corrupt, and some may have been raised. */
bool hll_merge(struct bytes hll, uint8_t *registers);
/* The dense form without the header, which the caller writes. */
void hll_pack(const uint8_t *registers, uint8_t *hll);

/* One that is being changed, in memory of the caller. */
struct hll {
    uint8_t *bytes;
    size_t len, capacity;
    /* A sparse one: a run at or before the one changed last, and its first register, from where
     * ascending registers are found at once. Zero: the first. */
    size_t hint;
    uint32_t hint_register;
};

enum hll_outcome { HLL_SAME, HLL_CHANGED, HLL_CORRUPT };

void hll_init_empty(struct hll *hll); /* capacity >= HLL_EMPTY */
/* Raises a register. A sparse one that would grow beyond `sparse_max` bytes, or cannot hold the
 * rank, becomes dense. The capacity has to be HLL_DENSE at least, and HLL_RUN_GROWTH more than the
 * length for each call; HLL_SPARSE_MAX is enough for all. Forgets the count if something changed.
 * O(runs). */
enum hll_outcome hll_raise(struct hll *hll, struct hll_mark mark, size_t sparse_max);
/* false: it is corrupt, and as it was. Keeps the count. The capacity is HLL_DENSE at least. */
bool hll_to_dense(struct hll *hll);
/* Would hll_raise() change a dense one? */
bool hll_dense_is_below(struct bytes hll, struct hll_mark mark);

/* Walks over the runs of a sparse one; *at begins with HLL_HEADER. false: the end, or what cannot
 * be a run. */
struct hll_run {
    uint8_t rank;
    uint8_t size; /* bytes it takes */
    uint16_t count;
};
bool hll_next_run(struct bytes hll, size_t *at, struct hll_run *run);

#endif
