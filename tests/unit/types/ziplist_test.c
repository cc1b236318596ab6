/* Tests of types/ziplist: examples as redis-server 6 wrote them, and those damaged in every byte.
 */
#include "types/ziplist.h"

#include <stdio.h>
#include <stdlib.h>

#include "mem/buf.h"
#include "support/check.h"

static bool print(void *context, const struct listpack_element *element)
{
    char digits[NUMBER_INT_MAX];
    buf_append(context, listpack_text(element, digits));
    buf_append_string(context, ",");
    return true;
}

static bool refuse(void *context, const struct listpack_element *element)
{
    (void)context, (void)element;
    return false;
}

typedef bool reader(struct bytes bytes, listpack_visit *visit, void *context);

static void check_text(reader *read, struct bytes bytes, const char *expected)
{
    struct buf text = {0};
    CHECK(read(bytes, print, &text));
    CHECK(bytes_equal(buf_view(&text), bytes_of_string(expected)));
    buf_fini(&text);
    CHECK(!read(bytes, refuse, NULL));
}

/* No damage is read beyond the block, which is as large as it is said to be. */
static void check_damaged(reader *read, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        for (int byte = 0; byte < 256; byte++) {
            uint8_t *copy = malloc(bytes.len);
            memcpy(copy, bytes.ptr, bytes.len);
            copy[i] = (uint8_t)byte;
            struct buf text = {0};
            read(bytes_make(copy, bytes.len), print, &text);
            buf_fini(&text);
            free(copy);
        }
        uint8_t *part = malloc(i + 1);
        memcpy(part, bytes.ptr, i);
        struct buf text = {0};
        CHECK(!read(bytes_make(part, i), print, &text));
        buf_fini(&text);
        free(part);
    }
}

/* clang-format off */
static const uint8_t list[] = {
    46, 0, 0, 0, 39, 0, 0, 0, 8, 0,           /* bytes, the last entry, count */
    0, 0x02, 'h', 'i',
    4, 0xf1,                                  /* 0 */
    2, 0xfd,                                  /* 12 */
    2, 0xfe, 0x80,                            /* -128 */
    3, 0xc0, 0x39, 0x30,                      /* 12345 */
    4, 0xf0, 0xff, 0xff, 0xff,                /* -1 in 24 bits */
    5, 0x80, 0, 0, 0, 2, 'o', 'k',            /* a long form of a short string */
    8, 0x40, 3, 'x', 'y', 'z',
    0xff,
};
/* clang-format on */

TEST(a_ziplist_of_every_kind)
{
    uint8_t bytes[sizeof list];
    memcpy(bytes, list, sizeof list);
    bytes[0] = sizeof list;
    bytes[4] = sizeof list - 7;
    struct bytes whole = bytes_make(bytes, sizeof list);
    check_text(ziplist_read, whole, "hi,0,12,-128,12345,-1,ok,xyz,");
    check_damaged(ziplist_read, whole);
    bytes[8] = 7;
    struct buf text = {0};
    CHECK(!ziplist_read(whole, print, &text));
    buf_fini(&text);
}

TEST(a_zipmap)
{
    static const uint8_t map[] = {2,   3,   'f', 'o', 'o', 3,   0,   'b', 'a', 'r', 5, 'h', 'e',
                                  'l', 'l', 'o', 5,   2,   'w', 'o', 'r', 'l', 'd', 0, 0,   0xff};
    struct bytes whole = bytes_make(map, sizeof map);
    check_text(zipmap_read, whole, "foo,bar,hello,world,");
    check_damaged(zipmap_read, whole);
}
