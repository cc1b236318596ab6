/* types/set_parts.h -- What the files of the set share. */
#ifndef TORC_TYPES_SET_PARTS_H
#define TORC_TYPES_SET_PARTS_H

#include "types/set.h"

struct set *set_new(struct hash_key hash_key);
void set_insert(struct set *set, struct bytes member); /* one that is not there */
/* Gives an intset that has come from elsewhere the form that our settings want. */
void set_keep_limits(struct value *set, const struct type_limits *limits);

/* Of struct value_class. */
uint64_t set_object_count(const void *object);
bool set_object_free_some(void *object, uint64_t *work);
void *set_object_copy(const void *object, struct breath *breath);
size_t set_object_block_size(const void *object);
void set_object_check(const void *object);

#endif
