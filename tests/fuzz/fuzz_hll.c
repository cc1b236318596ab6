/* HyperLogLogs of any bytes: what is none, and runs that do not come to all registers, are refused;
 * all others are what a naive reading makes of them, and stay so when registers are raised. Each
 * lies in memory of exactly its size, so that ASan sees whoever looks beside it. */
#include "ds/hll.h"
#include "fuzz/fuzz.h"

enum { MARKS_MAX = 12 };

/* What the runs say, one after the other. */
struct naive {
    uint8_t registers[HLL_REGISTERS];
    bool valid;
};

static bool take_run(struct bytes *runs, unsigned *rank, unsigned *count)
{
    uint8_t byte = *runs->ptr++;
    runs->len--;
    *rank = byte >= 0x80 ? (byte - 0x80u) / 4 + 1 : 0;
    *count = (byte >= 0x80 ? byte % 4u : byte % 64u) + 1;
    if (byte < 0x40 || byte >= 0x80) return true;
    if (!runs->len) return false;
    *count = byte % 64u * 256 + *runs->ptr++ + 1;
    runs->len--;
    return true;
}

static void read_naively(struct bytes runs, struct naive *naive)
{
    unsigned at = 0, rank, count;
    memset(naive, 0, sizeof *naive);
    while (runs.len) {
        if (!take_run(&runs, &rank, &count) || at + count > HLL_REGISTERS) return;
        memset(naive->registers + at, (int)rank, count);
        at += count;
    }
    naive->valid = at == HLL_REGISTERS;
}

/* Zeros for the registers that are missing, so that much of what is drawn is valid. */
static void complete(struct buf *runs)
{
    struct bytes left = buf_view(runs);
    unsigned at = 0, rank, count;
    while (left.len && take_run(&left, &rank, &count))
        at += count;
    if (at >= HLL_REGISTERS) return;
    unsigned less = HLL_REGISTERS - at - 1;
    uint8_t zeros[2] = {(uint8_t)(0x40 | less >> 8), (uint8_t)less};
    buf_append(runs, bytes_make(zeros, sizeof zeros));
}

static struct bytes copy_exactly(struct bytes bytes)
{
    uint8_t *copy = mem_alloc(bytes.len);
    memcpy(copy, bytes.ptr, bytes.len);
    return bytes_make(copy, bytes.len);
}

static void drop_copy(struct bytes copy)
{
    mem_free((void *)copy.ptr, copy.len);
}

/* Everything that only reads agrees with the naive reading. */
static void check_reading(struct bytes bytes, const struct naive *naive)
{
    static uint8_t registers[HLL_REGISTERS];
    struct bytes hll = copy_exactly(bytes);
    uint64_t count;
    memset(registers, 0, sizeof registers);
    bool counted = hll_count(hll, &count);
    FUZZ_CHECK(counted == naive->valid);
    FUZZ_CHECK(hll_merge(hll, registers) == naive->valid);
    drop_copy(hll);
    if (!naive->valid) return;
    FUZZ_CHECK(memcmp(registers, naive->registers, sizeof registers) == 0);
    FUZZ_CHECK(count == hll_count_registers(registers));
}

static struct hll copy_roomily(struct bytes bytes)
{
    size_t capacity = HLL_DENSE + MARKS_MAX * HLL_RUN_GROWTH;
    struct hll hll = {mem_alloc(capacity), bytes.len, capacity, 0, 0};
    memcpy(hll.bytes, bytes.ptr, bytes.len);
    return hll;
}

static void check_dense(struct bytes bytes, const struct naive *naive)
{
    struct hll hll = copy_roomily(bytes);
    FUZZ_CHECK(hll_to_dense(&hll) == naive->valid);
    if (naive->valid) check_reading(bytes_make(hll.bytes, hll.len), naive);
    mem_free(hll.bytes, hll.capacity);
}

/* Raises drawn registers; of one that is corrupt nothing but the bounds is known. */
static void check_raising(struct bytes bytes, struct naive *naive, struct choices *choices)
{
    struct hll hll = copy_roomily(bytes);
    size_t sparse_max = choose_below(choices, 2) ? 3000 : choose_below(choices, 64);
    unsigned marks = choose_below(choices, MARKS_MAX + 1);
    for (unsigned i = 0; i < marks; i++) {
        struct hll_mark mark = {(uint16_t)choose_below(choices, HLL_REGISTERS),
                                (uint8_t)(1 + choose_below(choices, 51))};
        uint8_t *place = &naive->registers[mark.index];
        enum hll_outcome outcome = hll_raise(&hll, mark, sparse_max);
        if (PLANTED && mark.rank == 33) outcome = HLL_SAME;
        FUZZ_CHECK(hll.len <= hll.capacity);
        if (!naive->valid) continue;
        FUZZ_CHECK(outcome == (*place < mark.rank ? HLL_CHANGED : HLL_SAME));
        if (*place < mark.rank) *place = mark.rank;
    }
    if (naive->valid) check_reading(bytes_make(hll.bytes, hll.len), naive);
    mem_free(hll.bytes, hll.capacity);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct naive naive;
    struct choices choices = choices_of(data, size);
    struct buf runs = {0}, text = {0};
    bool completes = choose_below(&choices, 4) > 0;
    size_t run_bytes = choose_below(&choices, 64);
    buf_append(&runs, choose_bytes(&choices, run_bytes));
    if (completes) complete(&runs);
    read_naively(buf_view(&runs), &naive);
    buf_append(&text, BYTES("HYLL\1\0\0\0\0\0\0\0\0\0\0\0"));
    buf_append(&text, buf_view(&runs));
    FUZZ_CHECK(hll_is_one(buf_view(&text)));
    check_reading(buf_view(&text), &naive);
    check_dense(buf_view(&text), &naive);
    check_raising(buf_view(&text), &naive, &choices);
    buf_fini(&runs);
    buf_fini(&text);
    /* And as they come. */
    if (hll_is_one(bytes_make(data, size))) {
        uint64_t count;
        hll_count(bytes_make(data, size), &count);
    }
    return 0;
}
