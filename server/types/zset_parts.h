/* types/zset_parts.h -- What the files of the sorted set share: its two forms.
 *
 * An item of the large form is one block: score 8 | member, or, of a member of more than 14 bytes,
 * score 8 | length u32 | member. Blocks are aligned to 16 bytes, so the low 4 bits of a pointer to
 * one are free: they are the member's length, 15 for a long one. Table and tree keep such pointers;
 * a member of up to 8 bytes costs 16. */
#ifndef TORC_TYPES_ZSET_PARTS_H
#define TORC_TYPES_ZSET_PARTS_H

#include "base/hashing.h"
#include "ds/table.h"
#include "types/listpack.h"
#include "types/zset.h"

struct zset {
    struct table table;         /* of items, by member */
    struct counted_btree *tree; /* of the same items; NULL while they are being gathered */
    struct hash_key key;        /* of the hash of members */
    uint64_t item_bytes;        /* what items take from the allocator */
};

struct zset_item; /* a pointer with a length in it: not to be followed */

enum { ZSET_ITEM_LONG = 15 };

static inline uint8_t *zset_item_block(const struct zset_item *item)
{
    return (uint8_t *)((uintptr_t)item & ~(uintptr_t)15);
}

static inline struct bytes zset_item_member(const struct zset_item *item)
{
    const uint8_t *ptr = zset_item_block(item) + sizeof(double);
    size_t len = (uintptr_t)item & 15;
    if (len < ZSET_ITEM_LONG) return bytes_make(ptr, len);
    uint32_t long_len;
    memcpy(&long_len, ptr, sizeof long_len);
    return bytes_make(ptr + sizeof long_len, long_len);
}

/* Its score, to be read and written through. */
static inline double *zset_item_score(const struct zset_item *item)
{
    return (double *)(void *)zset_item_block(item);
}

/* The large form. */
struct zset *zset_large_new(bool with_tree);
void zset_large_begin_tree(struct zset *zset);
struct zset_item *zset_large_find(const struct zset *zset, struct bytes member, uint64_t hash);
static inline uint64_t zset_large_hash(const struct zset *zset, struct bytes member)
{
    return hash_keyed(&zset->key, member);
}
/* A new item in the table alone; the member must not be there. */
struct zset_item *zset_large_put(struct zset *zset, struct bytes member, uint64_t hash,
                                 double score);
/* One that comes after all others, in the tree too. */
void zset_large_append(struct zset *zset, struct bytes member, double score);
enum zset_outcome zset_large_add(struct zset *zset, struct bytes member, double *score,
                                 unsigned flags);
bool zset_large_remove(struct zset *zset, struct bytes member);
void zset_large_remove_range(struct zset *zset, struct zset_range range, struct breath *breath);
uint64_t zset_large_rank(const struct zset *zset, const struct zset_item *item);
struct zset_range zset_large_scores(const struct zset *zset, const struct zset_scores *scores);
struct zset_range zset_large_lex(const struct zset *zset, const struct zset_lex *lex);
uint64_t zset_large_count(const void *object);
bool zset_large_free_some(void *object, uint64_t *work);
void *zset_large_copy(const void *object, struct breath *breath);
size_t zset_large_block_size(const void *object);
void zset_large_check(const void *object);

/* The small form. Places are offsets of members; 0: none. */
uint32_t zset_pack_find(const struct listpack *pack, struct bytes member, double *score);
/* Reads a member and its score; where the next member stands. */
uint32_t zset_pack_read(const struct listpack *pack, uint32_t at, char digits[NUMBER_INT_MAX],
                        struct zset_element *element);
void zset_pack_insert(struct listpack **pack, struct bytes member, double score);
void zset_pack_append(struct listpack **pack, struct bytes member, double score);
bool zset_pack_allows(const struct type_limits *limits, uint64_t count, size_t longest_member,
                      uint64_t bytes);
bool zset_pack_integer(double score, int64_t *integer); /* is it kept as an integer? */
uint64_t zset_pack_rank(const struct listpack *pack, uint32_t at);
struct zset_range zset_pack_scores(const struct listpack *pack, const struct zset_scores *scores);
struct zset_range zset_pack_lex(const struct listpack *pack, const struct zset_lex *lex,
                                bool backwards);

/* What adding with flags comes to for a member that is there. */
enum zset_outcome zset_settle(unsigned flags, double old, double *score);

/* Is the member at or behind a range's beginning; at or before its end? */
bool zset_lex_reaches(const struct zset_lex_bound *min, struct bytes member);
bool zset_lex_holds(const struct zset_lex_bound *max, struct bytes member);

/* zset_rdb.c */
void zset_digest(const struct value *value, struct digest *digest);
void zset_dump(const struct value *value, struct buf *out, struct breath *breath);
bool zset_restore(struct value *value, struct rdb_reader *reader, uint8_t rdb_type,
                  const struct type_limits *limits, struct breath *breath);

#endif
