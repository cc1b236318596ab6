/* command/errors.h -- How often each kind of error was replied: the first word of its text. One
 * thread counts, any may read: a row is complete before `count` admits it. */
#ifndef TORC_COMMAND_ERRORS_H
#define TORC_COMMAND_ERRORS_H

#include "base/bytes.h"
#include "base/metric.h"

enum { ERROR_KINDS_MAX = 128, ERROR_CODE_BYTES = 32 };

struct error_kind {
    char code[ERROR_CODE_BYTES];
    struct metric replies;
};

struct error_counters {
    _Atomic uint32_t count;
    struct metric replies; /* of all kinds */
    struct error_kind kinds[ERROR_KINDS_MAX];
};

/* O(kinds). Kinds beyond the maximum are counted in `replies` alone. */
void errors_count(struct error_counters *errors, struct bytes text);
void errors_reset(struct error_counters *errors); /* numbers only: kinds stay */

#endif
