#include "types/list_node.h"

#include "base/check.h"
#include "mem/mem.h"
#include "types/lzf.h"

enum {
    PACK_BYTES_MAX = 8192, /* where the limit is a number of elements */
    PACKING_MIN = 48,      /* smaller ones are not worth it */
    PACKING_GAIN = 8,
};

bool list_pack_allowed(uint64_t bytes, uint64_t count, const struct type_limits *limits)
{
    int64_t size = limits->list_max_listpack_size;
    if (size >= 0) return count <= (size ? (uint64_t)size : 1) && bytes <= PACK_BYTES_MAX;
    static const uint32_t sizes[] = {4096, 8192, 16384, 32768, 65536};
    return bytes <= sizes[size < -5 ? 4 : -size - 1];
}

struct list *list_new(void)
{
    return mem_alloc_zero(sizeof(struct list));
}

void list_free(struct list *list)
{
    ASSERT(!list->first);
    mem_free(list, sizeof *list);
}

static size_t block_of(const struct list_node *node)
{
    return node->packed_len ? mem_block_size(node->packed_len) : mem_block_size(node->bytes);
}

static void count_node(struct list *list, struct list_node *node)
{
    node->bytes = (uint32_t)listpack_view(node->pack).len;
    node->count = listpack_count(node->pack);
    list->count += node->count;
    list->block_bytes += block_of(node);
}

static void discount_node(struct list *list, const struct list_node *node)
{
    list->count -= node->count;
    list->block_bytes -= block_of(node);
}

static void link_node(struct list *list, struct list_node *node, struct list_node *after)
{
    node->prev = after;
    node->next = after ? after->next : list->first;
    *(after ? &after->next : &list->first) = node;
    *(node->next ? &node->next->prev : &list->last) = node;
    list->node_count++;
}

struct list_node *list_node_add(struct list *list, struct list_node *after, struct listpack *pack)
{
    struct list_node *node = mem_alloc_zero(sizeof *node);
    node->pack = pack;
    link_node(list, node, after);
    count_node(list, node);
    return node;
}

void list_node_copy(struct list *list, const struct list_node *node)
{
    if (!node->packed_len) {
        struct listpack *pack = listpack_try_copy(listpack_view(node->pack));
        if (!pack) FATAL("out of memory");
        list_node_add(list, list->last, pack);
        return;
    }
    struct list_node *copy = mem_alloc_zero(sizeof *copy);
    copy->packed = mem_alloc(node->packed_len);
    memcpy(copy->packed, node->packed, node->packed_len);
    copy->bytes = node->bytes;
    copy->count = node->count;
    copy->packed_len = node->packed_len;
    link_node(list, copy, list->last);
    list->count += copy->count;
    list->block_bytes += block_of(copy);
}

static void free_content(struct list_node *node)
{
    if (node->packed_len)
        mem_free(node->packed, node->packed_len);
    else
        listpack_free(node->pack);
}

static void unlink_node(struct list *list, struct list_node *node)
{
    *(node->prev ? &node->prev->next : &list->first) = node->next;
    *(node->next ? &node->next->prev : &list->last) = node->prev;
    list->node_count--;
    free_content(node);
    mem_free(node, sizeof *node);
}

void list_node_remove(struct list *list, struct list_node *node)
{
    discount_node(list, node);
    unlink_node(list, node);
}

struct listpack *list_node_unpacked(const struct list_node *node)
{
    uint8_t *bytes = mem_alloc(mem_block_size(node->bytes)); /* what a listpack's block has */
    bool sound = lzf_unpack(bytes_make(node->packed, node->packed_len), bytes, node->bytes);
    ASSERT(sound);
    return (struct listpack *)bytes;
}

static void unpack(struct list_node *node)
{
    if (!node->packed_len) return;
    struct listpack *pack = list_node_unpacked(node);
    free_content(node);
    node->packed_len = 0;
    node->pack = pack;
}

void list_node_open(struct list *list, struct list_node *node)
{
    discount_node(list, node);
    unpack(node);
}

bool list_node_close(struct list *list, struct list_node *node)
{
    if (listpack_first(node->pack)) {
        count_node(list, node);
        return true;
    }
    unlink_node(list, node);
    return false;
}

void list_node_pack(struct list *list, struct list_node *node)
{
    if (node->packed_len || node->bytes < PACKING_MIN) return;
    uint8_t *out = mem_alloc(node->bytes);
    size_t len = lzf_pack(listpack_view(node->pack), out, node->bytes - PACKING_GAIN);
    if (!len) {
        mem_free(out, node->bytes);
        return;
    }
    list->block_bytes -= block_of(node);
    listpack_free(node->pack);
    node->packed = mem_resize(out, node->bytes, len);
    node->packed_len = (uint32_t)len;
    list->block_bytes += block_of(node);
}

static void keep_unpacked(struct list *list, struct list_node *node)
{
    if (!node->packed_len) return;
    list_node_open(list, node);
    list_node_close(list, node);
}

static bool is_near_end(const struct list_node *node, int64_t depth)
{
    const struct list_node *back = node, *forth = node;
    for (; depth > 0; depth--) {
        back = back->prev;
        forth = forth->next;
        if (!back || !forth) return true;
    }
    return false;
}

void list_settle(struct list *list, struct list_node *changed, const struct type_limits *limits)
{
    int64_t depth = limits->list_compress_depth;
    if (depth <= 0) return;
    struct list_node *front = list->first, *rear = list->last;
    for (int64_t i = 0; i < depth && front && rear; i++) {
        keep_unpacked(list, front);
        keep_unpacked(list, rear);
        front = front->next;
        rear = rear->prev;
    }
    if (!front || !rear || list->node_count <= 2 * (uint64_t)depth) return;
    list_node_pack(list, front);
    list_node_pack(list, rear);
    if (changed && !is_near_end(changed, depth)) list_node_pack(list, changed);
}
