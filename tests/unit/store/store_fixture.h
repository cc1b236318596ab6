/* unit/store/store_fixture.h -- A store for tests, and places in it. */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "mem/mem.h"
#include "store/keyspace.h"
#include "support/check.h"

struct fixture {
    struct store *store;
    struct call_counters counters;
    struct actor actor;
    int64_t now_ms;
    int64_t before_bytes;
};

static inline void fixture_init(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->before_bytes = mem_unattached_bytes();
    fixture->store = store_new(16, (struct hash_key){{17, 19}});
    fixture->now_ms = 1000000;
}

/* Nothing may be left over. */
static inline void fixture_fini(struct fixture *fixture)
{
    store_free(fixture->store);
    CHECK_INT(mem_unattached_bytes(), fixture->before_bytes);
}

static inline struct place fixture_place(struct fixture *fixture, uint16_t db, struct bytes key)
{
    return (struct place){.store = fixture->store,
                          .key = key,
                          .hash = store_hash(fixture->store, key),
                          .now_ms = fixture->now_ms,
                          .slot = slot_of_key(key),
                          .db = db,
                          .counters = &fixture->counters,
                          .actor = &fixture->actor};
}

static inline void fixture_set(struct fixture *fixture, uint16_t db, const char *key,
                               const char *value, int64_t expiry_ms)
{
    struct place place = fixture_place(fixture, db, bytes_of_string(key));
    struct str str = str_of_bytes(bytes_of_string(value));
    struct entry *entry = keyspace_find(&place);
    if (entry)
        keyspace_overwrite(&place, entry, &str, expiry_ms, CHANGE_SET);
    else
        keyspace_add(&place, &str, expiry_ms, 0, CHANGE_SET);
}

static inline struct entry *fixture_find(struct fixture *fixture, uint16_t db, const char *key)
{
    struct place place = fixture_place(fixture, db, bytes_of_string(key));
    return keyspace_find(&place);
}

#endif
