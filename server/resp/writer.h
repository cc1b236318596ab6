/* resp/writer.h -- Replies as RESP2 or RESP3, written straight into a chain. A writer knows which
 * protocol its reader speaks; each function writes what that protocol has for the thing (a map is a
 * flat array in RESP2, a double a bulk string, and so on, as redis-server does it).
 * Source of the formats: the RESP2 and RESP3 specifications. */
#ifndef TORC_RESP_WRITER_H
#define TORC_RESP_WRITER_H

#include "mem/chain.h"

struct writer {
    struct chain *chain;
    uint8_t protocol; /* 2 or 3 */
};

void writer_raw(struct writer *writer, struct bytes bytes); /* whole, already encoded */
void writer_status(struct writer *writer, struct bytes text);
/* `text` begins with its code ("ERR ..."); CR and LF become spaces. */
void writer_error(struct writer *writer, struct bytes text);
void writer_int(struct writer *writer, int64_t value);
void writer_bulk(struct writer *writer, struct bytes bytes); /* copies */
void writer_bulk_int(struct writer *writer, int64_t value);  /* a number as a bulk string */
void writer_bulk_blob(struct writer *writer, struct blob *blob, struct bytes view); /* refers */
void writer_null(struct writer *writer);                                            /* $-1 or _ */
void writer_null_array(struct writer *writer);                                      /* *-1 or _ */
void writer_array(struct writer *writer, size_t count);
void writer_map(struct writer *writer, size_t pairs);
void writer_set(struct writer *writer, size_t count);
void writer_push(struct writer *writer, size_t count);
void writer_double(struct writer *writer, double value);
void writer_bool(struct writer *writer, bool value); /* :1 :0 or #t #f */
void writer_big_number(struct writer *writer, struct bytes digits);
/* `format` has three letters: "txt", "mkd". A bulk string in RESP2. */
void writer_verbatim(struct writer *writer, const char *format, struct bytes text);

static inline void writer_bulk_string(struct writer *writer, const char *string)
{
    writer_bulk(writer, bytes_of_string(string));
}

/* An aggregate whose count is not known yet: write the items, then close it with the count.
 * Costs one small allocation. */
struct chunk *writer_hole(struct writer *writer);
void writer_close_array(struct writer *writer, struct chunk *hole, size_t count);
void writer_close_map(struct writer *writer, struct chunk *hole, size_t pairs);
void writer_close_set(struct writer *writer, struct chunk *hole, size_t count);
/* A hole may also become a number as a bulk string: a cursor that is known after its items. */
void writer_close_bulk_uint(struct writer *writer, struct chunk *hole, uint64_t value);

#endif
