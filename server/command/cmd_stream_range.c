/* Entries by their ids: XRANGE and XREVRANGE. */
#include "command/cmd_stream_parts.h"

bool stream_read_bound(struct call *call, uint32_t index, bool is_end, struct id *id,
                       struct outcome *problem)
{
    struct bytes text = call->args[index];
    uint64_t missing_seq = is_end ? UINT64_MAX : 0;
    bool is_open = text.len > 1 && text.ptr[0] == '(';
    struct bytes inner = is_open ? bytes_make(text.ptr + 1, text.len - 1) : text;
    bool good = is_open ? stream_id_parse(inner, missing_seq, id)
                        : stream_id_parse_edge(inner, missing_seq, id);
    if (!good)
        *problem = reply_bad_stream_id(call);
    else if (is_open && !is_end && !stream_id_increment(id))
        *problem = reply_error(call, "ERR invalid start ID for the interval");
    else if (is_open && is_end && !stream_id_decrement(id))
        *problem = reply_error(call, "ERR invalid end ID for the interval");
    else
        return true;
    return false;
}

void stream_write_text(struct call *call, const struct listpack_element *element)
{
    if (element->ptr)
        writer_bulk(&call->out, bytes_make(element->ptr, element->len));
    else
        writer_bulk_int(&call->out, element->integer);
}

void stream_write_fields(struct call *call, const struct stream_cursor *cursor)
{
    struct listpack_element field, value;
    struct stream_fields fields = stream_fields_of(cursor);
    writer_array(&call->out, (size_t)fields.left * 2);
    while (stream_field_next(&fields, &field, &value)) {
        stream_write_text(call, &field);
        stream_write_text(call, &value);
        breathe(call->breath, 2);
    }
}

void stream_write_entry(struct call *call, const struct stream_cursor *cursor)
{
    writer_array(&call->out, 2);
    stream_write_id(call, cursor->entry.id);
    stream_write_fields(call, cursor);
}

struct bounds {
    struct id start, end;
    int64_t count; /* -1: all */
};

static bool read_bounds(struct call *call, bool backwards, struct bounds *bounds,
                        struct outcome *problem)
{
    bounds->count = -1;
    if (!stream_read_bound(call, backwards ? 3 : 2, false, &bounds->start, problem)) return false;
    if (!stream_read_bound(call, backwards ? 2 : 3, true, &bounds->end, problem)) return false;
    for (uint32_t at = 4; at < call->arg_count; at += 2) {
        if (!args_is(call, at, "count") || at + 1 == call->arg_count) {
            *problem = reply_syntax(call);
            return false;
        }
        if (!args_read_int(call, at + 1, &bounds->count, problem)) return false;
        if (bounds->count < 0) bounds->count = 0;
    }
    return true;
}

static bool is_within(const struct bounds *bounds, struct id id)
{
    return id_compare(bounds->start, id) <= 0 && id_compare(id, bounds->end) <= 0;
}

static size_t write_range(struct call *call, const struct stream *stream,
                          const struct bounds *bounds, bool backwards)
{
    struct stream_cursor cursor;
    size_t written = 0;
    uint64_t max = bounds->count < 0 ? UINT64_MAX : (uint64_t)bounds->count;
    bool more = stream_seek(&cursor, stream, backwards ? bounds->end : bounds->start, backwards);
    while (more && written < max && is_within(bounds, cursor.entry.id)) {
        stream_write_entry(call, &cursor);
        breathe(call->breath, 2);
        written++;
        more = stream_step(&cursor, backwards);
    }
    return written;
}

static struct outcome range(struct call *call, bool backwards)
{
    struct collection at;
    struct bounds bounds;
    struct outcome problem;
    if (!read_bounds(call, backwards, &bounds, &problem)) return problem;
    if (!collection_read(call, 1, VALUE_STREAM, &at)) return reply_wrong_type(call);
    if (!at.entry) return reply_empty_array(call);
    if (bounds.count == 0) return reply_null_array(call);
    uint64_t count = bounds.count < 0 ? UINT64_MAX : (uint64_t)bounds.count;
    if (call_is_long(call, stream_reading_work(at.value.stream, count))) return call_run_long(call);
    struct chunk *hole = writer_hole(&call->out);
    size_t written = write_range(call, at.value.stream, &bounds, backwards);
    writer_close_array(&call->out, hole, written);
    return reply_written(call);
}

struct outcome cmd_xrange(struct call *call)
{
    return range(call, false);
}

struct outcome cmd_xrevrange(struct call *call)
{
    return range(call, true);
}
