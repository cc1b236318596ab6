#include "script.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fatal.h"

/* --- Text ------------------------------------------------------------------------------------- */

static void add(struct script_text *text, const char *data, size_t len)
{
    if (text->capacity - text->len < len) {
        text->capacity = (text->capacity + len) * 2;
        text->data = realloc(text->data, text->capacity);
        if (!text->data) fatal("no memory");
    }
    memcpy(text->data + text->len, data, len);
    text->len += len;
}

static void add_format(struct script_text *text, const char *format, unsigned long long number)
{
    char digits[64] = "";
    add(text, digits, (size_t)snprintf(digits, sizeof digits, format, number));
}

/* --- Commands --------------------------------------------------------------------------------- */

static uint64_t next_random(struct script_source *source)
{
    source->state ^= source->state << 13;
    source->state ^= source->state >> 7;
    source->state ^= source->state << 17;
    return source->state;
}

static void add_bytes(struct script_source *source, struct script_text *word,
                      unsigned long long count)
{
    for (unsigned long long i = 0; i < count; i++)
        add(word, &(char){(char)next_random(source)}, 1);
}

static void add_fraction(struct script_source *source, struct script_text *word,
                         unsigned long long bound)
{
    char digits[64] = "";
    double part = (double)(next_random(source) % 1000000000) / 1e9;
    add(word, digits, (size_t)snprintf(digits, sizeof digits, "%.9f", part * (double)bound));
}

/* `at` is behind the brace. */
static void add_drawn(struct script_source *source, struct script_text *word, const char *at)
{
    unsigned long long number = strtoull(at + 1, NULL, 10);
    switch (*at) {
    case 'i': add_format(word, "%llu", source->count); break;
    case 'm': add_format(word, "%llu", source->count % number); break;
    case 'p': add_format(word, "%07llu", source->count); break;
    case 'n': add_format(word, "%llu", source->uses++); break;
    case 'r': add_format(word, "%llu", next_random(source) % number); break;
    case 'a': add_format(word, "%llu", source->last = next_random(source) % number); break;
    case 'b': add_format(word, "%llu", source->last + number); break;
    case 'd': add_fraction(source, word, number); break;
    case 'x': add_bytes(source, word, number); break;
    default: fatal("no such mark: %c", *at);
    }
}

static const char *add_word(struct script_source *source, struct script_text *out, const char *at)
{
    static struct script_text word;
    word.len = 0;
    for (; *at && *at != ' '; at++) {
        if (*at != '{') {
            add(&word, *at == '<' ? "{" : *at == '>' ? "}" : at, 1);
            continue;
        }
        add_drawn(source, &word, at + 1);
        at = strchr(at, '}');
    }
    add_format(out, "$%llu\r\n", word.len);
    add(out, word.data, word.len);
    add(out, "\r\n", 2);
    return *at ? at + 1 : at;
}

void script_add(struct script_source *source, struct script_text *out, const char *command)
{
    unsigned long long words = 1;
    for (const char *at = command; *at; at++)
        words += *at == ' ';
    add_format(out, "*%llu\r\n", words);
    while (*command)
        command = add_word(source, out, command);
    source->count++;
}

/* --- Servers ---------------------------------------------------------------------------------- */

void script_send(struct script_connection *connection, const struct script_text *out)
{
    for (size_t sent = 0; sent < out->len;) {
        ssize_t len = write(connection->fd, out->data + sent, out->len - sent);
        if (len <= 0) fatal("a server has hung up");
        sent += (size_t)len;
    }
}

static void receive(struct script_connection *connection)
{
    ssize_t len = read(connection->fd, connection->in, sizeof connection->in);
    if (len <= 0) fatal("a server has hung up");
    connection->start = 0;
    connection->end = (size_t)len;
}

static inline char read_byte(struct script_connection *connection)
{
    if (connection->start == connection->end) receive(connection);
    return connection->in[connection->start++];
}

static void skip_bytes(struct script_connection *connection, size_t len)
{
    while (len) {
        if (connection->start == connection->end) receive(connection);
        size_t here = connection->end - connection->start;
        if (here > len) here = len;
        connection->start += here;
        len -= here;
    }
}

/* A header that is not whole yet, or an error, whose line is told. */
static long long read_slowly(struct script_connection *connection, char kind)
{
    char line[256];
    size_t len = 0;
    for (char byte; (byte = read_byte(connection)) != '\n';)
        if (len < sizeof line - 1) line[len++] = byte;
    line[len] = 0;
    if (kind == '-') fatal("refused: %s", line);
    return strtoll(line, NULL, 10);
}

/* A header's number. This must not be what a benchmark waits for. */
static long long read_header(struct script_connection *connection, char kind)
{
    const char *at = connection->in + connection->start;
    if (kind == '-' || connection->end - connection->start < 24)
        return read_slowly(connection, kind);
    long long number = 0;
    bool negative = *at == '-';
    for (at += negative; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (*at - '0');
    if (*at != '\r') return read_slowly(connection, kind);
    connection->start = (size_t)(at + 2 - connection->in);
    return negative ? -number : number;
}

void script_skip(struct script_connection *connection, long long count)
{
    while (count-- > 0) {
        char kind = read_byte(connection);
        long long number = read_header(connection, kind);
        if (kind == '$' && number >= 0) skip_bytes(connection, (size_t)number + 2);
        if (kind == '*' && number > 0) count += number;
    }
}

void script_run(struct script_connection *connection, const char *command, int times)
{
    struct script_text out = {0};
    struct script_source source = {.state = 88172645463325252ULL};
    for (int done = 0; done < times;) {
        int count = times - done < 200 ? times - done : 200;
        out.len = 0;
        for (int i = 0; i < count; i++)
            script_add(&source, &out, command);
        script_send(connection, &out);
        script_skip(connection, count);
        done += count;
    }
    free(out.data);
}

long long script_ask(struct script_connection *connection, const char *command, const char *field)
{
    struct script_source source = {.state = 1};
    struct script_text out = {0}, reply = {0};
    script_add(&source, &out, command);
    script_send(connection, &out);
    free(out.data);
    char kind = read_byte(connection);
    long long len = read_header(connection, kind);
    for (long long i = 0; i < len; i++)
        add(&reply, &(char){read_byte(connection)}, 1);
    skip_bytes(connection, 2);
    add(&reply, "", 1);
    const char *at = strstr(reply.data, field);
    if (!at) fatal("%s has no %s", command, field);
    at += strlen(field);
    long long number = strtoll(at, NULL, 10);
    free(reply.data);
    return number;
}
