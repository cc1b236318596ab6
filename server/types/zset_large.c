/* The large form of a sorted set: items in a table by member, and in a tree by score. */
#include "base/check.h"
#include "mem/mem.h"
#include "types/zset_parts.h"

enum { FREED_AT_ONCE = 512, REMOVED_AT_ONCE = 256, BYTES_A_UNIT = 64 };

/* --- Items ------------------------------------------------------------------------------------ */

static size_t item_size(size_t member_len)
{
    size_t head = sizeof(double) + (member_len < ZSET_ITEM_LONG ? 0 : sizeof(uint32_t));
    size_t size = head + member_len;
    return size < 16 ? 16 : size; /* classes from 16 on are multiples of it */
}

static struct zset_item *item_new(struct zset *zset, struct bytes member, double score)
{
    size_t size = item_size(member.len);
    uint8_t *block = mem_alloc(size), *to = block + sizeof score;
    DEBUG_ASSERT(((uintptr_t)block & 15) == 0 && member.len <= ZSET_MEMBER_MAX);
    zset->item_bytes += mem_block_size(size);
    memcpy(block, &score, sizeof score);
    uint32_t len = (uint32_t)member.len;
    if (len >= ZSET_ITEM_LONG) {
        memcpy(to, &len, sizeof len);
        to += sizeof len;
    }
    if (len) memcpy(to, member.ptr, len);
    uintptr_t tag = len < ZSET_ITEM_LONG ? len : ZSET_ITEM_LONG;
    return (struct zset_item *)((uintptr_t)block | tag);
}

static void item_free(struct zset *zset, struct zset_item *item)
{
    size_t size = item_size(zset_item_member(item).len);
    zset->item_bytes -= mem_block_size(size);
    mem_free(zset_item_block(item), size);
}

static struct bytes member_of(const void *item)
{
    return zset_item_member(item);
}

static bool is_member(const void *item, const void *member)
{
    return bytes_equal(zset_item_member(item), *(const struct bytes *)member);
}

static uint64_t hash_item(void *context, const void *item)
{
    return zset_large_hash(context, zset_item_member(item));
}

static struct table_owner owner_of(struct zset *zset)
{
    return (struct table_owner){.hash = hash_item, .context = zset};
}

static struct counted_entry entry_of(struct zset_item *item)
{
    return (struct counted_entry){*zset_item_score(item), item};
}

/* --- One element ------------------------------------------------------------------------------ */

void zset_large_begin_tree(struct zset *zset)
{
    zset->tree = counted_btree_new(member_of, (struct counted_limits){0, 0});
}

struct zset *zset_large_new(bool with_tree)
{
    struct zset *zset = mem_alloc_zero(sizeof *zset);
    random_secret(&zset->key, sizeof zset->key);
    if (with_tree) zset_large_begin_tree(zset);
    return zset;
}

struct zset_item *zset_large_find(const struct zset *zset, struct bytes member, uint64_t hash)
{
    return table_find(&zset->table, hash, is_member, &member);
}

struct zset_item *zset_large_put(struct zset *zset, struct bytes member, uint64_t hash,
                                 double score)
{
    struct zset_item *item = item_new(zset, member, score);
    struct table_owner owner = owner_of(zset);
    table_insert(&zset->table, hash, item, &owner);
    return item;
}

void zset_large_append(struct zset *zset, struct bytes member, double score)
{
    uint64_t hash = zset_large_hash(zset, member);
    counted_btree_append(zset->tree, entry_of(zset_large_put(zset, member, hash, score)));
}

uint64_t zset_large_rank(const struct zset *zset, const struct zset_item *item)
{
    struct counted_key key = {*zset_item_score(item), COUNTED_AT_MEMBER, zset_item_member(item)};
    return counted_btree_rank(zset->tree, &key);
}

static void take_from_tree(struct zset *zset, const struct zset_item *item)
{
    uint64_t rank = zset_large_rank(zset, item);
    counted_btree_remove_range(zset->tree, rank, 1, NULL, NULL);
}

enum zset_outcome zset_large_add(struct zset *zset, struct bytes member, double *score,
                                 unsigned flags)
{
    uint64_t hash = zset_large_hash(zset, member);
    struct zset_item *item = zset_large_find(zset, member, hash);
    if (!item) {
        if (flags & ZSET_XX) return ZSET_REFUSED;
        item = zset_large_put(zset, member, hash, *score);
        counted_btree_insert(zset->tree, entry_of(item));
        return ZSET_ADDED;
    }
    enum zset_outcome outcome = zset_settle(flags, *zset_item_score(item), score);
    if (outcome != ZSET_UPDATED) return outcome;
    take_from_tree(zset, item);
    *zset_item_score(item) = *score;
    counted_btree_insert(zset->tree, entry_of(item));
    return ZSET_UPDATED;
}

static void drop_from_table(struct zset *zset, struct zset_item *item, uint64_t hash)
{
    struct table_owner owner = owner_of(zset);
    table_remove(&zset->table, hash, item, &owner);
    item_free(zset, item);
}

bool zset_large_remove(struct zset *zset, struct bytes member)
{
    uint64_t hash = zset_large_hash(zset, member);
    struct zset_item *item = zset_large_find(zset, member, hash);
    if (!item) return false;
    take_from_tree(zset, item);
    drop_from_table(zset, item, hash);
    return true;
}

/* --- Ranges ----------------------------------------------------------------------------------- */

static void on_removed(void *context, void *item)
{
    drop_from_table(context, item, hash_item(context, item));
}

void zset_large_remove_range(struct zset *zset, struct zset_range range, struct breath *breath)
{
    uint64_t left = zset_range_count(range), done;
    for (; left; left -= done) {
        uint64_t count = left < REMOVED_AT_ONCE ? left : REMOVED_AT_ONCE;
        done = counted_btree_remove_range(zset->tree, range.start, count, on_removed, zset);
        if (!done) break;
        breathe(breath, done * 10);
    }
}

struct zset_range zset_large_scores(const struct zset *zset, const struct zset_scores *scores)
{
    struct counted_key start = {.score = scores->min}, end = {.score = scores->max};
    start.edge = scores->min_excluded ? COUNTED_AFTER_ALL : COUNTED_BEFORE_ALL;
    end.edge = scores->max_excluded ? COUNTED_BEFORE_ALL : COUNTED_AFTER_ALL;
    return (struct zset_range){counted_btree_rank(zset->tree, &start),
                               counted_btree_rank(zset->tree, &end)};
}

/* How many members come before the one of the bound; it itself counts, if `with_it`. */
static uint64_t lex_rank(const struct zset *zset, const struct zset_lex_bound *bound, bool with_it)
{
    if (bound->end == ZSET_LEX_FIRST) return 0;
    if (bound->end == ZSET_LEX_LAST) return zset->table.count;
    struct counted_key key = {0, COUNTED_AT_MEMBER_ALONE, bound->member};
    uint64_t rank = counted_btree_rank(zset->tree, &key);
    struct counted_cursor place = counted_btree_at(zset->tree, rank);
    if (!with_it || !place.leaf) return rank;
    struct counted_entry entry = counted_cursor_entry(&place);
    return rank + bytes_equal(zset_item_member(entry.item), bound->member);
}

struct zset_range zset_large_lex(const struct zset *zset, const struct zset_lex *lex)
{
    return (struct zset_range){lex_rank(zset, &lex->min, lex->min.end == ZSET_LEX_EXCLUDED),
                               lex_rank(zset, &lex->max, lex->max.end == ZSET_LEX_INCLUDED)};
}

/* --- The whole -------------------------------------------------------------------------------- */

uint64_t zset_large_count(const void *object)
{
    return ((const struct zset *)object)->table.count;
}

static void free_item(void *context, void *item)
{
    item_free(context, item);
}

static void pass_over(void *context, void *item)
{
    (void)context;
    (void)item;
}

/* Items go with the tree, and the table then points to nothing; without a tree, with the table. */
bool zset_large_free_some(void *object, uint64_t *work)
{
    struct zset *zset = object;
    uint64_t done = 1;
    for (; *work && zset->tree && done; *work -= done < *work ? done : *work)
        done = counted_btree_remove_range(zset->tree, 0, FREED_AT_ONCE, free_item, zset);
    table_visit *visit = zset->tree ? pass_over : free_item;
    for (; *work; *work -= *work < TABLE_LANES ? *work : TABLE_LANES) {
        if (table_drain(&zset->table, visit, zset)) continue;
        DEBUG_ASSERT(zset->item_bytes == 0);
        counted_btree_free(zset->tree);
        mem_free(zset, sizeof *zset);
        return true;
    }
    return false;
}

void *zset_large_copy(const void *object, struct breath *breath)
{
    const struct zset *zset = object;
    struct zset *copy = zset_large_new(true);
    struct counted_cursor place = counted_btree_at(zset->tree, 0);
    for (; place.leaf; counted_cursor_next(&place)) {
        struct counted_entry entry = counted_cursor_entry(&place);
        zset_large_append(copy, zset_item_member(entry.item), entry.score);
        breathe(breath, 12 + zset_item_member(entry.item).len / BYTES_A_UNIT);
    }
    return copy;
}

size_t zset_large_block_size(const void *object)
{
    const struct zset *zset = object;
    return mem_block_size(sizeof *zset) + counted_btree_block_size(zset->tree) +
           table_block_size(&zset->table) + zset->item_bytes;
}

void zset_large_check(const void *object)
{
    struct zset *zset = (struct zset *)object; /* table_owner knows no const */
    struct table_owner owner = owner_of(zset);
    uint64_t bytes = 0, count = 0;
    table_check(&zset->table, &owner);
    counted_btree_check(zset->tree);
    struct counted_cursor place = counted_btree_at(zset->tree, 0);
    for (; place.leaf; counted_cursor_next(&place), count++) {
        struct counted_entry entry = counted_cursor_entry(&place);
        struct bytes member = zset_item_member(entry.item);
        ASSERT(*zset_item_score(entry.item) == entry.score);
        ASSERT(zset_large_find(zset, member, hash_item(zset, entry.item)) == entry.item);
        bytes += mem_block_size(item_size(member.len));
    }
    ASSERT(count == zset->table.count && bytes == zset->item_bytes);
}
