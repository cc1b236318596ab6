#include "command/cmd_zset_source.h"

static bool is_set(const struct zset_source *source)
{
    return source->value.type == VALUE_SET;
}

bool zset_source_read(struct call *call, uint32_t index, struct zset_source *source)
{
    struct collection found;
    *source = (struct zset_source){.weight = 1};
    bool is_zset = collection_read(call, index, VALUE_ZSET, &found);
    if (!is_zset && entry_type(found.entry) != VALUE_SET) return false;
    source->value = is_zset ? found.value : entry_view(found.entry);
    return true;
}

bool zset_source_find(const struct zset_source *source, struct bytes member, double *score)
{
    if (!is_set(source)) return zset_score(&source->value, member, score);
    *score = 1;
    return set_has(&source->value, member);
}

void zset_source_begin(struct zset_source_cursor *cursor, const struct zset_source *source)
{
    cursor->source = source;
    if (is_set(source))
        set_begin(&cursor->set, &source->value);
    else
        zset_begin(&cursor->zset, &source->value, 0);
}

bool zset_source_next(struct zset_source_cursor *cursor, struct zset_element *element)
{
    if (!is_set(cursor->source)) return zset_next(&cursor->zset, element);
    element->score = 1;
    return set_next(&cursor->set, &element->member);
}
