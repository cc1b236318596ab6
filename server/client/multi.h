/* client/multi.h -- MULTI and WATCH, of a client at its front.
 *
 * Commands are queued where they were parsed. EXEC takes all of them along as one block: like any
 * command it goes to the home of their slots, or borrows those of several homes, or of all, and
 * runs them one after the other while it holds them (cmd_multi.c). Commands that concern the
 * connection make a block run at its front, and nothing of the client is taken meanwhile.
 *
 * A watch is the client's until EXEC takes it along, or until somebody at its slot has made it
 * leave: see store/interest.h. */
#ifndef TORC_CLIENT_MULTI_H
#define TORC_CLIENT_MULTI_H

#include "client/client.h"
#include "client/watch_set.h"

/* A command that waits for EXEC. */
struct queued {
    struct request request;
    struct queued *next;
};

enum block_flag {
    BLOCK_FAILED = 1 << 0,      /* one of the commands was refused */
    BLOCK_NEEDS_FRONT = 1 << 1, /* a command concerns the connection */
    BLOCK_MAY_PARK = 1 << 2,    /* a command may answer later */
    BLOCK_EVERY_SLOT = 1 << 3,
    BLOCK_IS_SLOW = 1 << 4, /* not all commands are small */
    BLOCK_WRITES = 1 << 5,
    BLOCK_BEGUN = 1 << 6, /* some have run: it goes on with `next` */
};

/* The commands between MULTI and EXEC; whoever runs EXEC has it. */
struct block {
    struct slot_set slots; /* first: what request_slots() looks at */
    uint32_t slot_capacity;
    uint32_t flags; /* enum block_flag */
    struct client_handle client;
    struct queued *first, *last, *next;
    uint32_t count, key_max;   /* commands; keys at most */
    struct watch_set *watches; /* NULL: none */
    struct actor actor;        /* of all its commands */
    size_t bytes;
};

/* MULTI. */
void multi_begin(struct client *client);
/* +QUEUED: copies the command; its slots are those of `call`. */
void multi_queue(struct client *client, struct call *call);
/* The block as EXEC needs it, with slots and watches; it stays the client's. O(keys). */
struct block *multi_prepare(struct client *client);
/* EXEC is on its way: block and watches are the client's no more. */
void multi_leave(struct client *client);
void block_free(struct shard *front, struct block *block);
/* Drops what is queued. */
void multi_discard(struct client *client);
/* Where a key of the client's database lives; without an actor. */
struct place multi_place(const struct client *client, struct bytes key);
/* Where its key lives; without an actor. */
struct place multi_watch_place(struct shard *shard, const struct watch *watch);
/* Ends all watches. Errands see to it, each of which counts as a command under way. */
void multi_unwatch(struct client *client);

extern const struct command cmd_multi_table[];

#endif
