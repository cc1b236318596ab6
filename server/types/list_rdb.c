/* Lists in DUMP and RDB files. */
#include "base/check.h"
#include "types/list_node.h"
#include "types/rdb_block.h"

static void dump_pack(struct buf *out, const struct listpack *pack)
{
    rdb_write_length(out, RDB_NODE_PACKED);
    rdb_write_string(out, listpack_view(pack));
}

void list_dump(const struct value *value, struct buf *out, struct breath *breath)
{
    rdb_write_byte(out, RDB_LIST_QUICKLIST);
    if (value->encoding == VALUE_LISTPACK) {
        rdb_write_length(out, 1);
        dump_pack(out, value->pack);
        return;
    }
    const struct list *list = value->list;
    rdb_write_length(out, list->node_count);
    for (const struct list_node *node = list->first; node; node = node->next) {
        struct listpack *unpacked = node->packed_len ? list_node_unpacked(node) : NULL;
        dump_pack(out, unpacked ? unpacked : node->pack);
        listpack_free(unpacked);
        breathe(breath, 64);
    }
}

/* What is being read: pushed element by element, or taken node by node. */
struct restored {
    struct value *value;
    const struct type_limits *limits;
    struct breath *breath;
};

static bool push_bytes(struct restored *restored, struct bytes bytes)
{
    if (!list_takes(bytes)) return false;
    list_push(restored->value, bytes, LIST_LAST, restored->limits);
    breathe(restored->breath, 1);
    return true;
}

static bool push_element(void *context, const struct listpack_element *element)
{
    char digits[NUMBER_INT_MAX];
    return push_bytes(context, listpack_text(element, digits));
}

static bool push_string(struct restored *restored, struct rdb_reader *reader)
{
    struct rdb_string string;
    if (!rdb_read_string(reader, &string)) return false;
    bool done = push_bytes(restored, rdb_string_view(&string));
    rdb_string_drop(&string);
    return done;
}

static bool push_node(struct restored *restored, struct rdb_reader *reader)
{
    uint64_t form;
    if (!rdb_read_length(reader, &form)) return false;
    if (form == RDB_NODE_PLAIN) return push_string(restored, reader);
    return form == RDB_NODE_PACKED &&
           rdb_read_block(reader, RDB_BLOCK_LISTPACK, push_element, restored);
}

static bool push_part(struct restored *restored, struct rdb_reader *reader, uint8_t rdb_type)
{
    if (rdb_type == RDB_LIST) return push_string(restored, reader);
    if (rdb_type == RDB_LIST_QUICKLIST) return push_node(restored, reader);
    return rdb_read_block(reader, RDB_BLOCK_ZIPLIST, push_element, restored);
}

bool list_restore(struct value *value, struct rdb_reader *reader, uint8_t rdb_type,
                  const struct type_limits *limits, struct breath *breath)
{
    struct restored restored = {value, limits, breath};
    uint64_t parts = 1;
    if (rdb_type != RDB_LIST_ZIPLIST && !rdb_read_length(reader, &parts)) return false;
    *value = value_new(VALUE_LIST);
    for (uint64_t i = 0; i < parts; i++) {
        if (push_part(&restored, reader, rdb_type)) continue;
        value_free(value);
        return false;
    }
    if (!value_is_empty(value)) return true;
    value_free(value);
    return false;
}
