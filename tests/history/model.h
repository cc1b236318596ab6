/* history/model.h -- What the data is after some of a history's commands, and what each of them
 * would be told now.
 *
 * Watched keys: a client's EXEC runs only if none of them has changed, and only if one was written
 * to may it do nothing. What lies between (a value that was replaced by the same one, a reply that
 * nobody heard) may count as a change, or not. */
#ifndef TESTS_HISTORY_MODEL_H
#define TESTS_HISTORY_MODEL_H

#include "history/members.h"

enum { PLACES = HISTORY_DATABASES * HISTORY_KEYS_ALL, PLACES_OF_OP_MAX = 12 };

struct state {
    uint16_t at[HISTORY_CONNS_MAX]; /* commands taken of each connection */
    int32_t values[PLACES];         /* of strings, and what has been added to them, in
                                       HISTORY_VALUES_MAX */
    uint16_t expiries[PLACES];
    struct members members[HISTORY_DATABASES];
    uint64_t watching, written, changed; /* connections: of what they watch something may have
                                            changed, or has */
    uint32_t watched[HISTORY_CONNS_MAX]; /* places, as masks */
};

/* The places at which its keys are, each once; returns how many. */
uint32_t model_places(const struct op *op, uint32_t places[PLACES_OF_OP_MAX]);
bool model_has(const struct state *state, uint32_t place);
/* Its time is over. */
void model_expire(struct state *state, uint32_t place);
/* The connection's command takes effect, or its block; false: its reply would have been another.
 * `runs`: a block may do nothing, if it may be that what it watched has changed. */
bool model_apply(struct state *state, const struct op *op, uint32_t conn, bool runs);
/* Its reply says that it left everything as it was, whenever that was. */
bool model_is_idle(const struct op *op);

static inline bool op_is_discarded(const struct op *block)
{
    return block[block->parts].closes == BLOCK_DISCARD;
}

/* The next command's number. */
static inline uint32_t op_end(const struct op *op, uint32_t at)
{
    return at + 1 + op->parts;
}

#endif
