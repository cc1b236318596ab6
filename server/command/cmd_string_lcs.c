#include "base/number.h"
#include "command/cmd_string_parts.h"
#include "mem/mem.h"

/* The longest common subsequence by dynamic programming: cell (i, j) is the length for the first i
 * bytes of `a` and the first j of `b`. LEN alone needs two rows of it, all else the whole matrix.
 */
struct lcs {
    struct bytes a, b;
    uint32_t *cells;
    size_t size;  /* of cells, in bytes */
    size_t width; /* cells in a row */
    size_t rows;
};

struct lcs_options {
    bool len, idx, with_match_len;
    int64_t min_match_len;
};

static uint32_t *cell(const struct lcs *lcs, size_t i, size_t j)
{
    return &lcs->cells[(i % lcs->rows) * lcs->width + j];
}

static void fill_row(struct lcs *lcs, size_t i)
{
    *cell(lcs, i, 0) = 0;
    const uint32_t *above = cell(lcs, i - 1, 0);
    uint32_t *row = cell(lcs, i, 0);
    uint8_t byte = lcs->a.ptr[i - 1];
    for (size_t j = 1; j < lcs->width; j++) {
        if (byte == lcs->b.ptr[j - 1])
            row[j] = above[j - 1] + 1;
        else
            row[j] = above[j] > row[j - 1] ? above[j] : row[j - 1];
    }
}

/* Would the whole matrix be larger than a string may be? It bounds time as much as memory, so it is
 * asked even when two rows would do. */
static bool is_too_large(const struct lcs *lcs, int64_t max)
{
    size_t size;
    if (__builtin_mul_overflow(lcs->a.len + 1, lcs->b.len + 1, &size)) return true;
    return __builtin_mul_overflow(size, sizeof(uint32_t), &size) || size > (size_t)max;
}

/* false: no memory for it. */
static bool lcs_solve(struct lcs *lcs, bool length_only)
{
    lcs->width = lcs->b.len + 1;
    lcs->rows = length_only ? 2 : lcs->a.len + 1;
    lcs->size = lcs->width * lcs->rows * sizeof(uint32_t);
    lcs->cells = mem_try_alloc(lcs->size);
    if (!lcs->cells) return false;
    memset(cell(lcs, 0, 0), 0, lcs->width * sizeof(uint32_t));
    for (size_t i = 1; i <= lcs->a.len; i++)
        fill_row(lcs, i);
    return true;
}

/* A run of bytes that both have, as it grows backwards; empty while len is 0. */
struct run {
    size_t a_start, b_start, len;
};

static void write_range(struct call *call, size_t start, size_t len)
{
    writer_array(&call->out, 2);
    writer_int(&call->out, (int64_t)start);
    writer_int(&call->out, (int64_t)(start + len - 1));
}

static size_t write_run(struct call *call, const struct lcs_options *options, struct run *run)
{
    size_t len = run->len;
    run->len = 0;
    if (!len || (int64_t)len < options->min_match_len) return 0;
    writer_array(&call->out, options->with_match_len ? 3 : 2);
    write_range(call, run->a_start, len);
    write_range(call, run->b_start, len);
    if (options->with_match_len) writer_int(&call->out, (int64_t)len);
    return 1;
}

static struct outcome reply_matches(struct call *call, const struct lcs_options *options,
                                    const struct lcs *lcs)
{
    writer_map(&call->out, 2);
    writer_bulk_string(&call->out, "matches");
    struct chunk *hole = writer_hole(&call->out);
    struct run run = {0, 0, 0};
    size_t count = 0, i = lcs->a.len, j = lcs->b.len;
    while (i > 0 && j > 0) {
        if (lcs->a.ptr[i - 1] == lcs->b.ptr[j - 1]) {
            i--, j--;
            run = (struct run){i, j, run.len + 1};
            continue;
        }
        count += write_run(call, options, &run);
        if (*cell(lcs, i - 1, j) > *cell(lcs, i, j - 1))
            i--;
        else
            j--;
    }
    count += write_run(call, options, &run);
    writer_close_array(&call->out, hole, count);
    writer_bulk_string(&call->out, "len");
    writer_int(&call->out, *cell(lcs, lcs->a.len, lcs->b.len));
    return reply_written(call);
}

static struct outcome reply_sequence(struct call *call, const struct lcs *lcs)
{
    size_t len = *cell(lcs, lcs->a.len, lcs->b.len), i = lcs->a.len, j = lcs->b.len, at = len;
    uint8_t *sequence = arena_alloc(call->scratch, len + 1);
    while (at > 0) {
        if (lcs->a.ptr[i - 1] == lcs->b.ptr[j - 1])
            sequence[--at] = lcs->a.ptr[--i], j--;
        else if (*cell(lcs, i - 1, j) > *cell(lcs, i, j - 1))
            i--;
        else
            j--;
    }
    return reply_bulk(call, bytes_make(sequence, len));
}

static struct outcome reply_lcs(struct call *call, const struct lcs_options *options,
                                const struct lcs *lcs)
{
    if (options->len) return reply_int(call, *cell(lcs, lcs->a.len, lcs->b.len));
    if (options->idx) return reply_matches(call, options, lcs);
    return reply_sequence(call, lcs);
}

static bool read_options(struct call *call, struct lcs_options *options, struct outcome *problem)
{
    for (uint32_t at = 3; at < call->arg_count; at++) {
        if (args_is(call, at, "idx")) {
            options->idx = true;
        } else if (args_is(call, at, "len")) {
            options->len = true;
        } else if (args_is(call, at, "withmatchlen")) {
            options->with_match_len = true;
        } else if (args_is(call, at, "minmatchlen") && at + 1 < call->arg_count) {
            if (args_int(call, ++at, &options->min_match_len)) continue;
            *problem = reply_not_int(call);
            return false;
        } else {
            *problem = reply_syntax(call);
            return false;
        }
    }
    if (!options->idx || !options->len) return true;
    *problem =
        reply_error(call, "ERR If you want both the length and indexes, please just use IDX.");
    return false;
}

static struct bytes text_or_empty(const struct entry *entry, char scratch[NUMBER_INT_MAX])
{
    return entry ? entry_text(entry, scratch) : bytes_make("", 0);
}

struct outcome cmd_lcs(struct call *call)
{
    struct place first = call_first_place(call, 1), second = call_place(call, 2);
    /* The types before the options, as redis-server does it. The second lookup may remove an
     * expired key, but never the one found first. */
    struct entry *a = call_find_read(call, &first), *b = call_find_read(call, &second);
    if (!string_is_type(a) || !string_is_type(b))
        return reply_error(call, "ERR The specified keys must contain string values");
    struct lcs_options options = {false, false, false, 0};
    struct outcome outcome;
    if (!read_options(call, &options, &outcome)) return outcome;
    char scratch_a[NUMBER_INT_MAX], scratch_b[NUMBER_INT_MAX];
    struct lcs lcs = {.a = text_or_empty(a, scratch_a), .b = text_or_empty(b, scratch_b)};
    if (lcs.a.len >= UINT32_MAX - 1 || lcs.b.len >= UINT32_MAX - 1)
        return reply_error(call, "ERR String too long for LCS");
    if (is_too_large(&lcs, call->limits->proto_max_bulk_len))
        return reply_error(
            call, "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    if (!lcs_solve(&lcs, options.len))
        return reply_error(call,
                           "ERR Insufficient memory, failed allocating transient memory for LCS");
    outcome = reply_lcs(call, &options, &lcs);
    mem_free(lcs.cells, lcs.size);
    return outcome;
}
