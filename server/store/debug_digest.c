#include "store/debug_digest.h"

#include "store/scan.h"

/* Types are numbered as ours are, but for streams: before them come what modules define. */
static uint32_t number_of(enum value_type type)
{
    enum { STREAM = 6 };
    return type == VALUE_STREAM ? STREAM : type;
}

static void mix_value(struct digest *digest, const struct entry *entry)
{
    digest_number(digest, number_of(entry_type(entry)));
    if (entry_type(entry) == VALUE_STRING) {
        char scratch[NUMBER_INT_MAX];
        digest_next(digest, entry_text(entry, scratch));
    } else {
        struct value value = entry_view(entry);
        value_digest(&value, digest);
    }
    if (entry_expires(entry)) digest_xor(digest, BYTES("!!expire!!"));
}

static void mix_entry(void *context, void *item)
{
    struct digest digest = {{0}};
    digest_next(&digest, entry_key(item));
    mix_value(&digest, item);
    digest_join(context, &digest);
}

struct digest debug_digest(struct store *store)
{
    struct digest digest = {{0}};
    for (uint32_t db = 0; db < store->database_count; db++) {
        if (!store_count_keys(store, (uint16_t)db)) continue;
        digest_number(&digest, db);
        scan_all(store, (uint16_t)db, mix_entry, &digest);
    }
    return digest;
}

struct digest debug_digest_value(const struct entry *entry)
{
    struct digest digest = {{0}};
    if (entry) mix_value(&digest, entry);
    return digest;
}
