/* support/text.h -- Growable text, quoting, and splitting of command lines, for tests. */
#ifndef TESTS_SUPPORT_TEXT_H
#define TESTS_SUPPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Growable bytes; `data` is always followed by a NUL. {0} is empty. */
struct text {
    char *data;
    size_t len, capacity;
};

void text_add(struct text *text, const void *data, size_t len);
void text_addf(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));
void text_reserve(struct text *text, size_t len);
void text_fini(struct text *text);
/* Adds `data` between double quotes; what is not printable becomes \n, \r, \t, \xHH. */
void text_add_quoted(struct text *text, const void *data, size_t len);

/* The words of a command; quotes and escapes as in redis-cli. */
struct words {
    int count;
    char **data;
    size_t *lens;
};
bool words_split(struct words *words, const char *line); /* false: unbalanced quotes */
void words_add(struct words *words, const void *data, size_t len);
void words_fini(struct words *words);
/* Adds the command in RESP, as clients send it. */
void text_add_command(struct text *text, const struct words *words);

/* `*` in the pattern stands for any bytes; nothing else is special. */
bool text_like(const char *text, const char *pattern);

/* A small deterministic generator, so that a seed replays. */
struct rng {
    uint64_t state;
};
uint64_t rng_next(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t bound);

int64_t now_ms(void);      /* of a clock that only goes forward */
int64_t unix_now_ms(void); /* of the wall */
void wait_ms(int ms);      /* one step of a bounded loop that waits for a condition */

#endif
