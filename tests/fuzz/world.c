#include "fuzz/world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/admin.h"
#include "admin/config_rows.h"
#include "base/clock.h"
#include "base/log.h"
#include "client/blocking.h"
#include "client/limits.h"
#include "client/monitor.h"
#include "client/tracking.h"
#include "commands.h"
#include "fuzz/fuzz.h"
#include "fuzz/fuzz_clock.h"
#include "fuzz/reply_check.h"
#include "shard/expiry.h"
#include "pubsub/notify.h"
#include "pubsub/subscribers.h"
#include "shard/group.h"
#include "shard/long_call.h"
#include "store/keyspace.h"

enum {
    PASSES_MAX = 1000,
    /* What pools and scratch may keep: output chunks (4 MiB), the stock of requests, arrays. */
    KEPT_BYTES = 6 << 20,
    ALL_AT_ONCE = 1 << 30,
};

void __wrap_process_sleep(int64_t us);

/* DEBUG SLEEP takes no time. */
void __wrap_process_sleep(int64_t us)
{
    fuzz_clock_advance_us(us < 1000000 ? us : 1000000);
}

static void on_cron(struct shard *shard)
{
    admin_cron(shard);
    limits_cron(clients_of(shard));
}

static void stay(struct shard *shard)
{
    (void)shard; /* SHUTDOWN is asked for, and ignored */
}

static const struct shard_hooks hooks = {.on_cron = on_cron,
                                         .shut_down = stay,
                                         .monitor_before = monitor_before,
                                         .monitor_after = monitor_after};

static void on_change(void *context, const struct change *change)
{
    notify_of_change(context, change);
    tracking_on_change(context, change);
}

static void on_stale(void *context, const struct stale *stale)
{
    tracking_on_stale(context, stale);
}

static struct settings *make_settings(void)
{
    struct settings *settings = settings_new();
    settings->shards = 1;
    settings->databases = 2;
    settings->enable_debug_command = PERMISSION_YES;
    settings->proto_max_bulk_len = 1 << 20;
    return settings;
}

/* Where a key lands must not differ from run to run. */
static void fix_seeds(struct world *world)
{
    memset(&world->group->store->hash_key, 42, sizeof world->group->store->hash_key);
}

static struct world *world_new(void)
{
    char reason[512] = "";
    struct world *world = mem_alloc_zero(sizeof *world);
    world->settings = make_settings();
    world->registry = registry_new(command_tables);
    struct group_options options = {
        .settings = world->settings,
        .registry = world->registry,
        .hooks = &hooks,
        .ring = {.sq_entries = 64, .cq_entries = 128, .buffer_count = 4, .buffer_bytes = 4096},
    };
    world->group = group_new(&options);
    world->shard = world->group->shards[0];
    fix_seeds(world);
    if (shard_open(world->shard, reason, sizeof reason)) FUZZ_FAIL("no ring: %s", reason);
    world->group->admin = admin_new();
    net_init(&world->shard->net, world->shard->ring, &client_conn_events);
    world->shard->clients = clients_new(world->shard);
    world->shard->subscribers = subscribers_new(world->shard);
    world->shard->change_sink = (struct change_sink){on_change, on_stale, world->shard};
    world->group->directory = directory_new(1);
    world->idle_bytes = metric_read(&world->shard->memory.used_bytes);
    return world;
}

struct world *world_get(void)
{
    static struct world *world;
    if (!world) world = world_new();
    return world;
}

static void read_clocks(struct shard *shard)
{
    shard->now_ns = clock_monotonic_ns();
    shard->now_ms = clock_realtime_ms();
}

static void open_peer(struct world *world, uint32_t index)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    FUZZ_CHECK(fd >= 0);
    struct peer *peer = &world->peers[index];
    peer->client = client_new(clients_of(world->shard), fd, index + 1);
}

void world_begin(struct world *world)
{
    fuzz_clock_reset();
    read_clocks(world->shard);
    random_init(&world->shard->random, 1);
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++)
        open_peer(world, i);
}

static bool deliver(struct shard *shard)
{
    if (inbox_is_empty(&shard->inbox)) return false;
    struct message *message = inbox_pop(&shard->inbox);
    FUZZ_CHECK(message);
    message->deliver(shard, message);
    return true;
}

static void read_output(struct peer *peer)
{
    struct chain *out = &peer->client->conn.out;
    for (struct bytes front; (front = chain_front(out)).len; chain_consume(out, front.len))
        buf_append(&peer->output, front);
}

/* Each whole reply is counted, and has an equal number of commands before it. */
static void check_output(struct peer *peer)
{
    uint8_t protocol = peer->may_be_newer ? 3 : 2;
    size_t at = 0;
    read_output(peer);
    while (at < peer->output.len) {
        struct bytes left = bytes_make(peer->output.ptr + at, peer->output.len - at);
        size_t len = reply_check(left, protocol);
        if (!len && peer->may_be_newer) len = reply_check(left, 2);
        if (!len)
            FUZZ_FAIL("no reply: '%.*s'", (int)(left.len < 200 ? left.len : 200),
                      (const char *)left.ptr);
        at += len;
        peer->answered++;
    }
    peer->output.len = 0;
    FUZZ_CHECK(peer->is_inexact || peer->answered <= peer->sent);
}

void world_pass(struct world *world)
{
    struct shard *shard = world->shard;
    read_clocks(shard);
    while (deliver(shard))
        continue;
    timers_run(&shard->timers, shard->now_ns);
    expiry_slice(shard);
    if (shard->garbage.keys) garbage_slice(&shard->garbage, 64);
    long_call_slice(shard);
    clients_resume(clients_of(shard));
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++)
        if (world->peers[i].client) check_output(&world->peers[i]);
}

/* With FUZZ_SHOW in the environment, what is sent is printed: to see what an input means. */
static void show(const struct peer *peer)
{
    static int wanted = -1;
    if (wanted < 0) wanted = getenv("FUZZ_SHOW") != NULL;
    if (!wanted) return;
    fprintf(stderr, "client %u:\n", (unsigned)peer->client->id);
    fwrite(peer->input.ptr, 1, peer->input.len, stderr);
}

void world_send(struct world *world, struct peer *peer, size_t cut)
{
    struct conn *conn = &peer->client->conn;
    struct bytes input = buf_view(&peer->input);
    if (!input.len) return;
    cut %= input.len;
    show(peer);
    read_clocks(world->shard);
    if (cut) client_conn_events.on_input(conn, bytes_make(input.ptr, cut));
    client_conn_events.on_input(conn, bytes_make(input.ptr + cut, input.len - cut));
    peer->input.len = 0;
    check_output(peer);
}

static bool is_quiet(const struct world *world)
{
    if (!inbox_is_empty(&world->shard->inbox) || clients_of(world->shard)->resuming) return false;
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++) {
        const struct client *client = world->peers[i].client;
        if (client->stops && !(client->flags & CLIENT_LEAVING)) return false;
    }
    return true;
}

/* Most slots are, and there are many: this is what a sequence mostly costs. */
static bool is_unused(const struct slot *slot)
{
    uint64_t words[sizeof *slot / 8], any = 0;
    memcpy(words, slot, sizeof words);
    for (uint32_t i = 0; i < sizeof *slot / 8; i++)
        any |= words[i];
    return !any;
}

static void check_store(struct world *world)
{
    struct store *store = world->group->store;
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        if (!is_unused(&store->slots[slot])) keyspace_check(store, (uint16_t)slot);
}

/* Who waits for keys does so for ever, unless its time is over. */
static void unblock(struct world *world)
{
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++)
        blocking_stop(world->peers[i].client, BLOCKING_TIMEOUT);
}

void world_settle(struct world *world)
{
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++)
        world_send(world, &world->peers[i], 0);
    limits_unpause(clients_of(world->shard));
    for (uint32_t i = 0; i < PASSES_MAX && !is_quiet(world); i++) {
        world_pass(world);
        unblock(world);
        limits_unpause(clients_of(world->shard));
    }
    FUZZ_CHECK(is_quiet(world)); /* else something waits for ever */
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++) {
        const struct peer *peer = &world->peers[i];
        if (peer->is_inexact || peer->client->flags & CLIENT_LEAVING) continue;
        if (peer->answered != peer->sent)
            FUZZ_FAIL("%u commands, %u replies", peer->sent, peer->answered);
    }
    check_store(world);
}

static void close_peers(struct world *world)
{
    struct shard *shard = world->shard;
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++)
        if (world->peers[i].client) client_kill(world->peers[i].client);
    for (uint32_t i = 0; i < PASSES_MAX && clients_of(shard)->count; i++) {
        while (deliver(shard))
            continue;
        long_call_slice(shard);
        net_flush(&shard->net, INT64_MAX);
        ring_enter(shard->ring, 0);
        ring_dispatch(shard->ring);
    }
    FUZZ_CHECK(!clients_of(shard)->count);
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++) {
        buf_fini(&world->peers[i].input);
        buf_fini(&world->peers[i].output);
        world->peers[i] = (struct peer){0};
    }
}

/* By somebody whom nothing that came before has touched. */
static void flush_all(struct world *world, bool lazily)
{
    open_peer(world, 0);
    struct peer *peer = &world->peers[0];
    buf_append_string(&peer->input, "CONFIG RESETSTAT\r\nDEBUG SET-ACTIVE-EXPIRE 1\r\n");
    buf_append_string(&peer->input, lazily ? "FLUSHALL ASYNC\r\n" : "FLUSHALL\r\n");
    peer->sent = 3;
    world_send(world, peer, 0);
    for (uint32_t i = 0; i < PASSES_MAX && peer->answered < peer->sent; i++)
        world_pass(world);
    FUZZ_CHECK(peer->answered == peer->sent);
    while (garbage_slice(&world->shard->garbage, ALL_AT_ONCE))
        continue;
}

/* What CONFIG SET has changed holds no longer. */
static void restore_settings(struct world *world)
{
    struct admin *admin = world->group->admin;
    if (!admin->changed) return;
    shard_apply(world->shard, world->settings);
    settings_free(admin->changed);
    admin->changed = NULL;
    log_set_level(LOG_NOTICE);
}

static void check_empty(struct world *world)
{
    struct store *store = world->group->store;
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
        if (!is_unused(&store->slots[slot]) && slot_block_size(&store->slots[slot]))
            FUZZ_FAIL("slot %u keeps memory", slot);
    FUZZ_CHECK(!world->shard->garbage.keys);
    int64_t used_bytes = metric_read(&world->shard->memory.used_bytes);
    if (used_bytes - world->idle_bytes > KEPT_BYTES)
        FUZZ_FAIL("%lld bytes of memory more than at first",
                  (long long)(used_bytes - world->idle_bytes));
}

void world_end(struct world *world, bool lazily)
{
    close_peers(world);
    restore_settings(world);
    flush_all(world, lazily);
    close_peers(world);
    check_empty(world);
}
