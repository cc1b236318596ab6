/* client/client.h -- The protocol state of one connection, on the shard that serves it (its front).
 *
 * Bytes come in (dispatch.c): commands are parsed in place, run here or sent to the home of their
 * slots, in order and without waiting. Replies go out in order (pipeline.c), however late some
 * come.
 *
 * Other steps and other threads refer to a client by a handle, never by a pointer. A client is
 * freed when its connection is gone and its last command has answered that runs elsewhere or later:
 * a shard without clients has nothing under way that they asked for. */
#ifndef TORC_CLIENT_CLIENT_H
#define TORC_CLIENT_CLIENT_H

#include "net/conn.h"
#include "resp/parser.h"
#include "ring/ring_socket.h"
#include "shard/request.h"
#include "shard/stand_in.h"

struct clients;

struct client_handle {
    uint32_t index, generation;
};

enum client_flag {
    CLIENT_AUTHENTICATED = 1 << 0,
    CLIENT_REPLY_OFF = 1 << 1,
    CLIENT_REPLY_SKIP_NEXT = 1 << 2, /* CLIENT REPLY SKIP was the last command */
    CLIENT_REPLY_SKIP = 1 << 3,      /* this command's reply is dropped */
    CLIENT_NO_EVICT = 1 << 4,
    CLIENT_NO_TOUCH = 1 << 5,
    CLIENT_UNIX_SOCKET = 1 << 6,
    CLIENT_LEAVING = 1 << 7,  /* no further command is taken: QUIT, a protocol error, killed */
    CLIENT_RESUMING = 1 << 8, /* in clients->resuming, or ..._now */
    CLIENT_MONITOR = 1 << 10, /* in clients->first_monitor */
    CLIENT_HEAVY = 1 << 9,    /* its last turn took long */
    CLIENT_REDIRECTED_TO = 1 << 11, /* it hears, or did, what another one's tracking finds */
};

/* Why no further command is taken for now. */
enum client_stop {
    STOP_PARKED = 1 << 0,   /* its last command will be answered later */
    STOP_PAUSED = 1 << 1,   /* CLIENT PAUSE */
    STOP_FORWARDS = 1 << 2, /* too many forwarded commands are under way, or replies held */
    STOP_OUTPUT = 1 << 3,   /* its replies pile up */
    STOP_YIELD = 1 << 4,    /* until the end of this pass */
    STOP_AWAITED = 1 << 5,  /* until client->awaited has been answered */
};

struct pending;

/* What the layer above knows of a client that has subscribed to something. */
struct client_listening {
    void (*end)(struct client *client); /* all of it */
    uint32_t counts[3];                 /* of channels, shard channels, patterns */
};

struct client {
    struct conn conn;
    struct clients *clients;    /* of its shard */
    struct client *next, *prev; /* in clients->first */
    struct client *next_resuming;
    struct client *next_monitor;
    char *peer; /* its address as a text, once somebody has asked */
    uint64_t id;
    uint32_t index, generation;
    uint32_t flags;
    uint8_t stops; /* enum client_stop */
    uint8_t protocol;
    uint16_t db;
    uint32_t remote_count; /* forwarded commands under way */
    size_t remote_bytes;
    size_t owed_bytes; /* that their replies may take */
    size_t held_bytes; /* of replies that wait for those of forwarded commands */
    struct pending *first_pending, *last_pending;
    struct pending *last_settled; /* the last whose reply is there, or something behind it */
    struct chain behind;     /* replies of commands that ran here, behind those that are pending */
    size_t behind_bytes;     /* in it, and counted for one of those */
    struct partial *partial; /* NULL: no command is half read */
    bool partial_is_whole;   /* it is whole, but has been put off */
    struct buf backlog;      /* input that came while stopped */
    size_t backlog_taken;    /* of it */
    int64_t created_ms, active_ms;
    int64_t soft_limit_since_ms; /* output over its soft limit; 0: it is not */
    const struct command *last_command;
    struct block *block;                /* MULTI: what waits for EXEC; NULL: not in one */
    struct watch_set *watches;          /* its own; NULL: none; see watch_set.h */
    struct request *awaited;            /* nothing is taken before its answer; NULL: nothing is */
    struct client_listening *listening; /* NULL: it has not subscribed to anything */
    struct tracking *tracking;          /* it tracks keys; see tracking.h */
    struct blocking *blocking;          /* it waits for keys; see blocking.h */
    struct chain *parked_out;           /* of a parked command in a block: where its answer goes */
    uint64_t command_count, input_bytes;
    struct buf name, lib_name, lib_version;
    size_t counted_bytes; /* of memory, as counted in the shard's client_bytes */
};

/* The clients of one shard. */
struct clients {
    struct shard *shard;
    struct client *first;
    struct client *first_monitor;
    struct client *cron_next; /* where the cron's walk goes on */
    uint32_t count;
    uint32_t remote_count;       /* forwarded commands under way, of all of them */
    size_t remote_reply_average; /* how long their replies are lately */
    struct client **places;      /* by index */
    uint32_t *generations;
    uint32_t place_count;
    uint32_t *free_places;
    uint32_t free_count;
    struct client *resuming; /* to be processed at the end of the pass, first come first */
    struct client *last_resuming;
    struct client *resuming_now; /* of this pass, not processed yet */
    int64_t paused_until_ms;     /* CLIENT PAUSE; 0: not paused */
    bool pause_writes_only;
    struct timer pause_end;
    struct batch *batch;
    struct stand_in stand_in; /* homes taken for it */
    uint64_t turn_start;      /* tick at which the commands of the present client began */
    int64_t turn_ticks;       /* how long that may go on */
    int64_t long_turn_ticks, short_turn_ticks, pass_ticks, busy_ticks,
        heavy_ticks;        /* the limits in ticks of the clock */
    int64_t http_told_ms;   /* when the log last told of HTTP */
    size_t turn_bytes;      /* replies it may pile up before others have their turn */
    int64_t pass_ns;        /* the pass that the next two are about */
    uint64_t pass_start;    /* tick at which its first client began */
    size_t pass_bytes;      /* replies of clients whose turn ended for their size */
    struct buf args, blobs; /* of a command that came in parts */
    bool stopping;          /* the server shuts down: input is not taken */
};

struct clients *clients_new(struct shard *shard);
void clients_free(struct clients *clients); /* there are none left */
extern const struct conn_events client_conn_events;

static inline struct clients *clients_of(struct shard *shard)
{
    return shard->clients;
}

/* Serves a connection that was accepted. */
struct client *client_new(struct clients *clients, int fd, uint64_t id);
/* NULL: it has gone. */
struct client *client_find(struct clients *clients, struct client_handle handle);
static inline struct client_handle client_handle_of(const struct client *client)
{
    return (struct client_handle){client->index, client->generation};
}
/* Ends it at once, or when its replies have gone out. */
void client_kill(struct client *client);
void client_finish(struct client *client);
/* For pipeline.c: if the connection is gone and nothing is under way, frees it. */
void client_settle(struct client *client);
size_t client_memory(const struct client *client);
/* End of each pass: goes on with those that may. */
void clients_resume(struct clients *clients);
static inline bool clients_are_queueing(const struct clients *clients)
{
    return clients->resuming || clients->resuming_now;
}

void client_stop(struct client *client, enum client_stop why);
void client_go_on(struct client *client, enum client_stop why);
void client_yield(struct client *client); /* others have their turn first */
static inline bool client_is_stopped(const struct client *client)
{
    return client->stops || client->flags & CLIENT_LEAVING;
}

/* For commands that answer later (CMD_FRONT only): `return client_park(call, &handle);` stops the
 * client's input. Then, on this shard's thread, always: client_answer(shard, handle, &writer);
 * false: the client has gone; else write the reply and call client_answered(). */
struct outcome client_park(struct call *call, struct client_handle *handle);
bool client_answer(struct shard *shard, struct client_handle handle, struct writer *writer);
void client_answered(struct shard *shard, struct client_handle handle);

#endif
