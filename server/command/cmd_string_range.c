#include "command/cmd_string_parts.h"
#include "mem/arena.h"

struct outcome string_no_memory(struct call *call)
{
    return reply_error(call, "ERR out of memory: the string cannot grow to that size");
}

struct outcome cmd_strlen(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    return reply_int(call, entry ? (int64_t)entry_text_len(entry) : 0);
}

struct outcome cmd_append(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    struct bytes more = call->args[2];
    if (!entry) {
        struct str value = call_str(call, 2);
        call_add(call, &place, &value, INT64_MAX, CHANGE_APPEND);
        return reply_int(call, (int64_t)more.len);
    }
    size_t old_len = entry_text_len(entry), len = old_len + more.len;
    struct outcome problem;
    if (!string_size_allowed(call, (int64_t)old_len, (int64_t)more.len, &problem)) return problem;
    uint8_t *bytes;
    if (!keyspace_extend(&place, entry, len, &bytes, CHANGE_APPEND)) return string_no_memory(call);
    if (more.len) memcpy(bytes + old_len, more.ptr, more.len);
    return reply_int(call, (int64_t)len);
}

bool string_make(struct call *call, size_t len, uint8_t **bytes, struct str *value)
{
    if (len < BLOB_MIN) {
        *bytes = arena_alloc(call->scratch, len);
        *value = (struct str){.encoding = VALUE_INLINE, .bytes = bytes_make(*bytes, len)};
    } else {
        struct blob *blob = blob_try_new(len);
        if (!blob) return false;
        *bytes = blob->bytes;
        *value = str_of_blob(blob);
    }
    value->raw = true;
    return true;
}

/* A string made of zero bytes with something at its end. */
static bool make_padded(struct call *call, size_t offset, struct bytes bytes, struct str *value)
{
    uint8_t *ptr;
    if (!string_make(call, offset + bytes.len, &ptr, value)) return false;
    memset(ptr, 0, offset);
    memcpy(ptr + offset, bytes.ptr, bytes.len);
    return true;
}

static struct outcome set_range(struct call *call, const struct place *place, struct entry *entry,
                                size_t offset)
{
    struct bytes bytes = call->args[3];
    size_t old_len = entry_text_len(entry), end = offset + bytes.len;
    size_t len = end > old_len ? end : old_len;
    uint8_t *ptr;
    if (!keyspace_extend(place, entry, len, &ptr, CHANGE_SETRANGE)) return string_no_memory(call);
    if (offset > old_len) memset(ptr + old_len, 0, offset - old_len);
    memcpy(ptr + offset, bytes.ptr, bytes.len);
    return reply_int(call, (int64_t)len);
}

struct outcome cmd_setrange(struct call *call)
{
    int64_t offset;
    if (!args_int(call, 2, &offset)) return reply_not_int(call);
    if (offset < 0) return reply_error(call, "ERR offset is out of range");
    struct bytes bytes = call->args[3];
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_write(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    if (!bytes.len) return reply_int(call, entry ? (int64_t)entry_text_len(entry) : 0);
    struct outcome problem;
    if (!string_size_allowed(call, offset, (int64_t)bytes.len, &problem)) return problem;
    if (entry) return set_range(call, &place, entry, (size_t)offset);
    struct str value;
    if (!make_padded(call, (size_t)offset, bytes, &value)) return string_no_memory(call);
    call_add(call, &place, &value, INT64_MAX, CHANGE_SETRANGE);
    return reply_int(call, offset + (int64_t)bytes.len);
}

/* The part from `start` to `end`, both counted in; negative ones count from the end. */
static struct bytes part_of(struct bytes text, int64_t start, int64_t end)
{
    int64_t len = (int64_t)text.len;
    if (start < 0 && end < 0 && start > end) return bytes_make(text.ptr, 0);
    if (start < 0) start += len;
    if (end < 0) end += len;
    if (start < 0) start = 0;
    if (end < 0) end = 0;
    if (end >= len) end = len - 1;
    if (start > end) return bytes_make(text.ptr, 0);
    return bytes_make(text.ptr + start, (size_t)(end - start + 1));
}

struct outcome cmd_getrange(struct call *call)
{
    int64_t start, end;
    if (!args_int(call, 2, &start) || !args_int(call, 3, &end)) return reply_not_int(call);
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!entry) return reply_bulk(call, bytes_make("", 0));
    if (!string_is_type(entry)) return reply_wrong_type(call);
    char scratch[NUMBER_INT_MAX];
    struct bytes part = part_of(entry_text(entry, scratch), start, end);
    if (entry_encoding(entry) != VALUE_BLOB || part.len < BLOB_MIN) return reply_bulk(call, part);
    writer_bulk_blob(&call->out, entry_blob(entry), part);
    return reply_written(call);
}
