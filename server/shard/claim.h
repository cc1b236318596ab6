/* shard/claim.h -- Slots of one home asked for together: by a lease, or by a command with keys in
 * several slots of the same home. Everything is asked for at once, in the order of arrival, and
 * each slot serves its queue in that order; all homes see all claims of several homes in one order
 * (lease.h), so nobody waits in a circle. All functions run on the home's thread. */
#ifndef TORC_SHARD_CLAIM_H
#define TORC_SHARD_CLAIM_H

#include "shard/request.h"

struct claim;

struct claim_slot {
    struct waiting waiting;
    struct claim *claim;
    uint16_t slot;
};

struct claim {
    struct waiting waiting; /* behind a cut; also the claim's entry to shard_admit() */
    void (*granted)(struct shard *home, struct claim *claim);
    uint32_t missing; /* slots that others still hold */
    uint32_t slot_count;
    bool every_slot;  /* a cut: every slot that is at home here */
    bool has_written; /* a cut, when it is released: keys may expire at other times now */
    struct claim *next_ready;
    struct claim_slot *slots;
};

/* Asks; `granted` is called when all slots are held: at once, or later. */
void claim_start(struct shard *home, struct claim *claim);
/* Gives the slots to those who wait for them. */
void claim_release(struct shard *home, struct claim *claim);
/* Puts a request into the queue of its closed slot. */
void claim_enqueue(struct shard *home, uint16_t slot, struct waiting *waiting);

/* Puts what arrives behind a cut into the home's queue. */
void claim_hold_back(struct shard *home, struct waiting *waiting);

/* A slot that is on its way here: closes its gate; opened by claim_open_slot(). */
void claim_close_slot(struct shard *home, uint16_t slot);
void claim_open_slot(struct shard *home, uint16_t slot);
/* A slot that this home holds by a claim, and for which nobody waits, is at home elsewhere now. */
void claim_give_away(struct shard *home, uint16_t slot);
/* Nobody holds or waits for anything: checked when a server ends. */
void claim_check_idle(const struct shard *home);

#endif
