/* support/reply.h -- A reply as a tree, read from RESP2 or RESP3 bytes, and its canonical text.
 *
 *   +OK  -ERR text  :1  "bulk\x00"  nil  [a, b]  {key: value}  ~[set]  >[push]
 *   ,1.5  #t  (bignumber  =txt:"verbatim"  |{attribute: value} reply
 *
 * `nil` is the null of the connection's protocol: $-1 in RESP2, _ in RESP3. Any other null shows
 * its own form (nil$, nil*, nil_), so that a server that mixes them up is seen. */
#ifndef TESTS_SUPPORT_REPLY_H
#define TESTS_SUPPORT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/text.h"

struct reply {
    char type; /* the type byte of the wire */
    bool null; /* $-1, *-1 or _ */
    int64_t integer;
    char *data; /* lines and bulks; NUL-terminated copy */
    size_t len;
    size_t count; /* children; a map has two for each pair */
    struct reply **items;
    struct reply *attribute; /* came before this reply, or NULL */
};

enum reply_status { REPLY_WHOLE, REPLY_PARTIAL, REPLY_BROKEN };

/* Reads one reply from the start of the bytes. On REPLY_WHOLE `*used` bytes were it. */
enum reply_status reply_parse(const char *data, size_t len, struct reply **reply, size_t *used);
void reply_free(struct reply *reply);
void reply_print(const struct reply *reply, int resp, struct text *text);
bool reply_is_error(const struct reply *reply);
/* The value beside a key in a map, or in the flat array that RESP2 has instead; may be NULL. */
const struct reply *reply_find(const struct reply *map, const char *key);

#endif
