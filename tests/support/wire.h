/* support/wire.h -- A client on a raw socket: sends any bytes, reads replies as trees. A reply
 * that does not come within the timeout, a closed connection and a broken reply are failures that
 * `error` describes. Sending reads along, so a pipeline may be longer than all buffers. */
#ifndef TESTS_SUPPORT_WIRE_H
#define TESTS_SUPPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "support/check.h"
#include "support/reply.h"
#include "support/text.h"

#define WIRE_TIMEOUT_MS 10000

struct wire {
    int fd; /* -1: not connected */
    int resp;
    int port;
    int timeout_ms;
    struct text in; /* received; bytes before `read` are done with */
    size_t read;
    bool ended; /* the server has closed its side */
    const char *error;
    struct text shown; /* the text of the last reply */
};

bool wire_open(struct wire *wire, int port); /* in RESP2 */
bool wire_open_unix(struct wire *wire, const char *path);
bool wire_open_ipv6(struct wire *wire, int port);
void wire_close(struct wire *wire);
bool wire_hello(struct wire *wire, int resp); /* switches the protocol */

bool wire_send(struct wire *wire, const void *data, size_t len);
bool wire_send_text(struct wire *wire, const char *data);
bool wire_send_command(struct wire *wire, const char *line);
bool wire_send_words(struct wire *wire, const struct words *words);
void wire_shutdown_write(struct wire *wire);

/* NULL: failed, and `error` says why. The caller frees it. */
struct reply *wire_read(struct wire *wire);
struct reply *wire_command(struct wire *wire, const char *line);
/* The canonical text of the next reply, or of the failure in <>; valid until the next call. */
const char *wire_read_text(struct wire *wire);
const char *wire_command_text(struct wire *wire, const char *line);
const char *wire_words_text(struct wire *wire, const struct words *words);
/* Is the connection closed by the server, after all that was sent? */
bool wire_is_closed(struct wire *wire);
/* Everything that has come and will come until the server closes, as raw bytes. */
const char *wire_read_all(struct wire *wire);
/* Are there bytes, or does the peer stay silent for that long? */
bool wire_is_silent(struct wire *wire, int ms);

void wire_check(struct wire *wire, const char *line, const char *expected, const char *file,
                int at);
void wire_check_next(struct wire *wire, const char *expected, const char *file, int at);
void wire_check_like(struct wire *wire, const char *line, const char *pattern, const char *file,
                     int at);
long long wire_check_range(struct wire *wire, const char *line, long long low, long long high,
                           const char *file, int at);

/* The line is split as redis-cli does; the expectation is canonical text (support/reply.h). */
#define CHECK_REPLY(wire, line, expected) wire_check(wire, line, expected, __FILE__, __LINE__)
#define CHECK_NEXT(wire, expected)        wire_check_next(wire, expected, __FILE__, __LINE__)
/* In the pattern `*` stands for anything. */
#define CHECK_LIKE(wire, line, pattern) wire_check_like(wire, line, pattern, __FILE__, __LINE__)
/* An integer reply between the two. */
#define CHECK_RANGE(wire, line, low, high)                                                         \
    wire_check_range(wire, line, low, high, __FILE__, __LINE__)

#endif
