#include "admin/config_value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/number.h"

static void *place_of(const struct config_row *row, struct settings *settings)
{
    return (uint8_t *)settings + row->offset;
}

static const void *value_of(const struct config_row *row, const struct settings *settings)
{
    return (const uint8_t *)settings + row->offset;
}

static bool unit_of(struct bytes text, int64_t *unit)
{
    static const struct config_choice units[] = {
        {"", 1},         {"b", 1},          {"k", 1000},     {"kb", 1024}, {"m", 1000000},
        {"mb", 1 << 20}, {"g", 1000000000}, {"gb", 1 << 30}, {NULL, 0},
    };
    for (const struct config_choice *choice = units; choice->name; choice++) {
        if (!bytes_equal_nocase(bytes_of_string(choice->name), text)) continue;
        *unit = choice->value;
        return true;
    }
    return false;
}

bool config_parse_memory(struct bytes text, int64_t *value)
{
    size_t digits = 0;
    int64_t unit, number = 0;
    while (digits < text.len && isdigit(text.ptr[digits]))
        digits++;
    if (!unit_of(bytes_make(text.ptr + digits, text.len - digits), &unit)) return false;
    for (size_t i = 0; i < digits; i++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, text.ptr[i] - '0', &number))
            return false;
    return !__builtin_mul_overflow(number, unit, value);
}

void config_write_memory(struct buf *out, int64_t value)
{
    static const struct config_choice units[] = {
        {"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}, {"", 1}};
    const struct config_choice *unit = units;
    while (value == 0 ? unit->value != 1 : value % unit->value != 0)
        unit++;
    buf_printf(out, "%" PRId64 "%s", value / unit->value, unit->name);
}

static void write_quoted_byte(struct buf *out, uint8_t byte)
{
    static const char plain[] = "\n\r\t\a\b", letters[] = "nrtab";
    const char *found = byte ? strchr(plain, byte) : NULL;
    if (byte == '\\' || byte == '"')
        buf_printf(out, "\\%c", byte);
    else if (found)
        buf_printf(out, "\\%c", letters[found - plain]);
    else if (byte < ' ' || byte > '~')
        buf_printf(out, "\\x%02x", byte);
    else
        buf_append(out, bytes_make(&byte, 1));
}

void config_write_quoted(struct buf *out, struct bytes text)
{
    buf_append_string(out, "\"");
    for (size_t i = 0; i < text.len; i++)
        write_quoted_byte(out, text.ptr[i]);
    buf_append_string(out, "\"");
}

static bool is_plain_word(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isgraph(text.ptr[i]) || strchr("\"'\\", text.ptr[i])) return false;
    return text.len > 0;
}

void config_write_word(struct buf *out, struct bytes text)
{
    if (is_plain_word(text))
        buf_append(out, text);
    else
        config_write_quoted(out, text);
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct bytes config_trim(struct bytes line)
{
    while (line.len && is_blank(line.ptr[0]))
        line = bytes_make(line.ptr + 1, line.len - 1);
    while (line.len && is_blank(line.ptr[line.len - 1]))
        line.len--;
    return line;
}

/* If not, says so in edit->reason. */
static bool is_in_bounds(const struct config_row *row, struct config_edit *edit, int64_t value)
{
    if (row->type == CONFIG_PERCENT && value < 0) return true; /* a percentage */
    if (value >= row->min && value <= row->max) return true;
    const char *format = row->type == CONFIG_OCTAL
                             ? "argument must be between %" PRIo64 " and %" PRIo64 " inclusive"
                             : "argument must be between %" PRId64 " and %" PRId64 " inclusive";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(edit->reason, sizeof edit->reason, format, row->min, row->max);
#pragma GCC diagnostic pop
    return false;
}

static bool parse_octal(struct bytes text, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '7' || *value >> 32) return false;
        *value = *value * 8 + (text.ptr[i] - '0');
    }
    return text.len > 0;
}

static const char *read_int(const struct config_row *row, struct config_edit *edit,
                            struct bytes word)
{
    int64_t value;
    if (!number_parse_int(word, &value)) return "argument couldn't be parsed into an integer";
    if (!is_in_bounds(row, edit, value)) return edit->reason;
    *(int64_t *)place_of(row, edit->settings) = value;
    return NULL;
}

static const char *read_octal(const struct config_row *row, struct config_edit *edit,
                              struct bytes word)
{
    int64_t value;
    if (!parse_octal(word, &value)) return "argument couldn't be parsed as an octal number";
    if (!is_in_bounds(row, edit, value)) return edit->reason;
    *(uint32_t *)place_of(row, edit->settings) = (uint32_t)value;
    return NULL;
}

static const char *read_memory(const struct config_row *row, struct config_edit *edit,
                               struct bytes word)
{
    int64_t value;
    if (!config_parse_memory(word, &value)) return "argument must be a memory value";
    if (!is_in_bounds(row, edit, value)) return edit->reason;
    *(int64_t *)place_of(row, edit->settings) = value;
    return NULL;
}

/* A share is kept as a negative number. */
static bool parse_percent(struct bytes text, int64_t *value)
{
    if (text.len < 2 || text.ptr[text.len - 1] != '%') return false;
    if (!number_parse_int(bytes_make(text.ptr, text.len - 1), value) || *value < 0) return false;
    *value = -*value;
    return true;
}

static const char *read_percent(const struct config_row *row, struct config_edit *edit,
                                struct bytes word)
{
    int64_t value = 0;
    if (!parse_percent(word, &value) && !config_parse_memory(word, &value))
        return "argument must be a memory or percent value";
    if (value < -100) return "percentage argument must be less or equal to 100";
    if (!is_in_bounds(row, edit, value)) return edit->reason;
    *(int64_t *)place_of(row, edit->settings) = value;
    return NULL;
}

static const char *read_bool(const struct config_row *row, struct config_edit *edit,
                             struct bytes word)
{
    if (!bytes_is(word, "yes") && !bytes_is(word, "no")) return "argument must be 'yes' or 'no'";
    *(bool *)place_of(row, edit->settings) = bytes_is(word, "yes");
    return NULL;
}

static const char *read_enum(const struct config_row *row, struct config_edit *edit,
                             struct bytes word)
{
    const struct config_choice *choice = row->choices;
    for (; choice->name; choice++) {
        if (!bytes_equal_nocase(bytes_of_string(choice->name), word)) continue;
        *(int64_t *)place_of(row, edit->settings) = choice->value;
        return NULL;
    }
    size_t len = (size_t)snprintf(edit->reason, sizeof edit->reason,
                                  "argument(s) must be one of the following: ");
    for (choice = row->choices; choice->name && len < sizeof edit->reason; choice++)
        len += (size_t)snprintf(edit->reason + len, sizeof edit->reason - len, "%s%s",
                                choice == row->choices ? "" : ", ", choice->name);
    return edit->reason;
}

/* An empty text is as good as none. */
static const char *read_text(const struct config_row *row, struct config_edit *edit,
                             struct bytes word)
{
    char *copy = NULL;
    if (word.len) {
        copy = arena_alloc(edit->texts, word.len + 1);
        memcpy(copy, word.ptr, word.len);
        copy[word.len] = 0;
    }
    *(const char **)place_of(row, edit->settings) = copy;
    return NULL;
}

const char *config_value_read(const struct config_row *row, struct config_edit *edit,
                              struct bytes word)
{
    switch (row->type) {
    case CONFIG_BOOL: return read_bool(row, edit, word);
    case CONFIG_INT: return read_int(row, edit, word);
    case CONFIG_MEMORY: return read_memory(row, edit, word);
    case CONFIG_PERCENT: return read_percent(row, edit, word);
    case CONFIG_OCTAL: return read_octal(row, edit, word);
    case CONFIG_ENUM: return read_enum(row, edit, word);
    case CONFIG_TEXT: return read_text(row, edit, word);
    case CONFIG_OTHER: break;
    }
    FATAL("%s has no type of its own", row->name);
}

static const char *choice_name(const struct config_row *row, int64_t value)
{
    for (const struct config_choice *choice = row->choices; choice->name; choice++)
        if (choice->value == value) return choice->name;
    return "unknown";
}

static void write_text(const struct config_row *row, const struct settings *settings,
                       struct buf *out, bool quoted)
{
    const char *text = *(const char *const *)value_of(row, settings);
    struct bytes view = bytes_of_string(text ? text : "");
    if (quoted)
        config_write_quoted(out, view);
    else
        buf_append(out, view);
}

static void write_percent(struct buf *out, int64_t value, bool units)
{
    if (value < 0)
        buf_printf(out, "%" PRId64 "%%", -value);
    else if (units)
        config_write_memory(out, value);
    else
        buf_printf(out, "%" PRId64, value);
}

static void write_value(const struct config_row *row, const struct settings *settings,
                        struct buf *out, bool for_file)
{
    const void *place = value_of(row, settings);
    switch (row->type) {
    case CONFIG_BOOL: buf_append_string(out, *(const bool *)place ? "yes" : "no"); return;
    case CONFIG_INT: buf_printf(out, "%" PRId64, *(const int64_t *)place); return;
    case CONFIG_MEMORY:
    case CONFIG_PERCENT: write_percent(out, *(const int64_t *)place, for_file); return;
    case CONFIG_OCTAL: buf_printf(out, "%" PRIo32, *(const uint32_t *)place); return;
    case CONFIG_ENUM: buf_append_string(out, choice_name(row, *(const int64_t *)place)); return;
    case CONFIG_TEXT: write_text(row, settings, out, for_file); return;
    case CONFIG_OTHER: break;
    }
    FATAL("%s has no type of its own", row->name);
}

void config_value_write(const struct config_row *row, const struct settings *settings,
                        struct buf *out)
{
    write_value(row, settings, out, false);
}

void config_value_rewrite(const struct config_row *row, const struct settings *settings,
                          struct buf *out)
{
    write_value(row, settings, out, true);
}
