#include "client/pipeline.h"

#include "base/check.h"
#include "base/container.h"
#include "client/blocking.h"
#include "client/limits.h"
#include "client/multi.h"

enum {
    FORWARDS_MAX = 1024,
    FORWARDS_OF_ALL_MAX = 4096, /* of all clients of a shard; beyond it each has its share only */
    FORWARDS_OF_ALL_BYTES = 8 * 1024 * 1024, /* the same, of replies as long as they are lately */
    FORWARDS_SHARE = 8,
    AVERAGE_OVER = 16,
    FORWARD_BYTES_MAX = 16 * 1024 * 1024,
    HELD_BYTES_MAX = 16 * 1024 * 1024, /* of replies behind a forwarded command */
    HELD_BYTES_EACH = CHUNK_BYTES,     /* what the smallest one takes */
    OWED_BYTES_MAX = 16 * 1024 * 1024, /* of replies that commands under way may write */
};

struct remote {
    struct request request;
    struct pending pending;
    struct client_handle client;
    size_t bytes, owed; /* as counted in client->remote_bytes and owed_bytes */
};

struct held_reply {
    struct pending pending;
    struct chain chain;
};

static bool is_mute(const struct client *client)
{
    return client->flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP);
}

static void append(struct client *client, struct pending *pending)
{
    pending->next = NULL;
    pending->done = false;
    pending->dropped = is_mute(client);
    pending->bytes_behind = 0;
    pending->number = client->last_pending ? client->last_pending->number + 1 : 0;
    if (client->last_pending)
        client->last_pending->next = pending;
    else
        client->first_pending = pending;
    client->last_pending = pending;
}

/* It is there, or something behind it is. */
static void note_settled(struct client *client, struct pending *pending)
{
    struct pending *last = client->last_settled;
    if (!last || pending->number > last->number) client->last_settled = pending;
}

static struct held_reply *held_of(struct pending *pending)
{
    ASSERT(!pending->is_remote);
    return (struct held_reply *)(void *)pending;
}

static struct remote *remote_of(struct pending *pending)
{
    return CONTAINER_OF(pending, struct remote, pending);
}

static void free_pending(struct client *client, struct pending *pending)
{
    client->held_bytes -= pending->counted_bytes;
    if (pending->is_remote) {
        request_free(client->clients->shard, &remote_of(pending)->request);
        return;
    }
    struct held_reply *held = held_of(pending);
    chain_clear(&held->chain);
    mem_free(held, sizeof *held);
}

/* Who catches up with its inbox delivers all that is in it, at once: were that bounded for each
 * client alone, a crowd with long pipelines could make everybody wait, and its replies pile up. */
static uint32_t forwards_max(const struct client *client)
{
    const struct clients *all = client->clients;
    bool crowded = all->remote_count >= FORWARDS_OF_ALL_MAX ||
                   all->remote_count * (uint64_t)all->remote_reply_average >= FORWARDS_OF_ALL_BYTES;
    return crowded ? FORWARDS_SHARE : FORWARDS_MAX;
}

/* Rises at once, falls by and by. */
static void note_reply(struct clients *clients, size_t len)
{
    size_t average = clients->remote_reply_average;
    clients->remote_reply_average = len > average ? len : average - (average - len) / AVERAGE_OVER;
}

/* Where there is room again for more commands under way and more replies held, input goes on. */
static void go_on(struct client *client)
{
    if (client->stops & STOP_FORWARDS && client->remote_count < forwards_max(client) / 2 &&
        client->remote_bytes < FORWARD_BYTES_MAX / 2 && client->held_bytes < HELD_BYTES_MAX / 2 &&
        client->owed_bytes < OWED_BYTES_MAX / 2)
        client_go_on(client, STOP_FORWARDS);
}

static void add_held(struct client *client, size_t len)
{
    client->held_bytes += len;
    if (client->held_bytes >= HELD_BYTES_MAX) client_stop(client, STOP_FORWARDS);
}

/* A reply is there, and waits for those before it. */
static void count_held(struct client *client, struct pending *pending)
{
    size_t len = chain_len(pending->reply);
    if (!pending->is_remote && len) len += HELD_BYTES_EACH;
    add_held(client, len - pending->counted_bytes);
    pending->counted_bytes = len;
}

/* The reply, and what waits behind it, go to the output. */
static void let_out(struct client *client, struct pending *pending)
{
    if (fault_is(FAULT_REPLY_TWICE)) chain_append(&client->conn.out, chain_front(pending->reply));
    if (!pending->dropped) chain_move(&client->conn.out, pending->reply);
    if (!pending->bytes_behind) return;
    chain_move_front(&client->conn.out, &client->behind, pending->bytes_behind);
    client->behind_bytes -= pending->bytes_behind;
    client->held_bytes -= pending->bytes_behind;
}

/* Replies that are complete, as far as they follow each other, go to the output. */
static void advance(struct client *client)
{
    while (client->first_pending && client->first_pending->done) {
        struct pending *pending = client->first_pending;
        client->first_pending = pending->next;
        if (!client->first_pending) client->last_pending = NULL;
        if (client->last_settled == pending) client->last_settled = NULL;
        let_out(client, pending);
        free_pending(client, pending);
    }
    if (!client->first_pending) conn_uncork(&client->conn);
    if (client->conn.flags & CONN_CLOSING) return;
    go_on(client);
    conn_wrote(&client->conn);
    if (client->flags & CLIENT_LEAVING && !client->first_pending)
        conn_close_after_output(&client->conn);
    limits_check_output(client);
}

static struct held_reply *hold(struct client *client)
{
    struct held_reply *held = mem_alloc(sizeof *held);
    held->pending = (struct pending){.reply = &held->chain};
    chain_init(&held->chain, &client->conn.net->chunks);
    append(client, &held->pending);
    return held;
}

struct chain *pipeline_begin(struct client *client)
{
    struct pending *last = client->last_pending;
    if (likely(!is_mute(client))) return last ? &client->behind : &client->conn.out;
    bool goes_on = last && last->dropped && last->done && !last->is_remote && !last->bytes_behind;
    if (!goes_on) return &hold(client)->chain;
    last->done = false;
    return last->reply;
}

/* What has been written since then stands behind the last of those that are pending. */
static void count_behind(struct client *client, struct pending *last)
{
    size_t len = chain_len(&client->behind) - client->behind_bytes;
    client->behind_bytes += len;
    last->bytes_behind += len;
    if (len) note_settled(client, last);
    add_held(client, len);
}

void pipeline_end(struct client *client)
{
    struct pending *last = client->last_pending;
    if (likely(!last)) {
        conn_wrote(&client->conn);
        return;
    }
    if (last->is_remote || last->done) {
        count_behind(client, last);
        return;
    }
    last->dropped = is_mute(client); /* CLIENT REPLY ON is answered */
    if (last->dropped) chain_clear(last->reply);
    pipeline_release(client);
}

struct chain *pipeline_push_begin_shared(struct client *client)
{
    bool is_amid_call = chain_len(&client->behind) > client->behind_bytes;
    if (is_amid_call) count_behind(client, client->last_pending);
    return client->last_settled ? &client->behind : &client->conn.out;
}

struct chain *pipeline_push_begin(struct client *client)
{
    struct chain *out = pipeline_push_begin_shared(client);
    chain_begin_small(out);
    return out;
}

static void end_push(struct client *client, bool waits)
{
    if (client->last_settled) {
        count_behind(client, client->last_settled);
    } else {
        if (waits) conn_gather(&client->conn);
        conn_wrote(&client->conn);
    }
    limits_check_output(client);
}

/* While others queue to say more, what they say is gathered. */
void pipeline_push_end(struct client *client)
{
    end_push(client, clients_are_queueing(client->clients));
}

void pipeline_push_end_shared(struct client *client)
{
    end_push(client, true);
}

static void forget_remote(struct client *client, const struct remote *remote)
{
    client->remote_count--;
    client->clients->remote_count--;
    client->remote_bytes -= remote->bytes;
    client->owed_bytes -= remote->owed;
    go_on(client);
}

static void on_done(struct shard *front, struct request *request)
{
    struct remote *remote = (struct remote *)(void *)request;
    struct client *client = client_find(clients_of(front), remote->client);
    ASSERT(client); /* not freed while commands are under way */
    remote->pending.done = true;
    note_settled(client, &remote->pending);
    if (unlikely(client->awaited == request)) {
        client->awaited = NULL;
        client_go_on(client, STOP_AWAITED);
        blocking_end(client);
    }
    if (unlikely(request->command->route == ROUTE_BLOCK)) block_free(front, request->brought);
    request->reply.pool = &front->net.chunks;
    note_reply(client->clients, chain_len(&request->reply));
    forget_remote(client, remote);
    if (client->first_pending->done)
        advance(client);
    else
        count_held(client, &remote->pending);
    if (client->conn.flags & CONN_GONE) client_settle(client);
}

/* What its reply may take before anybody looks at it; of a single key, the count is bound
 * enough. Values from BLOB_MIN on are not copied. What walks over keys goes alone, as KEYS in a
 * pipeline would else be answered a thousand times for one who does not read. */
static size_t owed_by(const struct command *command, uint32_t arg_count)
{
    if (command->route == ROUTE_ALL || command->route == ROUTE_CURSOR) return OWED_BYTES_MAX;
    bool has_keys = command->route == ROUTE_KEYS || command->route == ROUTE_ASKED;
    bool copies = has_keys && !(command->flags & CMD_WRITE);
    return copies ? (size_t)arg_count * BLOB_MIN : 0;
}

static void on_parked(struct shard *front, struct request *request, bool waits)
{
    struct remote *remote = (struct remote *)(void *)request;
    struct client *client = client_find(clients_of(front), remote->client);
    ASSERT(client);
    blocking_on_parked(client, request, waits);
}

static bool is_much_under_way(const struct client *client)
{
    return client->remote_count >= forwards_max(client) ||
           client->remote_bytes >= FORWARD_BYTES_MAX || client->owed_bytes >= OWED_BYTES_MAX;
}

/* What comes next depends on what it does to the connection. */
static bool must_await(const struct call *call)
{
    if (call->command->flags & CMD_BLOCKING)
        return !call->command->can_wait || call->command->can_wait(call->args, call->arg_count);
    if (call->command->route != ROUTE_BLOCK) return false;
    return ((const struct block *)call->brought)->flags & BLOCK_NEEDS_FRONT;
}

struct request *pipeline_forward(struct client *client, const struct call *call)
{
    struct request *request = request_new(client->clients->shard, sizeof(struct remote), call);
    struct remote *remote = (struct remote *)(void *)request;
    request->done = on_done;
    request->parked = on_parked;
    remote->client = client_handle_of(client);
    remote->pending = (struct pending){.is_remote = true, .reply = &request->reply};
    append(client, &remote->pending);
    conn_cork(&client->conn);
    client->remote_count++;
    client->clients->remote_count++;
    client->remote_bytes += remote->bytes = request_bytes(request);
    client->owed_bytes += remote->owed = owed_by(call->command, call->arg_count);
    if (is_much_under_way(client)) client_stop(client, STOP_FORWARDS);
    if (unlikely(must_await(call))) {
        client->awaited = request;
        client_stop(client, STOP_AWAITED);
    }
    return request;
}

void pipeline_hold(struct client *client)
{
    hold(client);
}

struct chain *pipeline_held(struct client *client)
{
    return &held_of(client->last_pending)->chain;
}

void pipeline_release(struct client *client)
{
    client->last_pending->done = true;
    note_settled(client, client->last_pending);
    count_held(client, client->last_pending);
    if (client->first_pending->done) advance(client);
}

void pipeline_fini(struct client *client)
{
    while (client->first_pending) {
        struct pending *pending = client->first_pending;
        client->first_pending = pending->next;
        free_pending(client, pending);
    }
    client->last_pending = client->last_settled = NULL;
    chain_clear(&client->behind);
}
