/* types/value.h -- What a key can hold, and what OBJECT ENCODING calls it. */
#ifndef TORC_TYPES_VALUE_H
#define TORC_TYPES_VALUE_H

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

/* How; at most 16. */
enum value_encoding {
    VALUE_INLINE, /* a string's bytes, in the entry itself */
    VALUE_INT,    /* a string that is an integer, in 1, 2, 4 or 8 bytes of the entry */
    VALUE_BLOB,   /* a large string: a struct blob */
    VALUE_OBJECT, /* a collection behind a pointer */
};

const char *value_type_name(enum value_type type); /* "string": TYPE's answer */

#endif
