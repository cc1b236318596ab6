#include "command/cmd_zset_source.h"

bool zset_source_read(struct call *call, uint32_t index, struct zset_source *source)
{
    struct collection collection;
    if (!collection_read(call, index, VALUE_ZSET, &collection)) return false;
    *source = (struct zset_source){collection.value, 1};
    return true;
}

bool zset_source_find(const struct zset_source *source, struct bytes member, double *score)
{
    return zset_score(&source->value, member, score);
}

void zset_source_begin(struct zset_source_cursor *cursor, const struct zset_source *source)
{
    cursor->source = source;
    zset_begin(&cursor->zset, &source->value, 0);
}

bool zset_source_next(struct zset_source_cursor *cursor, struct zset_element *element)
{
    return zset_next(&cursor->zset, element);
}
