#include "command/category.h"

#include "base/check.h"

struct category {
    const char *name;
    uint32_t category; /* enum command_category: rows that name it have it */
    uint32_t flags;    /* enum command_flag: rows with one of these have it too */
};

static const struct category categories[] = {
    {"keyspace", ACL_KEYSPACE, 0},
    {"read", 0, CMD_READ}, /* but for scripts, which may do anything */
    {"write", 0, CMD_WRITE},
    {"set", ACL_SET, 0},
    {"sortedset", ACL_SORTEDSET, 0},
    {"list", ACL_LIST, 0},
    {"hash", ACL_HASH, 0},
    {"string", ACL_STRING, 0},
    {"bitmap", ACL_BITMAP, 0},
    {"hyperloglog", ACL_HYPERLOGLOG, 0},
    {"geo", ACL_GEO, 0},
    {"stream", ACL_STREAM, 0},
    {"pubsub", ACL_PUBSUB, 0},
    {"admin", 0, CMD_ADMIN},
    {"fast", 0, CMD_FAST},
    {"slow", 0, 0}, /* all that is not fast */
    {"blocking", ACL_BLOCKING, CMD_BLOCKING},
    {"dangerous", ACL_DANGEROUS, CMD_ADMIN},
    {"connection", ACL_CONNECTION, 0},
    {"transaction", ACL_TRANSACTION, 0},
    {"scripting", ACL_SCRIPTING, 0},
};

uint32_t category_count(void)
{
    return sizeof categories / sizeof *categories;
}

const char *category_name(uint32_t category)
{
    ASSERT(category < category_count());
    return categories[category].name;
}

bool category_find(struct bytes name, uint32_t *category)
{
    for (uint32_t i = 0; i < category_count(); i++) {
        if (!bytes_equal_nocase(bytes_of_string(categories[i].name), name)) continue;
        *category = i;
        return true;
    }
    return false;
}

bool category_has(uint32_t category, const struct command *row)
{
    ASSERT(category < category_count());
    const struct category *wanted = &categories[category];
    if (!wanted->category && !wanted->flags) return !(row->flags & CMD_FAST);
    if (wanted->flags == CMD_READ && row->categories & ACL_SCRIPTING) return false;
    return row->categories & wanted->category || row->flags & wanted->flags;
}
