#include <stdio.h>

#include "history/members.h"

static const char *const kind_names[OP_KIND_COUNT] = {
    "GET",         "SET",         "SET..GET",       "SET..NX",  "SETNX",     "SET..PX",  "INCRBY",
    "GETDEL",      "GETEX",       "GETEX..PERSIST", "PEXPIRE",  "PERSIST",   "PTTL",     "DEL",
    "UNLINK",      "EXISTS",      "MGET",           "MSET",     "MSETNX",    "RENAME",   "RENAMENX",
    "COPY",        "MOVE",        "SELECT",         "SWAPDB",   "FLUSHDB",   "FLUSHALL", "DBSIZE",
    "KEYS",        "RANDOMKEY",   "SCAN",           "ID",       "WATCH",     "UNWATCH",  "MULTI",
    "SADD",        "SREM",        "SPOP",           "SMOVE",    "SISMEMBER", "SMEMBERS", "SUNION",
    "SUNIONSTORE", "SINTERSTORE", "ZUNIONSTORE",    "ZCARD",    "ZRANGE",    "LPUSH",    "RPUSH",
    "LPOP",        "RPOP",        "LMOVE",          "LRANGE",   "BLPOP",     "BRPOP",    "BLMPOP",
    "BLMOVE",      "BLMOVEM",     "BZPOPMIN",       "BZPOPMAX",
};

static char key_letter(const struct op *op, uint32_t i)
{
    if (op->keys[i] < FIRST_SET) return 'k';
    return op->keys[i] < FIRST_LIST ? 's' : op->keys[i] < UNION_KEY ? 'l' : 'z';
}

void op_print(const struct op *op, uint32_t conn, char *out, size_t size)
{
    int len = snprintf(out, size, "c%u %s%s", conn, op->is_part ? "| " : "", kind_names[op->kind]);
    if (op->closes)
        len += snprintf(out + len, size - (size_t)len, " (%s)",
                        op->closes == BLOCK_EXEC ? "EXEC" : "DISCARD");
    if (op->db) len += snprintf(out + len, size - (size_t)len, " in %u", op->db);
    if (op->to_db) len += snprintf(out + len, size - (size_t)len, " to %u", op->to_db);
    if (op->increment) len += snprintf(out + len, size - (size_t)len, " +%u", op->increment);
    for (uint32_t i = 0; i < op->key_count; i++) {
        len += snprintf(out + len, size - (size_t)len, " %c%u", key_letter(op, i), op->keys[i]);
        if (op->values[i]) len += snprintf(out + len, size - (size_t)len, "=%u", op->values[i]);
    }
    if (op->expiry_ms) len += snprintf(out + len, size - (size_t)len, " %u ms", op->expiry_ms);
    if (op->members) len += snprintf(out + len, size - (size_t)len, " 0x%x", op->members);
    if (op->wait_ms) len += snprintf(out + len, size - (size_t)len, " for %u ms", op->wait_ms);
    if (op->count) len += snprintf(out + len, size - (size_t)len, " count %u", op->count);
    if (op->exactly || op->in_bulk)
        len += snprintf(out + len, size - (size_t)len, "%s%s", op->exactly ? " exactly" : "",
                        op->in_bulk ? " in bulk" : "");
    if (op->kind == OP_LMOVE || op_waits(op))
        len += snprintf(out + len, size - (size_t)len, " %s to %s",
                        op->from_right ? "right" : "left", op->to_right ? "right" : "left");
    if (!op->is_answered) {
        snprintf(out + len, size - (size_t)len, " -> ? [%lld..]", (long long)op->sent_ns);
        return;
    }
    len += snprintf(out + len, size - (size_t)len, " ->");
    bool has_masks = op->kind == OP_ZRANGE || op->kind == OP_LRANGE;
    uint32_t replies = op->kind == OP_MGET || op_waits(op) ? OP_KEYS_MAX : has_masks ? 2 : 1;
    if (op->kind == OP_MGET) replies = op->key_count;
    for (uint32_t i = 0; i < replies; i++)
        len += snprintf(out + len, size - (size_t)len, " %d", op->reply[i]);
    snprintf(out + len, size - (size_t)len, " [%lld..%lld]", (long long)op->sent_ns,
             (long long)op->answered_ns);
}

void history_print(const struct history *history, const uint32_t *explained)
{
    char line[256];
    for (uint32_t c = 0; c < history->conn_count; c++)
        for (uint32_t i = 0; i < history->conns[c].count; i++) {
            op_print(&history->conns[c].ops[i], c, line, sizeof line);
            printf("  %s %s\n", i < explained[c] ? "  " : "??", line);
        }
}
