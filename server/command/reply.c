#include "command/reply.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "command/errors.h"

static const struct outcome replied = {OUTCOME_REPLIED};

struct outcome reply_written(struct call *call)
{
    (void)call;
    return replied;
}

struct outcome reply_ok(struct call *call)
{
    writer_raw(&call->out, BYTES("+OK\r\n"));
    return replied;
}

struct outcome reply_status(struct call *call, const char *text)
{
    writer_status(&call->out, bytes_of_string(text));
    return replied;
}

struct outcome reply_int(struct call *call, int64_t value)
{
    writer_int(&call->out, value);
    return replied;
}

struct outcome reply_bool(struct call *call, bool value)
{
    return reply_int(call, value);
}

struct outcome reply_bulk(struct call *call, struct bytes bytes)
{
    writer_bulk(&call->out, bytes);
    return replied;
}

struct outcome reply_null(struct call *call)
{
    writer_null(&call->out);
    return replied;
}

struct outcome reply_null_array(struct call *call)
{
    writer_null_array(&call->out);
    return replied;
}

struct outcome reply_empty_array(struct call *call)
{
    writer_array(&call->out, 0);
    return replied;
}

static struct outcome reply_error_bytes(struct call *call, struct bytes text)
{
    call->flags |= CALL_ERROR;
    if (call->errors) errors_count(call->errors, text);
    writer_error(&call->out, text);
    return replied;
}

static bool is_line_end(uint8_t byte)
{
    return byte == '\r' || byte == '\n';
}

/* Line ends at either end are dropped, as redis-server does it; the writer replaces the others. */
static struct bytes trim_line_ends(struct bytes text)
{
    while (text.len && is_line_end(text.ptr[text.len - 1]))
        text.len--;
    while (text.len && is_line_end(text.ptr[0]))
        text = bytes_make(text.ptr + 1, text.len - 1);
    return text;
}

struct outcome reply_error(struct call *call, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len >= (int)sizeof text) len = sizeof text - 1;
    return reply_error_bytes(call, trim_line_ends(bytes_make(text, len > 0 ? (size_t)len : 0)));
}

struct outcome reply_syntax(struct call *call)
{
    return reply_error_bytes(call, BYTES("ERR syntax error"));
}

struct outcome reply_wrong_type(struct call *call)
{
    return reply_error_bytes(
        call, BYTES("WRONGTYPE Operation against a key holding the wrong kind of value"));
}

struct outcome reply_not_int(struct call *call)
{
    return reply_error_bytes(call, BYTES("ERR value is not an integer or out of range"));
}

struct outcome reply_not_float(struct call *call)
{
    return reply_error_bytes(call, BYTES("ERR value is not a valid float"));
}

struct outcome reply_no_key(struct call *call)
{
    return reply_error_bytes(call, BYTES("ERR no such key"));
}

struct outcome reply_out_of_range(struct call *call)
{
    return reply_error_bytes(call, BYTES("ERR index out of range"));
}

struct outcome reply_wrong_arity(struct call *call)
{
    return reply_error(call, "ERR wrong number of arguments for '%s' command",
                       call->command->full_name);
}

/* The first argument in capitals, as HELP texts and errors quote it. */
static void write_upper(struct bytes name, char *out, size_t size)
{
    size_t len = name.len < size - 1 ? name.len : size - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)toupper(name.ptr[i]);
    out[len] = 0;
}

struct outcome reply_bad_subcommand(struct call *call)
{
    char name[128];
    struct bytes word = call->args[1];
    write_upper(call->args[0], name, sizeof name);
    return reply_error(call,
                       "ERR unknown subcommand or wrong number of arguments for '%.*s'. "
                       "Try %s HELP.",
                       (int)(word.len < 128 ? word.len : 128), (const char *)word.ptr, name);
}

struct outcome reply_help(struct call *call, const char *const *lines)
{
    char name[128], header[256];
    size_t count = 0;
    while (lines[count])
        count++;
    write_upper(call->args[0], name, sizeof name);
    snprintf(header, sizeof header,
             "%s <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", name);
    writer_array(&call->out, count + 3);
    writer_status(&call->out, bytes_of_string(header));
    for (size_t i = 0; i < count; i++)
        writer_status(&call->out, bytes_of_string(lines[i]));
    writer_status(&call->out, BYTES("HELP"));
    writer_status(&call->out, BYTES("    Prints this help."));
    return replied;
}
