/* store/slot.h -- The atom of the store: all that belongs to the keys of one of the 16384 slots.
 * A slot is touched by the one thread that holds it, and nothing in it is reachable from elsewhere.
 * An unused slot is 64 bytes; tables and what stands beside them come with the first key and go
 * with the last. */
#ifndef TORC_STORE_SLOT_H
#define TORC_STORE_SLOT_H

#include <assert.h>

#include "base/check.h"
#include "base/hashing.h"
#include "ds/mintree.h"
#include "ds/table.h"

/* The keys of one database that live in one slot. A zeroed one is empty.
 * Expiry: place i of the tree is at most the earliest expiry of the keys, and of fields of hashes,
 * in the table's bucket i (a lower bound: removing a key does not raise it; a visit makes it
 * exact). No tree: nothing expires. Costs less than 4 bytes a key. */
struct database {
    struct table table;
    struct mintree *expiry;
    uint32_t expiring_count; /* keys with an expiry */
    uint32_t fields_count;   /* keys of which fields have one: hashes */
};

/* What few slots have. */
struct slot_extra {
    uint32_t database_count; /* databases 1 .. database_count are here, at [0 ..] */
    struct database databases[];
};

struct interests;

struct slot {
    struct database first;       /* database 0 */
    struct slot_extra *extra;    /* NULL: no further database is in use */
    struct interests *interests; /* see interest.h; NULL: nobody has any */
} __attribute__((aligned(64)));

static_assert(sizeof(struct slot) == 64, "a slot is a cache line");

/* NULL: no key of that database is in the slot. */
static inline struct database *slot_find_database(struct slot *slot, uint32_t number)
{
    if (__builtin_expect(number == 0, 1)) return &slot->first;
    if (!slot->extra || number > slot->extra->database_count) return NULL;
    return &slot->extra->databases[number - 1];
}

/* Makes it if need be. May move the slot's databases other than 0. */
struct database *slot_make_database(struct slot *slot, uint32_t number);
/* Exchanges two databases of this slot. */
void slot_swap_databases(struct slot *slot, uint32_t a, uint32_t b);
/* Databases that the slot has room for: numbers below this can be found. */
uint32_t slot_database_limit(const struct slot *slot);
/* Gives back the memory for further databases when all of them are empty. */
void slot_trim(struct slot *slot);

uint64_t slot_count_keys(const struct slot *slot); /* over its databases */
/* A lower bound of when the next key of any of its databases expires; INT64_MAX: none does. */
int64_t slot_next_expiry_ms(const struct slot *slot);
/* Memory of tables and of what stands beside them, without entries and the slot itself. */
size_t slot_block_size(const struct slot *slot);

#endif
