/* store/entry.h -- A key and its value in one allocation of exactly entry_size() bytes.
 *
 *     | header 8 | expiry 8? | pointer 8? | key length 4? | key ... | inline value ... |
 *
 * expiry: ENTRY_EXPIRES, milliseconds since 1970. pointer: VALUE_BLOB and those that follow. key
 * length: keys of 255 bytes and more. The inline value is a string's bytes, an integer in 1, 2, 4
 * or 8 bytes, or the bytes of a listpack or intset of at most ENTRY_PACKED_MAX. The header's clock
 * is 24 bits: the second of the last access, or a frequency (access.h). An entry is at least 8-byte
 * aligned, and moves when what it holds changes size. */
#ifndef TORC_STORE_ENTRY_H
#define TORC_STORE_ENTRY_H

#include <assert.h>

#include "base/number.h"
#include "types/str.h"

enum entry_flag {
    ENTRY_EXPIRES = 1 << 0,
    ENTRY_RAW = 1 << 1, /* a string made by changing another: OBJECT ENCODING says "raw" */
    ENTRY_FIELDS_EXPIRE = 1 << 2, /* a hash, counted by its database: some of its fields expire */
};

enum {
    ENTRY_PACKED_MAX = 256,
    ENTRY_LARGE_MIN = 64, /* collections of so many elements are freed by and by */
};
enum { ENTRY_LONG_KEY = 255 }; /* key_len of a key whose length stands before it */

struct entry {
    uint8_t type_encoding; /* enum value_type << 4 | enum value_encoding */
    uint8_t flags;         /* enum entry_flag */
    uint16_t inline_len;
    uint32_t key_len : 8;
    uint32_t clock : 24;
    uint8_t data[];
};

static_assert(sizeof(struct entry) == 8, "the header of an entry is 8 bytes");

static inline enum value_type entry_type(const struct entry *entry)
{
    return (enum value_type)(entry->type_encoding >> 4);
}

static inline enum value_encoding entry_encoding(const struct entry *entry)
{
    return (enum value_encoding)(entry->type_encoding & 15);
}

static inline bool entry_has_pointer(const struct entry *entry)
{
    return entry_encoding(entry) >= VALUE_BLOB;
}

static inline bool entry_expires(const struct entry *entry)
{
    return entry->flags & ENTRY_EXPIRES;
}

/* When it expires; INT64_MAX: never. */
static inline int64_t entry_expiry_ms(const struct entry *entry)
{
    if (!entry_expires(entry)) return INT64_MAX;
    int64_t expiry_ms;
    memcpy(&expiry_ms, entry->data, sizeof expiry_ms);
    return expiry_ms;
}

int64_t entry_hash_expiry_ms(const struct entry *entry); /* of a VALUE_HASH */
/* When the next field of a hash expires, or may: a lower bound. INT64_MAX: none does. */
static inline int64_t entry_fields_expiry_ms(const struct entry *entry)
{
    return entry->type_encoding >> 4 == VALUE_HASH ? entry_hash_expiry_ms(entry) : INT64_MAX;
}

/* The earlier one of the key's expiry and of its fields'. */
static inline int64_t entry_due_ms(const struct entry *entry)
{
    int64_t expiry_ms = entry_expiry_ms(entry);
    if (!(entry->flags & ENTRY_FIELDS_EXPIRE)) return expiry_ms;
    int64_t fields_ms = entry_fields_expiry_ms(entry);
    return fields_ms < expiry_ms ? fields_ms : expiry_ms;
}

static inline size_t entry_pointer_offset(const struct entry *entry)
{
    return entry_expires(entry) ? 8 : 0;
}

static inline struct bytes entry_key(const struct entry *entry)
{
    const uint8_t *ptr = entry->data + entry_pointer_offset(entry);
    if (entry_has_pointer(entry)) ptr += 8;
    if (__builtin_expect(entry->key_len != ENTRY_LONG_KEY, 1))
        return bytes_make(ptr, entry->key_len);
    uint32_t len;
    memcpy(&len, ptr, sizeof len);
    return bytes_make(ptr + 4, len);
}

static inline void *entry_pointer(const struct entry *entry)
{
    void *pointer;
    memcpy(&pointer, entry->data + entry_pointer_offset(entry), sizeof pointer);
    return pointer;
}

static inline struct blob *entry_blob(const struct entry *entry)
{
    return entry_pointer(entry);
}

/* The inline value: a string's bytes, or an integer's. */
static inline struct bytes entry_inline(const struct entry *entry)
{
    struct bytes key = entry_key(entry);
    return bytes_make(key.ptr + key.len, entry->inline_len);
}

int64_t entry_int(const struct entry *entry); /* of a VALUE_INT */

/* A string value as text; an integer is written to `scratch`. Of a VALUE_STRING only. */
struct bytes entry_text(const struct entry *entry, char scratch[NUMBER_INT_MAX]);
size_t entry_text_len(const struct entry *entry);
/* Does it hold this value, as text? */
bool entry_text_equal(const struct entry *entry, struct bytes text);
/* What OBJECT ENCODING calls it. */
const char *entry_encoding_name(const struct entry *entry);

/* A collection, borrowed: to be looked at only, until the entry changes. */
struct value entry_view(const struct entry *entry);

uint64_t entry_work(const struct entry *entry); /* see value_work(); a string: 1 */

size_t entry_size(const struct entry *entry);
/* All memory of the key: its block and what it points to. */
size_t entry_block_size(const struct entry *entry);

/* A new entry of type VALUE_STRING. Takes the blob of `value`. expiry_ms INT64_MAX: none. */
struct entry *entry_new(struct bytes key, const struct str *value, int64_t expiry_ms,
                        uint32_t clock);
/* The entry with another value, a string, and expiry: at the same place if that fits the
 * allocation's class, else moved, and the old one is gone. What it held before is released. Keeps
 * the clock. The new value must not lie in the entry. */
struct entry *entry_rewrite(struct entry *entry, const struct str *value, int64_t expiry_ms);
/* The same for collections, which the entry takes. */
struct entry *entry_new_collection(struct bytes key, const struct value *value, int64_t expiry_ms,
                                   uint32_t clock);
struct entry *entry_rewrite_collection(struct entry *entry, const struct value *value,
                                       int64_t expiry_ms);
/* Puts back a collection that was looked at with entry_view() and has been changed. */
struct entry *entry_put(struct entry *entry, const struct value *value, int64_t expiry_ms);
/* Of a collection behind a pointer: it is the caller's from now on, and the entry holds nothing. */
struct value entry_take(struct entry *entry);
/* Takes a collection that is too large to be freed at once; false: it is none. */
bool entry_take_large(struct entry *entry, struct value *value);
/* The entry with another expiry (INT64_MAX: none); moves when the space for it comes or goes. */
struct entry *entry_set_expiry(struct entry *entry, int64_t expiry_ms);
/* Makes the inline string `len` bytes long, below BLOB_MIN, keeping what is there; new bytes are
 * not initialized. Returns the entry, perhaps moved. */
struct entry *entry_resize_inline(struct entry *entry, size_t len);
/* Points the entry at a blob in place of the one it has, which is the caller's business. */
void entry_set_blob(struct entry *entry, struct blob *blob);
/* A copy under another name, expiry and clock included; a blob is shared, until one of its holders
 * wants to change it; a collection is copied, O(elements). */
struct entry *entry_copy(const struct entry *entry, struct bytes key, struct breath *breath);
/* What the entry holds, under another name; the old entry is gone. */
struct entry *entry_rename(struct entry *entry, struct bytes key);
void entry_free(struct entry *entry);

#endif
