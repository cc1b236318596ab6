/* shard/settings.h -- The values of all settings, as numbers and texts. A struct settings is
 * immutable once published; each shard reads its own pointer to the current one, and CONFIG SET
 * gives all shards a new one (admin/config). Names, bounds, defaults and meaning:
 * admin/config_rows.c. */
#ifndef TORC_SHARD_SETTINGS_H
#define TORC_SHARD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "types/type_limits.h"

enum { SETTINGS_BIND_MAX = 16, SETTINGS_SHARDS_MAX = 1024 };

struct output_limit {
    int64_t hard_bytes, soft_bytes; /* 0: none */
    int64_t soft_seconds;
};

enum client_class { CLASS_NORMAL, CLASS_REPLICA, CLASS_PUBSUB, CLASS_COUNT };

struct settings {
    /* network */
    int64_t port;                        /* 0: no TCP */
    const char *bind[SETTINGS_BIND_MAX]; /* each may begin with '-': no error if not available */
    uint32_t bind_count;
    const char *unixsocket;  /* NULL: none */
    uint32_t unixsocketperm; /* 0: as the umask says */
    int64_t tcp_backlog;
    int64_t tcp_keepalive; /* seconds */
    int64_t timeout;       /* seconds; 0: none */
    int64_t maxclients;
    bool protected_mode;
    const char *requirepass; /* NULL or "": none */
    /* process */
    bool daemonize;
    const char *pidfile, *logfile; /* NULL: none / standard output */
    int64_t loglevel;              /* enum log_level */
    int64_t supervised;            /* enum supervised */
    const char *dir;               /* working directory */
    int64_t hz;
    /* limits */
    int64_t proto_max_bulk_len;
    int64_t client_query_buffer_limit;
    struct output_limit output_limits[CLASS_COUNT];
    int64_t maxmemory_clients; /* bytes; negative: percent of maxmemory; 0: none */
    /* data */
    int64_t databases;
    int64_t tracking_table_max_keys; /* 0: no limit */
    int64_t notify_keyspace_events;  /* enum notify_class */
    int64_t hll_sparse_max_bytes;
    int64_t enable_debug_command; /* enum permission */
    struct type_limits types;
    /* Nothing depends on these: what is large is always freed by and by. */
    bool lazyfree_eviction, lazyfree_expire, lazyfree_server_del, lazyfree_user_del,
        lazyfree_user_flush;
    /* shards */
    int64_t shards;         /* 0 while parsing: the CPUs that the process may use */
    const char *shard_cpus; /* "0-3,8"; NULL: any */
    /* where it was read from; NULL: no file */
    const char *config_path;
};

/* notify-keyspace-events: which channels, and which events. */
enum notify_class {
    NOTIFY_KEYSPACE = 1 << 0,                 /* K */
    NOTIFY_KEYEVENT = 1 << 1,                 /* E */
    NOTIFY_GENERIC = 1 << 2,                  /* g */
    NOTIFY_STRING = 1 << 3,                   /* $ */
    NOTIFY_LIST = 1 << 4,                     /* l */
    NOTIFY_SET = 1 << 5,                      /* s */
    NOTIFY_HASH = 1 << 6,                     /* h */
    NOTIFY_ZSET = 1 << 7,                     /* z */
    NOTIFY_EXPIRED = 1 << 8,                  /* x */
    NOTIFY_EVICTED = 1 << 9,                  /* e */
    NOTIFY_STREAM = 1 << 10,                  /* t */
    NOTIFY_MODULE = 1 << 11,                  /* d: there are none */
    NOTIFY_NEW = 1 << 12,                     /* n */
    NOTIFY_MISS = 1 << 13,                    /* m */
    NOTIFY_ALL = NOTIFY_NEW - NOTIFY_GENERIC, /* A: what lies between */
};

enum supervised { SUPERVISED_NO, SUPERVISED_SYSTEMD, SUPERVISED_UPSTART, SUPERVISED_AUTO };
enum permission { PERMISSION_NO, PERMISSION_YES, PERMISSION_LOCAL };

#endif
