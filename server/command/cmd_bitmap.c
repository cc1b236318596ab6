#include "command/cmd_bitmap.h"

#include "command/cmd_bitmap_parts.h"
#include "ds/bitmap.h"
#include "mem/arena.h"

static struct outcome reply_bad_offset(struct call *call)
{
    return reply_error(call, "ERR bit offset is not an integer or out of range");
}

bool bitmap_read_offset(struct call *call, uint32_t index, unsigned width, uint64_t *offset,
                        struct outcome *problem)
{
    struct bytes text = call->args[index];
    bool counts_fields = width && text.len && text.ptr[0] == '#';
    if (counts_fields) text = bytes_make(text.ptr + 1, text.len - 1);
    int64_t place;
    bool good = number_parse_int(text, &place) && place >= 0;
    if (good && counts_fields) good = !__builtin_mul_overflow(place, (int64_t)width, &place);
    if (good && place / 8 < call->limits->proto_max_bulk_len) {
        *offset = (uint64_t)place;
        return true;
    }
    *problem = reply_bad_offset(call);
    return false;
}

bool bitmap_open(struct call *call, struct bitmap_target *target, size_t len,
                 enum change_event event)
{
    size_t old_len = 0;
    bool is_blob = target->entry && entry_encoding(target->entry) == VALUE_BLOB;
    if (event == CHANGE_NONE && is_blob) {
        target->bytes = entry_blob(target->entry)->bytes; /* perhaps shared; nobody writes */
        return true;
    }
    if (!target->entry) {
        if (!string_make(call, len, &target->bytes, &target->made)) return false;
    } else {
        old_len = entry_text_len(target->entry);
        if (len < old_len) len = old_len;
        target->entry = keyspace_extend(&target->place, target->entry, len, &target->bytes, event);
        if (!target->entry) return false;
    }
    memset(target->bytes + old_len, 0, len - old_len);
    return true;
}

void bitmap_store(struct call *call, struct bitmap_target *target, enum change_event event)
{
    if (!target->entry) call_add(call, &target->place, &target->made, INT64_MAX, event);
}

/* The text of a string or of nothing. */
static struct bytes text_of(const struct entry *entry, char scratch[NUMBER_INT_MAX])
{
    return entry ? entry_text(entry, scratch) : bytes_make(NULL, 0);
}

static struct outcome cmd_getbit(struct call *call)
{
    uint64_t offset;
    struct outcome problem;
    if (!bitmap_read_offset(call, 2, 0, &offset, &problem)) return problem;
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    char scratch[NUMBER_INT_MAX];
    return reply_int(call, bitmap_bit(text_of(entry, scratch), offset));
}

static struct outcome cmd_setbit(struct call *call)
{
    uint64_t offset;
    int64_t bit;
    struct outcome problem;
    if (!bitmap_read_offset(call, 2, 0, &offset, &problem)) return problem;
    if (!args_int(call, 3, &bit) || bit < 0 || bit > 1)
        return reply_error(call, "ERR bit is not an integer or out of range");
    struct bitmap_target target = {.place = call_first_place(call, 1)};
    target.entry = call_find_write(call, &target.place);
    if (!string_is_type(target.entry)) return reply_wrong_type(call);
    char scratch[NUMBER_INT_MAX];
    struct bytes text = text_of(target.entry, scratch);
    bool old = bitmap_bit(text, offset);
    bool changes = old != (bool)bit || offset / 8 >= text.len;
    enum change_event event = changes ? CHANGE_SETBIT : CHANGE_NONE;
    if (!bitmap_open(call, &target, offset / 8 + 1, event)) return string_no_memory(call);
    uint8_t mask = (uint8_t)(0x80 >> offset % 8), *byte = target.bytes + offset / 8;
    if (changes) *byte = (uint8_t)(bit ? *byte | mask : *byte & ~mask);
    bitmap_store(call, &target, event);
    return reply_int(call, old);
}

/* Ranges of BITCOUNT and BITPOS. */

/* As the client gave it: both ends counted in, negative ones from the end. */
struct range {
    int64_t start, end;
    bool in_bits;
};

static bool read_unit(const struct call *call, uint32_t index, struct range *range)
{
    range->in_bits = args_is(call, index, "bit");
    return range->in_bits || args_is(call, index, "byte");
}

/* Bits of a text, both ends counted in. */
struct bits {
    size_t first, last;
};

/* false: there is nothing in it. */
static bool clip(const struct range *range, size_t text_len, struct bits *bits)
{
    int64_t scale = range->in_bits ? 1 : 8, len = (int64_t)text_len * 8 / scale;
    int64_t start = range->start, end = range->end;
    if (start < 0) start += len;
    if (end < 0) end += len;
    if (start < 0) start = 0;
    if (end < 0) end = 0;
    if (end >= len) end = len - 1;
    if (start > end) return false;
    *bits = (struct bits){(size_t)(start * scale), (size_t)((end + 1) * scale - 1)};
    return true;
}

/* The bytes from `start` on, before `end`, a piece at most. */
static struct bytes piece_of(struct bytes text, size_t start, size_t end)
{
    size_t len = end - start;
    return bytes_make(text.ptr + start, len < BITMAP_PIECE ? len : BITMAP_PIECE);
}

static size_t count_bits(struct bytes text, const struct bits *bits)
{
    size_t start = bits->first / 8, end = bits->last / 8 + 1, count = 0;
    for (size_t at = start; at < end; at += BITMAP_PIECE)
        count += bitmap_count(piece_of(text, at, end));
    unsigned before = text.ptr[start] & ~(0xffu >> bits->first % 8);
    unsigned behind = text.ptr[end - 1] & 0x7fu >> bits->last % 8;
    return count - (size_t)__builtin_popcount(before) - (size_t)__builtin_popcount(behind);
}

/* BITMAP_NONE: there is no such bit among these. */
static size_t find_bit(struct bytes text, const struct bits *bits, bool wanted)
{
    size_t start = bits->first / 8, end = bits->last / 8 + 1;
    unsigned byte = (wanted ? text.ptr[start] : ~text.ptr[start]) & 0xffu >> bits->first % 8;
    size_t found = byte ? start * 8 + (unsigned)__builtin_clz(byte << 24) : BITMAP_NONE;
    for (size_t at = start + 1; at < end && found == BITMAP_NONE; at += BITMAP_PIECE) {
        size_t place = bitmap_find(piece_of(text, at, end), wanted);
        if (place != BITMAP_NONE) found = at * 8 + place;
    }
    return found <= bits->last ? found : BITMAP_NONE;
}

/* [start [end [BYTE | BIT]]]. false: *problem says what is wrong. */
static bool read_count_range(struct call *call, struct range *range, struct outcome *problem)
{
    *range = (struct range){0, -1, false};
    bool bad = call->arg_count > 5;
    bool is_int = bad || call->arg_count < 3 || args_int(call, 2, &range->start);
    if (is_int && !bad && call->arg_count > 3) is_int = args_int(call, 3, &range->end);
    if (!is_int) *problem = reply_not_int(call);
    /* Such a range is empty, whatever follows. */
    bool is_reversed = range->start < 0 && range->end < 0 && range->start > range->end;
    if (is_int && !is_reversed && call->arg_count == 5) bad = !read_unit(call, 4, range);
    if (is_int && bad) *problem = reply_syntax(call);
    return is_int && !bad;
}

/* A key that is not there counts nothing, whatever else is asked: the oracle's order of checks. */
static struct outcome cmd_bitcount(struct call *call)
{
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!entry) return reply_int(call, 0);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    struct range range;
    struct outcome problem;
    if (!read_count_range(call, &range, &problem)) return problem;
    char scratch[NUMBER_INT_MAX];
    struct bytes text = entry_text(entry, scratch);
    struct bits bits;
    if (range.start < 0 && range.end < 0 && range.start > range.end) return reply_int(call, 0);
    if (!clip(&range, text.len, &bits)) return reply_int(call, 0);
    return reply_int(call, (int64_t)count_bits(text, &bits));
}

/* [start [end [BYTE | BIT]]] behind the bit; the unit is looked at before the end. */
static bool read_search_range(struct call *call, struct range *range, struct outcome *problem)
{
    *range = (struct range){0, -1, false};
    if (call->arg_count > 6) goto bad_syntax;
    if (call->arg_count > 3 && !args_int(call, 3, &range->start)) goto not_int;
    if (call->arg_count > 5 && !read_unit(call, 5, range)) goto bad_syntax;
    if (call->arg_count > 4 && !args_int(call, 4, &range->end)) goto not_int;
    return true;

bad_syntax:
    *problem = reply_syntax(call);
    return false;
not_int:
    *problem = reply_not_int(call);
    return false;
}

static struct outcome cmd_bitpos(struct call *call)
{
    int64_t bit;
    if (!args_int(call, 2, &bit)) return reply_not_int(call);
    if (bit != 0 && bit != 1) return reply_error(call, "ERR The bit argument must be 1 or 0.");
    struct place place = call_first_place(call, 1);
    struct entry *entry = call_find_read(call, &place);
    if (!entry) return reply_int(call, bit ? -1 : 0);
    if (!string_is_type(entry)) return reply_wrong_type(call);
    struct range range;
    struct outcome problem;
    if (!read_search_range(call, &range, &problem)) return problem;
    char scratch[NUMBER_INT_MAX];
    struct bytes text = entry_text(entry, scratch);
    struct bits bits;
    if (!clip(&range, text.len, &bits)) return reply_int(call, -1);
    size_t found = find_bit(text, &bits, bit);
    if (found != BITMAP_NONE) return reply_int(call, (int64_t)found);
    /* Without an end, zeros go on behind the last byte. */
    bool goes_on = !bit && call->arg_count < 5;
    return reply_int(call, goes_on ? (int64_t)text.len * 8 : -1);
}

/* BITOP. */

static const struct {
    const char *name;
    enum bitmap_operation operation;
    uint32_t sources_min;
} operations[] = {
    {"AND", BITMAP_AND, 1},      {"OR", BITMAP_OR, 1},     {"XOR", BITMAP_XOR, 1},
    {"NOT", BITMAP_NOT, 1},      {"DIFF", BITMAP_DIFF, 2}, {"DIFF1", BITMAP_DIFF1, 2},
    {"ANDOR", BITMAP_AND_OR, 2}, {"ONE", BITMAP_ONE, 1},
};

static bool read_operation(struct call *call, enum bitmap_operation *operation,
                           struct outcome *problem)
{
    uint32_t sources = call->arg_count - 3;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        const char *name = operations[i].name;
        if (!args_is(call, 1, name)) continue;
        *operation = operations[i].operation;
        if (*operation == BITMAP_NOT && sources > 1)
            *problem = reply_error(call, "ERR BITOP NOT must be called with a single source key.");
        else if (sources < operations[i].sources_min)
            *problem = reply_error(
                call, "ERR BITOP %s must be called with at least two source keys.", name);
        else
            return true;
        return false;
    }
    *problem = reply_syntax(call);
    return false;
}

/* The texts of all source keys, and the longest one's length; integers are written to `scratch`.
 * false: one is not a string. A later lookup may remove a key that has expired, but none found
 * before: those have not. */
static bool find_sources(struct call *call, struct bytes *texts, size_t *longest)
{
    *longest = 0;
    for (uint32_t i = 3; i < call->arg_count; i++) {
        struct place place = call_place(call, i);
        struct entry *entry = call_find_read(call, &place);
        if (!string_is_type(entry)) return false;
        char digits[NUMBER_INT_MAX];
        struct bytes text = text_of(entry, digits);
        if (entry && entry_encoding(entry) == VALUE_INT) text = arena_copy(call->scratch, text);
        if (text.len > *longest) *longest = text.len;
        texts[i - 3] = text;
    }
    return true;
}

static struct outcome cmd_bitop(struct call *call)
{
    enum bitmap_operation operation;
    struct outcome problem;
    if (!read_operation(call, &operation, &problem)) return problem;
    size_t count = call->arg_count - 3, len;
    struct bytes *texts = arena_alloc_array(call->scratch, count, sizeof *texts);
    if (!find_sources(call, texts, &len)) return reply_wrong_type(call);
    struct place place = call_first_place(call, 2);
    if (!len) {
        keyspace_delete(&place);
        return reply_int(call, 0);
    }
    uint8_t *bytes;
    struct str value;
    if (!string_make(call, len, &bytes, &value)) return string_no_memory(call);
    for (size_t at = 0; at < len; at += BITMAP_PIECE) {
        bitmap_drop_ended(operation, texts, &count, at);
        struct bitmap_part part = {at, len - at < BITMAP_PIECE ? len - at : BITMAP_PIECE};
        bitmap_combine(operation, texts, count, part, bytes + at);
    }
    call_put(call, &place, &value, INT64_MAX, CHANGE_SET);
    return reply_int(call, (int64_t)len);
}

#define READ       CMD_READ
#define WRITE_MORE CMD_WRITE | CMD_DENYOOM
#define READ_KEY   KEYS_ONE(KEY_RO | KEY_ACCESS)
#define FIELD_KEY                                                                                  \
    KEYS_NOTED(KEY_RW | KEY_ACCESS | KEY_UPDATE | KEY_VARIABLE_FLAGS, "RO if all it does is GET")
#define FIELD_GET "GET encoding offset"
#define FIELD_OPERATION                                                                            \
    FIELD_GET " | [OVERFLOW <WRAP | SAT | FAIL>] "                                                 \
              "<SET encoding offset value | INCRBY encoding offset increment>"

/* clang-format off */
const struct command cmd_bitmap_table[] = {
    {"bitcount", cmd_bitcount, -2, READ, ACL_BITMAP, READ_KEY,
     "bitmap", "2.6.0", "O(N) for N bytes", "key [start [end [BYTE | BIT]]]",
     "How many bits of a string are set."},
    {"bitfield", cmd_bitfield, -2, WRITE_MORE, ACL_BITMAP, FIELD_KEY,
     "bitmap", "3.2.0", "O(N) for N operations",
     "key [<" FIELD_OPERATION "> [<" FIELD_OPERATION "> ...]]",
     "Reads, sets and adds to integers of any width at any place of a string."},
    {"bitfield_ro", cmd_bitfield_ro, -2, READ | CMD_FAST, ACL_BITMAP, READ_KEY,
     "bitmap", "6.0.0", "O(N) for N operations", "key [" FIELD_GET " [" FIELD_GET " ...]]",
     "Reads integers of any width at any place of a string."},
    {"bitop", cmd_bitop, -4, WRITE_MORE, ACL_BITMAP,
     {{KEYS_RANGE, 2, 0, 1, KEY_OW | KEY_UPDATE}, {KEYS_RANGE, 3, -1, 1, KEY_RO | KEY_ACCESS}},
     "bitmap", "2.6.0", "O(N) for N bytes of all sources",
     "<AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey key [key ...]",
     "Combines strings bit by bit, and stores what comes out."},
    {"bitpos", cmd_bitpos, -3, READ, ACL_BITMAP, READ_KEY,
     "bitmap", "2.8.7", "O(N) for N bytes", "key bit [start [end [BYTE | BIT]]]",
     "Where a string has its first bit that is set, or that is clear."},
    {"getbit", cmd_getbit, 3, READ | CMD_FAST, ACL_BITMAP, READ_KEY,
     "bitmap", "2.2.0", "O(1)", "key offset",
     "One bit of a string; 0 behind its end."},
    {"setbit", cmd_setbit, 4, WRITE_MORE, ACL_BITMAP, KEYS_ONE(KEY_RW | KEY_ACCESS | KEY_UPDATE),
     "bitmap", "2.2.0", "O(1)", "key offset value",
     "Sets or clears one bit of a string, which grows with zeros if need be; tells what it was."},
    {.name = NULL},
};
/* clang-format on */
