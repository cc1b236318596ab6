#include "ds/mintree.h"

#include "base/check.h"
#include "ds/segments.h"
#include "mem/mem.h"

/* The top level of a large tree has at most FAN numbers, which are compared whenever the least is
 * asked for. */
enum { FAN_BITS = 3, FAN = 1 << FAN_BITS, SMALL_MAX = SEGMENTS_FIRST, LEVEL_MAX = 11 };

struct mintree {
    uint32_t count;
    uint32_t level_count; /* 0: a small one */
    union {
        struct {
            int64_t least;
            int64_t numbers[];
        } small;
        struct {
            uint64_t reserved;
            struct segments levels[]; /* the lowest first */
        } large;
    };
};

static bool is_small(const struct mintree *tree)
{
    return tree->level_count == 0;
}

/* In few steps, each a block of the allocator: were it moved with every place, thousands of trees
 * that grow together would leave behind half empty pages of every size there is. */
static size_t small_len(uint32_t count)
{
    static const uint32_t steps[] = {4, 12, 30, SMALL_MAX};
    unsigned step = 0;
    while (steps[step] < count)
        step++;
    return sizeof(struct mintree) + steps[step] * sizeof(int64_t);
}

static size_t large_len(uint32_t level_count)
{
    return sizeof(struct mintree) + level_count * sizeof(struct segments);
}

/* Numbers on a level of a tree with `count` places. */
static uint32_t level_len(uint32_t count, unsigned level)
{
    for (; level; level--)
        count = (count + FAN - 1) >> FAN_BITS;
    return count;
}

static uint32_t levels_for(uint32_t count)
{
    if (count <= SMALL_MAX) return 0;
    uint32_t levels = 1;
    for (; count > FAN; count = (count + FAN - 1) >> FAN_BITS)
        levels++;
    return levels;
}

static int64_t *number_at(const struct mintree *tree, unsigned level, uint32_t index)
{
    return segments_at(&tree->large.levels[level], index, sizeof(int64_t));
}

static int64_t *place_at(struct mintree *tree, uint32_t index)
{
    return is_small(tree) ? &tree->small.numbers[index] : number_at(tree, 0, index);
}

static int64_t least_of_small(const struct mintree *tree)
{
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < tree->count; i++)
        least = tree->small.numbers[i] < least ? tree->small.numbers[i] : least;
    return least;
}

static int64_t least_below(const struct mintree *tree, unsigned level, uint32_t index)
{
    uint32_t start = index << FAN_BITS, end = level_len(tree->count, level - 1);
    if (end > start + FAN) end = start + FAN;
    int64_t least = INT64_MAX;
    for (uint32_t i = start; i < end; i++) {
        int64_t number = *number_at(tree, level - 1, i);
        if (number < least) least = number;
    }
    return least;
}

/* Below 64 numbers a level's block is as large as its class allows. */
static void resize_level(struct mintree *tree, unsigned level, uint32_t old_len, uint32_t len)
{
    segments_resize(&tree->large.levels[level], segments_round(old_len, sizeof(int64_t)),
                    segments_round(len, sizeof(int64_t)), sizeof(int64_t));
}

static struct mintree *new_small(uint32_t count)
{
    struct mintree *tree = mem_alloc(small_len(count));
    tree->count = count;
    tree->level_count = 0;
    tree->small.least = INT64_MAX;
    for (uint32_t i = 0; i < count; i++)
        tree->small.numbers[i] = INT64_MAX;
    return tree;
}

static struct mintree *new_large(uint32_t count)
{
    uint32_t levels = levels_for(count);
    struct mintree *tree = mem_alloc(large_len(levels));
    tree->count = count;
    tree->level_count = levels;
    tree->large.reserved = 0;
    for (unsigned level = 0; level < levels; level++) {
        uint32_t len = level_len(count, level);
        tree->large.levels[level] = (struct segments){NULL, NULL};
        resize_level(tree, level, 0, len);
        for (uint32_t i = 0; i < len; i++)
            *number_at(tree, level, i) = INT64_MAX;
    }
    return tree;
}

struct mintree *mintree_new(uint32_t count)
{
    ASSERT(count > 0);
    return count <= SMALL_MAX ? new_small(count) : new_large(count);
}

void mintree_free(struct mintree *tree)
{
    if (!tree) return;
    for (unsigned level = 0; level < tree->level_count; level++)
        resize_level(tree, level, level_len(tree->count, level), 0);
    mem_free(tree, is_small(tree) ? small_len(tree->count) : large_len(tree->level_count));
}

uint32_t mintree_count(const struct mintree *tree)
{
    return tree->count;
}

/* Where the least of up to FAN numbers stands, from `start` on. */
static uint32_t least_of_range(const struct mintree *tree, unsigned level, uint32_t start)
{
    uint32_t end = level_len(tree->count, level), best = start;
    if (end > start + FAN) end = start + FAN;
    for (uint32_t i = start + 1; i < end; i++)
        if (*number_at(tree, level, i) < *number_at(tree, level, best)) best = i;
    return best;
}

int64_t mintree_least(const struct mintree *tree)
{
    if (is_small(tree)) return tree->small.least;
    unsigned top = tree->level_count - 1;
    return *number_at(tree, top, least_of_range(tree, top, 0));
}

uint32_t mintree_least_index(const struct mintree *tree)
{
    uint32_t index = 0;
    if (is_small(tree)) {
        while (tree->small.numbers[index] != tree->small.least)
            index++;
        return index;
    }
    for (unsigned level = tree->level_count; level-- > 0;)
        index = least_of_range(tree, level, index << FAN_BITS);
    return index;
}

int64_t mintree_at(const struct mintree *tree, uint32_t index)
{
    return is_small(tree) ? tree->small.numbers[index] : *number_at(tree, 0, index);
}

void mintree_lower(struct mintree *tree, uint32_t index, int64_t number)
{
    if (is_small(tree)) {
        if (tree->small.numbers[index] <= number) return;
        tree->small.numbers[index] = number;
        if (tree->small.least > number) tree->small.least = number;
        return;
    }
    for (unsigned level = 0; level < tree->level_count; level++, index >>= FAN_BITS) {
        int64_t *place = number_at(tree, level, index);
        if (*place <= number) return;
        *place = number;
    }
}

/* From level 1 upwards, the numbers over `index` are made right. */
static void restore_above(struct mintree *tree, uint32_t index)
{
    for (unsigned level = 1; level < tree->level_count; level++) {
        index >>= FAN_BITS;
        int64_t least = least_below(tree, level, index), *place = number_at(tree, level, index);
        if (*place == least) return;
        *place = least;
    }
}

void mintree_set(struct mintree *tree, uint32_t index, int64_t number)
{
    *place_at(tree, index) = number;
    if (is_small(tree))
        tree->small.least = least_of_small(tree);
    else
        restore_above(tree, index);
}

/* The same numbers in the other form, and with another number of places. */
static struct mintree *convert(struct mintree *tree, uint32_t count)
{
    struct mintree *converted = mintree_new(count);
    uint32_t kept = count < tree->count ? count : tree->count;
    for (uint32_t i = 0; i < kept; i++)
        mintree_lower(converted, i, mintree_at(tree, i));
    mintree_free(tree);
    return converted;
}

static struct mintree *set_level_count(struct mintree *tree, uint32_t count)
{
    uint32_t old_count = tree->level_count;
    if (old_count == count) return tree;
    tree = mem_resize(tree, large_len(old_count), large_len(count));
    for (uint32_t level = old_count; level < count; level++)
        tree->large.levels[level] = (struct segments){NULL, NULL};
    tree->level_count = count;
    return tree;
}

/* Lays out all levels for one place more or less. A level that begins has the minima of the one
 * below; a place that begins has none. */
static struct mintree *resize_large(struct mintree *tree, uint32_t count)
{
    uint32_t old_count = tree->count, old_levels = tree->level_count, levels = levels_for(count);
    for (unsigned level = levels; level < old_levels; level++)
        resize_level(tree, level, level_len(old_count, level), 0);
    tree = set_level_count(tree, levels);
    tree->count = count;
    for (unsigned level = 0; level < levels; level++) {
        uint32_t len = level_len(count, level);
        uint32_t old_len = level < old_levels ? level_len(old_count, level) : 0;
        if (old_len != len) resize_level(tree, level, old_len, len);
        for (uint32_t i = old_len; i < len; i++)
            *number_at(tree, level, i) = level ? least_below(tree, level, i) : INT64_MAX;
    }
    return tree;
}

static struct mintree *resize_small(struct mintree *tree, uint32_t count)
{
    uint32_t old_count = tree->count;
    size_t old_len = small_len(old_count), len = small_len(count);
    if (len != old_len) tree = mem_resize(tree, old_len, len);
    tree->count = count;
    for (uint32_t i = old_count; i < count; i++)
        tree->small.numbers[i] = INT64_MAX;
    return tree;
}

static struct mintree *resize(struct mintree *tree, uint32_t count)
{
    if (is_small(tree) != (count <= SMALL_MAX)) return convert(tree, count);
    return is_small(tree) ? resize_small(tree, count) : resize_large(tree, count);
}

struct mintree *mintree_push(struct mintree *tree, int64_t number)
{
    uint32_t index = tree->count;
    tree = resize(tree, index + 1);
    mintree_lower(tree, index, number);
    return tree;
}

struct mintree *mintree_pop(struct mintree *tree)
{
    uint32_t last = tree->count - 1;
    ASSERT(last > 0);
    mintree_set(tree, last, INT64_MAX);
    return resize(tree, last);
}

size_t mintree_block_size(const struct mintree *tree)
{
    if (!tree) return 0;
    if (is_small(tree)) return mem_block_size(small_len(tree->count));
    size_t size = mem_block_size(large_len(tree->level_count));
    for (unsigned level = 0; level < tree->level_count; level++) {
        uint32_t len = segments_round(level_len(tree->count, level), sizeof(int64_t));
        size += segments_block_size(&tree->large.levels[level], len, sizeof(int64_t));
    }
    return size;
}

void mintree_check(const struct mintree *tree)
{
    ASSERT(tree->count > 0 && tree->level_count == levels_for(tree->count));
    ASSERT(tree->level_count <= LEVEL_MAX);
    ASSERT(!is_small(tree) || tree->small.least == least_of_small(tree));
    for (unsigned level = 1; level < tree->level_count; level++)
        for (uint32_t i = 0; i < level_len(tree->count, level); i++)
            ASSERT(*number_at(tree, level, i) == least_below(tree, level, i));
}
