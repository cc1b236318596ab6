/* base/glob.h -- Patterns as in KEYS: ? * [abc] [^abc] [a-z] and \ before a byte taken literally.
 * Iterative; a mismatch goes back to the last star only, so it costs at most O(pattern * text). */
#ifndef TORC_BASE_GLOB_H
#define TORC_BASE_GLOB_H

#include "base/bytes.h"

bool glob_match(struct bytes pattern, struct bytes text);
bool glob_match_nocase(struct bytes pattern, struct bytes text);
bool glob_is_all(struct bytes pattern); /* "*": matches everything */

#endif
