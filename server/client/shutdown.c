#include "client/shutdown.h"

#include "base/container.h"
#include "base/log.h"
#include "shard/move.h"

/* For clients that do not read their last replies; and between two looks. */
#define FLUSH_NS (2 * INT64_C(1000000000))
#define CHECK_NS (2 * INT64_C(1000000))

static void check(struct shutdown *shutdown);

static void on_visited(struct shard *shard, struct visit *visit)
{
    (void)shard;
    struct shutdown *shutdown = (struct shutdown *)(void *)visit;
    shutdown->visiting = false;
    if (shutdown->stage != SHUTDOWN_KILLING) {
        check(shutdown);
        return;
    }
    /* Killing again at once would leave them no time to go. */
    timer_set(&shutdown->shard->timers, &shutdown->timer, shutdown->shard->now_ns + CHECK_NS);
}

static void finish_clients(struct shard *shard, struct visit *visit)
{
    (void)visit;
    struct clients *clients = clients_of(shard);
    clients->stopping = true;
    for (struct client *client = clients->first, *next; client; client = next) {
        next = client->next;
        client_finish(client);
    }
}

static void kill_clients(struct shard *shard, struct visit *visit)
{
    (void)visit;
    for (struct client *client = clients_of(shard)->first; client; client = client->next)
        client_kill(client);
}

static void stop_others(struct shard *shard, struct visit *visit)
{
    (void)visit;
    if (shard->id) shard_stop(shard);
}

static void on_all_stopped(struct shard *shard, struct visit *visit)
{
    (void)visit;
    shard_stop(shard);
}

static void enter_stage(struct shutdown *shutdown, enum shutdown_stage stage,
                        void (*run)(struct shard *, struct visit *))
{
    shutdown->stage = stage;
    shutdown->visiting = true;
    shutdown->visit.run = run;
    shutdown->visit.done = stage == SHUTDOWN_STOPPING ? on_all_stopped : on_visited;
    visit_start(shutdown->shard, &shutdown->visit);
}

static bool is_quiet(const struct shutdown *shutdown)
{
    const struct group *group = shutdown->shard->group;
    if (move_is_under_way(group)) return false;
    for (uint16_t i = 0; i < group->shard_count; i++)
        if (metric_read(&group->shards[i]->counters.connected_clients)) return false;
    return acceptor_is_idle(shutdown->acceptor);
}

static void check(struct shutdown *shutdown)
{
    int64_t now_ns = shutdown->shard->now_ns;
    if (shutdown->visiting || shutdown->stage == SHUTDOWN_STOPPING) return;
    if (is_quiet(shutdown)) {
        enter_stage(shutdown, SHUTDOWN_STOPPING, stop_others);
        return;
    }
    if (now_ns > shutdown->deadline_ns) enter_stage(shutdown, SHUTDOWN_KILLING, kill_clients);
    timer_set(&shutdown->shard->timers, &shutdown->timer, now_ns + CHECK_NS);
}

static void on_timer(struct timer *timer)
{
    check(CONTAINER_OF(timer, struct shutdown, timer));
}

void shutdown_init(struct shutdown *shutdown, struct shard *shard, struct acceptor *acceptor)
{
    *shutdown = (struct shutdown){.shard = shard, .acceptor = acceptor};
    shutdown->timer.fire = on_timer;
}

void shutdown_begin(struct shutdown *shutdown)
{
    if (shutdown->stage != SHUTDOWN_NOT) return;
    log_warning("User requested shutdown...");
    shutdown->deadline_ns = shutdown->shard->now_ns + FLUSH_NS;
    acceptor_stop(shutdown->acceptor);
    enter_stage(shutdown, SHUTDOWN_FLUSHING, finish_clients);
}
