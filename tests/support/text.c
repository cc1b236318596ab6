#include "support/text.h"

#include <ctype.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void *grow(void *old, size_t size)
{
    void *block = realloc(old, size);
    if (!block) abort();
    return block;
}

void text_reserve(struct text *text, size_t len)
{
    if (text->capacity >= text->len + len + 1) return;
    text->capacity = (text->len + len + 1) * 3 / 2 + 32;
    text->data = grow(text->data, text->capacity);
}

void text_add(struct text *text, const void *data, size_t len)
{
    text_reserve(text, len);
    if (len) memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = 0;
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text_reserve(text, (size_t)len);
    va_start(args, format);
    vsnprintf(text->data + text->len, (size_t)len + 1, format, args);
    va_end(args);
    text->len += (size_t)len;
}

void text_fini(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

static void add_quoted_byte(struct text *text, unsigned char byte)
{
    switch (byte) {
    case '\n': text_add(text, "\\n", 2); return;
    case '\r': text_add(text, "\\r", 2); return;
    case '\t': text_add(text, "\\t", 2); return;
    case '"': text_add(text, "\\\"", 2); return;
    case '\\': text_add(text, "\\\\", 2); return;
    default: break;
    }
    if (byte >= 32 && byte < 127) {
        text_add(text, &byte, 1);
    } else {
        text_addf(text, "\\x%02x", byte);
    }
}

void text_add_quoted(struct text *text, const void *data, size_t len)
{
    text_add(text, "\"", 1);
    for (size_t i = 0; i < len; i++)
        add_quoted_byte(text, ((const unsigned char *)data)[i]);
    text_add(text, "\"", 1);
}

/* The arrays grow at powers of two, so a command of many words costs no more for each. */
void words_add(struct words *words, const void *data, size_t len)
{
    size_t count = (size_t)words->count;
    if ((count & (count - 1)) == 0) {
        size_t capacity = count ? count * 2 : 1;
        words->data = grow(words->data, capacity * sizeof(*words->data));
        words->lens = grow(words->lens, capacity * sizeof(*words->lens));
    }
    char *copy = grow(NULL, len + 1);
    if (len) memcpy(copy, data, len);
    copy[len] = 0;
    words->data[words->count] = copy;
    words->lens[words->count++] = len;
}

void words_fini(struct words *words)
{
    for (int i = 0; i < words->count; i++)
        free(words->data[i]);
    free(words->data);
    free(words->lens);
    *words = (struct words){0};
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads one escape after the backslash; returns what comes after it. */
static const char *unescape(const char *at, struct text *word)
{
    if (*at == 'x' && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
        char byte = (char)(hex_digit(at[1]) * 16 + hex_digit(at[2]));
        text_add(word, &byte, 1);
        return at + 3;
    }
    char byte = *at == 'n' ? '\n' : *at == 'r' ? '\r' : *at == 't' ? '\t' : *at;
    text_add(word, &byte, 1);
    return at + 1;
}

/* Reads a quoted part; returns what comes after the closing quote, NULL if there is none. */
static const char *unquote(const char *at, char quote, struct text *word)
{
    while (*at && *at != quote) {
        if (*at == '\\' && quote == '"' && at[1]) {
            at = unescape(at + 1, word);
        } else {
            text_add(word, at++, 1);
        }
    }
    return *at ? at + 1 : NULL;
}

static const char *split_word(struct words *words, const char *at)
{
    struct text word = {0};
    while (at && *at && !isspace((unsigned char)*at)) {
        if (*at == '"' || *at == '\'') {
            at = unquote(at + 1, *at, &word);
        } else {
            text_add(&word, at++, 1);
        }
    }
    if (at) words_add(words, word.data, word.len);
    text_fini(&word);
    return at;
}

bool words_split(struct words *words, const char *line)
{
    const char *at = line;
    while (at) {
        while (isspace((unsigned char)*at))
            at++;
        if (!*at) return true;
        at = split_word(words, at);
    }
    return false;
}

void text_add_command(struct text *text, const struct words *words)
{
    text_addf(text, "*%d\r\n", words->count);
    for (int i = 0; i < words->count; i++) {
        text_addf(text, "$%zu\r\n", words->lens[i]);
        text_add(text, words->data[i], words->lens[i]);
        text_add(text, "\r\n", 2);
    }
}

bool text_like(const char *text, const char *pattern)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    return (uint32_t)(((rng_next(rng) >> 32) * bound) >> 32);
}

static int64_t clock_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t unix_now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

void wait_ms(int ms)
{
    poll(NULL, 0, ms);
}
