#include <stdio.h>
#include <string.h>

#include "history/workload_parts.h"

const uint32_t workload_members_weights[OP_KIND_COUNT] = {
    [OP_SADD] = 14,     [OP_SREM] = 6,         [OP_SPOP] = 6,        [OP_SMOVE] = 16,
    [OP_SISMEMBER] = 5, [OP_SMEMBERS] = 10,    [OP_SUNION] = 10,     [OP_LPUSH] = 6,
    [OP_RPUSH] = 6,     [OP_LPOP] = 3,         [OP_RPOP] = 3,        [OP_LMOVE] = 16,
    [OP_LRANGE] = 10,   [OP_SUNIONSTORE] = 4,  [OP_SINTERSTORE] = 2, [OP_ZCARD] = 4,
    [OP_ZRANGE] = 8,    [OP_ZUNIONSTORE] = 12, [OP_DEL] = 2,         [OP_UNLINK] = 2,
    [OP_EXISTS] = 2,    [OP_RENAME] = 5,       [OP_RENAMENX] = 2,    [OP_COPY] = 5,
    [OP_MOVE] = 4,      [OP_PEXPIRE] = 4,      [OP_PERSIST] = 2,     [OP_PTTL] = 3,
    [OP_SELECT] = 3,    [OP_SWAPDB] = 1,       [OP_DBSIZE] = 2,      [OP_KEYS] = 1,
    [OP_SCAN] = 1,      [OP_RANDOMKEY] = 1,    [OP_FLUSHDB] = 1,     [OP_FLUSHALL] = 1,
};

const uint32_t workload_waiting_weights[OP_KIND_COUNT] = {
    [OP_BLPOP] = 8,  [OP_BRPOP] = 8,  [OP_BLMPOP] = 8,   [OP_BLMOVE] = 8,   [OP_BLMOVEM] = 6,
    [OP_LPUSH] = 16, [OP_RPUSH] = 16, [OP_BZPOPMIN] = 6, [OP_BZPOPMAX] = 6,
};

/* --- drawing ------------------------------------------------------------------------------ */

static uint8_t any_of(struct workload *workload, uint32_t first, uint32_t count)
{
    return (uint8_t)(first + random_below(workload->random, count));
}

/* `count` different ones of the `max` from `first` on. */
static void draw_distinct(struct workload *workload, uint8_t *keys, uint32_t count, uint32_t first,
                          uint32_t max)
{
    for (uint32_t i = 0; i < count; i++)
        do
            keys[i] = any_of(workload, first, max);
        while (memchr(keys, keys[i], i));
}

static void draw_keys(struct workload *workload, struct op *op)
{
    op->key_count = 1;
    switch (op->kind) {
    case OP_SMOVE:
    case OP_SUNION:
        op->key_count = 2;
        draw_distinct(workload, op->keys, 2, FIRST_SET, HISTORY_SETS);
        break;
    case OP_SUNIONSTORE:
    case OP_SINTERSTORE:
    case OP_ZUNIONSTORE:
        op->key_count = 3;
        op->keys[0] =
            op->kind == OP_ZUNIONSTORE ? UNION_KEY : any_of(workload, FIRST_SET, HISTORY_SETS);
        draw_distinct(workload, op->keys + 1, 2, FIRST_SET, HISTORY_SETS);
        break;
    case OP_BLPOP:
    case OP_BRPOP:
    case OP_BLMPOP:
        op->key_count = 1 + (uint8_t)random_below(workload->random, HISTORY_LISTS);
        draw_distinct(workload, op->keys, op->key_count, FIRST_LIST, HISTORY_LISTS);
        break;
    case OP_BLMOVEM:
        op->key_count = 2;
        draw_distinct(workload, op->keys, 2, FIRST_LIST, HISTORY_LISTS);
        break;
    case OP_LMOVE:
    case OP_BLMOVE:
        op->key_count = 2;
        op->keys[0] = any_of(workload, FIRST_LIST, HISTORY_LISTS);
        op->keys[1] = any_of(workload, FIRST_LIST, HISTORY_LISTS);
        break;
    case OP_ZCARD:
    case OP_ZRANGE:
    case OP_BZPOPMIN:
    case OP_BZPOPMAX: op->keys[0] = UNION_KEY; break;
    case OP_SADD:
    case OP_SREM:
    case OP_SPOP:
    case OP_SISMEMBER:
    case OP_SMEMBERS: op->keys[0] = any_of(workload, FIRST_SET, HISTORY_SETS); break;
    default: op->keys[0] = any_of(workload, FIRST_LIST, HISTORY_LISTS); break;
    }
}

static uint16_t any_member(struct workload *workload)
{
    return (uint16_t)(1u << random_below(workload->random, HISTORY_MEMBERS));
}

static bool is_push(const struct op *op)
{
    return op->kind == OP_LPUSH || op->kind == OP_RPUSH;
}

void workload_draw_members(struct workload *workload, struct op *op)
{
    struct random *random = workload->random;
    if (is_push(op) && workload->next_element > HISTORY_ELEMENTS) op->kind = OP_LRANGE;
    draw_keys(workload, op);
    if (is_push(op)) op->members = workload->next_element++;
    if (op->kind == OP_SMOVE || op->kind == OP_SISMEMBER) op->members = any_member(workload);
    uint64_t more = op->kind == OP_SADD || op->kind == OP_SREM ? 1 + random_below(random, 4) : 0;
    while (more--)
        op->members |= any_member(workload);
    bool moves = op->kind == OP_LMOVE || op_waits_to_move(op);
    op->from_right = op->kind == OP_BRPOP;
    if (moves || op->kind == OP_BLMPOP) op->from_right = random_below(random, 2);
    op->to_right = moves && random_below(random, 2);
    if (op->kind == OP_BLMPOP || op->kind == OP_BLMOVEM)
        op->count = 1 + (uint8_t)random_below(random, 3);
    op->exactly = op->kind == OP_BLMOVEM && random_below(random, 2);
    op->in_bulk = op->kind == OP_BLMOVEM && random_below(random, 2);
    if (op_waits(op) && random_below(random, 2))
        op->wait_ms = 1 + (uint32_t)random_below(random, 60);
}

/* --- bytes -------------------------------------------------------------------------------- */

static void add_number(struct text *text, uint32_t number)
{
    char word[16];
    sprintf(word, "%u", number);
    workload_add(text, word);
}

/* Some as words, some as numbers: a set is an intset, and becomes something else. */
static void add_member(struct text *text, uint32_t member)
{
    char word[16];
    sprintf(word, member < HISTORY_MEMBERS / 2 ? "%u" : "m%u", member);
    workload_add(text, word);
}

static void add_keys(struct text *text, const struct op *op)
{
    for (uint32_t i = 0; i < op->key_count; i++) {
        workload_add(text, workload_keys[op->keys[i]]);
        if (op->kind == OP_ZUNIONSTORE && i == 0) workload_add(text, "2");
    }
}

/* In seconds. */
static void add_timeout(struct text *text, const struct op *op)
{
    char word[16];
    sprintf(word, "%u.%03u", op->wait_ms / 1000, op->wait_ms % 1000);
    workload_add(text, op->wait_ms ? word : "0");
}

static void add_blmpop(struct text *text, const struct op *op)
{
    add_timeout(text, op);
    add_number(text, op->key_count);
    add_keys(text, op);
    workload_add(text, op->from_right ? "RIGHT" : "LEFT");
    workload_add(text, "COUNT");
    add_number(text, op->count);
}

static void add_how_many(struct text *text, const struct op *op)
{
    workload_add(text, op->exactly ? "EXACTLY" : "COUNT");
    add_number(text, op->count);
    workload_add(text, op->in_bulk ? "BULK" : "OBO");
}

void workload_add_members(struct text *text, const struct op *op)
{
    if (op->kind == OP_BLMPOP) {
        add_blmpop(text, op);
        return;
    }
    add_keys(text, op);
    switch (op->kind) {
    case OP_BLPOP:
    case OP_BRPOP:
    case OP_BZPOPMIN:
    case OP_BZPOPMAX: add_timeout(text, op); return;
    case OP_LPUSH:
    case OP_RPUSH: add_number(text, op->members); return;
    case OP_LMOVE:
    case OP_BLMOVE:
    case OP_BLMOVEM:
        workload_add(text, op->from_right ? "RIGHT" : "LEFT");
        workload_add(text, op->to_right ? "RIGHT" : "LEFT");
        if (op_waits_to_move(op)) add_timeout(text, op);
        if (op->kind == OP_BLMOVEM) add_how_many(text, op);
        return;
    case OP_LRANGE:
    case OP_ZRANGE:
        workload_add(text, "0");
        workload_add(text, "-1");
        if (op->kind == OP_ZRANGE) workload_add(text, "WITHSCORES");
        return;
    default:
        for (uint32_t member = 0; member < HISTORY_MEMBERS; member++)
            if (op->members >> member & 1) add_member(text, member);
    }
}

/* --- replies ------------------------------------------------------------------------------ */

/* A member's bit in `*mask`; -1 if it is none, or is in `others` already. */
static long read_member(const char *bytes, size_t len, int32_t others, int32_t *mask)
{
    long size = 0, line = workload_read_line(bytes, len, &size);
    if (!line) return 0;
    if (*bytes != '$' || size < 1 || size > 3) return -1;
    if (len < (size_t)(line + size + 2)) return 0;
    for (uint32_t member = 0; member < HISTORY_MEMBERS; member++) {
        char word[32];
        struct text text = {word, 0};
        add_member(&text, member);
        if (text.at - word != line + size + 2 || memcmp(word, bytes, (size_t)(line + size + 2)))
            continue;
        *mask = 1 << member;
        return others & *mask ? -1 : line + size + 2;
    }
    return -1;
}

/* Each once. */
static long read_set(struct op *op, const char *bytes, size_t len)
{
    long count = 0, at = workload_read_line(bytes, len, &count);
    if (!at) return 0;
    if (*bytes != '*' || count > HISTORY_MEMBERS) return -1;
    op->reply[0] = 0;
    for (long i = 0; i < count; i++) {
        int32_t mask = 0;
        long part = read_member(bytes + at, len - (size_t)at, op->reply[0], &mask);
        if (part <= 0) return part;
        op->reply[0] |= mask;
        at += part;
    }
    return at;
}

/* Members and scores. */
static long read_scores(struct op *op, const char *bytes, size_t len)
{
    long count = 0, at = workload_read_line(bytes, len, &count);
    if (!at) return 0;
    if (*bytes != '*' || count > HISTORY_MEMBERS * 2 || count % 2) return -1;
    op->reply[0] = op->reply[1] = 0;
    for (long i = 0; i < count; i += 2) {
        int32_t mask = 0, score = 0;
        long part = read_member(bytes + at, len - (size_t)at, op->reply[0] | op->reply[1], &mask);
        if (part <= 0) return part;
        at += part;
        part = workload_read_value(bytes + at, len - (size_t)at, &score);
        if (part <= 0) return part;
        at += part;
        if (score < 1 || score > 2) return -1;
        op->reply[score - 1] |= mask;
    }
    return at;
}

static long read_list(struct op *op, const char *bytes, size_t len)
{
    long count = 0, at = workload_read_line(bytes, len, &count);
    if (!at) return 0;
    if (*bytes != '*' || count > HISTORY_ELEMENTS) return -1;
    uint64_t list = 0;
    for (long i = 0; i < count; i++) {
        int32_t element = 0;
        long part = workload_read_value(bytes + at, len - (size_t)at, &element);
        if (part <= 0) return part;
        if (element < 1 || element > HISTORY_ELEMENTS) return -1;
        list |= (uint64_t)element << 4 * i;
        at += part;
    }
    op->reply[0] = (int32_t)(uint32_t)list;
    op->reply[1] = (int32_t)(uint32_t)(list >> 32);
    return at;
}

static long read_element(struct op *op, const char *bytes, size_t len)
{
    long used = workload_read_value(bytes, len, &op->reply[0]);
    if (used <= 0) return used;
    return op->reply[0] < 0 || op->reply[0] > HISTORY_ELEMENTS ? -1 : used;
}

/* A member, or none. */
static long read_popped(struct op *op, const char *bytes, size_t len)
{
    long used = workload_read_value(bytes, len, &op->reply[0]);
    bool is_none = *bytes == '_' || bytes[1] == '-';
    return used <= 0 || is_none ? used : read_member(bytes, len, 0, &op->reply[0]);
}

/* A null of either kind, or that the client was unblocked: its length. 0: neither. */
static long read_in_vain(struct op *op, const char *bytes, long line)
{
    static const char unblocked[] = "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n";
    op->reply[3] = workload_is_line(bytes, line, unblocked);
    bool is_null =
        workload_is_line(bytes, line, "*-1\r\n") || workload_is_line(bytes, line, "$-1\r\n");
    return is_null || op->reply[3] ? line : 0;
}

/* The key, by its number among those of the command. */
static long read_own_key(struct op *op, const char *bytes, size_t len)
{
    int32_t number = 0;
    long used = workload_read_key(bytes, len, &number);
    if (used <= 0) return used;
    const uint8_t *key = number ? memchr(op->keys, number - 1, op->key_count) : NULL;
    if (!key) return -1;
    op->reply[2] = (int32_t)(key - op->keys) + 1;
    return used;
}

/* A member and its score. */
static long read_scored(struct op *op, const char *bytes, size_t len)
{
    long at = read_member(bytes, len, 0, &op->reply[0]);
    if (at <= 0) return at;
    long rest = workload_read_value(bytes + at, len - (size_t)at, &op->reply[1]);
    return rest > 0 ? at + rest : rest;
}

/* What stands behind the key. */
static long read_taken(struct op *op, const char *bytes, size_t len)
{
    switch (op->kind) {
    case OP_BLMPOP: return read_list(op, bytes, len);
    case OP_BZPOPMIN:
    case OP_BZPOPMAX: return read_scored(op, bytes, len);
    default: return read_element(op, bytes, len);
    }
}

/* An element, or a key and what was taken from it. */
static long read_waited(struct op *op, const char *bytes, size_t len)
{
    long number = 0, line = workload_read_line(bytes, len, &number);
    if (!line) return 0;
    memset(op->reply, 0, sizeof op->reply);
    if (read_in_vain(op, bytes, line)) return line;
    op->reply[2] = 1;
    if (op->kind == OP_BLMOVE) return read_element(op, bytes, len);
    if (op->kind == OP_BLMOVEM) return read_list(op, bytes, len);
    bool has_score = op->kind == OP_BZPOPMIN || op->kind == OP_BZPOPMAX;
    if (*bytes != '*' || number != 2 + has_score) return -1;
    long key = read_own_key(op, bytes + line, len - (size_t)line), at = line + key;
    if (key <= 0) return key;
    if (len <= (size_t)at) return 0;
    long rest = read_taken(op, bytes + at, len - (size_t)at);
    return rest > 0 ? at + rest : rest;
}

long workload_read_members(struct op *op, const char *bytes, size_t len)
{
    switch (op->kind) {
    case OP_SMEMBERS:
    case OP_SUNION: return read_set(op, bytes, len);
    case OP_SPOP: return read_popped(op, bytes, len);
    case OP_ZRANGE: return read_scores(op, bytes, len);
    case OP_LRANGE: return read_list(op, bytes, len);
    case OP_BLPOP:
    case OP_BRPOP:
    case OP_BLMPOP:
    case OP_BLMOVE:
    case OP_BLMOVEM:
    case OP_BZPOPMIN:
    case OP_BZPOPMAX: return read_waited(op, bytes, len);
    case OP_LPOP:
    case OP_RPOP:
    case OP_LMOVE: return read_element(op, bytes, len);
    default: return workload_read_number(op, bytes, len);
    }
}
