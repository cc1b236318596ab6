/* resp/parser: whole commands and commands in parts are read alike, however the stream is cut; what
 * is malformed is refused with redis-server's words; nothing that comes from outside breaks it. */
#include "resp/parser.h"

#include <stdlib.h>

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { ARGS_MAX = 64 };

static const struct parser_limits usual = {512 << 20, 1 << 30, true};
static const struct parser_limits stranger = {512 << 20, 1 << 30, false};

/* Commands as they were read: each argument as "len:bytes;", each command with "\n". */
static void note(struct buf *out, const struct bytes *args, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(out, "%zu:", args[i].len);
        buf_append(out, args[i]);
        buf_append_string(out, ";");
    }
    buf_append_string(out, "\n");
}

/* As dispatch does: takes the blobs, and now and then puts the command off once. */
static void take_command(struct partial *partial, struct buf *out, struct random *random)
{
    struct bytes args[ARGS_MAX + 1];
    struct blob *blobs[ARGS_MAX + 1];
    REQUIRE(partial->arg_count <= ARGS_MAX);
    uint32_t blob_count = partial->blob_count;
    partial_take(partial, args, blobs);
    if (random && random_below(random, 2)) {
        partial_untake(partial, blobs, blob_count);
        CHECK_INT(partial->blob_count, blob_count);
        partial_take(partial, args, blobs);
    }
    note(out, args, partial->arg_count);
    for (uint32_t i = 0; i < blob_count; i++) {
        REQUIRE(blobs[i] != NULL);
        CHECK(!blob_is_shared(blobs[i]));
        blob_release(blobs[i]);
    }
    partial_reset(partial);
}

/* Feeds all of `piece`; false: an error or too large, in *result. */
static bool feed(struct partial *partial, struct bytes piece, const struct parser_limits *limits,
                 struct buf *out, struct random *random, enum partial_result *result)
{
    while (piece.len) {
        size_t before = piece.len;
        *result = partial_feed(partial, &piece, limits);
        switch (*result) {
        case PARTIAL_MORE: CHECK_INT(piece.len, 0); break;
        case PARTIAL_COMMAND: take_command(partial, out, random); break;
        case PARTIAL_EMPTY: partial_reset(partial); break;
        default: return false;
        }
        REQUIRE(piece.len < before);
    }
    return true;
}

/* parser_next as far as it goes, then a struct partial for one command, and so on. */
static void read_mixed(struct bytes input, struct buf *out, struct random *random)
{
    struct partial partial;
    struct bytes args[ARGS_MAX];
    uint32_t count;
    partial_init(&partial);
    while (input.len) {
        size_t len = parser_next(input, args, ARGS_MAX, &count);
        if (len) {
            note(out, args, count);
            input = bytes_make(input.ptr + len, input.len - len);
            continue;
        }
        enum partial_result result = partial_feed(&partial, &input, &usual);
        if (result == PARTIAL_COMMAND) take_command(&partial, out, random);
        if (result == PARTIAL_EMPTY) partial_reset(&partial);
        REQUIRE(result == PARTIAL_COMMAND || result == PARTIAL_EMPTY);
    }
    partial_fini(&partial);
}

static void read_cut_at(struct bytes input, size_t first, size_t step, struct buf *out,
                        struct random *random)
{
    struct partial partial;
    enum partial_result result;
    partial_init(&partial);
    for (size_t at = 0, len = first; at < input.len; at += len, len = step) {
        if (len > input.len - at || !len) len = input.len - at;
        REQUIRE(feed(&partial, bytes_make(input.ptr + at, len), &usual, out, random, &result));
    }
    CHECK_INT(partial.input.len, 0);
    partial_fini(&partial);
}

static void add_inline(struct buf *input, struct buf *expected, struct random *random)
{
    uint32_t count = (uint32_t)random_below(random, 4);
    for (uint32_t i = 0; i < count; i++) {
        char word[] = {(char)('a' + random_below(random, 26)), 'x', 0};
        buf_printf(input, "%s%s", random_below(random, 2) ? "  " : "\t", word);
        buf_printf(expected, "2:%s;", word);
    }
    buf_append_string(input, random_below(random, 2) ? "\r\n" : "\n");
    if (count) buf_append_string(expected, "\n");
}

static size_t draw_arg_len(struct random *random, bool large)
{
    if (large && random_below(random, 10) == 0)
        return PARSER_LARGE_MIN - 2 + random_below(random, 40000);
    return random_below(random, random_below(random, 4) ? 20 : 300);
}

static void add_multibulk(struct buf *input, struct buf *expected, struct random *random,
                          bool large)
{
    uint32_t count = 1 + (uint32_t)random_below(random, random_below(random, 5) ? 5 : ARGS_MAX);
    buf_printf(input, "*%u\r\n", count);
    for (uint32_t i = 0; i < count; i++) {
        size_t len = draw_arg_len(random, large);
        buf_printf(input, "$%zu\r\n", len);
        buf_printf(expected, "%zu:", len);
        uint8_t *at = buf_reserve(input, len + 2);
        for (size_t j = 0; j < len; j++)
            at[j] = (uint8_t) "\r\n$*0a\xff"[random_below(random, 8)];
        memcpy(at + len, "\r\n", 2);
        buf_append(expected, bytes_make(at, len));
        input->len += len + 2;
        buf_append_string(expected, ";");
    }
    buf_append_string(expected, "\n");
}

static void add_any(struct buf *input, struct buf *expected, struct random *random, bool large)
{
    switch (random_below(random, 8)) {
    case 0: buf_append_string(input, "*0\r\n"); break;
    case 1: buf_append_string(input, "*-1\r\n"); break;
    case 2: add_inline(input, expected, random); break;
    default: add_multibulk(input, expected, random, large);
    }
}

static void check_same(const struct buf *got, const struct buf *expected, const char *how,
                       size_t cut)
{
    if (bytes_equal(buf_view(got), buf_view(expected))) return;
    test_fail(__FILE__, __LINE__, "%s, cut at %zu: other commands than were sent", how, cut);
    test_abort();
}

TEST(cut_at_every_byte)
{
    struct random random;
    int64_t before = mem_unattached_bytes();
    test_seed(&random, "cut_at_every_byte");
    for (int round = 0; round < 60; round++) {
        struct buf input = {0}, expected = {0}, got = {0};
        for (int i = 0; i < 6; i++)
            add_any(&input, &expected, &random, false);
        read_mixed(buf_view(&input), &got, &random);
        check_same(&got, &expected, "parser_next", 0);
        for (size_t cut = 0; cut <= input.len; cut++) {
            got.len = 0;
            read_cut_at(buf_view(&input), cut, input.len, &got, &random);
            check_same(&got, &expected, "in two parts", cut);
        }
        for (size_t step = 1; step < 8; step++) {
            got.len = 0;
            read_cut_at(buf_view(&input), step, step, &got, &random);
            check_same(&got, &expected, "in steps", step);
        }
        buf_fini(&input);
        buf_fini(&expected);
        buf_fini(&got);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}

TEST(large_arguments_in_parts)
{
    struct random random;
    int64_t before = mem_unattached_bytes();
    test_seed(&random, "large_arguments");
    for (int round = 0; round < 60; round++) {
        struct buf input = {0}, expected = {0}, got = {0};
        for (int i = 0; i < 8; i++)
            add_any(&input, &expected, &random, true);
        read_mixed(buf_view(&input), &got, &random);
        check_same(&got, &expected, "parser_next", 0);
        for (int i = 0; i < 20; i++) {
            size_t first = random_below(&random, input.len + 1);
            size_t step = 1 + random_below(&random, i % 2 ? 100 : 70000);
            got.len = 0;
            read_cut_at(buf_view(&input), first, step, &got, &random);
            check_same(&got, &expected, "large", first);
        }
        buf_fini(&input);
        buf_fini(&expected);
        buf_fini(&got);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}

/* The outcome must not depend on where the stream is cut. */
static void digest(struct bytes input, size_t step, struct buf *out)
{
    struct partial partial;
    enum partial_result result = PARTIAL_MORE;
    bool good = true;
    partial_init(&partial);
    for (size_t at = 0; good && at < input.len; at += step) {
        size_t len = step < input.len - at ? step : input.len - at;
        uint8_t *copy = malloc(len); /* so that a sanitizer sees its ends */
        memcpy(copy, input.ptr + at, len);
        good = feed(&partial, bytes_make(copy, len), &usual, out, NULL, &result);
        free(copy);
    }
    buf_printf(out, "%s",
               result == PARTIAL_ERROR       ? partial.error
               : result == PARTIAL_TOO_LARGE ? "too large"
                                             : "good so far");
    partial_fini(&partial);
}

static void add_garbage(struct buf *input, struct random *random)
{
    static const char *const pieces[] = {"*1\r\n",
                                         "$1\r\n",
                                         "*3\r\n$3\r\nSET\r\n",
                                         "\r\n",
                                         "\n",
                                         "*",
                                         "$",
                                         "-1",
                                         "\"",
                                         "'",
                                         "\\x4",
                                         "0",
                                         "9999999",
                                         "*2147483647\r\n",
                                         "$536870912\r\n",
                                         " ",
                                         "\r",
                                         "a",
                                         "PING\r\n",
                                         "*-1\r\n",
                                         "$0\r\n\r\n",
                                         "$07\r\n",
                                         "*01\r\n",
                                         "\xff",
                                         "*2\r\n$1\r\na\r\n$1\r\nb\r\n"};
    uint32_t count = (uint32_t)random_below(random, 12);
    for (uint32_t i = 0; i <= count; i++) {
        if (random_below(random, 6)) {
            buf_append_string(input, pieces[random_below(random, 25)]);
        } else {
            *buf_reserve(input, 1) = (uint8_t)random_next(random);
            input->len++;
        }
    }
}

TEST(garbage_is_read_alike_however_it_is_cut)
{
    struct random random;
    int64_t before = mem_unattached_bytes();
    test_seed(&random, "garbage");
    for (int round = 0; round < 30000 && !test_failed(); round++) {
        struct buf input = {0}, whole = {0}, parts = {0};
        struct bytes args[ARGS_MAX];
        uint32_t count;
        add_garbage(&input, &random);
        uint8_t *copy = malloc(input.len ? input.len : 1);
        memcpy(copy, input.ptr, input.len);
        size_t len = parser_next(bytes_make(copy, input.len), args, ARGS_MAX, &count);
        CHECK(len <= input.len);
        free(copy);
        digest(buf_view(&input), input.len, &whole);
        digest(buf_view(&input), 1 + random_below(&random, 3), &parts);
        if (!bytes_equal(buf_view(&whole), buf_view(&parts)))
            test_fail(__FILE__, __LINE__, "'%.*s': '%.*s' or '%.*s'", (int)input.len,
                      (char *)input.ptr, (int)whole.len, (char *)whole.ptr, (int)parts.len,
                      (char *)parts.ptr);
        buf_fini(&input);
        buf_fini(&whole);
        buf_fini(&parts);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}

static void check_error_of(const char *text, size_t len, const struct parser_limits *limits,
                           const char *expected)
{
    struct partial partial;
    struct buf out = {0};
    enum partial_result result;
    for (size_t step = 1; step <= len; step += len > 1000 ? len - 1 : 1) {
        bool good = true;
        partial_init(&partial);
        for (size_t at = 0; good && at < len; at += step)
            good = feed(&partial, bytes_make(text + at, step < len - at ? step : len - at), limits,
                        &out, NULL, &result);
        CHECK(!good);
        CHECK_INT(result, PARTIAL_ERROR);
        if (result == PARTIAL_ERROR) CHECK_STR(partial.error, expected);
        partial_fini(&partial);
    }
    buf_fini(&out);
}

TEST(errors)
{
    static const char *const cases[][2] = {
        {"*x\r\n", "invalid multibulk length"},
        {"*\r\n", "invalid multibulk length"},
        {"*+1\r\n", "invalid multibulk length"},
        {"*01\r\n", "invalid multibulk length"},
        {"*1 \r\n", "invalid multibulk length"},
        {"*2147483648\r\n", "invalid multibulk length"},
        {"*99999999999999999999\r\n", "invalid multibulk length"},
        {"*1\r\n:1\r\n", "expected '$', got ':'"},
        {"*1\r\n*1\r\n", "expected '$', got '*'"},
        {"*1\r\n$x\r\n", "invalid bulk length"},
        {"*1\r\n$\r\n", "invalid bulk length"},
        {"*1\r\n$-1\r\n", "invalid bulk length"},
        {"*1\r\n$-0\r\n", "invalid bulk length"},
        {"*1\r\n$536870913\r\n", "invalid bulk length"},
        {"*1\r\n$9223372036854775808\r\n", "invalid bulk length"},
        {"*1\r\n$18446744073709551617\r\n", "invalid bulk length"},
        {"*2\r\n$1\r\na\r\n$-5\r\n", "invalid bulk length"},
        {"A \"b\r\n", "unbalanced quotes in request"},
        {"A 'b\n", "unbalanced quotes in request"},
        {"A \"b\"c\r\n", "unbalanced quotes in request"},
        {"A \"b\\\"\r\n", "unbalanced quotes in request"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[96];
        snprintf(expected, sizeof expected, "Protocol error: %s", cases[i][1]);
        check_error_of(cases[i][0], strlen(cases[i][0]), &usual, expected);
    }
}

TEST(lines_without_end)
{
    static char line[PARSER_INLINE_MAX + 8];
    memset(line, 'a', sizeof line);
    check_error_of(line, sizeof line, &usual, "Protocol error: too big inline request");
    line[sizeof line - 1] = '\n'; /* whole, but refused wherever it is cut */
    check_error_of(line, sizeof line, &usual, "Protocol error: too big inline request");
    memset(line, '1', sizeof line);
    line[0] = '*';
    check_error_of(line, sizeof line, &usual, "Protocol error: too big mbulk count string");
    memcpy(line, "*1\r\n$", 5);
    check_error_of(line, sizeof line, &usual, "Protocol error: too big bulk count string");
}

static void check_good(const char *text, const struct parser_limits *limits, const char *expected)
{
    struct partial partial;
    struct buf out = {0};
    enum partial_result result;
    partial_init(&partial);
    CHECK(feed(&partial, bytes_of_string(text), limits, &out, NULL, &result));
    CHECK_BYTES(out.ptr, out.len, expected, strlen(expected));
    partial_fini(&partial);
    buf_fini(&out);
}

TEST(before_authentication)
{
    check_error_of("*11\r\n", 5, &stranger, "Protocol error: unauthenticated multibulk length");
    check_error_of("*1\r\n$16385\r\n", 12, &stranger,
                   "Protocol error: unauthenticated bulk length");
    check_good("*10\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n"
               "$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n",
               &stranger, "1:a;1:a;1:a;1:a;1:a;1:a;1:a;1:a;1:a;1:a;\n");
    check_good("*1\r\n$16384\r\n", &stranger, "");
}

static enum partial_result feed_until_refused(const char *piece, int times, size_t total_max,
                                              size_t *most)
{
    struct parser_limits limits = {512 << 20, total_max, true};
    struct partial partial;
    enum partial_result result = PARTIAL_MORE;
    partial_init(&partial);
    for (int i = 0; i < times && result == PARTIAL_MORE; i++) {
        struct bytes input = bytes_of_string(piece);
        result = partial_feed(&partial, &input, &limits);
        if (partial_bytes(&partial) > *most) *most = partial_bytes(&partial);
    }
    partial_fini(&partial);
    return result;
}

/* However a command grows: by its arguments, by their number, by one that is only announced. */
TEST(a_command_has_a_limit)
{
    size_t most = 0;
    static char text[1200];
    snprintf(text, sizeof text, "*1000000\r\n$1000\r\n%01000d\r\n", 7);
    CHECK_INT(feed_until_refused(text, 1, 1 << 20, &most), PARTIAL_MORE);
    struct parser_limits limits = {512 << 20, 1 << 20, true};
    struct partial partial;
    struct bytes input = bytes_of_string(text);
    partial_init(&partial);
    enum partial_result result = partial_feed(&partial, &input, &limits);
    for (int i = 0; i < 2000 && result == PARTIAL_MORE; i++) {
        input = bytes_of_string(strchr(text, '$'));
        result = partial_feed(&partial, &input, &limits);
    }
    CHECK_INT(result, PARTIAL_TOO_LARGE);
    CHECK(partial_bytes(&partial) < 3 << 20);
    partial_reset(&partial);
    input = BYTES("*1000000\r\n");
    result = partial_feed(&partial, &input, &limits);
    for (int i = 0; i < 1000000 && result == PARTIAL_MORE; i++) {
        input = BYTES("$0\r\n\r\n");
        result = partial_feed(&partial, &input, &limits);
    }
    CHECK_INT(result, PARTIAL_TOO_LARGE);
    CHECK(partial_bytes(&partial) < 4 << 20);
    partial_reset(&partial);
    input = BYTES("*2\r\n$1048577\r\n");
    CHECK_INT(partial_feed(&partial, &input, &limits), PARTIAL_TOO_LARGE);
    CHECK(partial_bytes(&partial) < 64 << 10);
    partial_fini(&partial);
}

TEST(parser_next_leaves_the_rest_to_partial)
{
    static const char *const cases[] = {"",
                                        "*",
                                        "*1",
                                        "*1\r",
                                        "*1\r\n",
                                        "*1\r\n$1\r\n",
                                        "*1\r\n$1\r\na",
                                        "*1\r\n$1\r\na\r",
                                        "*0\r\n",
                                        "PING\r\n",
                                        "*x\r\n",
                                        "*01\r\n$1\r\na\r\n",
                                        "*1\r\n$01\r\na\r\n",
                                        "*1\r\n$-1\r\n",
                                        "*9999999999\r\n",
                                        "*3\r\n$1\r\na\r\n$1\r\na\r\n"};
    struct bytes args[ARGS_MAX];
    uint32_t count;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_INT(parser_next(bytes_of_string(cases[i]), args, ARGS_MAX, &count), 0);
    CHECK_INT(parser_next(BYTES("*2\r\n$1\r\na\r\n$0\r\n\r\n"), args, 1, &count), 0);
    CHECK_INT(parser_next(BYTES("*2\r\n$1\r\na\r\n$0\r\n\r\nrest"), args, 2, &count), 17);
    CHECK_INT(count, 2);
    CHECK(bytes_equal(args[0], BYTES("a")) && args[1].len == 0);
}

/* Blobs of a command that nobody takes go with it. */
TEST(half_a_large_command_is_dropped_whole)
{
    int64_t before = mem_unattached_bytes();
    struct partial partial;
    static char body[50000];
    struct bytes input = BYTES("*3\r\n$40000\r\n");
    partial_init(&partial);
    CHECK_INT(partial_feed(&partial, &input, &usual), PARTIAL_MORE);
    input = bytes_make(body, 40000);
    CHECK_INT(partial_feed(&partial, &input, &usual), PARTIAL_MORE);
    input = BYTES("\r\n$40001\r\nx");
    CHECK_INT(partial_feed(&partial, &input, &usual), PARTIAL_MORE);
    CHECK(partial_bytes(&partial) >= 80001);
    partial_reset(&partial);
    CHECK(partial_bytes(&partial) < 8192 + sizeof partial);
    input = BYTES("*3\r\n$40000\r\nabc");
    CHECK_INT(partial_feed(&partial, &input, &usual), PARTIAL_MORE);
    partial_fini(&partial);
    CHECK_INT(mem_unattached_bytes(), before);
}
