/* command/call.h -- One command in execution: arguments, the slots it holds, a place for its reply.
 * It knows of no connection: local, forwarded, on borrowed slots, from a script or a file, a
 * handler sees the same thing. */
#ifndef TORC_COMMAND_CALL_H
#define TORC_COMMAND_CALL_H

#include "base/metric.h"
#include "command/command.h"
#include "mem/arena.h"
#include "resp/writer.h"
#include "store/call_counters.h"
#include "store/change.h"
#include "base/breath.h"
#include "types/type_limits.h"

struct store;
struct garbage;
struct error_counters;
struct random;
struct client;
struct registry;
struct waiter;
struct wait;

enum call_flag {
    CALL_NO_TOUCH = 1 << 0,   /* reads do not renew the access clock (CLIENT NO-TOUCH) */
    CALL_AGAIN = 1 << 3,      /* it has run before, and has told of the keys that it missed */
    CALL_REMEMBERED = 1 << 2, /* what it reads is tracked */
    CALL_ERROR = 1 << 1,      /* set by reply_error(): for counters */
};

/* What a walk through the slots (CMD_BY_CURSOR) takes along from home to home. */
struct walk {
    bool under_way; /* it has been somewhere; else all of the rest is zero */
    uint64_t cursor;
    uint64_t keys_left, buckets_left;
    size_t count; /* of the items in the reply so far */
    struct chunk *cursor_hole, *items_hole;
};

struct call {
    const struct command *command;
    const struct bytes *args; /* args[0] is the command's name; of a subcommand args[1] its own */
    uint32_t arg_count;
    uint32_t flags;    /* enum call_flag */
    uint16_t slot;     /* of its first key; routing set it */
    uint16_t db;       /* number of the database */
    int64_t now_ms;    /* the time: stands still within a command */
    struct writer out; /* where the reply goes */
    struct store *store;
    struct arena *scratch; /* dropped when the call is over */
    struct call_counters *counters;
    struct error_counters *errors; /* NULL: nobody counts */
    const struct call_limits *limits;
    struct shard *shard;   /* of CMD_FRONT commands: whose thread this is; opaque here */
    struct client *client; /* of CMD_FRONT commands: who asked; NULL in all others */
    /* Arguments that arrived in a blob of their own, in their order; see call_take_blob(). */
    struct blob **blobs;
    uint32_t blob_count;
    uint32_t next_blob; /* behind the one taken last */
    uint64_t key_hash;  /* of the first key, when has_key_hash: computed while prefetching */
    bool has_key_hash;
    /* Where FLUSHALL leaves what it detached, to be freed by and by; NULL: it frees at once. */
    struct garbage *garbage;
    struct actor own, *actor;        /* of the outermost call */
    struct random *random;           /* of the thread that runs the call */
    const struct registry *registry; /* all commands there are */
    /* Of CMD_BY_CURSOR: may this call go on into that slot? NULL: into all. */
    bool (*may_touch)(struct call *call, uint16_t slot);
    struct walk *walk; /* of CMD_BY_CURSOR: it may go on elsewhere; NULL: it may not */
    /* Handed to long work, and told of work done here; NULL while the call runs in one go. */
    struct breath *breath;
    bool is_queued;            /* part of a block: it cannot wait */
    uint64_t tracker;          /* of its client, if that tracks keys: see shard/track.h; else 0 */
    const char *peer;          /* who asked, for MONITOR; NULL: nobody wants to know */
    bool may_wait;             /* see wait.h */
    struct waiter *waiter;     /* it waits, or has waited; the request's */
    const struct wait *served; /* it waited, and this is the key to look at; NULL: all are */
    void *brought;             /* what its front gave it, by CMD_PREPARED or CMD_BLOCK; else NULL */
    bool may_run_long;         /* whoever runs the call can run it over several passes */
};

/* A command whose work turns out to be long, before it has changed or answered anything, says
 *
 *     if (call_is_long(call, work)) return call_run_long(call);
 *
 * and is run again from its beginning, with call->breath, over several passes, while it keeps its
 * slots. Units of work: base/breath.h. */
enum { CALL_LONG_WORK = 10000 };

/* A simulation makes it small, so that long calls happen all the time. */
#ifdef TORC_SIMULATED
extern uint64_t call_long_work;
#else
static const uint64_t call_long_work = CALL_LONG_WORK;
#endif

static inline bool call_is_long(const struct call *call, uint64_t work)
{
    return work > call_long_work && call->may_run_long;
}

struct outcome call_run_long(struct call *call);

/* Settings that handlers need. */
struct call_limits {
    struct type_limits types;
    int64_t proto_max_bulk_len;
    int64_t hll_sparse_max_bytes;
    uint32_t databases;
    bool lfu; /* the access clock of entries counts frequency: maxmemory-policy is an LFU one */
    uint32_t lfu_log_factor, lfu_decay_minutes; /* 10 and 1 */
};

/* If argument `index` arrived in a blob of its own: that blob, which is the caller's from now on
 * (the argument stays readable while it lives). Else NULL. */
struct blob *call_take_blob(struct call *call, uint32_t index);

/* `return call_walk_on(call, slot);`: the walk goes on at the home of that slot. call->walk says
 * how far it has come. */
struct outcome call_walk_on(struct call *call, uint16_t slot);

#endif
