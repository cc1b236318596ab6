/* base/number.h -- Numbers to and from text, exactly as strict as redis-server: no space, no plus,
 * no leading zero; a double may be "inf" but never "nan". */
#ifndef TORC_BASE_NUMBER_H
#define TORC_BASE_NUMBER_H

#include "base/bytes.h"

enum {
    NUMBER_INT_MAX = 21,               /* longest text of number_write_int, without a terminator */
    NUMBER_DOUBLE_MAX = 40,            /* of number_write_double */
    NUMBER_LONG_DOUBLE_MAX = 5 * 1024, /* of number_write_long_double */
};

/* The whole text is an integer in the form that number_write_int gives it. */
bool number_parse_int(struct bytes text, int64_t *value);
bool number_parse_uint(struct bytes text, uint64_t *value); /* digits only, as SCAN's cursors */
bool number_parse_double(struct bytes text, double *value);
/* The end of a range, where redis-server is lax: up to a zero byte, space in front allowed, too
 * large is infinite, no text at all is 0. */
bool number_parse_bound(struct bytes text, double *value);
bool number_parse_long_double(struct bytes text, long double *value);

/* All return the length and write no terminator. */
size_t number_write_int(char *out, int64_t value);
size_t number_write_uint(char *out, uint64_t value);
size_t number_write_double(char *out, double value); /* shortest of %.17g, "inf", "-inf" */
/* Plain digits without an exponent, 17 places at most, no trailing zeros: INCRBYFLOAT. */
size_t number_write_long_double(char *out, long double value);

/* Digits of `value` in base 10; 1 for 0. */
unsigned number_count_digits(uint64_t value);

#endif
