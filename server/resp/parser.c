#include "resp/parser.h"

#include <stdio.h>

#include "base/check.h"
#include "base/number.h"
#include "mem/mem.h"

enum { NO_HEADER = -1, NO_BODY = -1, KEEP_BYTES = 4096 };

static inline bool is_crlf(const uint8_t *at)
{
    return memcmp(at, "\r\n", 2) == 0;
}

static const uint8_t *read_long_count(const uint8_t *at, const uint8_t *end, uint32_t *count)
{
    uint32_t value = 0;
    const uint8_t *digits = at;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (*at - '0');
    ptrdiff_t len = at - digits;
    if (len < 1 || len > 7 || (len > 1 && *digits == '0')) return NULL;
    if (end - at < 2 || !is_crlf(at)) return NULL;
    *count = value;
    return at + 2;
}

/* Digits and CRLF after a mark, at most seven digits. Returns one past them, NULL if they are not
 * that, or not all there. Mostly it is one digit, or two. */
static inline const uint8_t *read_count(const uint8_t *at, const uint8_t *end, uint32_t *count)
{
    if (unlikely(end - at < 4)) return read_long_count(at, end, count);
    uint32_t digit = (uint32_t)at[0] - '0', next = (uint32_t)at[1] - '0';
    if (digit <= 9 && is_crlf(at + 1)) {
        *count = digit;
        return at + 3;
    }
    if (digit - 1 <= 8 && next <= 9 && is_crlf(at + 2)) {
        *count = digit * 10 + next;
        return at + 4;
    }
    return read_long_count(at, end, count);
}

size_t parser_next(struct bytes input, struct bytes *args, uint32_t max_args, uint32_t *arg_count)
{
    const uint8_t *at = input.ptr, *end = at + input.len;
    uint32_t count;
    if (input.len < 4 || *at != '*') return 0;
    at = read_count(at + 1, end, &count);
    if (!at || count == 0 || count > max_args) return 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t len;
        if (at == end || *at != '$') return 0;
        at = read_count(at + 1, end, &len);
        if (!at || len >= PARSER_LARGE_MIN || (size_t)(end - at) < (size_t)len + 2) return 0;
        args[i] = bytes_make(at, len);
        at += len + 2;
    }
    *arg_count = count;
    return (size_t)(at - input.ptr);
}

void partial_init(struct partial *partial)
{
    *partial = (struct partial){.args_left = NO_HEADER, .body_left = NO_BODY};
}

static struct partial_arg *arg_at(const struct partial *partial, uint32_t index)
{
    return (struct partial_arg *)(void *)partial->args.ptr + index;
}

static void release_blobs(struct partial *partial)
{
    for (uint32_t i = 0; i < partial->arg_count; i++)
        blob_release(arg_at(partial, i)->blob);
    blob_release(partial->blob);
}

void partial_fini(struct partial *partial)
{
    if (partial->blob_count || partial->blob) release_blobs(partial);
    buf_fini(&partial->input);
    buf_fini(&partial->args);
}

void partial_reset(struct partial *partial)
{
    if (partial->blob_count || partial->blob) release_blobs(partial);
    struct buf input = partial->input, args = partial->args;
    if (input.capacity > KEEP_BYTES) buf_fini(&input);
    if (args.capacity > KEEP_BYTES) buf_fini(&args);
    input.len = args.len = 0;
    partial_init(partial);
    partial->input = input;
    partial->args = args;
}

size_t partial_bytes(const struct partial *partial)
{
    return sizeof *partial + partial->input.capacity + partial->args.capacity + partial->blob_bytes;
}

static enum partial_result fail(struct partial *partial, const char *reason)
{
    snprintf(partial->error, sizeof partial->error, "Protocol error: %s", reason);
    return PARTIAL_ERROR;
}

/* Copies up to `len` bytes over from the input. */
static size_t take(struct partial *partial, struct bytes *input, size_t len)
{
    if (len > input->len) len = input->len;
    buf_append(&partial->input, bytes_make(input->ptr, len));
    *input = bytes_make(input->ptr + len, input->len - len);
    return len;
}

static void add_arg(struct partial *partial, size_t offset, size_t len, struct blob *blob)
{
    struct partial_arg arg = {offset, len, blob, blob != NULL};
    buf_append(&partial->args, bytes_make(&arg, sizeof arg));
    partial->arg_count++;
    partial->blob_count += blob != NULL;
}

/* Takes a line that ends with CR and one more byte (as redis-server reads it). PARTIAL_COMMAND: the
 * line is whole, and *line shows it without its end. */
static enum partial_result take_line(struct partial *partial, struct bytes *input,
                                     struct bytes *line, const char *too_long)
{
    while (input->len) {
        struct buf *buf = &partial->input;
        bool after_cr = buf->len > partial->line_start && buf->ptr[buf->len - 1] == '\r';
        if (after_cr) {
            take(partial, input, 1);
            *line = bytes_make(buf->ptr + partial->line_start, buf->len - 2 - partial->line_start);
            partial->line_start = buf->len;
            return PARTIAL_COMMAND;
        }
        const uint8_t *cr = memchr(input->ptr, '\r', input->len);
        take(partial, input, cr ? (size_t)(cr - input->ptr) + 1 : input->len);
        if (buf->len - partial->line_start > PARSER_INLINE_MAX) return fail(partial, too_long);
    }
    return PARTIAL_MORE;
}

/* A browser that a web page sends here: what else its request holds must not become commands. */
static bool is_http(const struct partial *partial)
{
    if (!partial->arg_count) return false;
    const struct partial_arg *first = arg_at(partial, 0);
    struct bytes word = bytes_make(partial->input.ptr + first->offset, first->len);
    return bytes_is(word, "post") || bytes_is(word, "host:");
}

static enum partial_result read_inline(struct partial *partial, struct bytes *input)
{
    const uint8_t *newline = memchr(input->ptr, '\n', input->len);
    take(partial, input, newline ? (size_t)(newline - input->ptr) + 1 : input->len);
    struct bytes line = bytes_make(partial->input.ptr, partial->input.len - (newline != NULL));
    /* Even if its end has come: where the stream was cut makes no difference. */
    if (line.len > PARSER_INLINE_MAX) return fail(partial, "too big inline request");
    if (!newline) return PARTIAL_MORE;
    if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
    struct buf words = {0};
    bool balanced = parser_split_line(line, &words, &partial->args, &partial->arg_count);
    buf_fini(&partial->input);
    partial->input = words;
    if (!balanced) {
        partial->arg_count = 0;
        return fail(partial, "unbalanced quotes in request");
    }
    if (is_http(partial)) {
        partial->arg_count = 0;
        return PARTIAL_HTTP;
    }
    return partial->arg_count ? PARTIAL_COMMAND : PARTIAL_EMPTY;
}

static enum partial_result read_header(struct partial *partial, struct bytes *input,
                                       const struct parser_limits *limits)
{
    struct bytes line;
    enum partial_result result = take_line(partial, input, &line, "too big mbulk count string");
    if (result != PARTIAL_COMMAND) return result;
    int64_t count;
    line = bytes_make(line.ptr + 1, line.len - 1);
    if (!number_parse_int(line, &count) || count > INT32_MAX)
        return fail(partial, "invalid multibulk length");
    if (!limits->authenticated && count > PARSER_UNAUTHENTICATED_ARGS)
        return fail(partial, "unauthenticated multibulk length");
    if (count <= 0) return PARTIAL_EMPTY;
    partial->args_left = count;
    return PARTIAL_COMMAND;
}

static enum partial_result read_bulk_header(struct partial *partial, struct bytes *input,
                                            const struct parser_limits *limits)
{
    struct bytes line;
    enum partial_result result = take_line(partial, input, &line, "too big bulk count string");
    if (result != PARTIAL_COMMAND) return result;
    if (!line.len || line.ptr[0] != '$') {
        char reason[32];
        uint8_t got = line.len ? line.ptr[0] : '\r';
        snprintf(reason, sizeof reason, "expected '$', got '%c'", got);
        return fail(partial, reason);
    }
    int64_t len;
    line = bytes_make(line.ptr + 1, line.len - 1);
    if (!number_parse_int(line, &len) || len < 0 || len > limits->bulk_max)
        return fail(partial, "invalid bulk length");
    if (!limits->authenticated && len > PARSER_UNAUTHENTICATED_BULK)
        return fail(partial, "unauthenticated bulk length");
    if ((size_t)len + partial->blob_bytes + partial->input.len > limits->total_max)
        return PARTIAL_TOO_LARGE;
    partial->body_left = len + 2;
    if (len < PARSER_LARGE_MIN) return PARTIAL_COMMAND;
    partial->blob = blob_try_new((size_t)len);
    if (!partial->blob) return PARTIAL_TOO_LARGE;
    partial->blob_filled = 0;
    partial->blob_bytes += (size_t)len;
    return PARTIAL_COMMAND;
}

static void fill_blob(struct partial *partial, struct bytes *input)
{
    size_t len = partial->blob->len - partial->blob_filled;
    if (len > input->len) len = input->len;
    memcpy(partial->blob->bytes + partial->blob_filled, input->ptr, len);
    *input = bytes_make(input->ptr + len, input->len - len);
    partial->blob_filled += len;
    partial->body_left -= (int64_t)len;
}

static void read_body(struct partial *partial, struct bytes *input)
{
    if (partial->blob && partial->blob_filled < partial->blob->len) {
        fill_blob(partial, input);
        if (!input->len) return;
    }
    partial->body_left -= (int64_t)take(partial, input, (size_t)partial->body_left);
    if (partial->body_left) return;
    size_t len = partial->blob ? 0 : partial->input.len - 2 - partial->line_start;
    add_arg(partial, partial->line_start, len, partial->blob);
    partial->blob = NULL;
    partial->line_start = partial->input.len;
    partial->body_left = NO_BODY;
    partial->args_left--;
}

enum partial_result partial_feed(struct partial *partial, struct bytes *input,
                                 const struct parser_limits *limits)
{
    if (!input->len) return PARTIAL_MORE;
    if (!partial->input.len) partial->is_inline = input->ptr[0] != '*';
    if (partial->is_inline) return read_inline(partial, input);
    while (input->len) {
        enum partial_result result = PARTIAL_COMMAND;
        if (partial->args_left == NO_HEADER)
            result = read_header(partial, input, limits);
        else if (partial->body_left == NO_BODY)
            result = read_bulk_header(partial, input, limits);
        else
            read_body(partial, input);
        if (result != PARTIAL_COMMAND) return result;
        if (partial->args_left == 0) return PARTIAL_COMMAND;
        if (partial->input.len + partial->args.len + partial->blob_bytes > limits->total_max)
            return PARTIAL_TOO_LARGE;
    }
    return PARTIAL_MORE;
}

void partial_take(struct partial *partial, struct bytes *args, struct blob **blobs)
{
    uint32_t blob_count = 0;
    for (uint32_t i = 0; i < partial->arg_count; i++) {
        struct partial_arg *arg = arg_at(partial, i);
        args[i] = arg->blob ? blob_view(arg->blob)
                            : bytes_make(partial->input.ptr + arg->offset, arg->len);
        if (arg->blob) blobs[blob_count++] = arg->blob;
        arg->blob = NULL;
    }
    partial->blob_count = 0;
}

void partial_untake(struct partial *partial, struct blob **blobs, uint32_t blob_count)
{
    uint32_t given = 0;
    for (uint32_t i = 0; i < partial->arg_count && given < blob_count; i++) {
        struct partial_arg *arg = arg_at(partial, i);
        if (arg->is_large) arg->blob = blobs[given++];
    }
    partial->blob_count = blob_count;
}
