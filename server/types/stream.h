/* types/stream.h -- Streams: entries of fields and values in the order of their ids.
 *
 *     struct stream -> id_map: id of a node's first entry -> its listpack (stream_node.h)
 *                   -> groups (stream_group.h), NULL without any
 *
 * A node is full when it has as many bytes or entries as stream-node-max-bytes and
 * stream-node-max-entries say. A deleted entry keeps its place until all of its node is deleted.
 *
 * Costs: adding O(1) and the bytes moved in one node; finding O(log nodes) and a walk in one node.
 * A stream is 112 bytes, a node some 25 beside its listpack. Invariants: no node is without a
 * living entry; ids ascend within and over nodes; length is the sum of all nodes' counts; first_id
 * is that of the first entry, or zero. */
#ifndef TORC_TYPES_STREAM_H
#define TORC_TYPES_STREAM_H

#include "types/stream_node.h"
#include "types/value.h"

extern const struct value_class stream_class;

struct stream {
    struct id_map nodes; /* of struct listpack */
    uint64_t length;
    uint64_t entries_added; /* ever */
    struct id last_id, first_id;
    struct id max_deleted_id;
    struct stream_groups *groups;       /* NULL: none */
    struct stream_producers *producers; /* NULL: none */
    uint64_t pack_bytes;                /* blocks of the listpacks */
};

struct stream *stream_new(void);
/* The stream of a value that has been opened; makes one if there is none. */
struct stream *stream_open(struct value *value);

/* --- Changing --- */

/* Appends an entry, whose id is greater than last_id; stream_content_fits() has said yes. */
void stream_add(struct stream *stream, struct id id, const struct stream_content *content,
                const struct type_limits *limits);
/* false: there is no such entry. Leaves max_deleted_id alone. */
bool stream_remove(struct stream *stream, struct id id);

/* What becomes of a group's reference to an entry that goes. */
enum stream_refs {
    STREAM_KEEP_REFS,
    STREAM_DELETE_REFS,
    STREAM_ACKED, /* entries that some group has yet to read or acknowledge stay */
};
struct stream_trim {
    enum { STREAM_TRIM_NONE, STREAM_TRIM_LENGTH, STREAM_TRIM_ID } by;
    enum stream_refs refs;
    bool whole_nodes; /* only such as go as a whole */
    uint64_t max_length;
    struct id min_id; /* entries before it go */
    uint64_t limit;   /* entries at most, if whole_nodes; 0: no limit */
};
/* Removes the oldest entries; how many. */
uint64_t stream_trim(struct stream *stream, const struct stream_trim *trim, struct breath *breath);

/* --- Reading --- */

/* Stands at a living entry; good until the stream changes. */
struct stream_cursor {
    struct id_map_cursor place;
    struct stream_node node;
    struct stream_entry entry;
};
/* The first entry with this id or a greater one; backwards: the last one with it or a less one.
 * false: there is none. */
bool stream_seek(struct stream_cursor *cursor, const struct stream *stream, struct id id,
                 bool backwards);
bool stream_step(struct stream_cursor *cursor, bool backwards);
bool stream_has(const struct stream *stream, struct id id);
/* What reading so many entries takes, in units of work: by the average of all. */
uint64_t stream_reading_work(const struct stream *stream, uint64_t count);

/* How many entries have ever been added up to an id, this one included; STREAM_READ_UNKNOWN:
 * entries have been deleted, so that it cannot be told. */
int64_t stream_entries_until(const struct stream *stream, struct id id);
/* Has an entry from this id on been deleted by name? */
bool stream_has_tombstone(const struct stream *stream, struct id from);

/* The fields of a cursor's entry, one after the other. */
struct stream_fields {
    const struct listpack *pack;
    uint32_t left, field_at, value_at;
    bool same;
};
struct stream_fields stream_fields_of(const struct stream_cursor *cursor);
bool stream_field_next(struct stream_fields *fields, struct listpack_element *field,
                       struct listpack_element *value);

/* For the other files of types/stream. */
void stream_take_node(struct stream *stream, struct id id, struct listpack *pack);
void stream_renew_first_id(struct stream *stream);
void stream_dump(const struct value *value, struct buf *out, struct breath *breath);
bool stream_restore(struct value *value, struct rdb_reader *reader, uint8_t rdb_type,
                    const struct type_limits *limits, struct breath *breath);

#endif
