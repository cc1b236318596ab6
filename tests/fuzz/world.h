/* fuzz/world.h -- One shard with everything but a network: real dispatch, commands, store, timers
 * and inbox; connections on /dev/null whose output is read where it waits to be sent. */
#ifndef TESTS_FUZZ_WORLD_H
#define TESTS_FUZZ_WORLD_H

#include "client/client.h"
#include "command/registry.h"

enum { WORLD_CLIENTS = 2 };

/* A connection, as its peer sees it. */
struct peer {
    struct client *client;
    struct buf input;  /* commands not sent yet */
    struct buf output; /* replies not looked at yet */
    uint32_t sent;     /* commands */
    uint32_t answered; /* replies */
    bool may_be_newer; /* has asked for another protocol */
    bool is_inexact;   /* how many replies there are is not known: raw bytes, CLIENT REPLY */
};

struct world {
    struct registry *registry;
    struct settings *settings;
    struct group *group;
    struct shard *shard;
    struct peer peers[WORLD_CLIENTS];
    int64_t idle_bytes; /* memory in use with no key and no client */
};

/* Made at the first call; the same one each time. */
struct world *world_get(void);

void world_begin(struct world *world); /* a sequence: fresh connections, the time of the start */
/* What the loop does between completions. */
void world_pass(struct world *world);
/* What the peer has written reaches the shard, in two parts, cut at `cut`. */
void world_send(struct world *world, struct peer *peer, size_t cut);
/* Everything that waits comes to its end; checks the replies and the store. */
void world_settle(struct world *world);
/* Flushes all, ends the connections, checks that all memory came back. */
void world_end(struct world *world, bool lazily);

#endif
