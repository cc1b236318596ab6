#include "types/rdb_payload.h"

#include <math.h>

#include "base/hashing.h"
#include "mem/mem.h"
#include "types/little_endian.h"
#include "types/lzf.h"

enum { PIECE_BYTES = 64 * 1024, PIECE_WORK = 2000 };
enum { FOOTER_LEN = 10, LZF_FACTOR = 88 }; /* 3 bytes of LZF are 264 at most */

/* First bytes of lengths; LENGTH_SPECIAL is that of a string in a form of its own. */
enum {
    LENGTH_14 = 0x40,
    LENGTH_32 = 0x80,
    LENGTH_64 = 0x81,
    LENGTH_SPECIAL = 0xc0,
    STRING_INT8 = 0xc0,
    STRING_INT16 = 0xc1,
    STRING_INT32 = 0xc2,
    STRING_LZF = 0xc3,
};

/* --- Reading ---------------------------------------------------------------------------------- */

void rdb_reader_init(struct rdb_reader *reader, struct bytes bytes)
{
    *reader = (struct rdb_reader){bytes.ptr, bytes.ptr + bytes.len, false};
}

bool rdb_open(struct rdb_reader *reader, struct bytes payload)
{
    if (payload.len < FOOTER_LEN) return false;
    size_t len = payload.len - FOOTER_LEN;
    const uint8_t *footer = payload.ptr + len;
    if (load_le16(footer) == 0) return false;
    if (load_le64(footer + 2) != crc64(0, bytes_make(payload.ptr, len + 2))) return false;
    rdb_reader_init(reader, bytes_make(payload.ptr, len));
    return true;
}

bool rdb_at_end(const struct rdb_reader *reader)
{
    return !reader->failed && reader->ptr == reader->end;
}

static bool fail(struct rdb_reader *reader)
{
    reader->failed = true;
    reader->ptr = reader->end;
    return false;
}

/* The next `len` bytes, which are passed; NULL: there are fewer. */
static const uint8_t *pass(struct rdb_reader *reader, uint64_t len)
{
    const uint8_t *ptr = reader->ptr;
    if (reader->failed || len > (uint64_t)(reader->end - ptr)) {
        fail(reader);
        return NULL;
    }
    reader->ptr += len;
    return ptr;
}

bool rdb_read_byte(struct rdb_reader *reader, uint8_t *byte)
{
    const uint8_t *ptr = pass(reader, 1);
    if (!ptr) return false;
    *byte = *ptr;
    return true;
}

static bool read_big_endian(struct rdb_reader *reader, unsigned width, uint64_t *number)
{
    const uint8_t *ptr = pass(reader, width);
    if (!ptr) return false;
    *number = 0;
    for (unsigned i = 0; i < width; i++)
        *number = *number << 8 | ptr[i];
    return true;
}

/* The rest of a length whose first byte was `first`. */
static bool read_length_after(struct rdb_reader *reader, uint8_t first, uint64_t *length)
{
    uint8_t second;
    if (first < LENGTH_14) {
        *length = first;
        return true;
    }
    if (first == LENGTH_32) return read_big_endian(reader, 4, length);
    if (first == LENGTH_64) return read_big_endian(reader, 8, length);
    if (first > LENGTH_64) return fail(reader);
    if (!rdb_read_byte(reader, &second)) return false;
    *length = (uint64_t)(first & 0x3f) << 8 | second;
    return true;
}

bool rdb_read_length(struct rdb_reader *reader, uint64_t *length)
{
    uint8_t first;
    return rdb_read_byte(reader, &first) && read_length_after(reader, first, length);
}

bool rdb_read_double(struct rdb_reader *reader, double *number)
{
    const uint8_t *ptr = pass(reader, sizeof *number);
    if (!ptr) return false;
    uint64_t bits = load_le64(ptr);
    memcpy(number, &bits, sizeof *number);
    return true;
}

bool rdb_read_ms(struct rdb_reader *reader, int64_t *time_ms)
{
    const uint8_t *ptr = pass(reader, sizeof *time_ms);
    if (ptr) *time_ms = (int64_t)load_le64(ptr);
    return ptr != NULL;
}

const uint8_t *rdb_read_raw(struct rdb_reader *reader, size_t len)
{
    return pass(reader, len);
}

bool rdb_read_double_text(struct rdb_reader *reader, double *number)
{
    enum { LEN_NAN = 253, LEN_INFINITE, LEN_MINUS_INFINITE };
    uint8_t len;
    if (!rdb_read_byte(reader, &len)) return false;
    *number = len == LEN_NAN ? NAN : len == LEN_INFINITE ? INFINITY : -INFINITY;
    if (len >= LEN_NAN) return true;
    const uint8_t *ptr = pass(reader, len);
    if (!ptr) return false;
    return number_parse_double(bytes_make(ptr, len), number) || fail(reader);
}

/* --- Strings ---------------------------------------------------------------------------------- */

struct bytes rdb_string_view(const struct rdb_string *string)
{
    if (string->owned) return bytes_make(string->owned, string->len);
    if (string->view) return bytes_make(string->view, string->len);
    return bytes_make(string->digits, string->len);
}

void rdb_string_drop(struct rdb_string *string)
{
    if (string->owned) mem_free(string->owned, string->len);
    string->owned = NULL;
}

static bool read_packed(struct rdb_reader *reader, struct rdb_string *string)
{
    uint64_t packed_len, len;
    if (!rdb_read_length(reader, &packed_len) || !rdb_read_length(reader, &len)) return false;
    const uint8_t *packed = pass(reader, packed_len);
    if (!packed) return false;
    if (len == 0 || len / LZF_FACTOR > packed_len) return fail(reader);
    string->len = len;
    string->owned = mem_try_alloc(len);
    if (!string->owned) return fail(reader);
    if (lzf_unpack(bytes_make(packed, packed_len), string->owned, len)) return true;
    rdb_string_drop(string);
    return fail(reader);
}

static bool read_integer(struct rdb_reader *reader, uint8_t first, struct rdb_string *string)
{
    const uint8_t *ptr = pass(reader, (uint64_t)1 << (first - STRING_INT8));
    if (!ptr) return false;
    int64_t integer = first == STRING_INT8    ? (int8_t)*ptr
                      : first == STRING_INT16 ? (int16_t)load_le16(ptr)
                                              : (int32_t)load_le32(ptr);
    string->len = number_write_int(string->digits, integer);
    return true;
}

bool rdb_read_string(struct rdb_reader *reader, struct rdb_string *string)
{
    uint8_t first;
    uint64_t len;
    string->owned = NULL;
    string->view = NULL;
    if (!rdb_read_byte(reader, &first)) return false;
    if (first == STRING_LZF) return read_packed(reader, string);
    if (first >= STRING_INT8 && first <= STRING_INT32) return read_integer(reader, first, string);
    if (!read_length_after(reader, first, &len)) return false;
    string->view = pass(reader, len);
    string->len = len;
    return string->view != NULL;
}

/* --- Writing ---------------------------------------------------------------------------------- */

void rdb_write_byte(struct buf *out, uint8_t byte)
{
    buf_append(out, bytes_make(&byte, 1));
}

static void write_big_endian(struct buf *out, uint64_t number, unsigned width)
{
    for (unsigned i = width; i-- > 0;)
        rdb_write_byte(out, (uint8_t)(number >> i * 8));
}

static void write_little_endian(struct buf *out, uint64_t number, unsigned width)
{
    uint8_t bytes[8];
    store_le64(bytes, number);
    buf_append(out, bytes_make(bytes, width));
}

void rdb_write_length(struct buf *out, uint64_t length)
{
    if (length < LENGTH_14) {
        rdb_write_byte(out, (uint8_t)length);
    } else if (length < 1 << 14) {
        write_big_endian(out, LENGTH_14 << 8 | length, 2);
    } else if (length <= UINT32_MAX) {
        rdb_write_byte(out, LENGTH_32);
        write_big_endian(out, length, 4);
    } else {
        rdb_write_byte(out, LENGTH_64);
        write_big_endian(out, length, 8);
    }
}

static void write_integer(struct buf *out, int64_t integer)
{
    unsigned step = integer == (int8_t)integer ? 0 : integer == (int16_t)integer ? 1 : 2;
    rdb_write_byte(out, (uint8_t)(STRING_INT8 + step));
    write_little_endian(out, (uint64_t)integer, 1U << step);
}

void rdb_write_string(struct buf *out, struct bytes bytes)
{
    int64_t integer;
    if (number_parse_int(bytes, &integer) && integer == (int32_t)integer) {
        write_integer(out, integer);
        return;
    }
    rdb_write_length(out, bytes.len);
    if (bytes.len) buf_append(out, bytes);
}

void rdb_write_double(struct buf *out, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    write_little_endian(out, bits, sizeof bits);
}

void rdb_write_ms(struct buf *out, int64_t time_ms)
{
    write_little_endian(out, (uint64_t)time_ms, sizeof time_ms);
}

void rdb_close(struct buf *out, struct breath *breath)
{
    write_little_endian(out, RDB_VERSION, 2);
    uint64_t crc = 0;
    for (size_t at = 0; at < out->len; at += PIECE_BYTES) {
        size_t rest = out->len - at;
        crc = crc64(crc, bytes_make(out->ptr + at, rest < PIECE_BYTES ? rest : PIECE_BYTES));
        breathe(breath, PIECE_WORK);
    }
    write_little_endian(out, crc, 8);
}
