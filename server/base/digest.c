#include "base/digest.h"

void digest_xor(struct digest *digest, struct bytes bytes)
{
    uint8_t hash[SHA1_BYTES] = {0};
    sha1_of(bytes, hash);
    for (unsigned i = 0; i < SHA1_BYTES; i++)
        digest->bytes[i] ^= hash[i];
}

void digest_next(struct digest *digest, struct bytes bytes)
{
    digest_xor(digest, bytes);
    struct digest mixed = {{0}};
    sha1_of(bytes_make(digest->bytes, SHA1_BYTES), mixed.bytes);
    *digest = mixed;
}

void digest_number(struct digest *digest, uint32_t number)
{
    uint8_t big[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                      (uint8_t)number};
    digest_next(digest, bytes_make(big, sizeof big));
}

void digest_join(struct digest *digest, const struct digest *part)
{
    digest_xor(digest, bytes_make(part->bytes, SHA1_BYTES));
}
