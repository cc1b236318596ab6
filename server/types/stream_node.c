#include "types/stream_node.h"

#include "base/check.h"
#include "mem/mem.h"

/* Elements of an entry before its fields or values, without the number of fields. */
enum { HEAD_ELEMENTS = 3 };

/* --- Reading ---------------------------------------------------------------------------------- */

static uint32_t read_integer(const struct listpack *pack, uint32_t at, int64_t *integer)
{
    struct listpack_element element;
    uint32_t next = listpack_read(pack, at, &element);
    DEBUG_ASSERT(!element.ptr);
    *integer = element.integer;
    return next;
}

static uint32_t skip(const struct listpack *pack, uint32_t at, uint64_t count)
{
    while (count--)
        at = listpack_next(pack, at);
    return at;
}

struct stream_node stream_node_read(const struct listpack *pack, struct id id)
{
    int64_t count, deleted, field_count;
    uint32_t at = read_integer(pack, listpack_first(pack), &count);
    at = read_integer(pack, at, &deleted);
    at = read_integer(pack, at, &field_count);
    struct stream_node node = {.pack = pack,
                               .id = id,
                               .count = (uint32_t)count,
                               .deleted = (uint32_t)deleted,
                               .field_count = (uint32_t)field_count,
                               .fields_at = at};
    node.entries_at = skip(pack, at, node.field_count + (uint64_t)1);
    return node;
}

bool stream_node_entry(const struct stream_node *node, uint32_t at, struct stream_entry *entry)
{
    if (!at) return false;
    int64_t flags, ms, seq, field_count = node->field_count;
    entry->at = at;
    at = read_integer(node->pack, at, &flags);
    at = read_integer(node->pack, at, &ms);
    at = read_integer(node->pack, at, &seq);
    if (!(flags & STREAM_SAME)) at = read_integer(node->pack, at, &field_count);
    entry->flags = (uint8_t)flags;
    entry->field_count = (uint32_t)field_count;
    entry->id = (struct id){node->id.ms + (uint64_t)ms, node->id.seq + (uint64_t)seq};
    entry->body_at = at;
    uint64_t elements = (uint64_t)entry->field_count * (flags & STREAM_SAME ? 1 : 2);
    entry->next = skip(node->pack, at, elements + 1);
    return true;
}

/* The entry whose length stands at `at`. */
static bool entry_from_behind(const struct stream_node *node, uint32_t at,
                              struct stream_entry *entry)
{
    int64_t elements;
    read_integer(node->pack, at, &elements);
    if (elements == 0) return false; /* the end of the master entry */
    while (elements--)
        at = listpack_prev(node->pack, at);
    return stream_node_entry(node, at, entry);
}

bool stream_node_last(const struct stream_node *node, struct stream_entry *entry)
{
    return entry_from_behind(node, listpack_last(node->pack), entry);
}

bool stream_node_prev(const struct stream_node *node, uint32_t at, struct stream_entry *entry)
{
    return entry_from_behind(node, listpack_prev(node->pack, at), entry);
}

/* --- Changing --------------------------------------------------------------------------------- */

bool stream_content_fits(const struct stream_content *content)
{
    uint64_t bytes = 256;
    for (uint32_t i = 0; i < content->count; i++)
        bytes += content->ptr[i].len + (uint64_t)16;
    return bytes <= LISTPACK_BYTES_MAX;
}

/* Elements on the stack if they are few. */
struct elements {
    struct listpack_element few[64], *ptr;
    uint32_t count, capacity;
};

static void elements_init(struct elements *elements, uint32_t capacity)
{
    elements->count = 0;
    elements->capacity = capacity;
    elements->ptr = elements->few;
    if (capacity > sizeof elements->few / sizeof *elements->few)
        elements->ptr = mem_alloc(capacity * sizeof *elements->ptr);
}

static void elements_fini(struct elements *elements)
{
    if (elements->ptr != elements->few)
        mem_free(elements->ptr, elements->capacity * sizeof *elements->ptr);
}

static void put_integer(struct elements *elements, int64_t integer)
{
    elements->ptr[elements->count++] = listpack_integer(integer);
}

/* Every so-manieth of the content from `from` on. */
static void put_strings(struct elements *elements, const struct stream_content *content,
                        uint32_t from, uint32_t step)
{
    for (uint32_t i = from; i < content->count; i += step) {
        elements->ptr[elements->count++] = listpack_string(content->ptr[i]);
        breathe(content->breath, 1);
    }
}

static void append(struct listpack **pack, struct elements *elements, struct breath *breath)
{
    enum { AT_ONCE = 1024, COST = 2 };
    for (uint32_t at = 0; at < elements->count; at += AT_ONCE) {
        uint32_t count = elements->count - at < AT_ONCE ? elements->count - at : AT_ONCE;
        listpack_insert(pack, 0, (struct listpack_elements){elements->ptr + at, count});
        breathe(breath, (uint64_t)count * COST);
    }
    elements_fini(elements);
}

struct listpack *stream_node_new(const struct stream_content *content)
{
    struct elements elements;
    struct listpack *pack = listpack_new();
    elements_init(&elements, content->count / 2 + 4);
    put_integer(&elements, 0);
    put_integer(&elements, 0);
    put_integer(&elements, content->count / 2);
    put_strings(&elements, content, 0, 2);
    put_integer(&elements, 0);
    append(&pack, &elements, content->breath);
    return pack;
}

static bool has_fields(const struct stream_node *node, const struct stream_content *content)
{
    if (content->count / 2 != node->field_count) return false;
    uint32_t at = node->fields_at;
    for (uint32_t i = 0; i < content->count; i += 2) {
        struct listpack_element field;
        at = listpack_read(node->pack, at, &field);
        if (!listpack_equals(&field, content->ptr[i])) return false;
    }
    return true;
}

void stream_node_add(struct listpack **pack, const struct stream_node *node, struct id id,
                     const struct stream_content *content)
{
    struct elements elements;
    bool same = has_fields(node, content);
    elements_init(&elements, content->count + HEAD_ELEMENTS + 2);
    put_integer(&elements, same ? STREAM_SAME : 0);
    put_integer(&elements, (int64_t)(id.ms - node->id.ms));
    put_integer(&elements, (int64_t)(id.seq - node->id.seq));
    if (!same) put_integer(&elements, content->count / 2);
    put_strings(&elements, content, same ? 1 : 0, same ? 2 : 1);
    put_integer(&elements, elements.count);
    append(pack, &elements, content->breath);
    listpack_replace(pack, listpack_first(*pack), listpack_integer(node->count + (int64_t)1));
}

/* Flags take one byte, whatever they are: nothing moves. */
void stream_node_mark(struct listpack **pack, const struct stream_entry *entry)
{
    listpack_replace(pack, entry->at, listpack_integer(entry->flags | STREAM_DELETED));
}

void stream_node_set_counts(struct listpack **pack, uint32_t count, uint32_t deleted)
{
    uint32_t at = listpack_first(*pack);
    listpack_replace(pack, at, listpack_integer(count));
    listpack_replace(pack, listpack_next(*pack, at), listpack_integer(deleted));
}

/* --- Validating ------------------------------------------------------------------------------- */

/* What element comes next, and what has been seen. */
struct validation {
    enum {
        COUNT,
        DELETED,
        MASTER_FIELDS,
        MASTER_FIELD,
        MASTER_END,
        FLAGS,
        MS,
        SEQ,
        FIELDS,
        BODY,
        LENGTH,
    } next;
    struct stream_node_check *check;
    uint64_t count, deleted; /* as the master entry has them */
    uint64_t master_fields, left;
    int64_t flags;
    uint64_t ms, length;
    bool has_any;
};

enum { FIELDS_MAX = LISTPACK_BYTES_MAX / 2 };

static bool take_count(uint64_t *count, const struct listpack_element *element)
{
    if (element->ptr || element->integer < 0 || element->integer > UINT32_MAX) return false;
    *count = (uint64_t)element->integer;
    return true;
}

static bool take_fields(uint64_t *fields, const struct listpack_element *element)
{
    return take_count(fields, element) && *fields > 0 && *fields <= FIELDS_MAX;
}

/* Ids ascend, and none is before the node's. */
static bool take_id(struct validation *state, uint64_t seq)
{
    struct stream_node_check *check = state->check;
    struct id id = {state->ms, check->id.seq + seq};
    struct id least = state->has_any ? check->last : check->id;
    int order = id_compare(id, least);
    if (order < 0 || (state->has_any && order == 0)) return false;
    bool is_deleted = state->flags & STREAM_DELETED;
    if (!state->has_any) check->first = id;
    if (!is_deleted && !check->count) check->first_live = id;
    check->last = id;
    check->count += !is_deleted;
    check->deleted += is_deleted;
    state->has_any = true;
    return true;
}

static bool take_master(struct validation *state, const struct listpack_element *element)
{
    switch (state->next) {
    case COUNT: state->next = DELETED; return take_count(&state->count, element);
    case DELETED: state->next = MASTER_FIELDS; return take_count(&state->deleted, element);
    case MASTER_FIELDS:
        state->next = MASTER_FIELD;
        if (!take_fields(&state->master_fields, element)) return false;
        state->left = state->master_fields;
        return true;
    case MASTER_FIELD:
        if (--state->left == 0) state->next = MASTER_END;
        return true;
    default: state->next = FLAGS; return !element->ptr && element->integer == 0;
    }
}

static void begin_body(struct validation *state, uint64_t elements)
{
    state->next = BODY;
    state->left = elements;
    state->length = HEAD_ELEMENTS + elements + (state->flags & STREAM_SAME ? 0 : 1);
}

static bool take_head(struct validation *state, const struct listpack_element *element)
{
    if (element->ptr) return false;
    if (state->next == FLAGS) {
        state->flags = element->integer;
        state->next = MS;
        return state->flags >= 0 && state->flags <= (STREAM_DELETED | STREAM_SAME);
    }
    if (state->next == MS) {
        state->ms = state->check->id.ms + (uint64_t)element->integer;
        state->next = SEQ;
        return true;
    }
    if (!take_id(state, (uint64_t)element->integer)) return false;
    if (state->flags & STREAM_SAME)
        begin_body(state, state->master_fields);
    else
        state->next = FIELDS;
    return true;
}

static bool take_entry(struct validation *state, const struct listpack_element *element)
{
    uint64_t fields;
    switch (state->next) {
    case FIELDS:
        if (!take_fields(&fields, element)) return false;
        begin_body(state, fields * 2);
        return true;
    case BODY:
        if (--state->left == 0) state->next = LENGTH;
        return true;
    case LENGTH:
        state->next = FLAGS;
        return !element->ptr && element->integer == (int64_t)state->length;
    default: return take_head(state, element);
    }
}

static bool take(void *context, const struct listpack_element *element)
{
    struct validation *state = context;
    return state->next < FLAGS ? take_master(state, element) : take_entry(state, element);
}

bool stream_node_validate(struct bytes bytes, struct stream_node_check *check)
{
    struct validation state = {.next = COUNT, .check = check};
    check->count = check->deleted = 0;
    return bytes.len <= LISTPACK_BYTES_MAX && listpack_validate(bytes, take, &state) &&
           state.next == FLAGS && state.has_any && check->count == state.count &&
           check->deleted == state.deleted;
}
