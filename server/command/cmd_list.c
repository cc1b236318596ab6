#include "command/cmd_list.h"

#include "command/cmd_list_parts.h"

bool list_end_of_word(const struct call *call, uint32_t index, enum list_end *end)
{
    *end = args_is(call, index, "left") ? LIST_FIRST : LIST_LAST;
    return *end == LIST_FIRST || args_is(call, index, "right");
}

enum change_event list_push_event(enum list_end end)
{
    return end == LIST_FIRST ? CHANGE_LPUSH : CHANGE_RPUSH;
}

enum change_event list_pop_event(enum list_end end)
{
    return end == LIST_FIRST ? CHANGE_LPOP : CHANGE_RPOP;
}

void list_write_element(struct call *call, const struct list_cursor *cursor)
{
    struct listpack_element element = list_get(cursor);
    if (element.ptr)
        writer_bulk(&call->out, bytes_make(element.ptr, element.len));
    else
        writer_bulk_int(&call->out, element.integer);
}

/* Elements from `start` on; there are at least `count`. */
static void write_elements(struct call *call, const struct value *list, int64_t start,
                           uint64_t count, bool backwards)
{
    struct list_cursor cursor;
    writer_array(&call->out, count);
    if (!count || !list_seek(&cursor, list, start)) return;
    while (list_write_element(call, &cursor), --count) {
        list_step(&cursor, backwards);
        breathe(call->breath, 1);
    }
    list_end(&cursor);
}

void list_write_end(struct call *call, const struct value *list, enum list_end end, uint64_t count)
{
    uint64_t all = value_count(list);
    write_elements(call, list, end == LIST_FIRST ? 0 : -1, count < all ? count : all,
                   end == LIST_LAST);
}

bool list_takes_args(struct call *call, uint32_t first, uint32_t end, struct outcome *problem)
{
    for (uint32_t i = first; i < end; i++) {
        if (likely(list_takes(call->args[i]))) continue;
        *problem = reply_error(call, "ERR element is larger than a list can hold");
        return false;
    }
    return true;
}

/* --- Ends ------------------------------------------------------------------------------------- */

static struct outcome push(struct call *call, enum list_end end, bool only_to_existing)
{
    struct collection list;
    struct outcome problem;
    if (call_is_long(call, call->arg_count)) return call_run_long(call);
    if (!collection_find(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    if (only_to_existing && !list.entry) return reply_int(call, 0);
    if (!list_takes_args(call, 2, call->arg_count, &problem)) return problem;
    collection_open(&list);
    for (uint32_t i = 2; i < call->arg_count; i++) {
        list_push(&list.value, call->args[i], end, &call->limits->types);
        breathe(call->breath, 1);
    }
    int64_t count = (int64_t)value_count(&list.value);
    collection_close(call, &list, list_push_event(end));
    return reply_int(call, count);
}

static struct outcome cmd_lpush(struct call *call)
{
    return push(call, LIST_FIRST, false);
}

static struct outcome cmd_rpush(struct call *call)
{
    return push(call, LIST_LAST, false);
}

static struct outcome cmd_lpushx(struct call *call)
{
    return push(call, LIST_FIRST, true);
}

static struct outcome cmd_rpushx(struct call *call)
{
    return push(call, LIST_LAST, true);
}

static void drop(struct call *call, struct collection *list, enum list_end end, uint64_t count)
{
    collection_open(list);
    list_drop(&list->value, end, count, &call->limits->types, call->breath);
    collection_close(call, list, list_pop_event(end));
}

struct outcome list_pop_one(struct call *call, struct collection *list, enum list_end end)
{
    struct list_cursor cursor;
    bool found = list_seek(&cursor, &list->value, end == LIST_FIRST ? 0 : -1);
    ASSERT(found);
    list_write_element(call, &cursor);
    list_end(&cursor);
    drop(call, list, end, 1);
    return reply_written(call);
}

static struct outcome pop(struct call *call, enum list_end end)
{
    struct collection list;
    struct outcome problem;
    int64_t count = 1;
    if (call->arg_count > 3) return reply_wrong_arity(call);
    bool counted = call->arg_count == 3;
    if (counted &&
        !args_read_from(call, 2, 0, &count, "value is out of range, must be positive", &problem))
        return problem;
    if (!collection_find(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    if (!list.entry) return counted ? reply_null_array(call) : reply_null(call);
    if (!counted) return list_pop_one(call, &list, end);
    if (!count) return reply_empty_array(call);
    uint64_t all = value_count(&list.value);
    if (call_is_long(call, (uint64_t)count < all ? (uint64_t)count : all))
        return call_run_long(call);
    list_write_end(call, &list.value, end, (uint64_t)count);
    drop(call, &list, end, (uint64_t)count);
    return reply_written(call);
}

static struct outcome cmd_lpop(struct call *call)
{
    return pop(call, LIST_FIRST);
}

static struct outcome cmd_rpop(struct call *call)
{
    return pop(call, LIST_LAST);
}

/* --- By index --------------------------------------------------------------------------------- */

static struct outcome cmd_llen(struct call *call)
{
    struct collection list;
    if (!collection_read(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    return reply_int(call, (int64_t)value_count(&list.value));
}

static struct outcome cmd_lindex(struct call *call)
{
    struct collection list;
    struct list_cursor cursor;
    int64_t index;
    if (!collection_read(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    if (!list.entry) return reply_null(call);
    if (!args_int(call, 2, &index)) return reply_not_int(call);
    if (!list_seek(&cursor, &list.value, index)) return reply_null(call);
    list_write_element(call, &cursor);
    list_end(&cursor);
    return reply_written(call);
}

/* Indexes from `first` to before `end`. */
struct extent {
    int64_t first, end;
};

/* What start and stop, which may be negative, mean in a list of that length. */
static struct extent extent_of(int64_t start, int64_t stop, int64_t count)
{
    if (start < 0) start += count;
    if (stop < 0) stop += count;
    if (start < 0) start = 0;
    if (stop >= count) stop = count - 1;
    if (start > stop || start >= count) return (struct extent){0, 0};
    return (struct extent){start, stop + 1};
}

static struct outcome cmd_lrange(struct call *call)
{
    struct collection list;
    int64_t start, stop;
    if (!args_int(call, 2, &start) || !args_int(call, 3, &stop)) return reply_not_int(call);
    if (!collection_read(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    struct extent extent = extent_of(start, stop, (int64_t)value_count(&list.value));
    uint64_t count = (uint64_t)(extent.end - extent.first);
    if (call_is_long(call, count)) return call_run_long(call);
    write_elements(call, &list.value, extent.first, count, false);
    return reply_written(call);
}

static struct outcome cmd_ltrim(struct call *call)
{
    struct collection list;
    int64_t start, stop;
    if (!args_int(call, 2, &start) || !args_int(call, 3, &stop)) return reply_not_int(call);
    if (!collection_find(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    if (!list.entry) return reply_ok(call);
    int64_t count = (int64_t)value_count(&list.value);
    struct extent extent = extent_of(start, stop, count);
    if (call_is_long(call, (uint64_t)(count - (extent.end - extent.first)) / 16))
        return call_run_long(call);
    const struct type_limits *limits = &call->limits->types;
    collection_open(&list);
    list_drop(&list.value, LIST_LAST, (uint64_t)(count - extent.end), limits, call->breath);
    list_drop(&list.value, LIST_FIRST, (uint64_t)extent.first, limits, call->breath);
    collection_close(call, &list, CHANGE_LTRIM);
    return reply_ok(call);
}

static struct outcome cmd_lset(struct call *call)
{
    struct collection list;
    struct list_cursor cursor;
    struct outcome problem;
    int64_t index;
    if (!collection_find(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    if (!list.entry) return reply_no_key(call);
    if (!args_int(call, 2, &index)) return reply_not_int(call);
    if (!list_takes_args(call, 3, 4, &problem)) return problem;
    collection_open(&list);
    bool found = list_seek(&cursor, &list.value, index);
    if (found) list_replace(&list.value, &cursor, call->args[3], &call->limits->types);
    collection_close(call, &list, found ? CHANGE_LSET : CHANGE_NONE);
    return found ? reply_ok(call) : reply_out_of_range(call);
}

/* --- By element ------------------------------------------------------------------------------- */

static struct outcome cmd_lrem(struct call *call)
{
    struct collection list;
    int64_t count;
    if (!args_int(call, 2, &count)) return reply_not_int(call);
    if (!collection_find(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    if (!list.entry) return reply_int(call, 0);
    if (call_is_long(call, value_count(&list.value) / 4)) return call_run_long(call);
    enum list_end end = count < 0 ? LIST_LAST : LIST_FIRST;
    uint64_t max = count == 0 ? UINT64_MAX : count < 0 ? 0 - (uint64_t)count : (uint64_t)count;
    collection_open(&list);
    uint64_t removed =
        list_remove(&list.value, call->args[3], end, max, &call->limits->types, call->breath);
    collection_close(call, &list, removed ? CHANGE_LREM : CHANGE_NONE);
    return reply_int(call, (int64_t)removed);
}

/* The first element that equals; the cursor stands there, or has ended. */
static bool find_element(struct call *call, const struct value *list, struct bytes wanted,
                         struct list_cursor *cursor)
{
    if (!list_seek(cursor, list, 0)) return false;
    do {
        struct listpack_element element = list_get(cursor);
        if (listpack_equals(&element, wanted)) return true;
        breathe(call->breath, 1);
    } while (list_step(cursor, false));
    return false;
}

static struct outcome cmd_linsert(struct call *call)
{
    struct collection list;
    struct list_cursor cursor;
    struct outcome problem;
    bool behind = args_is(call, 2, "after");
    if (!behind && !args_is(call, 2, "before")) return reply_syntax(call);
    if (!collection_find(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    if (!list.entry) return reply_int(call, 0);
    if (call_is_long(call, value_count(&list.value))) return call_run_long(call);
    if (!list_takes_args(call, 4, 5, &problem)) return problem;
    collection_open(&list);
    bool found = find_element(call, &list.value, call->args[3], &cursor);
    if (found) list_insert(&list.value, &cursor, behind, call->args[4], &call->limits->types);
    int64_t count = (int64_t)value_count(&list.value);
    collection_close(call, &list, found ? CHANGE_LINSERT : CHANGE_NONE);
    return reply_int(call, found ? count : -1);
}

#define READ    CMD_READ
#define MORE    CMD_WRITE | CMD_DENYOOM
#define LESS    CMD_WRITE
#define POP_KEY KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_DELETE)
#define POP_KEYS                                                                                   \
    {                                                                                              \
        {                                                                                          \
            KEYS_RANGE, 1, -2, 1, KEY_RW | KEY_ACCESS | KEY_DELETE                                 \
        }                                                                                          \
    }
#define PUSH_KEY  KEYS_ONE(KEY_RW | KEY_INSERT)
#define BLOCKING  CMD_BLOCKING
#define MOVE_KEYS KEYS_TWO(KEY_RW | KEY_ACCESS | KEY_DELETE, KEY_RW | KEY_INSERT)

/* clang-format off */
const struct command cmd_list_table[] = {
    {"blmove", cmd_blmove, 6, MORE | BLOCKING, ACL_LIST, MOVE_KEYS,
     "list", "6.2.0", "O(1)", "source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
     "Takes an element from an end of a list and puts it at an end of another one; waits for it if "
     "there is none."},
    {"blmovem", cmd_blmovem, -6, MORE | BLOCKING, ACL_LIST, MOVE_KEYS,
     "list", "8.10.0", "O(N) for N elements that are moved",
     "source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout "
     "[<COUNT count | EXACTLY exactly> <OBO | BULK>]",
     "Takes elements from an end of a list and puts them at an end of another one; waits for them "
     "if there are too few."},
    {"blmpop", cmd_blmpop, -5, LESS | BLOCKING, ACL_LIST,
     {{KEYS_COUNTED, 2, 0, 1, KEY_RW | KEY_ACCESS | KEY_DELETE}},
     "list", "7.0.0", "O(N+M) for N keys and M elements that are returned",
     "timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
     "Takes elements from the first of several lists that has any; waits for them if none has."},
    {"blpop", cmd_blpop, -3, LESS | BLOCKING, ACL_LIST, POP_KEYS,
     "list", "2.0.0", "O(N) for N keys", "key [key ...] timeout",
     "Takes the first element of the first of several lists that has any; waits for it if none "
     "has."},
    {"brpop", cmd_brpop, -3, LESS | BLOCKING, ACL_LIST, POP_KEYS,
     "list", "2.0.0", "O(N) for N keys", "key [key ...] timeout",
     "Takes the last element of the first of several lists that has any; waits for it if none "
     "has."},
    {"brpoplpush", cmd_brpoplpush, 4, MORE | BLOCKING, ACL_LIST, MOVE_KEYS,
     "list", "2.2.0", "O(1)", "source destination timeout",
     "Takes the last element of a list and puts it at the left end of another one; waits for it if "
     "there is none.",
     .deprecated_since = "6.2.0", .replaced_by = "`BLMOVE` with the `RIGHT` and `LEFT` arguments"},
    {"lindex", cmd_lindex, 3, READ, ACL_LIST, KEYS_ONE(KEY_RO | KEY_ACCESS),
     "list", "1.0.0", "O(N) for an element N blocks away from an end", "key index",
     "An element by its index; negative ones count from the end."},
    {"linsert", cmd_linsert, 5, MORE, ACL_LIST, PUSH_KEY,
     "list", "2.2.0", "O(N) for N elements before the one that is looked for",
     "key <BEFORE | AFTER> pivot element",
     "Inserts an element next to the first that equals another one."},
    {"llen", cmd_llen, 2, READ | CMD_FAST, ACL_LIST, KEYS_ONE(KEY_RO),
     "list", "1.0.0", "O(1)", "key",
     "How many elements a list has."},
    {"lmove", cmd_lmove, 5, MORE | CMD_BRIEF, ACL_LIST, MOVE_KEYS,
     "list", "6.2.0", "O(1)", "source destination <LEFT | RIGHT> <LEFT | RIGHT>",
     "Takes an element from an end of a list and puts it at an end of another one."},
    {"lmovem", cmd_lmovem, -5, MORE, ACL_LIST, MOVE_KEYS,
     "list", "8.10.0", "O(N) for N elements that are moved",
     "source destination <LEFT | RIGHT> <LEFT | RIGHT> "
     "[<COUNT count | EXACTLY exactly> <OBO | BULK>]",
     "Takes elements from an end of a list and puts them at an end of another one."},
    {"lmpop", cmd_lmpop, -4, LESS, ACL_LIST,
     {{KEYS_COUNTED, 1, 0, 1, KEY_RW | KEY_ACCESS | KEY_DELETE}},
     "list", "7.0.0", "O(N+M) for N keys and M elements that are returned",
     "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
     "Takes elements from the first of several lists that has any."},
    {"lpop", cmd_lpop, -2, LESS | CMD_FAST, ACL_LIST, POP_KEY,
     "list", "1.0.0", "O(N) for N elements that are returned", "key [count]",
     "Takes elements from the left end of a list."},
    {"lpos", cmd_lpos, -3, READ, ACL_LIST, KEYS_ONE(KEY_RO | KEY_ACCESS),
     "list", "6.0.6", "O(N) for N elements that are compared",
     "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
     "The indexes of elements that equal a given one."},
    {"lpush", cmd_lpush, -3, MORE | CMD_FAST, ACL_LIST, PUSH_KEY,
     "list", "1.0.0", "O(N) for N elements", "key element [element ...]",
     "Puts elements at the left end of a list, one after the other."},
    {"lpushx", cmd_lpushx, -3, MORE | CMD_FAST, ACL_LIST, PUSH_KEY,
     "list", "2.2.0", "O(N) for N elements", "key element [element ...]",
     "Puts elements at the left end of a list if it exists."},
    {"lrange", cmd_lrange, 4, READ, ACL_LIST, KEYS_ONE(KEY_RO | KEY_ACCESS),
     "list", "1.0.0", "O(S+N) for N elements that begin S blocks away from an end",
     "key start stop",
     "Elements from an index to another one, both counted in."},
    {"lrem", cmd_lrem, 4, LESS, ACL_LIST, KEYS_ONE(KEY_RW | KEY_DELETE),
     "list", "1.0.0", "O(N) for N elements", "key count element",
     "Removes elements that equal a given one, from the left, or from the right if the count is "
     "negative; all if it is 0."},
    {"lset", cmd_lset, 4, MORE, ACL_LIST, KEYS_ONE(KEY_RW | KEY_UPDATE),
     "list", "1.0.0", "O(N) for an element N blocks away from an end", "key index element",
     "Replaces an element by its index."},
    {"ltrim", cmd_ltrim, 4, LESS, ACL_LIST, KEYS_ONE(KEY_RW | KEY_DELETE),
     "list", "1.0.0", "O(N) for N blocks of elements that go", "key start stop",
     "Keeps the elements from an index to another one, and removes all others."},
    {"rpop", cmd_rpop, -2, LESS | CMD_FAST, ACL_LIST, POP_KEY,
     "list", "1.0.0", "O(N) for N elements that are returned", "key [count]",
     "Takes elements from the right end of a list."},
    {"rpoplpush", cmd_rpoplpush, 3, MORE | CMD_BRIEF, ACL_LIST, MOVE_KEYS,
     "list", "1.2.0", "O(1)", "source destination",
     "Takes the last element of a list and puts it at the left end of another one.",
     .deprecated_since = "6.2.0", .replaced_by = "`LMOVE` with the `RIGHT` and `LEFT` arguments"},
    {"rpush", cmd_rpush, -3, MORE | CMD_FAST, ACL_LIST, PUSH_KEY,
     "list", "1.0.0", "O(N) for N elements", "key element [element ...]",
     "Puts elements at the right end of a list, one after the other."},
    {"rpushx", cmd_rpushx, -3, MORE | CMD_FAST, ACL_LIST, PUSH_KEY,
     "list", "2.2.0", "O(N) for N elements", "key element [element ...]",
     "Puts elements at the right end of a list if it exists."},
    {.name = NULL},
};
/* clang-format on */
