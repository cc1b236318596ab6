#include "types/value.h"

#include "base/check.h"

const char *value_type_name(enum value_type type)
{
    static const char *const names[VALUE_TYPE_COUNT] = {"string", "list", "set",
                                                        "zset",   "hash", "stream"};
    ASSERT(type < VALUE_TYPE_COUNT);
    return names[type];
}
