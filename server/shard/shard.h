/* shard/shard.h -- One thread and all that it owns: ring, inbox, connections, the slots at home
 * here.
 *
 * A pass of its loop:
 *     one io_uring_enter: submit what was queued, wait if there is nothing to do
 *     run completions (bytes are parsed and run or forwarded as they come)
 *     drain the inbox, run timers, give background work a bounded slice
 *     flush: one send for each connection with output, one doorbell for each sleeping target
 *
 * Threads share the group: routes, the lock of lease requests, and each other's inboxes. */
#ifndef TORC_SHARD_SHARD_H
#define TORC_SHARD_SHARD_H

#include "base/fault.h"
#include "base/random.h"
#include "command/call.h"
#include "command/errors.h"
#include "mem/mem.h"
#include "net/conn.h"
#include "shard/inbox.h"
#include "shard/latch.h"
#include "shard/settings.h"
#include "shard/timers.h"
#include "store/garbage.h"
#include "store/store.h"

struct admin;
struct mintree;
struct claim;
struct slot_wait;
struct move;
struct move_order;
struct waiting;

/* What this shard may do with a slot. */
enum gate {
    GATE_ELSEWHERE, /* another shard is its home */
    GATE_OPEN,      /* at home and free: run the command */
    GATE_CLOSED,    /* at home, but lent, or asked for, or on its way here: wait in its queue */
};

struct waiting_queue {
    struct waiting *first, *last;
};

enum { SLOT_WAIT_HEADS = 256 };

/* The slots that are at home here. */
struct homes {
    uint8_t gates[SLOT_COUNT]; /* enum gate */
    bool barred;               /* all gates count as closed: a cut is held or waited for */
    uint32_t closed_count;
    struct slot_wait *closed[SLOT_WAIT_HEADS]; /* by slot, chained */
    struct claim *cut;                         /* holds every slot that is at home here */
    struct waiting_queue barred_queue;         /* what arrived behind the cut */
    struct claim *first_ready, *last_ready;    /* hold all their slots, not yet told so */
    bool serving;                              /* somebody further up tells them */
};

/* Blocks for requests, last in first out. */
enum { REQUEST_STOCK_BYTES = 896, REQUEST_STOCK_MAX = 1024 };

struct request_stock {
    void *free;
    uint32_t count;
};

/* Counted per command by the shard that ran it. */
struct command_counters {
    struct metric calls, ticks, rejected, failed;
};

/* See long_call.h. */
struct long_queue {
    struct long_call *first, *last;
};

struct long_calls {
    struct long_queue waiting; /* for a stack, in the order in which they came */
    struct long_queue running; /* each has a slice in turn */
    uint32_t running_count;
    struct long_stack *kept; /* for the next one */
};

/* Clients in broadcasting mode hear of all keys with their prefixes. */
struct tracking_prefix {
    struct bytes bytes; /* its own */
    uint64_t *trackers;
    uint32_t count, capacity;
};

struct tracking_shard {
    uint32_t client_count;
    struct tracking_prefix *prefixes;
    uint32_t prefix_count, prefix_capacity;
};

struct shard_counters {
    struct metric passes, start_ns, idle_ns, spins, spin_hits; /* idle: asleep or spinning */
    struct metric doorbells_saved;
    struct metric messages, forwarded, stood_in, leases;
    struct metric long_calls, long_slices;
    struct metric commands, connections_received, connections_rejected;
    struct metric connected_clients, blocked_clients, tracking_clients;
    struct metric tracking_prefixes;
    struct metric evicted_clients;
    struct metric client_bytes; /* memory of its clients */
    struct metric thread_cpu_ns;
    struct metric expire_ticks; /* spent on removing keys that were due */
};

/* A message sent to itself by whoever wants to stop the shard's loop; see shard_stop(). */
enum shard_state { SHARD_RUNNING, SHARD_DRAINING, SHARD_STOPPED };

/* What the layers above hang into the loop. */
struct shard_hooks {
    void (*on_start)(struct shard *shard); /* on the shard's thread, its ring is open */
    void (*on_pass)(struct shard *shard);  /* before the flush of each pass */
    void (*on_cron)(struct shard *shard);  /* every 1/hz seconds */
    /* While somebody monitors: before and after a command. */
    void (*monitor_before)(struct shard *shard, const struct call *call, struct buf *line);
    void (*monitor_after)(struct shard *shard, const struct call *call, struct buf *line);
    void (*on_stop)(struct shard *shard);   /* the loop has ended, the ring is still open */
    void (*shut_down)(struct shard *shard); /* on shard 0: begins the end of the server */
};

struct shard {
    struct inbox inbox;
    _Alignas(64) struct latch latch; /* guards homes, expiry, and the inbox's end; see stand_in.h */
    _Alignas(64)                     /* what others never look at */
        uint16_t id;
    struct group *group;
    struct ring *ring;
    struct net net;
    const struct settings *settings; /* current; replaced by a message */
    struct call_limits limits;
    int64_t now_ns; /* monotonic, of this pass */
    int64_t now_ms; /* since 1970, of this pass */
    struct homes homes;
    struct mintree *expiry; /* of slots at home: when their next key expires; NULL: none does yet */
    bool expire_paused;     /* DEBUG SET-ACTIVE-EXPIRE 0 */
    uint32_t monitor_count, *monitors; /* clients that monitor: all, and by their shard */
    struct tracking_shard tracking;    /* what it knows of clients that track keys: of all shards */
    struct change_sink change_sink;    /* what the layers above make of changes ... */
    const struct change_sink *sink;    /* ... while somebody listens; else NULL */
    bool clients_paused;               /* CLIENT PAUSE: keys stay as they are, too */
    struct garbage garbage;
    struct long_calls long_calls;
    struct arena scratch;
    struct request_stock stock;
    struct random random;
    struct timers timers;
    struct timer cron;
    uint64_t last_tick;  /* end of the last command: commands are timed back to back */
    uint64_t *doorbells; /* bitmap of shards to be rung at the end of the pass */
    bool doorbells_due;
    uint32_t inbox_batch; /* messages taken at once; few while they are slow */
    bool more_work;       /* do not wait in this pass's enter */
    enum shard_state state;
    struct mem_account memory;
    struct call_counters call_counters;
    struct shard_counters counters;
    struct command_counters *command_counters; /* by command id */
    struct error_counters errors;
    int64_t idle_average_ns; /* recent times between two pieces of work */
    int64_t spin_ns;         /* how long it spins before it sleeps; adapts to them */
    int64_t spun_ns;         /* spinning in all */
    int64_t start_cpu_ns;    /* CPU time of its thread when the loop began */
    int64_t told_idle_ns;    /* when counters.idle_ns was last computed */
    void *clients;           /* struct clients: the layer above's */
    void *subscribers;       /* struct subscribers: the layer above that */
};

/* What all shards share. Immutable after the start but for what is marked. */
struct group {
    struct shard **shards;
    uint16_t shard_count;
    bool may_spin; /* as many CPUs as shards */
    struct store *store;
    const struct registry *registry;
    const struct shard_hooks *hooks;
    struct ring_options ring_options;
    const int *cpus;                 /* by shard; NULL: not pinned */
    const struct settings *settings; /* those of the start */
    void *server;                    /* the composition above */
    struct directory *directory;     /* of channels: see pubsub/directory.h */
    struct admin *admin;             /* the administration's: set before the shards run */
    _Alignas(64) _Atomic uint16_t home[SLOT_COUNT]; /* changed under the lease lock */
    _Alignas(64) _Atomic uint32_t lease_sequence;   /* odd: somebody is pushing requests */
    _Atomic bool move_under_way;                    /* changed under the lease lock */
    struct move *current_move;                      /* shard 0's: slots that change their home */
    struct move_order *move_orders;                 /* shard 0's */
    _Atomic bool cut_is_wanted; /* and was refused: changed under the lease lock */
    struct timer move_gap;      /* shard 0's: no move begins until a cut has */
    int64_t move_gap_end_ns;    /* shard 0's; 0: there is no gap */
    _Alignas(64) _Atomic uint64_t next_client_id;
    _Atomic int64_t client_count;
};

static inline uint16_t home_of(const struct group *group, uint16_t slot)
{
    return atomic_load_explicit(&group->home[slot], memory_order_acquire);
}

/* Made by the thread that starts; `settings` outlive it. */
struct shard *shard_new(struct group *group, uint16_t id);
void shard_free(struct shard *shard);
/* Runs on the thread that is to be the shard: opens the ring
 * (-errno and a reason if refused) ... */
int shard_open(struct shard *shard, char *reason, size_t reason_size);
/* ... loops until shard_stop() ... */
void shard_loop(struct shard *shard);
/* ... and gives everything back. */
void shard_close(struct shard *shard);
/* On its own thread (or before it runs): these settings hold from the next command on. They outlive
 * their use; who frees the old ones is the caller's business. */
void shard_apply(struct shard *shard, const struct settings *settings);
/* Settings, or who tracks keys, have changed: does anybody listen to changes? */
void shard_listen(struct shard *shard);
/* On its own thread: the loop ends after this pass. */
void shard_stop(struct shard *shard);

/* Pushes a message to a shard (itself is allowed), and notes the doorbell if that one sleeps. From
 * shard threads only. */
void shard_push(struct shard *from, uint16_t to, struct message *message);
/* Rings that shard, if it sleeps, at the end of this pass: it has less time to sleep than it
 * thinks.
 */
void shard_wake(struct shard *from, uint16_t to);
/* Delivers what had been pushed to this shard before now: the order theorem needs it before a
 * command runs on a slot at home here. */
void shard_catch_up(struct shard *shard);

static inline bool shard_is_current(struct shard *shard)
{
    return inbox_is_empty(&shard->inbox) || fault_is(FAULT_NO_CATCH_UP);
}

/* Runs a call here and now: its slots are held. Counts and times it. */
struct outcome shard_run(struct shard *shard, struct call *call);

/* May a command run here and now on this slot? */
static inline bool shard_slot_is_open(const struct shard *shard, uint16_t slot)
{
    return shard->homes.gates[slot] == GATE_OPEN && !shard->homes.barred;
}

#endif
