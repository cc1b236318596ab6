#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/log.h"
#include "admin/admin.h"
#include "admin/supervisor.h"
#include "client/accept.h"
#include "client/limits.h"
#include "client/monitor.h"
#include "client/tracking.h"
#include "client/shutdown.h"
#include "command/registry.h"
#include "commands.h"
#include "ring/ring_file.h"
#include "pubsub/notify.h"
#include "pubsub/subscribers.h"
#include "ring/ring_process.h"
#include "shard/group.h"
#include "version.h"

struct server {
    const struct settings *settings;
    struct registry *registry;
    struct group *group;
    struct acceptor *acceptor;
    struct shutdown shutdown;
    struct ring_op signals;
    int signal_fd;
    int cpus[SETTINGS_SHARDS_MAX];
    bool has_cpus;
};

static struct server *server_of(const struct shard *shard)
{
    return shard->group->server;
}

static struct server *server_of_signals(struct ring_op *op)
{
    return CONTAINER_OF(op, struct server, signals);
}

static void begin_shutdown(struct server *server)
{
    if (server->shutdown.stage != SHUTDOWN_NOT) return;
    supervisor_say_stopping(server->settings);
    shutdown_begin(&server->shutdown);
}

/* The first one asks, a second one insists. */
static void on_signal(struct ring_op *op, const struct ring_event *event)
{
    struct server *server = server_of_signals(op);
    struct shard *shard = server->group->shards[0];
    if (event->result == -ECANCELED) return;
    for (int number; (number = file_next_signal(server->signal_fd));) {
        log_warning("Received %s scheduling shutdown...", number == SIGINT ? "SIGINT" : "SIGTERM");
        if (server->shutdown.stage != SHUTDOWN_NOT) {
            log_warning("Received a second signal: exiting at once.");
            process_exit(1);
        }
        begin_shutdown(server);
    }
    ring_poll(shard->ring, op, server->signal_fd);
}

static void announce(struct server *server)
{
    log_notice("Server initialized: %u shards", server->group->shard_count);
    log_notice("Ready to accept connections");
    supervisor_say_ready(server->settings);
}

static void on_change(void *context, const struct change *change)
{
    notify_of_change(context, change);
    tracking_on_change(context, change);
}

static void on_stale(void *context, const struct stale *stale)
{
    tracking_on_stale(context, stale);
}

static void on_start(struct shard *shard)
{
    struct server *server = server_of(shard);
    net_init(&shard->net, shard->ring, &client_conn_events);
    shard->clients = clients_new(shard);
    shard->subscribers = subscribers_new(shard);
    shard->change_sink = (struct change_sink){on_change, on_stale, shard};
    if (shard->id) return;
    shutdown_init(&server->shutdown, shard, server->acceptor);
    ring_op_init(shard->ring, &server->signals, on_signal);
    ring_poll(shard->ring, &server->signals, server->signal_fd);
    acceptor_start(server->acceptor, shard);
    announce(server);
}

static void on_pass(struct shard *shard)
{
    clients_resume(clients_of(shard));
}

static void on_cron(struct shard *shard)
{
    admin_cron(shard);
    limits_cron(clients_of(shard));
}

static void on_stop(struct shard *shard)
{
    struct server *server = server_of(shard);
    if (!shard->id) {
        ring_cancel(shard->ring, &server->signals);
        for (int i = 0; i < 100 && server->signals.in_flight; i++) {
            ring_enter(shard->ring, 0);
            ring_dispatch(shard->ring);
        }
        acceptor_free(server->acceptor);
    }
    clients_free(clients_of(shard));
    subscribers_free(shard->subscribers);
    net_fini(&shard->net);
}

static void shut_down(struct shard *shard)
{
    begin_shutdown(server_of(shard));
}

static const struct shard_hooks hooks = {
    .on_start = on_start,
    .on_pass = on_pass,
    .on_cron = on_cron,
    .on_stop = on_stop,
    .monitor_before = monitor_before,
    .monitor_after = monitor_after,
    .shut_down = shut_down,
};

static int refuse(const char *reason)
{
    log_warning("%s", reason);
    fprintf(stderr, "torc: %s\n", reason);
    return EXIT_FAILURE;
}

/* A number from "cq=16,buffers=4" in the environment; for
 * tests of what is rare with usual sizes. */
static uint32_t ring_number(const char *name, uint32_t usual)
{
    const char *text = getenv("TORC_RING");
    const char *at = text ? strstr(text, name) : NULL;
    return at ? (uint32_t)atoi(at + strlen(name)) : usual;
}

static struct ring_options ring_options(void)
{
    return (struct ring_options){
        .sq_entries = ring_number("sq=", 512),
        .cq_entries = ring_number("cq=", 4096),
        .buffer_count = ring_number("buffers=", 16),
        .buffer_bytes = ring_number("bytes=", 64 * 1024),
        .plain_buffers = ring_number("plain-buffers=", 0),
        .plain_sends = ring_number("plain-sends=", 0),
    };
}

static void read_cpus(struct server *server)
{
    const char *text = server->settings->shard_cpus;
    int shards = (int)server->settings->shards;
    int count = text ? group_parse_cpus(text, server->cpus, shards) : 0;
    if (count <= 0) return;
    for (int i = count; i < shards; i++)
        server->cpus[i] = server->cpus[i % count];
    server->has_cpus = true;
}

static int run_group(struct server *server)
{
    char reason[512];
    struct group_options options = {
        .settings = server->settings,
        .registry = server->registry,
        .hooks = &hooks,
        .ring = ring_options(),
        .cpus = server->has_cpus ? server->cpus : NULL,
        .server = server,
    };
    server->group = group_new(&options);
    server->group->directory = directory_new(server->group->shard_count);
    server->group->admin = admin_new();
    server->group->admin->acceptor = server->acceptor;
    int error = group_run(server->group, reason, sizeof reason);
    if (error) acceptor_free(server->acceptor); /* it was never started */
    admin_free(server->group->admin);
    directory_free(server->group->directory);
    group_free(server->group);
    return error ? refuse(reason) : EXIT_SUCCESS;
}

int server_run(const struct settings *settings)
{
    static const int signals[] = {SIGTERM, SIGINT};
    struct server *server = mem_alloc_zero(sizeof *server);
    char reason[512];
    int status = EXIT_FAILURE;
    server->settings = settings;
    server->registry = registry_new(command_tables);
    read_cpus(server);
    log_notice("Torc " TORC_VERSION " starting, pid %d, %lld shards", clock_process_id(),
               (long long)settings->shards);
    supervisor_warn(settings);
    server->signal_fd = file_open_signals(signals, 2);
    server->acceptor = acceptor_open(settings, reason, sizeof reason);
    if (!server->acceptor) {
        status = refuse(reason);
        goto free_server;
    }
    status = run_group(server);
    if (!status) log_warning("Torc is now ready to exit, bye bye...");

free_server:
    file_close_signals(server->signal_fd);
    registry_free(server->registry);
    mem_free(server, sizeof *server);
    return status;
}
