#include "base/number.h"
#include "command/cmd_string_parts.h"
#include "ds/lcs.h"

struct lcs_options {
    bool len, idx, with_match_len;
    int64_t min_match_len;
};

/* Would a matrix of their lengths, of 4 bytes a cell as redis-server has it, be larger than a
 * string may be? It bounds time more than memory, of which less is needed, and is asked even when
 * one row would do. */
static bool is_too_large(struct bytes a, struct bytes b, int64_t max)
{
    size_t size;
    if (__builtin_mul_overflow(a.len + 1, b.len + 1, &size)) return true;
    return __builtin_mul_overflow(size, sizeof(uint32_t), &size) || size > (size_t)max;
}

/* --- Back through the matrix, from its end. Where bytes differ, the way goes along `b` unless that
 * loses a byte of the subsequence. ------------------------------------------------------------- */

enum { STEPS_A_UNIT = 16 };

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
    for (size_t steps = 0; i > 0 && j > 0; steps++) {
        breathe(call->breath, steps % STEPS_A_UNIT == 0);
        if (lcs->a.ptr[i - 1] == lcs->b.ptr[j - 1]) {
            i--, j--;
            run = (struct run){i, j, run.len + 1};
            continue;
        }
        count += write_run(call, options, &run);
        if (lcs_grows(lcs, i, j))
            i--;
        else
            j--;
    }
    count += write_run(call, options, &run);
    writer_close_array(&call->out, hole, count);
    writer_bulk_string(&call->out, "len");
    writer_int(&call->out, (int64_t)lcs_len(lcs));
    return reply_written(call);
}

static struct outcome reply_sequence(struct call *call, const struct lcs *lcs)
{
    size_t len = lcs_len(lcs), i = lcs->a.len, j = lcs->b.len, at = len;
    uint8_t *sequence = arena_alloc(call->scratch, len + 1);
    for (size_t steps = 0; at > 0; steps++) {
        breathe(call->breath, steps % STEPS_A_UNIT == 0);
        if (lcs->a.ptr[i - 1] == lcs->b.ptr[j - 1])
            sequence[--at] = lcs->a.ptr[--i], j--;
        else if (lcs_grows(lcs, i, j))
            i--;
        else
            j--;
    }
    return reply_bulk(call, bytes_make(sequence, len));
}

static struct outcome reply_lcs(struct call *call, const struct lcs_options *options,
                                const struct lcs *lcs)
{
    if (options->len) return reply_int(call, (int64_t)lcs_len(lcs));
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
    struct bytes a_text = text_or_empty(a, scratch_a), b_text = text_or_empty(b, scratch_b);
    if (a_text.len >= UINT32_MAX - 1 || b_text.len >= UINT32_MAX - 1)
        return reply_error(call, "ERR String too long for LCS");
    if (is_too_large(a_text, b_text, call->limits->proto_max_bulk_len))
        return reply_error(
            call, "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    if (call_is_long(call, lcs_work(a_text, b_text))) return call_run_long(call);
    struct lcs lcs;
    enum lcs_rows kept = options.len ? LCS_LAST_ROW : LCS_ALL_ROWS;
    if (!lcs_init(&lcs, a_text, b_text, kept, call->breath))
        return reply_error(call,
                           "ERR Insufficient memory, failed allocating transient memory for LCS");
    outcome = reply_lcs(call, &options, &lcs);
    lcs_fini(&lcs);
    return outcome;
}
