/* ZSCAN: some members with each call. */
#include <stdio.h>

#include "base/glob.h"
#include "command/cmd_zset_parts.h"
#include "store/scan.h"

struct scanning {
    struct call *call;
    const struct value *set;
    struct bytes pattern; /* NULL ptr: all */
    bool without_scores;
    uint64_t seen, written;
};

static void write_member(void *context, const struct zset_element *element)
{
    struct scanning *scanning = context;
    struct writer *out = &scanning->call->out;
    scanning->seen++;
    if (scanning->pattern.ptr && !glob_match(scanning->pattern, element->member)) return;
    writer_bulk(out, element->member);
    scanning->written++;
    if (scanning->without_scores) return;
    char text[NUMBER_DOUBLE_MAX];
    writer_bulk(out, bytes_make(text, zset_write_score(scanning->set, element->score, text)));
    scanning->written++;
}

static bool read_options(struct call *call, struct scanning *scanning, int64_t *count,
                         struct outcome *problem)
{
    for (uint32_t at = 3; at < call->arg_count; at++) {
        bool more = at + 1 < call->arg_count;
        if (more && args_is(call, at, "count")) {
            if (!zset_read_int(call, ++at, count, problem)) return false;
            if (*count >= 1) continue;
        } else if (more && args_is(call, at, "match")) {
            struct bytes pattern = call->args[++at];
            scanning->pattern = glob_is_all(pattern) ? bytes_make(NULL, 0) : pattern;
            continue;
        } else if (args_is(call, at, "noscores")) {
            scanning->without_scores = true;
            continue;
        }
        *problem = reply_syntax(call);
        return false;
    }
    return true;
}

/* At most ten buckets for each member asked for, as most of them may be empty. */
static uint32_t scan(const struct value *set, uint32_t cursor, uint64_t count,
                     struct scanning *scanning)
{
    uint64_t buckets = count > UINT64_MAX / 10 ? UINT64_MAX : count * 10;
    do {
        cursor = zset_scan(set, cursor, write_member, scanning);
        breathe(scanning->call->breath, 16);
    } while (cursor && scanning->seen < count && --buckets);
    return cursor;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Puts the cursor where room was left for it: it is known after the members. */
static void write_cursor(struct call *call, struct chunk *hole, uint64_t cursor)
{
    char text[CHAIN_HOLE_BYTES + 1], digits[NUMBER_INT_MAX];
    size_t len = number_write_uint(digits, cursor);
    int end = snprintf(text, sizeof text, "$%zu\r\n%.*s\r\n", len, (int)len, digits);
    chain_fill(call->out.chain, hole, bytes_make(text, (size_t)end));
}

struct outcome cmd_zscan(struct call *call)
{
    struct collection set;
    struct outcome problem;
    struct scanning scanning = {.call = call, .set = &set.value};
    uint64_t cursor;
    int64_t count = 10;
    if (!scan_parse_cursor(call->args[2], &cursor)) return reply_error(call, "ERR invalid cursor");
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    if (set.entry && !read_options(call, &scanning, &count, &problem)) return problem;
    uint64_t work = smaller((uint64_t)count, zset_count(&set.value)) * 4;
    if (call_is_long(call, work)) return call_run_long(call);
    writer_array(&call->out, 2);
    struct chunk *cursor_hole = writer_hole(&call->out), *items_hole = writer_hole(&call->out);
    uint32_t next = scan(&set.value, (uint32_t)cursor, (uint64_t)count, &scanning);
    writer_close_array(&call->out, items_hole, scanning.written);
    write_cursor(call, cursor_hole, next);
    return reply_written(call);
}
