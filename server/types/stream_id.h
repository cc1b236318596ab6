/* types/stream_id.h -- Ids of stream entries: their text and their arithmetic. */
#ifndef TORC_TYPES_STREAM_ID_H
#define TORC_TYPES_STREAM_ID_H

#include "base/number.h"
#include "ds/id_map.h"

enum { STREAM_ID_TEXT_MAX = 2 * NUMBER_INT_MAX + 1 };

static inline bool stream_id_is_zero(struct id id)
{
    return !id.ms && !id.seq;
}

/* "ms" or "ms-seq". `missing_seq` stands for the second part where there is none. */
bool stream_id_parse(struct bytes text, uint64_t missing_seq, struct id *id);
/* The same, or "ms-*": then *has_seq is false. */
bool stream_id_parse_open(struct bytes text, struct id *id, bool *has_seq);
/* The same as the first, or "-" and "+": the least and the greatest. */
bool stream_id_parse_edge(struct bytes text, uint64_t missing_seq, struct id *id);
size_t stream_id_write(char out[STREAM_ID_TEXT_MAX], struct id id); /* the length */

/* The next or the previous one; false: there is none, and the id has not changed. */
bool stream_id_increment(struct id *id);
bool stream_id_decrement(struct id *id);

/* As keys of nodes and pending entries: 16 bytes, big-endian. */
enum { STREAM_ID_BYTES = 16 };
void stream_id_encode(uint8_t out[STREAM_ID_BYTES], struct id id);
struct id stream_id_decode(const uint8_t bytes[STREAM_ID_BYTES]);

#endif
