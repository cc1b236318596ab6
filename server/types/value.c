#include "types/value.h"

#include "base/check.h"
#include "types/hash_pack.h"
#include "types/intset.h"
#include "types/list.h"
#include "types/listpack.h"
#include "types/rdb_payload.h"
#include "types/set.h"
#include "types/zset.h"
#include "types/stream.h"
#include "types/stream_group.h"
#include "types/stream_producer.h"

const struct type_limits type_limits_standard = {
    .hash_max_listpack_entries = 512,
    .hash_max_listpack_value = 64,
    .list_max_listpack_size = -2,
    .list_compress_depth = 0,
    .set_max_intset_entries = 512,
    .set_max_listpack_entries = 128,
    .set_max_listpack_value = 64,
    .zset_max_listpack_entries = 128,
    .zset_max_listpack_value = 64,
    .stream_node_max_bytes = 4096,
    .stream_node_max_entries = 100,
};

const char *value_type_name(enum value_type type)
{
    static const char *const names[VALUE_TYPE_COUNT] = {"string", "list", "set",
                                                        "zset",   "hash", "stream"};
    ASSERT(type < VALUE_TYPE_COUNT);
    return names[type];
}

const struct value_class *value_class_of(enum value_type type)
{
    static const struct value_class *const classes[VALUE_TYPE_COUNT] = {
        [VALUE_LIST] = &list_class, [VALUE_SET] = &set_class,       [VALUE_ZSET] = &zset_class,
        [VALUE_HASH] = &hash_class, [VALUE_STREAM] = &stream_class,
    };
    return classes[type];
}

struct value value_new(enum value_type type)
{
    if (type == VALUE_STREAM) return (struct value){.type = type, .encoding = VALUE_OBJECT};
    return (struct value){type, VALUE_LISTPACK, {.pack = listpack_new()}};
}

struct value value_nothing(enum value_type type)
{
    static const uint8_t empty_pack[] = {7, 0, 0, 0, 0, 0, 0xff};
    if (type == VALUE_STREAM) return (struct value){.type = type, .encoding = VALUE_OBJECT};
    return (struct value){type, VALUE_LISTPACK, {.pack = (struct listpack *)empty_pack}};
}

bool value_free_some(struct value *value, uint64_t *work)
{
    if (value_is_pack(value))
        listpack_free(value->pack);
    else if (value->encoding == VALUE_INTSET)
        intset_free(value->ints);
    else if (value->object)
        return value_class_of(value->type)->free_some(value->object, work);
    return true;
}

void value_free(struct value *value)
{
    uint64_t work = UINT64_MAX;
    while (!value_free_some(value, &work))
        work = UINT64_MAX;
}

bool value_is_empty(const struct value *value)
{
    if (value->type == VALUE_STREAM) return false;
    if (value_is_pack(value)) return listpack_first(value->pack) == 0;
    return value_count(value) == 0;
}

uint64_t value_count(const struct value *value)
{
    const struct value_class *class = value_class_of(value->type);
    if (value->encoding == VALUE_LISTPACK) return listpack_count(value->pack) / class->pack_step;
    if (value->encoding == VALUE_LISTPACK_EXPIRING)
        return listpack_count(value->pack) / HASH_PACK_STEP;
    if (value->encoding == VALUE_INTSET) return intset_count(value->ints);
    return value->object ? class->count(value->object) : 0;
}

uint64_t value_work(const struct value *value)
{
    uint64_t work = value_count(value);
    if (value->type != VALUE_STREAM || !value->stream) return work;
    struct stream_producer_figures sent = stream_producers_figures(value->stream->producers);
    return work + stream_groups_work(value->stream->groups) + sent.producers + sent.remembered;
}

static void *kept(void *block)
{
    if (!block) FATAL("out of memory");
    return block;
}

struct value value_copy(const struct value *value, struct breath *breath)
{
    struct value copy = *value;
    if (value_is_pack(value))
        copy.pack = kept(listpack_try_copy(listpack_view(value->pack)));
    else if (value->encoding == VALUE_INTSET)
        copy.ints = kept(intset_try_copy(intset_view(value->ints)));
    else
        copy.object = value_class_of(value->type)->copy(value->object, breath);
    return copy;
}

const char *value_encoding_name(const struct value *value)
{
    if (value->encoding == VALUE_LISTPACK) return "listpack";
    if (value->encoding == VALUE_LISTPACK_EXPIRING) return "listpackex";
    if (value->encoding == VALUE_INTSET) return "intset";
    return value_class_of(value->type)->large_name;
}

size_t value_block_size(const struct value *value)
{
    if (value_is_pack(value)) return listpack_block_size(value->pack);
    if (value->encoding == VALUE_INTSET) return intset_block_size(value->ints);
    return value_class_of(value->type)->block_size(value->object);
}

void value_digest(const struct value *value, struct digest *digest)
{
    value_class_of(value->type)->digest(value, digest);
}

void value_dump(const struct value *value, struct buf *out, struct breath *breath)
{
    value_class_of(value->type)->dump(value, out, breath);
}

/* VALUE_STRING: of no collection. */
static enum value_type type_of_rdb(uint8_t rdb_type)
{
    switch (rdb_type) {
    case RDB_LIST:
    case RDB_LIST_ZIPLIST:
    case RDB_LIST_QUICKLIST_ZIPLIST:
    case RDB_LIST_QUICKLIST: return VALUE_LIST;
    case RDB_SET:
    case RDB_SET_INTSET:
    case RDB_SET_LISTPACK: return VALUE_SET;
    case RDB_ZSET_TEXT:
    case RDB_ZSET:
    case RDB_ZSET_ZIPLIST:
    case RDB_ZSET_LISTPACK: return VALUE_ZSET;
    case RDB_HASH:
    case RDB_HASH_ZIPMAP:
    case RDB_HASH_ZIPLIST:
    case RDB_HASH_LISTPACK:
    case RDB_HASH_2:
    case RDB_HASH_EXPIRING:
    case RDB_HASH_LISTPACK_EXPIRING: return VALUE_HASH;
    case RDB_STREAM:
    case RDB_STREAM_2:
    case RDB_STREAM_3:
    case RDB_STREAM_4:
    case RDB_STREAM_5: return VALUE_STREAM;
    default: return VALUE_STRING;
    }
}

bool value_restore(struct value *value, struct rdb_reader *reader, uint8_t rdb_type,
                   const struct type_limits *limits, struct breath *breath)
{
    const struct value_class *class = value_class_of(type_of_rdb(rdb_type));
    return class && class->restore(value, reader, rdb_type, limits, breath);
}

void value_check(const struct value *value)
{
    if (value->encoding == VALUE_LISTPACK)
        listpack_check(value->pack);
    else if (value->encoding == VALUE_LISTPACK_EXPIRING)
        hash_pack_check(value);
    else if (value->encoding == VALUE_INTSET)
        intset_check(value->ints);
    else if (value->object)
        value_class_of(value->type)->check(value->object);
}
