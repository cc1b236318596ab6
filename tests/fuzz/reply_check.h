/* fuzz/reply_check.h -- Is this a reply, to the letter? Stricter than a client: lengths without
 * leading zeros, no CR or LF in a line, of RESP3 only what the protocol in use allows. */
#ifndef TESTS_FUZZ_REPLY_CHECK_H
#define TESTS_FUZZ_REPLY_CHECK_H

#include "base/bytes.h"

/* Length of the reply at the front; 0: it is none, or not whole. `protocol`: 2 or 3. */
size_t reply_check(struct bytes bytes, uint8_t protocol);

#endif
