/* Words of a line: resp/line.c beside a splitter that is a plain machine of states. */
#include <ctype.h>
#include <stdlib.h>

#include "mem/mem.h"
#include "resp/parser.h"
#include "support/check.h"
#include "support/seed.h"

struct naive {
    char words[64][256];
    size_t lens[64];
    uint32_t count;
};

static int hex(char byte)
{
    const char *digits = "0123456789abcdef";
    const char *at = byte ? strchr(digits, tolower((unsigned char)byte)) : NULL;
    return at ? (int)(at - digits) : -1;
}

static char escaped(char byte)
{
    const char *from = "nrtba", *to = "\n\r\t\b\a";
    const char *at = byte ? strchr(from, byte) : NULL;
    return at ? to[at - from] : byte;
}

/* One byte at a time: outside, in a word, in "...", in '...'. */
static bool split_naively(const char *line, size_t len, struct naive *naive)
{
    enum { OUTSIDE, WORD, DOUBLE, SINGLE, CLOSED } state = OUTSIDE;
    naive->count = 0;
    for (size_t i = 0; i <= len; i++) {
        bool end = i == len || ((state == OUTSIDE || state == WORD) && !line[i]);
        bool space = !end && isspace((unsigned char)line[i]);
        if (state == DOUBLE || state == SINGLE) {
            if (i == len) return false;
        } else if (end || space) {
            if (state != OUTSIDE) naive->count++;
            if (end) return true;
            state = OUTSIDE;
            continue;
        } else if (state == CLOSED) {
            return false;
        }
        if (state == OUTSIDE) naive->lens[naive->count] = 0, state = WORD;
        size_t *at = &naive->lens[naive->count];
        char *word = naive->words[naive->count];
        if (state == WORD) {
            if (line[i] == '"')
                state = DOUBLE;
            else if (line[i] == '\'')
                state = SINGLE;
            else
                word[(*at)++] = line[i];
        } else if (line[i] == (state == DOUBLE ? '"' : '\'')) {
            state = CLOSED;
        } else if (line[i] != '\\' || i + 1 == len) {
            word[(*at)++] = line[i];
        } else if (state == SINGLE) {
            if (line[i + 1] == '\'') i++;
            word[(*at)++] = line[i];
        } else if (i + 3 < len && line[i + 1] == 'x' && hex(line[i + 2]) >= 0 &&
                   hex(line[i + 3]) >= 0) {
            word[(*at)++] = (char)(hex(line[i + 2]) * 16 + hex(line[i + 3]));
            i += 3;
        } else {
            word[(*at)++] = escaped(line[++i]);
        }
    }
    return true;
}

static void compare(const char *line, size_t len)
{
    static struct naive naive;
    struct buf out = {0}, words = {0};
    uint32_t count;
    char *copy = malloc(len + 1); /* exactly as long as it is */
    memcpy(copy, line, len);
    bool good = parser_split_line(bytes_make(copy, len), &out, &words, &count);
    free(copy);
    if (good != split_naively(line, len, &naive) || (good && count != naive.count)) {
        test_fail(__FILE__, __LINE__, "[%.*s]: %d with %u words, expected %d with %u", (int)len,
                  line, good, count, !good, naive.count);
        test_abort();
    }
    const struct partial_arg *got = (const void *)words.ptr;
    for (uint32_t i = 0; good && i < count; i++)
        CHECK_BYTES(out.ptr + got[i].offset, got[i].len, naive.words[i], naive.lens[i]);
    buf_fini(&out);
    buf_fini(&words);
}

TEST(words_of_random_lines)
{
    static const char letters[] = "a \t\"'\\xn4fG\"'\\ \n";
    struct random random;
    int64_t before = mem_unattached_bytes();
    test_seed(&random, "line");
    for (int round = 0; round < 200000 && !test_failed(); round++) {
        char line[40];
        size_t len = random_below(&random, sizeof line);
        for (size_t i = 0; i < len; i++)
            line[i] = random_below(&random, 60) ? letters[random_below(&random, 16)] : '\0';
        compare(line, len);
    }
    CHECK_INT(mem_unattached_bytes(), before);
}
