/* Requests: a stream read as dispatch reads it (whole commands in place, the rest by struct
 * partial) gives the same commands, the same error and the same rest as when it comes in pieces. */
#include <stdio.h>

#include "fuzz/fuzz.h"
#include "resp/parser.h"

enum { ARGS_MAX = 256, BULK_MAX = 40 * 1024, TOTAL_SMALL = 200 };

/* What came out, as bytes that can be compared. */
struct record {
    struct buf events;
    bool too_large; /* how far one gets then depends on the pieces */
};

static void note(struct record *record, const void *ptr, size_t len)
{
    buf_append(&record->events, bytes_make(ptr, len));
}

static void note_command(struct record *record, const struct bytes *args, uint32_t count)
{
    note(record, "C", 1);
    note(record, &count, sizeof count);
    for (uint32_t i = 0; i < count; i++) {
        note(record, &args[i].len, sizeof args[i].len);
        note(record, args[i].ptr, args[i].len);
    }
}

/* What is half read when the stream ends. */
static void note_rest(struct record *record, const struct partial *partial)
{
    int64_t rest[] = {(int64_t)partial->input.len,
                      partial->input.len ? partial->is_inline : 0,
                      partial->args_left,
                      partial->body_left,
                      partial->arg_count,
                      partial->blob_count,
                      partial->blob ? (int64_t)partial->blob_filled : -1};
    note(record, "R", 1);
    note(record, rest, sizeof rest);
}

/* The command is put off and taken again, as when a client is stopped. */
static void take(struct record *record, struct partial *partial)
{
    struct bytes *args = mem_alloc((partial->arg_count + 1) * sizeof *args);
    struct blob **blobs = mem_alloc((partial->blob_count + 1) * sizeof *blobs);
    uint32_t blob_count = partial->blob_count, arg_count = partial->arg_count;
    partial_take(partial, args, blobs);
    partial_untake(partial, blobs, blob_count);
    FUZZ_CHECK(partial->blob_count == blob_count);
    partial_take(partial, args, blobs);
    note_command(record, args, arg_count);
    for (uint32_t i = 0; i < blob_count; i++)
        blob_release(blobs[i]);
    mem_free(args, (arg_count + 1) * sizeof *args);
    mem_free(blobs, (blob_count + 1) * sizeof *blobs);
    partial_reset(partial);
}

/* False: the connection would be closed. */
static bool feed(struct record *record, struct partial *partial, struct bytes *input,
                 const struct parser_limits *limits)
{
    size_t before = input->len;
    enum partial_result result = partial_feed(partial, input, limits);
    FUZZ_CHECK(input->len < before);
    switch (result) {
    case PARTIAL_MORE: FUZZ_CHECK(!input->len); return true;
    case PARTIAL_COMMAND: take(record, partial); return true;
    case PARTIAL_EMPTY: partial_reset(partial); return true;
    case PARTIAL_ERROR:
        note(record, "E", 1);
        note(record, partial->error, strlen(partial->error));
        FUZZ_CHECK(!strncmp(partial->error, "Protocol error: ", 16));
        return false;
    case PARTIAL_HTTP: return false;
    case PARTIAL_TOO_LARGE: record->too_large = true; return false;
    }
    FUZZ_FAIL("a result that is none: %d", (int)result);
}

static struct bytes skip(struct bytes input, size_t len)
{
    return bytes_make(input.ptr + len, input.len - len);
}

static struct bytes take_in_place(struct record *record, struct bytes input)
{
    struct bytes args[ARGS_MAX];
    uint32_t count;
    for (size_t len; (len = parser_next(input, args, ARGS_MAX, &count)); input = skip(input, len)) {
        FUZZ_CHECK(len <= input.len && count && count <= ARGS_MAX);
        for (uint32_t i = 0; i < count; i++)
            FUZZ_CHECK(args[i].ptr > input.ptr && args[i].ptr + args[i].len + 2 <= input.ptr + len);
        note_command(record, args, count);
    }
    return input;
}

static void read_whole(struct record *record, struct bytes input,
                       const struct parser_limits *limits)
{
    struct partial partial;
    partial_init(&partial);
    bool going = true;
    while (going && input.len) {
        if (limits->authenticated) input = take_in_place(record, input);
        if (input.len) going = feed(record, &partial, &input, limits);
    }
    if (going) note_rest(record, &partial);
    partial_fini(&partial);
}

static void read_pieces(struct record *record, struct bytes input,
                        const struct parser_limits *limits, struct choices *cuts)
{
    struct partial partial;
    struct choices again = *cuts;
    bool long_stream = input.len > 2000;
    partial_init(&partial);
    bool going = true;
    while (going && input.len) {
        if (cuts->at == cuts->end) *cuts = again;
        size_t len = 1 + choose_byte(cuts) % 24;
        if (long_stream) len *= 997; /* a few pieces are enough, and are fast */
        struct bytes piece = bytes_make(input.ptr, len < input.len ? len : input.len);
        input = skip(input, piece.len);
        if (PLANTED && partial.arg_count == 2 && piece.len == 3) continue; /* lost on the way */
        while (going && piece.len)
            going = feed(record, &partial, &piece, limits);
    }
    if (going) note_rest(record, &partial);
    partial_fini(&partial);
}

static void check_same(const struct record *whole, const struct record *pieces)
{
    struct bytes a = buf_view(&whole->events), b = buf_view(&pieces->events);
    if (whole->too_large || pieces->too_large) {
        size_t len = a.len < b.len ? a.len : b.len;
        a.len = b.len = len;
    }
    FUZZ_CHECK(bytes_equal(a, b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { CUTS = 4 };
    struct choices choices = choices_of(data, size);
    uint8_t options = choose_byte(&choices);
    struct bytes cut_bytes = choose_bytes(&choices, CUTS);
    struct choices cuts = choices_of(cut_bytes.ptr, cut_bytes.len);
    struct parser_limits limits = {
        .bulk_max = BULK_MAX,
        .total_max = options & 2 ? TOTAL_SMALL : 1 << 30,
        .authenticated = !(options & 1),
    };
    struct record whole = {0}, pieces = {0};
    struct buf stream = {0};
    fuzz_expand(choices_rest(&choices), &stream);
    read_whole(&whole, buf_view(&stream), &limits);
    read_pieces(&pieces, buf_view(&stream), &limits, &cuts);
    FUZZ_CHECK(limits.total_max == TOTAL_SMALL || (!whole.too_large && !pieces.too_large));
    check_same(&whole, &pieces);
    buf_fini(&stream);
    buf_fini(&whole.events);
    buf_fini(&pieces.events);
    return 0;
}
