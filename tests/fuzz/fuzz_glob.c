/* Patterns: glob_match() beside a matcher that tries everything, and within the number of steps
 * that its header promises. */
#include "fuzz/fuzz.h"

/* Every look at a loop's condition is a step: compiled into this file, the matcher counts them. */
static size_t steps;
/* clang-format off */
#define while(condition) while (steps++, (condition))
/* clang-format on */
#include "base/glob.c"
#undef while

enum { NAIVE_STEPS_MAX = 500 };

struct naive {
    struct bytes pattern, text;
    bool nocase;
    uint32_t steps; /* over NAIVE_STEPS_MAX: given up */
};

static uint8_t plain(const struct naive *naive, uint8_t byte)
{
    return naive->nocase && byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/* Bytes above 127 stand below all others, as they do in redis-server. */
static bool is_between(const struct naive *naive, uint8_t byte, uint8_t one, uint8_t other)
{
    bool swapped = (one ^ 0x80) > (other ^ 0x80);
    uint8_t low = plain(naive, swapped ? other : one), high = plain(naive, swapped ? one : other);
    return (byte ^ 0x80) >= (low ^ 0x80) && (byte ^ 0x80) <= (high ^ 0x80);
}

/* Of the class that opens at `at`; *end: one past it. */
static bool is_in_class(const struct naive *naive, size_t at, uint8_t byte, size_t *end)
{
    const uint8_t *pattern = naive->pattern.ptr;
    size_t len = naive->pattern.len;
    bool found = false, negated = ++at < len && pattern[at] == '^';
    byte = plain(naive, byte);
    at += negated;
    for (; at < len && pattern[at] != ']'; at++) {
        bool escaped = pattern[at] == '\\' && at + 1 < len;
        bool is_range = !escaped && at + 2 < len && pattern[at + 1] == '-';
        if (escaped) at++;
        if (is_range) {
            found |= is_between(naive, byte, pattern[at], pattern[at + 2]);
            at += 2;
        } else {
            found |= plain(naive, pattern[at]) == byte;
        }
    }
    *end = at < len ? at + 1 : at;
    return found != negated;
}

static bool matches(struct naive *naive, size_t at, size_t text_at)
{
    const uint8_t *pattern = naive->pattern.ptr;
    size_t len = naive->pattern.len, next = at + 1;
    if (++naive->steps > NAIVE_STEPS_MAX) return false;
    if (at == len) return text_at == naive->text.len;
    if (pattern[at] == '*') {
        for (size_t i = text_at; i <= naive->text.len; i++)
            if (matches(naive, next, i)) return true;
        return false;
    }
    if (text_at == naive->text.len) return false;
    uint8_t byte = naive->text.ptr[text_at];
    bool fits = pattern[at] == '?';
    if (pattern[at] == '[') {
        fits = is_in_class(naive, at, byte, &next);
    } else if (!fits) {
        if (pattern[at] == '\\' && next < len) at = next++;
        fits = plain(naive, pattern[at]) == plain(naive, byte);
    }
    return fits && matches(naive, next, text_at + 1);
}

static void check(struct bytes pattern, struct bytes text, bool nocase)
{
    struct naive naive = {pattern, text, nocase, 0};
    bool expected = matches(&naive, 0, 0);
    steps = 0;
    bool got = nocase ? glob_match_nocase(pattern, text) : glob_match(pattern, text);
    FUZZ_CHECK(steps <= (pattern.len + 2) * (text.len + 2));
    if (PLANTED && text.len > 3 && text.ptr[3] == 'z') got = !got;
    if (naive.steps <= NAIVE_STEPS_MAX) FUZZ_CHECK(got == expected);
    if (glob_is_all(pattern)) FUZZ_CHECK(got);
}

/* Any text matches itself with every byte escaped. */
static void check_escaped(struct bytes text)
{
    struct buf pattern = {0};
    for (size_t i = 0; i < text.len; i++) {
        buf_append_string(&pattern, "\\");
        buf_append(&pattern, bytes_make(text.ptr + i, 1));
    }
    FUZZ_CHECK(glob_match(buf_view(&pattern), text));
    buf_fini(&pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct choices choices = choices_of(data, size);
    size_t pattern_len = choose_below(&choices, 32);
    struct bytes pattern = choose_bytes(&choices, pattern_len);
    struct bytes text = choices_rest(&choices);
    check(pattern, text, false);
    check(pattern, text, true);
    check_escaped(text);
    return 0;
}
