/* types/lzf.h -- LZF, the compression of strings in RDB files and of the inner nodes of lists.
 * Source of the format: LibLZF.
 *
 *     000lllll data          l + 1 bytes as they are
 *     lllooooo o             l + 2 bytes from o + 1 bytes before; l: 1 to 6
 *     111ooooo l o           the same with l + 9 bytes
 */
#ifndef TORC_TYPES_LZF_H
#define TORC_TYPES_LZF_H

#include "base/bytes.h"

/* Packs into at most `room` bytes of `out`; returns how many, 0: it does not fit. O(len). */
size_t lzf_pack(struct bytes bytes, uint8_t *out, size_t room);
/* Unpacks into exactly out_len bytes. false: that is not what it is. */
bool lzf_unpack(struct bytes packed, uint8_t *out, size_t out_len);

#endif
