#include "fuzz/reply_check.h"

#include "base/number.h"

enum { DEPTH_MAX = 32 };

struct cursor {
    const uint8_t *at, *end;
    uint8_t protocol;
};

/* Up to CRLF, which is passed over. */
static bool take_line(struct cursor *cursor, struct bytes *line)
{
    const uint8_t *start = cursor->at;
    for (; cursor->end - cursor->at >= 2; cursor->at++) {
        if (*cursor->at == '\n') return false;
        if (*cursor->at != '\r') continue;
        if (cursor->at[1] != '\n') return false;
        *line = bytes_make(start, (size_t)(cursor->at - start));
        cursor->at += 2;
        return true;
    }
    return false;
}

static bool take_bulk(struct cursor *cursor, struct bytes line, bool may_be_null,
                      struct bytes *bulk)
{
    int64_t len;
    *bulk = (struct bytes){0};
    if (!number_parse_int(line, &len)) return false;
    if (len == -1) return may_be_null;
    if (len < 0 || cursor->end - cursor->at < len + 2) return false;
    *bulk = bytes_make(cursor->at, (size_t)len);
    cursor->at += len;
    if (cursor->at[0] != '\r' || cursor->at[1] != '\n') return false;
    cursor->at += 2;
    return true;
}

static bool take_reply(struct cursor *cursor, uint32_t depth);

static bool take_items(struct cursor *cursor, struct bytes line, int64_t each, uint32_t depth)
{
    int64_t count;
    if (!number_parse_int(line, &count)) return false;
    if (count == -1) return each == 1 && cursor->protocol == 2;
    if (count < 0) return false;
    for (int64_t i = 0; i < count * each; i++)
        if (!take_reply(cursor, depth + 1)) return false;
    return true;
}

static bool is_big_number(struct bytes line)
{
    size_t at = line.len && line.ptr[0] == '-';
    if (at == line.len) return false;
    for (; at < line.len; at++)
        if (line.ptr[at] < '0' || line.ptr[at] > '9') return false;
    return true;
}

static bool take_newer(struct cursor *cursor, uint8_t type, struct bytes line, uint32_t depth)
{
    struct bytes bulk;
    double number;
    if (cursor->protocol != 3) return false;
    switch (type) {
    case '_': return !line.len;
    case '#': return line.len == 1 && (line.ptr[0] == 't' || line.ptr[0] == 'f');
    case ',': return bytes_equal(line, BYTES("nan")) || number_parse_double(line, &number);
    case '(': return is_big_number(line);
    case '=': return take_bulk(cursor, line, false, &bulk) && bulk.len >= 4 && bulk.ptr[3] == ':';
    case '~':
    case '>': return take_items(cursor, line, 1, depth);
    case '%': return take_items(cursor, line, 2, depth);
    case '|': return take_items(cursor, line, 2, depth) && take_reply(cursor, depth);
    }
    return false;
}

static bool take_reply(struct cursor *cursor, uint32_t depth)
{
    struct bytes line, bulk;
    int64_t value;
    if (depth > DEPTH_MAX || cursor->at == cursor->end) return false;
    uint8_t type = *cursor->at++;
    if (!take_line(cursor, &line)) return false;
    switch (type) {
    case '+':
    case '-': return true; /* DEBUG ERROR says what it is told to */
    case ':': return number_parse_int(line, &value);
    case '$': return take_bulk(cursor, line, cursor->protocol == 2, &bulk);
    case '*': return take_items(cursor, line, 1, depth);
    }
    return take_newer(cursor, type, line, depth);
}

size_t reply_check(struct bytes bytes, uint8_t protocol)
{
    struct cursor cursor = {bytes.ptr, bytes.ptr + bytes.len, protocol};
    return take_reply(&cursor, 0) ? (size_t)(cursor.at - bytes.ptr) : 0;
}
