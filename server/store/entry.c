#include "store/entry.h"

#include "base/check.h"
#include "mem/mem.h"
#include "types/hash.h"
#include "types/intset.h"
#include "types/listpack.h"

/* What decides where things stand in an entry. */
struct shape {
    bool expires, pointer;
    size_t inline_len;
};

static size_t key_offset(const struct shape *shape)
{
    return (shape->expires ? 8 : 0) + (shape->pointer ? 8 : 0);
}

static size_t key_room(size_t key_len)
{
    return key_len + (key_len >= ENTRY_LONG_KEY ? sizeof(uint32_t) : 0);
}

static size_t shape_size(const struct shape *shape, size_t key_len)
{
    return sizeof(struct entry) + key_offset(shape) + key_room(key_len) + shape->inline_len;
}

static struct shape shape_of(const struct entry *entry)
{
    return (struct shape){entry_expires(entry), entry_has_pointer(entry), entry->inline_len};
}

size_t entry_size(const struct entry *entry)
{
    struct shape shape = shape_of(entry);
    return shape_size(&shape, entry_key(entry).len);
}

/* Asks for the whole block that the allocator uses anyway, so that an entry may grow in it. */
static struct entry *alloc_entry(size_t size)
{
    return mem_alloc(mem_block_size(size));
}

size_t entry_block_size(const struct entry *entry)
{
    size_t size = mem_block_size(entry_size(entry));
    if (entry_encoding(entry) == VALUE_BLOB) size += blob_block_size(entry_blob(entry));
    if (entry_encoding(entry) <= VALUE_BLOB || !entry_pointer(entry)) return size;
    struct value value = entry_view(entry);
    return size + value_block_size(&value);
}

int64_t entry_int(const struct entry *entry)
{
    struct bytes bytes = entry_inline(entry);
    int16_t two;
    int32_t four;
    int64_t eight;
    switch (bytes.len) {
    case 1: return (int8_t)bytes.ptr[0];
    case 2: memcpy(&two, bytes.ptr, 2); return two;
    case 4: memcpy(&four, bytes.ptr, 4); return four;
    case 8: memcpy(&eight, bytes.ptr, 8); return eight;
    }
    FATAL("an integer of %zu bytes", bytes.len);
}

static void write_int(uint8_t *ptr, int64_t integer, unsigned width)
{
    int8_t one = (int8_t)integer;
    int16_t two = (int16_t)integer;
    int32_t four = (int32_t)integer;
    switch (width) {
    case 1: memcpy(ptr, &one, 1); break;
    case 2: memcpy(ptr, &two, 2); break;
    case 4: memcpy(ptr, &four, 4); break;
    case 8: memcpy(ptr, &integer, 8); break;
    }
}

struct bytes entry_text(const struct entry *entry, char scratch[NUMBER_INT_MAX])
{
    switch (entry_encoding(entry)) {
    case VALUE_INLINE: return entry_inline(entry);
    case VALUE_BLOB: return blob_view(entry_blob(entry));
    default: return bytes_make(scratch, number_write_int(scratch, entry_int(entry)));
    }
}

size_t entry_text_len(const struct entry *entry)
{
    char scratch[NUMBER_INT_MAX];
    return entry_text(entry, scratch).len;
}

bool entry_text_equal(const struct entry *entry, struct bytes text)
{
    char scratch[NUMBER_INT_MAX];
    return bytes_equal(entry_text(entry, scratch), text);
}

struct value entry_view(const struct entry *entry)
{
    struct value value = {.type = entry_type(entry), .encoding = entry_encoding(entry)};
    ASSERT(value.type != VALUE_STRING);
    if (entry_has_pointer(entry)) {
        value.object = entry_pointer(entry);
        return value;
    }
    static const uint8_t encodings[] = {[VALUE_PACKED] = VALUE_LISTPACK,
                                        [VALUE_PACKED_INTS] = VALUE_INTSET,
                                        [VALUE_PACKED_EXPIRING] = VALUE_LISTPACK_EXPIRING};
    value.encoding = encodings[value.encoding];
    value.object = (void *)entry_inline(entry).ptr;
    return value;
}

int64_t entry_hash_expiry_ms(const struct entry *entry)
{
    if (entry_has_pointer(entry) && !entry_pointer(entry)) return INT64_MAX;
    struct value value = entry_view(entry);
    return hash_next_expiry_ms(&value);
}

uint64_t entry_work(const struct entry *entry)
{
    if (entry_type(entry) == VALUE_STRING) return 1;
    struct value value = entry_view(entry);
    return value_work(&value);
}

static const char *collection_encoding_name(const struct entry *entry)
{
    struct value value = entry_view(entry);
    return value_encoding_name(&value);
}

const char *entry_encoding_name(const struct entry *entry)
{
    if (entry_type(entry) != VALUE_STRING) return collection_encoding_name(entry);
    if (entry_encoding(entry) == VALUE_INT) return "int";
    bool embedded = entry_encoding(entry) == VALUE_INLINE && !(entry->flags & ENTRY_RAW) &&
                    entry->inline_len <= STR_EMBEDDED_MAX;
    return embedded ? "embstr" : "raw";
}

static void set_pointer(struct entry *entry, const void *pointer)
{
    memcpy(entry->data + entry_pointer_offset(entry), &pointer, sizeof pointer);
}

static void set_expiry(struct entry *entry, int64_t expiry_ms)
{
    if (entry_expires(entry)) memcpy(entry->data, &expiry_ms, sizeof expiry_ms);
}

static void set_shape(struct entry *entry, const struct shape *shape, enum value_encoding encoding)
{
    entry->type_encoding = (uint8_t)(entry->type_encoding & 0xf0) | (uint8_t)encoding;
    entry->flags =
        (uint8_t)((entry->flags & ~ENTRY_EXPIRES) | (shape->expires ? ENTRY_EXPIRES : 0));
    entry->inline_len = (uint16_t)shape->inline_len;
}

/* Lets go of what the entry points to. */
static void release_pointer(struct entry *entry)
{
    if (!entry_has_pointer(entry)) return;
    if (entry_encoding(entry) == VALUE_BLOB) {
        blob_release(entry_blob(entry));
        return;
    }
    struct value value = entry_view(entry);
    value_free(&value);
}

void entry_free(struct entry *entry)
{
    release_pointer(entry);
    mem_free(entry, entry_size(entry));
}

/* What is put into an entry: a string or a collection, as its bytes, integer or pointer. */
struct content {
    enum value_type type;
    enum value_encoding encoding;
    bool raw;
    int64_t integer;
    struct bytes bytes;
    const void *pointer;
};

static struct content content_of_str(const struct str *value)
{
    struct content content = {.type = VALUE_STRING, .encoding = value->encoding, .raw = value->raw};
    if (value->encoding == VALUE_INT)
        content.integer = value->integer;
    else if (value->encoding == VALUE_BLOB)
        content.pointer = value->blob;
    else
        content.bytes = value->bytes;
    return content;
}

static enum value_encoding packed_form(enum value_encoding encoding)
{
    if (encoding == VALUE_INTSET) return VALUE_PACKED_INTS;
    return encoding == VALUE_LISTPACK ? VALUE_PACKED : VALUE_PACKED_EXPIRING;
}

/* Small ones go into the entry. */
static struct content content_of_value(const struct value *value)
{
    struct content content = {.type = value->type, .encoding = value->encoding};
    struct bytes bytes = {NULL, SIZE_MAX};
    if (value_is_pack(value)) bytes = listpack_view(value->pack);
    if (value->encoding == VALUE_INTSET) bytes = intset_view(value->ints);
    if (bytes.len > ENTRY_PACKED_MAX) {
        content.pointer = value->object;
        return content;
    }
    content.encoding = packed_form(value->encoding);
    content.bytes = bytes;
    return content;
}

static struct shape shape_for(const struct content *content, int64_t expiry_ms)
{
    bool pointer = content->encoding >= VALUE_BLOB;
    struct shape shape = {expiry_ms != INT64_MAX, pointer, 0};
    if (content->encoding == VALUE_INT)
        shape.inline_len = str_int_width(content->integer);
    else if (!pointer)
        shape.inline_len = content->bytes.len;
    return shape;
}

/* Writes the content into an entry that has the shape for it. */
static void fill(struct entry *entry, const struct content *content)
{
    entry->flags = (uint8_t)((entry->flags & ~ENTRY_RAW) | (content->raw ? ENTRY_RAW : 0));
    if (entry_has_pointer(entry)) {
        set_pointer(entry, content->pointer);
        return;
    }
    struct bytes place = entry_inline(entry);
    uint8_t *ptr = (uint8_t *)place.ptr;
    if (content->encoding == VALUE_INT)
        write_int(ptr, content->integer, entry->inline_len);
    else if (place.len)
        memcpy(ptr, content->bytes.ptr, place.len);
}

static void write_key(uint8_t *ptr, struct bytes key)
{
    if (key.len >= ENTRY_LONG_KEY) {
        uint32_t len = (uint32_t)key.len;
        memcpy(ptr, &len, sizeof len);
        ptr += sizeof len;
    }
    if (key.len) memcpy(ptr, key.ptr, key.len);
}

/* An entry of that shape with nothing in it but the key. */
static struct entry *new_shell(struct bytes key, const struct shape *shape)
{
    ASSERT(key.len <= UINT32_MAX && shape->inline_len < BLOB_MIN);
    struct entry *entry = alloc_entry(shape_size(shape, key.len));
    entry->type_encoding = 0;
    entry->flags = 0;
    entry->key_len = key.len < ENTRY_LONG_KEY ? (uint8_t)key.len : ENTRY_LONG_KEY;
    entry->clock = 0;
    write_key(entry->data + key_offset(shape), key);
    return entry;
}

static struct entry *new_entry(struct bytes key, const struct content *content, int64_t expiry_ms,
                               uint32_t clock)
{
    struct shape shape = shape_for(content, expiry_ms);
    struct entry *entry = new_shell(key, &shape);
    entry->clock = clock & 0xffffff;
    entry->type_encoding = (uint8_t)(content->type << 4);
    set_shape(entry, &shape, content->encoding);
    set_expiry(entry, expiry_ms);
    fill(entry, content);
    return entry;
}

struct entry *entry_new(struct bytes key, const struct str *value, int64_t expiry_ms,
                        uint32_t clock)
{
    struct content content = content_of_str(value);
    return new_entry(key, &content, expiry_ms, clock);
}

/* The content is in the entry now, or the entry points to it: what is not needed any more goes. */
static void drop_copied(const struct content *content, const struct value *value)
{
    struct value copied = *value;
    if (content->encoding < VALUE_BLOB) value_free(&copied);
}

struct entry *entry_new_collection(struct bytes key, const struct value *value, int64_t expiry_ms,
                                   uint32_t clock)
{
    struct content content = content_of_value(value);
    struct entry *entry = new_entry(key, &content, expiry_ms, clock);
    drop_copied(&content, value);
    return entry;
}

/* Gives the entry another shape: the key, and `kept` bytes of the inline value, move to where they
 * belong; expiry and pointer are to be set. Moves the entry if its size class changes. */
static struct entry *reshape(struct entry *entry, const struct shape *shape, size_t kept)
{
    struct shape old = shape_of(entry);
    size_t key_len = entry_key(entry).len;
    size_t old_size = shape_size(&old, key_len), size = shape_size(shape, key_len);
    size_t body_len = key_room(key_len) + kept;
    const uint8_t *from = entry->data + key_offset(&old);
    if (old_size == size || mem_block_size(old_size) == mem_block_size(size)) {
        uint8_t *to = entry->data + key_offset(shape);
        if (to != from) memmove(to, from, body_len);
        return entry;
    }
    struct entry *moved = alloc_entry(size);
    memcpy(moved, entry, sizeof *entry);
    memcpy(moved->data + key_offset(shape), from, body_len);
    mem_free(entry, old_size);
    return moved;
}

static struct entry *rewrite(struct entry *entry, const struct content *content, int64_t expiry_ms)
{
    struct shape shape = shape_for(content, expiry_ms);
    entry = reshape(entry, &shape, 0);
    entry->type_encoding = (uint8_t)(content->type << 4);
    set_shape(entry, &shape, content->encoding);
    set_expiry(entry, expiry_ms);
    fill(entry, content);
    return entry;
}

struct entry *entry_rewrite(struct entry *entry, const struct str *value, int64_t expiry_ms)
{
    release_pointer(entry);
    struct content content = content_of_str(value);
    return rewrite(entry, &content, expiry_ms);
}

/* What is large and stays it: nothing changes but the pointer, if that. */
static bool stays_large(const struct entry *entry, const struct value *value, int64_t expiry_ms)
{
    return value->encoding == VALUE_OBJECT && entry_encoding(entry) == VALUE_OBJECT &&
           entry_type(entry) == value->type && entry_expiry_ms(entry) == expiry_ms;
}

struct entry *entry_put(struct entry *entry, const struct value *value, int64_t expiry_ms)
{
    if (stays_large(entry, value, expiry_ms)) {
        set_pointer(entry, value->object);
        return entry;
    }
    struct content content = content_of_value(value);
    entry = rewrite(entry, &content, expiry_ms);
    drop_copied(&content, value);
    return entry;
}

struct entry *entry_rewrite_collection(struct entry *entry, const struct value *value,
                                       int64_t expiry_ms)
{
    release_pointer(entry);
    return entry_put(entry, value, expiry_ms);
}

struct value entry_take(struct entry *entry)
{
    ASSERT(entry_has_pointer(entry));
    struct value value = entry_view(entry);
    set_pointer(entry, NULL);
    return value;
}

bool entry_take_large(struct entry *entry, struct value *value)
{
    if (entry_encoding(entry) != VALUE_OBJECT || !entry_pointer(entry)) return false;
    struct value view = entry_view(entry);
    if (value_work(&view) < ENTRY_LARGE_MIN) return false;
    *value = entry_take(entry);
    return true;
}

struct entry *entry_set_expiry(struct entry *entry, int64_t expiry_ms)
{
    struct shape shape = shape_of(entry);
    void *pointer = shape.pointer ? entry_pointer(entry) : NULL;
    shape.expires = expiry_ms != INT64_MAX;
    entry = reshape(entry, &shape, shape.inline_len);
    set_shape(entry, &shape, entry_encoding(entry));
    set_expiry(entry, expiry_ms);
    if (shape.pointer) set_pointer(entry, pointer);
    return entry;
}

struct entry *entry_resize_inline(struct entry *entry, size_t len)
{
    ASSERT(entry_encoding(entry) == VALUE_INLINE && len < BLOB_MIN);
    struct shape shape = shape_of(entry);
    size_t kept = len < shape.inline_len ? len : shape.inline_len;
    int64_t expiry_ms = entry_expiry_ms(entry);
    shape.inline_len = len;
    entry = reshape(entry, &shape, kept);
    set_shape(entry, &shape, VALUE_INLINE);
    set_expiry(entry, expiry_ms);
    return entry;
}

void entry_set_blob(struct entry *entry, struct blob *blob)
{
    ASSERT(entry_encoding(entry) == VALUE_BLOB);
    set_pointer(entry, blob);
}

/* All of the entry but its key; what it points to is pointed to twice. */
static struct entry *clone(const struct entry *entry, struct bytes key)
{
    struct shape shape = shape_of(entry);
    struct entry *copy = new_shell(key, &shape);
    struct bytes value = entry_inline(entry);
    copy->type_encoding = entry->type_encoding;
    copy->flags = entry->flags;
    copy->inline_len = entry->inline_len;
    copy->clock = entry->clock;
    set_expiry(copy, entry_expiry_ms(entry));
    if (shape.pointer) set_pointer(copy, entry_pointer(entry));
    if (value.len) memcpy((uint8_t *)entry_inline(copy).ptr, value.ptr, value.len);
    return copy;
}

struct entry *entry_copy(const struct entry *entry, struct bytes key, struct breath *breath)
{
    struct entry *copy = clone(entry, key);
    if (!entry_has_pointer(entry)) return copy;
    if (entry_encoding(entry) == VALUE_BLOB) {
        blob_retain(entry_blob(entry));
        return copy;
    }
    struct value value = entry_view(entry), copied = value_copy(&value, breath);
    set_pointer(copy, copied.object);
    return copy;
}

struct entry *entry_rename(struct entry *entry, struct bytes key)
{
    struct entry *renamed = clone(entry, key);
    mem_free(entry, entry_size(entry));
    return renamed;
}
