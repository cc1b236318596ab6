/* base/digest.h -- Digests of data sets, as DEBUG DIGEST of redis-server computes them: SHA-1 of
 * pieces, combined by exclusive or where order does not matter. */
#ifndef TORC_BASE_DIGEST_H
#define TORC_BASE_DIGEST_H

#include "base/sha1.h"

struct digest {
    uint8_t bytes[SHA1_BYTES]; /* zeros: of nothing */
};

void digest_xor(struct digest *digest, struct bytes bytes);  /* in any order */
void digest_next(struct digest *digest, struct bytes bytes); /* the order matters */
void digest_number(struct digest *digest, uint32_t number);  /* in this order, too */
/* A part with a digest of its own, in any order. */
void digest_join(struct digest *digest, const struct digest *part);

#endif
