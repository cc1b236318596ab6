#include "command/cmd_sort.h"

#include <math.h>

#include "command/args.h"
#include "command/collection.h"
#include "command/reply.h"
#include "command/sorting.h"
#include "types/hash.h"
#include "types/list.h"
#include "types/set.h"
#include "types/zset.h"

struct options {
    struct bytes by; /* NULL ptr: the elements themselves */
    bool unsorted;   /* a pattern without '*' */
    bool by_text, descending;
    int64_t offset, count; /* count negative: all */
    uint32_t gets;         /* how many GET there are */
    uint32_t store;        /* index of the destination; 0: none */
};

static bool has_star(struct bytes pattern)
{
    return pattern.len && memchr(pattern.ptr, '*', pattern.len);
}

/* Keys that a pattern makes of elements may be anywhere. */
static bool reaches_out(const struct bytes *args, uint32_t arg_count)
{
    for (uint32_t i = 2; i + 1 < arg_count; i++) {
        bool names_keys =
            bytes_equal_nocase(args[i], BYTES("by")) || bytes_equal_nocase(args[i], BYTES("get"));
        if (names_keys && has_star(args[i + 1])) return true;
    }
    return false;
}

static bool read_limit(struct call *call, uint32_t at, struct options *options,
                       struct outcome *problem)
{
    return args_read_int(call, at + 1, &options->offset, problem) &&
           args_read_int(call, at + 2, &options->count, problem);
}

/* Reads the option at *at and steps behind it. */
static bool read_option(struct call *call, uint32_t *at, struct options *options,
                        struct outcome *problem)
{
    uint32_t more = call->arg_count - *at - 1, i = *at;
    *at += 1;
    if (args_is(call, i, "asc") || args_is(call, i, "desc")) {
        options->descending = args_is(call, i, "desc");
    } else if (args_is(call, i, "alpha")) {
        options->by_text = true;
    } else if (args_is(call, i, "limit") && more >= 2) {
        *at += 2;
        return read_limit(call, i, options, problem);
    } else if (args_is(call, i, "store") && more && call->command->flags & CMD_WRITE) {
        options->store = (*at)++;
    } else if (args_is(call, i, "by") && more) {
        options->by = call->args[(*at)++];
        if (!has_star(options->by)) options->unsorted = true;
    } else if (args_is(call, i, "get") && more) {
        options->gets++;
        ++*at;
    } else {
        *problem = reply_syntax(call);
        return false;
    }
    return true;
}

static bool read_options(struct call *call, struct options *options, struct outcome *problem)
{
    *options = (struct options){.count = -1};
    for (uint32_t at = 2; at < call->arg_count;)
        if (!read_option(call, &at, options, problem)) return false;
    return true;
}

/* --- What elements stand for ------------------------------------------------------------------ */

/* A value that a key or a field of it holds. */
struct found {
    struct bytes text; /* NULL ptr: none */
    char digits[NUMBER_INT_MAX];
};

/* The key that a pattern makes of an element, and the field behind "->", if there is one. */
static struct bytes key_of_pattern(struct call *call, struct bytes pattern, struct bytes element,
                                   struct bytes *field)
{
    const uint8_t *star = memchr(pattern.ptr, '*', pattern.len), *end = pattern.ptr + pattern.len;
    const uint8_t *arrow = memmem(star + 1, (size_t)(end - star - 1), "->", 2);
    *field = bytes_make(NULL, 0);
    if (arrow && end - arrow > 2) {
        *field = bytes_make(arrow + 2, (size_t)(end - arrow - 2));
        end = arrow;
    }
    size_t before = (size_t)(star - pattern.ptr), behind = (size_t)(end - star - 1);
    uint8_t *key = arena_alloc(call->scratch, before + element.len + behind + 1);
    memcpy(key, pattern.ptr, before);
    if (element.len) memcpy(key + before, element.ptr, element.len);
    memcpy(key + before + element.len, star + 1, behind);
    return bytes_make(key, before + element.len + behind);
}

static void find_field(struct call *call, const struct entry *entry, struct bytes field,
                       struct found *found)
{
    struct hash_found value;
    if (entry_type(entry) != VALUE_HASH) return;
    struct value hash = entry_view(entry);
    if (!hash_get(&hash, field, call->now_ms, &value)) return;
    found->text = value.value;
    if ((const char *)value.value.ptr != value.digits) return;
    memcpy(found->digits, value.digits, sizeof found->digits);
    found->text.ptr = (const uint8_t *)found->digits;
}

static void look_up(struct call *call, struct bytes pattern, const struct sorting_item *item,
                    struct found *found)
{
    found->text = bytes_make(NULL, 0);
    if (bytes_equal(pattern, BYTES("#"))) {
        found->text = listpack_text(&item->element, found->digits);
        return;
    }
    if (!has_star(pattern)) return;
    char digits[NUMBER_INT_MAX];
    struct bytes field;
    struct arena_mark mark = arena_mark(call->scratch);
    struct bytes key = key_of_pattern(call, pattern, listpack_text(&item->element, digits), &field);
    struct place place = call_place_of_key(call, key);
    const struct entry *entry = call_find_read(call, &place);
    if (entry && field.ptr)
        find_field(call, entry, field, found);
    else if (entry && entry_type(entry) == VALUE_STRING)
        found->text = entry_text(entry, found->digits);
    arena_return(call->scratch, mark);
}

/* --- Gathering -------------------------------------------------------------------------------- */

/* Bytes that do not outlive a cursor are copied. */
static void add_copy(struct call *call, struct sorting *sorting, struct bytes text)
{
    sorting->items[sorting->count++].element = listpack_string(arena_copy(call->scratch, text));
    breathe(call->breath, 1);
}

static void gather_list(struct call *call, const struct value *list, bool backwards,
                        struct sorting *sorting)
{
    struct list_cursor cursor;
    if (!list_seek(&cursor, list, backwards ? -1 : 0)) return;
    do {
        struct listpack_element element = list_get(&cursor);
        if (element.ptr && cursor.unpacked)
            add_copy(call, sorting, bytes_make(element.ptr, element.len));
        else
            sorting->items[sorting->count++].element = element;
        breathe(call->breath, 1);
    } while (list_step(&cursor, backwards));
}

static void gather_set(struct call *call, const struct value *set, struct sorting *sorting)
{
    struct set_cursor cursor;
    struct bytes member;
    set_begin(&cursor, set);
    while (set_next(&cursor, &member))
        add_copy(call, sorting, member);
}

static void gather_zset(struct call *call, const struct value *zset, bool backwards,
                        struct sorting *sorting)
{
    struct zset_cursor cursor;
    struct zset_element element;
    zset_begin(&cursor, zset, backwards ? zset_count(zset) - 1 : 0);
    while (backwards ? zset_prev(&cursor, &element) : zset_next(&cursor, &element))
        add_copy(call, sorting, element.member);
}

static void gather(struct call *call, const struct value *value, const struct options *options,
                   struct sorting *sorting)
{
    uint64_t count = value_count(value);
    sorting->items = arena_alloc_array(call->scratch, count + 1, sizeof *sorting->items);
    sorting->count = 0;
    if (!count) return;
    bool backwards = options->unsorted && options->descending;
    if (value->type == VALUE_LIST)
        gather_list(call, value, backwards, sorting);
    else if (value->type == VALUE_SET)
        gather_set(call, value, sorting);
    else
        gather_zset(call, value, backwards, sorting);
}

/* --- Weighing --------------------------------------------------------------------------------- */

/* As strtod() reads it, but what is too large is none. */
static bool parse_score(struct bytes text, double *score)
{
    if (!number_parse_bound(text, score)) return false;
    if (!isinf(*score)) return true;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9') return false;
    return true;
}

static bool weigh(struct call *call, const struct options *options, struct sorting_item *item)
{
    struct found found;
    if (!options->by.ptr && !options->by_text && !item->element.ptr) {
        item->score = (double)item->element.integer;
        return true;
    }
    struct bytes pattern = options->by.ptr ? options->by : BYTES("#");
    look_up(call, pattern, item, &found);
    if (options->by_text) {
        item->text = found.text.ptr ? arena_copy(call->scratch, found.text) : found.text;
        return true;
    }
    item->score = 0;
    return !found.text.ptr || parse_score(found.text, &item->score);
}

static bool weigh_all(struct call *call, const struct options *options, struct sorting *sorting)
{
    for (uint64_t i = 0; i < sorting->count; i++) {
        breathe(call->breath, options->by.ptr ? 4 : 1);
        if (!weigh(call, options, &sorting->items[i])) return false;
    }
    return true;
}

/* --- Answering -------------------------------------------------------------------------------- */

/* Items start .. end - 1 are wanted. */
struct wanted {
    uint64_t start, end;
};

static struct wanted wanted_of(const struct options *options, uint64_t count)
{
    uint64_t start = options->offset > 0 ? (uint64_t)options->offset : 0;
    if (start >= count) return (struct wanted){0, 0};
    uint64_t rest = count - start;
    uint64_t length = options->count < 0 ? rest : (uint64_t)options->count;
    return (struct wanted){start, start + (length < rest ? length : rest)};
}

typedef void answer_one(struct call *call, void *context, const struct found *found);

/* Each wanted item, or what each GET makes of it. */
static void answer_each(struct call *call, const struct sorting *sorting, struct wanted wanted,
                        const struct options *options, answer_one *answer, void *context)
{
    struct found found;
    for (uint64_t i = wanted.start; i < wanted.end; i++) {
        breathe(call->breath, 1 + options->gets * 4);
        if (!options->gets) {
            look_up(call, BYTES("#"), &sorting->items[i], &found);
            answer(call, context, &found);
        }
        for (uint32_t at = 2; options->gets && at + 1 < call->arg_count; at++) {
            bool is_limit = args_is(call, at, "limit");
            bool takes_one = args_is(call, at, "by") || args_is(call, at, "store");
            if (args_is(call, at, "get")) {
                look_up(call, call->args[++at], &sorting->items[i], &found);
                answer(call, context, &found);
            } else {
                at += is_limit ? 2 : takes_one;
            }
        }
    }
}

static void write_one(struct call *call, void *context, const struct found *found)
{
    (void)context;
    if (found->text.ptr)
        writer_bulk(&call->out, found->text);
    else
        writer_null(&call->out);
}

static void push_one(struct call *call, void *context, const struct found *found)
{
    struct bytes text = found->text.ptr ? found->text : BYTES("");
    if (list_takes(text)) list_push(context, text, LIST_LAST, &call->limits->types);
}

static struct outcome answer_sorted(struct call *call, const struct sorting *sorting,
                                    const struct options *options)
{
    struct wanted wanted = wanted_of(options, sorting->count);
    uint64_t count = (wanted.end - wanted.start) * (options->gets ? options->gets : 1);
    if (!options->store) {
        writer_array(&call->out, count);
        answer_each(call, sorting, wanted, options, write_one, NULL);
        return reply_written(call);
    }
    struct value list = value_new(VALUE_LIST);
    answer_each(call, sorting, wanted, options, push_one, &list);
    collection_store(call, options->store, &list, CHANGE_SORTSTORE);
    return reply_int(call, (int64_t)count);
}

static bool is_sortable(const struct entry *entry)
{
    enum value_type type = entry_type(entry);
    return type == VALUE_LIST || type == VALUE_SET || type == VALUE_ZSET;
}

/* The order of a set means nothing: what is stored of one is in some order that does. */
static void settle_order(struct options *options, const struct value *value)
{
    if (!options->unsorted || value->type != VALUE_SET || !options->store) return;
    options->unsorted = false;
    options->by_text = true;
    options->by = bytes_make(NULL, 0);
}

static struct outcome cmd_sort(struct call *call)
{
    struct options options;
    struct outcome problem;
    if (!read_options(call, &options, &problem)) return problem;
    struct place place = call_place(call, 1);
    const struct entry *entry = call_find_read(call, &place);
    if (entry && !is_sortable(entry)) return reply_wrong_type(call);
    struct value value = entry ? entry_view(entry) : value_nothing(VALUE_LIST);
    if (call_is_long(call, value_count(&value) * (1 + options.gets))) return call_run_long(call);
    settle_order(&options, &value);
    struct sorting sorting = {.by_text = options.by_text, .descending = options.descending};
    gather(call, &value, &options, &sorting);
    if (!options.unsorted && !weigh_all(call, &options, &sorting))
        return reply_error(call, "ERR One or more scores can't be converted into double");
    if (!options.unsorted) sorting_run(&sorting, call->scratch, call->breath);
    return answer_sorted(call, &sorting, &options);
}

#define SORT_KEYS                                                                                  \
    {KEYS_RANGE, 1, 0, 1, KEY_RO | KEY_ACCESS},                                                    \
    {                                                                                              \
        KEYS_CONTENT, 0, 0, 1, KEY_RO | KEY_ACCESS,                                                \
            "BY and GET: which keys they read depends on the elements"                             \
    }
#define SORT_OPTIONS                                                                               \
    "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] "                       \
    "[ASC | DESC] [ALPHA]"

/* clang-format off */
const struct command cmd_sort_table[] = {
    {"sort", cmd_sort, -2, CMD_WRITE | CMD_DENYOOM,
     ACL_SET | ACL_SORTEDSET | ACL_LIST | ACL_DANGEROUS,
     {SORT_KEYS,
      {KEYS_WORD, 2, 0, 1, KEY_OW | KEY_UPDATE, "STORE: it may stand anywhere behind the key",
       .word = "STORE", .unknown = true}},
     "generic", "1.0.0", "O(N) for N elements that are numbers, else O(N*log(N))",
     SORT_OPTIONS " [STORE destination]",
     "The elements of a list, set or sorted set in order, or what stands for them in other keys.",
     .needs_all_slots = reaches_out},
    {"sort_ro", cmd_sort, -2, CMD_READ, ACL_SET | ACL_SORTEDSET | ACL_LIST | ACL_DANGEROUS,
     {SORT_KEYS},
     "generic", "7.0.0", "O(N) for N elements that are numbers, else O(N*log(N))", SORT_OPTIONS,
     "SORT without STORE.",
     .needs_all_slots = reaches_out},
    {.name = NULL},
};
/* clang-format on */
