/* shard/move.h -- A slot changes its home while the server runs; safe under any load.
 *
 * Shard 0 coordinates, one move at a time. Under the lock of lease requests it tells the new home
 * to expect the slot, changes the route, and sends a fence to every shard. Whoever reads the new
 * route therefore finds the new home prepared: there, commands wait. Whoever had read the old route
 * has pushed its command by the time it answers the fence, and pushes no more: its answer, to the
 * old home, stands behind that command. So when all have answered, the old home has seen everything
 * that was meant for it; it takes the slot as a claim would, behind all who wait for it, and hands
 * it over. Commands keep their order: what came by the old route runs before what waits at the new
 * home.
 *
 * A cut does not begin while a move is under way (lease_start() says "not now"), since it could
 * hold the slot at the old home while waiting for it at the new one. The next move then lets it
 * begin first. */
#ifndef TORC_SHARD_MOVE_H
#define TORC_SHARD_MOVE_H

#include "shard/claim.h"

struct move_order;

/* Asks for a move from any shard; `done` is called there when it has taken place. Both numbers are
 * valid. The order is the caller's until then. */
struct move_order {
    struct message message;
    struct move_order *next;
    void (*done)(struct shard *asker, struct move_order *order);
    uint16_t asker;
    uint16_t slot, target;
};

/* Is some slot changing its home? True before anybody can have seen the new route. */
static inline bool move_is_under_way(const struct group *group)
{
    return atomic_load_explicit(&group->move_under_way, memory_order_acquire);
}

void move_slot(struct shard *asker, struct move_order *order);

/* For shard_admit(): a slot's arrival has its turn at its new home. */
void move_admit_arrival(struct shard *home, struct waiting *waiting);

#endif
