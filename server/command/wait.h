/* command/wait.h -- A command that finds nothing to answer with waits for its keys: BLPOP and its
 * like.
 *
 * A handler looks, and if it has to wait says so, while its slots are held:
 *
 *     if (call->is_queued) return reply_null_array(call);
 *     struct waiter *waiter = call_waiter(call, count, &answer);
 *     if (!waiter) return answer;
 *     ... fills in what it waits for
 *     return call_wait(call, waiter);
 *
 * It stands in the queue of each of its keys then, no slot is held, and its request stays where it
 * is. Whoever changes one of the keys serves its queue when the command (or block) is over, before
 * anybody else sees the key: the handler runs again, for that key alone (call->served), and finds
 * what it needs. Exactly one party claims a waiter: who serves it, or its front, which ends it. */
#ifndef TORC_COMMAND_WAIT_H
#define TORC_COMMAND_WAIT_H

#include <stdatomic.h>

#include "command/call.h"
#include "store/interest.h"

struct waiter;

/* In the queue of one key. */
struct wait {
    struct interest interest;
    struct waiter *waiter;
    uint32_t index; /* the argument that is the key */
    uint16_t slot;
    struct wait *next; /* at the end: another one that leaves by the same errand */
    uint64_t memo[2];  /* the handler's */
};

struct waiter {
    /* What the handler fills in. Could it be served with this entry (NULL: there is none)? Exact:
     * then it will find what it needs, or has an error to answer with. */
    bool (*is_served)(const struct waiter *waiter, const struct wait *wait,
                      const struct entry *entry);
    int64_t deadline_ms; /* INT64_MAX: none */
    int64_t again_ms;    /* when time alone may have brought something: it looks again. The same */
    uint32_t other_key;  /* an argument: another key that it needs when served; 0: none */
    bool minds;          /* is_served() wants to know of keys that go, too */
    struct bytes name;   /* the waiter's copy */
    /* Not the handler's. */
    _Atomic uint32_t claimed;
    bool is_away; /* sent to borrow its other key's slot: its queue waits for it */
    bool is_running;
    uint32_t count, errands; /* keys; of them, those that it is being taken out of */
    struct wait *served;     /* it has left that queue */
    void *request;           /* shard's */
    struct wait waits[];
};

/* NULL: *otherwise is what to return: it cannot wait where it runs now, and will run elsewhere. */
struct waiter *call_waiter(struct call *call, uint32_t count, struct outcome *otherwise);
void waiter_set_name(struct waiter *waiter, struct bytes name);
/* waits[i].index is set, and what is the handler's. */
struct outcome call_wait(struct call *call, struct waiter *waiter);
void waiter_free(struct waiter *waiter);

/* Is this argument a key to be looked at, in this run? */
static inline bool call_looks_at(const struct call *call, uint32_t index)
{
    return __builtin_expect(!call->served, 1) || call->served->index == index;
}

/* A timeout in seconds, or in milliseconds; 0: none. */
bool args_seconds(struct call *call, uint32_t index, int64_t *deadline_ms, struct outcome *problem);
bool args_milliseconds(struct call *call, uint32_t index, int64_t *deadline_ms,
                       struct outcome *problem);

#endif
