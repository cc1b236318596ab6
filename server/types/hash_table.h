/* types/hash_table.h -- The table of a large hash, for the files of the hash. */
#ifndef TORC_TYPES_HASH_TABLE_H
#define TORC_TYPES_HASH_TABLE_H

#include "types/hash.h"

struct hash *hash_table_new(struct hash_key hash_key);
struct hash_entry hash_table_read(const void *item);
void *hash_table_find(const struct hash *hash, struct bytes field); /* NULL: not there */
/* One that is not there. */
void hash_table_insert(struct hash *hash, const struct hash_entry *entry);
/* The item becomes this entry, of the same field; what it has may lie in the item. */
void hash_table_rewrite(struct hash *hash, void *item, const struct hash_entry *entry);
void hash_table_remove(struct hash *hash, void *item);
uint32_t hash_table_expire(struct hash *hash, int64_t now_ms, uint32_t work);

/* Of struct value_class. */
uint64_t hash_object_count(const void *object);
bool hash_object_free_some(void *object, uint64_t *work);
void *hash_object_copy(const void *object, struct breath *breath);
size_t hash_object_block_size(const void *object);
void hash_object_check(const void *object);

#endif
