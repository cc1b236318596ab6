/* types/hash_pack.h -- Small hashes, for the files of the hash: a listpack of field, value, field,
 * value; or, from the first field that expires on, of
 *
 *     field | value | expiry in ms, 0: none | field | value | ...
 *
 * in order of expiry, those without one last, as redis-server has it from 7.4 on: the next to
 * expire is the first. */
#ifndef TORC_TYPES_HASH_PACK_H
#define TORC_TYPES_HASH_PACK_H

#include "types/hash.h"

enum { HASH_PACK_STEP = 3 }; /* entries of a field, with its expiry */

struct hash_pack_item {
    struct listpack_element field, value;
    int64_t expiry_ms;
};

uint32_t hash_pack_find(const struct value *hash, struct bytes field); /* 0: not there */
/* The field at `at`; returns where the next one is. */
uint32_t hash_pack_read(const struct value *hash, uint32_t at, struct hash_pack_item *item);
/* Of a field which stands at `at`, or nowhere if that is 0. Nothing of it may lie in the hash. */
void hash_pack_put(struct value *hash, const struct hash_entry *entry, uint32_t at);
bool hash_pack_remove(struct value *hash, struct bytes field, int64_t now_ms);
int64_t hash_pack_next_expiry_ms(const struct value *hash); /* O(1) */
uint32_t hash_pack_expire(struct value *hash, int64_t now_ms, uint32_t work);
void hash_pack_check(const struct value *hash);

#endif
