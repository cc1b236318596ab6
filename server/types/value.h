/* types/value.h -- What a key can hold, and what OBJECT ENCODING calls it.
 *
 * A `struct value` is a collection: one listpack or intset while it is small, an object of its
 * type's own when it is large. The modules of the types (list, set, zset, hash, stream) change it
 * in place, and choose its encoding; nobody above sees which it is. What is the same for all types
 * is here, by way of a struct value_class for each.
 *
 * Costs: of one step of work for each element, where nothing else is said. */
#ifndef TORC_TYPES_VALUE_H
#define TORC_TYPES_VALUE_H

#include "base/breath.h"
#include "base/digest.h"
#include "mem/buf.h"
#include "types/type_limits.h"

struct rdb_reader;

/* At most 16: kept in 4 bits. */
enum value_type {
    VALUE_STRING,
    VALUE_LIST,
    VALUE_SET,
    VALUE_ZSET,
    VALUE_HASH,
    VALUE_STREAM,
    VALUE_TYPE_COUNT,
};

/* How; at most 16. From VALUE_BLOB on behind a pointer. */
enum value_encoding {
    VALUE_INLINE,          /* a string's bytes, in the entry itself */
    VALUE_INT,             /* a string that is an integer, in 1, 2, 4 or 8 bytes of the entry */
    VALUE_PACKED,          /* a collection: the bytes of a listpack, in the entry itself */
    VALUE_PACKED_INTS,     /* a set: those of an intset */
    VALUE_PACKED_EXPIRING, /* a hash: those of a VALUE_LISTPACK_EXPIRING */
    VALUE_BLOB,            /* a large string: a struct blob */
    VALUE_LISTPACK,
    VALUE_LISTPACK_EXPIRING, /* a hash: a listpack of field, value, expiry (types/hash_pack.h) */
    VALUE_INTSET,
    VALUE_OBJECT, /* a large collection: what its type's module keeps it in */
};

const char *value_type_name(enum value_type type); /* "string": TYPE's answer */

/* A collection. Owned, or borrowed for reading: then it must not be changed. */
struct value {
    enum value_type type;
    enum value_encoding encoding; /* VALUE_LISTPACK or one behind it */
    union {
        struct listpack *pack;
        struct intset *ints;
        void *object; /* of a stream, NULL: there is none */
        struct list *list;
        struct set *set;
        struct zset *zset;
        struct hash *hash;
        struct stream *stream;
    };
};

/* Is it one listpack? */
static inline bool value_is_pack(const struct value *value)
{
    return value->encoding == VALUE_LISTPACK || value->encoding == VALUE_LISTPACK_EXPIRING;
}

/* What a type's module says of its collections. */
struct value_class {
    const char *large_name; /* OBJECT ENCODING of an object: "hashtable" */
    uint8_t pack_step;      /* entries of a listpack for each element: 2 for field and value */
    /* Of objects (VALUE_OBJECT): */
    uint64_t (*count)(const void *object); /* O(1) */
    /* Frees up to *work elements and counts them down; true: all, and the object itself. */
    bool (*free_some)(void *object, uint64_t *work);
    void *(*copy)(const void *object, struct breath *breath);
    size_t (*block_size)(const void *object); /* what it takes from the allocator; may estimate */
    void (*check)(const void *object);
    /* Of all forms: */
    void (*digest)(const struct value *value, struct digest *digest);
    /* Appends type byte and value, as DUMP has them before version and checksum. */
    void (*dump)(const struct value *value, struct buf *out, struct breath *breath);
    /* Reads what dump writes, and what other versions wrote, of an rdb_type that is this type's.
     * false: it is not sound, and nothing is left of it. */
    bool (*restore)(struct value *value, struct rdb_reader *reader, uint8_t rdb_type,
                    const struct type_limits *limits, struct breath *breath);
};

/* NULL for strings. */
const struct value_class *value_class_of(enum value_type type);

struct value value_new(enum value_type type); /* an empty one, small; a stream: object NULL */
/* An empty one to look at, which takes no memory: a key that is not there. */
struct value value_nothing(enum value_type type);
void value_free(struct value *value); /* all at once */
/* Frees up to *work elements and counts them down; true: nothing is left. */
bool value_free_some(struct value *value, uint64_t *work);
bool value_is_empty(const struct value *value); /* O(1); a stream never is */
uint64_t value_count(const struct value *value);
/* Its elements, and what a stream holds beside them: what it is to copy, dump or free it. Of a
 * stream O(groups). */
uint64_t value_work(const struct value *value);
struct value value_copy(const struct value *value, struct breath *breath);
const char *value_encoding_name(const struct value *value);
size_t value_block_size(const struct value *value);
void value_digest(const struct value *value, struct digest *digest);
void value_dump(const struct value *value, struct buf *out, struct breath *breath);
/* By the type byte of a payload, which has been read. false: not sound, or no collection's. */
bool value_restore(struct value *value, struct rdb_reader *reader, uint8_t rdb_type,
                   const struct type_limits *limits, struct breath *breath);
void value_check(const struct value *value);

#endif
