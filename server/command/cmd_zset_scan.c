/* ZSCAN: some members with each call. */
#include "command/cmd_zset_parts.h"
#include "command/element_scan.h"

struct scanning {
    struct element_scan *scan;
    const struct value *set;
};

static void write_member(void *context, const struct zset_element *element)
{
    const struct scanning *scanning = context;
    struct element_scan *scan = scanning->scan;
    struct writer *out = &scan->call->out;
    if (!element_scan_wants(scan, element->member)) return;
    writer_bulk(out, element->member);
    scan->written++;
    if (scan->is_bare) return;
    char text[NUMBER_DOUBLE_MAX];
    size_t len = zset_write_score(scanning->set, element->score, text);
    writer_bulk(out, bytes_make(text, len));
    scan->written++;
}

static uint32_t scan_some(struct element_scan *scan, const void *context, uint32_t cursor)
{
    struct scanning scanning = {scan, context};
    return zset_scan(context, cursor, write_member, &scanning);
}

struct outcome cmd_zscan(struct call *call)
{
    struct element_scan scan;
    struct collection set;
    struct outcome problem;
    if (!element_scan_begin(call, &scan, &problem)) return problem;
    if (!collection_read(call, 1, VALUE_ZSET, &set)) return reply_wrong_type(call);
    if (!set.entry) return element_scan_reply_empty(call);
    if (!element_scan_options(&scan, "noscores", &problem)) return problem;
    uint64_t work = element_scan_work(&scan, zset_count(&set.value)) * 4;
    if (call_is_long(call, work)) return call_run_long(call);
    return element_scan_reply(&scan, scan_some, &set.value);
}
