/* types/listpack_layout.h -- For the files of types/listpack: how entries are read. */
#ifndef TORC_TYPES_LISTPACK_LAYOUT_H
#define TORC_TYPES_LISTPACK_LAYOUT_H

#include <assert.h>

#include "types/listpack.h"
#include "types/little_endian.h"

enum {
    HEADER_LEN = 6,
    EMPTY_LEN = HEADER_LEN + 1,
    COUNT_UNKNOWN = UINT16_MAX,
    BACKLEN_MAX = 5,
    END = 0xff,
};

/* Heads: where each kind begins. */
enum {
    HEAD_STRING6 = 0x80,
    HEAD_INT13 = 0xc0,
    HEAD_STRING12 = 0xe0,
    HEAD_STRING32 = 0xf0,
    HEAD_INT16 = 0xf1,
    HEAD_INT24,
    HEAD_INT32,
    HEAD_INT64,
};

struct listpack {
    uint8_t total_bytes[4];
    uint8_t count[2];
    uint8_t entries[];
};
static_assert(sizeof(struct listpack) == HEADER_LEN, "as the layout has it");

static inline const uint8_t *entry_at(const struct listpack *pack, uint32_t at)
{
    return (const uint8_t *)pack + at;
}

static inline uint32_t total_bytes(const struct listpack *pack)
{
    return load_le32(pack->total_bytes);
}

/* Where the end mark stands. */
static inline uint32_t end_of(const struct listpack *pack)
{
    return total_bytes(pack) - 1;
}

static inline uint32_t known_count(const struct listpack *pack)
{
    return load_le16(pack->count);
}

static inline void set_count(struct listpack *pack, uint64_t count)
{
    store_le16(pack->count, count < COUNT_UNKNOWN ? (uint16_t)count : COUNT_UNKNOWN);
}

/* --- Entries ---------------------------------------------------------------------------------- */

static inline bool is_string(uint8_t head)
{
    return (head >= HEAD_STRING6 && head < HEAD_INT13) ||
           (head >= HEAD_STRING12 && head <= HEAD_STRING32);
}

/* Bytes in front of a string's data. */
static inline unsigned string_head_len(uint8_t head)
{
    if (head < HEAD_INT13) return 1;
    return head < HEAD_STRING32 ? 2 : 5;
}

static inline uint32_t string_len(const uint8_t *entry)
{
    if (entry[0] < HEAD_INT13) return entry[0] & 0x3f;
    if (entry[0] < HEAD_STRING32) return (uint32_t)(entry[0] & 0x0f) << 8 | entry[1];
    return load_le32(entry + 1);
}

/* Bytes of an integer behind a head of one byte. */
static inline unsigned integer_width(uint8_t head)
{
    static const uint8_t widths[] = {2, 3, 4, 8};
    return widths[head - HEAD_INT16];
}

/* Head and data. */
static inline uint32_t content_len(const uint8_t *entry)
{
    uint8_t head = entry[0];
    if (head < HEAD_STRING6) return 1;
    if (is_string(head)) return string_head_len(head) + string_len(entry);
    return head < HEAD_STRING12 ? 2 : 1 + integer_width(head);
}

/* The bounds are those of the layout, one less than 7 bits a byte would hold. */
static inline unsigned backlen_len(uint64_t len)
{
    if (len <= 127) return 1;
    if (len < 16383) return 2;
    if (len < 2097151) return 3;
    return len < 268435455 ? 4 : 5;
}

static inline uint32_t whole_len(const uint8_t *entry)
{
    uint32_t len = content_len(entry);
    return len + backlen_len(len);
}

/* Reads what ends in front of `end`; an entry precedes it. */
static inline uint32_t read_backlen(const uint8_t *end)
{
    uint32_t len = 0;
    for (unsigned i = 0; i < BACKLEN_MAX; i++) {
        uint8_t byte = *--end;
        len |= (uint32_t)(byte & 0x7f) << i * 7;
        if (!(byte & 0x80)) break;
    }
    return len;
}

static inline int64_t sign_extend(uint64_t bits, unsigned width)
{
    return (int64_t)(bits << (64 - width)) >> (64 - width);
}

static inline int64_t read_integer(const uint8_t *entry)
{
    uint8_t head = entry[0];
    if (head < HEAD_STRING6) return head;
    if (head < HEAD_STRING12) return sign_extend((uint64_t)(head & 0x1f) << 8 | entry[1], 13);
    if (head == HEAD_INT16) return (int16_t)load_le16(entry + 1);
    if (head == HEAD_INT24) return sign_extend(load_le16(entry + 1) | (uint64_t)entry[3] << 16, 24);
    if (head == HEAD_INT32) return (int32_t)load_le32(entry + 1);
    return (int64_t)load_le64(entry + 1);
}

static inline struct listpack_element read_entry(const uint8_t *entry)
{
    if (!is_string(entry[0])) return listpack_integer(read_integer(entry));
    return (struct listpack_element){entry + string_head_len(entry[0]), string_len(entry), 0};
}

#endif
