/* shard/shard: the loop, run on the test's own thread. */
#include "shard/shard.h"

#include "base/clock.h"
#include "command/registry.h"
#include "command/reply.h"
#include "shard/group.h"
#include "support/check.h"

enum { SLOW_MESSAGES = 100, SLOW_NS = 6 * 1000 * 1000 };

static struct slow {
    struct message messages[SLOW_MESSAGES];
    uint32_t delivered, passes;
} slow;

/* As a command does that takes its time. */
static void deliver_slowly(struct shard *shard, struct message *message)
{
    (void)message;
    int64_t end_ns = clock_monotonic_ns() + SLOW_NS;
    while (clock_monotonic_ns() < end_ns)
        continue;
    shard->last_tick = clock_ticks();
    if (++slow.delivered == SLOW_MESSAGES) shard_stop(shard);
}

static const struct conn_events no_events = {NULL, NULL, NULL, NULL};

static void push_all(struct shard *shard)
{
    net_init(&shard->net, shard->ring, &no_events);
    for (int i = 0; i < SLOW_MESSAGES; i++) {
        slow.messages[i].deliver = deliver_slowly;
        shard_push(shard, shard->id, &slow.messages[i]);
    }
}

static void count_pass(struct shard *shard)
{
    (void)shard;
    slow.passes++;
}

static void do_nothing(struct shard *shard)
{
    (void)shard;
}

static void end_net(struct shard *shard)
{
    net_fini(&shard->net);
}

static struct outcome run_nothing(struct call *call)
{
    return reply_null(call);
}

/* Between slow messages, connections have their turn. */
TEST(slow_messages_are_spread_over_passes)
{
    static const struct command rows[] = {{"front", run_nothing, 1, CMD_FRONT}, {0}};
    static const struct command *const tables[] = {rows, NULL};
    static const struct settings settings = {.shards = 1, .databases = 1, .hz = 10};
    static const struct shard_hooks hooks = {
        .on_start = push_all, .on_pass = count_pass, .on_cron = do_nothing, .on_stop = end_net};
    char reason[512] = "";
    struct registry *registry = registry_new(tables);
    struct group_options options = {
        .settings = &settings,
        .registry = registry,
        .hooks = &hooks,
        .ring = {.sq_entries = 64, .cq_entries = 128, .buffer_count = 4, .buffer_bytes = 4096},
    };
    struct group *group = group_new(&options);
    CHECK_INT(group_run(group, reason, sizeof reason), 0);
    CHECK_INT(slow.delivered, SLOW_MESSAGES);
    CHECK(slow.passes > SLOW_MESSAGES / 2);
    group_free(group);
    registry_free(registry);
}
