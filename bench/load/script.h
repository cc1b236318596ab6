/* script.h -- Commands made from patterns, sent over a connection; replies are skipped. A reply
 * that is an error ends the program.
 *
 * In a command {i} counts commands, {p} too, in seven digits, {mN} modulo N, {n} its own uses, {rN}
 * is a random number below N, {aN} as well, and {bN} is N more than the last {aN}; {xN} is N random
 * bytes, and {dN} a fraction below N; <...> is a hash tag, in braces. Always the same. */
#ifndef BENCH_LOAD_SCRIPT_H
#define BENCH_LOAD_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

struct script_text {
    char *data;
    size_t len, capacity;
};

struct script_source {
    uint64_t state; /* not 0 */
    unsigned long long count, uses, last;
};

struct script_connection {
    int fd;
    char in[64 * 1024];
    size_t start, end;
};

/* Appends a command in RESP. */
void script_add(struct script_source *source, struct script_text *out, const char *command);
void script_send(struct script_connection *connection, const struct script_text *out);
void script_skip(struct script_connection *connection, long long replies);
/* Sends a command so many times, and waits for all replies. */
void script_run(struct script_connection *connection, const char *command, int times);
/* The number behind a text in the reply of a command: "used_memory:" of INFO. */
long long script_ask(struct script_connection *connection, const char *command, const char *field);

#endif
