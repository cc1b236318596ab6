#include "command/collection.h"

#include "store/access.h"
#include "store/garbage.h"

static struct place place_of(struct call *call, uint32_t index)
{
    bool is_routed = index == call->command->key_index; /* its slot and hash are known */
    return is_routed ? call_first_place(call, index) : call_place(call, index);
}

static bool look(struct collection *collection, enum value_type type)
{
    if (!collection->entry) {
        collection->value = value_nothing(type);
        return true;
    }
    if (unlikely(entry_type(collection->entry) != type)) return false;
    collection->value = entry_view(collection->entry);
    return true;
}

bool collection_read(struct call *call, uint32_t index, enum value_type type,
                     struct collection *collection)
{
    collection->place = place_of(call, index);
    collection->entry = call_find_read(call, &collection->place);
    return look(collection, type);
}

bool collection_find(struct call *call, uint32_t index, enum value_type type,
                     struct collection *collection)
{
    collection->place = place_of(call, index);
    collection->entry = call_find_write(call, &collection->place);
    return look(collection, type);
}

void collection_open(struct collection *collection)
{
    if (collection->entry)
        collection->value = keyspace_open(&collection->place, collection->entry);
    else
        collection->value = value_new(collection->value.type);
}

bool collection_write(struct call *call, uint32_t index, enum value_type type,
                      struct collection *collection)
{
    if (!collection_find(call, index, type, collection)) return false;
    collection_open(collection);
    return true;
}

struct entry *collection_close(struct call *call, struct collection *collection,
                               enum change_event event)
{
    uint32_t clock = access_new(call->limits->lfu, call->now_ms);
    collection->entry =
        keyspace_close(&collection->place, collection->entry, &collection->value, clock, event);
    return collection->entry;
}

void collection_drop(struct call *call, struct value *value)
{
    if (call->garbage && value->encoding == VALUE_OBJECT)
        garbage_take_value(call->garbage, *value);
    else
        value_free(value);
}

void collection_store(struct call *call, uint32_t index, struct value *value,
                      enum change_event event)
{
    struct place place = place_of(call, index);
    struct entry *entry = call_find_write(call, &place);
    if (!value_is_empty(value)) {
        uint32_t clock = access_new(call->limits->lfu, call->now_ms);
        keyspace_put(&place, entry, value, INT64_MAX, clock, event);
        return;
    }
    value_free(value);
    if (entry) keyspace_remove(&place, entry, CHANGE_DEL);
}
