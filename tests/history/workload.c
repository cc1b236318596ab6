#include "history/workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/workload_parts.h"

const char *const workload_keys[HISTORY_KEYS_ALL] = {"a",     "b",    "key:2", "d{55}", "{t}one",
                                                     "{t}2",  "zz9",  "foo",   "set:1", "{t}set",
                                                     "set:3", "list", "{d}l",  "union"};

static const uint32_t usual_weights[OP_KIND_COUNT] = {
    [OP_GET] = 20,          [OP_SET] = 15,    [OP_SET_GET] = 15,  [OP_SET_NX] = 2,
    [OP_SETNX] = 2,         [OP_SET_PX] = 6,  [OP_INCRBY] = 6,    [OP_GETDEL] = 4,
    [OP_DEL] = 5,           [OP_UNLINK] = 2,  [OP_EXISTS] = 5,    [OP_GETEX_PX] = 3,
    [OP_GETEX_PERSIST] = 2, [OP_PEXPIRE] = 3, [OP_PERSIST] = 3,   [OP_PTTL] = 3,
    [OP_MGET] = 12,         [OP_MSET] = 10,   [OP_MSETNX] = 3,    [OP_RENAME] = 6,
    [OP_RENAMENX] = 3,      [OP_COPY] = 6,    [OP_MOVE] = 3,      [OP_SELECT] = 3,
    [OP_SWAPDB] = 1,        [OP_FLUSHDB] = 1, [OP_FLUSHALL] = 1,  [OP_DBSIZE] = 2,
    [OP_KEYS] = 1,          [OP_SCAN] = 1,    [OP_RANDOMKEY] = 1,
};

const char *workload_any_key(struct random *random)
{
    return workload_keys[random_below(random, HISTORY_KEYS_ALL)];
}

static bool sets_expiry(uint32_t kind)
{
    return kind == OP_SET_PX || kind == OP_GETEX_PX || kind == OP_PEXPIRE;
}

static void draw_weights(struct workload *workload, const uint32_t *usual)
{
    for (uint32_t kind = 0; kind < OP_KIND_COUNT; kind++)
        if (usual[kind] && random_below(workload->random, 3)) workload->weights[kind] = usual[kind];
}

static void draw_string_weights(struct workload *workload)
{
    draw_weights(workload, usual_weights);
    workload->weights[OP_GET] = workload->weights[OP_SET] = 10; /* something always happens */
}

static void draw_member_weights(struct workload *workload)
{
    draw_weights(workload, workload_members_weights);
    workload->weights[OP_SADD] = workload->weights[OP_SMEMBERS] = 10;
}

static void draw_expiry(struct workload *workload)
{
    bool expires = random_below(workload->random, 2);
    for (uint32_t kind = 0; kind < OP_KIND_COUNT; kind++)
        if (sets_expiry(kind) && !expires) workload->weights[kind] = 0;
    if (expires)
        workload->weights[OP_DBSIZE] = workload->weights[OP_KEYS] =
            workload->weights[OP_RANDOMKEY] = 0;
}

enum content { CONTENT_STRINGS, CONTENT_BOTH, CONTENT_MEMBERS };

static enum content draw_content(struct random *random)
{
    if (random_below(random, 2)) return CONTENT_STRINGS;
    return random_below(random, 2) ? CONTENT_BOTH : CONTENT_MEMBERS;
}

void workload_init(struct workload *workload, struct random *random)
{
    enum content content = draw_content(random);
    *workload = (struct workload){
        .random = random, .next_value = 1, .next_element = 1, .expiry_max_ms = 20};
    workload->pads = random_below(random, 3) == 0;
    workload->waits = random_below(random, 2);
    if (content != CONTENT_STRINGS) draw_member_weights(workload);
    if (content != CONTENT_MEMBERS) draw_string_weights(workload);
    if (workload->waits) draw_weights(workload, workload_block_weights);
    if (workload->waits && content != CONTENT_STRINGS)
        draw_weights(workload, workload_waiting_weights);
    draw_expiry(workload);
    workload->key_first = content == CONTENT_MEMBERS ? FIRST_SET : 0;
    workload->key_end = content == CONTENT_STRINGS ? HISTORY_KEYS : HISTORY_KEYS_ALL;
}

uint32_t workload_draw_kind(struct workload *workload)
{
    uint32_t total = 0;
    for (uint32_t kind = 0; kind < OP_KIND_COUNT; kind++)
        total += workload->weights[kind];
    uint32_t at = (uint32_t)random_below(workload->random, total), kind = 0;
    while (at >= workload->weights[kind])
        at -= workload->weights[kind++];
    return kind == OP_INCRBY && workload->pads ? OP_GET : kind; /* what is long is no number */
}

static uint32_t key_count(struct workload *workload, uint32_t kind)
{
    switch (kind) {
    case OP_DEL:
    case OP_UNLINK:
    case OP_EXISTS:
    case OP_MGET:
    case OP_MSET:
    case OP_MSETNX:
    case OP_WATCH: return 1 + (uint32_t)random_below(workload->random, OP_KEYS_MAX);
    case OP_RENAME:
    case OP_RENAMENX:
    case OP_COPY: return 2;
    case OP_SELECT:
    case OP_SWAPDB:
    case OP_FLUSHDB:
    case OP_FLUSHALL:
    case OP_DBSIZE:
    case OP_KEYS:
    case OP_RANDOMKEY:
    case OP_ID:
    case OP_UNWATCH:
    case OP_BLOCK:
    case OP_SCAN: return 0;
    default: return 1;
    }
}

static bool writes_values(uint32_t kind)
{
    return kind == OP_SET || kind == OP_SET_GET || kind == OP_SET_NX || kind == OP_SETNX ||
           kind == OP_SET_PX || kind == OP_MSET || kind == OP_MSETNX;
}

/* Keys from `first` to before `end`. */
struct key_range {
    uint8_t first, end;
};

/* Of one type; lists are not copied (members.h). */
static struct key_range range_of_type(struct workload *workload, uint32_t kind)
{
    static const struct key_range ranges[] = {
        {0, HISTORY_KEYS}, {FIRST_SET, FIRST_LIST}, {FIRST_LIST, UNION_KEY}};
    uint32_t first = workload->key_first ? 1 : 0, count = workload->key_end > HISTORY_KEYS ? 3 : 1;
    if (kind == OP_COPY && count == 3) count = 2;
    return ranges[first + random_below(workload->random, count - first)];
}

static struct key_range range_of(struct workload *workload, uint32_t kind)
{
    switch (kind) {
    case OP_RENAME:
    case OP_RENAMENX:
    case OP_COPY: return range_of_type(workload, kind);
    case OP_DEL:
    case OP_UNLINK:
    case OP_EXISTS:
    case OP_WATCH:
    case OP_MOVE:
    case OP_PEXPIRE:
    case OP_PERSIST:
    case OP_PTTL: return (struct key_range){workload->key_first, workload->key_end};
    default: return (struct key_range){0, HISTORY_KEYS};
    }
}

/* Distinct: what EXISTS and RENAME say of the same one twice is no matter of order. */
void workload_draw_keys(struct workload *workload, struct op *op, uint32_t first, uint32_t end)
{
    for (uint32_t i = 0; i < op->key_count; i++) {
        uint8_t key;
        do
            key = (uint8_t)(first + random_below(workload->random, end - first));
        while (memchr(op->keys, key, i));
        op->keys[i] = key;
    }
}

static void draw_keys(struct workload *workload, struct op *op)
{
    struct key_range range = range_of(workload, op->kind);
    workload_draw_keys(workload, op, range.first, range.end);
}

bool workload_draw_one(struct workload *workload, struct op *op)
{
    uint32_t kind = op->kind;
    *op = (struct op){.kind = (uint8_t)kind, .key_count = (uint8_t)key_count(workload, kind)};
    if (op_has_members(op)) {
        workload_draw_members(workload, op);
        return true;
    }
    draw_keys(workload, op);
    if (kind == OP_COPY || kind == OP_SELECT)
        op->to_db = (uint8_t)random_below(workload->random, HISTORY_DATABASES);
    if (kind == OP_INCRBY) op->increment = 1 + (uint16_t)random_below(workload->random, 64);
    if (workload->next_value + OP_KEYS_MAX > HISTORY_VALUES_MAX) return false;
    for (uint32_t i = 0; writes_values(kind) && i < op->key_count; i++)
        op->values[i] = workload->next_value++;
    if (workload->pads && random_below(workload->random, 4) == 0)
        op->padding = random_below(workload->random, 2) ? PADDING_MAX : 600;
    if (!sets_expiry(kind)) return true;
    op->expiry_ms = 1 + (uint32_t)random_below(workload->random, workload->expiry_max_ms);
    op->expiry = workload->next_value++;
    return true;
}

void workload_tag(struct op *op, uint8_t *db)
{
    op->db = *db;
    if (op->kind == OP_MOVE) op->to_db = !*db;
    if (op->kind == OP_SELECT) *db = op->to_db;
}

/* --- bytes -------------------------------------------------------------------------------- */

static const char *const words[OP_KIND_COUNT] = {
    "GET",         "SET",         "SET",         "SET",      "SETNX",     "SET",      "INCRBY",
    "GETDEL",      "GETEX",       "GETEX",       "PEXPIRE",  "PERSIST",   "PTTL",     "DEL",
    "UNLINK",      "EXISTS",      "MGET",        "MSET",     "MSETNX",    "RENAME",   "RENAMENX",
    "COPY",        "MOVE",        "SELECT",      "SWAPDB",   "FLUSHDB",   "FLUSHALL", "DBSIZE",
    "KEYS",        "RANDOMKEY",   "SCAN",        "CLIENT",   "WATCH",     "UNWATCH",  "MULTI",
    "SADD",        "SREM",        "SPOP",        "SMOVE",    "SISMEMBER", "SMEMBERS", "SUNION",
    "SUNIONSTORE", "SINTERSTORE", "ZUNIONSTORE", "ZCARD",    "ZRANGE",    "LPUSH",    "RPUSH",
    "LPOP",        "RPOP",        "LMOVE",       "LRANGE",   "BLPOP",     "BRPOP",    "BLMPOP",
    "BLMOVE",      "BLMOVEM",     "BZPOPMIN",    "BZPOPMAX",
};

void workload_add(struct text *text, const char *word)
{
    text->at += sprintf(text->at, "$%zu\r\n%s\r\n", strlen(word), word);
    text->words++;
}

static void add_number(struct text *text, uint32_t number)
{
    char word[16];
    sprintf(word, "%u", number);
    workload_add(text, word);
}

/* The number, and some more. */
static void add_value(struct text *text, const struct op *op, uint32_t value)
{
    char digits[16];
    int len = sprintf(digits, "%u", value);
    text->at += sprintf(text->at, "$%u\r\n%s", (unsigned)len + op->padding, digits);
    memset(text->at, 'x', op->padding);
    text->at += op->padding;
    text->at += sprintf(text->at, "\r\n");
    text->words++;
}

static void add_option(struct text *text, const char *option, uint32_t number)
{
    workload_add(text, option);
    add_number(text, number);
}

static void add_options(struct text *text, const struct op *op)
{
    switch (op->kind) {
    case OP_SET_GET: workload_add(text, "GET"); break;
    case OP_SET_NX: workload_add(text, "NX"); break;
    case OP_GETEX_PERSIST: workload_add(text, "PERSIST"); break;
    case OP_INCRBY: add_number(text, (uint32_t)op->increment * HISTORY_VALUES_MAX); break;
    case OP_PEXPIRE: add_number(text, op->expiry_ms); break;
    case OP_SET_PX:
    case OP_GETEX_PX: add_option(text, "PX", op->expiry_ms); break;
    case OP_MOVE:
    case OP_SELECT: add_number(text, op->to_db); break;
    case OP_COPY:
        if (op->db != op->to_db) add_option(text, "DB", op->to_db);
        workload_add(text, "REPLACE");
        break;
    case OP_SWAPDB:
        add_number(text, 0);
        add_number(text, 1);
        break;
    case OP_ID: workload_add(text, "ID"); break;
    case OP_KEYS: workload_add(text, "*"); break;
    case OP_SCAN:
        add_number(text, 0);
        add_option(text, "COUNT", 1000);
        break;
    default: break;
    }
}

static void add_keys(struct text *text, const struct op *op)
{
    for (uint32_t i = 0; i < op->key_count; i++) {
        workload_add(text, workload_keys[op->keys[i]]);
        if (op->values[i]) add_value(text, op, op->values[i]);
    }
    add_options(text, op);
}

size_t workload_write(const struct op *op, char out[OP_BYTES_MAX])
{
    char body[OP_BYTES_MAX];
    struct text text = {body, 0};
    workload_add(&text, words[op->kind]);
    if (op_has_members(op))
        workload_add_members(&text, op);
    else
        add_keys(&text, op);
    size_t head = (size_t)sprintf(out, "*%u\r\n", text.words), len = (size_t)(text.at - body);
    memcpy(out + head, body, len);
    return head + len + workload_write_end(op, out + head + len);
}

long workload_read_line(const char *bytes, size_t len, long *number)
{
    const char *end = memchr(bytes, '\n', len);
    if (!end) return 0;
    *number = strtol(bytes + 1, NULL, 10);
    return end - bytes + 1;
}

/* A value: a bulk string with a number, or a null. */
long workload_read_value(const char *bytes, size_t len, int32_t *value)
{
    long size = 0, line = workload_read_line(bytes, len, &size);
    if (!line) return 0;
    if (*bytes == '_' || (*bytes == '$' && size == -1)) {
        *value = 0;
        return line;
    }
    if (*bytes != '$' || size < 1 || size > PADDING_MAX + 4) return -1;
    if (len < (size_t)(line + size + 2)) return 0;
    *value = (int32_t)strtol(bytes + line, NULL, 10);
    return line + size + 2;
}

static long read_values(struct op *op, const char *bytes, size_t len)
{
    long count = 0, at = workload_read_line(bytes, len, &count);
    if (!at) return 0;
    if (*bytes != '*' || count != op->key_count) return -1;
    for (uint32_t i = 0; i < op->key_count; i++) {
        long part = workload_read_value(bytes + at, len - (size_t)at, &op->reply[i]);
        if (part <= 0) return part;
        at += part;
    }
    return at;
}

long workload_read_key(const char *bytes, size_t len, int32_t *number)
{
    long size = 0, line = workload_read_line(bytes, len, &size);
    if (!line) return 0;
    *number = 0;
    if (*bytes == '$' && size == -1) return line;
    if (*bytes != '$' || size < 1 || size > 16) return -1;
    if (len < (size_t)(line + size + 2)) return 0;
    for (int32_t key = 0; key < HISTORY_KEYS_ALL; key++)
        if (strlen(workload_keys[key]) == (size_t)size &&
            !memcmp(workload_keys[key], bytes + line, (size_t)size))
            *number = key + 1;
    return *number ? line + size + 2 : -1;
}

/* Names of keys as a mask; the same one twice is told twice only by a scan. */
static long read_keys(struct op *op, const char *bytes, size_t len)
{
    long count = 0, at = workload_read_line(bytes, len, &count);
    if (!at) return 0;
    if (*bytes != '*') return -1;
    op->reply[0] = 0;
    for (long i = 0; i < count; i++) {
        int32_t key;
        long part = workload_read_key(bytes + at, len - (size_t)at, &key);
        if (part <= 0) return part;
        if (!key || (op->reply[0] >> (key - 1) & 1 && op->kind != OP_SCAN)) return -1;
        op->reply[0] |= 1 << (key - 1);
        at += part;
    }
    return at;
}

/* A cursor and names. */
static long read_scan(struct op *op, const char *bytes, size_t len)
{
    long count = 0, size = 0, head = workload_read_line(bytes, len, &count);
    if (!head) return 0;
    if (*bytes != '*' || count != 2) return -1;
    long line = workload_read_line(bytes + head, len - (size_t)head, &size);
    if (!line) return 0;
    if (bytes[head] != '$' || size < 1 || size > 20) return -1;
    head += line + size + 2;
    if (len <= (size_t)head) return 0;
    long names = read_keys(op, bytes + head, len - (size_t)head);
    return names > 0 ? head + names : names;
}

long workload_read_number(struct op *op, const char *bytes, size_t len)
{
    long number = 0, line = workload_read_line(bytes, len, &number);
    if (*bytes != ':') return -1;
    op->reply[0] = (int32_t)number;
    return line;
}

static long read_pttl(struct op *op, const char *bytes, size_t len)
{
    long line = workload_read_number(op, bytes, len);
    op->reply[0] = op->reply[0] < 0 ? op->reply[0] + 2 : 2;
    return line;
}

bool workload_is_line(const char *bytes, long len, const char *line)
{
    return (size_t)len == strlen(line) && !memcmp(bytes, line, (size_t)len);
}

/* +OK, and what else a command may say in its place. */
static long read_status(struct op *op, const char *bytes, size_t len)
{
    long number = 0, line = workload_read_line(bytes, len, &number);
    if (!line) return 0;
    if (op->kind == OP_SET_NX) {
        op->reply[0] = *bytes == '+';
        return workload_is_line(bytes, line, "+OK\r\n") || workload_is_line(bytes, line, "$-1\r\n")
                   ? line
                   : -1;
    }
    if (op->kind == OP_RENAME && workload_is_line(bytes, line, "-ERR no such key\r\n")) {
        op->reply[0] = -1;
        return line;
    }
    return workload_is_line(bytes, line, "+OK\r\n") ? line : -1;
}

/* RENAMENX: a number, or that there is no such key. */
static long read_number_or_error(struct op *op, const char *bytes, size_t len)
{
    if (*bytes != '-') return workload_read_number(op, bytes, len);
    op->kind = OP_RENAME;
    long line = read_status(op, bytes, len);
    op->kind = OP_RENAMENX;
    return line;
}

long workload_read(struct op *op, const char *bytes, size_t len)
{
    if (!len) return 0;
    if (op_has_members(op)) return workload_read_members(op, bytes, len);
    switch (op->kind) {
    case OP_GET:
    case OP_SET_GET:
    case OP_GETEX_PX:
    case OP_GETEX_PERSIST:
    case OP_GETDEL: return workload_read_value(bytes, len, &op->reply[0]);
    case OP_MGET: return read_values(op, bytes, len);
    case OP_SET:
    case OP_SET_NX:
    case OP_SET_PX:
    case OP_MSET:
    case OP_RENAME:
    case OP_SELECT:
    case OP_WATCH:
    case OP_UNWATCH:
    case OP_SWAPDB:
    case OP_FLUSHDB:
    case OP_FLUSHALL: return read_status(op, bytes, len);
    case OP_BLOCK: return workload_read_block(op, bytes, len);
    case OP_PTTL: return read_pttl(op, bytes, len);
    case OP_KEYS: return read_keys(op, bytes, len);
    case OP_RANDOMKEY: return workload_read_key(bytes, len, &op->reply[0]);
    case OP_SCAN: return read_scan(op, bytes, len);
    case OP_RENAMENX: return read_number_or_error(op, bytes, len);
    default: return workload_read_number(op, bytes, len);
    }
}
