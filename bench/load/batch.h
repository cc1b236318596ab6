/* batch.h -- A pipeline's worth of requests, rendered once.
 *
 * A prototype holds the bytes of the batch and says where in them the digits of each key stand.
 * A connection copies it, and before each batch only patches digits: two at a time, from a table.
 * What a slot's reply must look like is known beforehand, so that checking it is one comparison. */
#ifndef BENCH_LOAD_BATCH_H
#define BENCH_LOAD_BATCH_H

#include "load_options.h"

#include <stdbool.h>
#include <stdint.h>

#define BATCH_HEAD_MAX     16
#define BATCH_EXPIRY_PAIRS 6 /* of digits; the first of 13 stays as it is until 2033 */

/* A reply: `head`, and, if it is a GET's, the value and CRLF behind it. */
struct batch_reply {
    char head[BATCH_HEAD_MAX];
    uint32_t head_len;
    uint32_t len; /* of the whole reply */
};

struct batch_slot {
    uint32_t end;        /* of the request, in the batch's bytes */
    uint32_t key_end;    /* of the key's digits */
    uint32_t expiry_end; /* of the expiry's digits; 0: has none */
    const struct batch_reply *reply;
};

struct batch_prototype {
    char *bytes;
    struct batch_slot *slots;
    uint32_t len;
    uint32_t count;
    uint32_t key_pairs; /* of digits that ever change */
    struct batch_reply get_reply;
    struct batch_reply set_reply;
};

/* In a mix, slot i is a SET if i + `parity` is odd. */
void batch_prototype_init(struct batch_prototype *prototype, const struct load_options *options,
                          uint32_t parity);

/* Writes decimal digits, zero-padded to 2 * `pairs`, so that they end at `end`. */
void batch_patch(char *end, uint64_t number, uint32_t pairs);

#endif
