/* shard/request.h -- A command on its way to the home of its slots and back. The front makes it,
 * with copies of the arguments behind it in one block, and gets it back when it has been answered:
 * memory never changes owner. In between it belongs to whoever has it in an inbox or in a queue. */
#ifndef TORC_SHARD_REQUEST_H
#define TORC_SHARD_REQUEST_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>

#include "shard/route.h"
#include "shard/shard.h"

/* What waits for slots, in the queue of one. */
struct waiting {
    struct waiting *next;
    enum { WAITING_REQUEST, WAITING_CLAIM, WAITING_ARRIVAL } kind;
};

enum request_flag {
    REQUEST_MANY_SLOTS = 1 << 0, /* keys in several slots, all of the same home */
    REQUEST_HAS_HASH = 1 << 1,   /* key_hash is that of the one key */
    REQUEST_NO_TOUCH = 1 << 2,   /* CALL_NO_TOUCH */
    REQUEST_ERRAND = 1 << 3,     /* no command: see struct errand */
    REQUEST_BROUGHT = 1 << 4,    /* `brought` is not NULL */
    REQUEST_WAITED = 1 << 5,     /* `waiter` is not NULL */
    REQUEST_TRACKER = 1 << 6,    /* its client tracks keys */
    REQUEST_PEER = 1 << 7,       /* somebody monitors */
};

/* Its lines of memory travel between two caches, so it holds what a call needs and no more, in the
 * order in which it is looked at; the call itself is made by whoever runs it. */
struct request {
    struct message message;
    const struct command *command;
    uint64_t key_hash;
    struct waiting waiting;
    uint32_t arg_count;
    uint16_t slot; /* of the first key */
    uint16_t db;
    uint16_t front;
    uint8_t protocol : 7;
    uint8_t is_again : 1; /* it has run before, and has done nothing: CALL_AGAIN */
    uint8_t flags;        /* enum request_flag */
    uint32_t blob_count;
    /* from here on a second line */
    struct bytes *args;
    struct walk *walk;  /* of CMD_BY_CURSOR: the request's; it goes from home to home */
    struct chain reply; /* whoever runs it writes here */
    /* from here on a third line, the front's: others look at it only if blob_count says so */
    struct blob **blobs;
    void (*done)(struct shard *front, struct request *request); /* on the front's thread */
    void *brought;                                              /* as in struct call */
    struct waiter *waiter;                                      /* see waiters.h */
    /* On the front's thread: it waits; or, being sent where it can run, does not for now. */
    void (*parked)(struct shard *front, struct request *request, bool waits);
    struct message parked_message;
    /* from here on a fourth line, which few need */
    struct {
        uint64_t id;
        uint32_t call_flags;
    } tracker;
    const char *peer;          /* the client's, which stays as long as the request is under way */
    size_t size;               /* of the block */
    _Atomic bool is_abandoned; /* nobody waits for its answer: it takes nothing any more */
};

static_assert(offsetof(struct request, args) == 64, "the first line is what routing looks at");
static_assert(offsetof(struct request, blobs) == 128, "the third line stays with the front");

/* One block holds the struct that embeds the request as its first member (outer_size), copies of
 * the arguments, and room for a small reply. Arguments in blobs are not copied: the blobs change
 * hands. O(bytes of arguments); from the shard's stock when it is small. */
struct request *request_new(struct shard *front, size_t outer_size, const struct call *call);
/* Memory that it takes, with its blobs, before it is sent: those may become values elsewhere. */
size_t request_bytes(const struct request *request);
void request_free(struct shard *front,
                  struct request *request); /* with its reply and the blobs that nobody took */

/* Something else to be done by whoever holds a slot: waits for it as a command would. */
struct errand {
    struct request request;
    void (*run)(struct shard *shard, struct errand *errand);
};

/* `size` is that of the struct that embeds it; the caller sets run and request.done. */
struct errand *errand_new(struct shard *front, size_t size, uint16_t slot);

/* The slots that a request needs; in shard->scratch. O(keys). */
void request_slots(struct shard *shard, const struct request *request, struct slot_set *slots);

/* Runs a command of a block, whose slots are held by `call`; the reply goes where that one's does.
 */
struct outcome request_run_within(struct shard *shard, struct request *request,
                                  const struct call *call);

void request_stock_fini(struct request_stock *stock);

/* To the home of all its slots, as the route had it a moment ago: nothing was delivered to the
 * front in between, so it has not answered a fence (move.h). `done` is called later, never from
 * within. */
void request_send(struct shard *front, struct request *request, uint16_t home);

/* Makes the call, and runs it here: its slots are held. The reply is in request->reply; but with
 * OUTCOME_LONG nothing has been done, and it is to be run by long_call_start(); and with
 * OUTCOME_WAITING it is out of the caller's hands. */
struct outcome request_execute(struct shard *shard, struct request *request);
/* For long_call.c. */
struct outcome request_execute_long(struct shard *shard, struct request *request,
                                    struct breath *breath, struct arena *scratch);
/* For waiters.c: one that waited is served with a key, whose slot is held. */
void request_serve(struct shard *shard, struct request *request, const struct wait *served,
                   struct actor *actor);
/* ... with nothing: it was abandoned. */
void request_drop(struct shard *shard, struct request *request);
/* For the batch of messages that a shard takes from its inbox: asks for the memory that this one
 * will touch, one step further with each stage (0 to 3). Other messages are left alone. */
void request_prefetch(struct shard *home, struct message *message, unsigned stage);

/* A request or claim has arrived at this home: it runs, or waits for its slots. */
void shard_admit(struct shard *shard, struct waiting *waiting);
/* For the queues of claim.c: a request whose one slot is held for it. False: it keeps the slot
 * closed, and opens it when it has ended. */
bool request_run(struct shard *home, struct request *request);

#endif
