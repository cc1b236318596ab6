/* Tests of types/str. */
#include "types/str.h"

#include <stdlib.h>

#include "support/check.h"

TEST(integers_are_recognized)
{
    struct str str = str_of_bytes(BYTES("-129"));
    CHECK_INT(str.encoding, VALUE_INT);
    CHECK_INT(str.integer, -129);
    CHECK_INT(str_of_bytes(BYTES("0129")).encoding, VALUE_INLINE);
    CHECK_INT(str_of_bytes(BYTES("")).encoding, VALUE_INLINE);
    CHECK_INT(str_of_bytes(BYTES("9223372036854775808")).encoding, VALUE_INLINE);
}

TEST(integers_take_as_few_bytes_as_they_need)
{
    CHECK_INT(str_int_width(-128), 1);
    CHECK_INT(str_int_width(128), 2);
    CHECK_INT(str_int_width(-32769), 4);
    CHECK_INT(str_int_width(INT32_MAX), 4);
    CHECK_INT(str_int_width((int64_t)INT32_MAX + 1), 8);
    CHECK_INT(str_int_width(INT64_MIN), 8);
}

TEST(large_strings_become_blobs)
{
    static char text[BLOB_MIN];
    memset(text, 'x', sizeof text);
    CHECK_INT(str_of_bytes(bytes_make(text, BLOB_MIN - 1)).encoding, VALUE_INLINE);
    struct str str = str_of_bytes(bytes_make(text, BLOB_MIN));
    CHECK_INT(str.encoding, VALUE_BLOB);
    CHECK_INT((int64_t)str.blob->len, BLOB_MIN);
    str_drop(&str);
}
