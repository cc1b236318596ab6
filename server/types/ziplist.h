/* types/ziplist.h -- Reading what older versions kept small collections in; nothing writes it.
 *
 *     ziplist: total bytes u32 | offset of the last entry u32 | count u16, 65535: unknown | entries
 *              | 0xff                                                       (little-endian)
 *     entry:   length of the one before: u8 below 254, or 254 u32 | encoding and data
 *         00xxxxxx data           up to 63 bytes      c0, d0, e0, f0, fe: 16, 32, 64, 24, 8 bits
 *         01xxxxxx x data         14 bits of length   f1 to fd: 0 to 12
 *         80 u32 data             big-endian length
 *
 *     zipmap:  count u8, 254 and more: unknown | (length field length free value free)... | 0xff
 *              length: u8 below 254, or 254 u32; free: u8, so many unused bytes behind the value */
#ifndef TORC_TYPES_ZIPLIST_H
#define TORC_TYPES_ZIPLIST_H

#include "types/listpack.h"

/* Is this a whole and sound ziplist, zipmap? `visit` is shown each element in order (of a zipmap
 * field, value, field, ...), and may refuse. Reads nothing outside of `bytes`. O(n). */
bool ziplist_read(struct bytes bytes, listpack_visit *visit, void *context);
bool zipmap_read(struct bytes bytes, listpack_visit *visit, void *context);

#endif
