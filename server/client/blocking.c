#include "client/blocking.h"

#include "base/check.h"
#include "base/container.h"
#include "base/mark.h"
#include "shard/waiters.h"

struct blocking {
    struct clients *clients;
    struct client_handle client;
    struct request *request;
    struct waiter *waiter; /* NULL: it is on its way to run again */
    struct timer timer;
    int64_t deadline_ms;
    enum blocking_stop wanted; /* it could not be had when it was */
};

static struct timers *timers_of(const struct client *client)
{
    return &client->clients->shard->timers;
}

/* When its time is over, or there may be something for it. */
static void set_timer(struct client *client)
{
    const struct shard *shard = client->clients->shard;
    struct blocking *blocking = client->blocking;
    int64_t next_ms = blocking->deadline_ms;
    if (blocking->waiter && blocking->waiter->again_ms < next_ms)
        next_ms = blocking->waiter->again_ms;
    int64_t left_ms = next_ms - shard->now_ms;
    if (next_ms == INT64_MAX || left_ms > INT64_MAX / 2000000) return;
    timer_set(timers_of(client), &blocking->timer, shard->now_ns + left_ms * 1000000);
}

/* Whoever serves it meanwhile, or ends it, has claimed it first. */
static void look_again(struct client *client)
{
    struct blocking *blocking = client->blocking;
    if (!blocking->waiter || !waiter_claim(blocking->waiter)) return;
    blocking->waiter = NULL;
    set_timer(client);
    waiter_run_again(client->clients->shard, blocking->request);
}

static void on_timer(struct timer *timer)
{
    struct blocking *blocking = CONTAINER_OF(timer, struct blocking, timer);
    struct client *client = client_find(blocking->clients, blocking->client);
    if (client->clients->shard->now_ms < blocking->deadline_ms)
        look_again(client);
    else
        blocking_stop(client, BLOCKING_TIMEOUT);
}

static void begin(struct client *client, struct request *request)
{
    struct blocking *blocking = mem_alloc_zero(sizeof *blocking);
    *blocking = (struct blocking){.clients = client->clients,
                                  .client = client_handle_of(client),
                                  .request = request,
                                  .deadline_ms = request->waiter->deadline_ms,
                                  .timer.fire = on_timer};
    client->blocking = blocking;
    metric_add(&client->clients->shard->counters.blocked_clients, 1);
}

/* Its end may have come before anybody knew that it waits; then nothing else of it is run either.
 */
static bool is_gone(struct client *client)
{
    if (client->conn.flags & CONN_ENDED) client->flags |= CLIENT_LEAVING;
    return client->flags & CLIENT_LEAVING || client->conn.flags & CONN_GONE;
}

void blocking_on_parked(struct client *client, struct request *request, bool waits)
{
    ASSERT(client->awaited == request);
    if (!client->blocking) begin(client, request);
    struct blocking *blocking = client->blocking;
    blocking->waiter = waits ? request->waiter : NULL;
    set_timer(client);
    if (is_gone(client)) blocking->wanted = BLOCKING_GONE;
    if (blocking->wanted) blocking_stop(client, blocking->wanted);
}

static void answer(struct client *client, struct request *request, enum blocking_stop how)
{
    request->reply.pool = &client->clients->shard->net.chunks;
    struct writer writer = {&request->reply, client->protocol};
    if (how == BLOCKING_TIMEOUT)
        writer_null_array(&writer);
    else if (how == BLOCKING_ERROR)
        writer_error(&writer, BYTES("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
    request->reply.pool = NULL;
}

bool blocking_stop(struct client *client, enum blocking_stop how)
{
    struct blocking *blocking = client->blocking;
    if (how == BLOCKING_GONE && client->awaited) /* it may be about to wait, which nobody knows */
        atomic_store(&client->awaited->is_abandoned, true);
    if (!blocking) return false;
    if (!blocking->waiter || !waiter_claim(blocking->waiter)) {
        if (blocking->wanted != BLOCKING_GONE) blocking->wanted = how;
        return false;
    }
    static const enum mark marks[] = {
        [BLOCKING_TIMEOUT] = MARK_WAITER_TIMED_OUT,
        [BLOCKING_ERROR] = MARK_WAITER_UNBLOCKED,
        [BLOCKING_GONE] = MARK_WAITER_GONE,
    };
    struct request *request = blocking->request;
    mark(marks[how]);
    answer(client, request, how);
    request->done(client->clients->shard, request);
    return true;
}

/* The client stays until its waiter has left all queues. */
static void on_left(struct shard *front, void *context)
{
    struct blocking *blocking = context;
    struct client *client = client_find(clients_of(front), blocking->client);
    mem_free(blocking, sizeof *blocking);
    client->remote_count--;
    client_settle(client);
}

void blocking_end(struct client *client)
{
    struct blocking *blocking = client->blocking;
    if (!blocking) return;
    struct shard *shard = client->clients->shard;
    timer_clear(timers_of(client), &blocking->timer);
    client->blocking = NULL;
    client->remote_count++;
    metric_add(&shard->counters.blocked_clients, -1);
    waiter_end(shard, blocking->request->waiter, on_left, blocking);
}

bool blocking_has_deadline(const struct client *client)
{
    return client->blocking && client->blocking->deadline_ms != INT64_MAX;
}
