/* base/fault.h -- Faults that a test plants to see that it would find them: each breaks one promise
 * of the core. Only a build with TORC_FAULTS has them, and only the one that the environment
 * variable TORC_FAULT names; in all others the question costs nothing. */
#ifndef TORC_BASE_FAULT_H
#define TORC_BASE_FAULT_H

#include <stdbool.h>

enum fault {
    FAULT_NONE,
    FAULT_INBOX_ORDER,     /* two messages change places */
    FAULT_NO_CATCH_UP,     /* a local command does not wait for what was pushed before */
    FAULT_STAND_IN,        /* whoever stands in for a home does not look at its inbox */
    FAULT_STAND_IN_EARLY,  /* ... looks when it takes a home, and not when it runs */
    FAULT_STAND_IN_CLOSED, /* ... takes slots that are lent */
    FAULT_LATCH,           /* a home that comes back does not wait for who stands in for it */
    FAULT_OLD_HOME,        /* a front runs commands on slots that are about to leave it */
    FAULT_NO_LEASE,        /* a command with several homes runs without its slots */
    FAULT_LEASE_SEQUENCE,  /* a front does not wait for those who push leases */
    FAULT_LOST_RELEASE,    /* a home is not told that a lease has ended */
    FAULT_REPLY_TWICE,
    FAULT_STALE_HANDLE,     /* a client goes too early, and a handle finds whoever has its place */
    FAULT_BLOCK_NO_LEASE,   /* EXEC runs without its slots */
    FAULT_WATCH_BLIND,      /* a watch misses changes */
    FAULT_CLAIM_TWICE,      /* a waiter is claimed by all who ask */
    FAULT_WAITER_STAYS,     /* a waiter that has ended stands in its queues still */
    FAULT_WAITER_FORGOTTEN, /* who pushes does not look at the queue */
    FAULT_SERVE_EARLY,      /* ... looks before its block is over */
    FAULT_SERVE_LAST,       /* ... begins with who came last */
    FAULT_STALE_UNTOLD,     /* who writes does not tell clients of other shards */
    FAULT_STALE_LATE,       /* a client that is told does not look before it reads elsewhere */
    FAULT_PUBLISH_ORDER,    /* a message overtakes those that wait at its publisher's */
    FAULT_COUNT,
};

#ifdef TORC_FAULTS
extern enum fault fault_planted;

static inline bool fault_is(enum fault fault)
{
    return fault_planted == fault;
}
#else
static inline bool fault_is(enum fault fault)
{
    (void)fault;
    return false;
}
#endif

#endif
