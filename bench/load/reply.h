/* reply.h -- Checks replies against what is expected of them, at the cost of a comparison each.
 * A reply that lies whole in the received bytes is compared with its expected head and stepped
 * over; one that is split goes byte by byte. A value's bytes are not looked at, its length is. */
#ifndef BENCH_LOAD_REPLY_H
#define BENCH_LOAD_REPLY_H

#include "batch.h"

#include <stdint.h>

#define REPLY_LINE_MAX 120

/* Where within a reply the received bytes end; all zero between two. */
struct reply_scan {
    uint32_t skip; /* of value and CRLF still to come */
    uint32_t line_len;
    char line[REPLY_LINE_MAX + 1];
};

struct reply_input {
    const uint8_t *at;
    const uint8_t *end;
};

/* Takes one reply off the input: true if it has ended. Ends the program if it is a wrong one. */
bool reply_scan_split(struct reply_scan *scan, struct reply_input *input,
                      const struct batch_reply *expected);

static inline bool reply_scan(struct reply_scan *scan, struct reply_input *input,
                              const struct batch_reply *expected)
{
    const uint8_t *at = input->at;
    uint32_t len = expected->len;
    bool is_whole = !scan->skip && !scan->line_len && (uint64_t)(input->end - at) >= len;
    if (!is_whole || __builtin_memcmp(at, expected->head, expected->head_len) ||
        at[len - 1] != '\n') {
        return reply_scan_split(scan, input, expected);
    }
    input->at = at + len;
    return true;
}

#endif
