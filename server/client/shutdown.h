/* client/shutdown.h -- The end of a server: no more connections, no more commands; replies under
 * way go out; then every shard stops. All on shard 0's thread, which asks the others by visits. */
#ifndef TORC_CLIENT_SHUTDOWN_H
#define TORC_CLIENT_SHUTDOWN_H

#include "client/accept.h"
#include "shard/visit.h"

enum shutdown_stage {
    SHUTDOWN_NOT,
    SHUTDOWN_FLUSHING, /* clients get their last replies */
    SHUTDOWN_KILLING,  /* those that do not take them are closed */
    SHUTDOWN_STOPPING,
};

struct shutdown {
    struct visit visit;
    struct timer timer;
    struct shard *shard; /* 0 */
    struct acceptor *acceptor;
    enum shutdown_stage stage;
    int64_t deadline_ns;
    bool visiting;
};

void shutdown_init(struct shutdown *shutdown, struct shard *shard, struct acceptor *acceptor);
/* Begins; a second call is ignored. */
void shutdown_begin(struct shutdown *shutdown);

#endif
