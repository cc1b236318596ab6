#include "command/element_scan.h"

#include "base/glob.h"
#include "command/args.h"
#include "command/reply.h"
#include "store/scan.h"

bool element_scan_begin(struct call *call, struct element_scan *scan, struct outcome *problem)
{
    *scan = (struct element_scan){.call = call, .count = 10};
    if (scan_parse_cursor(call->args[2], &scan->cursor)) return true;
    *problem = reply_error(call, "ERR invalid cursor");
    return false;
}

static bool read_count(struct element_scan *scan, uint32_t at, struct outcome *problem)
{
    int64_t count;
    if (!args_int(scan->call, at, &count))
        *problem = reply_not_int(scan->call);
    else if (count < 1)
        *problem = reply_syntax(scan->call);
    else {
        scan->count = (uint64_t)count;
        return true;
    }
    return false;
}

bool element_scan_options(struct element_scan *scan, const char *bare, struct outcome *problem)
{
    struct call *call = scan->call;
    for (uint32_t at = 3; at < call->arg_count; at++) {
        bool has_value = at + 1 < call->arg_count;
        if (has_value && args_is(call, at, "count")) {
            if (!read_count(scan, ++at, problem)) return false;
        } else if (has_value && args_is(call, at, "match")) {
            bool all = glob_is_all(call->args[++at]);
            scan->pattern = all ? bytes_make(NULL, 0) : call->args[at];
        } else if (bare && args_is(call, at, bare)) {
            scan->is_bare = true;
        } else {
            *problem = reply_syntax(call);
            return false;
        }
    }
    return true;
}

uint64_t element_scan_work(const struct element_scan *scan, uint64_t elements)
{
    return scan->count < elements ? scan->count : elements;
}

bool element_scan_wants(struct element_scan *scan, struct bytes element)
{
    scan->visited++;
    return !scan->pattern.ptr || glob_match(scan->pattern, element);
}

struct outcome element_scan_reply(struct element_scan *scan, element_scan_step *step,
                                  const void *context)
{
    struct writer *out = &scan->call->out;
    writer_array(out, 2);
    struct chunk *cursor_hole = writer_hole(out), *items_hole = writer_hole(out);
    uint32_t cursor = (uint32_t)scan->cursor;
    uint64_t steps = 0, before;
    do {
        before = scan->visited;
        cursor = step(scan, context, cursor);
        breathe(scan->call->breath, 1 + scan->visited - before);
    } while (cursor && scan->visited < scan->count && ++steps / 10 < scan->count);
    writer_close_array(out, items_hole, scan->written);
    writer_close_bulk_uint(out, cursor_hole, cursor);
    return reply_written(scan->call);
}

struct outcome element_scan_reply_empty(struct call *call)
{
    writer_array(&call->out, 2);
    writer_bulk_string(&call->out, "0");
    writer_array(&call->out, 0);
    return reply_written(call);
}
