/* Lines: the words of inline commands and of configuration beside a splitter that is written
 * another way; cut anywhere on their way in; and quoted and split again. A byte 0 ends a line, but
 * in quotes it is a byte as any other. */
#include <ctype.h>

#include "admin/config_value.h"
#include "fuzz/fuzz.h"
#include "resp/parser.h"

struct words {
    struct buf text, places; /* places: of struct partial_arg */
    uint32_t count;
};

static void free_words(struct words *words)
{
    buf_fini(&words->text);
    buf_fini(&words->places);
}

static struct bytes word_at(const struct words *words, uint32_t index)
{
    struct partial_arg place;
    memcpy(&place, words->places.ptr + index * sizeof place, sizeof place);
    return bytes_make(words->text.ptr + place.offset, place.len);
}

static bool are_same(const struct words *a, const struct words *b)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!bytes_equal(word_at(a, i), word_at(b, i))) return false;
    return true;
}

static void add_byte(struct words *words, int byte)
{
    uint8_t stored = (uint8_t)byte;
    buf_append(&words->text, bytes_make(&stored, 1));
}

static int hex_of(char digit)
{
    return isdigit((unsigned char)digit) ? digit - '0' : tolower((unsigned char)digit) - 'a' + 10;
}

static int escaped(char letter)
{
    static const char letters[] = "nrtba", bytes[] = "\n\r\t\b\a";
    const char *found = letter ? strchr(letters, letter) : NULL;
    return found ? bytes[found - letters] : letter;
}

/* At the quote that opens; moves behind the one that closes. False: there is none, or something
 * sticks to it. The line ends with three bytes 0, so that one may look ahead. */
static bool read_quotes(struct words *words, const char **line, const char *end)
{
    const char quote = **line, *at = *line + 1;
    for (; at < end && *at != quote; at++) {
        if (*at != '\\' || at + 1 == end || (quote == '\'' && at[1] != '\'')) {
            add_byte(words, *at);
        } else if (quote == '\'') {
            add_byte(words, *++at);
        } else if (at[1] == 'x' && isxdigit((unsigned char)at[2]) &&
                   isxdigit((unsigned char)at[3])) {
            add_byte(words, hex_of(at[2]) * 16 + hex_of(at[3]));
            at += 3;
        } else {
            add_byte(words, PLANTED && at[1] == 't' ? 't' : escaped(at[1]));
            at++;
        }
    }
    if (at == end) return false;
    *line = at + 1;
    return *line == end || isspace((unsigned char)**line);
}

static bool split_naively(const char *line, const char *end, struct words *words)
{
    for (;;) {
        while (line < end && isspace((unsigned char)*line))
            line++;
        if (line == end || !*line) return true;
        struct partial_arg place = {.offset = words->text.len};
        bool quoted = false;
        while (!quoted && line < end && *line && !isspace((unsigned char)*line)) {
            quoted = *line == '"' || *line == '\'';
            if (!quoted)
                add_byte(words, *line++);
            else if (!read_quotes(words, &line, end))
                return false;
        }
        place.len = words->text.len - place.offset;
        buf_append(&words->places, bytes_make(&place, sizeof place));
        words->count++;
    }
}

static void check_quoted(const struct words *words)
{
    struct buf line = {0};
    struct words again = {0};
    for (uint32_t i = 0; i < words->count; i++) {
        config_write_quoted(&line, word_at(words, i));
        buf_append_string(&line, " ");
    }
    FUZZ_CHECK(parser_split_line(buf_view(&line), &again.text, &again.places, &again.count));
    FUZZ_CHECK(are_same(words, &again));
    buf_fini(&line);
    free_words(&again);
}

/* What a browser's request holds closes the connection. */
static bool is_http(const struct words *words)
{
    if (!words->count) return false;
    struct bytes first = word_at(words, 0);
    return bytes_is(first, "post") || bytes_is(first, "host:");
}

/* The line comes in two pieces, as the first bytes of a stream. */
static void check_in_pieces(struct bytes stream, size_t cut, const struct words *words, bool valid)
{
    static const struct parser_limits limits = {1 << 20, 1 << 30, true};
    struct partial partial;
    struct bytes first = bytes_make(stream.ptr, cut);
    struct bytes second = bytes_make(stream.ptr + cut, stream.len - cut);
    partial_init(&partial);
    enum partial_result result = partial_feed(&partial, &first, &limits);
    if (result == PARTIAL_MORE) result = partial_feed(&partial, &second, &limits);
    enum partial_result expected = !valid           ? PARTIAL_ERROR
                                   : !words->count  ? PARTIAL_EMPTY
                                   : is_http(words) ? PARTIAL_HTTP
                                                    : PARTIAL_COMMAND;
    FUZZ_CHECK(result == expected);
    if (result == PARTIAL_COMMAND) {
        FUZZ_CHECK(partial.arg_count == words->count && !partial.blob_count);
        struct bytes *args = mem_alloc(words->count * sizeof *args);
        partial_take(&partial, args, NULL);
        for (uint32_t i = 0; i < words->count; i++)
            FUZZ_CHECK(bytes_equal(args[i], word_at(words, i)));
        mem_free(args, words->count * sizeof *args);
    }
    partial_fini(&partial);
}

/* `stream` ends with its first newline. */
static void check_line(struct bytes stream, size_t cut)
{
    struct words words = {0}, expected = {0};
    struct buf copy = {0};
    struct bytes line = bytes_make(stream.ptr, stream.len - 1);
    if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
    buf_append(&copy, line);
    buf_append(&copy, bytes_make("\0\0", 3));
    bool valid = parser_split_line(line, &words.text, &words.places, &words.count);
    const char *start = (const char *)copy.ptr;
    FUZZ_CHECK(valid == split_naively(start, start + line.len, &expected));
    if (valid) FUZZ_CHECK(are_same(&words, &expected));
    if (valid) check_quoted(&words);
    if (*stream.ptr != '*') check_in_pieces(stream, cut, &words, valid);
    buf_fini(&copy);
    free_words(&words);
    free_words(&expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct choices choices = choices_of(data, size);
    struct buf stream = {0};
    uint32_t cut = choose_below(&choices, 256);
    buf_append(&stream, choices_rest(&choices));
    buf_append_string(&stream, "\n");
    const uint8_t *newline = memchr(stream.ptr, '\n', stream.len);
    stream.len = (size_t)(newline - stream.ptr) + 1;
    check_line(buf_view(&stream), cut % stream.len);
    buf_fini(&stream);
    return 0;
}
