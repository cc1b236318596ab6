/* admin/info.h -- The sections of INFO, and what has been gathered for them.
 *
 * Most figures are metrics that any thread may read at any time. What only their owner may look at
 * is gathered by a visit of all shards: keys per slot by the slots' homes, who write only their own
 * part. A slot that is lent or on its way when its home is visited is counted by a later visit. */
#ifndef TORC_ADMIN_INFO_H
#define TORC_ADMIN_INFO_H

#include "client/client.h"
#include "ring/ring_process.h"
#include "shard/visit.h"

struct info_database {
    uint64_t keys, expires;
    int64_t ttl_ms;   /* of some keys with an expiry, in all */
    uint32_t sampled; /* of how many */
};

/* One shard's part. */
struct info_part {
    struct info_database *databases;
    uint64_t keys;
    uint64_t garbage_keys;
    int64_t blocked_clients, timed_clients; /* those of them that will not wait for ever */
    int64_t listening_clients, watching_clients;
    size_t input_max, output_max; /* what one client has waiting */
};

struct info {
    struct visit visit; /* first */
    struct client_handle asker;
    const struct group *group;
    const struct settings *settings;
    const struct admin *admin;
    uint64_t sections; /* by place in info_section_at() */
    struct info_part *parts;
    bool shows_clients;
    uint32_t database_count;
    uint32_t visits;
    int64_t now_ms, now_ns;
    struct process_usage main_thread;
    uint8_t counted[SLOT_COUNT];
};

struct info_section {
    const char *name;
    bool is_default; /* shown by INFO without arguments */
    void (*write)(const struct info *info, struct buf *out);
};

uint32_t info_section_count(void);
const struct info_section *info_section_at(uint32_t place);
/* All sections that were asked for, an empty line between two. */
void info_write(const struct info *info, struct buf *out);

/* "name:value\r\n" */
void info_field(struct buf *out, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void info_write_commandstats(const struct info *info, struct buf *out);
void info_write_errorstats(const struct info *info, struct buf *out);
void info_write_keyspace(const struct info *info, struct buf *out);
void info_write_shards(const struct info *info, struct buf *out);
void info_write_rings(const struct info *info, struct buf *out);
void info_write_memory(const struct info *info, struct buf *out);

#endif
