#include "base/glob.h"

struct matcher {
    struct bytes pattern;
    bool nocase;
};

static uint8_t fold(const struct matcher *matcher, uint8_t byte)
{
    return matcher->nocase ? byte_lower(byte) : byte;
}

/* Does `byte` belong to the class that opens at *pos? Moves *pos behind the class. As in
 * redis-server a class that is not closed ends with the pattern. */
static bool match_class(const struct matcher *matcher, size_t *pos, uint8_t byte)
{
    const uint8_t *ptr = matcher->pattern.ptr;
    size_t len = matcher->pattern.len, at = *pos + 1;
    bool negated = at < len && ptr[at] == '^', found = false;
    if (negated) at++;
    byte = fold(matcher, byte);
    for (; at < len && ptr[at] != ']'; at++) {
        if (ptr[at] == '\\' && len - at >= 2) {
            at++;
            found |= ptr[at] == byte || (matcher->nocase && fold(matcher, ptr[at]) == byte);
        } else if (len - at >= 3 && ptr[at + 1] == '-') {
            int8_t low = (int8_t)ptr[at], high = (int8_t)ptr[at + 2]; /* signed, as Redis's are */
            if (low > high) low = (int8_t)ptr[at + 2], high = (int8_t)ptr[at];
            low = (int8_t)fold(matcher, (uint8_t)low), high = (int8_t)fold(matcher, (uint8_t)high);
            found |= (int8_t)byte >= low && (int8_t)byte <= high;
            at += 2;
        } else {
            found |= fold(matcher, ptr[at]) == byte;
        }
    }
    *pos = at < len ? at + 1 : len;
    return found != negated;
}

/* Matches one byte of text against the pattern's item at *pos, which is no star; moves *pos behind
 * it. */
static bool match_one(const struct matcher *matcher, size_t *pos, uint8_t byte)
{
    const uint8_t *ptr = matcher->pattern.ptr;
    switch (ptr[*pos]) {
    case '?': ++*pos; return true;
    case '[': return match_class(matcher, pos, byte);
    case '\\':
        if (*pos + 1 < matcher->pattern.len) ++*pos;
        break;
    }
    return fold(matcher, ptr[(*pos)++]) == fold(matcher, byte);
}

static bool match(const struct matcher *matcher, struct bytes text)
{
    size_t pos = 0, at = 0, star_pos = 0, star_at = 0;
    bool star = false;
    size_t len = matcher->pattern.len;
    while (at < text.len) {
        if (pos < len && matcher->pattern.ptr[pos] == '*') {
            star = true, star_pos = ++pos, star_at = at;
            continue;
        }
        if (pos < len && match_one(matcher, &pos, text.ptr[at])) {
            at++;
            continue;
        }
        if (!star) return false;
        /* The last star takes one byte more. What stands before it has matched for good. */
        pos = star_pos, at = ++star_at;
    }
    while (pos < len && matcher->pattern.ptr[pos] == '*')
        pos++;
    return pos == len;
}

bool glob_match(struct bytes pattern, struct bytes text)
{
    struct matcher matcher = {pattern, false};
    return match(&matcher, text);
}

bool glob_match_nocase(struct bytes pattern, struct bytes text)
{
    struct matcher matcher = {pattern, true};
    return match(&matcher, text);
}

bool glob_is_all(struct bytes pattern)
{
    return pattern.len == 1 && pattern.ptr[0] == '*';
}
