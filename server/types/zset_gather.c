#include "types/zset_gather.h"

#include "base/check.h"
#include "mem/mem.h"
#include "types/zset_parts.h"

enum { RUN_LEN = 8, MERGED_AT_ONCE = 256, COPIED_AT_ONCE = 4096, FREED_AT_ONCE = 4096 };

void zset_gather_init(struct zset_gather *gather)
{
    *gather = (struct zset_gather){.zset = zset_large_new(false)};
}

void zset_gather_fini(struct zset_gather *gather, struct breath *breath)
{
    if (!gather->zset) return;
    for (;;) {
        uint64_t work = FREED_AT_ONCE;
        if (zset_large_free_some(gather->zset, &work)) break;
        breathe(breath, 4 * FREED_AT_ONCE);
    }
    gather->zset = NULL;
}

uint64_t zset_gather_count(const struct zset_gather *gather)
{
    return gather->zset->table.count;
}

struct zset_gathered zset_gather_at(struct zset_gather *gather, struct bytes member, double score)
{
    uint64_t hash = zset_large_hash(gather->zset, member);
    struct zset_item *item = zset_large_find(gather->zset, member, hash);
    if (item) return (struct zset_gathered){zset_item_score(item), false};
    item = zset_large_put(gather->zset, member, hash, score);
    gather->member_bytes += member.len;
    if (member.len > gather->longest_member) gather->longest_member = member.len;
    return (struct zset_gathered){zset_item_score(item), true};
}

bool zset_gather_has(const struct zset_gather *gather, struct bytes member)
{
    uint64_t hash = zset_large_hash(gather->zset, member);
    return zset_large_find(gather->zset, member, hash) != NULL;
}

/* --- Sorting: runs of a few by insertion, then merged from one array into the other ------------
 */

struct entries {
    struct counted_entry *ptr;
    size_t count, room;
    struct breath *breath;
};

static bool is_before(const struct counted_entry *a, const struct counted_entry *b)
{
    if (a->score != b->score) return a->score < b->score;
    return bytes_compare(zset_item_member(a->item), zset_item_member(b->item)) < 0;
}

static void sort_run(struct counted_entry *run, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct counted_entry entry = run[i];
        size_t at = i;
        for (; at > 0 && is_before(&entry, &run[at - 1]); at--)
            run[at] = run[at - 1];
        run[at] = entry;
    }
}

static struct counted_entry *copy(struct counted_entry *out, const struct counted_entry *from,
                                  const struct counted_entry *end, struct breath *breath)
{
    while (from < end) {
        size_t left = (size_t)(end - from), count = left < COPIED_AT_ONCE ? left : COPIED_AT_ONCE;
        memcpy(out, from, count * sizeof *out);
        out += count, from += count;
        breathe(breath, count / 8);
    }
    return out;
}

struct run {
    const struct counted_entry *start, *middle, *end;
};

/* Two neighbouring runs into one. */
static void merge(struct counted_entry *out, struct run run, struct breath *breath)
{
    const struct counted_entry *left = run.start, *right = run.middle;
    bool in_order = right == run.end || !is_before(right, right - 1);
    while (!in_order && left < run.middle && right < run.end) {
        for (int i = 0; i < MERGED_AT_ONCE && left < run.middle && right < run.end; i++)
            *out++ = is_before(right, left) ? *right++ : *left++;
        breathe(breath, MERGED_AT_ONCE / 2);
    }
    out = copy(out, left, run.middle, breath);
    copy(out, right, run.end, breath);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void merge_runs(struct counted_entry *to, const struct entries *entries, size_t half)
{
    const struct counted_entry *from = entries->ptr;
    for (size_t i = 0; i < entries->count; i += half * 2) {
        size_t left = entries->count - i;
        struct run run = {from + i, from + i + smaller(half, left),
                          from + i + smaller(half * 2, left)};
        merge(to + i, run, entries->breath);
    }
}

static void sort(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i += RUN_LEN) {
        sort_run(entries->ptr + i, smaller(RUN_LEN, entries->count - i));
        breathe(entries->breath, RUN_LEN);
    }
    if (entries->count <= RUN_LEN) return;
    size_t size = entries->room * sizeof *entries->ptr;
    struct counted_entry *to = mem_alloc_bulk(size);
    for (size_t half = RUN_LEN; half < entries->count; half *= 2) {
        merge_runs(to, entries, half);
        struct counted_entry *from = entries->ptr;
        entries->ptr = to;
        to = from;
    }
    mem_empty(to, size, entries->breath);
    mem_free_bulk(to, size);
}

/* --- Finishing -------------------------------------------------------------------------------- */

static void take_item(void *context, void *item)
{
    struct entries *entries = context;
    entries->ptr[entries->count++] = (struct counted_entry){*zset_item_score(item), item};
}

static struct entries sorted_entries(const struct zset *zset, struct breath *breath)
{
    const struct table *table = &zset->table;
    struct entries entries = {.room = table->count + 1, .breath = breath};
    entries.ptr = mem_alloc_bulk(entries.room * sizeof *entries.ptr);
    for (uint32_t i = 0; i < table->bucket_count; i++) {
        table_visit_bucket(table, i, take_item, &entries);
        breathe(breath, 4 * TABLE_LANES);
    }
    sort(&entries);
    return entries;
}

static struct value make_small(const struct entries *entries)
{
    struct value set = value_new(VALUE_ZSET);
    for (size_t i = 0; i < entries->count; i++)
        zset_pack_append(&set.pack, zset_item_member(entries->ptr[i].item), entries->ptr[i].score);
    return set;
}

static struct value make_large(struct zset *zset, const struct entries *entries)
{
    zset_large_begin_tree(zset);
    for (size_t i = 0; i < entries->count; i++) {
        counted_btree_append(zset->tree, entries->ptr[i]);
        breathe(entries->breath, 2);
    }
    return (struct value){VALUE_ZSET, VALUE_OBJECT, {.zset = zset}};
}

struct value zset_gather_finish(struct zset_gather *gather, const struct type_limits *limits,
                                struct breath *breath)
{
    uint64_t count = zset_gather_count(gather);
    struct entries entries = sorted_entries(gather->zset, breath);
    bool small =
        limits && zset_pack_allows(limits, count, gather->longest_member, gather->member_bytes);
    struct value set = small ? make_small(&entries) : make_large(gather->zset, &entries);
    mem_empty(entries.ptr, entries.room * sizeof *entries.ptr, breath);
    mem_free_bulk(entries.ptr, entries.room * sizeof *entries.ptr);
    if (small) zset_gather_fini(gather, breath);
    gather->zset = NULL;
    return set;
}
