/* types/zset.h -- Sorted sets: members with a score each, in the order of score and member.
 *
 * Small ones are a listpack of member, score, member, score ... in that order. Large ones are a
 * counted B+ tree beside a table by member; both point to the same items (zset_parts.h). An element
 * with a member of up to 8 bytes takes some 52 bytes then.
 *
 * Costs, where nothing else is said: of large ones O(log n), and O(1) for a score by member and for
 * a cursor's step; of small ones O(n). Ranges are of ranks: the first has rank 0. Scores are never
 * NaN. A small one forgets the sign of -0, as redis-server's do. */
#ifndef TORC_TYPES_ZSET_H
#define TORC_TYPES_ZSET_H

#include "base/number.h"
#include "ds/counted_btree.h"
#include "types/value.h"

enum { ZSET_MEMBER_MAX = INT32_MAX }; /* longest member; callers check */

extern const struct value_class zset_class;

static inline uint64_t zset_count(const struct value *set)
{
    return value_count(set);
}

bool zset_score(const struct value *set, struct bytes member, double *score); /* false: none */
bool zset_rank(const struct value *set, struct bytes member, uint64_t *rank, double *score);

enum zset_flag {
    ZSET_NX = 1 << 0,   /* only new members */
    ZSET_XX = 1 << 1,   /* only those that are there */
    ZSET_GT = 1 << 2,   /* of those that are there, only if the score grows */
    ZSET_LT = 1 << 3,   /* or sinks */
    ZSET_INCR = 1 << 4, /* the score is added to the one it has */
};

enum zset_outcome {
    ZSET_REFUSED, /* by a flag */
    ZSET_SAME,    /* the score it had already */
    ZSET_ADDED,
    ZSET_UPDATED,
    ZSET_NAN, /* infinities were added that cancel out; nothing has changed */
};

/* *score is the one it has afterwards, unless it was refused. */
enum zset_outcome zset_add(struct value *set, struct bytes member, double *score, unsigned flags,
                           const struct type_limits *limits);
bool zset_remove(struct value *set, struct bytes member); /* false: it is not there */

/* Ranks start .. end - 1; empty: start >= end. */
struct zset_range {
    uint64_t start, end;
};

static inline uint64_t zset_range_count(struct zset_range range)
{
    return range.start < range.end ? range.end - range.start : 0;
}

struct zset_scores {
    double min, max;
    bool min_excluded, max_excluded;
};

/* Members from `min` to `max`, for sets in which all scores are equal (else it is some range). */
enum zset_lex_end { ZSET_LEX_FIRST, ZSET_LEX_INCLUDED, ZSET_LEX_EXCLUDED, ZSET_LEX_LAST };
struct zset_lex_bound {
    enum zset_lex_end end; /* FIRST: before all members; LAST: behind all */
    struct bytes member;
};
struct zset_lex {
    struct zset_lex_bound min, max;
};

struct zset_range zset_range_of_scores(const struct value *set, const struct zset_scores *scores);
/* Looked for from the last element on, if `backwards`: it matters where scores are not equal. */
struct zset_range zset_range_of_lex(const struct value *set, const struct zset_lex *lex,
                                    bool backwards);
/* O(log n) and of one step for each that goes. */
void zset_remove_range(struct value *set, struct zset_range range, struct breath *breath);

struct zset_element {
    struct bytes member; /* good until the cursor's next step */
    double score;
};

/* Reads elements in order; good until the set changes. */
struct zset_cursor {
    const struct listpack *pack; /* NULL: of a large one */
    uint32_t at;
    struct counted_cursor place;
    char digits[NUMBER_INT_MAX];
};

/* At a rank; small ones: O(rank), by the nearer end. */
void zset_begin(struct zset_cursor *cursor, const struct value *set, uint64_t rank);
/* The element at the cursor, which steps on, or back. false: it is beyond an end. */
bool zset_next(struct zset_cursor *cursor, struct zset_element *element);
bool zset_prev(struct zset_cursor *cursor, struct zset_element *element);

/* A part of the elements, as SCAN: cursor 0 begins, 0 comes back at the end. A small set is shown
 * whole. */
typedef void zset_visit(void *context, const struct zset_element *element);
uint32_t zset_scan(const struct value *set, uint32_t cursor, zset_visit *visit, void *context);
/* A score as the set keeps it, which ZSCAN shows: a small set has integers of up to 62 bits in full
 * digits. The length. */
size_t zset_write_score(const struct value *set, double score, char out[NUMBER_DOUBLE_MAX]);

#endif
