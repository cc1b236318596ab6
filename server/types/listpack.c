#include "types/listpack.h"

#include "base/check.h"
#include "mem/mem.h"
#include "types/listpack_layout.h"

/* --- Entries ---------------------------------------------------------------------------------- */

static uint8_t *write_backlen(uint8_t *out, uint32_t len)
{
    if (likely(len <= 127)) {
        *out = (uint8_t)len;
        return out + 1;
    }
    unsigned count = backlen_len(len);
    for (unsigned i = 0; i < count; i++) {
        uint8_t bits = (uint8_t)((uint64_t)len >> (count - 1 - i) * 7 & 0x7f);
        out[i] = i ? bits | 0x80 : bits;
    }
    return out + count;
}

static bool fits_bits(int64_t integer, unsigned width)
{
    return integer == sign_extend((uint64_t)integer, width);
}

static uint8_t head_of_integer(int64_t integer)
{
    if (integer >= 0 && integer <= 127) return (uint8_t)integer;
    if (fits_bits(integer, 13)) return HEAD_INT13 | ((uint64_t)integer >> 8 & 0x1f);
    if (fits_bits(integer, 16)) return HEAD_INT16;
    if (fits_bits(integer, 24)) return HEAD_INT24;
    return fits_bits(integer, 32) ? HEAD_INT32 : HEAD_INT64;
}

static uint32_t content_len_of(const struct listpack_element *element)
{
    if (element->ptr) {
        uint32_t head_len = element->len < 64 ? 1 : element->len < 4096 ? 2 : 5;
        return head_len + element->len;
    }
    uint8_t head = head_of_integer(element->integer);
    if (head < HEAD_STRING6) return 1;
    return head < HEAD_STRING12 ? 2 : 1 + integer_width(head);
}

static uint8_t *write_integer(uint8_t *out, int64_t integer)
{
    uint8_t head = head_of_integer(integer), bytes[8];
    *out++ = head;
    if (head < HEAD_STRING6) return out;
    store_le64(bytes, (uint64_t)integer);
    unsigned width = head < HEAD_STRING12 ? 1 : integer_width(head);
    memcpy(out, bytes, width);
    return out + width;
}

static uint8_t *write_string(uint8_t *out, const uint8_t *ptr, uint32_t len)
{
    if (len < 64) {
        *out++ = (uint8_t)(HEAD_STRING6 | len);
    } else if (len < 4096) {
        *out++ = (uint8_t)(HEAD_STRING12 | len >> 8);
        *out++ = (uint8_t)len;
    } else {
        *out++ = HEAD_STRING32;
        store_le32(out, len);
        out += 4;
    }
    memcpy(out, ptr, len);
    return out + len;
}

static uint8_t *write_entry(uint8_t *out, const struct listpack_element *element)
{
    uint8_t *end = element->ptr ? write_string(out, element->ptr, element->len)
                                : write_integer(out, element->integer);
    return write_backlen(end, (uint32_t)(end - out));
}

/* --- Elements --------------------------------------------------------------------------------- */

struct listpack_element listpack_integer(int64_t integer)
{
    return (struct listpack_element){NULL, 0, integer};
}

/* Most texts can be told from an integer's by their first byte. */
static inline bool may_be_integer(struct bytes bytes)
{
    if (!bytes.len || bytes.len > 20) return false;
    return (uint8_t)(bytes.ptr[0] - '0') <= 9 || bytes.ptr[0] == '-';
}

struct listpack_element listpack_string(struct bytes bytes)
{
    int64_t integer;
    if (may_be_integer(bytes) && number_parse_int(bytes, &integer))
        return listpack_integer(integer);
    ASSERT(bytes.len <= LISTPACK_BYTES_MAX);
    const uint8_t *ptr = bytes.ptr ? bytes.ptr : (const uint8_t *)"";
    return (struct listpack_element){ptr, (uint32_t)bytes.len, 0};
}

struct bytes listpack_text(const struct listpack_element *element, char digits[NUMBER_INT_MAX])
{
    if (element->ptr) return bytes_make(element->ptr, element->len);
    return bytes_make(digits, number_write_int(digits, element->integer));
}

bool listpack_equals(const struct listpack_element *element, struct bytes bytes)
{
    if (element->ptr) return bytes_equal(bytes_make(element->ptr, element->len), bytes);
    int64_t integer;
    return number_parse_int(bytes, &integer) && integer == element->integer;
}

uint32_t listpack_entry_len(const struct listpack_element *element)
{
    uint32_t len = content_len_of(element);
    return len + backlen_len(len);
}

/* --- The block -------------------------------------------------------------------------------- */

struct listpack *listpack_new(void)
{
    struct listpack *pack = mem_alloc(mem_block_size(EMPTY_LEN));
    store_le32(pack->total_bytes, EMPTY_LEN);
    set_count(pack, 0);
    pack->entries[0] = END;
    return pack;
}

struct listpack *listpack_try_copy(struct bytes bytes)
{
    struct listpack *pack = mem_try_alloc(mem_block_size(bytes.len));
    if (pack) memcpy(pack, bytes.ptr, bytes.len);
    return pack;
}

void listpack_free(struct listpack *pack)
{
    if (pack) mem_free(pack, listpack_block_size(pack));
}

struct bytes listpack_view(const struct listpack *pack)
{
    return bytes_make(pack, total_bytes(pack));
}

size_t listpack_block_size(const struct listpack *pack)
{
    return mem_block_size(total_bytes(pack));
}

bool listpack_fits(const struct listpack *pack, size_t more_bytes)
{
    return more_bytes <= LISTPACK_BYTES_MAX &&
           total_bytes(pack) + (uint64_t)more_bytes <= LISTPACK_BYTES_MAX;
}

static void resize_block(struct listpack **pack, uint32_t old_total, uint32_t total)
{
    size_t old_size = mem_block_size(old_total), size = mem_block_size(total);
    if (unlikely(size != old_size)) *pack = mem_resize(*pack, old_size, size);
}

struct span {
    uint32_t at, len;
};

/* Gives the bytes of a span another length, and returns where they stand. A block that shrinks is
 * resized last and one that grows first: what is moved must be inside of it. */
static uint8_t *resize_span(struct listpack **pack, struct span span, uint64_t len)
{
    uint32_t old_total = total_bytes(*pack);
    uint64_t total = old_total - span.len + len;
    ASSERT(total <= UINT32_MAX);
    if (total > old_total) resize_block(pack, old_total, (uint32_t)total);
    uint8_t *ptr = (uint8_t *)*pack + span.at;
    memmove(ptr + len, ptr + span.len, old_total - span.at - span.len);
    store_le32((*pack)->total_bytes, (uint32_t)total);
    if (total < old_total) resize_block(pack, old_total, (uint32_t)total);
    return (uint8_t *)*pack + span.at;
}

/* --- Reading ---------------------------------------------------------------------------------- */

uint32_t listpack_entry_from(const struct listpack *pack, uint32_t at)
{
    return *entry_at(pack, at) == END ? 0 : at;
}

uint32_t listpack_first(const struct listpack *pack)
{
    return listpack_entry_from(pack, HEADER_LEN);
}

uint32_t listpack_last(const struct listpack *pack)
{
    return listpack_prev(pack, end_of(pack));
}

uint32_t listpack_next(const struct listpack *pack, uint32_t at)
{
    return listpack_entry_from(pack, at + whole_len(entry_at(pack, at)));
}

uint32_t listpack_prev(const struct listpack *pack, uint32_t at)
{
    if (at == HEADER_LEN) return 0;
    uint32_t len = read_backlen(entry_at(pack, at));
    return at - backlen_len(len) - len;
}

struct listpack_element listpack_get(const struct listpack *pack, uint32_t at)
{
    return read_entry(entry_at(pack, at));
}

uint32_t listpack_read(const struct listpack *pack, uint32_t at, struct listpack_element *element)
{
    *element = read_entry(entry_at(pack, at));
    return listpack_next(pack, at);
}

/* Entries from `at` on, up to `max`; `end` is where they end. */
static uint32_t count_from(const struct listpack *pack, uint32_t at, uint32_t max, uint32_t *end)
{
    uint32_t count = 0;
    for (; count < max && *entry_at(pack, at) != END; count++)
        at += whole_len(entry_at(pack, at));
    *end = at;
    return count;
}

static uint32_t count_entries(const struct listpack *pack)
{
    uint32_t end;
    return count_from(pack, HEADER_LEN, UINT32_MAX, &end);
}

uint32_t listpack_count(const struct listpack *pack)
{
    uint32_t count = known_count(pack);
    return count == COUNT_UNKNOWN ? count_entries(pack) : count;
}

static uint32_t seek_forward(const struct listpack *pack, int64_t steps)
{
    uint32_t at = listpack_first(pack);
    for (; at && steps > 0; steps--)
        at = listpack_next(pack, at);
    return at;
}

static uint32_t seek_backward(const struct listpack *pack, int64_t steps)
{
    uint32_t at = listpack_last(pack);
    for (; at && steps > 0; steps--)
        at = listpack_prev(pack, at);
    return at;
}

uint32_t listpack_seek(const struct listpack *pack, int64_t index)
{
    int64_t count = known_count(pack);
    if (count != COUNT_UNKNOWN) {
        if (index >= count || index < -count) return 0;
        if (index < -(count / 2)) index += count; /* by the shorter way */
        if (index >= (count + 1) / 2) index -= count;
    }
    return index < 0 ? seek_backward(pack, -(index + 1)) : seek_forward(pack, index);
}

/* --- Changing --------------------------------------------------------------------------------- */

static void add_count(struct listpack *pack, uint64_t count)
{
    if (known_count(pack) != COUNT_UNKNOWN) set_count(pack, known_count(pack) + count);
}

void listpack_insert(struct listpack **pack, uint32_t at, struct listpack_elements elements)
{
    uint64_t len = 0;
    for (uint32_t i = 0; i < elements.count; i++)
        len += listpack_entry_len(&elements.ptr[i]);
    uint8_t *out = resize_span(pack, (struct span){at ? at : end_of(*pack), 0}, len);
    for (uint32_t i = 0; i < elements.count; i++)
        out = write_entry(out, &elements.ptr[i]);
    add_count(*pack, elements.count);
}

static void insert_one(struct listpack **pack, uint32_t at, const struct listpack_element *element)
{
    struct span nothing = {at, 0};
    write_entry(resize_span(pack, nothing, listpack_entry_len(element)), element);
    add_count(*pack, 1);
}

void listpack_append(struct listpack **pack, struct listpack_element element)
{
    insert_one(pack, end_of(*pack), &element);
}

void listpack_prepend(struct listpack **pack, struct listpack_element element)
{
    insert_one(pack, HEADER_LEN, &element);
}

void listpack_replace(struct listpack **pack, uint32_t at, struct listpack_element element)
{
    struct span span = {at, whole_len(entry_at(*pack, at))};
    uint32_t len = listpack_entry_len(&element);
    bool moves = len != span.len;
    write_entry(moves ? resize_span(pack, span, len) : (uint8_t *)*pack + at, &element);
}

uint32_t listpack_remove(struct listpack **pack, uint32_t at, uint32_t count)
{
    uint32_t end, removed = count_from(*pack, at, count, &end);
    resize_span(pack, (struct span){at, end - at}, 0);
    if (known_count(*pack) != COUNT_UNKNOWN) set_count(*pack, known_count(*pack) - removed);
    return removed;
}

uint32_t listpack_remove_range(struct listpack **pack, int64_t index, uint32_t count)
{
    uint32_t at = listpack_seek(*pack, index);
    return at ? listpack_remove(pack, at, count) : 0;
}

void listpack_join(struct listpack **pack, const struct listpack *other)
{
    uint32_t len = total_bytes(other) - EMPTY_LEN, count = known_count(other);
    memcpy(resize_span(pack, (struct span){end_of(*pack), 0}, len), other->entries, len);
    add_count(*pack, count); /* unknown it is large enough to make the sum unknown */
}

struct listpack *listpack_split(struct listpack **pack, uint32_t at)
{
    struct listpack *rest = listpack_new();
    uint32_t len = end_of(*pack) - at;
    memcpy(resize_span(&rest, (struct span){HEADER_LEN, 0}, len), entry_at(*pack, at), len);
    resize_span(pack, (struct span){at, len}, 0);
    set_count(rest, count_entries(rest));
    set_count(*pack, count_entries(*pack));
    return rest;
}

/* --- Bytes that nobody vouches for -------------------------------------------------------------*/

/* Bytes to look at before string_len() may be asked; 0: no entry begins like this. */
static unsigned head_len(uint8_t head)
{
    if (is_string(head)) return string_head_len(head);
    return head <= HEAD_INT64 ? 1 : 0;
}

static uint64_t content_len_checked(const uint8_t *entry)
{
    if (!is_string(entry[0])) return content_len(entry);
    return (uint64_t)string_head_len(entry[0]) + string_len(entry);
}

/* The length of the entry that begins at the first of `room` bytes, 0 if it is none or longer. */
static uint64_t checked_len(const uint8_t *entry, uint64_t room)
{
    unsigned head = head_len(entry[0]);
    if (!head || head > room) return 0;
    uint64_t len = content_len_checked(entry);
    unsigned behind = backlen_len(len);
    if (len + behind > room) return 0;
    uint8_t backlen[BACKLEN_MAX];
    write_backlen(backlen, (uint32_t)len);
    return memcmp(entry + len, backlen, behind) == 0 ? len + behind : 0;
}

static bool header_is_sound(struct bytes bytes)
{
    return bytes.len >= EMPTY_LEN && bytes.len <= UINT32_MAX && load_le32(bytes.ptr) == bytes.len &&
           bytes.ptr[bytes.len - 1] == END;
}

bool listpack_validate(struct bytes bytes, listpack_visit *visit, void *context)
{
    if (!header_is_sound(bytes)) return false;
    uint32_t count = 0, known = load_le16(bytes.ptr + 4);
    uint64_t end = bytes.len - 1;
    for (uint64_t at = HEADER_LEN; at < end; count++) {
        uint64_t len = checked_len(bytes.ptr + at, end - at);
        if (!len) return false;
        struct listpack_element element = read_entry(bytes.ptr + at);
        if (visit && !visit(context, &element)) return false;
        at += len;
    }
    return known == COUNT_UNKNOWN || known == count;
}

void listpack_check(const struct listpack *pack)
{
    ASSERT(listpack_validate(listpack_view(pack), NULL, NULL));
}
