/* types/type_limits.h -- What decides how a collection is kept: settings, named as in redis.conf,
 * and the secret of this process under which the tables of large ones are hashed. */
#ifndef TORC_TYPES_TYPE_LIMITS_H
#define TORC_TYPES_TYPE_LIMITS_H

#include "base/hashing.h"

struct type_limits {
    int64_t hash_max_listpack_entries, hash_max_listpack_value;
    int64_t list_max_listpack_size; /* elements of a node; -1 to -5: 4 to 64 KiB */
    int64_t list_compress_depth;
    int64_t set_max_intset_entries, set_max_listpack_entries, set_max_listpack_value;
    int64_t zset_max_listpack_entries, zset_max_listpack_value;
    int64_t stream_node_max_bytes, stream_node_max_entries; /* 0: no limit */
    struct hash_key hash_key;
};

/* The defaults of the settings. */
extern const struct type_limits type_limits_standard;

#endif
