/* types/stream_node.h -- For the files of types/stream: a node's listpack.
 *
 *     count | deleted | number of fields | field ... | 0                        the master entry
 *     flags | ms | seq | value ...                           | length           SAME: its fields
 *     flags | ms | seq | number of fields | field, value ... | length           fields of its own
 *
 * ms and seq are what the entry's id is beyond the node's. `length` says how many elements stand
 * before it, so that entries can be read from behind. An entry that was deleted keeps its place,
 * with a flag, until the whole node goes. `count` is of those that live. */
#ifndef TORC_TYPES_STREAM_NODE_H
#define TORC_TYPES_STREAM_NODE_H

#include "base/breath.h"
#include "types/listpack.h"
#include "types/stream_id.h"

enum stream_flag { STREAM_DELETED = 1, STREAM_SAME = 2 };

/* A node as it is read. */
struct stream_node {
    const struct listpack *pack;
    struct id id;
    uint32_t count, deleted, field_count;
    uint32_t fields_at;  /* the first field of the master entry */
    uint32_t entries_at; /* the first entry; 0: there is none */
};
/* An entry in it. */
struct stream_entry {
    uint32_t at;      /* its flags */
    uint32_t body_at; /* its first field or value */
    uint32_t next;    /* the entry behind it; 0: it is the last */
    uint32_t field_count;
    uint8_t flags;
    struct id id;
};

struct stream_node stream_node_read(const struct listpack *pack, struct id id);
/* The entry at a position that is none's end; 0 is refused. */
bool stream_node_entry(const struct stream_node *node, uint32_t at, struct stream_entry *entry);
/* The last entry, or the one before another. false: there is none. */
bool stream_node_last(const struct stream_node *node, struct stream_entry *entry);
bool stream_node_prev(const struct stream_node *node, uint32_t at, struct stream_entry *entry);

/* Fields and values in turn. */
struct stream_content {
    const struct bytes *ptr;
    uint32_t count; /* of both together */
    struct breath *breath;
};
/* Can a node hold it? */
bool stream_content_fits(const struct stream_content *content);
struct listpack *stream_node_new(const struct stream_content *content); /* no entry yet */
/* Appends an entry. `pack` must be what `node` was read from. */
void stream_node_add(struct listpack **pack, const struct stream_node *node, struct id id,
                     const struct stream_content *content);
/* Marks an entry as deleted; the counts of the master entry are another matter. */
void stream_node_mark(struct listpack **pack, const struct stream_entry *entry);
void stream_node_set_counts(struct listpack **pack, uint32_t count, uint32_t deleted);

/* Is it sound, and at what does it end? Reads nothing outside of the bytes. */
struct stream_node_check {
    struct id id;          /* the node's */
    struct id first, last; /* of the entries, deleted ones included */
    struct id first_live;
    uint32_t count, deleted;
};
bool stream_node_validate(struct bytes bytes, struct stream_node_check *check);

#endif
