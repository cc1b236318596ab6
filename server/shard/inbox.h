/* shard/inbox.h -- A shard's one queue of incoming messages: many producers, one consumer, one
 * total order. Intrusive; a push is one atomic exchange (D. Vyukov's non-intrusive-locking MPSC
 * queue).
 *
 * The order theorem. Each message stands behind all whose push had ended before its own began, so
 * the order of an inbox agrees with real time. A front pushes the commands of a connection in their
 * order and runs a command on a slot of its own only when its inbox holds nothing that was pushed
 * before. So every single-slot command takes effect as if at the instant of its push: if a
 * connection pushed X before Y, and someone saw Y's effect and then pushed Z to X's shard, Z stands
 * behind X.
 *
 * What a push costs: some ten nanoseconds with its pop on one thread, up to four times that between
 * two CPUs; see "What the core costs" in server/README.md. */
#ifndef TORC_SHARD_INBOX_H
#define TORC_SHARD_INBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shard/pause.h"

struct shard;

/* Given away by a push: the sender does not look at it again. */
struct message {
    struct message *_Atomic next;
    void (*deliver)(struct shard *shard, struct message *message); /* on the receiver's thread */
};

/* Producers' lines, and then the consumer's own, which no push waits for. */
struct inbox {
    _Alignas(64) struct message *_Atomic newest; /* producers exchange this */
    _Alignas(64) _Atomic uint32_t asleep;        /* the consumer wants a doorbell */
    _Alignas(64) struct message *oldest;         /* consumer only */
    struct message stub;
};

void inbox_init(struct inbox *inbox);

/* Appends one message, from any thread. Wait-free; one exchange. */
static inline void inbox_push(struct inbox *inbox, struct message *message)
{
    atomic_store_explicit(&message->next, NULL, memory_order_relaxed);
    pause_point();
    struct message *before = atomic_exchange(&inbox->newest, message);
    pause_point();
    atomic_store_explicit(&before->next, message, memory_order_release);
}

/* Does the receiver need a doorbell? True for one of those who ask between two sleeps. Ask after
 * the push: both are sequentially consistent, so either we see it asleep or it sees the message. */
static inline bool inbox_claim_doorbell(struct inbox *inbox)
{
    return atomic_load(&inbox->asleep) && atomic_exchange(&inbox->asleep, 0);
}

/* The rest is the consumer's. */

/* Nothing was pushed that has not been popped. One load of shared memory. */
static inline bool inbox_is_empty(struct inbox *inbox)
{
    return inbox->oldest == &inbox->stub &&
           atomic_load_explicit(&inbox->newest, memory_order_acquire) == &inbox->stub;
}

/* The oldest message; NULL: empty, or the oldest push has not ended (see inbox_is_empty). */
struct message *inbox_pop(struct inbox *inbox);

/* Declares sleep; false: a message is there, and it stays awake. */
bool inbox_fall_asleep(struct inbox *inbox);
static inline void inbox_wake(struct inbox *inbox)
{
    atomic_store_explicit(&inbox->asleep, 0, memory_order_relaxed);
}

#endif
