#include "shard/inbox.h"

void inbox_init(struct inbox *inbox)
{
    atomic_init(&inbox->asleep, 0);
    atomic_init(&inbox->stub.next, NULL);
    atomic_init(&inbox->newest, &inbox->stub);
    inbox->oldest = &inbox->stub;
}

static struct message *next_of(struct message *message)
{
    return atomic_load_explicit(&message->next, memory_order_acquire);
}

struct message *inbox_pop(struct inbox *inbox)
{
    struct message *oldest = inbox->oldest;
    struct message *next = next_of(oldest);
    if (oldest == &inbox->stub) {
        if (!next) return NULL;
        inbox->oldest = oldest = next;
        next = next_of(oldest);
    }
    if (next) {
        inbox->oldest = next;
        return oldest;
    }
    /* `oldest` may be the only one: the stub goes behind it, so that it can be taken. */
    if (atomic_load_explicit(&inbox->newest, memory_order_acquire) != oldest) return NULL;
    inbox_push(inbox, &inbox->stub);
    next = next_of(oldest);
    if (!next) return NULL;
    inbox->oldest = next;
    return oldest;
}

bool inbox_fall_asleep(struct inbox *inbox)
{
    atomic_store(&inbox->asleep, 1);
    if (inbox->oldest == &inbox->stub && atomic_load(&inbox->newest) == &inbox->stub) return true;
    inbox_wake(inbox);
    return false;
}
