#include "ds/counted_btree.h"

#include <assert.h>

#include "base/check.h"
#include "mem/mem.h"

/* Nodes of 1 KiB. LEVEL_MAX bounds the depth of what calls itself. */
enum { LEAF_MAX = 62, BRANCH_MAX = 31, LIMIT_MIN = 4, LEVEL_MAX = 48 };

struct node {
    uint16_t count; /* slots in use */
    uint16_t level; /* 0: a leaf, whose slots are entries; those of a branch are children */
    uint8_t mark;   /* for a snapshot, as of a bucket */
};

struct counted_leaf {
    struct node node;
    struct counted_leaf *prev, *next;
    struct counted_entry entries[];
};

struct child {
    struct counted_entry first;
    struct node *node;
    uint64_t count; /* entries below */
};

struct branch {
    struct node node;
    struct child children[];
};

struct counted_btree {
    struct node *root;
    counted_member *member;
    struct counted_limits limits;
    uint32_t leaf_count, branch_count;
};

static_assert(sizeof(struct counted_leaf) + LEAF_MAX * sizeof(struct counted_entry) <= 1024, "");
static_assert(sizeof(struct branch) + BRANCH_MAX * sizeof(struct child) <= 1024, "");

/* --- Nodes ------------------------------------------------------------------------------------ */

static struct counted_leaf *as_leaf(struct node *node)
{
    return (struct counted_leaf *)node;
}

static struct branch *as_branch(struct node *node)
{
    return (struct branch *)node;
}

static size_t leaf_bytes(const struct counted_btree *tree)
{
    return sizeof(struct counted_leaf) + tree->limits.leaf_max * sizeof(struct counted_entry);
}

static size_t branch_bytes(const struct counted_btree *tree)
{
    return sizeof(struct branch) + tree->limits.branch_max * sizeof(struct child);
}

static struct node *new_node(struct counted_btree *tree, unsigned level)
{
    struct node *node = mem_alloc(level ? branch_bytes(tree) : leaf_bytes(tree));
    *node = (struct node){.level = (uint16_t)level};
    if (level)
        tree->branch_count++;
    else
        tree->leaf_count++;
    if (!level) as_leaf(node)->prev = as_leaf(node)->next = NULL;
    return node;
}

static void unlink_leaf(struct counted_leaf *leaf)
{
    if (leaf->prev) leaf->prev->next = leaf->next;
    if (leaf->next) leaf->next->prev = leaf->prev;
}

/* What is below it has been freed or moved. */
static void free_node(struct counted_btree *tree, struct node *node)
{
    if (node->level) {
        tree->branch_count--;
        mem_free(node, branch_bytes(tree));
        return;
    }
    unlink_leaf(as_leaf(node));
    tree->leaf_count--;
    mem_free(node, leaf_bytes(tree));
}

static unsigned slot_max(const struct counted_btree *tree, const struct node *node)
{
    return node->level ? tree->limits.branch_max : tree->limits.leaf_max;
}

static size_t slot_size(const struct node *node)
{
    return node->level ? sizeof(struct child) : sizeof(struct counted_entry);
}

static uint8_t *slot_at(struct node *node, unsigned index)
{
    uint8_t *slots =
        node->level ? (uint8_t *)as_branch(node)->children : (uint8_t *)as_leaf(node)->entries;
    return slots + index * slot_size(node);
}

static void open_slots(struct node *node, unsigned index, unsigned count)
{
    memmove(slot_at(node, index + count), slot_at(node, index),
            (node->count - index) * slot_size(node));
    node->count += count;
}

static void close_slots(struct node *node, unsigned index, unsigned count)
{
    memmove(slot_at(node, index), slot_at(node, index + count),
            (node->count - index - count) * slot_size(node));
    node->count -= count;
}

/* From the end of the left one to the beginning of the right one. */
static void move_right(struct node *left, struct node *right, unsigned count)
{
    open_slots(right, 0, count);
    memcpy(slot_at(right, 0), slot_at(left, left->count - count), count * slot_size(left));
    left->count -= count;
}

static void move_left(struct node *left, struct node *right, unsigned count)
{
    memcpy(slot_at(left, left->count), slot_at(right, 0), count * slot_size(left));
    left->count += count;
    close_slots(right, 0, count);
}

static uint64_t entries_below(struct node *node)
{
    uint64_t count = 0;
    if (!node->level) return node->count;
    for (unsigned i = 0; i < node->count; i++)
        count += as_branch(node)->children[i].count;
    return count;
}

static struct counted_entry first_below(struct node *node)
{
    return node->level ? as_branch(node)->children[0].first : as_leaf(node)->entries[0];
}

/* What a branch says of a child. */
static struct child describe(struct node *node)
{
    return (struct child){first_below(node), node, entries_below(node)};
}

/* --- Keys ------------------------------------------------------------------------------------- */

static bool is_before(const struct counted_btree *tree, const struct counted_entry *entry,
                      const struct counted_key *key)
{
    bool by_score = key->edge != COUNTED_AT_MEMBER_ALONE;
    if (by_score && entry->score != key->score) return entry->score < key->score;
    if (key->edge < COUNTED_AT_MEMBER) return key->edge == COUNTED_AFTER_ALL;
    return bytes_compare(tree->member(entry->item), key->member) < 0;
}

/* How many of a node's entries, or of its children's first entries, come before the key. */
static unsigned count_before(const struct counted_btree *tree, struct node *node,
                             const struct counted_key *key)
{
    unsigned start = 0, end = node->count;
    while (start < end) {
        unsigned middle = (start + end) / 2;
        /* The first member of either kind of slot is an entry. */
        if (is_before(tree, (const struct counted_entry *)slot_at(node, middle), key))
            start = middle + 1;
        else
            end = middle;
    }
    return start;
}
static_assert(offsetof(struct child, first) == 0, "count_before() takes a child for an entry");

static struct counted_key key_of(const struct counted_btree *tree, struct counted_entry entry)
{
    return (struct counted_key){entry.score, COUNTED_AT_MEMBER, tree->member(entry.item)};
}

uint64_t counted_btree_rank(const struct counted_btree *tree, const struct counted_key *key)
{
    uint64_t rank = 0;
    struct node *node = tree->root;
    while (node->level) {
        struct child *children = as_branch(node)->children;
        unsigned index = count_before(tree, node, key);
        if (index) index--; /* the key may be in the child that begins before it */
        for (unsigned i = 0; i < index; i++)
            rank += children[i].count;
        node = children[index].node;
    }
    return rank + count_before(tree, node, key);
}

/* --- Insertion -------------------------------------------------------------------------------- */

static struct node *new_sibling(struct counted_btree *tree, struct node *node)
{
    struct node *sibling = new_node(tree, node->level);
    if (node->level) return sibling;
    struct counted_leaf *leaf = as_leaf(node), *right = as_leaf(sibling);
    right->prev = leaf;
    right->next = leaf->next;
    if (leaf->next) leaf->next->prev = right;
    leaf->next = right;
    return sibling;
}

/* Puts in a slot; returns the node's new right sibling, if it had to be split. What is appended to
 * the last node of a level leaves it full: ascending keys make full nodes. */
static struct node *put_slot(struct counted_btree *tree, struct node *node, unsigned index,
                             const void *slot, bool is_last)
{
    struct node *sibling = NULL;
    if (node->count == slot_max(tree, node)) {
        bool appends = is_last && index == node->count;
        unsigned kept = appends ? index : node->count / 2U;
        sibling = new_sibling(tree, node);
        move_right(node, sibling, node->count - kept);
        if (appends || index > kept) node = sibling, index -= kept;
    }
    open_slots(node, index, 1);
    memcpy(slot_at(node, index), slot, slot_size(node));
    return sibling;
}

struct insertion {
    struct counted_entry entry;
    struct counted_key key;
    bool appends; /* it is known to come last */
};

static struct node *insert_below(struct counted_btree *tree, struct node *node,
                                 const struct insertion *insertion, bool is_last)
{
    unsigned index = insertion->appends ? node->count : count_before(tree, node, &insertion->key);
    if (!node->level) return put_slot(tree, node, index, &insertion->entry, is_last);
    if (index) index--;
    struct child *child = &as_branch(node)->children[index];
    bool child_is_last = is_last && index + 1U == node->count;
    struct node *split = insert_below(tree, child->node, insertion, child_is_last);
    if (!split) {
        child->first = first_below(child->node);
        child->count++;
        return NULL;
    }
    *child = describe(child->node);
    struct child added = describe(split);
    return put_slot(tree, node, index + 1, &added, is_last);
}

static void insert(struct counted_btree *tree, const struct insertion *insertion)
{
    struct node *split = insert_below(tree, tree->root, insertion, true);
    if (!split) return;
    struct node *root = new_node(tree, tree->root->level + 1U);
    as_branch(root)->children[0] = describe(tree->root);
    as_branch(root)->children[1] = describe(split);
    root->count = 2;
    tree->root = root;
    ASSERT(root->level <= LEVEL_MAX);
}

void counted_btree_insert(struct counted_btree *tree, struct counted_entry entry)
{
    struct insertion insertion = {entry, key_of(tree, entry), false};
    insert(tree, &insertion);
}

void counted_btree_append(struct counted_btree *tree, struct counted_entry entry)
{
    struct insertion insertion = {.entry = entry, .appends = true};
    insert(tree, &insertion);
}

/* --- Removal ---------------------------------------------------------------------------------- */

struct removal {
    counted_removed *removed;
    void *context;
};

/* Two neighbours become one, or share what they have. */
static void level_out(struct counted_btree *tree, struct branch *branch, unsigned index)
{
    struct child *left = &branch->children[index], *right = left + 1;
    unsigned sum = left->node->count + (unsigned)right->node->count, half = sum / 2;
    if (sum <= slot_max(tree, left->node)) {
        move_left(left->node, right->node, right->node->count);
        free_node(tree, right->node);
        *left = describe(left->node);
        close_slots(&branch->node, index + 1, 1);
        return;
    }
    if (left->node->count > half)
        move_right(left->node, right->node, left->node->count - half);
    else
        move_left(left->node, right->node, half - left->node->count);
    *left = describe(left->node);
    *right = describe(right->node);
}

/* A child has lost some of its slots, and `removed` entries. */
static void mend(struct counted_btree *tree, struct branch *branch, unsigned index,
                 uint64_t removed)
{
    struct child *child = &branch->children[index];
    if (child->node->count == 0) {
        free_node(tree, child->node);
        close_slots(&branch->node, index, 1);
        return;
    }
    child->first = first_below(child->node);
    child->count -= removed;
    if (child->node->count >= slot_max(tree, child->node) / 2 || branch->node.count == 1) return;
    level_out(tree, branch, index ? index - 1 : 0);
}

static uint64_t remove_from_leaf(struct node *node, uint64_t rank, uint64_t max,
                                 const struct removal *removal)
{
    uint64_t left = node->count - rank, count = max < left ? max : left;
    for (uint64_t i = rank; removal->removed && i < rank + count; i++)
        removal->removed(removal->context, as_leaf(node)->entries[i].item);
    close_slots(node, (unsigned)rank, (unsigned)count);
    return count;
}

/* Up to `max` entries from the rank on, those of one leaf; how many. */
static uint64_t remove_below(struct counted_btree *tree, struct node *node, uint64_t rank,
                             uint64_t max, const struct removal *removal)
{
    if (!node->level) return remove_from_leaf(node, rank, max, removal);
    struct branch *branch = as_branch(node);
    unsigned index = 0;
    for (; rank >= branch->children[index].count; index++)
        rank -= branch->children[index].count;
    uint64_t count = remove_below(tree, branch->children[index].node, rank, max, removal);
    mend(tree, branch, index, count);
    return count;
}

static void lower_root(struct counted_btree *tree)
{
    while (tree->root->level && tree->root->count == 1) {
        struct node *root = tree->root;
        tree->root = as_branch(root)->children[0].node;
        free_node(tree, root);
    }
    if (!tree->root->level || tree->root->count) return;
    free_node(tree, tree->root);
    tree->root = new_node(tree, 0);
}

uint64_t counted_btree_remove_range(struct counted_btree *tree, uint64_t rank, uint64_t count,
                                    counted_removed *removed, void *context)
{
    struct removal removal = {removed, context};
    uint64_t all = counted_btree_count(tree), done = 0;
    if (rank >= all) return 0;
    if (count > all - rank) count = all - rank;
    while (done < count) {
        done += remove_below(tree, tree->root, rank, count - done, &removal);
        lower_root(tree);
    }
    return done;
}

bool counted_btree_remove(struct counted_btree *tree, struct counted_entry entry)
{
    struct counted_key key = key_of(tree, entry);
    uint64_t rank = counted_btree_rank(tree, &key);
    struct counted_cursor cursor = counted_btree_at(tree, rank);
    if (!cursor.leaf) return false;
    struct counted_entry found = counted_cursor_entry(&cursor);
    if (found.score != entry.score || !bytes_equal(tree->member(found.item), key.member))
        return false;
    return counted_btree_remove_range(tree, rank, 1, NULL, NULL) == 1;
}

/* --- The tree --------------------------------------------------------------------------------- */

struct counted_btree *counted_btree_new(counted_member *member, struct counted_limits limits)
{
    struct counted_btree *tree = mem_alloc(sizeof *tree);
    if (!limits.leaf_max) limits.leaf_max = LEAF_MAX;
    if (!limits.branch_max) limits.branch_max = BRANCH_MAX;
    ASSERT(limits.leaf_max >= LIMIT_MIN && limits.branch_max >= LIMIT_MIN);
    *tree = (struct counted_btree){.member = member, .limits = limits};
    tree->root = new_node(tree, 0);
    return tree;
}

static void free_below(struct counted_btree *tree, struct node *node)
{
    for (unsigned i = 0; node->level && i < node->count; i++)
        free_below(tree, as_branch(node)->children[i].node);
    free_node(tree, node);
}

void counted_btree_free(struct counted_btree *tree)
{
    if (!tree) return;
    free_below(tree, tree->root);
    mem_free(tree, sizeof *tree);
}

uint64_t counted_btree_count(const struct counted_btree *tree)
{
    return entries_below(tree->root);
}

size_t counted_btree_block_size(const struct counted_btree *tree)
{
    return mem_block_size(sizeof *tree) + tree->leaf_count * mem_block_size(leaf_bytes(tree)) +
           tree->branch_count * mem_block_size(branch_bytes(tree));
}

/* --- Cursors ---------------------------------------------------------------------------------- */

struct counted_cursor counted_btree_at(const struct counted_btree *tree, uint64_t rank)
{
    struct node *node = tree->root;
    if (rank >= counted_btree_count(tree)) return (struct counted_cursor){NULL, 0};
    while (node->level) {
        struct child *child = as_branch(node)->children;
        for (; rank >= child->count; child++)
            rank -= child->count;
        node = child->node;
    }
    return (struct counted_cursor){as_leaf(node), (uint32_t)rank};
}

struct counted_entry counted_cursor_entry(const struct counted_cursor *cursor)
{
    return cursor->leaf->entries[cursor->index];
}

void counted_cursor_next(struct counted_cursor *cursor)
{
    if (++cursor->index < cursor->leaf->node.count) return;
    cursor->leaf = cursor->leaf->next;
    cursor->index = 0;
}

void counted_cursor_prev(struct counted_cursor *cursor)
{
    if (cursor->index-- > 0) return;
    cursor->leaf = cursor->leaf->prev;
    cursor->index = cursor->leaf ? cursor->leaf->node.count - 1U : 0;
}

/* --- Checking --------------------------------------------------------------------------------- */

struct walk {
    const struct counted_btree *tree;
    struct counted_leaf *leaf; /* the last one seen */
    uint32_t leaf_count, branch_count;
};

static void check_leaf(struct walk *walk, struct counted_leaf *leaf)
{
    const struct counted_entry *before = NULL;
    ASSERT(leaf->prev == walk->leaf && (!walk->leaf || walk->leaf->next == leaf));
    if (walk->leaf) before = &walk->leaf->entries[walk->leaf->node.count - 1];
    for (unsigned i = 0; i < leaf->node.count; before = &leaf->entries[i++]) {
        struct counted_key key = key_of(walk->tree, leaf->entries[i]);
        ASSERT(!before || is_before(walk->tree, before, &key));
    }
    walk->leaf = leaf;
    walk->leaf_count++;
}

static void check_below(struct walk *walk, struct node *node)
{
    ASSERT(node->count <= slot_max(walk->tree, node) && node->level <= LEVEL_MAX);
    ASSERT(node->count > 0 || (node == walk->tree->root && !node->level));
    if (!node->level) {
        check_leaf(walk, as_leaf(node));
        return;
    }
    walk->branch_count++;
    for (unsigned i = 0; i < node->count; i++) {
        struct child *child = &as_branch(node)->children[i], said = describe(child->node);
        ASSERT(child->node->level + 1 == node->level);
        check_below(walk, child->node);
        ASSERT(said.count == child->count && said.first.item == child->first.item);
        ASSERT(said.first.score == child->first.score);
    }
}

void counted_btree_check(const struct counted_btree *tree)
{
    struct walk walk = {tree, NULL, 0, 0};
    check_below(&walk, tree->root);
    ASSERT(!walk.leaf->next);
    ASSERT(walk.leaf_count == tree->leaf_count && walk.branch_count == tree->branch_count);
}
