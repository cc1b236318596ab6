/* ds/byte_search.h -- Where in a text another one may stand: places at which its first byte and its
 * last two are, found by vectors of 16 places. Whoever asks looks at the bytes between. O(text). */
#ifndef TORC_DS_BYTE_SEARCH_H
#define TORC_DS_BYTE_SEARCH_H

#include <stdint.h>

#include "base/bytes.h"

enum { BYTE_SEARCH_MIN = 2 }; /* bytes that `wanted` must have */

/* The first such place from `from` on, or SIZE_MAX. */
size_t byte_search(struct bytes text, size_t from, struct bytes wanted);
/* The same byte by byte. */
size_t byte_search_portable(struct bytes text, size_t from, struct bytes wanted);

#endif
