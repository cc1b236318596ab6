/* support/payload.h -- Values and payloads of DUMP without their end, for tests of types and for
 * fuzzing. */
#ifndef TESTS_SUPPORT_PAYLOAD_H
#define TESTS_SUPPORT_PAYLOAD_H

#include <string.h>

#include "types/rdb_payload.h"
#include "types/value.h"

/* What a payload begins with; false: it is refused. */
static inline bool payload_restore(struct bytes payload, const struct type_limits *limits,
                                   struct value *value)
{
    struct rdb_reader reader;
    uint8_t type;
    rdb_reader_init(&reader, payload);
    return rdb_read_byte(&reader, &type) && value_restore(value, &reader, type, limits, NULL);
}

/* What becomes of a value that is dumped and restored; false: it is refused, or there is more of
 * it. */
static inline bool payload_there_and_back(const struct value *value,
                                          const struct type_limits *limits, struct value *back)
{
    struct buf payload = {0};
    struct rdb_reader reader;
    uint8_t type;
    value_dump(value, &payload, NULL);
    rdb_reader_init(&reader, buf_view(&payload));
    bool is_taken =
        rdb_read_byte(&reader, &type) && value_restore(back, &reader, type, limits, NULL);
    bool is_whole = is_taken && rdb_at_end(&reader);
    if (is_taken && !is_whole) value_free(back);
    buf_fini(&payload);
    return is_whole;
}

static inline bool have_same_digest(const struct value *one, const struct value *other)
{
    struct digest first = {{0}}, second = {{0}};
    value_digest(one, &first);
    value_digest(other, &second);
    return memcmp(&first, &second, sizeof first) == 0;
}

static inline void free_in_steps(struct value *value, uint64_t step)
{
    uint64_t work = step;
    while (!value_free_some(value, &work))
        work = step;
}

#endif
