#include "command/cmd_bitmap_parts.h"
#include "mem/arena.h"

enum field_verb { FIELD_GET, FIELD_SET, FIELD_INCRBY };
enum field_overflow { OVERFLOW_WRAP, OVERFLOW_SAT, OVERFLOW_FAIL };

/* An integer of some bits within a string. */
struct field {
    uint64_t offset;
    unsigned width; /* 1 to 64; of an unsigned one to 63, so that each value is an int64_t */
    bool is_signed;
};

struct field_operation {
    enum field_verb verb;
    enum field_overflow overflow;
    struct field field;
    int64_t number; /* to be set or added */
};

struct field_plan {
    struct field_operation *operations;
    uint32_t count;
    uint64_t end; /* one past the last bit that is written to; 0: nothing is */
};

/* Reading and writing. */

/* Up to nine bytes around a field as one number, of which the field is a part. */
struct window {
    size_t start;  /* its first byte in the string */
    unsigned len;  /* bytes */
    unsigned down; /* how many bits stand below the field */
};

static struct window window_of(const struct field *field)
{
    uint64_t end = field->offset + field->width;
    size_t start = (size_t)(field->offset / 8), last = (size_t)((end - 1) / 8);
    return (struct window){start, (unsigned)(last - start + 1), (unsigned)(7 - (end - 1) % 8)};
}

typedef unsigned __int128 wide;

static uint64_t mask_of(const struct field *field)
{
    return UINT64_MAX >> (64 - field->width);
}

/* Behind the end of the string are zeros. */
static int64_t field_read(const struct field *field, struct bytes text)
{
    struct window window = window_of(field);
    wide bits = 0;
    for (size_t i = 0; i < window.len; i++) {
        size_t at = window.start + i;
        bits = bits << 8 | (at < text.len ? text.ptr[at] : 0);
    }
    uint64_t raw = (uint64_t)(bits >> window.down) & mask_of(field);
    unsigned unused = 64 - field->width;
    if (field->is_signed) return (int64_t)(raw << unused) >> unused;
    return (int64_t)raw;
}

static void field_write(const struct field *field, uint8_t *bytes, int64_t value)
{
    struct window window = window_of(field);
    wide mask = (wide)mask_of(field) << window.down;
    wide bits = ((wide)(uint64_t)value << window.down) & mask;
    for (unsigned i = window.len; i-- > 0; bits >>= 8, mask >>= 8) {
        uint8_t *byte = bytes + window.start + i;
        *byte = (uint8_t)((*byte & ~(uint8_t)mask) | (uint8_t)bits);
    }
}

/* Arithmetic. */

static int64_t field_max(const struct field *field)
{
    return (int64_t)(mask_of(field) >> field->is_signed);
}

static int64_t field_min(const struct field *field)
{
    return field->is_signed ? -field_max(field) - 1 : 0;
}

/* The low bits of a number as the field would hold them. */
static int64_t field_wrapped(const struct field *field, uint64_t number)
{
    unsigned unused = 64 - field->width;
    if (field->is_signed) return (int64_t)(number << unused) >> unused;
    return (int64_t)(number & mask_of(field));
}

/* What the field would hold after the operation. false: it overflows, and shall not. */
static bool field_next(const struct field_operation *operation, int64_t old, int64_t *next)
{
    const struct field *field = &operation->field;
    bool adds = operation->verb == FIELD_INCRBY;
    int64_t number = operation->number, sum = number;
    bool is_above = false, is_below = false;
    if (adds && __builtin_add_overflow(old, number, &sum)) {
        is_above = number > 0;
        is_below = !is_above;
    } else {
        is_above = sum > field_max(field);
        is_below = sum < field_min(field);
    }
    /* As redis-server has it: a negative number is a large one to an unsigned field, and so is to a
     * signed one what lies so far below that the distance overflows. */
    int64_t distance;
    bool is_far = !field->is_signed || __builtin_sub_overflow(field_max(field), sum, &distance);
    if (!adds && is_below && is_far) is_above = true;
    *next = sum;
    if (!is_above && !is_below) return true;
    if (operation->overflow == OVERFLOW_FAIL) return false;
    if (operation->overflow == OVERFLOW_SAT)
        *next = is_above ? field_max(field) : field_min(field);
    else
        *next = field_wrapped(field, (uint64_t)(adds ? old : 0) + (uint64_t)number);
    return true;
}

/* Arguments. */

static bool read_type(struct call *call, uint32_t index, struct field *field,
                      struct outcome *problem)
{
    struct bytes text = call->args[index];
    int64_t width = 0;
    field->is_signed = text.len && text.ptr[0] == 'i';
    bool good = field->is_signed || (text.len && text.ptr[0] == 'u');
    good = good && number_parse_int(bytes_make(text.ptr + 1, text.len - 1), &width);
    if (good && width >= 1 && width <= (field->is_signed ? 64 : 63)) {
        field->width = (unsigned)width;
        return true;
    }
    *problem = reply_error(call, "ERR Invalid bitfield type. Use something like i16 u8. Note that "
                                 "u64 is not supported but i64 is.");
    return false;
}

static bool read_overflow(struct call *call, uint32_t index, enum field_overflow *overflow,
                          struct outcome *problem)
{
    if (args_is(call, index, "wrap")) {
        *overflow = OVERFLOW_WRAP;
    } else if (args_is(call, index, "sat")) {
        *overflow = OVERFLOW_SAT;
    } else if (args_is(call, index, "fail")) {
        *overflow = OVERFLOW_FAIL;
    } else {
        *problem = reply_error(call, "ERR Invalid OVERFLOW type specified");
        return false;
    }
    return true;
}

static bool read_verb(const struct call *call, uint32_t index, enum field_verb *verb)
{
    uint32_t left = call->arg_count - index - 1;
    if (args_is(call, index, "get"))
        *verb = FIELD_GET;
    else if (args_is(call, index, "set"))
        *verb = FIELD_SET;
    else if (args_is(call, index, "incrby"))
        *verb = FIELD_INCRBY;
    else
        return false;
    return left >= (*verb == FIELD_GET ? 2 : 3);
}

/* One operation at *at, which is moved behind it. */
static bool read_operation(struct call *call, uint32_t *at, struct field_operation *operation,
                           struct outcome *problem)
{
    struct field *field = &operation->field;
    if (!read_verb(call, *at, &operation->verb)) {
        *problem = reply_syntax(call);
        return false;
    }
    if (!read_type(call, *at + 1, field, problem)) return false;
    if (!bitmap_read_offset(call, *at + 2, field->width, &field->offset, problem)) return false;
    *at += 3;
    if (operation->verb == FIELD_GET) return true;
    if (args_int(call, (*at)++, &operation->number)) return true;
    *problem = reply_not_int(call);
    return false;
}

static bool read_plan(struct call *call, struct field_plan *plan, struct outcome *problem)
{
    enum field_overflow overflow = OVERFLOW_WRAP;
    size_t count_max = call->arg_count / 3; /* none takes fewer arguments */
    *plan = (struct field_plan){0};
    plan->operations =
        arena_alloc_array(call->scratch, count_max + 1, sizeof(struct field_operation));
    for (uint32_t at = 2; at < call->arg_count;) {
        if (args_is(call, at, "overflow") && at + 1 < call->arg_count) {
            if (!read_overflow(call, at + 1, &overflow, problem)) return false;
            at += 2;
            continue;
        }
        struct field_operation *operation = &plan->operations[plan->count];
        *operation = (struct field_operation){.overflow = overflow};
        if (!read_operation(call, &at, operation, problem)) return false;
        plan->count++;
        uint64_t end = operation->field.offset + operation->field.width;
        if (operation->verb != FIELD_GET && end > plan->end) plan->end = end;
    }
    return true;
}

/* Execution. */

static struct outcome run_reads(struct call *call, const struct field_plan *plan)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    char scratch[NUMBER_INT_MAX];
    struct bytes text = entry ? entry_text(entry, scratch) : bytes_make(NULL, 0);
    writer_array(&call->out, plan->count);
    for (uint32_t i = 0; i < plan->count; i++)
        writer_int(&call->out, field_read(&plan->operations[i].field, text));
    return reply_written(call);
}

/* What is to be told. Until an operation changes something, each finds what is there now. A string
 * that becomes longer has changed, but that is not told unless something is written to it. */
static enum change_event event_of(const struct field_plan *plan, struct bytes text)
{
    bool grows = (plan->end + 7) / 8 > text.len;
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct field_operation *operation = &plan->operations[i];
        if (operation->verb == FIELD_GET) continue;
        int64_t old = field_read(&operation->field, text), next;
        if (field_next(operation, old, &next) && (grows || next != old)) return CHANGE_SETBIT;
    }
    return grows ? CHANGE_FORM : CHANGE_NONE;
}

static void run_one(struct call *call, const struct field_operation *operation, uint8_t *bytes,
                    size_t len)
{
    int64_t old = field_read(&operation->field, bytes_make(bytes, len)), next = old;
    bool fits = operation->verb == FIELD_GET || field_next(operation, old, &next);
    if (!fits) {
        writer_null(&call->out);
        return;
    }
    if (next != old) field_write(&operation->field, bytes, next);
    writer_int(&call->out, operation->verb == FIELD_INCRBY ? next : old);
}

static struct outcome run_writes(struct call *call, const struct field_plan *plan)
{
    struct bitmap_target target = {.place = call_first_place(call, 1)};
    target.entry = call_find_write(call, &target.place);
    if (!string_is_type(target.entry)) return reply_wrong_type(call);
    char scratch[NUMBER_INT_MAX];
    struct bytes text = target.entry ? entry_text(target.entry, scratch) : bytes_make(NULL, 0);
    size_t len = (size_t)((plan->end + 7) / 8);
    enum change_event event = event_of(plan, text);
    size_t whole_len = len > text.len ? len : text.len;
    if (!bitmap_open(call, &target, len, event)) return string_no_memory(call);
    writer_array(&call->out, plan->count);
    for (uint32_t i = 0; i < plan->count; i++)
        run_one(call, &plan->operations[i], target.bytes, whole_len);
    bitmap_store(call, &target, event);
    return reply_written(call);
}

struct outcome cmd_bitfield(struct call *call)
{
    struct field_plan plan;
    struct outcome problem;
    if (!read_plan(call, &plan, &problem)) return problem;
    return plan.end ? run_writes(call, &plan) : run_reads(call, &plan);
}

struct outcome cmd_bitfield_ro(struct call *call)
{
    struct field_plan plan;
    struct outcome problem;
    if (!read_plan(call, &plan, &problem)) return problem;
    if (plan.end) return reply_error(call, "ERR BITFIELD_RO only supports the GET subcommand");
    return run_reads(call, &plan);
}
