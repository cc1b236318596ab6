#include "base/random.h"
#include "command/cmd_set_parts.h"
#include "command/sampler.h"

/* SPOP. */

static struct outcome pop_one(struct call *call)
{
    struct collection set;
    char digits[NUMBER_INT_MAX];
    if (!collection_find(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    if (!set.entry) return reply_null(call);
    collection_open(&set);
    struct bytes member = set_random(&set.value, call->random, digits);
    writer_bulk(&call->out, member);
    set_remove(&set.value, member);
    collection_close(call, &set, CHANGE_SPOP);
    return reply_written(call);
}

/* The key goes, and with it what is in it: it need not be emptied first. */
static struct outcome pop_all(struct call *call, struct collection *set)
{
    struct outcome outcome = set_reply_all(call, &set->value);
    collection_open(set);
    struct value all = set->value;
    set->value = value_new(VALUE_SET);
    collection_close(call, set, CHANGE_SPOP);
    collection_drop(call, &all);
    return outcome;
}

static struct outcome pop_some(struct call *call, struct collection *set, uint64_t count)
{
    writer_set(&call->out, count);
    collection_open(set);
    for (; count; count--) {
        char digits[NUMBER_INT_MAX];
        struct bytes member = set_random(&set->value, call->random, digits);
        writer_bulk(&call->out, member);
        breathe(call->breath, 4 + member.len / 64);
        set_remove(&set->value, member);
    }
    collection_close(call, set, CHANGE_SPOP);
    return reply_written(call);
}

struct outcome cmd_spop(struct call *call)
{
    struct collection set;
    struct outcome problem;
    int64_t count;
    if (call->arg_count > 3) return reply_syntax(call);
    if (call->arg_count == 2) return pop_one(call);
    if (!args_read_from(call, 2, 0, &count, "value is out of range, must be positive", &problem))
        return problem;
    if (!collection_find(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    if (!set.entry || !count) {
        writer_set(&call->out, 0);
        return reply_written(call);
    }
    uint64_t members = value_count(&set.value);
    bool all = (uint64_t)count >= members;
    if (call_is_long(call, all ? set_work(&set.value) : (uint64_t)count * 4))
        return call_run_long(call);
    return all ? pop_all(call, &set) : pop_some(call, &set, (uint64_t)count);
}

/* SRANDMEMBER. */

/* Members that can be drawn in one step each: those of a small set are gathered first. */
struct source {
    const struct value *set;
    struct bytes *members; /* NULL: the set draws quickly itself */
    uint64_t count;
};

static struct source source_of(struct call *call, const struct value *set)
{
    struct source source = {set, NULL, value_count(set)};
    struct set_cursor cursor;
    struct bytes member;
    if (set_is_large(set)) return source;
    source.members = arena_alloc_array(call->scratch, source.count, sizeof(struct bytes));
    set_begin(&cursor, set);
    for (uint64_t i = 0; set_next(&cursor, &member); i++) {
        bool is_digits = (const char *)member.ptr == cursor.digits;
        source.members[i] = is_digits ? arena_copy(call->scratch, member) : member;
    }
    return source;
}

static struct bytes draw(const struct source *source, struct random *random)
{
    char digits[NUMBER_INT_MAX];
    if (source->members) return source->members[random_below(random, source->count)];
    return set_random(source->set, random, digits);
}

static size_t draw_len(void *source, struct random *random)
{
    return draw(source, random).len;
}

static struct outcome reply_repeating(struct call *call, const struct value *set, uint64_t count)
{
    struct source source = source_of(call, set);
    struct random random;
    struct outcome problem;
    if (!sample_fits(call, source.set, count, draw_len, &source, &random, &problem)) return problem;
    writer_array(&call->out, count);
    for (; count; count--) {
        struct bytes member = draw(&source, &random);
        writer_bulk(&call->out, member);
        breathe(call->breath, 2 + member.len / 64);
    }
    return reply_written(call);
}

static void write_passing(struct call *call, const struct value *set, uint64_t count)
{
    struct pass pass = {count, value_count(set)};
    struct set_cursor cursor;
    struct bytes member;
    set_begin(&cursor, set);
    while (pass.wanted && set_next(&cursor, &member)) {
        breathe(call->breath, 1);
        if (pass_takes(&pass, call->random)) writer_bulk(&call->out, member);
    }
}

static void write_drawing(struct call *call, const struct value *set, uint64_t count)
{
    struct drawn drawn;
    drawn_init(&drawn, call, count);
    while (count) {
        char digits[NUMBER_INT_MAX];
        struct bytes member = set_random(set, call->random, digits);
        breathe(call->breath, 4);
        if (!drawn_add(&drawn, member.ptr)) continue;
        writer_bulk(&call->out, member);
        count--;
    }
}

/* Drawing until enough different ones have come is good while that is few of many. */
static struct outcome reply_distinct(struct call *call, const struct value *set, uint64_t count)
{
    uint64_t members = value_count(set);
    if (count > members) count = members;
    writer_array(&call->out, count);
    if (set_is_large(set) && count < members / 3)
        write_drawing(call, set, count);
    else
        write_passing(call, set, count);
    return reply_written(call);
}

static struct outcome random_one(struct call *call)
{
    struct collection set;
    char digits[NUMBER_INT_MAX];
    if (!collection_read(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    if (!set.entry) return reply_null(call);
    return reply_bulk(call, set_random(&set.value, call->random, digits));
}

struct outcome cmd_srandmember(struct call *call)
{
    struct collection set;
    struct sample sample;
    struct outcome problem;
    if (call->arg_count > 3) return reply_syntax(call);
    if (call->arg_count == 2) return random_one(call);
    if (!sample_read(call, 2, &sample, &problem)) return problem;
    if (!collection_read(call, 1, VALUE_SET, &set)) return reply_wrong_type(call);
    if (!set.entry || !sample.count) return reply_empty_array(call);
    uint64_t members = value_count(&set.value);
    bool repeats = sample.repeats;
    uint64_t count = !repeats && sample.count > members ? members : sample.count;
    if (count > UINT64_MAX / 8) count = UINT64_MAX / 8;
    bool passes = !repeats && count >= members / 3;
    if (call_is_long(call, passes ? set_work(&set.value) : count * 4)) return call_run_long(call);
    return repeats ? reply_repeating(call, &set.value, sample.count)
                   : reply_distinct(call, &set.value, count);
}
