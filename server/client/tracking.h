/* client/tracking.h -- CLIENT TRACKING, at the front of the client that tracks: what it wants to
 * hear of, and how it is told. What shards have to do with it stands in shard/track.h.
 *
 * Who begins or ends is announced to all shards by a visit, so that each knows whether anybody
 * listens, and the prefixes of those who broadcast. */
#ifndef TORC_CLIENT_TRACKING_H
#define TORC_CLIENT_TRACKING_H

#include "client/client.h"
#include "shard/track.h"

enum tracking_flag {
    TRACKING_BCAST = 1 << 0,
    TRACKING_OPTIN = 1 << 1,
    TRACKING_OPTOUT = 1 << 2,
    TRACKING_NOLOOP = 1 << 3,
    TRACKING_CACHING = 1 << 4, /* CLIENT CACHING was said, for the next command or block */
    TRACKING_BROKEN = 1 << 5,  /* the client that it redirects to has gone */
};

struct tracking {
    uint32_t flags;
    uint64_t redirect_id; /* 0: it is told itself */
    uint64_t redirect;    /* tracker of that client */
    struct bytes *prefixes;
    uint32_t prefix_count;
};

/* For dispatch: the call is that client's; is what it reads tracked? */
void tracking_stamp(const struct client *client, struct call *call);
/* CLIENT CACHING is about one command, or one block. */
void tracking_after(struct client *client, const struct command *command);
/* CLIENT TRACKING ON, answered when all shards know. Takes `tracking`, which goes on from what the
 * client has now, its prefixes first. */
struct outcome tracking_start(struct call *call, struct tracking *tracking);
/* Ends it; an errand to all shards, which counts as a command under way. */
void tracking_stop(struct client *client);

/* What the store reports, on whichever shard. */
void tracking_on_change(struct shard *shard, const struct change *change);
void tracking_on_stale(struct shard *shard, const struct stale *stale);

command_run cmd_client_tracking, cmd_client_trackinginfo, cmd_client_caching, cmd_client_getredir;

#endif
