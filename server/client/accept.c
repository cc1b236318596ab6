#include "client/accept.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/log.h"
#include "net/listener.h"
#include "ring/ring_file.h"

enum {
    LISTENERS_MAX = SETTINGS_BIND_MAX + 1,
    ACCEPTS_A_TURN = 64,
    TURN_NS = 1000 * 1000,
    RETRY_NS = 100 * 1000 * 1000, /* after an error like too many open files */
};

struct acceptor {
    struct shard *shard;
    struct listener listeners[LISTENERS_MAX];
    int fds[LISTENERS_MAX];
    uint32_t count;
    int unix_index; /* -1: none */
    const char *unix_path;
    struct timer turn;
    bool started;
    uint32_t *in_transit; /* handed over, not yet arrived; by shard */
    uint32_t transit_count;
};

/* A connection on its way to its shard, and back as a receipt. */
struct arrival {
    struct message message;
    struct acceptor *acceptor;
    uint64_t id;
    int fd;
    uint16_t target;
    bool is_unix;
};

static bool listen_tcp(struct acceptor *acceptor, const char *host, const struct settings *settings,
                       char *reason, size_t reason_size)
{
    struct socket_address address;
    bool optional = host[0] == '-';
    host += optional;
    int fd = socket_address_parse(&address, host, (int)settings->port);
    if (!fd) fd = socket_listen(&address, (int)settings->tcp_backlog);
    if (fd >= 0) {
        socket_set_options(fd, (int)settings->tcp_keepalive);
        acceptor->fds[acceptor->count++] = fd;
        return true;
    }
    bool unavailable = fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT || fd == -EPROTONOSUPPORT;
    if (optional && unavailable) return true;
    snprintf(reason, reason_size, "Could not create server TCP listening socket %s:%d: bind: %s",
             host, (int)settings->port, strerror(-fd));
    return false;
}

static bool listen_unix(struct acceptor *acceptor, const struct settings *settings, char *reason,
                        size_t reason_size)
{
    struct socket_address address;
    file_remove_socket(settings->unixsocket); /* one that a crash has left */
    int fd = socket_address_unix(&address, settings->unixsocket);
    if (!fd) fd = socket_listen(&address, (int)settings->tcp_backlog);
    if (fd < 0) {
        snprintf(reason, reason_size, "Failed opening Unix socket: bind: %s", strerror(-fd));
        return false;
    }
    if (settings->unixsocketperm) file_set_mode(settings->unixsocket, settings->unixsocketperm);
    acceptor->unix_index = (int)acceptor->count;
    acceptor->unix_path = settings->unixsocket;
    acceptor->fds[acceptor->count++] = fd;
    return true;
}

struct acceptor *acceptor_open(const struct settings *settings, char *reason, size_t reason_size)
{
    struct acceptor *acceptor = mem_alloc_zero(sizeof *acceptor);
    bool good = true;
    acceptor->unix_index = -1;
    for (uint32_t i = 0; settings->port && good && i < settings->bind_count; i++)
        good = listen_tcp(acceptor, settings->bind[i], settings, reason, reason_size);
    if (good && settings->unixsocket && *settings->unixsocket)
        good = listen_unix(acceptor, settings, reason, reason_size);
    if (good && !acceptor->count) {
        snprintf(reason, reason_size, "Configured to not listen anywhere, exiting.");
        good = false;
    }
    if (good) return acceptor;
    acceptor_free(acceptor);
    return NULL;
}

/* Back at shard 0: the block was made there. */
static void on_receipt(struct shard *shard, struct message *message)
{
    (void)shard;
    struct arrival *arrival = (struct arrival *)(void *)message;
    arrival->acceptor->in_transit[arrival->target]--;
    arrival->acceptor->transit_count--;
    mem_free(arrival, sizeof *arrival);
}

static void on_arrival(struct shard *shard, struct message *message)
{
    struct arrival *arrival = (struct arrival *)(void *)message;
    struct client *client = client_new(clients_of(shard), arrival->fd, arrival->id);
    if (arrival->is_unix) client->flags |= CLIENT_UNIX_SOCKET;
    metric_add(&shard->counters.connections_received, 1);
    if (clients_of(shard)->stopping) client_kill(client);
    message->deliver = on_receipt;
    shard_push(shard, 0, message);
}

static uint16_t least_loaded(const struct acceptor *acceptor)
{
    const struct group *group = acceptor->shard->group;
    uint16_t best = 0;
    int64_t best_load = INT64_MAX;
    for (uint16_t i = 0; i < group->shard_count; i++) {
        int64_t load =
            metric_read(&group->shards[i]->counters.connected_clients) + acceptor->in_transit[i];
        if (load < best_load) {
            best = i;
            best_load = load;
        }
    }
    return best;
}

/* Why a connection is turned away; NULL: it is not. */
static const char *find_objection(const struct acceptor *acceptor, int fd)
{
    const struct settings *settings = acceptor->shard->settings;
    struct group *group = acceptor->shard->group;
    if (atomic_load_explicit(&group->client_count, memory_order_relaxed) >= settings->maxclients)
        return "-ERR max number of clients reached\r\n";
    bool open_to_all = !settings->requirepass || !*settings->requirepass;
    struct socket_address peer;
    if (!settings->protected_mode || !open_to_all || socket_peer_address(fd, &peer)) return NULL;
    if (socket_address_is_loopback(&peer)) return NULL;
    return "-DENIED Torc is running in protected mode because protected mode is enabled and no "
           "password is set for the default user. In this mode connections are only accepted from "
           "the loopback interface. If you want to connect from external computers, you may: 1) "
           "disable protected mode with the command 'CONFIG SET protected-mode no' sent from the "
           "loopback interface, and CONFIG REWRITE to keep it so; make sure that the server is not "
           "reachable from the internet if you do. 2) Start the server with '--protected-mode "
           "no'. 3) Set up an authentication password for the default user.\r\n";
}

static void hand_over(struct acceptor *acceptor, int fd, bool is_unix)
{
    struct group *group = acceptor->shard->group;
    struct arrival *arrival = mem_alloc(sizeof *arrival);
    *arrival = (struct arrival){
        .message = {.deliver = on_arrival},
        .acceptor = acceptor,
        .id = atomic_fetch_add_explicit(&group->next_client_id, 1, memory_order_relaxed),
        .fd = fd,
        .target = least_loaded(acceptor),
        .is_unix = is_unix,
    };
    acceptor->in_transit[arrival->target]++;
    acceptor->transit_count++;
    atomic_fetch_add_explicit(&group->client_count, 1, memory_order_relaxed);
    shard_push(acceptor->shard, arrival->target, &arrival->message);
}

static void on_accept(struct listener *listener, int fd)
{
    struct acceptor *acceptor = listener->context;
    const char *objection = find_objection(acceptor, fd);
    if (objection) {
        socket_say(fd, objection);
        socket_close(fd);
        metric_add(&acceptor->shard->counters.connections_rejected, 1);
        return;
    }
    hand_over(acceptor, fd, listener - acceptor->listeners == acceptor->unix_index);
}

static void on_listener_pause(struct listener *listener, int error)
{
    struct acceptor *acceptor = listener->context;
    struct shard *shard = acceptor->shard;
    if (error) log_warning("Accepting client connection: %s", strerror(-error));
    int64_t wait_ns = error ? RETRY_NS : TURN_NS;
    if (!acceptor->turn.place)
        timer_set(&shard->timers, &acceptor->turn, clock_monotonic_ns() + wait_ns);
}

static const struct listener_events listener_events = {on_accept, on_listener_pause};

static void on_turn(struct timer *timer)
{
    struct acceptor *acceptor = CONTAINER_OF(timer, struct acceptor, turn);
    for (uint32_t i = 0; i < acceptor->count; i++)
        if (listener_is_idle(&acceptor->listeners[i]))
            listener_resume(&acceptor->listeners[i], ACCEPTS_A_TURN);
}

void acceptor_start(struct acceptor *acceptor, struct shard *shard)
{
    acceptor->shard = shard;
    acceptor->started = true;
    acceptor->turn.fire = on_turn;
    acceptor->in_transit = mem_alloc_zero(shard->group->shard_count * sizeof *acceptor->in_transit);
    for (uint32_t i = 0; i < acceptor->count; i++) {
        listener_init(&acceptor->listeners[i], shard->ring, acceptor->fds[i], &listener_events,
                      acceptor);
        listener_resume(&acceptor->listeners[i], ACCEPTS_A_TURN);
    }
}

void acceptor_stop(struct acceptor *acceptor)
{
    timer_clear(&acceptor->shard->timers, &acceptor->turn);
    for (uint32_t i = 0; i < acceptor->count; i++)
        listener_stop(&acceptor->listeners[i]);
    if (acceptor->unix_index >= 0) file_remove(acceptor->unix_path);
}

bool acceptor_is_idle(const struct acceptor *acceptor)
{
    for (uint32_t i = 0; i < acceptor->count; i++)
        if (!listener_is_idle(&acceptor->listeners[i])) return false;
    return acceptor->transit_count == 0;
}

void acceptor_free(struct acceptor *acceptor)
{
    if (!acceptor->started && acceptor->unix_index >= 0) file_remove_socket(acceptor->unix_path);
    for (uint32_t i = 0; i < acceptor->count; i++) {
        if (acceptor->started)
            listener_fini(&acceptor->listeners[i]);
        else
            socket_close(acceptor->fds[i]);
    }
    if (acceptor->started)
        mem_free(acceptor->in_transit,
                 acceptor->shard->group->shard_count * sizeof *acceptor->in_transit);
    mem_free(acceptor, sizeof *acceptor);
}
