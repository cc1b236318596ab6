#include "client/client.h"

#include <errno.h>

#include "base/check.h"
#include "base/mark.h"
#include "client/blocking.h"
#include "client/dispatch.h"
#include "client/client_filter.h"
#include "client/limits.h"
#include "client/monitor.h"
#include "client/multi.h"
#include "client/pipeline.h"
#include "client/tracking.h"

enum { BACKLOG_KEPT_BYTES = 4096, AWAITED_INPUT_MAX = 64 * 1024 };

static struct client *client_of(struct conn *conn)
{
    return (struct client *)(void *)conn;
}

struct clients *clients_new(struct shard *shard)
{
    struct clients *clients = mem_alloc_zero(sizeof *clients);
    clients->shard = shard;
    dispatch_init(clients);
    limits_init(clients);
    return clients;
}

void clients_free(struct clients *clients)
{
    ASSERT(clients->count == 0 && clients->remote_count == 0);
    ASSERT(!metric_read(&clients->shard->counters.blocked_clients));
    dispatch_fini(clients);
    buf_fini(&clients->args);
    buf_fini(&clients->blobs);
    mem_free(clients->places, clients->place_count * sizeof *clients->places);
    mem_free(clients->generations, clients->place_count * sizeof *clients->generations);
    mem_free(clients->free_places, clients->place_count * sizeof *clients->free_places);
    mem_free(clients, sizeof *clients);
}

static void *resize_array(void *array, uint32_t old_count, uint32_t new_count, size_t item_size)
{
    uint8_t *grown = mem_resize(array, old_count * item_size, new_count * item_size);
    memset(grown + old_count * item_size, 0, (new_count - old_count) * item_size);
    return grown;
}

static void grow_places(struct clients *clients)
{
    uint32_t old = clients->place_count, count = old ? old * 2 : 16;
    clients->places = resize_array(clients->places, old, count, sizeof *clients->places);
    clients->generations =
        resize_array(clients->generations, old, count, sizeof *clients->generations);
    clients->free_places =
        resize_array(clients->free_places, old, count, sizeof *clients->free_places);
    clients->place_count = count;
    for (uint32_t i = count; i-- > old;)
        clients->free_places[clients->free_count++] = i;
}

static void take_place(struct clients *clients, struct client *client)
{
    if (!clients->free_count) grow_places(clients);
    client->index = clients->free_places[--clients->free_count];
    client->generation = clients->generations[client->index];
    clients->places[client->index] = client;
}

static void leave_place(struct clients *clients, struct client *client)
{
    clients->places[client->index] = NULL;
    clients->generations[client->index]++;
    clients->free_places[clients->free_count++] = client->index;
}

struct client *client_find(struct clients *clients, struct client_handle handle)
{
    if (handle.index >= clients->place_count) return NULL;
    bool is_stale = clients->generations[handle.index] != handle.generation;
    if (is_stale && !fault_is(FAULT_STALE_HANDLE)) return NULL;
    return clients->places[handle.index];
}

static void link_client(struct clients *clients, struct client *client)
{
    client->next = clients->first;
    if (client->next) client->next->prev = client;
    clients->first = client;
    clients->count++;
    metric_set(&clients->shard->counters.connected_clients, clients->count);
}

static void unlink_client(struct clients *clients, struct client *client)
{
    if (clients->cron_next == client) clients->cron_next = client->next;
    if (client->next) client->next->prev = client->prev;
    if (client->prev)
        client->prev->next = client->next;
    else
        clients->first = client->next;
    clients->count--;
    metric_set(&clients->shard->counters.connected_clients, clients->count);
    atomic_fetch_sub_explicit(&clients->shard->group->client_count, 1, memory_order_relaxed);
}

struct client *client_new(struct clients *clients, int fd, uint64_t id)
{
    struct client *client = mem_alloc_zero(sizeof *client);
    const char *password = clients->shard->settings->requirepass;
    client->clients = clients;
    client->id = id;
    client->protocol = 2;
    client->created_ms = client->active_ms = clients->shard->now_ms;
    if (!password || !*password) client->flags |= CLIENT_AUTHENTICATED;
    take_place(clients, client);
    link_client(clients, client);
    conn_init(&client->conn, &clients->shard->net, fd);
    chain_init(&client->behind, &clients->shard->net.chunks);
    limits_recount(client);
    return client;
}

static bool unlink_resuming(struct client **link, const struct client *client)
{
    struct client *before = NULL;
    for (; *link && *link != client; link = &before->next_resuming)
        before = *link;
    if (!*link) return false;
    *link = client->next_resuming;
    if (client->clients->last_resuming == client) client->clients->last_resuming = before;
    return true;
}

static void leave_resuming(struct client *client)
{
    if (!(client->flags & CLIENT_RESUMING)) return;
    if (!unlink_resuming(&client->clients->resuming, client))
        unlink_resuming(&client->clients->resuming_now, client);
}

/* What has been taken of it makes room from time to time. */
static void add_to_backlog(struct client *client, struct bytes input)
{
    if (client->backlog_taken > client->backlog.len / 2) {
        buf_consume(&client->backlog, client->backlog_taken);
        client->backlog_taken = 0;
    }
    buf_append(&client->backlog, input);
}

static void drop_backlog(struct client *client)
{
    buf_fini(&client->backlog);
    client->backlog_taken = 0;
}

static void client_free(struct client *client)
{
    struct clients *clients = client->clients;
    leave_resuming(client);
    pipeline_fini(client);
    conn_fini(&client->conn);
    if (client->partial) {
        partial_fini(client->partial);
        mem_free(client->partial, sizeof *client->partial);
    }
    drop_backlog(client);
    mem_free(client->peer, client->peer ? CLIENT_ADDRESS_MAX : 0);
    buf_fini(&client->name);
    buf_fini(&client->lib_name);
    buf_fini(&client->lib_version);
    limits_forget(client);
    unlink_client(clients, client);
    leave_place(clients, client);
    mem_free(client, sizeof *client);
}

void client_settle(struct client *client)
{
    if (!(client->conn.flags & CONN_GONE) || client->conn.flags & CONN_DIRTY) return;
    multi_discard(client);
    multi_unwatch(client);
    blocking_stop(client, BLOCKING_GONE);
    if (client->listening) client->listening->end(client);
    if (!(client->stops & STOP_PARKED)) { /* else it may be about to begin */
        tracking_stop(client);
        monitor_stop(client);
    }
    bool is_awaited = client->remote_count || client->stops & STOP_PARKED;
    if (!is_awaited || fault_is(FAULT_STALE_HANDLE)) client_free(client);
}

static void on_gone(struct conn *conn)
{
    client_settle(client_of(conn));
}

void client_kill(struct client *client)
{
    client->flags |= CLIENT_LEAVING;
    blocking_stop(client, BLOCKING_GONE); /* what comes from now on is for others */
    conn_close(&client->conn);
    mark(MARK_CLIENT_KILLED);
}

void client_finish(struct client *client)
{
    client->flags |= CLIENT_LEAVING;
    blocking_stop(client, BLOCKING_GONE);
    conn_pause(&client->conn);
    if (!client->first_pending) conn_close_after_output(&client->conn);
}

void client_stop(struct client *client, enum client_stop why)
{
    client->stops |= (uint8_t)why;
}

static void enter_resuming(struct client *client)
{
    if (client->flags & CLIENT_RESUMING) return;
    struct clients *clients = client->clients;
    client->flags |= CLIENT_RESUMING;
    client->next_resuming = NULL;
    *(clients->resuming ? &clients->last_resuming->next_resuming : &clients->resuming) = client;
    clients->last_resuming = client;
    clients->shard->more_work = true;
}

void client_go_on(struct client *client, enum client_stop why)
{
    client->active_ms = client->clients->shard->now_ms; /* its silence begins here */
    client->stops &= (uint8_t)~why;
    if (!(client->stops & ~STOP_AWAITED)) enter_resuming(client);
}

void client_yield(struct client *client)
{
    client_stop(client, STOP_YIELD);
    enter_resuming(client);
}

/* While it waits for keys its end must be noticed. */
static bool must_pause(const struct client *client)
{
    return client->stops != STOP_AWAITED || client->backlog.len > AWAITED_INPUT_MAX;
}

/* Takes input as far as it may; what is left waits in the backlog. */
static void take_input(struct client *client, struct bytes input)
{
    if (!client_is_stopped(client)) {
        size_t taken = dispatch_input(client, input);
        input = bytes_make(input.ptr + taken, input.len - taken);
    }
    if (client->flags & CLIENT_LEAVING) return;
    if (client->stops) {
        if (input.len) add_to_backlog(client, input);
        if (must_pause(client)) conn_pause(&client->conn);
    }
    ASSERT(client->stops || !input.len);
}

static void on_input(struct conn *conn, struct bytes bytes)
{
    struct client *client = client_of(conn);
    client->active_ms = client->clients->shard->now_ms;
    client->input_bytes += bytes.len;
    if (client->flags & CLIENT_LEAVING) return;
    if (client->flags & CLIENT_HEAVY && limits_is_busy(client->clients)) client_yield(client);
    if (client->backlog.len) /* it may be about to go on, but that came first */
        add_to_backlog(client, bytes);
    else
        take_input(client, bytes);
    limits_check_input(client);
}

/* However many turns it takes, what is left stays where it is. */
static void take_backlog(struct client *client)
{
    struct bytes input = buf_view(&client->backlog);
    size_t taken = client->backlog_taken;
    client->backlog_taken += dispatch_input(
        client, bytes_make(taken ? input.ptr + taken : input.ptr, input.len - taken));
    bool done = client->backlog_taken == client->backlog.len;
    if (done || client->flags & CLIENT_LEAVING) drop_backlog(client);
    ASSERT(done || client->stops || client->flags & CLIENT_LEAVING);
}

/* One that waits for keys takes nothing, but goes on to listen. */
static void listen_if_it_waits(struct client *client)
{
    if (!(client->flags & CLIENT_LEAVING) && !must_pause(client)) conn_resume(&client->conn);
}

/* Goes on with the backlog of one that was stopped. */
static void resume(struct client *client)
{
    if (client->backlog.len || client->partial_is_whole) take_backlog(client);
    if (client_is_stopped(client)) {
        listen_if_it_waits(client);
        return;
    }
    conn_resume(&client->conn);
    if (client->conn.flags & CONN_ENDED) client_finish(client);
}

static void go_on(struct client *client)
{
    if (client->conn.flags & CONN_CLOSING || client->flags & CLIENT_LEAVING) return;
    if (!client->stops)
        resume(client);
    else
        listen_if_it_waits(client);
}

/* Those left stand before all that have come since, so that everybody has a turn. */
static void leave_for_next_pass(struct clients *clients)
{
    struct client *last = clients->resuming_now;
    if (!last) return;
    while (last->next_resuming)
        last = last->next_resuming;
    if (!clients->resuming) clients->last_resuming = last;
    last->next_resuming = clients->resuming;
    clients->resuming = clients->resuming_now;
    clients->resuming_now = NULL;
    clients->shard->more_work = true;
}

void clients_resume(struct clients *clients)
{
    bool crowded = false; /* one goes on in any case */
    clients->resuming_now = clients->resuming;
    clients->resuming = clients->last_resuming = NULL;
    while (clients->resuming_now && !crowded) { /* one that goes on may free another */
        struct client *client = clients->resuming_now;
        clients->resuming_now = client->next_resuming;
        client->flags &= ~CLIENT_RESUMING;
        client->stops &= (uint8_t)~STOP_YIELD;
        go_on(client);
        crowded = limits_is_crowded(clients);
    }
    leave_for_next_pass(clients);
    clients->shard->net.more_follows = clients->resuming != NULL;
}

/* The peer sends no more: what it has asked for is still answered. But nobody waits on for one that
 * waits. */
static void on_end(struct conn *conn)
{
    struct client *client = client_of(conn);
    if (client->blocking) {
        client_finish(client);
        return;
    }
    if (client->backlog.len || client->partial_is_whole) return; /* see resume() */
    client_finish(client);
}

static void on_sent(struct conn *conn)
{
    limits_on_sent(client_of(conn));
}

const struct conn_events client_conn_events = {
    .on_input = on_input,
    .on_end = on_end,
    .on_sent = on_sent,
    .on_gone = on_gone,
};

struct outcome client_park(struct call *call, struct client_handle *handle)
{
    struct client *client = call->client;
    *handle = client_handle_of(client);
    client_stop(client, STOP_PARKED);
    return (struct outcome){OUTCOME_PARKED};
}

bool client_answer(struct shard *shard, struct client_handle handle, struct writer *writer)
{
    struct client *client = client_find(clients_of(shard), handle);
    if (!client) return false;
    ASSERT(client->stops & STOP_PARKED);
    if (client->conn.flags & CONN_GONE) {
        client->stops &= (uint8_t)~STOP_PARKED;
        client_settle(client);
        return false;
    }
    struct chain *out = client->parked_out ? client->parked_out : pipeline_held(client);
    *writer = (struct writer){out, client->protocol};
    return true;
}

void client_answered(struct shard *shard, struct client_handle handle)
{
    struct client *client = client_find(clients_of(shard), handle);
    if (client->parked_out)
        client->parked_out = NULL;
    else
        pipeline_release(client);
    client_go_on(client, STOP_PARKED);
}
