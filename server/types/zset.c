#include "types/zset.h"

#include <math.h>

#include "base/check.h"
#include "types/zset_parts.h"

const struct value_class zset_class = {
    .large_name = "skiplist", /* what clients know, though it is none */
    .pack_step = 2,
    .count = zset_large_count,
    .free_some = zset_large_free_some,
    .copy = zset_large_copy,
    .block_size = zset_large_block_size,
    .check = zset_large_check,
    .digest = zset_digest,
    .dump = zset_dump,
    .restore = zset_restore,
};

static bool is_small(const struct value *set)
{
    return set->encoding == VALUE_LISTPACK;
}

bool zset_score(const struct value *set, struct bytes member, double *score)
{
    if (is_small(set)) return zset_pack_find(set->pack, member, score) != 0;
    uint64_t hash = zset_large_hash(set->zset, member);
    const struct zset_item *item = zset_large_find(set->zset, member, hash);
    if (item) *score = *zset_item_score(item);
    return item != NULL;
}

bool zset_rank(const struct value *set, struct bytes member, uint64_t *rank, double *score)
{
    if (is_small(set)) {
        uint32_t at = zset_pack_find(set->pack, member, score);
        if (at) *rank = zset_pack_rank(set->pack, at);
        return at != 0;
    }
    uint64_t hash = zset_large_hash(set->zset, member);
    const struct zset_item *item = zset_large_find(set->zset, member, hash);
    if (!item) return false;
    *score = *zset_item_score(item);
    *rank = zset_large_rank(set->zset, item);
    return true;
}

/* --- Adding and removing ---------------------------------------------------------------------- */

enum zset_outcome zset_settle(unsigned flags, double old, double *score)
{
    if (flags & ZSET_NX) return ZSET_REFUSED;
    if (flags & ZSET_INCR) {
        *score += old;
        if (isnan(*score)) return ZSET_NAN;
    }
    if (flags & ZSET_LT && *score >= old) return ZSET_REFUSED;
    if (flags & ZSET_GT && *score <= old) return ZSET_REFUSED;
    return *score == old ? ZSET_SAME : ZSET_UPDATED;
}

static void make_large(struct value *set)
{
    struct zset *zset = zset_large_new(true);
    struct zset_cursor cursor;
    struct zset_element element;
    zset_begin(&cursor, set, 0);
    while (zset_next(&cursor, &element))
        zset_large_append(zset, element.member, element.score);
    listpack_free(set->pack);
    set->encoding = VALUE_OBJECT;
    set->zset = zset;
}

static bool stays_small(const struct value *set, struct bytes member,
                        const struct type_limits *limits)
{
    uint64_t bytes = listpack_view(set->pack).len + (uint64_t)member.len;
    return zset_pack_allows(limits, zset_count(set) + 1, member.len, bytes);
}

static enum zset_outcome update_small(struct value *set, uint32_t at, struct bytes member,
                                      double score)
{
    listpack_remove(&set->pack, at, 2);
    zset_pack_insert(&set->pack, member, score);
    return ZSET_UPDATED;
}

enum zset_outcome zset_add(struct value *set, struct bytes member, double *score, unsigned flags,
                           const struct type_limits *limits)
{
    if (!is_small(set)) return zset_large_add(set->zset, member, score, flags);
    double old;
    uint32_t at = zset_pack_find(set->pack, member, &old);
    if (at) {
        enum zset_outcome outcome = zset_settle(flags, old, score);
        return outcome == ZSET_UPDATED ? update_small(set, at, member, *score) : outcome;
    }
    if (flags & ZSET_XX) return ZSET_REFUSED;
    if (stays_small(set, member, limits)) {
        zset_pack_insert(&set->pack, member, *score);
        return ZSET_ADDED;
    }
    make_large(set);
    return zset_large_add(set->zset, member, score, flags);
}

bool zset_remove(struct value *set, struct bytes member)
{
    if (!is_small(set)) return zset_large_remove(set->zset, member);
    double score;
    uint32_t at = zset_pack_find(set->pack, member, &score);
    if (at) listpack_remove(&set->pack, at, 2);
    return at != 0;
}

void zset_remove_range(struct value *set, struct zset_range range, struct breath *breath)
{
    uint64_t count = zset_range_count(range);
    if (!count) return;
    if (!is_small(set))
        zset_large_remove_range(set->zset, range, breath);
    else
        listpack_remove_range(&set->pack, (int64_t)range.start * 2, (uint32_t)count * 2);
}

/* --- Ranges ----------------------------------------------------------------------------------- */

bool zset_lex_reaches(const struct zset_lex_bound *min, struct bytes member)
{
    if (min->end == ZSET_LEX_FIRST || min->end == ZSET_LEX_LAST) return min->end == ZSET_LEX_FIRST;
    int order = bytes_compare(member, min->member);
    return min->end == ZSET_LEX_EXCLUDED ? order > 0 : order >= 0;
}

bool zset_lex_holds(const struct zset_lex_bound *max, struct bytes member)
{
    if (max->end == ZSET_LEX_FIRST || max->end == ZSET_LEX_LAST) return max->end == ZSET_LEX_LAST;
    int order = bytes_compare(member, max->member);
    return max->end == ZSET_LEX_EXCLUDED ? order < 0 : order <= 0;
}

struct zset_range zset_range_of_scores(const struct value *set, const struct zset_scores *scores)
{
    bool open = scores->min_excluded || scores->max_excluded;
    if (scores->min > scores->max || (scores->min == scores->max && open))
        return (struct zset_range){0, 0};
    return is_small(set) ? zset_pack_scores(set->pack, scores)
                         : zset_large_scores(set->zset, scores);
}

/* No member can be between them. */
static bool is_empty_lex(const struct zset_lex *lex)
{
    const struct zset_lex_bound *min = &lex->min, *max = &lex->max;
    if (min->end == ZSET_LEX_LAST || max->end == ZSET_LEX_FIRST) return true;
    if (min->end == ZSET_LEX_FIRST || max->end == ZSET_LEX_LAST) return false;
    int order = bytes_compare(min->member, max->member);
    bool open = min->end == ZSET_LEX_EXCLUDED || max->end == ZSET_LEX_EXCLUDED;
    return order > 0 || (order == 0 && open);
}

/* Where scores differ, a range in which the first member is too large, or the last too small, is
 * empty for redis-server, whatever stands between. */
static bool may_hold(const struct value *set, const struct zset_lex *lex)
{
    struct zset_cursor cursor;
    struct zset_element element;
    uint64_t count = zset_count(set);
    if (!count) return false;
    zset_begin(&cursor, set, count - 1);
    if (!zset_next(&cursor, &element) || !zset_lex_reaches(&lex->min, element.member)) return false;
    zset_begin(&cursor, set, 0);
    return zset_next(&cursor, &element) && zset_lex_holds(&lex->max, element.member);
}

struct zset_range zset_range_of_lex(const struct value *set, const struct zset_lex *lex,
                                    bool backwards)
{
    if (is_empty_lex(lex) || !may_hold(set, lex)) return (struct zset_range){0, 0};
    return is_small(set) ? zset_pack_lex(set->pack, lex, backwards)
                         : zset_large_lex(set->zset, lex);
}

/* --- Cursors ---------------------------------------------------------------------------------- */

void zset_begin(struct zset_cursor *cursor, const struct value *set, uint64_t rank)
{
    if (!is_small(set)) {
        cursor->pack = NULL;
        cursor->place = counted_btree_at(set->zset->tree, rank);
        return;
    }
    cursor->pack = set->pack;
    cursor->place.leaf = NULL;
    cursor->at = rank <= INT32_MAX ? listpack_seek(set->pack, (int64_t)rank * 2) : 0;
}

static void read_place(const struct zset_cursor *cursor, struct zset_element *element)
{
    struct counted_entry entry = counted_cursor_entry(&cursor->place);
    *element = (struct zset_element){zset_item_member(entry.item), entry.score};
}

bool zset_next(struct zset_cursor *cursor, struct zset_element *element)
{
    if (cursor->pack) {
        if (!cursor->at) return false;
        cursor->at = zset_pack_read(cursor->pack, cursor->at, cursor->digits, element);
        return true;
    }
    if (!cursor->place.leaf) return false;
    read_place(cursor, element);
    counted_cursor_next(&cursor->place);
    return true;
}

bool zset_prev(struct zset_cursor *cursor, struct zset_element *element)
{
    if (cursor->pack) {
        if (!cursor->at) return false;
        zset_pack_read(cursor->pack, cursor->at, cursor->digits, element);
        uint32_t before = listpack_prev(cursor->pack, cursor->at); /* a score */
        cursor->at = before ? listpack_prev(cursor->pack, before) : 0;
        return true;
    }
    if (!cursor->place.leaf) return false;
    read_place(cursor, element);
    counted_cursor_prev(&cursor->place);
    return true;
}

struct shown {
    zset_visit *visit;
    void *context;
};

static void show_item(void *context, void *item)
{
    struct shown *shown = context;
    struct zset_element element = {zset_item_member(item), *zset_item_score(item)};
    shown->visit(shown->context, &element);
}

uint32_t zset_scan(const struct value *set, uint32_t cursor, zset_visit *visit, void *context)
{
    struct shown shown = {visit, context};
    if (!is_small(set)) return table_scan(&set->zset->table, cursor, show_item, &shown);
    struct zset_cursor all;
    struct zset_element element;
    zset_begin(&all, set, 0);
    while (zset_next(&all, &element))
        visit(context, &element);
    return 0;
}

size_t zset_write_score(const struct value *set, double score, char out[NUMBER_DOUBLE_MAX])
{
    int64_t integer;
    if (is_small(set) && zset_pack_integer(score, &integer)) return number_write_int(out, integer);
    return number_write_double(out, score);
}
