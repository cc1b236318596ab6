/* resp/parser.h -- Requests: multibulk and inline, as redis-server accepts them.
 *
 * Whole commands are parsed in place by parser_next(), without state and without a copy. What is
 * not yet whole goes to a struct partial, which takes exactly the bytes that its command lacks:
 * each byte is looked at once however the stream is cut, and a large argument is copied from the
 * receive buffer straight into the blob that may become its value. Source of the limits and of the
 * errors: networking.c's observable behaviour in redis-server 7.0. */
#ifndef TORC_RESP_PARSER_H
#define TORC_RESP_PARSER_H

#include "mem/blob.h"
#include "mem/buf.h"

enum {
    PARSER_INLINE_MAX = 64 * 1024,    /* longest inline command, longest header line */
    PARSER_LARGE_MIN = 32 * 1024,     /* arguments from here on get a blob of their own */
    PARSER_UNAUTHENTICATED_ARGS = 10, /* what a client may send before it has authenticated */
    PARSER_UNAUTHENTICATED_BULK = 16 * 1024,
};

/* Parses one whole multibulk command at `input`, of at most `max_args` arguments, none of them
 * large. Returns its length and fills args; 0 when it is not whole or needs struct partial for
 * another reason, malformed input included. */
size_t parser_next(struct bytes input, struct bytes *args, uint32_t max_args, uint32_t *arg_count);

struct parser_limits {
    int64_t bulk_max; /* proto-max-bulk-len */
    size_t total_max; /* client-query-buffer-limit */
    bool authenticated;
};

enum partial_result {
    PARTIAL_MORE,      /* all input taken, the command is not whole yet */
    PARTIAL_COMMAND,   /* whole; partial_take() gives it */
    PARTIAL_EMPTY,     /* an empty line or a multibulk of no arguments: nothing to do */
    PARTIAL_ERROR,     /* malformed; partial->error says how, the connection is to be closed */
    PARTIAL_HTTP,      /* from a browser: close the connection without a word */
    PARTIAL_TOO_LARGE, /* over total_max, or no memory: close the connection without a word */
};

struct partial_arg {
    size_t offset, len;
    struct blob *blob; /* where it lies, if it is large; else at offset in the input */
    bool is_large;
};

struct partial {
    struct buf input;  /* the command's bytes as far as they came, large arguments excepted */
    struct buf args;   /* of struct partial_arg */
    size_t line_start; /* where the line that is being read begins in input */
    size_t blob_filled;
    size_t blob_bytes; /* in all blobs */
    struct blob *blob; /* being filled */
    int64_t args_left; /* NO_HEADER: the first line has not been read */
    int64_t body_left; /* of the current argument with its CRLF; NO_BODY: its header comes next */
    uint32_t arg_count, blob_count;
    bool is_inline;
    char error[96]; /* "Protocol error: ..." */
};

void partial_init(struct partial *partial);
void partial_fini(struct partial *partial);
/* Takes bytes from the front of *input until its command is whole. */
enum partial_result partial_feed(struct partial *partial, struct bytes *input,
                                 const struct parser_limits *limits);
/* After PARTIAL_COMMAND: views of the arguments, valid until the next feed, reset or fini; the
 * blobs become the caller's. `args` has room for arg_count, `blobs` for blob_count. */
void partial_take(struct partial *partial, struct bytes *args, struct blob **blobs);
/* Gives the blobs back, as they were taken: the command is put off. */
void partial_untake(struct partial *partial, struct blob **blobs, uint32_t blob_count);
/* Forgets the command; keeps the memory if it is little. */
void partial_reset(struct partial *partial);
size_t partial_bytes(const struct partial *partial); /* memory it holds */

/* Splits a line as redis-cli and inline commands do ("a" 'b' \x41 \n): appends
 * to `out` and writes one struct partial_arg per word to `words`. False:
 * unbalanced quotes. Also reads configuration. */
bool parser_split_line(struct bytes line, struct buf *out, struct buf *words, uint32_t *count);

#endif
