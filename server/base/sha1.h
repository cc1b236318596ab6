/* base/sha1.h -- SHA-1 (RFC 3174). Names scripts and digests data sets; it protects nothing. */
#ifndef TORC_BASE_SHA1_H
#define TORC_BASE_SHA1_H

#include "base/bytes.h"

enum { SHA1_BYTES = 20 };

struct sha1 {
    uint32_t state[5];
    uint64_t len;
    uint8_t block[64];
};

void sha1_init(struct sha1 *sha1);
void sha1_add(struct sha1 *sha1, struct bytes bytes);
void sha1_finish(struct sha1 *sha1, uint8_t digest[SHA1_BYTES]);
void sha1_of(struct bytes bytes, uint8_t digest[SHA1_BYTES]);

#endif
