#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233"
    "34353637383940414243444546474849505152535455565758596061626364656667"
    "6869707172737475767778798081828384858687888990919293949596979899";

bool number_parse_uint(struct bytes text, uint64_t *value)
{
    if (text.len == 0 || text.len > 20) return false;
    if (text.ptr[0] == '0' && text.len > 1) return false;
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.ptr[i] - '0';
        if (digit > 9) return false;
        if (i == 19 && (number > UINT64_MAX / 10 || number * 10 > UINT64_MAX - digit)) return false;
        number = number * 10 + digit;
    }
    *value = number;
    return true;
}

bool number_parse_int(struct bytes text, int64_t *value)
{
    bool negative = text.len > 1 && text.ptr[0] == '-';
    if (negative) text.ptr++, text.len--;
    uint64_t number;
    if (!number_parse_uint(text, &number)) return false;
    if (!negative) {
        if (number > INT64_MAX) return false;
        *value = (int64_t)number;
        return true;
    }
    if (number == 0 || number > (uint64_t)INT64_MAX + 1) return false; /* "-0" is not canonical */
    *value = (int64_t)(0 - number);
    return true;
}

/* strtod and strtold want a terminator, and longer texts than this are no numbers. */
enum { NUMBER_TEXT_MAX = 5 * 1024 };

static bool copy_text(struct bytes text, char *copy)
{
    if (text.len == 0 || text.len >= NUMBER_TEXT_MAX) return false;
    if (isspace(text.ptr[0])) return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    return true;
}

/* Plain digits, with a point perhaps, of a value below 2^53: the number is exact, and so are the
 * first powers of ten, so that a single division rounds as strtod does. false: in no such form. */
static bool parse_short_decimal(struct bytes text, double *value)
{
    enum { DIGITS_MAX = 15 };
    static const double powers[DIGITS_MAX + 1] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = text.len > 0 && text.ptr[0] == '-';
    uint64_t digits = 0;
    size_t count = 0, point = 0; /* digits in all, and how many stand before the point */
    bool has_point = false;
    for (size_t i = negative; i < text.len; i++) {
        unsigned digit = (unsigned)text.ptr[i] - '0';
        if (digit <= 9 && count < DIGITS_MAX) {
            digits = digits * 10 + digit;
            count++;
        } else if (text.ptr[i] == '.' && !has_point) {
            has_point = true;
            point = count;
        } else {
            return false;
        }
    }
    if (!count) return false;
    double number = (double)digits / powers[has_point ? count - point : 0];
    *value = negative ? -number : number;
    return true;
}

bool number_parse_double(struct bytes text, double *value)
{
    if (parse_short_decimal(text, value)) return true;
    char copy[NUMBER_TEXT_MAX], *end;
    if (!copy_text(text, copy)) return false;
    errno = 0;
    double number = strtod(copy, &end);
    if (end != copy + text.len || isnan(number)) return false;
    if (errno == ERANGE &&
        (number == HUGE_VAL || number == -HUGE_VAL || fpclassify(number) == FP_ZERO))
        return false;
    *value = number;
    return true;
}

bool number_parse_bound(struct bytes text, double *value)
{
    char copy[NUMBER_TEXT_MAX], *end;
    if (parse_short_decimal(text, value)) return true;
    const void *zero = text.len ? memchr(text.ptr, 0, text.len) : NULL;
    if (zero) text.len = (size_t)((const uint8_t *)zero - text.ptr);
    if (text.len >= NUMBER_TEXT_MAX) return false;
    if (text.len) memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    *value = strtod(copy, &end);
    return *end == 0 && !isnan(*value);
}

bool number_parse_long_double(struct bytes text, long double *value)
{
    char copy[NUMBER_TEXT_MAX], *end;
    if (!copy_text(text, copy)) return false;
    errno = 0;
    long double number = strtold(copy, &end);
    if (end != copy + text.len || isnan(number)) return false;
    if (errno == ERANGE &&
        (number == HUGE_VALL || number == -HUGE_VALL || fpclassify(number) == FP_ZERO))
        return false;
    *value = number;
    return true;
}

unsigned number_count_digits(uint64_t value)
{
    unsigned digits = 1;
    for (; value >= 10000; value /= 10000)
        digits += 4;
    if (value >= 1000) return digits + 3;
    if (value >= 100) return digits + 2;
    return value >= 10 ? digits + 1 : digits;
}

size_t number_write_uint(char *out, uint64_t value)
{
    size_t len = number_count_digits(value);
    char *pos = out + len;
    while (value >= 100) {
        pos -= 2;
        memcpy(pos, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value < 10)
        out[0] = (char)('0' + value);
    else
        memcpy(out, digit_pairs + value * 2, 2);
    return len;
}

size_t number_write_int(char *out, int64_t value)
{
    if (value >= 0) return number_write_uint(out, (uint64_t)value);
    out[0] = '-';
    return 1 + number_write_uint(out + 1, 0 - (uint64_t)value);
}

static size_t write_text(char *out, const char *text)
{
    size_t len = strlen(text);
    memcpy(out, text, len);
    return len;
}

size_t number_write_double(char *out, double value)
{
    if (isinf(value)) return write_text(out, value > 0 ? "inf" : "-inf");
    if (isnan(value)) return write_text(out, "nan");
    if (fabs(value) < 1e17 && (double)(int64_t)value == value && (value || !signbit(value)))
        return number_write_int(out, (int64_t)value);
    char text[NUMBER_DOUBLE_MAX];
    snprintf(text, sizeof text, "%.17g", value);
    return write_text(out, text);
}

size_t number_write_long_double(char *out, long double value)
{
    if (isinf(value)) return write_text(out, value > 0 ? "inf" : "-inf");
    /* The largest long double has 4933 digits before the point. */
    int len = snprintf(out, NUMBER_LONG_DOUBLE_MAX, "%.17Lf", value);
    while (out[len - 1] == '0')
        len--;
    if (out[len - 1] == '.') len--;
    if (len == 2 && out[0] == '-' && out[1] == '0') return write_text(out, "0");
    return (size_t)len;
}
