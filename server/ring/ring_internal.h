/* ring/ring_internal.h -- What ring.c (operation) and ring_open.c (set-up, preflight) share. */
#ifndef TORC_RING_RING_INTERNAL_H
#define TORC_RING_RING_INTERNAL_H

#include <liburing.h>

#include "ring/ring.h"

struct ring_place {
    struct ring_op *op;
    uint32_t generation; /* 31 bits; goes up when the place becomes free */
    union {
        uint32_t next_free;
        int32_t send_result; /* of the ring_send_now() under way */
    };
};

struct ring {
    struct io_uring uring;
    unsigned sq_entries, cq_entries;
    struct ring_features features;
    struct ring_counters counters;

    struct ring_place *places;
    uint32_t place_count, free_place;
    uint32_t in_flight;
    bool flag_is_stale; /* IORING_SQ_TASKRUN: the last enter found nothing behind it */

    struct ring_op **unconfirmed; /* sends since the last enter */
    uint32_t unconfirmed_count, unconfirmed_max;
    bool sends_known; /* the kernel has taken them all, and failures have been noted */

    struct io_uring_buf_ring *buffer_ring;
    uint8_t *buffers;
    uint32_t *offsets; /* how far each buffer has been filled */
    uint32_t buffer_count, buffer_bytes;
    uint32_t buffers_returned; /* added to the ring, not yet published */
};

#endif
