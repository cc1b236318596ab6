/* shard/timers against an array that is searched. */
#include "shard/timers.h"

#include "mem/mem.h"
#include "support/check.h"
#include "support/seed.h"

enum { COUNT = 60, STEPS = 60000 };

static struct {
    struct random random;
    struct timers timers;
    struct timer all[COUNT];
    int64_t due[COUNT]; /* INT64_MAX: not set */
    int64_t now, last_fired;
    bool again; /* some set themselves again when they fire */
} world;

static int64_t least(void)
{
    int64_t found = INT64_MAX;
    for (int i = 0; i < COUNT; i++)
        if (world.due[i] < found) found = world.due[i];
    return found;
}

static void set(int i, int64_t deadline)
{
    timer_set(&world.timers, &world.all[i], deadline);
    world.due[i] = deadline;
}

static void on_fire(struct timer *timer)
{
    int i = (int)(timer - world.all);
    CHECK_INT(timer->place, 0);
    CHECK_INT(timer->deadline_ns, world.due[i]);
    CHECK(world.due[i] <= world.now);
    if (!world.again) CHECK(world.due[i] >= world.last_fired); /* the earlier one first */
    world.last_fired = world.due[i];
    world.due[i] = INT64_MAX;
    if (world.again && random_below(&world.random, 2))
        set(i, world.now + (int64_t)random_below(&world.random, 3));
    if (world.again && random_below(&world.random, 4) == 0) { /* another one goes meanwhile */
        int other = (int)random_below(&world.random, COUNT);
        timer_clear(&world.timers, &world.all[other]);
        world.due[other] = INT64_MAX;
    }
}

static void step(void)
{
    int i = (int)random_below(&world.random, COUNT);
    switch (random_below(&world.random, 6)) {
    case 0 ... 2: set(i, world.now + (int64_t)random_below(&world.random, 50)); break;
    case 3:
        timer_clear(&world.timers, &world.all[i]);
        world.due[i] = INT64_MAX;
        break;
    default:
        world.now += (int64_t)random_below(&world.random, 10);
        world.last_fired = INT64_MIN;
        world.again = random_below(&world.random, 3) == 0;
        timers_run(&world.timers, world.now);
        if (!world.again) CHECK(least() > world.now);
    }
    REQUIRE(timers_next_ns(&world.timers) == least());
}

TEST(timers_fire_in_their_order)
{
    int64_t before = mem_unattached_bytes();
    test_seed(&world.random, "timers");
    for (int i = 0; i < COUNT; i++) {
        world.all[i].fire = on_fire;
        world.due[i] = INT64_MAX;
    }
    CHECK_INT(timers_next_ns(&world.timers), INT64_MAX);
    for (int i = 0; i < STEPS && !test_failed(); i++)
        step();
    timers_fini(&world.timers);
    CHECK_INT(mem_unattached_bytes(), before);
}

static int fired;

static void set_again(struct timer *timer)
{
    fired++;
    timer_set(&world.timers, timer, 0);
}

/* One that is always due does not keep the loop. */
TEST(each_fires_once_a_run)
{
    struct timer always = {.fire = set_again};
    world.timers = (struct timers){0};
    timer_set(&world.timers, &always, 0);
    timers_run(&world.timers, 100);
    timers_run(&world.timers, 100);
    CHECK_INT(fired, 2);
    timer_clear(&world.timers, &always);
    timers_fini(&world.timers);
}
