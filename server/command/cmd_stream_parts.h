/* command/cmd_stream_parts.h -- Between the files of the stream family. */
#ifndef TORC_COMMAND_CMD_STREAM_PARTS_H
#define TORC_COMMAND_CMD_STREAM_PARTS_H

#include "command/args.h"
#include "command/collection.h"
#include "command/reply.h"
#include "types/stream.h"
#include "types/stream_group.h"
#include "types/stream_producer.h"

/* An id of the form ms or ms-seq. On failure *problem is set to the answer. */
bool stream_read_id(struct call *call, uint32_t index, struct id *id, struct outcome *problem);
/* Such ids from an argument on, in scratch memory. */
bool stream_read_ids(struct call *call, uint32_t first, uint32_t end, struct id **ids,
                     struct outcome *problem);
/* An end of a range: also - and +, and ids that are not counted in, behind a parenthesis. */
bool stream_read_bound(struct call *call, uint32_t index, bool is_end, struct id *id,
                       struct outcome *problem);
struct outcome reply_bad_stream_id(struct call *call);

void stream_write_id(struct call *call, struct id id);
void stream_write_text(struct call *call, const struct listpack_element *element);
/* Its id, and its fields and values. */
void stream_write_entry(struct call *call, const struct stream_cursor *cursor);
void stream_write_fields(struct call *call, const struct stream_cursor *cursor);

/* What belongs together in XADD and XTRIM: the options that cap a stream. */
struct stream_capping {
    struct stream_trim trim;
    bool has_limit, has_refs;
};
/* Is there such an option at *at? Then it is read, and *at is behind it. */
enum args_match stream_read_capping(struct call *call, uint32_t *at, struct stream_capping *capping,
                                    struct outcome *problem);
/* Do the options go together? Settles the limit. */
bool stream_settle_capping(struct call *call, struct stream_capping *capping,
                           struct outcome *problem);
/* What trimming may take, in units of work. */
uint64_t stream_trim_work(const struct stream *stream, const struct stream_trim *trim);
/* KEEPREF, DELREF or ACKED. */
bool stream_is_refs(const struct call *call, uint32_t index, enum stream_refs *refs);

/* IDMP and IDMPAUTO of XADD. */
struct stream_sender {
    uint32_t producer; /* the argument with its name; 0: the option is not there */
    uint32_t name;     /* what it calls the addition; 0: it goes by its content */
};
enum args_match stream_read_sender(struct call *call, uint32_t *at, struct stream_sender *sender,
                                   struct outcome *problem);
struct stream_addition stream_addition_of(struct call *call, const struct stream_sender *sender,
                                          const struct stream_content *content);

/* XREAD and XREADGROUP: what is asked for, and how far the answer has come. */
struct stream_reading {
    uint32_t keys_at, key_count;
    uint32_t group_at;             /* the group's name, and behind it the consumer's; 0: XREAD */
    uint64_t count;                /* of each stream; 0: all */
    uint64_t max_count, max_bytes; /* of all streams; UINT64_MAX: no limit */
    int64_t claim_idle_ms;         /* -1: no CLAIM */
    bool no_ack;
    bool blocks; /* BLOCK, until then: */
    int64_t deadline_ms;
    struct id *after; /* of each key; a group's new entries: ID_MAX */
    uint64_t left;    /* entries that may still be written for the stream at hand */
    uint64_t bytes;   /* written so far */
    size_t written;   /* entries, of the stream at hand */
    size_t streams;
    struct chunk *hole, *entries;
};
/* The reply of a stream begins; entries are written, and it ends. One that gets none has no part
 * in the reply unless `always`. */
void stream_reading_begin(struct call *call, struct stream_reading *reading, uint32_t key);
void stream_reading_end(struct call *call, struct stream_reading *reading);
/* May another entry be written? Its size is counted. */
bool stream_reading_takes(struct stream_reading *reading, const struct stream_cursor *cursor);
/* Do these arguments contain BLOCK? It may also be a name: then no harm is done. */
bool stream_reading_can_wait(const struct bytes *args, uint32_t arg_count);
/* Serves one key of XREADGROUP. */
void stream_deliver(struct call *call, struct stream_reading *reading, uint32_t index);

/* NOGROUP ... */
struct outcome reply_no_group(struct call *call, uint32_t key, uint32_t group);
/* The consumer, made if it is not there: then *is_new says so, and the caller notes the change
 * when the collection has been closed. It has been seen. */
struct stream_consumer *stream_see_consumer(struct call *call, struct stream_group *group,
                                            struct bytes name, bool *is_new);

/* The stream and its group; it counts as read. On failure *problem is set to the answer: WRONGTYPE,
 * or NOGROUP where one of the two is missing. */
bool stream_find_group(struct call *call, struct collection *at, struct stream_group **group,
                       struct outcome *problem);

/* Behind an option IDS: their number, and the ids. */
struct stream_id_list {
    uint32_t count;
    struct id *ids;
};
/* What is said of a number that is none, or that is greater than that of the ids. */
struct stream_id_list_texts {
    const char *not_positive, *too_few;
};
/* The word is at *at. false: *problem is set to the answer. */
bool stream_read_id_list(struct call *call, uint32_t *at, struct stream_id_list *list,
                         const struct stream_id_list_texts *texts, struct outcome *problem);

/* How far a group is behind; false: it cannot be told. */
bool stream_group_lag(const struct stream *stream, const struct stream_group *group, int64_t *lag);

extern const struct command cmd_stream_group_table[], cmd_stream_info_table[];
command_run cmd_xrange, cmd_xrevrange, cmd_xread, cmd_xreadgroup, cmd_xtrim;
command_run cmd_xcfgset, cmd_xack, cmd_xackdel, cmd_xdelex, cmd_xnack, cmd_xpending, cmd_xclaim,
    cmd_xautoclaim;

#endif
