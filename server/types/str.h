/* types/str.h -- A string on its way into the store, in the form in which it will be kept: as an
 * integer when it is one, in a blob when it is large. The bytes are borrowed; a blob is given away
 * with the value: whoever stores it holds it from then on. */
#ifndef TORC_TYPES_STR_H
#define TORC_TYPES_STR_H

#include "mem/blob.h"
#include "types/value.h"

struct str {
    enum value_encoding encoding; /* VALUE_INT, VALUE_INLINE or VALUE_BLOB */
    bool raw;                     /* OBJECT ENCODING says "raw" though it is short */
    union {
        int64_t integer;
        struct bytes bytes;
        struct blob *blob;
    };
};

enum { STR_EMBEDDED_MAX = 44 }; /* longest string that OBJECT ENCODING calls embstr */

struct str str_of_bytes(struct bytes bytes); /* copies into a new blob from BLOB_MIN bytes on */
struct str str_of_int(int64_t integer);
struct str str_of_blob(struct blob *blob); /* takes the holder's part */
/* Bytes that an integer takes in an entry: 1, 2, 4 or 8. */
unsigned str_int_width(int64_t integer);
/* Lets go of a value that was not stored. */
void str_drop(struct str *str);

#endif
