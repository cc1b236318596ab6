/* Commands that take from one list and give to another, or from the first of several; LPOS. */
#include "command/cmd_list_parts.h"
#include "command/wait.h"

#define TOO_FEW "count should be greater than 0"

/* --- LMOVE ------------------------------------------------------------------------------------ */

struct move {
    enum list_end from, to;
    uint64_t count;
    bool exactly;  /* or nothing */
    bool reversed; /* one by one to the same end: the last one moved comes first */
};

static struct bytes copy_element(struct call *call, const struct list_cursor *cursor)
{
    char digits[NUMBER_INT_MAX];
    struct listpack_element element = list_get(cursor);
    return arena_copy(call->scratch, listpack_text(&element, digits));
}

/* Copies of the elements, in the order in which they will stand in the destination. */
static struct bytes *copy_elements(struct call *call, const struct value *list,
                                   const struct move *move)
{
    struct list_cursor cursor;
    struct bytes *elements = arena_alloc_array(call->scratch, move->count, sizeof *elements);
    bool backwards = move->from == LIST_LAST;
    bool found = list_seek(&cursor, list, backwards ? -1 : 0);
    ASSERT(found);
    for (uint64_t i = 0; i < move->count; i++) {
        bool at_end = backwards != move->reversed;
        elements[at_end ? move->count - 1 - i : i] = copy_element(call, &cursor);
        breathe(call->breath, 1);
        if (i + 1 < move->count) list_step(&cursor, backwards);
    }
    list_end(&cursor);
    return elements;
}

static void push_elements(struct call *call, struct value *list, const struct bytes *elements,
                          const struct move *move)
{
    for (uint64_t i = 0; i < move->count; i++) {
        uint64_t next = move->to == LIST_FIRST ? move->count - 1 - i : i;
        list_push(list, elements[next], move->to, &call->limits->types);
        breathe(call->breath, 1);
    }
}

static void take_elements(struct call *call, struct value *list, const struct move *move)
{
    list_drop(list, move->from, move->count, &call->limits->types, call->breath);
}

/* Told in the order in which redis-server does it: first of what comes, then of what goes. */
static void move_elements(struct call *call, const struct bytes *elements, const struct move *move)
{
    struct collection list;
    bool same = bytes_equal(call->args[1], call->args[2]);
    collection_write(call, 2, VALUE_LIST, &list);
    if (same) take_elements(call, &list.value, move);
    push_elements(call, &list.value, elements, move);
    collection_close(call, &list, list_push_event(move->to));
    collection_write(call, 1, VALUE_LIST, &list);
    if (!same) take_elements(call, &list.value, move);
    collection_close(call, &list, list_pop_event(move->from));
}

struct outcome list_move_one(struct call *call, enum list_end from, enum list_end to,
                             struct list_patience *patience)
{
    struct collection source, destination;
    if (!collection_find(call, 1, VALUE_LIST, &source)) return reply_wrong_type(call);
    if (!source.entry) return patience ? list_wait(call, patience) : reply_null(call);
    if (!collection_find(call, 2, VALUE_LIST, &destination)) return reply_wrong_type(call);
    struct move move = {.from = from, .to = to, .count = 1};
    struct bytes *element = copy_elements(call, &source.value, &move);
    move_elements(call, element, &move);
    return reply_bulk(call, *element);
}

struct outcome cmd_lmove(struct call *call)
{
    enum list_end from, to;
    if (!list_end_of_word(call, 3, &from) || !list_end_of_word(call, 4, &to))
        return reply_syntax(call);
    return list_move_one(call, from, to, NULL);
}

struct outcome cmd_rpoplpush(struct call *call)
{
    return list_move_one(call, LIST_LAST, LIST_FIRST, NULL);
}

/* --- LMOVEM ----------------------------------------------------------------------------------- */

static bool read_how_many(struct call *call, uint32_t at, struct move *move,
                          struct outcome *problem)
{
    move->exactly = args_is(call, at, "exactly");
    bool fits = call->arg_count == at + 3, one_by_one = fits && args_is(call, at + 2, "obo");
    bool known = fits && (move->exactly || args_is(call, at, "count")) &&
                 (one_by_one || args_is(call, at + 2, "bulk"));
    int64_t count;
    if (!known) {
        *problem = reply_syntax(call);
        return false;
    }
    if (!args_read_from(call, at + 1, 1, &count, TOO_FEW, problem)) return false;
    move->count = (uint64_t)count;
    move->reversed = one_by_one && move->from == move->to;
    return true;
}

static struct outcome reply_too_few(struct call *call, const struct move *move,
                                    struct list_patience *patience)
{
    if (!patience) return reply_null_array(call);
    patience->least = move->exactly ? move->count : 1;
    return list_wait(call, patience);
}

/* What there is to read stands at `options`, if anywhere. */
struct outcome list_move_many(struct call *call, uint32_t options, struct list_patience *patience)
{
    struct move move = {.count = 1};
    struct collection source, destination;
    struct outcome problem;
    if (!list_end_of_word(call, 3, &move.from) || !list_end_of_word(call, 4, &move.to))
        return reply_syntax(call);
    if (call->arg_count > options && !read_how_many(call, options, &move, &problem)) return problem;
    if (patience && !args_seconds(call, 5, &patience->deadline_ms, &problem)) return problem;
    if (!collection_find(call, 1, VALUE_LIST, &source)) return reply_wrong_type(call);
    if (!source.entry) return reply_too_few(call, &move, patience);
    if (!collection_find(call, 2, VALUE_LIST, &destination)) return reply_wrong_type(call);
    uint64_t all = value_count(&source.value);
    if (move.count > all && move.exactly) return reply_too_few(call, &move, patience);
    if (move.count > all) move.count = all;
    if (call_is_long(call, move.count)) return call_run_long(call);
    struct bytes *elements = copy_elements(call, &source.value, &move);
    move_elements(call, elements, &move);
    writer_array(&call->out, move.count);
    for (uint64_t i = 0; i < move.count; i++) {
        writer_bulk(&call->out, elements[i]);
        breathe(call->breath, 1);
    }
    return reply_written(call);
}

struct outcome cmd_lmovem(struct call *call)
{
    return list_move_many(call, 5, NULL);
}

/* --- LMPOP ------------------------------------------------------------------------------------ */

struct popping {
    uint32_t key_end; /* keys are the arguments from behind their number up to it */
    enum list_end end;
    int64_t count;
};

static bool read_popping(struct call *call, uint32_t count_at, struct popping *popping,
                         struct outcome *problem)
{
    int64_t key_count;
    if (!args_read_from(call, count_at, 1, &key_count, "numkeys should be greater than 0", problem))
        return false;
    popping->count = 1;
    bool fits = key_count < call->arg_count - count_at - 1;
    popping->key_end = fits ? (uint32_t)key_count + count_at + 1 : 0;
    uint32_t at = popping->key_end + 1;
    bool known = fits && list_end_of_word(call, popping->key_end, &popping->end);
    if (known && at == call->arg_count) return true;
    if (known && at + 2 <= call->arg_count && args_is(call, at, "count")) {
        if (!args_read_from(call, at + 1, 1, &popping->count, TOO_FEW, problem)) return false;
        if (at + 2 == call->arg_count) return true;
    }
    *problem = reply_syntax(call);
    return false;
}

static void pop_from(struct call *call, uint32_t key, struct collection *list,
                     const struct popping *popping)
{
    writer_array(&call->out, 2);
    writer_bulk(&call->out, call->args[key]);
    list_write_end(call, &list->value, popping->end, (uint64_t)popping->count);
    collection_open(list);
    list_drop(&list->value, popping->end, (uint64_t)popping->count, &call->limits->types,
              call->breath);
    collection_close(call, list, list_pop_event(popping->end));
}

struct outcome list_pop_first(struct call *call, uint32_t count_at, struct list_patience *patience)
{
    struct popping popping;
    struct outcome problem;
    if (!read_popping(call, count_at, &popping, &problem)) return problem;
    if (patience && !args_seconds(call, 1, &patience->deadline_ms, &problem)) return problem;
    for (uint32_t i = count_at + 1; i < popping.key_end; i++) {
        struct collection list;
        if (!call_looks_at(call, i)) continue;
        if (!collection_find(call, i, VALUE_LIST, &list)) return reply_wrong_type(call);
        if (!list.entry) continue;
        uint64_t all = value_count(&list.value), count = (uint64_t)popping.count;
        if (call_is_long(call, count < all ? count : all)) return call_run_long(call);
        pop_from(call, i, &list, &popping);
        return reply_written(call);
    }
    if (!patience) return reply_null_array(call);
    patience->first = count_at + 1;
    patience->end = popping.key_end;
    return list_wait(call, patience);
}

struct outcome cmd_lmpop(struct call *call)
{
    return list_pop_first(call, 1, NULL);
}

/* --- LPOS ------------------------------------------------------------------------------------- */

struct search {
    int64_t rank;  /* of the first match that counts; negative: from the end */
    int64_t count; /* of matches; 0: all; -1: one, which is not an array */
    int64_t max;   /* elements compared; 0: all */
};

static bool read_rank(struct call *call, uint32_t index, int64_t *rank, struct outcome *problem)
{
    if (!args_int(call, index, rank))
        *problem = reply_not_int(call);
    else if (*rank == INT64_MIN) /* which 7.0 took, and could not negate */
        *problem = reply_error(call, "ERR value is out of range, value must between %lld and %lld",
                               (long long)-INT64_MAX, (long long)INT64_MAX);
    else if (*rank == 0)
        *problem = reply_error(call, "ERR RANK can't be zero: use 1 to start from the first match, "
                                     "2 from the second ... or use negative to start from the end "
                                     "of the list");
    else
        return true;
    return false;
}

static bool read_search(struct call *call, struct search *search, struct outcome *problem)
{
    *search = (struct search){1, -1, 0};
    for (uint32_t at = 3; at < call->arg_count; at += 2) {
        bool has_value = at + 1 < call->arg_count, good;
        if (has_value && args_is(call, at, "rank")) {
            good = read_rank(call, at + 1, &search->rank, problem);
        } else if (has_value && args_is(call, at, "count")) {
            good =
                args_read_from(call, at + 1, 0, &search->count, "COUNT can't be negative", problem);
        } else if (has_value && args_is(call, at, "maxlen")) {
            good =
                args_read_from(call, at + 1, 0, &search->max, "MAXLEN can't be negative", problem);
        } else {
            good = false;
            *problem = reply_syntax(call);
        }
        if (!good) return false;
    }
    return true;
}

/* Writes the indexes of matches; how many they were. */
static size_t write_matches(struct call *call, const struct value *list,
                            const struct search *search)
{
    struct list_cursor cursor;
    bool backwards = search->rank < 0;
    int64_t skip = backwards ? -(search->rank + 1) : search->rank - 1;
    int64_t all = (int64_t)value_count(list), passed = 0;
    int64_t max = search->max ? search->max : all, wanted = search->count ? search->count : all;
    if (search->count < 0) wanted = 1;
    size_t found = 0;
    if (!list_seek(&cursor, list, backwards ? -1 : 0)) return 0;
    do {
        struct listpack_element element = list_get(&cursor);
        breathe(call->breath, 1);
        if (!listpack_equals(&element, call->args[2]) || skip-- > 0) continue;
        writer_int(&call->out, backwards ? all - 1 - passed : passed);
        if ((int64_t)++found == wanted) break;
    } while (++passed < max && list_step(&cursor, backwards));
    list_end(&cursor);
    return found;
}

struct outcome cmd_lpos(struct call *call)
{
    struct search search;
    struct collection list;
    struct outcome problem;
    if (!read_search(call, &search, &problem)) return problem;
    if (!collection_read(call, 1, VALUE_LIST, &list)) return reply_wrong_type(call);
    if (call_is_long(call, value_count(&list.value))) return call_run_long(call);
    bool one = search.count < 0;
    if (one) {
        bool found = list.entry && write_matches(call, &list.value, &search);
        return found ? reply_written(call) : reply_null(call);
    }
    struct chunk *hole = writer_hole(&call->out);
    writer_close_array(&call->out, hole, write_matches(call, &list.value, &search));
    return reply_written(call);
}
