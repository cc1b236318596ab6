#include "resp/writer.h"

#include "base/check.h"
#include "base/number.h"

enum { HEADER_MAX = 32, INLINE_BULK_MAX = 1024 };

static inline uint8_t *put_crlf(uint8_t *at)
{
    memcpy(at, "\r\n", 2);
    return at + 2;
}

/* `mark` and a number: every header of RESP. */
static inline uint8_t *put_header(uint8_t *at, char mark, int64_t value)
{
    *at++ = (uint8_t)mark;
    if (value >= 0 && value < 10) {
        *at++ = (uint8_t)('0' + value);
        return put_crlf(at);
    }
    at += number_write_int((char *)at, value);
    return put_crlf(at);
}

static void write_header(struct writer *writer, char mark, int64_t value)
{
    uint8_t *start = chain_reserve(writer->chain, HEADER_MAX);
    chain_commit(writer->chain, (size_t)(put_header(start, mark, value) - start));
}

void writer_raw(struct writer *writer, struct bytes bytes)
{
    chain_append(writer->chain, bytes);
}

static void write_line(struct writer *writer, char mark, struct bytes text)
{
    *chain_reserve(writer->chain, 1) = (uint8_t)mark;
    chain_commit(writer->chain, 1);
    chain_append(writer->chain, text);
    chain_append(writer->chain, BYTES("\r\n"));
}

void writer_status(struct writer *writer, struct bytes text)
{
    write_line(writer, '+', text);
}

void writer_error(struct writer *writer, struct bytes text)
{
    uint8_t clean[1024];
    size_t len = text.len < sizeof clean ? text.len : sizeof clean;
    for (size_t i = 0; i < len; i++)
        clean[i] = text.ptr[i] == '\r' || text.ptr[i] == '\n' ? ' ' : text.ptr[i];
    write_line(writer, '-', bytes_make(clean, len));
}

void writer_int(struct writer *writer, int64_t value)
{
    write_header(writer, ':', value);
}

void writer_bulk(struct writer *writer, struct bytes bytes)
{
    if (unlikely(bytes.len > INLINE_BULK_MAX)) {
        write_header(writer, '$', (int64_t)bytes.len);
        chain_append(writer->chain, bytes);
        chain_append(writer->chain, BYTES("\r\n"));
        return;
    }
    uint8_t *start = chain_reserve(writer->chain, HEADER_MAX + bytes.len + 2);
    uint8_t *at = put_header(start, '$', (int64_t)bytes.len);
    if (bytes.len) memcpy(at, bytes.ptr, bytes.len);
    at = put_crlf(at + bytes.len);
    chain_commit(writer->chain, (size_t)(at - start));
}

void writer_bulk_int(struct writer *writer, int64_t value)
{
    uint8_t digits[NUMBER_INT_MAX];
    writer_bulk(writer, bytes_make(digits, number_write_int((char *)digits, value)));
}

void writer_bulk_blob(struct writer *writer, struct blob *blob, struct bytes view)
{
    if (view.len < BLOB_MIN) {
        writer_bulk(writer, view);
        return;
    }
    write_header(writer, '$', (int64_t)view.len);
    chain_append_blob(writer->chain, blob, view);
    chain_append(writer->chain, BYTES("\r\n"));
}

void writer_null(struct writer *writer)
{
    chain_append(writer->chain, writer->protocol == 3 ? BYTES("_\r\n") : BYTES("$-1\r\n"));
}

void writer_null_array(struct writer *writer)
{
    chain_append(writer->chain, writer->protocol == 3 ? BYTES("_\r\n") : BYTES("*-1\r\n"));
}

void writer_array(struct writer *writer, size_t count)
{
    write_header(writer, '*', (int64_t)count);
}

void writer_map(struct writer *writer, size_t pairs)
{
    if (writer->protocol == 3)
        write_header(writer, '%', (int64_t)pairs);
    else
        write_header(writer, '*', (int64_t)pairs * 2);
}

void writer_set(struct writer *writer, size_t count)
{
    write_header(writer, writer->protocol == 3 ? '~' : '*', (int64_t)count);
}

void writer_push(struct writer *writer, size_t count)
{
    write_header(writer, writer->protocol == 3 ? '>' : '*', (int64_t)count);
}

void writer_double(struct writer *writer, double value)
{
    uint8_t text[NUMBER_DOUBLE_MAX];
    struct bytes view = bytes_make(text, number_write_double((char *)text, value));
    if (writer->protocol == 3)
        write_line(writer, ',', view);
    else
        writer_bulk(writer, view);
}

void writer_bool(struct writer *writer, bool value)
{
    if (writer->protocol == 3)
        chain_append(writer->chain, value ? BYTES("#t\r\n") : BYTES("#f\r\n"));
    else
        writer_int(writer, value);
}

void writer_big_number(struct writer *writer, struct bytes digits)
{
    if (writer->protocol == 3)
        write_line(writer, '(', digits);
    else
        writer_bulk(writer, digits);
}

void writer_verbatim(struct writer *writer, const char *format, struct bytes text)
{
    if (writer->protocol != 3) {
        writer_bulk(writer, text);
        return;
    }
    write_header(writer, '=', (int64_t)text.len + 4);
    chain_append(writer->chain, bytes_make(format, 3));
    chain_append(writer->chain, BYTES(":"));
    chain_append(writer->chain, text);
    chain_append(writer->chain, BYTES("\r\n"));
}

struct chunk *writer_hole(struct writer *writer)
{
    return chain_hole(writer->chain);
}

static void close_hole(struct writer *writer, struct chunk *hole, char mark, size_t count)
{
    uint8_t text[HEADER_MAX];
    uint8_t *end = put_header(text, mark, (int64_t)count);
    chain_fill(writer->chain, hole, bytes_make(text, (size_t)(end - text)));
}

void writer_close_array(struct writer *writer, struct chunk *hole, size_t count)
{
    close_hole(writer, hole, '*', count);
}

void writer_close_map(struct writer *writer, struct chunk *hole, size_t pairs)
{
    if (writer->protocol == 3)
        close_hole(writer, hole, '%', pairs);
    else
        close_hole(writer, hole, '*', pairs * 2);
}

void writer_close_set(struct writer *writer, struct chunk *hole, size_t count)
{
    close_hole(writer, hole, writer->protocol == 3 ? '~' : '*', count);
}

void writer_close_bulk_uint(struct writer *writer, struct chunk *hole, uint64_t value)
{
    char text[CHAIN_HOLE_BYTES], digits[NUMBER_INT_MAX];
    size_t len = number_write_uint(digits, value), at = 0;
    text[at++] = '$';
    at += number_write_uint(text + at, len);
    memcpy(text + at, "\r\n", 2);
    memcpy(text + at + 2, digits, len);
    memcpy(text + at + 2 + len, "\r\n", 2);
    chain_fill(writer->chain, hole, bytes_make(text, at + len + 4));
}
