/* shard/inbox: several threads push, one takes. Nothing is lost; each producer's messages stay in
 * order; and a message whose push ended before another's began comes before it. */
#include "shard/inbox.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/check.h"
#include "support/seed.h"

enum { PRODUCERS = 4, EACH = 60000 };

struct note {
    struct message message;
    uint32_t producer, number;
    uint64_t begun; /* value of the clock just before the push */
};

static struct {
    struct inbox inbox;
    _Atomic uint64_t clock;
    _Atomic uint32_t bells;
    bool consumer_sleeps; /* producers let it fall asleep now and then */
    struct note *notes[PRODUCERS];
} shared;

static void wait_while_asleep_is(uint32_t state)
{
    time_t latest = time(NULL) + 60;
    while (atomic_load(&shared.inbox.asleep) == state) {
        if (time(NULL) > latest) {
            fprintf(stderr, "the inbox's `asleep` stays %u\n", state);
            exit(1);
        }
        sched_yield();
    }
}

static void *produce(void *context)
{
    struct note *notes = context;
    for (uint32_t i = 0; i < EACH; i++) {
        if (shared.consumer_sleeps && i % 4096 == 0) wait_while_asleep_is(0);
        notes[i].begun = atomic_fetch_add(&shared.clock, 1);
        inbox_push(&shared.inbox, &notes[i].message);
        if (inbox_claim_doorbell(&shared.inbox)) atomic_fetch_add(&shared.bells, 1);
        if (i % 64 == 0) sched_yield();
    }
    return NULL;
}

static void start(pthread_t *threads, bool consumer_sleeps)
{
    inbox_init(&shared.inbox);
    shared.clock = 1;
    shared.bells = 0;
    shared.consumer_sleeps = consumer_sleeps;
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        shared.notes[i] = calloc(EACH, sizeof(struct note));
        for (uint32_t n = 0; n < EACH; n++) {
            shared.notes[i][n].producer = i;
            shared.notes[i][n].number = n;
        }
        REQUIRE(pthread_create(&threads[i], NULL, produce, shared.notes[i]) == 0);
    }
}

static void finish(pthread_t *threads)
{
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        pthread_join(threads[i], NULL);
        free(shared.notes[i]);
    }
}

/* The push of a message has ended when its producer began the next one. */
static uint64_t end_of(const struct note *note)
{
    return note->number + 1 < EACH ? shared.notes[note->producer][note->number + 1].begun
                                   : UINT64_MAX;
}

TEST(nothing_is_lost_and_time_is_kept)
{
    static struct note *order[PRODUCERS * EACH];
    pthread_t threads[PRODUCERS];
    uint32_t next[PRODUCERS] = {0}, count = 0;
    start(threads, false);
    while (count < PRODUCERS * EACH) {
        struct note *note = (struct note *)(void *)inbox_pop(&shared.inbox);
        if (!note) {
            sched_yield();
            continue;
        }
        if (note->number != next[note->producer]++) CHECK(!"a producer's messages change places");
        order[count++] = note;
    }
    CHECK(inbox_is_empty(&shared.inbox));
    CHECK(!inbox_pop(&shared.inbox));
    for (uint32_t i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    /* Backwards: none may have ended before one that stands in front of it began. */
    uint64_t earliest_end = UINT64_MAX;
    for (uint32_t i = count; i-- > 0;) {
        if (order[i]->begun > earliest_end) {
            CHECK(!"a message stands behind one that was pushed later");
            break;
        }
        if (end_of(order[i]) < earliest_end) earliest_end = end_of(order[i]);
    }
    for (uint32_t i = 0; i < PRODUCERS; i++)
        free(shared.notes[i]);
}

/* Whoever sleeps with messages waiting is rung, and once at most for each time that it declared
 * sleep: it may be rung while it finds that a message is there already. */
TEST(sleepers_are_woken)
{
    pthread_t threads[PRODUCERS];
    uint32_t count = 0, sleeps = 0, tries = 0;
    start(threads, true);
    while (count < PRODUCERS * EACH) {
        while (inbox_pop(&shared.inbox))
            count++;
        if (count == PRODUCERS * EACH) break;
        tries++;
        if (!inbox_fall_asleep(&shared.inbox)) continue;
        sleeps++;
        wait_while_asleep_is(1); /* only whoever claims the doorbell ends it */
    }
    CHECK(!inbox_claim_doorbell(&shared.inbox)); /* it is awake */
    finish(threads);
    uint32_t bells = atomic_load(&shared.bells);
    CHECK(sleeps >= EACH / 4096);
    CHECK(bells >= sleeps);
    CHECK(bells <= tries);
}

TEST(the_states_of_an_inbox)
{
    struct inbox inbox;
    struct message first = {0}, second = {0};
    inbox_init(&inbox);
    CHECK(inbox_is_empty(&inbox));
    CHECK(!inbox_pop(&inbox));
    CHECK(inbox_fall_asleep(&inbox));
    inbox_push(&inbox, &first);
    CHECK(!inbox_is_empty(&inbox));
    CHECK(inbox_claim_doorbell(&inbox));
    CHECK(!inbox_claim_doorbell(&inbox)); /* once is enough */
    CHECK(!inbox_fall_asleep(&inbox));
    CHECK(!inbox_claim_doorbell(&inbox));
    inbox_push(&inbox, &second);
    CHECK(inbox_pop(&inbox) == &first);
    CHECK(!inbox_is_empty(&inbox));
    inbox_push(&inbox, &first); /* taken, so it may be used again */
    CHECK(inbox_pop(&inbox) == &second);
    CHECK(inbox_pop(&inbox) == &first);
    CHECK(inbox_is_empty(&inbox));
    CHECK(!inbox_pop(&inbox));
}
