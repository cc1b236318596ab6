/* Numbers: what is read is what strtoll, strtod and strtold read, no more is accepted than may be,
 * and what is written is read back as the same. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/config_value.h"
#include "base/number.h"
#include "fuzz/fuzz.h"

enum { TEXT_MAX = 64 };

/* A text with a terminator, and where a byte 0 ends it. */
struct text {
    char chars[TEXT_MAX + 1];
    struct bytes view;
    bool whole; /* no byte 0 in it */
};

static void make_text(struct bytes bytes, struct text *text)
{
    if (bytes.len > TEXT_MAX) bytes.len = TEXT_MAX;
    if (bytes.len) memcpy(text->chars, bytes.ptr, bytes.len);
    text->chars[bytes.len] = '\0';
    text->view = bytes_make(text->chars, bytes.len);
    text->whole = strlen(text->chars) == bytes.len;
}

static bool is_written_as(const struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool is_written_as(const struct text *text, const char *format, ...)
{
    char canonical[64];
    va_list args;
    va_start(args, format);
    vsnprintf(canonical, sizeof canonical, format, args);
    va_end(args);
    return text->whole && !strcmp(canonical, text->chars);
}

static void check_int(const struct text *text)
{
    char *end;
    errno = 0;
    long long expected = strtoll(text->chars, &end, 10);
    bool canonical = !errno && is_written_as(text, "%lld", expected);
    int64_t value;
    bool accepted = number_parse_int(text->view, &value);
    FUZZ_CHECK(accepted == canonical);
    if (accepted) FUZZ_CHECK(value == expected);
}

static void check_uint(const struct text *text)
{
    char *end;
    errno = 0;
    unsigned long long expected = strtoull(text->chars, &end, 10);
    bool canonical = !errno && is_written_as(text, "%llu", expected);
    uint64_t value;
    bool accepted = number_parse_uint(text->view, &value);
    FUZZ_CHECK(accepted == canonical);
    if (accepted) FUZZ_CHECK(value == expected);
}

/* Nothing but the text of one number, in the eyes of strtod. */
static bool is_one_number(const struct text *text, const char *end)
{
    return text->view.len && text->whole && !isspace((unsigned char)text->chars[0]) && !*end;
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void check_double_text(const struct text *text)
{
    char *end;
    errno = 0;
    double expected = strtod(text->chars, &end), value;
    bool out_of_range = errno == ERANGE && (isinf(expected) || expected == 0);
    bool allowed = is_one_number(text, end) && !isnan(expected) && !out_of_range;
    bool accepted = number_parse_double(text->view, &value);
    FUZZ_CHECK(accepted == allowed);
    if (accepted) FUZZ_CHECK(same_double(value, expected));
}

static void check_long_double_text(const struct text *text)
{
    char *end;
    errno = 0;
    long double expected = strtold(text->chars, &end), value;
    bool out_of_range = errno == ERANGE && (isinf(expected) || expected == 0);
    bool allowed = is_one_number(text, end) && !isnan(expected) && !out_of_range;
    bool accepted = number_parse_long_double(text->view, &value);
    FUZZ_CHECK(accepted == allowed);
    if (accepted) FUZZ_CHECK(value == expected);
}

static void check_written_int(int64_t value)
{
    char out[NUMBER_INT_MAX], expected[32];
    size_t len = number_write_int(out, value);
    int expected_len = snprintf(expected, sizeof expected, "%" PRId64, value);
    FUZZ_CHECK(bytes_equal(bytes_make(out, len), bytes_make(expected, (size_t)expected_len)));
    if (PLANTED && value > 0 && value % 1000 == 999) out[0] ^= 1;
    int64_t again;
    FUZZ_CHECK(number_parse_int(bytes_make(out, len), &again) && again == value);
}

static void check_written_uint(uint64_t value)
{
    char out[NUMBER_INT_MAX], expected[32];
    size_t len = number_write_uint(out, value);
    int expected_len = snprintf(expected, sizeof expected, "%" PRIu64, value);
    FUZZ_CHECK(bytes_equal(bytes_make(out, len), bytes_make(expected, (size_t)expected_len)));
    FUZZ_CHECK(number_count_digits(value) == len);
    uint64_t again;
    FUZZ_CHECK(number_parse_uint(bytes_make(out, len), &again) && again == value);
}

static void check_written_double(double value)
{
    char out[NUMBER_DOUBLE_MAX];
    size_t len = number_write_double(out, value);
    double again;
    FUZZ_CHECK(len && len <= sizeof out);
    if (isnan(value)) return;
    /* The smallest are written, but refused: as in redis-server, what underflows is no number. */
    if (number_parse_double(bytes_make(out, len), &again))
        FUZZ_CHECK(same_double(again, value));
    else
        FUZZ_CHECK(value != 0 && fabs(value) < 0x1p-1022);
}

/* 17 places behind the point, without an exponent, a trailing zero or a negative zero. */
static void check_written_long_double(long double value)
{
    static char out[NUMBER_LONG_DOUBLE_MAX + 1];
    size_t len = number_write_long_double(out, value);
    long double again;
    FUZZ_CHECK(len && len < NUMBER_LONG_DOUBLE_MAX);
    FUZZ_CHECK(number_parse_long_double(bytes_make(out, len), &again));
    long double allowed = 0.5000001e-17L + fabsl(value) * 0x1p-63L;
    FUZZ_CHECK(fabsl(again - value) <= allowed);
    bool has_point = memchr(out, '.', len) != NULL;
    FUZZ_CHECK(!has_point || (out[len - 1] != '0' && out[len - 1] != '.'));
    FUZZ_CHECK(!memchr(out, 'e', len) && !(len == 2 && !memcmp(out, "-0", 2)));
}

static void check_memory(const struct text *text, int64_t value)
{
    struct buf out = {0};
    int64_t parsed, again;
    bool accepted = config_parse_memory(text->view, &parsed);
    FUZZ_CHECK(!accepted || parsed >= 0);
    if (accepted) value = parsed;
    if (value < 0) return;
    config_write_memory(&out, value);
    FUZZ_CHECK(config_parse_memory(buf_view(&out), &again) && again == value);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text;
    uint64_t raw = 0;
    double number;
    make_text(bytes_make(data, size), &text);
    if (size) memcpy(&raw, data, size < sizeof raw ? size : sizeof raw);
    memcpy(&number, &raw, sizeof number);
    check_int(&text);
    check_uint(&text);
    check_double_text(&text);
    check_long_double_text(&text);
    check_written_int((int64_t)raw);
    check_written_int((int64_t)raw >> (raw & 63));
    check_written_uint(raw >> (raw & 63));
    check_written_double(number);
    /* Plain numbers mostly: the widest take thousands of digits. */
    int exponent = size > 8 ? data[8] - 128 : -20;
    check_written_long_double(ldexpl((long double)(int64_t)raw, exponent));
    check_memory(&text, (int64_t)raw);
    return 0;
}
