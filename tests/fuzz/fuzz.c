#include "fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fuzz_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputs("\n", stderr);
    va_end(args);
    abort();
}

struct choices choices_of(const uint8_t *data, size_t size)
{
    return (struct choices){data, data + size};
}

uint8_t choose_byte(struct choices *choices)
{
    return choices->at < choices->end ? *choices->at++ : 0;
}

uint32_t choose_below(struct choices *choices, uint32_t bound)
{
    uint32_t drawn = choose_byte(choices);
    if (bound > 256) drawn = drawn << 8 | choose_byte(choices);
    return drawn % bound;
}

struct bytes choose_bytes(struct choices *choices, size_t len)
{
    struct bytes rest = choices_rest(choices);
    if (len > rest.len) len = rest.len;
    choices->at += len;
    return bytes_make(rest.ptr, len);
}

struct bytes choices_rest(const struct choices *choices)
{
    return bytes_make(choices->at, (size_t)(choices->end - choices->at));
}

static void append_many(struct buf *out, size_t len)
{
    if (!len) return;
    memset(buf_reserve(out, len), 'x', len);
    out->len += len;
}

void fuzz_expand(struct bytes text, struct buf *out)
{
    bool had_large = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != 0xfe || i + 1 == text.len) {
            buf_append(out, bytes_make(text.ptr + i, 1));
            continue;
        }
        size_t number = text.ptr[++i];
        /* Splitting a long line is what would take the time: mostly it is an argument or too long.
         */
        bool large = !had_large && (number == 255 || (number >= 248 && text.ptr[0] == '*'));
        had_large |= large;
        append_many(out, large ? (number - 247) * 8320 : number * 2);
    }
}
