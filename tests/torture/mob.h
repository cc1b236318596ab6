/* torture/mob.h -- Crowds of connections that misbehave, driven by one thread on one epoll. A crowd
 * is a row: how many there are at a time, what each says, whether it reads, and how it ends. One
 * that has ended is replaced, so a crowd of short lives is a storm. */
#ifndef TESTS_TORTURE_MOB_H
#define TESTS_TORTURE_MOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/text.h"

/* What a peer does when it has said all that it has to say. */
enum crowd_end {
    END_HOLD,   /* stays */
    END_RESET,  /* goes at once, without reading */
    END_WAIT,   /* reads until the server closes */
    END_REPEAT, /* says the body again, for ever */
};

#define CROWD_BODIES 8

struct crowd {
    const char *name;
    int count;        /* connections at a time */
    struct text head; /* said first by each; may be empty */
    struct text bodies[CROWD_BODIES];
    int body_count; /* peers take them in turn; 0: says no more than the head */
    enum crowd_end end;
    bool drips;          /* the body goes out a byte a second, and all over again */
    bool deaf;           /* reads nothing */
    bool harmless;       /* the server has no reason to close it, nor to answer with an error */
    int repeats_max;     /* 0: as often as the server takes it */
    int deaths_a_second; /* END_RESET: so many go; 0: all, at once */

    struct peer *peers;
    int next;                /* where the last look for one to open ended */
    double allowance;        /* of deaths, not yet used */
    int open, settled;       /* connected; of those, the ones whose first words are out */
    long long lives, harmed; /* opened since the start; closed or refused though harmless */
    char complaint[160];     /* about the first harmed one */
    long long replied_bytes;
};

struct mob {
    struct crowd *crowds;
    int crowd_count, port, epoll;
    int connecting, turn;
    int64_t last_ms;
    uint32_t source; /* addresses of the loopback network, in turn */
};

bool mob_start(struct mob *mob, struct crowd *crowds, int count, int port);
/* One round: opens, says, reads and ends what can be; waits a millisecond at most. */
void mob_step(struct mob *mob);
/* All that hold are connected, and have said what they say first. */
bool mob_is_gathered(const struct mob *mob);
/* Every connection dies at once; none is replaced. */
void mob_scatter(struct mob *mob);

void crowd_fini(struct crowd *crowd);

#endif
