#include "ds/hll.h"

#include <assert.h>

#include "base/check.h"
#include "base/hashing.h"
#include "ds/hll_estimate.h"

enum {
    INDEX_BITS = 14, /* of the hash, that choose a register */
    RANKED_BITS = HLL_HASH_RANK_MAX - 1,
    SPARSE_RANK_MAX = 32,
    SHORT_ZEROS_MAX = 64, /* registers in a run of one byte */
    VALUES_MAX = 4,
    SPARSE = 1, /* the encoding; dense is 0 */
    COUNT_AT = 8,
    GROUP = 8,       /* registers that are packed together */
    GROUP_BYTES = 6, /* into these */
};

static_assert(INDEX_BITS + RANKED_BITS == 64, "each bit of a hash has one use");
static_assert(HLL_REGISTERS == 1 << INDEX_BITS, "the index chooses a register");
static_assert(HLL_DENSE == 12304, "as long as redis-server's");

bool hll_is_one(struct bytes bytes)
{
    if (bytes.len < HLL_HEADER || memcmp(bytes.ptr, "HYLL", 4) != 0) return false;
    return bytes.ptr[4] == SPARSE || (bytes.ptr[4] == 0 && bytes.len == HLL_DENSE);
}

struct hll_mark hll_mark_of(struct bytes element)
{
    uint64_t hash = hash_murmur64(element, 0xadc83b19);
    /* A bit behind the last one ends the zeros of all. */
    uint64_t ranked = hash >> INDEX_BITS | (uint64_t)1 << RANKED_BITS;
    unsigned rank = 1 + (unsigned)__builtin_ctzll(ranked);
    return (struct hll_mark){hash & (HLL_REGISTERS - 1), (uint8_t)rank};
}

/* The count in the header. */

bool hll_cached_count(struct bytes hll, uint64_t *count)
{
    *count = hash_load64(hll.ptr + COUNT_AT);
    return !(*count >> 63);
}

void hll_cache_count(uint8_t *hll, uint64_t count)
{
    for (unsigned i = 0; i < 8; i++)
        hll[COUNT_AT + i] = (uint8_t)(count >> 8 * i);
}

void hll_forget_count(uint8_t *hll)
{
    hll[COUNT_AT + 7] |= 0x80;
}

/* Dense registers, by eight: as bytes of a word, the first one lowest. */

static inline uint64_t unpack(const uint8_t *ptr)
{
    uint64_t bits = (uint64_t)ptr[0] | (uint64_t)ptr[1] << 8 | (uint64_t)ptr[2] << 16 |
                    (uint64_t)ptr[3] << 24 | (uint64_t)ptr[4] << 32 | (uint64_t)ptr[5] << 40;
    bits = (bits & 0xffffff) | (bits & 0xffffff000000) << 8;
    bits = (bits & 0x00000fff00000fff) | (bits & 0x00fff00000fff000) << 4;
    return (bits & 0x003f003f003f003f) | (bits & 0x0fc00fc00fc00fc0) << 2;
}

static inline void pack(uint64_t bits, uint8_t *ptr)
{
    bits = (bits & 0x003f003f003f003f) | (bits & 0x3f003f003f003f00) >> 2;
    bits = (bits & 0x00000fff00000fff) | (bits & 0x0fff00000fff0000) >> 4;
    bits = (bits & 0xffffff) | (bits & 0x00ffffff00000000) >> 8;
    for (unsigned i = 0; i < GROUP_BYTES; i++)
        ptr[i] = (uint8_t)(bits >> 8 * i);
}

static inline void store_word(uint8_t *ptr, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(ptr, &word, sizeof word);
}

/* The greater of each two bytes, all below 128. */
static inline uint64_t greater(uint64_t a, uint64_t b)
{
    uint64_t tops = 0x8080808080808080;
    uint64_t is_a = (((a | tops) - b) & tops) >> 7;
    uint64_t mask = is_a * 0xff;
    return (a & mask) | (b & ~mask);
}

void hll_pack(const uint8_t *registers, uint8_t *hll)
{
    uint8_t *ptr = hll + HLL_HEADER;
    for (size_t i = 0; i < HLL_REGISTERS; i += GROUP, ptr += GROUP_BYTES)
        pack(hash_load64(registers + i), ptr);
}

static void merge_dense(struct bytes hll, uint8_t *registers)
{
    const uint8_t *ptr = hll.ptr + HLL_HEADER;
    for (size_t i = 0; i < HLL_REGISTERS; i += GROUP, ptr += GROUP_BYTES)
        store_word(registers + i, greater(hash_load64(registers + i), unpack(ptr)));
}

static unsigned dense_get(const uint8_t *hll, unsigned index)
{
    const uint8_t *ptr = hll + HLL_HEADER + index * 6 / 8;
    unsigned shift = index * 6 % 8, bits = ptr[0];
    if (shift > 2) bits |= (unsigned)ptr[1] << 8; /* else it may be the last byte */
    return bits >> shift & 63;
}

static void dense_set(uint8_t *hll, unsigned index, unsigned rank)
{
    uint8_t *ptr = hll + HLL_HEADER + index * 6 / 8;
    unsigned shift = index * 6 % 8, mask = 63u << shift, bits = rank << shift;
    ptr[0] = (uint8_t)((ptr[0] & ~mask) | bits);
    if (shift > 2) ptr[1] = (uint8_t)((ptr[1] & ~(mask >> 8)) | bits >> 8);
}

bool hll_dense_is_below(struct bytes hll, struct hll_mark mark)
{
    return dense_get(hll.ptr, mark.index) < mark.rank;
}

/* Sparse registers. */

static inline bool is_value(uint8_t byte)
{
    return byte & 0x80;
}

static inline bool is_long_zeros(uint8_t byte)
{
    return (byte & 0xc0) == 0x40;
}

static inline unsigned value_rank(uint8_t byte)
{
    return (byte >> 2 & 31u) + 1;
}

static inline unsigned value_count(uint8_t byte)
{
    return (byte & 3u) + 1;
}

bool hll_next_run(struct bytes hll, size_t *at, struct hll_run *run)
{
    if (*at >= hll.len || hll.len > HLL_SPARSE_MAX) return false;
    uint8_t byte = hll.ptr[*at];
    *run = (struct hll_run){0, 1, (uint16_t)((byte & 63) + 1)};
    if (is_value(byte)) {
        run->rank = (uint8_t)value_rank(byte);
        run->count = (uint16_t)value_count(byte);
    } else if (is_long_zeros(byte)) {
        if (*at + 1 == hll.len) return false;
        run->size = 2;
        run->count = (uint16_t)(((byte & 63) << 8 | hll.ptr[*at + 1]) + 1);
    }
    *at += run->size;
    return true;
}

static bool merge_sparse(struct bytes hll, uint8_t *registers)
{
    size_t at = HLL_HEADER, index = 0;
    for (struct hll_run run; hll_next_run(hll, &at, &run);) {
        if (index + run.count > HLL_REGISTERS) return false;
        size_t end = index + run.count;
        for (size_t i = index; run.rank && i < end; i++)
            if (registers[i] < run.rank) registers[i] = run.rank;
        index = end;
    }
    return at == hll.len && index == HLL_REGISTERS;
}

bool hll_merge(struct bytes hll, uint8_t *registers)
{
    if (!hll_is_dense(hll)) return merge_sparse(hll, registers);
    merge_dense(hll, registers);
    return true;
}

bool hll_to_dense(struct hll *hll)
{
    struct bytes bytes = bytes_make(hll->bytes, hll->len);
    if (hll_is_dense(bytes)) return true;
    uint8_t registers[HLL_REGISTERS] = {0};
    if (!merge_sparse(bytes, registers)) return false;
    ASSERT(hll->capacity >= HLL_DENSE);
    hll_pack(registers, hll->bytes);
    hll->bytes[4] = 0;
    hll->len = HLL_DENSE;
    return true;
}

void hll_init_empty(struct hll *hll)
{
    static const uint8_t empty[HLL_EMPTY] = {
        'H', 'Y', 'L', 'L', SPARSE, [HLL_HEADER] = 0x7f, [HLL_HEADER + 1] = 0xff};
    memcpy(hll->bytes, empty, sizeof empty);
    hll->len = sizeof empty;
    hll->hint = 0;
    hll->hint_register = 0;
}

/* A run, where it is, and the one before it. */
struct found {
    size_t at, before; /* before == at: it is the first */
    unsigned first;    /* its first register */
    struct hll_run run;
};

/* How many registers eight runs of one byte cover; 0: one of them has two. */
static unsigned covered_by_eight(const uint8_t *ptr)
{
    const uint64_t tops = 0x8080808080808080, evens = 0x00ff00ff00ff00ff;
    uint64_t runs = hash_load64(ptr);
    if (~runs & runs << 1 & tops) return 0;
    uint64_t values = ((runs & tops) >> 7) * 0xff;
    uint64_t counts = runs & ((values & 0x0303030303030303) | (~values & 0x3f3f3f3f3f3f3f3f));
    counts = (counts & evens) + (counts >> 8 & evens);
    return 8 + (unsigned)(counts * 0x0001000100010001 >> 48);
}

/* Goes on from `at` and `first` for eight runs, or to the one that covers the register. */
static bool step_runs(struct bytes bytes, unsigned index, struct found *found, size_t *at)
{
    for (unsigned i = 0; i < 8; i++) {
        size_t next = *at;
        if (!hll_next_run(bytes, &next, &found->run)) return false;
        if (index < found->first + found->run.count) {
            found->at = *at;
            return true;
        }
        found->before = *at;
        found->first += found->run.count;
        *at = next;
    }
    return false;
}

/* From a run on which is at or before the one that covers the register. The hint becomes a run
 * that is at least eight before it, or where the search began: a change reaches no further back
 * than to the run before, which goes on beginning where it did. */
static bool find_from(struct hll *hll, unsigned index, size_t at, unsigned first,
                      struct found *found)
{
    struct bytes bytes = bytes_make(hll->bytes, hll->len);
    *found = (struct found){.at = SIZE_MAX, .before = at, .first = first};
    hll->hint = at;
    hll->hint_register = first;
    size_t last_at = at;
    unsigned last_first = first;
    while (at < bytes.len) {
        size_t batch_at = at;
        unsigned batch_first = found->first;
        unsigned covered = at + 8 < bytes.len ? covered_by_eight(bytes.ptr + at) : 0;
        if (covered && found->first + covered <= index) {
            found->before = at + 7;
            found->first += covered;
            at += 8;
        } else if (step_runs(bytes, index, found, &at)) {
            hll->hint = last_at;
            hll->hint_register = last_first;
            return true;
        } else if (at == batch_at) {
            return false;
        }
        last_at = batch_at;
        last_first = batch_first;
    }
    return false;
}

static bool find_run(struct hll *hll, unsigned index, struct found *found)
{
    if (hll->len > HLL_SPARSE_MAX) return false;
    size_t hint = hll->hint;
    if (hint > HLL_HEADER && index >= hll->hint_register) {
        if (!find_from(hll, index, hint, hll->hint_register, found)) return false;
        if (found->at != hint) return true;
        /* The run before it is not known. */
    }
    return find_from(hll, index, HLL_HEADER, 0, found);
}

/* Runs on their way into the place of one: three at most, of two bytes at most, but only two are
 * zeros. */
struct pieces {
    uint8_t bytes[5];
    unsigned len;
};

static void add_run(struct pieces *pieces, unsigned rank, unsigned count)
{
    if (!count) return;
    unsigned less = count - 1;
    uint8_t *ptr = pieces->bytes + pieces->len;
    if (rank) {
        ptr[0] = (uint8_t)(0x80 | (rank - 1) << 2 | less);
        pieces->len++;
    } else if (count <= SHORT_ZEROS_MAX) {
        ptr[0] = (uint8_t)less;
        pieces->len++;
    } else {
        ptr[0] = (uint8_t)(0x40 | less >> 8);
        ptr[1] = (uint8_t)less;
        pieces->len += 2;
    }
}

static void remove_byte(struct hll *hll, size_t at)
{
    memmove(hll->bytes + at, hll->bytes + at + 1, hll->len - at - 1);
    hll->len--;
}

/* Joins runs of one rank that stand side by side. Only five runs are looked at, as redis-server
 * does it: what comes out shall be the same bytes. */
static void join_runs(struct hll *hll, size_t at)
{
    for (unsigned i = 0; i < 5 && at < hll->len; i++) {
        uint8_t byte = hll->bytes[at], next = at + 1 < hll->len ? hll->bytes[at + 1] : 0;
        unsigned count = value_count(byte) + value_count(next);
        bool is_pair = is_value(byte) && is_value(next) && value_rank(byte) == value_rank(next);
        if (is_pair && count <= VALUES_MAX) {
            struct pieces joined = {.len = 0};
            add_run(&joined, value_rank(byte), count);
            hll->bytes[at + 1] = joined.bytes[0];
            remove_byte(hll, at);
        } else {
            at += is_long_zeros(byte) ? 2 : 1;
        }
    }
}

/* For what the sparse form cannot hold. */
static enum hll_outcome raise_promoted(struct hll *hll, struct hll_mark mark)
{
    if (!hll_to_dense(hll)) return HLL_CORRUPT;
    dense_set(hll->bytes, mark.index, mark.rank);
    hll_forget_count(hll->bytes);
    return HLL_CHANGED;
}

static enum hll_outcome raise_sparse(struct hll *hll, struct hll_mark mark, size_t sparse_max)
{
    if (mark.rank > SPARSE_RANK_MAX) return raise_promoted(hll, mark);
    struct found found;
    if (!find_run(hll, mark.index, &found)) return HLL_CORRUPT;
    const struct hll_run *run = &found.run;
    if (run->rank >= mark.rank) return HLL_SAME;
    unsigned before = mark.index - found.first;
    struct pieces pieces = {.len = 0};
    add_run(&pieces, run->rank, before);
    add_run(&pieces, mark.rank, 1);
    add_run(&pieces, run->rank, run->count - before - 1);
    size_t len = hll->len - run->size + pieces.len;
    if (len > hll->len && len > sparse_max) return raise_promoted(hll, mark);
    if (len > hll->capacity) return HLL_CORRUPT;
    uint8_t *at = hll->bytes + found.at;
    memmove(at + pieces.len, at + run->size, hll->len - found.at - run->size);
    memcpy(at, pieces.bytes, pieces.len);
    hll->len = len;
    join_runs(hll, found.before);
    hll_forget_count(hll->bytes);
    return HLL_CHANGED;
}

enum hll_outcome hll_raise(struct hll *hll, struct hll_mark mark, size_t sparse_max)
{
    struct bytes bytes = bytes_make(hll->bytes, hll->len);
    if (!hll_is_dense(bytes)) return raise_sparse(hll, mark, sparse_max);
    if (!hll_dense_is_below(bytes, mark)) return HLL_SAME;
    dense_set(hll->bytes, mark.index, mark.rank);
    hll_forget_count(hll->bytes);
    return HLL_CHANGED;
}

/* Counting. */

/* Counts bytes in four places, so that equal ones do not wait for each other. */
struct tally {
    struct hll_ranks parts[4];
};

static inline void tally_word(struct tally *tally, uint64_t word)
{
    for (unsigned i = 0; i < 8; i++, word >>= 8)
        tally->parts[i % 4].counts[word & 63]++;
}

static uint64_t estimate_tally(const struct tally *tally)
{
    struct hll_ranks sum = {{0}};
    for (unsigned part = 0; part < 4; part++)
        for (unsigned rank = 0; rank <= HLL_RANK_MAX; rank++)
            sum.counts[rank] += tally->parts[part].counts[rank];
    return hll_estimate(&sum);
}

uint64_t hll_count_registers(const uint8_t *registers)
{
    struct tally tally = {0};
    for (size_t i = 0; i < HLL_REGISTERS; i += 8)
        tally_word(&tally, hash_load64(registers + i));
    return estimate_tally(&tally);
}

static uint64_t count_dense(struct bytes hll)
{
    struct tally tally = {0};
    for (size_t at = HLL_HEADER; at < HLL_DENSE; at += GROUP_BYTES)
        tally_word(&tally, unpack(hll.ptr + at));
    return estimate_tally(&tally);
}

bool hll_count(struct bytes hll, uint64_t *count)
{
    if (hll_is_dense(hll)) {
        *count = count_dense(hll);
        return true;
    }
    struct hll_ranks ranks = {{0}};
    size_t at = HLL_HEADER, registers = 0;
    for (struct hll_run run; hll_next_run(hll, &at, &run);) {
        ranks.counts[run.rank] += run.count;
        registers += run.count;
    }
    if (at != hll.len || registers != HLL_REGISTERS) return false;
    *count = hll_estimate(&ranks);
    return true;
}
