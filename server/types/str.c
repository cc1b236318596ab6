#include "types/str.h"

#include "base/number.h"

struct str str_of_int(int64_t integer)
{
    return (struct str){.encoding = VALUE_INT, .integer = integer};
}

struct str str_of_blob(struct blob *blob)
{
    return (struct str){.encoding = VALUE_BLOB, .blob = blob};
}

struct str str_of_bytes(struct bytes bytes)
{
    int64_t integer;
    if (bytes.len <= 20 && number_parse_int(bytes, &integer)) return str_of_int(integer);
    if (bytes.len < BLOB_MIN) return (struct str){.encoding = VALUE_INLINE, .bytes = bytes};
    struct blob *blob = blob_new(bytes.len);
    memcpy(blob->bytes, bytes.ptr, bytes.len);
    return str_of_blob(blob);
}

unsigned str_int_width(int64_t integer)
{
    if (integer == (int8_t)integer) return 1;
    if (integer == (int16_t)integer) return 2;
    return integer == (int32_t)integer ? 4 : 8;
}

void str_drop(struct str *str)
{
    if (str->encoding == VALUE_BLOB) blob_release(str->blob);
    *str = str_of_int(0);
}
