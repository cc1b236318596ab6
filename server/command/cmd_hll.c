#include "command/cmd_hll.h"

#include <stdio.h>

#include "command/cmd_string_parts.h"
#include "ds/hll.h"
#include "ds/hll_selftest.h"
#include "mem/arena.h"

static struct outcome reply_corrupt(struct call *call)
{
    return reply_error(call, "INVALIDOBJ Corrupted HLL object detected");
}

/* The HyperLogLog that an entry holds, borrowed. false: it is none, or has another type; *problem
 * says so. */
static bool view_hll(struct call *call, const struct entry *entry, struct bytes *hll,
                     struct outcome *problem)
{
    if (!string_is_type(entry)) {
        *problem = reply_wrong_type(call);
        return false;
    }
    char scratch[NUMBER_INT_MAX];
    bool is_one = entry_encoding(entry) != VALUE_INT;
    if (is_one) {
        *hll = entry_text(entry, scratch);
        is_one = hll_is_one(*hll);
    }
    if (!is_one)
        *problem = reply_error(call, "WRONGTYPE Key is not a valid HyperLogLog string value.");
    return is_one;
}

static size_t sparse_max(const struct call *call)
{
    return (size_t)call->limits->hll_sparse_max_bytes;
}

/* A copy to be changed, with room for `more` bytes; of an empty one if there is no entry. */
static void copy_hll(struct call *call, const struct entry *entry, struct bytes bytes, size_t more,
                     struct hll *hll)
{
    size_t len = entry ? bytes.len : HLL_EMPTY;
    size_t capacity =
        len > HLL_SPARSE_MAX || more > HLL_SPARSE_MAX - len ? HLL_SPARSE_MAX : len + more;
    if (capacity < HLL_DENSE) capacity = HLL_DENSE;
    if (capacity < len) capacity = len;
    *hll = (struct hll){arena_alloc(call->scratch, capacity), len, capacity, 0, 0};
    if (entry)
        memcpy(hll->bytes, bytes.ptr, bytes.len);
    else
        hll_init_empty(hll);
}

static void put_hll(struct call *call, const struct place *place, struct entry *entry,
                    const struct hll *hll, enum change_event event)
{
    struct str value = str_of_bytes(bytes_make(hll->bytes, hll->len));
    value.raw = true;
    if (entry)
        keyspace_overwrite(place, entry, &value, KEYSPACE_KEEP_EXPIRY, event);
    else
        call_add(call, place, &value, INT64_MAX, event);
}

/* PFADD. */

static struct outcome add_to_dense(struct call *call, const struct place *place,
                                   struct entry *entry, struct bytes bytes)
{
    uint32_t next = 2;
    while (next < call->arg_count && !hll_dense_is_below(bytes, hll_mark_of(call->args[next])))
        next++;
    if (next == call->arg_count) return reply_int(call, 0);
    struct hll hll = {.len = bytes.len, .capacity = bytes.len};
    if (!keyspace_extend(place, entry, bytes.len, &hll.bytes, CHANGE_PFADD))
        return string_no_memory(call);
    for (; next < call->arg_count; next++)
        hll_raise(&hll, hll_mark_of(call->args[next]), 0);
    return reply_int(call, 1);
}

static struct outcome cmd_pfadd(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    struct bytes bytes = {0};
    struct outcome problem;
    if (entry && !view_hll(call, entry, &bytes, &problem)) return problem;
    if (entry && hll_is_dense(bytes)) return add_to_dense(call, &place, entry, bytes);
    if (entry && call->arg_count == 2) return reply_int(call, 0);
    if (bytes.len > HLL_SPARSE_MAX) return reply_corrupt(call);
    struct hll hll;
    copy_hll(call, entry, bytes, (size_t)call->arg_count * HLL_RUN_GROWTH, &hll);
    bool changed = !entry;
    enum hll_outcome outcome = HLL_SAME;
    for (uint32_t i = 2; i < call->arg_count && outcome != HLL_CORRUPT; i++) {
        outcome = hll_raise(&hll, hll_mark_of(call->args[i]), sparse_max(call));
        if (outcome == HLL_CHANGED) changed = true;
    }
    /* What was counted before a corrupt run was met stays counted, as in redis-server. */
    if (changed) {
        hll_forget_count(hll.bytes);
        put_hll(call, &place, entry, &hll, CHANGE_PFADD);
    }
    if (outcome == HLL_CORRUPT) return reply_corrupt(call);
    return reply_int(call, changed);
}

/* PFCOUNT. */

/* The count is noted in the value: asked again, it costs nothing. */
static struct outcome count_one(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!entry) return reply_int(call, 0);
    struct bytes hll;
    struct outcome problem;
    if (!view_hll(call, entry, &hll, &problem)) return problem;
    uint64_t count;
    if (hll_cached_count(hll, &count)) return reply_int(call, (int64_t)count);
    if (!hll_count(hll, &count)) return reply_corrupt(call);
    uint8_t *bytes;
    if (keyspace_extend(&place, entry, hll.len, &bytes, CHANGE_FORM)) hll_cache_count(bytes, count);
    return reply_int(call, (int64_t)count);
}

static uint8_t *new_registers(struct call *call)
{
    uint8_t *registers = arena_alloc(call->scratch, HLL_REGISTERS);
    memset(registers, 0, HLL_REGISTERS);
    return registers;
}

/* Merges what all keys hold from the first argument on. false: *problem says why not. */
static bool merge_keys(struct call *call, uint8_t *registers, bool *has_dense,
                       struct outcome *problem)
{
    *has_dense = false;
    for (uint32_t i = 1; i < call->arg_count; i++) {
        struct place place = i == 1 ? call_first_place(call, 1) : call_place(call, i);
        struct entry *entry = call_find_read(call, &place);
        struct bytes hll;
        if (!entry) continue;
        if (!view_hll(call, entry, &hll, problem)) return false;
        if (hll_is_dense(hll)) *has_dense = true;
        if (hll_merge(hll, registers)) continue;
        *problem = reply_corrupt(call);
        return false;
    }
    return true;
}

static struct outcome cmd_pfcount(struct call *call)
{
    if (call->arg_count == 2) return count_one(call);
    uint8_t *registers = new_registers(call);
    bool has_dense;
    struct outcome problem;
    if (!merge_keys(call, registers, &has_dense, &problem)) return problem;
    return reply_int(call, (int64_t)hll_count_registers(registers));
}

/* PFMERGE. The destination, found again, is one of those that were merged. */

static void raise_all(struct call *call, struct hll *hll, const uint8_t *registers)
{
    for (unsigned i = 0; i < HLL_REGISTERS; i++)
        if (registers[i])
            hll_raise(hll, (struct hll_mark){(uint16_t)i, registers[i]}, sparse_max(call));
}

static struct outcome cmd_pfmerge(struct call *call)
{
    uint8_t *registers = new_registers(call);
    bool has_dense;
    struct outcome problem;
    if (!merge_keys(call, registers, &has_dense, &problem)) return problem;
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    struct bytes bytes = {0};
    if (entry && !view_hll(call, entry, &bytes, &problem)) return problem;
    struct hll hll;
    copy_hll(call, entry, bytes, HLL_SPARSE_MAX, &hll);
    if (has_dense && hll_to_dense(&hll))
        hll_pack(registers, hll.bytes);
    else
        raise_all(call, &hll, registers);
    hll_forget_count(hll.bytes);
    put_hll(call, &place, entry, &hll, CHANGE_PFADD);
    return reply_ok(call);
}

/* PFDEBUG. */

enum { RUN_TEXT_MAX = 16 };

/* How many bytes it took. */
static size_t write_run(char *ptr, const struct hll_run *run, const char *space)
{
    char zeros = run->size == 2 ? 'Z' : 'z';
    int len = run->rank ? snprintf(ptr, RUN_TEXT_MAX, "%sv:%u,%u", space, run->rank, run->count)
                        : snprintf(ptr, RUN_TEXT_MAX, "%s%c:%u", space, zeros, run->count);
    return (size_t)len;
}

static struct outcome reply_runs(struct call *call, struct bytes hll)
{
    if (hll_is_dense(hll)) return reply_error(call, "ERR HLL encoding is not sparse");
    if (hll.len > HLL_SPARSE_MAX) return reply_corrupt(call);
    char *text = arena_alloc_array(call->scratch, hll.len, RUN_TEXT_MAX);
    size_t len = 0, at = HLL_HEADER;
    struct hll_run run;
    while (hll_next_run(hll, &at, &run))
        len += write_run(text + len, &run, len ? " " : "");
    if (at < hll.len) { /* half a run: shown as redis-server does, as if a zero byte followed */
        run = (struct hll_run){0, 2, (uint16_t)((hll.ptr[at] & 63) * 256 + 1)};
        len += write_run(text + len, &run, len ? " " : "");
    }
    return reply_bulk(call, bytes_make(text, len));
}

/* Makes it dense if it is not. false: it is corrupt. */
static bool make_dense(struct call *call, const struct place *place, struct entry *entry,
                       struct bytes bytes)
{
    if (hll_is_dense(bytes)) return true;
    if (bytes.len > HLL_SPARSE_MAX) return false;
    struct hll hll;
    copy_hll(call, entry, bytes, 0, &hll);
    if (!hll_to_dense(&hll)) return false;
    put_hll(call, place, entry, &hll, CHANGE_FORM);
    return true;
}

static struct outcome reply_registers(struct call *call, struct bytes hll)
{
    uint8_t *registers = new_registers(call);
    if (!hll_merge(hll, registers)) return reply_corrupt(call);
    writer_array(&call->out, HLL_REGISTERS);
    for (size_t i = 0; i < HLL_REGISTERS; i++)
        writer_int(&call->out, registers[i]);
    return reply_written(call);
}

static struct outcome cmd_pfdebug(struct call *call)
{
    struct place place = call_place(call, 2);
    struct entry *entry = call_find_write(call, &place);
    if (!entry) return reply_error(call, "ERR The specified key does not exist");
    struct bytes hll;
    struct outcome problem;
    if (!view_hll(call, entry, &hll, &problem)) return problem;
    if (args_is(call, 1, "getreg")) {
        struct outcome outcome = reply_registers(call, hll);
        make_dense(call, &place, entry, hll);
        return outcome;
    }
    if (args_is(call, 1, "decode")) return reply_runs(call, hll);
    if (args_is(call, 1, "encoding"))
        return reply_status(call, hll_is_dense(hll) ? "dense" : "sparse");
    if (args_is(call, 1, "todense")) {
        bool was_sparse = !hll_is_dense(hll);
        if (!make_dense(call, &place, entry, hll)) return reply_corrupt(call);
        return reply_int(call, was_sparse);
    }
    return reply_error(call, "ERR Unknown PFDEBUG subcommand '%.*s'", args_print_len(call, 1),
                       (const char *)call->args[1].ptr);
}

static struct outcome cmd_pfselftest(struct call *call)
{
    const char *fault = hll_selftest();
    return fault ? reply_error(call, "TESTFAILED %s", fault) : reply_ok(call);
}

#define WRITE_MORE CMD_WRITE | CMD_DENYOOM

/* clang-format off */
const struct command cmd_hll_table[] = {
    {"pfadd", cmd_pfadd, -2, WRITE_MORE | CMD_FAST, ACL_HYPERLOGLOG, KEYS_ONE(KEY_RW | KEY_INSERT),
     "hyperloglog", "2.8.9", "O(1) for each element", "key [element [element ...]]",
     "Counts elements into a HyperLogLog; tells whether that changed it."},
    {"pfcount", cmd_pfcount, -2, CMD_READ | CMD_MAY_REPLICATE, ACL_HYPERLOGLOG,
     {{KEYS_RANGE, 1, -1, 1, KEY_RW | KEY_ACCESS,
       "RW: the count is noted in the value"}},
     "hyperloglog", "2.8.9", "O(1) for one key whose count is known, else O(N) for N keys",
     "key [key ...]",
     "About how many different elements were added to one of these HyperLogLogs at least."},
    {"pfdebug", cmd_pfdebug, 3, WRITE_MORE | CMD_ADMIN, ACL_HYPERLOGLOG,
     KEYS_AT(2, KEY_RW | KEY_ACCESS), "hyperloglog", "2.8.9", "O(1)", "subcommand key",
     "Shows how a HyperLogLog is kept: ENCODING, DECODE, GETREG; TODENSE changes it."},
    {"pfmerge", cmd_pfmerge, -2, WRITE_MORE, ACL_HYPERLOGLOG,
     {{KEYS_RANGE, 1, 0, 1, KEY_RW | KEY_ACCESS | KEY_INSERT},
      {KEYS_RANGE, 2, -1, 1, KEY_RO | KEY_ACCESS}},
     "hyperloglog", "2.8.9", "O(N) for N keys", "destkey [sourcekey [sourcekey ...]]",
     "Merges HyperLogLogs into the first one."},
    {"pfselftest", cmd_pfselftest, 1, CMD_ADMIN | CMD_FRONT, ACL_HYPERLOGLOG, {{KEYS_NONE}},
     "hyperloglog", "2.8.9", "O(1)", NULL,
     "Counts known sets and compares; takes some milliseconds."},
    {.name = NULL},
};
/* clang-format on */
