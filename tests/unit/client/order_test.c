/* All shards of a server in one thread: real dispatch, pipelines, requests, leases, claims and
 * moves; only the kernel is left out. Messages are delivered by hand, in any order between the
 * inboxes, and the order of each inbox kept. Whatever that order is:
 *   - every command runs exactly once, and is answered in its place; nothing waits for ever;
 *   - no slot is open in two places;
 *   - there is one order of all commands that agrees with what each slot saw, with the order in
 * which each connection wrote its own, and with real time: a graph of all this has no circle. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "client/client.h"
#include "command/registry.h"
#include "command/reply.h"
#include "shard/claim.h"
#include "shard/group.h"
#include "shard/move.h"
#include "support/check.h"
#include "support/seed.h"

enum {
    SHARDS_MAX = 7,
    CONNS_MAX = 10,
    KEYS = 8,
    OPS_MAX = 3000,
    RUNS_MAX = OPS_MAX * KEYS,
    ROUNDS = 30,
    STEPS_MAX = 400000,
};

struct op {
    uint32_t conn, runs;
    uint32_t issued, answered; /* steps */
    bool is_answered;
};

struct fake {
    struct client *client;
    uint32_t ops[OPS_MAX]; /* in the order written */
    uint32_t count, answered;
};

struct slot_run {
    uint32_t op, key;
};

static struct world {
    struct random random;
    struct group *group;
    struct settings settings;
    uint32_t step;
    struct op ops[OPS_MAX];
    uint32_t op_count;
    struct slot_run runs[RUNS_MAX]; /* who ran on which key's slot, in order */
    uint32_t run_count;
    struct fake conns[CONNS_MAX];
    uint32_t conn_count;
    uint32_t moves_pending;
    bool crowded; /* nobody looks at the order of runs */
} world;

static const char *const keys[KEYS] = {"a", "b", "k:2", "d", "key:55", "f", "{a}2", "zz9"};

static uint16_t slot_of(uint32_t key)
{
    return slot_of_key(bytes_of_string(keys[key]));
}

/* Only the shard that runs a command may take its slot for free. */
static void check_gates(const struct shard *shard, uint16_t slot)
{
    for (uint16_t i = 0; i < world.group->shard_count; i++) {
        const struct homes *homes = &world.group->shards[i]->homes;
        if (i != shard->id && homes->gates[slot] == GATE_OPEN && !homes->barred) {
            test_fail(__FILE__, __LINE__, "slot %u is open at %u, used at %u", slot, i, shard->id);
            test_abort();
        }
    }
}

static void note_run(struct call *call, uint32_t key, uint32_t op)
{
    check_gates(call->shard, slot_of(key));
    if (world.crowded) return;
    REQUIRE(world.run_count < RUNS_MAX);
    world.runs[world.run_count++] = (struct slot_run){op, key};
}

static uint32_t op_of(const struct call *call)
{
    char text[16] = "";
    memcpy(text, call->args[1].ptr, call->args[1].len < 15 ? call->args[1].len : 15);
    uint32_t op = (uint32_t)atoi(text);
    REQUIRE(op < world.op_count);
    world.ops[op].runs++;
    return op;
}

static struct outcome run_on_keys(struct call *call)
{
    uint32_t op = op_of(call);
    for (uint32_t key = 0; key < KEYS; key++)
        for (uint32_t i = 2; i < call->arg_count; i++)
            if (bytes_equal(call->args[i], bytes_of_string(keys[key]))) note_run(call, key, op);
    return reply_int(call, op);
}

static struct outcome run_on_all(struct call *call)
{
    uint32_t op = op_of(call);
    for (uint32_t key = 0; key < KEYS; key++)
        note_run(call, key, op);
    return reply_int(call, op);
}

static struct outcome run_at_front(struct call *call)
{
    return reply_int(call, op_of(call));
}

enum { SLOW_NS = 10 * 1000 * 1000 };

static struct outcome run_slowly(struct call *call)
{
    int64_t end_ns = clock_monotonic_ns() + SLOW_NS;
    while (clock_monotonic_ns() < end_ns)
        continue;
    return reply_int(call, op_of(call));
}

static struct client_handle parked;

static struct outcome run_and_park(struct call *call)
{
    return client_park(call, &parked);
}

static const struct command table[] = {
    {"one", run_on_keys, 3, CMD_WRITE, 0, KEYS_AT(2, KEY_RW)},
    {"many", run_on_keys, -3, CMD_WRITE, 0, {{KEYS_RANGE, 2, -1, 1, KEY_RW}}},
    {"read", run_on_keys, -3, CMD_READ, 0, {{KEYS_RANGE, 2, -1, 1, KEY_RO}}},
    {"all", run_on_all, 2, CMD_WRITE | CMD_ALL_SLOTS},
    {"front", run_at_front, 2, CMD_FRONT},
    {"slow", run_slowly, 2, CMD_FRONT},
    {"park", run_and_park, 1, CMD_FRONT | CMD_MAY_PARK},
    {0},
};
static const struct command *const tables[] = {table, NULL};

static void open_shards(uint16_t count)
{
    char reason[512] = "";
    struct group_options options = {
        .settings = &world.settings,
        .registry = registry_new(tables),
        .ring = {.sq_entries = 64, .cq_entries = 128, .buffer_count = 4, .buffer_bytes = 4096},
    };
    world.settings = (struct settings){
        .shards = count,
        .databases = 1,
        .hz = 10,
        .maxclients = 1000,
        .proto_max_bulk_len = 1 << 20,
        .client_query_buffer_limit = 1 << 30,
    };
    world.group = group_new(&options);
    for (uint16_t i = 0; i < count; i++) {
        struct shard *shard = world.group->shards[i];
        if (shard_open(shard, reason, sizeof reason)) {
            test_fail(__FILE__, __LINE__, "no ring: %s", reason);
            test_abort();
        }
        timer_clear(&shard->timers, &shard->cron);
        net_init(&shard->net, shard->ring, &client_conn_events);
        shard->clients = clients_new(shard);
    }
}

static void close_shards(void)
{
    const struct registry *registry = world.group->registry;
    for (uint16_t i = 0; i < world.group->shard_count; i++) {
        struct shard *shard = world.group->shards[i];
        for (struct client *client = clients_of(shard)->first; client; client = client->next)
            client_kill(client);
        for (int turns = 0; turns < 1000 && clients_of(shard)->count; turns++) {
            net_flush(&shard->net, INT64_MAX);
            ring_enter(shard->ring, 0);
            ring_dispatch(shard->ring);
        }
        ring_enter(shard->ring, 0);
        clients_free(clients_of(shard));
        net_fini(&shard->net);
        shard_close(shard); /* checks that nobody holds or waits for anything */
    }
    group_free(world.group);
    registry_free((struct registry *)registry);
}

static struct client *connect_to(uint16_t shard)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0);
    return client_new(clients_of(world.group->shards[shard]), fd, 1);
}

/* What an answer costs the test: the replies are consumed where they wait to be sent. */
static void read_answers(struct fake *conn)
{
    static uint8_t text[1 << 20];
    struct chain *out = &conn->client->conn.out;
    size_t len = 0;
    for (struct bytes front; (front = chain_front(out)).len; chain_consume(out, front.len)) {
        REQUIRE(len + front.len < sizeof text);
        memcpy(text + len, front.ptr, front.len);
        len += front.len;
    }
    text[len] = '\0';
    for (char *at = (char *)text; *at; at = strchr(at, '\n') + 1) {
        uint32_t op = (uint32_t)atoi(at + 1);
        if (*at != ':' || conn->answered >= conn->count || conn->ops[conn->answered] != op) {
            test_fail(__FILE__, __LINE__, "an answer out of order: %.40s", at);
            test_abort();
        }
        world.ops[op].answered = world.step;
        world.ops[op].is_answered = true;
        conn->answered++;
    }
}

static uint32_t new_op(uint32_t conn)
{
    struct fake *fake = &world.conns[conn];
    world.ops[world.op_count] = (struct op){.conn = conn, .issued = world.step};
    fake->ops[fake->count++] = world.op_count;
    return world.op_count++;
}

static void add_word(struct buf *out, const char *word)
{
    buf_printf(out, "$%zu\r\n%s\r\n", strlen(word), word);
}

static void add_command(struct buf *out, uint32_t conn)
{
    char number[16];
    uint32_t count = 0, picked[4], what = (uint32_t)random_below(&world.random, 40);
    const char *name = what == 0 ? "all" : what == 1 ? "front" : what < 24 ? "one" : "many";
    if (what >= 2) count = what < 24 ? 1 : 1 + (uint32_t)random_below(&world.random, 4);
    snprintf(number, sizeof number, "%u", new_op(conn));
    buf_printf(out, "*%u\r\n", count + 2);
    add_word(out, name);
    add_word(out, number);
    for (uint32_t i = 0; i < count; i++) {
        picked[i] = (uint32_t)random_below(&world.random, KEYS);
        for (uint32_t j = 0; j < i; j++) /* each key once: else it would count twice */
            if (picked[j] == picked[i]) picked[i] = (picked[i] + 1) % KEYS, j = UINT32_MAX;
        add_word(out, keys[picked[i]]);
    }
}

static void write_pipeline(void)
{
    uint32_t conn = (uint32_t)random_below(&world.random, world.conn_count);
    uint32_t count = 1 + (uint32_t)random_below(&world.random, 6);
    struct buf out = {0};
    for (uint32_t i = 0; i < count && world.op_count < OPS_MAX; i++)
        add_command(&out, conn);
    struct client *client = world.conns[conn].client;
    if (out.len && random_below(&world.random, 4) == 0) { /* in two parts */
        size_t part = random_below(&world.random, out.len);
        client_conn_events.on_input(&client->conn, bytes_make(out.ptr, part));
        client_conn_events.on_input(&client->conn, bytes_make(out.ptr + part, out.len - part));
    } else if (out.len) {
        client_conn_events.on_input(&client->conn, buf_view(&out));
    }
    buf_fini(&out);
}

/* False: there was nothing. */
static bool deliver(struct shard *shard)
{
    if (inbox_is_empty(&shard->inbox)) return false;
    struct message *message = inbox_pop(&shard->inbox);
    REQUIRE(message); /* nobody is in the middle of a push */
    message->deliver(shard, message);
    return true;
}

static struct shard *any_shard(void)
{
    return world.group->shards[random_below(&world.random, world.group->shard_count)];
}

static void on_moved(struct shard *asker, struct move_order *order)
{
    (void)asker;
    world.moves_pending--;
    free(order);
}

static void order_move(void)
{
    if (world.moves_pending > 3) return;
    struct move_order *order = calloc(1, sizeof *order);
    order->slot = slot_of((uint32_t)random_below(&world.random, KEYS));
    order->target = any_shard()->id;
    order->done = on_moved;
    world.moves_pending++;
    move_slot(any_shard(), order);
}

static void take_step(void)
{
    world.step++;
    uint32_t what = (uint32_t)random_below(&world.random, 100);
    if (what < 12) {
        write_pipeline();
    } else if (what < 85) {
        deliver(any_shard());
    } else if (what < 97) {
        timers_run(&world.group->shards[0]->timers, INT64_MAX);
        clients_resume(clients_of(any_shard()));
    } else {
        order_move();
    }
    for (uint32_t i = 0; i < world.conn_count; i++)
        read_answers(&world.conns[i]);
}

static bool is_quiet(void)
{
    for (uint16_t i = 0; i < world.group->shard_count; i++)
        if (!inbox_is_empty(&world.group->shards[i]->inbox)) return false;
    for (uint32_t i = 0; i < world.conn_count; i++)
        if (world.conns[i].answered < world.conns[i].count) return false;
    return world.moves_pending == 0;
}

/* No more input: all that is under way must come to its end, in any order. */
static void settle(void)
{
    uint32_t last = world.step + STEPS_MAX;
    while (!is_quiet() && world.step < last) {
        world.step++;
        if (!deliver(any_shard())) clients_resume(clients_of(any_shard()));
        timers_run(&world.group->shards[0]->timers, INT64_MAX);
        for (uint32_t i = 0; i < world.conn_count; i++)
            read_answers(&world.conns[i]);
    }
    REQUIRE(is_quiet()); /* else something waits for ever */
}

/* Edges of the order that must exist, and a topological sort of it. */
struct graph {
    uint32_t *from, *to, *heads, *next, *degrees;
    uint32_t nodes, edges, edges_max;
};

static void add_edge(struct graph *graph, uint32_t from, uint32_t to)
{
    REQUIRE(graph->edges < graph->edges_max);
    uint32_t edge = graph->edges++;
    graph->to[edge] = to;
    graph->next[edge] = graph->heads[from];
    graph->heads[from] = edge;
    graph->degrees[to]++;
}

static uint32_t sort(struct graph *graph)
{
    uint32_t *queue = calloc(graph->nodes, sizeof *queue), first = 0, end = 0;
    for (uint32_t node = 0; node < graph->nodes; node++)
        if (!graph->degrees[node]) queue[end++] = node;
    while (first < end)
        for (uint32_t edge = graph->heads[queue[first++]]; edge != UINT32_MAX;
             edge = graph->next[edge])
            if (--graph->degrees[graph->to[edge]] == 0) queue[end++] = graph->to[edge];
    free(queue);
    return end;
}

/* Nodes: the operations, then the steps of time. */
static void add_edges(struct graph *graph)
{
    uint32_t last_on_slot[SLOT_COUNT], time = world.op_count;
    memset(last_on_slot, 0xff, sizeof last_on_slot);
    for (uint32_t i = 0; i < world.run_count; i++) {
        struct slot_run run = world.runs[i];
        uint32_t *last = &last_on_slot[slot_of(run.key)];
        if (*last != UINT32_MAX && *last != run.op) add_edge(graph, *last, run.op);
        *last = run.op;
    }
    for (uint32_t i = 0; i < world.conn_count; i++)
        for (uint32_t at = 1; at < world.conns[i].count; at++)
            add_edge(graph, world.conns[i].ops[at - 1], world.conns[i].ops[at]);
    for (uint32_t step = 1; step <= world.step; step++)
        add_edge(graph, time + step - 1, time + step);
    for (uint32_t op = 0; op < world.op_count; op++) {
        add_edge(graph, op, time + world.ops[op].answered);
        add_edge(graph, time + world.ops[op].issued - 1, op);
    }
}

static void check_order(void)
{
    struct graph graph = {.nodes = world.op_count + world.step + 1};
    graph.edges_max = RUNS_MAX + graph.nodes * 4;
    graph.to = calloc(graph.edges_max, sizeof *graph.to);
    graph.next = calloc(graph.edges_max, sizeof *graph.next);
    graph.heads = malloc(graph.nodes * sizeof *graph.heads);
    graph.degrees = calloc(graph.nodes, sizeof *graph.degrees);
    memset(graph.heads, 0xff, graph.nodes * sizeof *graph.heads);
    add_edges(&graph);
    CHECK_INT(sort(&graph), graph.nodes); /* less: there is a circle, and so no such order */
    free(graph.to);
    free(graph.next);
    free(graph.heads);
    free(graph.degrees);
}

static void check_homes(void)
{
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
        uint16_t home = home_of(world.group, (uint16_t)slot);
        for (uint16_t i = 0; i < world.group->shard_count; i++)
            CHECK_INT(world.group->shards[i]->homes.gates[slot],
                      i == home ? GATE_OPEN : GATE_ELSEWHERE);
    }
}

static void run_round(uint16_t shard_count, uint32_t op_count)
{
    uint64_t seed = random_next(&world.random);
    world = (struct world){.step = 1};
    random_init(&world.random, seed);
    open_shards(shard_count);
    world.conn_count = 2 + (uint32_t)random_below(&world.random, CONNS_MAX - 1);
    for (uint32_t i = 0; i < world.conn_count; i++)
        world.conns[i].client = connect_to(any_shard()->id);
    while (world.op_count < op_count)
        take_step();
    settle();
    for (uint32_t op = 0; op < world.op_count; op++)
        if (world.ops[op].runs != 1 || !world.ops[op].is_answered) {
            test_fail(__FILE__, __LINE__, "command %u ran %u times", op, world.ops[op].runs);
            break;
        }
    check_homes();
    if (!test_failed()) check_order();
    close_shards();
}

TEST(there_is_one_order_of_all_commands)
{
    static const uint16_t shard_counts[] = {2, 3, 7, 1};
    test_seed(&world.random, "order");
    for (int round = 0; round < ROUNDS && !test_failed(); round++) {
        uint64_t seed = random_next(&world.random);
        struct random random;
        random_init(&random, seed);
        world.random = random;
        run_round(shard_counts[round % 4], 200 + (uint32_t)random_below(&world.random, 2000));
        random_init(&world.random, seed + 1);
    }
}

static void allow_open_files(rlim_t count)
{
    struct rlimit limit;
    REQUIRE(!getrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_cur >= count) return;
    limit.rlim_cur = count;
    REQUIRE(!setrlimit(RLIMIT_NOFILE, &limit));
}

/* A crowd that waits for two slots of one home, served one after the other when a lease comes back:
 * the stack must not grow with it. */
TEST(a_long_queue_is_no_recursion)
{
    enum { CROWD = 3000, EACH = 8 }; /* so few may be under way for each of a crowd */
    static struct client *crowd[CROWD];
    struct buf pipeline = {0};
    allow_open_files(CROWD + 100);
    world = (struct world){.step = 1, .crowded = true};
    open_shards(3);
    world.op_count = 1;
    struct shard *home = world.group->shards[home_of(world.group, slot_of(0))];
    uint32_t near = 1, far = 1;
    while (slot_of(near) == slot_of(0) || home_of(world.group, slot_of(near)) != home->id)
        REQUIRE(++near < KEYS);
    while (home_of(world.group, slot_of(far)) == home->id)
        REQUIRE(++far < KEYS);
    struct shard *front = world.group->shards[home_of(world.group, slot_of(far))];
    struct client *first = connect_to(front->id);
    buf_printf(&pipeline, "MANY 0 %s %s\r\n", keys[0], keys[far]);
    client_conn_events.on_input(&first->conn, buf_view(&pipeline));
    REQUIRE(deliver(home)); /* the lease has its slot there, and not yet the other one */
    pipeline.len = 0;
    for (int i = 0; i < EACH; i++)
        buf_printf(&pipeline, "MANY 0 %s %s\r\n", keys[0], keys[near]);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = connect_to(front->id);
        front->now_ns++; /* each in a pass of its own, in which its turn is a whole one */
        client_conn_events.on_input(&crowd[i]->conn, buf_view(&pipeline));
        CHECK_INT(crowd[i]->remote_count, EACH);
    }
    buf_fini(&pipeline);
    while (deliver(home) || deliver(front) ||
           deliver(world.group->shards[3 - home->id - front->id]))
        continue;
    CHECK_INT(world.ops[0].runs, 1 + CROWD * EACH);
    for (int i = 0; i < CROWD; i++)
        CHECK_INT(crowd[i]->remote_count, 0);
    close_shards();
}

static uint32_t key_at_home(const struct shard *shard)
{
    uint32_t key = 0;
    while (home_of(world.group, slot_of(key)) != shard->id)
        REQUIRE(++key < KEYS);
    return key;
}

static void write_lines(struct client *client, uint32_t key, int count)
{
    struct buf lines = {0};
    for (int i = 0; i < count; i++)
        buf_printf(&lines, "ONE 0 %s\r\n", keys[key]);
    client_conn_events.on_input(&client->conn, buf_view(&lines));
    buf_fini(&lines);
}

/* What is under way has a bound for all clients of a shard, too: whoever catches up with the inbox
 * delivers all of it. */
TEST(a_crowd_shares_what_may_be_under_way)
{
    enum { CROWD = 12, EACH = 1000, OF_ALL = 4096 };
    uint32_t under_way = 0;
    world = (struct world){.step = 1, .crowded = true};
    open_shards(2);
    world.op_count = 1;
    struct shard *front = world.group->shards[0];
    for (int i = 0; i < CROWD; i++) {
        struct client *client = connect_to(front->id);
        front->now_ns++; /* each in a pass of its own, in which its turn is a whole one */
        write_lines(client, key_at_home(world.group->shards[1]), EACH);
        CHECK(client->remote_count >= 8);
        under_way += client->remote_count;
    }
    CHECK(under_way >= OF_ALL && under_way < OF_ALL + CROWD * 16);
    do {
        clients_resume(clients_of(front));
    } while (deliver(world.group->shards[1]) || deliver(front));
    CHECK_INT(world.ops[0].runs, CROWD * EACH);
    close_shards();
}

/* In a pass that is long already one goes on, and the others before all that come after them. */
TEST(who_may_go_on_waits_while_it_is_crowded)
{
    enum { CROWD = 5 };
    struct client *crowd[CROWD];
    world = (struct world){.step = 1, .crowded = true};
    open_shards(1);
    struct shard *shard = world.group->shards[0];
    struct clients *clients = clients_of(shard);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = connect_to(0);
        client_yield(crowd[i]);
    }
    clients->pass_ns = shard->now_ns;
    clients->pass_bytes = SIZE_MAX / 2;
    for (int gone_on = 0; gone_on < CROWD; gone_on++) {
        shard->more_work = false;
        clients_resume(clients);
        for (int i = 0; i < CROWD; i++)
            CHECK_INT((crowd[i]->flags & CLIENT_RESUMING) != 0, i > gone_on);
        CHECK_INT(shard->more_work, gone_on < CROWD - 1);
    }
    close_shards();
}

/* Two are to go on in one pass; the first one's command makes the shard catch up, and with that the
 * other one, whose connection is gone, gets its last answer and is freed. */
TEST(one_that_goes_on_may_free_another)
{
    world = (struct world){.step = 1, .crowded = true};
    open_shards(2);
    world.op_count = 1;
    struct shard *front = world.group->shards[0], *home = world.group->shards[1];
    struct client *gone = connect_to(0), *next = connect_to(0);
    write_lines(gone, key_at_home(home), 10000);
    CHECK(gone->stops & STOP_FORWARDS);
    client_kill(gone);
    net_flush(&front->net, INT64_MAX);
    CHECK(gone->conn.flags & CONN_GONE);
    while (deliver(home))
        continue;
    client_yield(next);
    while (gone->stops & STOP_FORWARDS)
        REQUIRE(deliver(front));
    CHECK(gone->flags & CLIENT_RESUMING && gone->remote_count > 0);
    write_lines(next, key_at_home(front), 3);
    CHECK(clients_of(front)->resuming == next && next->next_resuming == gone);
    front->now_ns++; /* a new pass: turns are not short, however long all this has taken */
    clients_resume(clients_of(front));
    for (int i = 0; i < 3 && clients_of(front)->resuming; i++) { /* its turn may have been long */
        front->now_ns++;
        clients_resume(clients_of(front));
    }
    CHECK_INT(clients_of(front)->count, 1);
    CHECK(clients_of(front)->first == next);
    CHECK_INT(chain_len(&next->conn.out), strlen(":0\r\n") * 3);
    close_shards();
}

/* However long a pass is already, whoever waits has its turn: those who ask for one again and again
 * stand behind it. */
TEST(a_crowd_starves_nobody)
{
    enum { CROWD = 20, PASSES = 200 };
    static struct client *crowd[CROWD];
    world = (struct world){.step = 1, .crowded = true};
    open_shards(1);
    struct clients *clients = clients_of(world.group->shards[0]);
    struct client *quiet = connect_to(0);
    for (int i = 0; i < CROWD; i++)
        crowd[i] = connect_to(0);
    client_yield(quiet);
    for (int pass = 0; pass < PASSES && quiet->flags & CLIENT_RESUMING; pass++) {
        for (int i = 0; i < CROWD; i++)
            client_yield(crowd[i]);
        clients->pass_ns = clients->shard->now_ns; /* crowded from the beginning */
        clients->pass_bytes = SIZE_MAX;
        clients_resume(clients);
    }
    CHECK(!(quiet->flags & CLIENT_RESUMING));
    close_shards();
}

/* A connection that ends while it waits for an answer (of a move of slots, say) is still counted
 * until that has come: a server does not end before what its clients asked for has. */
TEST(one_that_waits_for_an_answer_stays)
{
    struct writer writer;
    world = (struct world){.step = 1, .crowded = true};
    open_shards(1);
    struct shard *shard = world.group->shards[0];
    struct client *client = connect_to(0);
    client_conn_events.on_input(&client->conn, BYTES("PARK\r\n"));
    client_kill(client);
    net_flush(&shard->net, INT64_MAX);
    CHECK_INT(clients_of(shard)->count, 1);
    CHECK(!client_answer(shard, parked, &writer));
    CHECK_INT(clients_of(shard)->count, 0);
    CHECK(!client_answer(shard, parked, &writer));
    client = connect_to(0); /* at its place, and yet another one */
    CHECK_INT(client->index, parked.index);
    CHECK(!client_answer(shard, parked, &writer));
    close_shards();
}

/* All of a test's memory is counted in the account of the shard that was opened last. */
static int64_t used_bytes(void)
{
    return metric_read(&world.group->shards[world.group->shard_count - 1]->memory.used_bytes);
}

enum { BEHIND = 100000, BEHIND_BYTES_MAX = 32 << 20 };

/* Commands that run here behind one that is answered elsewhere and late: their replies wait, or are
 * dropped. */
static void check_replies_behind(uint32_t flags, uint32_t other_flags)
{
    world = (struct world){.step = 1, .crowded = true};
    open_shards(2);
    world.op_count = 1;
    struct shard *front = world.group->shards[0], *home = world.group->shards[1];
    struct client *client = connect_to(0);
    write_lines(client, key_at_home(home), 1);
    int64_t before = used_bytes();
    for (int i = 0; i < BEHIND && !client->stops; i++) {
        client->flags ^= i % 2 ? other_flags : flags;
        write_lines(client, key_at_home(front), 1);
        client->flags ^= i % 2 ? other_flags : flags;
    }
    CHECK(used_bytes() - before < BEHIND_BYTES_MAX);
    while (deliver(home) || deliver(front))
        continue;
    clients_resume(clients_of(front));
    CHECK_INT(client->stops, 0);
    CHECK_INT(client->held_bytes, 0);
    close_shards();
}

TEST(replies_behind_a_late_one_take_bounded_memory)
{
    check_replies_behind(0, 0);
    check_replies_behind(CLIENT_REPLY_OFF, CLIENT_REPLY_OFF);
    check_replies_behind(CLIENT_REPLY_OFF, 0);
}

/* Arguments that are handed over count as much as those that are copied. */
TEST(large_commands_on_their_way_take_bounded_memory)
{
    enum { COUNT = 100, LEN = 1 << 20, MOST = 20 };
    struct buf large = {0};
    world = (struct world){.step = 1, .crowded = true};
    open_shards(2);
    world.op_count = 1;
    struct shard *front = world.group->shards[0], *home = world.group->shards[1];
    struct client *client = connect_to(0);
    int64_t before = used_bytes();
    buf_printf(&large, "*3\r\n$3\r\nONE\r\n$%d\r\n%0*d\r\n", LEN, LEN, 0);
    add_word(&large, keys[key_at_home(home)]);
    int sent = 0;
    for (; sent < COUNT && !client->stops; sent++)
        client_conn_events.on_input(&client->conn, buf_view(&large));
    CHECK(sent <= MOST);
    CHECK(client->stops & STOP_FORWARDS);
    while (deliver(home) || deliver(front))
        continue;
    CHECK_INT(client->stops, 0);
    CHECK_INT(client->remote_bytes, 0);
    CHECK_INT(world.ops[0].runs, sent);
    buf_fini(&large);
    CHECK(used_bytes() - before < 1 << 20);
    close_shards();
}

/* What a command of very many arguments needed does not stay with the shard. */
TEST(memory_of_a_large_command_comes_back)
{
    enum { COUNT = 500000 };
    struct buf large = {0};
    world = (struct world){.step = 1, .crowded = true};
    open_shards(1);
    world.op_count = 1;
    struct client *client = connect_to(0);
    for (int i = 0; i < 2; i++) {
        int64_t before = used_bytes();
        large.len = 0;
        buf_printf(&large, "*%d\r\n$4\r\nMANY\r\n$1\r\n0\r\n", COUNT + 2);
        for (int j = 0; j < COUNT; j++)
            buf_append(&large, BYTES("$1\r\na\r\n"));
        client_conn_events.on_input(&client->conn, buf_view(&large));
        clients_resume(clients_of(world.group->shards[0])); /* it was a long turn */
        CHECK_INT(world.ops[0].runs, i + 1);
        buf_fini(&large);
        CHECK(used_bytes() - before < 1 << 20);
    }
    close_shards();
}

/* Before a reply is there, nobody knows how much it is: commands that may answer with much are few
 * at a time, and all are answered. */
TEST(large_replies_to_come_are_bounded)
{
    enum { COUNT = 3000, READS_MAX = 1 + (16 << 20) / (16 << 10) / 4 };
    static const char *const lines[] = {"ALL 0\r\n", "READ 0 a b\r\n"};
    world = (struct world){.step = 1, .crowded = true};
    for (int i = 0; i < 2; i++) {
        struct buf pipeline = {0};
        open_shards(2);
        world.op_count = 1;
        world.ops[0].runs = 0;
        struct shard *front = world.group->shards[0], *home = world.group->shards[1];
        struct client *client = connect_to(0);
        for (int j = 0; j < COUNT; j++)
            buf_append(&pipeline, bytes_of_string(lines[i]));
        client_conn_events.on_input(&client->conn, buf_view(&pipeline));
        CHECK(client->remote_count > 0 && client->remote_count <= (i ? READS_MAX : 1));
        for (uint32_t pass = 0; pass < COUNT && world.ops[0].runs < COUNT; pass++) {
            while (deliver(home) || deliver(front))
                continue;
            clients_resume(clients_of(front));
        }
        CHECK_INT(world.ops[0].runs, COUNT);
        CHECK_INT(client->owed_bytes, 0);
        buf_fini(&pipeline);
        close_shards();
    }
}

/* A client that may go on again, but has not had its turn, gets more: that stands behind what waits
 * from before, and the end of its input drops nothing. */
TEST(input_keeps_its_order_when_a_client_is_about_to_go_on)
{
    enum { COUNT = 3000 };
    struct buf out = {0}, last = {0};
    world = (struct world){.step = 1, .crowded = true};
    open_shards(2);
    world.op_count = 2;
    struct shard *front = world.group->shards[0], *home = world.group->shards[1];
    struct client *client = connect_to(0);
    write_lines(client, key_at_home(home), COUNT);
    while (client->stops) {
        deliver(home);
        deliver(front);
    }
    CHECK(client->backlog.len > 0);
    buf_printf(&last, "ONE 1 %s\r\n", keys[key_at_home(home)]);
    client_conn_events.on_input(&client->conn, buf_view(&last));
    client->conn.flags |= CONN_ENDED;
    client_conn_events.on_end(&client->conn);
    for (int pass = 0; pass < COUNT && !world.ops[1].runs; pass++) {
        while (deliver(home) || deliver(front))
            continue;
        clients_resume(clients_of(front));
    }
    while (deliver(home) || deliver(front))
        continue;
    CHECK_INT(world.ops[0].runs, COUNT);
    CHECK_INT(world.ops[1].runs, 1);
    for (struct bytes part; (part = chain_front(&client->conn.out)).len;
         chain_consume(&client->conn.out, part.len))
        buf_append(&out, part);
    CHECK_INT(out.len, 4 * (COUNT + 1));
    CHECK(out.len > 4 && memcmp(out.ptr + out.len - 4, ":1\r\n", 4) == 0);
    buf_fini(&out);
    buf_fini(&last);
    close_shards();
}

/* Slow commands, all in one delivery: others have their turn between any two, and the client goes
 * on in the next pass. What it sends after a long turn queues if the pass is long already. */
TEST(slow_commands_in_a_pipeline_take_turns)
{
    static const char *const pipelines[] = {
        "SLOW 0\r\nSLOW 0\r\nSLOW 0\r\n",
        "*2\r\n$4\r\nSLOW\r\n$1\r\n0\r\n*2\r\n$4\r\nSLOW\r\n$1\r\n0\r\n"
        "*2\r\n$4\r\nSLOW\r\n$1\r\n0\r\n"};
    world = (struct world){.step = 1, .crowded = true};
    open_shards(1);
    world.op_count = 1;
    struct clients *clients = clients_of(world.group->shards[0]);
    struct client *client = connect_to(0);
    for (int i = 0; i < 2; i++) {
        world.ops[0].runs = 0;
        client_conn_events.on_input(&client->conn, bytes_of_string(pipelines[i]));
        uint32_t at_once = i == 0;
        CHECK_INT(world.ops[0].runs, at_once);
        for (uint32_t turns = at_once + 1; turns <= 3; turns++) {
            clients_resume(clients);
            CHECK_INT(world.ops[0].runs, turns);
        }
        clients_resume(clients);
        CHECK_INT(client->stops, 0);
    }
    close_shards();
}

/* Goes on until a move is under way, if one ever is. */
static void find_a_move(void)
{
    for (int i = 0; i < 1000; i++) {
        order_move();
        deliver(any_shard());
        if (move_is_under_way(world.group)) return;
    }
}

/* Moves without an end let a cut begin, though whenever it asks one is under way. */
TEST(moves_let_a_cut_begin)
{
    enum { PASSES = 100 };
    world = (struct world){.step = 1, .crowded = true};
    test_seed(&world.random, "moves");
    open_shards(2);
    world.op_count = 1;
    struct client *client = connect_to(1);
    find_a_move();
    client_conn_events.on_input(&client->conn, BYTES("ALL 0\r\n"));
    CHECK(client->stops & STOP_YIELD);
    for (int pass = 0; pass < PASSES && !world.ops[0].runs; pass++) {
        find_a_move();
        clients_resume(clients_of(world.group->shards[1]));
        timers_run(&world.group->shards[0]->timers, INT64_MAX);
    }
    CHECK_INT(world.ops[0].runs, 1);
    settle();
    close_shards();
}
