#include "command/cmd_hash_parts.h"
#include "command/element_scan.h"

enum parts { FIELDS = 1, VALUES = 2 };

static void write_parts(struct writer *out, const struct hash_entry *entry, unsigned parts)
{
    if (parts & FIELDS) writer_bulk(out, entry->field);
    if (parts & VALUES) writer_bulk(out, entry->value);
}

static uint64_t write_entries(struct call *call, const struct value *hash, unsigned parts)
{
    struct hash_cursor cursor;
    struct hash_entry entry;
    uint64_t count = 0;
    hash_begin(&cursor, hash, call->now_ms);
    for (; hash_next(&cursor, &entry); count++) {
        write_parts(&call->out, &entry, parts);
        breathe(call->breath, 1 + (entry.field.len + entry.value.len) / 64);
    }
    return count;
}

/* Where some fields have expired, nobody knows yet how many are left. */
static void write_uncounted(struct call *call, const struct value *hash, unsigned parts)
{
    struct writer *out = &call->out;
    struct chunk *hole = writer_hole(out);
    uint64_t count = write_entries(call, hash, parts);
    if (parts == (FIELDS | VALUES))
        writer_close_map(out, hole, count);
    else
        writer_close_array(out, hole, count);
}

static struct outcome reply_all(struct call *call, unsigned parts)
{
    struct collection hash;
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    if (call_is_long(call, hash_work(&hash.value))) return call_run_long(call);
    if (unlikely(hash_is_due(call, &hash.value))) {
        write_uncounted(call, &hash.value, parts);
        return reply_written(call);
    }
    uint64_t count = value_count(&hash.value);
    if (parts == (FIELDS | VALUES))
        writer_map(&call->out, count);
    else
        writer_array(&call->out, count);
    write_entries(call, &hash.value, parts);
    return reply_written(call);
}

struct outcome cmd_hgetall(struct call *call)
{
    return reply_all(call, FIELDS | VALUES);
}

struct outcome cmd_hkeys(struct call *call)
{
    return reply_all(call, FIELDS);
}

struct outcome cmd_hvals(struct call *call)
{
    return reply_all(call, VALUES);
}

/* HSCAN. */

static void visit(void *context, const struct hash_entry *entry)
{
    struct element_scan *scan = context;
    if (!element_scan_wants(scan, entry->field)) return;
    write_parts(&scan->call->out, entry, scan->is_bare ? FIELDS : FIELDS | VALUES);
    scan->written += scan->is_bare ? 1 : 2;
}

static uint32_t step(struct element_scan *scan, const void *context, uint32_t cursor)
{
    return hash_scan(context, cursor, scan->call->now_ms, visit, scan);
}

struct outcome cmd_hscan(struct call *call)
{
    struct element_scan scan;
    struct outcome problem;
    struct collection hash;
    if (!element_scan_begin(call, &scan, &problem)) return problem;
    if (!hash_read(call, &hash)) return reply_wrong_type(call);
    if (!hash.entry) return element_scan_reply_empty(call);
    if (!element_scan_options(&scan, "novalues", &problem)) return problem;
    uint64_t work = element_scan_work(&scan, value_count(&hash.value));
    if (call_is_long(call, work)) return call_run_long(call);
    return element_scan_reply(&scan, step, &hash.value);
}
