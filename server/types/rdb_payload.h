/* types/rdb_payload.h -- The pieces that DUMP's payloads and RDB files are made of:
 *
 *     DUMP: type u8 | value | version u16 | CRC64 of all before, u64       (little-endian)
 *
 *     length: 00xxxxxx            6 bits        string: length, bytes
 *             01xxxxxx x          14 bits               c0, c1, c2: 8, 16, 32 bits, signed, as text
 *             80 u32, 81 u64      big-endian            c3: packed length, length, LZF
 *
 * Readers vouch for nothing that came: each read says whether there was something sound, and after
 * the first that failed all others fail, too. None reads outside of the payload; no length leads
 * to more memory than its bytes can unpack to, 88 times as many. Strings that are not packed are
 * views of the payload. Writers append to a buffer. All are O(bytes). */
#ifndef TORC_TYPES_RDB_PAYLOAD_H
#define TORC_TYPES_RDB_PAYLOAD_H

#include "base/breath.h"
#include "base/number.h"
#include "mem/buf.h"

/* What a value is, and how it is written. */
enum rdb_type {
    RDB_STRING = 0,
    RDB_LIST = 1,
    RDB_SET = 2,
    RDB_ZSET_TEXT = 3, /* scores as text */
    RDB_HASH = 4,
    RDB_ZSET = 5, /* scores as doubles */
    RDB_HASH_ZIPMAP = 9,
    RDB_LIST_ZIPLIST = 10,
    RDB_SET_INTSET = 11,
    RDB_ZSET_ZIPLIST = 12,
    RDB_HASH_ZIPLIST = 13,
    RDB_LIST_QUICKLIST_ZIPLIST = 14,
    RDB_STREAM = 15,
    RDB_HASH_LISTPACK = 16,
    RDB_ZSET_LISTPACK = 17,
    RDB_LIST_QUICKLIST = 18, /* count, and for each node a form (rdb_node) and a string */
    RDB_STREAM_2 = 19,
    RDB_SET_LISTPACK = 20,
    RDB_STREAM_3 = 21,
    RDB_HASH_2 = 22,                 /* Valkey's: an expiry behind each value, -1: none */
    RDB_HASH_EXPIRING = 24,          /* the least expiry; before each field how far behind, or 0 */
    RDB_HASH_LISTPACK_EXPIRING = 25, /* the least expiry; field, value, expiry, or 0 */
    RDB_STREAM_4 = 26,               /* with producers */
    RDB_STREAM_5 = 27,               /* with pending entries that were released */
};

enum rdb_node { RDB_NODE_PLAIN = 1, RDB_NODE_PACKED = 2 };

enum { RDB_VERSION = 10 }; /* of what is written; readers take those of later ones as well */

struct rdb_reader {
    const uint8_t *ptr, *end; /* what is left to be read; the same once something failed */
    bool failed;
};

/* A string as it was read. Unpacked bytes are its own until rdb_string_drop(). */
struct rdb_string {
    uint8_t *owned; /* NULL: a view of the payload, or `digits` */
    size_t len;
    const uint8_t *view;
    char digits[NUMBER_INT_MAX];
};

/* Checks the end of a payload of DUMP and reads what stands before it. false: the version is 0 or
 * the checksum another. */
bool rdb_open(struct rdb_reader *reader, struct bytes payload);
void rdb_reader_init(struct rdb_reader *reader, struct bytes bytes); /* without such an end */
bool rdb_at_end(const struct rdb_reader *reader);                    /* all read, nothing failed */

bool rdb_read_byte(struct rdb_reader *reader, uint8_t *byte);
bool rdb_read_length(struct rdb_reader *reader, uint64_t *length);
bool rdb_read_ms(struct rdb_reader *reader, int64_t *time_ms);
bool rdb_read_double(struct rdb_reader *reader, double *number);      /* 8 bytes; may be NaN */
bool rdb_read_double_text(struct rdb_reader *reader, double *number); /* of RDB_ZSET_TEXT */
/* Bytes as they stand: a view of the payload, or NULL. */
const uint8_t *rdb_read_raw(struct rdb_reader *reader, size_t len);
/* To be dropped if true was returned. */
bool rdb_read_string(struct rdb_reader *reader, struct rdb_string *string);
struct bytes rdb_string_view(const struct rdb_string *string);
void rdb_string_drop(struct rdb_string *string);

void rdb_write_byte(struct buf *out, uint8_t byte);
void rdb_write_length(struct buf *out, uint64_t length);
void rdb_write_ms(struct buf *out, int64_t time_ms);
void rdb_write_string(struct buf *out, struct bytes bytes); /* integers in their short form */
void rdb_write_double(struct buf *out, double number);
/* Version and checksum over all that `out` holds. */
void rdb_close(struct buf *out, struct breath *breath);

#endif
