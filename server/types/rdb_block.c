#include "types/rdb_block.h"

#include "types/ziplist.h"

static bool visit_block(struct bytes bytes, enum rdb_block kind, listpack_visit *visit,
                        void *context)
{
    switch (kind) {
    case RDB_BLOCK_ZIPLIST: return ziplist_read(bytes, visit, context);
    case RDB_BLOCK_ZIPMAP: return zipmap_read(bytes, visit, context);
    default: return listpack_validate(bytes, visit, context);
    }
}

bool rdb_read_block(struct rdb_reader *reader, enum rdb_block kind, listpack_visit *visit,
                    void *context)
{
    struct rdb_string string;
    if (!rdb_read_string(reader, &string)) return false;
    bool sound = visit_block(rdb_string_view(&string), kind, visit, context);
    rdb_string_drop(&string);
    return sound;
}
