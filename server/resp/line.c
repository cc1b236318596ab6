/* Words of a line, with the quoting rules of redis-cli: "..." knows \n \r \t \b \a \xHH and \c,
 * '...' knows \' alone, and a closing quote is followed by white space or the end. */
#include <ctype.h>

#include "resp/parser.h"

struct reader {
    const uint8_t *at, *end;
    struct buf *out;
};

static void emit(struct reader *reader, uint8_t byte)
{
    *buf_reserve(reader->out, 1) = byte;
    reader->out->len++;
}

static int hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') return byte - '0';
    byte = byte_lower(byte);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static uint8_t unescape(uint8_t byte)
{
    switch (byte) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    default: return byte;
    }
}

/* At a backslash inside double quotes that is not the last byte. */
static void read_escape(struct reader *reader)
{
    const uint8_t *at = reader->at + 1;
    if (reader->end - at >= 3 && at[0] == 'x' && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
        emit(reader, (uint8_t)(hex_digit(at[1]) * 16 + hex_digit(at[2])));
        reader->at += 4;
        return;
    }
    emit(reader, unescape(at[0]));
    reader->at += 2;
}

/* Behind the opening quote. False: no closing one, or something sticks to it. */
static bool read_quoted(struct reader *reader, uint8_t quote)
{
    for (; reader->at < reader->end && *reader->at != quote;) {
        bool escape = *reader->at == '\\' && reader->at + 1 < reader->end;
        if (escape && quote == '"') {
            read_escape(reader);
        } else if (escape && reader->at[1] == '\'') {
            emit(reader, '\'');
            reader->at += 2;
        } else {
            emit(reader, *reader->at++);
        }
    }
    if (reader->at == reader->end) return false;
    reader->at++;
    return reader->at == reader->end || isspace(*reader->at);
}

static bool read_word(struct reader *reader)
{
    while (reader->at < reader->end && !isspace(*reader->at) && *reader->at) {
        if (*reader->at == '"' || *reader->at == '\'') {
            uint8_t quote = *reader->at++;
            if (!read_quoted(reader, quote)) return false;
            return true;
        }
        emit(reader, *reader->at++);
    }
    return true;
}

bool parser_split_line(struct bytes line, struct buf *out, struct buf *words, uint32_t *count)
{
    struct reader reader = {line.ptr, line.ptr + line.len, out};
    *count = 0;
    for (;;) {
        while (reader.at < reader.end && isspace(*reader.at))
            reader.at++;
        if (reader.at == reader.end || !*reader.at) return true;
        struct partial_arg word = {.offset = out->len};
        if (!read_word(&reader)) return false;
        word.len = out->len - word.offset;
        buf_append(words, bytes_make(&word, sizeof word));
        (*count)++;
    }
}
