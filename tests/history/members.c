#include "history/members.h"

/* --- lists -------------------------------------------------------------------------------- */

enum { ELEMENT_BITS = 4, ELEMENT_MASK = 15 };

static uint32_t list_count(uint64_t list)
{
    uint32_t count = 0;
    for (; list; list >>= ELEMENT_BITS)
        count++;
    return count;
}

static void list_push(uint64_t *list, uint32_t element, bool at_right)
{
    if (at_right)
        *list |= (uint64_t)element << ELEMENT_BITS * list_count(*list);
    else
        *list = *list << ELEMENT_BITS | element;
}

/* 0: it is empty. */
static uint32_t list_pop(uint64_t *list, bool from_right)
{
    if (!*list) return 0;
    uint32_t shift = from_right ? ELEMENT_BITS * (list_count(*list) - 1) : 0;
    uint32_t element = (uint32_t)(*list >> shift) & ELEMENT_MASK;
    if (from_right)
        *list &= ~((uint64_t)ELEMENT_MASK << shift);
    else
        *list >>= ELEMENT_BITS;
    return element;
}

static uint32_t elements_of(uint64_t list)
{
    uint32_t mask = 0;
    for (; list; list >>= ELEMENT_BITS)
        mask |= 1u << (list & ELEMENT_MASK);
    return mask;
}

static uint64_t *list_at(struct members *members, const struct op *op, uint32_t i)
{
    return &members->lists[op->keys[i] - FIRST_LIST];
}

static uint64_t replied_list(const struct op *op)
{
    return (uint32_t)op->reply[0] | (uint64_t)(uint32_t)op->reply[1] << 32;
}

static bool apply_push(struct members *members, const struct op *op)
{
    uint64_t *list = list_at(members, op, 0);
    list_push(list, op->members, op->kind == OP_RPUSH);
    return op_says(op, (int32_t)list_count(*list));
}

static bool apply_pop(struct members *members, const struct op *op)
{
    return op_says(op, (int32_t)list_pop(list_at(members, op, 0), op->kind == OP_RPOP));
}

static bool apply_lmove(struct members *members, const struct op *op)
{
    uint32_t element = list_pop(list_at(members, op, 0), op->from_right);
    if (element) list_push(list_at(members, op, 1), element, op->to_right);
    return op_says(op, (int32_t)element);
}

static bool apply_lrange(struct members *members, const struct op *op)
{
    return !op->is_answered || replied_list(op) == *list_at(members, op, 0);
}

static bool takes_more(const struct op *op, uint32_t taken)
{
    return op->kind == OP_BLMPOP ? taken < op->count : !taken;
}

/* Which of its keys did it take from? A part of a block, of which nobody has heard, does not wait:
 * from the first that has elements. */
static uint32_t key_taken(struct members *members, const struct op *op)
{
    uint32_t max = op->kind == OP_BLMOVE ? 1 : op->key_count;
    if (op->is_answered || !op->is_part) return (uint32_t)op->reply[2];
    for (uint32_t i = 0; i < max; i++)
        if (*list_at(members, op, i)) return i + 1;
    return 0;
}

/* Of the key that the reply names, which is the first that has elements. */
static bool apply_blocking_pop(struct members *members, const struct op *op)
{
    uint32_t at = key_taken(members, op), taken = 0;
    uint64_t elements = 0;
    for (uint32_t i = 0; i < op->key_count && (!at || i + 1 < at); i++)
        if (*list_at(members, op, i) && !(at && op->takes_any)) return false;
    if (!at) return true;
    uint64_t *list = list_at(members, op, at - 1);
    if (!*list) return false;
    for (; *list && takes_more(op, taken); taken++)
        elements |= (uint64_t)list_pop(list, op->from_right) << ELEMENT_BITS * taken;
    return !op->is_answered || replied_list(op) == elements;
}

static bool apply_blmove(struct members *members, const struct op *op)
{
    if (!key_taken(members, op)) return !*list_at(members, op, 0);
    uint32_t element = list_pop(list_at(members, op, 0), op->from_right);
    if (!element) return false;
    list_push(list_at(members, op, 1), element, op->to_right);
    return op_says(op, (int32_t)element);
}

/* They stand in the destination as they did, or as if they had been pushed one after the other; the
 * reply shows how. */
static bool apply_blmovem(struct members *members, const struct op *op)
{
    uint64_t *from = list_at(members, op, 0), *to = list_at(members, op, 1), moved = 0;
    bool is_served = list_count(*from) >= (op->exactly ? op->count : 1);
    bool is_open = !op->is_answered && op->is_part;
    bool is_reversed = !op->in_bulk && op->from_right == op->to_right;
    if (!is_served || (!is_open && !op->reply[2])) return !is_served && (is_open || !op->reply[2]);
    for (uint32_t i = 0; *from && i < op->count; i++)
        list_push(&moved, list_pop(from, op->from_right), op->from_right == is_reversed);
    if (op->is_answered && replied_list(op) != moved) return false;
    while (moved)
        list_push(to, list_pop(&moved, !op->to_right), op->to_right);
    return true;
}

/* --- sets --------------------------------------------------------------------------------- */

static int32_t count_of(uint32_t mask)
{
    return __builtin_popcount(mask);
}

static uint16_t *set_at(struct members *members, const struct op *op, uint32_t i)
{
    return &members->sets[op->keys[i] - FIRST_SET];
}

static bool apply_sadd(struct members *members, const struct op *op)
{
    uint16_t *set = set_at(members, op, 0), before = *set;
    *set = op->kind == OP_SADD ? before | op->members : before & ~op->members;
    return op_says(op, count_of(before ^ *set));
}

/* What the reply says has gone, or what is tried if there is none. */
static bool apply_spop(struct members *members, const struct op *op)
{
    uint16_t *set = set_at(members, op, 0), popped = (uint16_t)op->reply[0];
    if (!popped) return !*set;
    bool was_there = *set & popped;
    *set &= ~popped;
    return was_there;
}

static bool apply_smove(struct members *members, const struct op *op)
{
    uint16_t *from = set_at(members, op, 0);
    if (!(*from & op->members)) return op_says(op, 0);
    *from &= ~op->members;
    *set_at(members, op, 1) |= op->members;
    return op_says(op, 1);
}

/* Into the first key, of the two others. */
static bool apply_store(struct members *members, const struct op *op)
{
    uint16_t one = *set_at(members, op, 1), other = *set_at(members, op, 2);
    uint16_t result = op->kind == OP_SUNIONSTORE ? one | other : one & other;
    *set_at(members, op, 0) = result;
    return op_says(op, count_of(result));
}

static bool apply_sunion(struct members *members, const struct op *op)
{
    return op_says(op, *set_at(members, op, 0) | *set_at(members, op, 1));
}

/* A member of both has the sum of their scores. */
static bool apply_zunionstore(struct members *members, const struct op *op)
{
    uint16_t one = *set_at(members, op, 1), other = *set_at(members, op, 2);
    members->once = one ^ other;
    members->twice = one & other;
    return op_says(op, count_of(one | other));
}

static bool apply_zrange(struct members *members, const struct op *op)
{
    return op_says(op, members->once) && (!op->is_answered || op->reply[1] == members->twice);
}

/* As strings: "0" to "5", then "m10" and "m11", then "m6" to "m9". */
static uint32_t lowest_of(uint32_t mask)
{
    uint32_t long_ones = mask >> 10 << 10, words = mask >> 6 << 6;
    if (mask & 63) return mask & -mask;
    if (long_ones) return long_ones & -long_ones;
    return words & -words;
}

static uint32_t highest_of(uint32_t mask)
{
    uint32_t highest = 0;
    for (; mask; mask &= ~highest)
        highest = lowest_of(mask);
    return highest;
}

/* The member with the lowest score, or the highest; if it has waited in vain there is none. A part
 * of a block of which nobody has heard takes what there is. */
static bool apply_bzpop(struct members *members, const struct op *op)
{
    bool is_max = op->kind == OP_BZPOPMAX, is_open = !op->is_answered && op->is_part;
    bool is_empty = !(members->once | members->twice);
    if (is_empty || (!is_open && !op->reply[2])) return is_empty && (is_open || !op->reply[2]);
    uint16_t *first = is_max ? &members->twice : &members->once;
    uint16_t *second = is_max ? &members->once : &members->twice;
    uint16_t *from = *first ? first : second;
    uint32_t member = is_max ? highest_of(*from) : lowest_of(*from);
    *from &= (uint16_t)~member;
    if (!op->is_answered) return true;
    return op->reply[0] == (int32_t)member && op->reply[1] == (from == &members->twice ? 2 : 1);
}

/* --- all ---------------------------------------------------------------------------------- */

bool members_has(const struct members *members, uint32_t key)
{
    if (key < FIRST_LIST) return members->sets[key - FIRST_SET];
    if (key < UNION_KEY) return members->lists[key - FIRST_LIST];
    return members->once | members->twice;
}

void members_put(struct members *members, uint32_t key, const struct members *from,
                 uint32_t from_key)
{
    static const struct members nothing;
    if (!from) from = &nothing, from_key = key;
    if (key < FIRST_LIST) {
        members->sets[key - FIRST_SET] = from->sets[from_key - FIRST_SET];
    } else if (key < UNION_KEY) {
        members->lists[key - FIRST_LIST] = from->lists[from_key - FIRST_LIST];
    } else {
        members->once = from->once;
        members->twice = from->twice;
    }
}

bool members_are_same(const struct members *one, const struct members *other, uint32_t key)
{
    if (key < FIRST_LIST) return one->sets[key - FIRST_SET] == other->sets[key - FIRST_SET];
    if (key < UNION_KEY) return one->lists[key - FIRST_LIST] == other->lists[key - FIRST_LIST];
    return one->once == other->once && one->twice == other->twice;
}

bool members_apply(struct members *members, const struct op *op)
{
    switch (op->kind) {
    case OP_SADD:
    case OP_SREM: return apply_sadd(members, op);
    case OP_SPOP: return apply_spop(members, op);
    case OP_SMOVE: return apply_smove(members, op);
    case OP_SISMEMBER: return op_says(op, (*set_at(members, op, 0) & op->members) != 0);
    case OP_SMEMBERS: return op_says(op, *set_at(members, op, 0));
    case OP_SUNION: return apply_sunion(members, op);
    case OP_SUNIONSTORE:
    case OP_SINTERSTORE: return apply_store(members, op);
    case OP_ZUNIONSTORE: return apply_zunionstore(members, op);
    case OP_ZCARD: return op_says(op, count_of(members->once | members->twice));
    case OP_ZRANGE: return apply_zrange(members, op);
    case OP_LPUSH:
    case OP_RPUSH: return apply_push(members, op);
    case OP_LPOP:
    case OP_RPOP: return apply_pop(members, op);
    case OP_LMOVE: return apply_lmove(members, op);
    case OP_BLPOP:
    case OP_BRPOP:
    case OP_BLMPOP: return apply_blocking_pop(members, op);
    case OP_BLMOVE: return apply_blmove(members, op);
    case OP_BLMOVEM: return apply_blmovem(members, op);
    case OP_BZPOPMIN:
    case OP_BZPOPMAX: return apply_bzpop(members, op);
    default: return apply_lrange(members, op);
    }
}

bool members_is_idle(const struct op *op)
{
    switch (op->kind) {
    case OP_SISMEMBER:
    case OP_SMEMBERS:
    case OP_SUNION:
    case OP_ZCARD:
    case OP_ZRANGE:
    case OP_LRANGE: return true;
    case OP_SADD:
    case OP_SREM:
    case OP_SPOP:
    case OP_SMOVE:
    case OP_LPOP:
    case OP_RPOP:
    case OP_LMOVE:
    case OP_BLPOP:
    case OP_BRPOP:
    case OP_BLMPOP:
    case OP_BLMOVE:
    case OP_BLMOVEM:
    case OP_BZPOPMIN:
    case OP_BZPOPMAX: return !op->reply[0];
    default: return false;
    }
}

uint32_t members_elements(const struct members *members)
{
    return elements_of(members->lists[0]) | elements_of(members->lists[1]);
}

uint32_t members_seen(const struct op *op)
{
    if (!op->is_answered) return 0;
    switch (op->kind) {
    case OP_LPOP:
    case OP_RPOP:
    case OP_LMOVE:
    case OP_BLMOVE: return elements_of((uint32_t)op->reply[0]);
    case OP_BLPOP:
    case OP_BRPOP:
    case OP_BLMPOP:
    case OP_BLMOVEM:
    case OP_LRANGE: return elements_of(replied_list(op));
    default: return 0;
    }
}
