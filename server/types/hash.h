/* types/hash.h -- Hashes. Small: a listpack of field, value, field, value, or one that has expiries
 * as well (types/hash_pack.h); else a struct hash, a table of items, each one allocation with
 * field, value and, if it has one, expiry:
 *
 *     expires: 1 bit, length: 7 bits, 127: u32 follows | expiry 8? | field | value (types/item.h)
 *
 * Fields expire without a second table: beside the table stands the least expiry of each bucket
 * (a lower bound, as in store/slot.h), made when the first field gets one. A field that has expired
 * is absent for all that look with a later now_ms, but is counted until hash_expire() has removed
 * it.
 *
 * Costs: get, set and remove O(1), of small hashes O(fields), which the settings bound. */
#ifndef TORC_TYPES_HASH_H
#define TORC_TYPES_HASH_H

#include "ds/mintree.h"
#include "ds/table_cursor.h"
#include "types/listpack.h"
#include "types/value.h"

struct hash {
    struct table table;
    uint64_t item_bytes; /* what items take from the allocator */
    struct hash_key hash_key;
    struct mintree *expiry;  /* NULL: no field expires */
    uint64_t expiring_count; /* fields that do */
};

extern const struct value_class hash_class;

/* A field, borrowed from the hash or from who sets it. */
struct hash_entry {
    struct bytes field, value;
    int64_t expiry_ms; /* INT64_MAX: none */
};

enum { HASH_KEEP_EXPIRY = -1 };

/* Integers of small hashes are written into `digits`. */
struct hash_found {
    struct bytes value;
    int64_t expiry_ms;
    char digits[NUMBER_INT_MAX];
};

bool hash_get(const struct value *hash, struct bytes field, int64_t now_ms,
              struct hash_found *found);
/* Sets a field, whatever it held; its expiry may be HASH_KEEP_EXPIRY. false: it was there. Nothing
 * of the entry may lie in the hash. */
bool hash_set(struct value *hash, const struct hash_entry *entry, int64_t now_ms,
              const struct type_limits *limits);
/* false: it was not there. The field may lie in the hash. */
bool hash_remove(struct value *hash, struct bytes field, int64_t now_ms);
/* Of a field that is there. */
void hash_set_expiry(struct value *hash, struct bytes field, int64_t expiry_ms,
                     const struct type_limits *limits);

/* When the next field expires: a lower bound, which hash_expire() makes exact; INT64_MAX: none. */
int64_t hash_next_expiry_ms(const struct value *hash);
/* Removes fields that are due, the earliest buckets first, until it has done so much work; how
 * many. Another one may be due if that was not enough. */
uint32_t hash_expire(struct value *hash, int64_t now_ms, uint32_t work);

/* All fields that have not expired, in no order that means anything. The hash must not change. */
struct hash_cursor {
    const struct value *hash;
    int64_t now_ms;
    uint32_t at; /* position in the listpack */
    struct table_cursor table;
    char digits[2][NUMBER_INT_MAX];
};

void hash_begin(struct hash_cursor *cursor, const struct value *hash, int64_t now_ms);
/* Digits of integers are the cursor's, until the next step. */
bool hash_next(struct hash_cursor *cursor, struct hash_entry *entry);

/* Is drawing O(1), and does a field stay where it is while the hash does not change? */
static inline bool hash_is_large(const struct value *hash)
{
    return hash->encoding == VALUE_OBJECT;
}

/* Of a large one: a field, all nearly equally likely, which may have expired. */
struct hash_entry hash_random(const struct value *hash, struct random *random);

/* A pass in steps, as HSCAN; see table_scan(). A small hash is one step. */
typedef void hash_visit(void *context, const struct hash_entry *entry);
uint32_t hash_scan(const struct value *hash, uint32_t cursor, int64_t now_ms, hash_visit *visit,
                   void *context);

/* How much work it is to pass and write all; O(1). */
uint64_t hash_work(const struct value *hash);

#endif
