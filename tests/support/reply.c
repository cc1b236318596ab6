#include "support/reply.h"

#include <stdlib.h>
#include <string.h>

#define REPLY_MAX_DEPTH 32

struct cursor {
    const char *at, *end;
    int depth;
};

static enum reply_status parse_any(struct cursor *cursor, struct reply **reply);

static struct reply *reply_new(char type)
{
    struct reply *reply = calloc(1, sizeof(*reply));
    if (!reply) abort();
    reply->type = type;
    return reply;
}

void reply_free(struct reply *reply)
{
    if (!reply) return;
    for (size_t i = 0; i < reply->count; i++)
        reply_free(reply->items[i]);
    free(reply->items);
    free(reply->data);
    reply_free(reply->attribute);
    free(reply);
}

static void set_data(struct reply *reply, const char *data, size_t len)
{
    reply->data = malloc(len + 1);
    if (!reply->data) abort();
    memcpy(reply->data, data, len);
    reply->data[len] = 0;
    reply->len = len;
}

/* Takes a line without its CRLF. A bare CR or LF inside it is a broken reply. */
static enum reply_status take_line(struct cursor *cursor, const char **line, size_t *len)
{
    const char *lf = memchr(cursor->at, '\n', (size_t)(cursor->end - cursor->at));
    if (!lf) return REPLY_PARTIAL;
    *line = cursor->at;
    *len = (size_t)(lf - cursor->at);
    if (!*len || lf[-1] != '\r') return REPLY_BROKEN;
    --*len;
    if (memchr(*line, '\r', *len)) return REPLY_BROKEN;
    cursor->at = lf + 1;
    return REPLY_WHOLE;
}

static bool to_integer(const char *text, size_t len, int64_t *value)
{
    char copy[32], *end;
    if (!len || len >= sizeof(copy)) return false;
    memcpy(copy, text, len);
    copy[len] = 0;
    *value = strtoll(copy, &end, 10);
    return !*end;
}

static enum reply_status parse_bulk(struct cursor *cursor, struct reply *reply, int64_t len)
{
    if (len > cursor->end - cursor->at - 2) return REPLY_PARTIAL;
    if (memcmp(cursor->at + len, "\r\n", 2) != 0) return REPLY_BROKEN;
    set_data(reply, cursor->at, (size_t)len);
    cursor->at += len + 2;
    return REPLY_WHOLE;
}

static enum reply_status parse_items(struct cursor *cursor, struct reply *reply, int64_t count)
{
    if (count > 16 * 1024 * 1024 || ++cursor->depth > REPLY_MAX_DEPTH) return REPLY_BROKEN;
    if (count) reply->items = calloc((size_t)count, sizeof(*reply->items));
    for (int64_t i = 0; i < count; i++) {
        enum reply_status status = parse_any(cursor, &reply->items[i]);
        if (status != REPLY_WHOLE) return status;
        reply->count++;
    }
    cursor->depth--;
    return REPLY_WHOLE;
}

static enum reply_status parse_sized(struct cursor *cursor, struct reply *reply, const char *line,
                                     size_t len)
{
    int64_t count;
    if (!to_integer(line, len, &count) || count < -1) return REPLY_BROKEN;
    if (count == -1) {
        reply->null = true;
        return reply->type == '$' || reply->type == '*' ? REPLY_WHOLE : REPLY_BROKEN;
    }
    if (strchr("$=!", reply->type)) return parse_bulk(cursor, reply, count);
    bool pairs = reply->type == '%' || reply->type == '|';
    return parse_items(cursor, reply, pairs ? count * 2 : count);
}

static enum reply_status parse_body(struct cursor *cursor, struct reply *reply)
{
    const char *line;
    size_t len;
    enum reply_status status = take_line(cursor, &line, &len);
    if (status != REPLY_WHOLE) return status;
    switch (reply->type) {
    case '+':
    case '-':
    case ',':
    case '(': set_data(reply, line, len); return REPLY_WHOLE;
    case ':': return to_integer(line, len, &reply->integer) ? REPLY_WHOLE : REPLY_BROKEN;
    case '_': reply->null = true; return len ? REPLY_BROKEN : REPLY_WHOLE;
    case '#':
        reply->integer = *line == 't';
        return len == 1 && (*line == 't' || *line == 'f') ? REPLY_WHOLE : REPLY_BROKEN;
    case '$':
    case '=':
    case '!':
    case '*':
    case '%':
    case '~':
    case '>':
    case '|': return parse_sized(cursor, reply, line, len);
    default: return REPLY_BROKEN;
    }
}

static enum reply_status parse_any(struct cursor *cursor, struct reply **reply)
{
    *reply = NULL;
    if (cursor->at == cursor->end) return REPLY_PARTIAL;
    struct reply *parsed = reply_new(*cursor->at++);
    enum reply_status status = parse_body(cursor, parsed);
    if (status == REPLY_WHOLE && parsed->type == '|') {
        status = parse_any(cursor, reply);
        if (status == REPLY_WHOLE) {
            (*reply)->attribute = parsed;
            return REPLY_WHOLE;
        }
    }
    if (status != REPLY_WHOLE) {
        reply_free(parsed);
        return status;
    }
    *reply = parsed;
    return REPLY_WHOLE;
}

enum reply_status reply_parse(const char *data, size_t len, struct reply **reply, size_t *used)
{
    struct cursor cursor = {data, data + len, 0};
    enum reply_status status = parse_any(&cursor, reply);
    *used = (size_t)(cursor.at - data);
    return status;
}

bool reply_is_error(const struct reply *reply)
{
    return reply->type == '-' || reply->type == '!';
}

const struct reply *reply_find(const struct reply *map, const char *key)
{
    for (size_t i = 0; i + 1 < map->count; i += 2) {
        const char *name = map->items[i]->data;
        if (name && strcmp(name, key) == 0) return map->items[i + 1];
    }
    return NULL;
}

static void print_null(const struct reply *reply, int resp, struct text *text)
{
    text_add(text, "nil", 3);
    if (reply->type != (resp == 3 ? '_' : '$')) text_add(text, &reply->type, 1);
}

static void print_items(const struct reply *reply, int resp, struct text *text)
{
    bool pairs = reply->type == '%' || reply->type == '|';
    if (reply->type == '|' || reply->type == '~' || reply->type == '>') {
        text_add(text, &reply->type, 1);
    }
    text_add(text, pairs ? "{" : "[", 1);
    for (size_t i = 0; i < reply->count; i++) {
        if (i) text_add(text, pairs && i % 2 ? ": " : ", ", 2);
        reply_print(reply->items[i], resp, text);
    }
    text_add(text, pairs ? "}" : "]", 1);
}

void reply_print(const struct reply *reply, int resp, struct text *text)
{
    if (reply->attribute) {
        print_items(reply->attribute, resp, text);
        text_add(text, " ", 1);
    }
    if (reply->null) {
        print_null(reply, resp, text);
        return;
    }
    switch (reply->type) {
    case ':': text_addf(text, ":%lld", (long long)reply->integer); return;
    case '#': text_addf(text, "#%c", reply->integer ? 't' : 'f'); return;
    case '$': text_add_quoted(text, reply->data, reply->len); return;
    case '=':
        text_addf(text, "=%.*s", reply->len < 4 ? (int)reply->len : 4, reply->data);
        if (reply->len >= 4) text_add_quoted(text, reply->data + 4, reply->len - 4);
        return;
    case '*':
    case '%':
    case '~':
    case '>': print_items(reply, resp, text); return;
    default: text_add(text, &reply->type, 1); text_add(text, reply->data, reply->len);
    }
}
