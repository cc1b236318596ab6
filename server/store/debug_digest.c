#include "store/debug_digest.h"

#include "store/scan.h"

static void mix_xor(uint8_t digest[SHA1_BYTES], struct bytes bytes)
{
    uint8_t hash[SHA1_BYTES];
    sha1_of(bytes, hash);
    for (unsigned i = 0; i < SHA1_BYTES; i++)
        digest[i] ^= hash[i];
}

/* The order of what is mixed in this way matters. */
static void mix_next(uint8_t digest[SHA1_BYTES], struct bytes bytes)
{
    mix_xor(digest, bytes);
    uint8_t mixed[SHA1_BYTES];
    sha1_of(bytes_make(digest, SHA1_BYTES), mixed);
    memcpy(digest, mixed, SHA1_BYTES);
}

static void mix_number(uint8_t digest[SHA1_BYTES], uint32_t number)
{
    uint8_t big[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                      (uint8_t)number};
    mix_next(digest, bytes_make(big, sizeof big));
}

static void mix_value(uint8_t digest[SHA1_BYTES], const struct entry *entry)
{
    mix_number(digest, entry_type(entry));
    char scratch[NUMBER_INT_MAX];
    ASSERT(entry_type(entry) == VALUE_STRING);
    mix_next(digest, entry_text(entry, scratch));
    if (entry_expires(entry)) mix_xor(digest, BYTES("!!expire!!"));
}

static void mix_entry(void *context, void *item)
{
    uint8_t digest[SHA1_BYTES] = {0};
    mix_next(digest, entry_key(item));
    mix_value(digest, item);
    mix_xor(context, bytes_make(digest, SHA1_BYTES));
}

void debug_digest(struct store *store, uint8_t digest[SHA1_BYTES])
{
    memset(digest, 0, SHA1_BYTES);
    for (uint32_t db = 0; db < store->database_count; db++) {
        if (!store_count_keys(store, (uint16_t)db)) continue;
        mix_number(digest, db);
        scan_all(store, (uint16_t)db, mix_entry, digest);
    }
}

void debug_digest_value(const struct entry *entry, uint8_t digest[SHA1_BYTES])
{
    memset(digest, 0, SHA1_BYTES);
    if (entry) mix_value(digest, entry);
}
