#include "sim/sim_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim_net.h"

enum { ORDERS_MAX = 16 };

/* For so long nothing has happened before those who still wait are unblocked: whoever is about to
 * be served has been served. */
static const int64_t rescue_after_ns = (int64_t)4 * 1000 * 1000 * 1000;

/* What the one that moves slots has asked for, and not been told. */
struct order {
    bool is_kill, is_unblock;
    int port; /* of its victim; 0: that had no connection */
};

/* A connection and its part of the history. */
struct sim_client {
    uint32_t number;
    uint32_t next_item; /* of the plan, to be looked at */
    struct sim_stream *stream;
    struct history_conn *record; /* of the present connection */
    uint32_t conn;
    uint32_t answered;
    uint8_t db;
    int32_t id;           /* as the server knows it; 0: it has not said */
    int64_t unblocked_ns; /* since then it may be unblocked; 0: nobody wants it */
    bool is_rescued;      /* that was when nothing was under way any more */
    bool is_shut;         /* it has said that it writes no more */
    bool is_killed;       /* the server has been asked to leave it ... */
    bool must_end;        /* ... and says that it has */
    struct order orders[ORDERS_MAX];
    uint32_t order_count;
    struct sim_pipe out, in;
};

struct sim_clients {
    const struct plan *plan;
    struct history history;
    struct sim_client clients[PLAN_CLIENTS_MAX + 1]; /* the last one moves slots */
    int64_t calm_since_ns; /* nothing is under way but commands that wait; 0: something is */
    char complaint[256];
};

static void complain(struct sim_clients *clients, const struct sim_client *client, const char *what)
{
    if (*clients->complaint) return;
    snprintf(clients->complaint, sizeof clients->complaint, "client %u: %s: '%.*s'", client->number,
             what, (int)(client->in.len < 60 ? client->in.len : 60),
             client->in.bytes ? (const char *)client->in.bytes : "");
}

struct sim_clients *sim_clients_new(const struct plan *plan)
{
    struct sim_clients *clients = calloc(1, sizeof *clients);
    clients->plan = plan;
    clients->history.has_homes = plan->shard_count > 1;
    for (uint32_t i = 0; i <= PLAN_CLIENTS_MAX; i++)
        clients->clients[i].number = i;
    return clients;
}

void sim_clients_free(struct sim_clients *clients)
{
    for (uint32_t i = 0; i < clients->history.conn_count; i++)
        free(clients->history.conns[i].ops);
    for (uint32_t i = 0; i <= PLAN_CLIENTS_MAX; i++) {
        free(clients->clients[i].out.bytes);
        free(clients->clients[i].in.bytes);
    }
    free(clients);
}

static bool is_mover(const struct sim_client *client)
{
    return client->number == PLAN_CLIENTS_MAX;
}

static const struct plan_item *find_item(const struct sim_clients *clients,
                                         struct sim_client *client)
{
    const struct plan *plan = clients->plan;
    for (; client->next_item < plan->count; client->next_item++) {
        const struct plan_item *item = &plan->items[client->next_item];
        if (item->client == client->number && !item->left_out) return item;
    }
    return NULL;
}

static uint32_t ops_left(const struct plan *plan, const struct sim_client *client)
{
    uint32_t count = 2; /* with CLIENT ID */
    for (uint32_t i = client->next_item; i < plan->count; i++)
        if (plan->items[i].client == client->number) count += plan->items[i].op_count;
    return count;
}

static uint32_t unanswered(const struct sim_client *client)
{
    if (is_mover(client)) return client->order_count;
    return client->stream ? client->record->count - client->answered : 0;
}

static void send_op(struct sim_client *client, const struct op *planned)
{
    char bytes[OP_BYTES_MAX];
    struct op *op = &client->record->ops[client->record->count++];
    *op = *planned;
    workload_tag(op, &client->db);
    op->sent_ns = sim_now_ns();
    sim_pipe_append(&client->out, bytes, workload_write(op, bytes));
}

static void send_pipeline(struct sim_client *client, const struct plan_item *item)
{
    for (uint32_t i = 0; i < item->op_count; i++)
        send_op(client, &item->ops[i]);
}

static void connect(struct sim_clients *clients, struct sim_client *client)
{
    client->stream = sim_connect();
    if (!client->stream) return;
    client->answered = client->order_count = client->db = 0;
    client->id = 0;
    client->unblocked_ns = 0;
    client->is_rescued = false;
    client->is_shut = client->is_killed = client->must_end = false;
    client->in.len = client->out.len = 0;
    if (is_mover(client)) return;
    client->conn = clients->history.conn_count++;
    client->record = &clients->history.conns[client->conn];
    client->record->ops = calloc(ops_left(clients->plan, client), sizeof *client->record->ops);
    if (clients->plan->waits) send_op(client, &(struct op){.kind = OP_ID});
}

static bool is_waiting(const struct sim_client *client)
{
    if (is_mover(client) || !unanswered(client)) return false;
    return op_waits(&client->record->ops[client->answered]);
}

/* NULL: none does. */
static struct sim_client *any_that_waits(struct sim_clients *clients)
{
    uint32_t first = (uint32_t)random_below(sim_random(), PLAN_CLIENTS_MAX);
    for (uint32_t i = 0; i < PLAN_CLIENTS_MAX; i++) {
        struct sim_client *client = &clients->clients[(first + i) % PLAN_CLIENTS_MAX];
        if (client->stream && is_waiting(client)) return client;
    }
    return NULL;
}

static struct sim_client *victim_of(struct sim_clients *clients, const struct plan_item *item)
{
    struct sim_client *waiting = clients->plan->hunts ? any_that_waits(clients) : NULL;
    return waiting ? waiting : &clients->clients[item->victim];
}

static int write_kill(char *line, struct sim_client *victim, struct order *order)
{
    order->is_kill = true;
    if (victim->stream) order->port = sim_stream_port(victim->stream);
    victim->is_killed = true;
    return sprintf(line, "CLIENT KILL ADDR 127.0.0.1:%d SKIPME no\r\n", order->port);
}

/* Whose command waits in vain, and when somebody has wished that first. */
static int write_unblock(char *line, struct sim_client *victim, bool is_error, struct order *order)
{
    order->is_unblock = true;
    if (victim->stream && !victim->unblocked_ns) victim->unblocked_ns = sim_now_ns();
    return sprintf(line, "CLIENT UNBLOCK %d %s\r\n", victim->stream ? victim->id : 0,
                   is_error ? "ERROR" : "TIMEOUT");
}

static void send_order(struct sim_clients *clients, struct sim_client *client,
                       const struct plan_item *item)
{
    char line[64];
    int len;
    struct order *order = &client->orders[client->order_count++];
    *order = (struct order){0};
    if (item->kind == PLAN_KILL)
        len = write_kill(line, victim_of(clients, item), order);
    else if (item->kind == PLAN_UNBLOCK)
        len = write_unblock(line, &clients->clients[item->victim], item->is_error, order);
    else if (item->kind == PLAN_MOVE)
        len = sprintf(line, "DEBUG SLOT-MOVE %u %u\r\n", item->slot, item->target);
    else
        len = sprintf(line, "CLIENT PAUSE %u %s\r\n", item->pause_ms,
                      item->pauses_all ? "ALL" : "WRITE");
    sim_pipe_append(&client->out, line, (size_t)len);
}

static void leave(struct sim_client *client, enum sim_goodbye how)
{
    if (how != SIM_SHUT && unanswered(client)) sim_did(DEED_GONE);
    sim_stream_leave(client->stream, how);
    if (how == SIM_SHUT) {
        client->is_shut = true;
        return;
    }
    client->stream = NULL;
    client->order_count = 0;
}

static void take_item(struct sim_clients *clients, struct sim_client *client,
                      const struct plan_item *item)
{
    if (item->kind == PLAN_LEAVE) {
        if (item->goodbye == SIM_SHUT && client->out.len) return; /* first what it has to say */
        leave(client, item->goodbye);
    } else if (unanswered(client) > clients->plan->unanswered_max) {
        return;
    } else if (item->kind != PLAN_PIPELINE) {
        send_order(clients, client, item);
    } else {
        send_pipeline(client, item);
    }
    client->next_item++;
}

static void write_some(struct sim_client *client)
{
    size_t len = 1 + random_below(sim_random(), client->out.len);
    if (random_below(sim_random(), 2)) len = client->out.len;
    sim_stream_write(client->stream, client->out.bytes, len);
    sim_pipe_consume(&client->out, len);
}

/* What it waits for it does not take any more; but a BLMOVE that has been sent for its other key
 * moves what it finds. */
static void note_gone(struct sim_client *client)
{
    if (is_mover(client)) return;
    for (uint32_t i = client->answered; i < client->record->count; i++) {
        struct op *op = &client->record->ops[i];
        if (op_waits(op) && !op->is_part && !op_waits_to_move(op)) op->gone_ns = sim_now_ns();
    }
}

/* Whoever the server says it has killed sees its connection end. */
static void note_killed(struct sim_clients *clients, int port)
{
    for (uint32_t i = 0; i <= PLAN_CLIENTS_MAX; i++) {
        struct sim_client *client = &clients->clients[i];
        if (!client->stream || sim_stream_port(client->stream) != port) continue;
        client->must_end = true;
        note_gone(client);
    }
}

static long read_order(struct sim_clients *clients, struct sim_client *client)
{
    const char *bytes = (const char *)client->in.bytes;
    const struct order order = client->orders[0];
    bool is_count = order.is_kill || order.is_unblock;
    size_t len = is_count ? 4 : 5;
    if (client->in.len < len) return 0;
    bool did = is_count && !memcmp(bytes, ":1\r\n", 4);
    bool killed = did && order.is_kill && order.port;
    did = killed || (did && order.is_unblock);
    bool expected = is_count ? did || !memcmp(bytes, ":0\r\n", 4) : !memcmp(bytes, "+OK\r\n", 5);
    if (!client->order_count || !expected) return -1;
    if (killed) note_killed(clients, order.port);
    memmove(client->orders, client->orders + 1, --client->order_count * sizeof order);
    return (long)len;
}

/* It was unblocked, or its time is over: if neither can be, who said so? */
static void note_vain(struct sim_clients *clients, struct sim_client *client, struct op *op)
{
    op->unblocked_ns = client->unblocked_ns;
    op->is_rescued = client->is_rescued;
    if (client->unblocked_ns) return;
    int64_t least_ns =
        op->wait_ms ? (int64_t)(op->wait_ms - 1) * 1000000 - sim_longest_pass_ns() : INT64_MAX;
    if (op->reply[3] || op->answered_ns - op->sent_ns < least_ns)
        complain(clients, client, "it was to wait for longer");
}

static long read_reply(struct sim_clients *clients, struct sim_client *client)
{
    if (is_mover(client)) return read_order(clients, client);
    if (client->answered == client->record->count) return client->in.len ? -1 : 0;
    struct op *op = &client->record->ops[client->answered];
    long len = workload_read(op, (const char *)client->in.bytes, client->in.len);
    if (len <= 0) return len;
    client->answered += workload_answer(op, sim_now_ns());
    if (op->kind == OP_ID) client->id = op->reply[0];
    if (op_waits(op) && !op->is_part && !op->reply[2]) note_vain(clients, client, op);
    return len;
}

static void read_some(struct sim_clients *clients, struct sim_client *client)
{
    char bytes[4096];
    size_t max = random_below(sim_random(), 2) ? sizeof bytes : 1 + random_below(sim_random(), 40);
    size_t len = sim_stream_read(client->stream, bytes, max);
    sim_pipe_append(&client->in, bytes, len);
    for (long used; client->in.len && (used = read_reply(clients, client));) {
        if (used < 0) {
            complain(clients, client, "a reply that no command of its asked for");
            return;
        }
        sim_pipe_consume(&client->in, (size_t)used);
    }
}

/* Who says that it will send no more waits no more; if it has been served at that very moment, the
 * rest is not run. */
static bool waits_in_vain(const struct sim_client *client)
{
    if (!client->is_shut || is_mover(client)) return false;
    const struct op *op = &client->record->ops[client->answered];
    return op_waits(op) || (client->answered && op_waits(op - 1));
}

static void note_end(struct sim_clients *clients, struct sim_client *client)
{
    if (unanswered(client) && !client->is_killed && !waits_in_vain(client))
        complain(clients, client, "the server has left, and owes a reply");
    if (!client->is_shut && !client->is_killed) complain(clients, client, "the server has left");
    client->is_shut = client->is_killed = client->must_end = false;
    client->order_count = 0;
    sim_stream_leave(client->stream, SIM_CLOSE);
    client->stream = NULL;
}

/* Only commands that wait are under way, and nothing else will be. */
static bool is_calm(const struct sim_clients *clients, bool *somebody_waits)
{
    const struct plan *plan = clients->plan;
    *somebody_waits = false;
    for (uint32_t i = 0; i <= PLAN_CLIENTS_MAX; i++) {
        struct sim_client client = clients->clients[i];
        const struct plan_item *item = find_item(clients, &client);
        if (!client.stream && item) return false;
        if (!client.stream) continue;
        uint32_t owed = unanswered(&client);
        bool waits = is_waiting(&client);
        bool is_held = item && waits && item->kind == PLAN_PIPELINE && owed > plan->unanswered_max;
        if (client.out.len || client.must_end || client.is_shut) return false;
        if ((item && !is_held) || (owed && !waits) || sim_stream_readable(client.stream))
            return false;
        *somebody_waits |= waits;
    }
    return *somebody_waits;
}

/* When all has been calm for long whoever still waits is unblocked, one after the other. */
static void rescue(struct sim_clients *clients)
{
    bool somebody_waits;
    struct sim_client *mover = &clients->clients[PLAN_CLIENTS_MAX];
    if (!is_calm(clients, &somebody_waits)) {
        clients->calm_since_ns = 0;
        return;
    }
    if (!clients->calm_since_ns) clients->calm_since_ns = sim_now_ns();
    if (sim_now_ns() - clients->calm_since_ns < rescue_after_ns) return;
    if (!mover->stream) connect(clients, mover);
    if (!mover->stream) return;
    struct sim_client *victim = any_that_waits(clients);
    struct plan_item item = {.kind = PLAN_UNBLOCK, .victim = victim->number, .is_error = true};
    if (!victim->unblocked_ns) victim->is_rescued = true;
    send_order(clients, mover, &item);
    clients->calm_since_ns = 0;
}

void sim_clients_step(struct sim_clients *clients)
{
    if (clients->plan->waits) rescue(clients);
    uint32_t number = (uint32_t)random_below(sim_random(), clients->plan->client_count + 1);
    if (number == clients->plan->client_count) number = PLAN_CLIENTS_MAX;
    struct sim_client *client = &clients->clients[number];
    const struct plan_item *item = find_item(clients, client);
    if (!client->stream) {
        if (item) connect(clients, client);
        return;
    }
    if (sim_stream_has_ended(client->stream)) {
        note_end(clients, client);
        return;
    }
    uint32_t what = (uint32_t)random_below(sim_random(), 3);
    if (what == 0 && client->out.len)
        write_some(client);
    else if (what == 1 && sim_stream_readable(client->stream))
        read_some(clients, client);
    else if (what == 2 && item && !client->is_shut)
        take_item(clients, client, item);
}

bool sim_clients_are_done(const struct sim_clients *clients)
{
    for (uint32_t i = 0; i <= PLAN_CLIENTS_MAX; i++) {
        struct sim_client client = clients->clients[i];
        if ((client.out.len || client.must_end) && client.stream) return false;
        if (find_item(clients, &client) || unanswered(&client) || client.is_shut) return false;
    }
    return true;
}

void sim_clients_leave(struct sim_clients *clients)
{
    for (uint32_t i = 0; i <= PLAN_CLIENTS_MAX; i++)
        if (clients->clients[i].stream) leave(&clients->clients[i], SIM_CLOSE);
}

const char *sim_clients_complaint(const struct sim_clients *clients)
{
    return *clients->complaint ? clients->complaint : NULL;
}

const struct history *sim_clients_history(struct sim_clients *clients)
{
    clients->history.clock_slack_ns = sim_longest_pass_ns() + 2 * 1000 * 1000;
    return &clients->history;
}
