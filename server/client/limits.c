#include "client/limits.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/container.h"
#include "base/log.h"
#include "client/dispatch.h"
#include "client/multi.h"

enum {
    TURN_US = 1000,              /* of one client, before others have their turn */
    TURN_BYTES = 1024 * 1024,    /* replies of one client; the same */
    PASS_US = 1000,              /* of all clients: beyond it turns are short */
    BUSY_US = 250,               /* the same: beyond it those whose last turn was long queue */
    HEAVY_US = 50,               /* a long turn */
    PASS_BYTES = 4 * TURN_BYTES, /* the same */
    SHORT_TURN_US = 50,
    SHORT_TURN_BYTES = 64 * 1024,
    OUTPUT_WAITING_MAX = 128 * 1024 * 1024, /* behind full sockets, of all clients of a shard */
};

static struct clients *clients_of_timer(struct timer *timer)
{
    return CONTAINER_OF(timer, struct clients, pause_end);
}

static void on_pause_end(struct timer *timer)
{
    limits_unpause(clients_of_timer(timer));
}

static int64_t ticks_of(uint32_t us)
{
    return (int64_t)(us * clock_ticks_per_us());
}

void limits_init(struct clients *clients)
{
    clients->pause_end.fire = on_pause_end;
    clients->turn_bytes = TURN_BYTES;
    clients->long_turn_ticks = ticks_of(TURN_US);
    clients->short_turn_ticks = ticks_of(SHORT_TURN_US);
    clients->pass_ticks = ticks_of(PASS_US);
    clients->busy_ticks = ticks_of(BUSY_US);
    clients->heavy_ticks = ticks_of(HEAVY_US);
}

/* What clients have taken of this pass. */
static int64_t pass_ticks_at(const struct clients *clients, uint64_t tick)
{
    bool is_this_pass = clients->pass_ns == clients->shard->now_ns;
    return is_this_pass ? (int64_t)(tick - clients->pass_start) : 0;
}

static bool is_crowded_at(const struct clients *clients, uint64_t tick)
{
    if (clients->pass_ns != clients->shard->now_ns) return false;
    return pass_ticks_at(clients, tick) > clients->pass_ticks || clients->pass_bytes > PASS_BYTES;
}

bool limits_is_crowded(const struct clients *clients)
{
    return is_crowded_at(clients, clock_ticks());
}

bool limits_is_busy(const struct clients *clients)
{
    return pass_ticks_at(clients, clock_ticks()) > clients->busy_ticks;
}

void limits_end_turn(struct client *client)
{
    int64_t taken = (int64_t)(client->clients->shard->last_tick - client->clients->turn_start);
    if (taken > client->clients->heavy_ticks)
        client->flags |= CLIENT_HEAVY;
    else
        client->flags &= ~(uint32_t)CLIENT_HEAVY;
}

/* Turns that are fair one by one are still long when hundreds want one in the same pass, or queue.
 */
void limits_begin_turn(struct clients *clients)
{
    clients->turn_start = clock_ticks();
    bool crowded = is_crowded_at(clients, clients->turn_start) || clients_are_queueing(clients);
    if (clients->pass_ns != clients->shard->now_ns) {
        clients->pass_ns = clients->shard->now_ns;
        clients->pass_start = clients->turn_start;
        clients->pass_bytes = 0;
    }
    clients->turn_ticks = crowded ? clients->short_turn_ticks : clients->long_turn_ticks;
    clients->turn_bytes = crowded ? SHORT_TURN_BYTES : TURN_BYTES;
}

void limits_pause(struct clients *clients, int64_t until_ms, bool writes_only)
{
    struct shard *shard = clients->shard;
    if (until_ms > clients->paused_until_ms) clients->paused_until_ms = until_ms;
    clients->pause_writes_only = writes_only;
    shard->clients_paused = true;
    int64_t left_ns = (clients->paused_until_ms - shard->now_ms) * 1000000;
    timer_set(&shard->timers, &clients->pause_end, shard->now_ns + left_ns);
}

void limits_unpause(struct clients *clients)
{
    clients->paused_until_ms = 0;
    clients->shard->clients_paused = false;
    timer_clear(&clients->shard->timers, &clients->pause_end);
    for (struct client *client = clients->first; client; client = client->next)
        if (client->stops & STOP_PAUSED) client_go_on(client, STOP_PAUSED);
}

static const struct output_limit *limit_of(const struct client *client)
{
    enum client_class class = client->listening ? CLASS_PUBSUB : CLASS_NORMAL;
    return &client->clients->shard->settings->output_limits[class];
}

static bool is_over_soft_limit(struct client *client, size_t waiting)
{
    const struct output_limit *limit = limit_of(client);
    int64_t now_ms = client->clients->shard->now_ms;
    if (!limit->soft_bytes || waiting <= (size_t)limit->soft_bytes) {
        client->soft_limit_since_ms = 0;
        return false;
    }
    if (!client->soft_limit_since_ms) client->soft_limit_since_ms = now_ms;
    return now_ms - client->soft_limit_since_ms > limit->soft_seconds * 1000;
}

static void close_for_output(struct client *client, size_t waiting)
{
    log_warning("Client id=%llu closed for overcoming of output buffer limits: %zu bytes.",
                (unsigned long long)client->id, waiting);
    client_kill(client);
}

void limits_check_output(struct client *client)
{
    size_t waiting = conn_output_bytes(&client->conn);
    const struct output_limit *limit = limit_of(client);
    bool is_stranger = !(client->flags & CLIENT_AUTHENTICATED);
    if (likely(waiting < client->clients->turn_bytes && !limit->hard_bytes && !limit->soft_bytes &&
               !is_stranger))
        return;
    bool blocked = client->conn.flags & CONN_BLOCKED;
    if (blocked && ((limit->hard_bytes && waiting > (size_t)limit->hard_bytes) ||
                    is_over_soft_limit(client, waiting))) {
        close_for_output(client, waiting);
        return;
    }
    if (is_stranger && blocked) client_stop(client, STOP_OUTPUT); /* owed what the socket takes */
    if (waiting < client->clients->turn_bytes) return;
    bool may_pile_up = metric_read(&client->conn.net->output_bytes) < OUTPUT_WAITING_MAX;
    client->clients->pass_bytes += waiting;
    if (may_pile_up)
        client_yield(client); /* goes on when this much has been offered to the socket */
    else
        client_stop(client, STOP_OUTPUT);
}

void limits_on_sent(struct client *client)
{
    client->soft_limit_since_ms = 0;
    if (client->stops & STOP_OUTPUT) client_go_on(client, STOP_OUTPUT);
}

void limits_check_input(struct client *client)
{
    size_t held = client->backlog.len - client->backlog_taken +
                  (client->partial ? partial_bytes(client->partial) : 0) +
                  (client->block ? client->block->bytes : 0);
    if (likely(held <= (size_t)client->clients->shard->settings->client_query_buffer_limit)) return;
    log_warning("Closing client id=%llu that reached max query buffer length",
                (unsigned long long)client->id);
    client_kill(client);
}

size_t client_memory(const struct client *client)
{
    size_t memory = mem_block_size(sizeof *client) + client->backlog.capacity +
                    client->remote_bytes + client->held_bytes + conn_output_bytes(&client->conn) +
                    client->name.capacity + client->lib_name.capacity +
                    client->lib_version.capacity;
    memory += watch_set_bytes(client->watches);
    if (client->block) memory += client->block->bytes;
    return memory + (client->partial ? partial_bytes(client->partial) : 0);
}

void limits_recount(struct client *client)
{
    size_t memory = client_memory(client);
    metric_add(&client->clients->shard->counters.client_bytes,
               (int64_t)memory - (int64_t)client->counted_bytes);
    client->counted_bytes = memory;
}

void limits_forget(struct client *client)
{
    metric_add(&client->clients->shard->counters.client_bytes, -(int64_t)client->counted_bytes);
}

/* It has reason to be silent: it waits, or is there to listen. */
static bool may_be_idle(const struct client *client)
{
    return client->stops & (STOP_PARKED | STOP_AWAITED | STOP_PAUSED) || client->listening ||
           client->flags & CLIENT_MONITOR;
}

static void check_idle(struct client *client)
{
    int64_t timeout_ms = client->clients->shard->settings->timeout * 1000;
    if (!timeout_ms || may_be_idle(client)) return;
    if (client->clients->shard->now_ms - client->active_ms <= timeout_ms) return;
    log_verbose("Closing idle client");
    client_kill(client);
}

static int64_t bytes_of_all_clients(const struct group *group)
{
    int64_t bytes = 0;
    for (uint16_t i = 0; i < group->shard_count; i++)
        bytes += metric_read(&group->shards[i]->counters.client_bytes);
    return bytes;
}

static struct client *largest(struct clients *clients)
{
    struct client *found = NULL;
    for (struct client *client = clients->first; client; client = client->next) {
        if (client->flags & (CLIENT_NO_EVICT | CLIENT_LEAVING)) continue;
        if (!found || client->counted_bytes > found->counted_bytes) found = client;
    }
    return found;
}

/* Over maxmemory-clients: the largest clients of this shard go, as far as it has its share. */
static void evict_clients(struct clients *clients)
{
    struct shard *shard = clients->shard;
    int64_t max_bytes = shard->settings->maxmemory_clients;
    if (max_bytes <= 0) return;
    int64_t over = bytes_of_all_clients(shard->group) - max_bytes;
    int64_t fair = max_bytes / shard->group->shard_count;
    while (over > 0 && metric_read(&shard->counters.client_bytes) > fair) {
        struct client *client = largest(clients);
        if (!client) return;
        log_notice("Evicting client id=%llu: %zu bytes", (unsigned long long)client->id,
                   client->counted_bytes);
        over -= (int64_t)client->counted_bytes;
        metric_add(&shard->counters.client_bytes, -(int64_t)client->counted_bytes);
        client->counted_bytes = 0;
        metric_add(&shard->counters.evicted_clients, 1);
        client_kill(client);
    }
}

void limits_cron(struct clients *clients)
{
    uint32_t visits = clients->count / (uint32_t)clients->shard->settings->hz + 5;
    if (visits > clients->count) visits = clients->count;
    while (visits--) {
        struct client *client = clients->cron_next ? clients->cron_next : clients->first;
        clients->cron_next = client->next;
        check_idle(client);
        limits_recount(client);
        if (client->conn.flags & CONN_BLOCKED) limits_check_output(client);
    }
    evict_clients(clients);
}
