#include "client/accept.h"

#include <errno.h>
#include <stdio.h>

#include "base/check.h"
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

/* A socket that listens. */
struct door {
    struct listener listener;
    struct acceptor *acceptor;
    struct door *next;
    struct socket_address address;
    int fd;
    bool is_unix;
    bool is_new;    /* not started yet */
    bool is_wanted; /* by the settings that are being read */
};

struct acceptor {
    struct shard *shard; /* NULL: not started */
    struct door *doors;
    struct door *closing;  /* stopped, but the kernel still holds their accept */
    const char *unix_path; /* NULL: none */
    struct timer turn;
    bool stopped;
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

/* 0 or -errno. */
static int open_door(struct acceptor *acceptor, const struct socket_address *address,
                     const struct settings *settings)
{
    int fd = socket_listen(address, (int)settings->tcp_backlog);
    if (fd < 0) return fd;
    struct door *door = mem_alloc_zero(sizeof *door);
    door->acceptor = acceptor;
    door->address = *address;
    door->fd = fd;
    door->is_unix = address->storage.ss_family == AF_UNIX;
    door->is_new = door->is_wanted = true;
    door->next = acceptor->doors;
    acceptor->doors = door;
    return 0;
}

static void unlink_door(struct door **list, const struct door *door)
{
    while (*list != door)
        list = &(*list)->next;
    *list = door->next;
}

static void free_door(struct door *door)
{
    if (door->is_new)
        socket_close(door->fd);
    else
        listener_fini(&door->listener);
    mem_free(door, sizeof *door);
}

/* It refuses from here on; freed now or by on_stop(). */
static void close_door(struct door *door)
{
    struct acceptor *acceptor = door->acceptor;
    unlink_door(&acceptor->doors, door);
    if (!door->is_new) listener_stop(&door->listener);
    if (door->is_new || listener_is_idle(&door->listener)) {
        free_door(door);
        return;
    }
    door->next = acceptor->closing;
    acceptor->closing = door;
}

/* One that nobody has asked for yet, so that an address named twice is an error. */
static struct door *find_door(struct acceptor *acceptor, const struct socket_address *address)
{
    for (struct door *door = acceptor->doors; door; door = door->next)
        if (!door->is_wanted && door->address.len == address->len &&
            !memcmp(&door->address.storage, &address->storage, address->len))
            return door;
    return NULL;
}

/* There is a door with this address, or -errno. */
static int want_tcp(struct acceptor *acceptor, const char *host, const struct settings *settings)
{
    struct socket_address address;
    int error = socket_address_parse(&address, host, (int)settings->port);
    if (error) return error;
    struct door *door = find_door(acceptor, &address);
    if (!door) return open_door(acceptor, &address, settings);
    door->is_wanted = true;
    return 0;
}

static bool is_unavailable(int error)
{
    return error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT || error == -EPROTONOSUPPORT;
}

/* There are doors with all addresses of TCP, or -errno of the first that cannot be had. */
static int want_all_tcp(struct acceptor *acceptor, const struct settings *settings, char *reason,
                        size_t reason_size)
{
    int first_error = 0;
    for (struct door *door = acceptor->doors; door; door = door->next)
        door->is_wanted = door->is_unix;
    for (uint32_t i = 0; settings->port && i < settings->bind_count; i++) {
        const char *host = settings->bind[i];
        bool optional = host[0] == '-';
        int error = want_tcp(acceptor, host + optional, settings);
        if (!error || first_error || (optional && is_unavailable(error))) continue;
        first_error = error;
        snprintf(reason, reason_size,
                 "Could not create server TCP listening socket %s:%d: bind: %s", host + optional,
                 (int)settings->port, strerror(-error));
    }
    return first_error;
}

static bool open_unix(struct acceptor *acceptor, const struct settings *settings, char *reason,
                      size_t reason_size)
{
    struct socket_address address;
    file_remove_socket(settings->unixsocket); /* one that a crash has left */
    int error = socket_address_unix(&address, settings->unixsocket);
    if (!error) error = open_door(acceptor, &address, settings);
    if (error) {
        snprintf(reason, reason_size, "Failed opening Unix socket: bind: %s", strerror(-error));
        return false;
    }
    if (settings->unixsocketperm) file_set_mode(settings->unixsocket, settings->unixsocketperm);
    acceptor->unix_path = settings->unixsocket;
    return true;
}

struct acceptor *acceptor_open(const struct settings *settings, char *reason, size_t reason_size)
{
    struct acceptor *acceptor = mem_alloc_zero(sizeof *acceptor);
    bool good = !want_all_tcp(acceptor, settings, reason, reason_size);
    if (good && settings->unixsocket && *settings->unixsocket)
        good = open_unix(acceptor, settings, reason, reason_size);
    if (good && !acceptor->doors) {
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
    const struct door *door = listener->context;
    struct acceptor *acceptor = door->acceptor;
    const char *objection = find_objection(acceptor, fd);
    if (objection) {
        socket_say(fd, objection);
        socket_close(fd);
        metric_add(&acceptor->shard->counters.connections_rejected, 1);
        return;
    }
    /* Not inherited from the door: the setting may have changed since. */
    if (!door->is_unix) socket_set_options(fd, (int)acceptor->shard->settings->tcp_keepalive);
    hand_over(acceptor, fd, door->is_unix);
}

static void on_listener_pause(struct listener *listener, int error)
{
    const struct door *door = listener->context;
    struct acceptor *acceptor = door->acceptor;
    struct shard *shard = acceptor->shard;
    if (error) log_warning("Accepting client connection: %s", strerror(-error));
    int64_t wait_ns = error ? RETRY_NS : TURN_NS;
    if (!acceptor->turn.place)
        timer_set(&shard->timers, &acceptor->turn, clock_monotonic_ns() + wait_ns);
}

static void on_stop(struct listener *listener)
{
    struct door *door = listener->context;
    unlink_door(&door->acceptor->closing, door);
    free_door(door);
}

static const struct listener_events listener_events = {on_accept, on_listener_pause, on_stop};

static void on_turn(struct timer *timer)
{
    struct acceptor *acceptor = CONTAINER_OF(timer, struct acceptor, turn);
    for (struct door *door = acceptor->doors; door; door = door->next)
        if (listener_is_idle(&door->listener)) listener_resume(&door->listener, ACCEPTS_A_TURN);
}

static void start_new_doors(struct acceptor *acceptor)
{
    for (struct door *door = acceptor->doors; door; door = door->next) {
        if (!door->is_new) continue;
        door->is_new = false;
        listener_init(&door->listener, acceptor->shard->ring, door->fd, &listener_events, door);
        listener_resume(&door->listener, ACCEPTS_A_TURN);
    }
}

void acceptor_start(struct acceptor *acceptor, struct shard *shard)
{
    acceptor->shard = shard;
    acceptor->turn.fire = on_turn;
    acceptor->in_transit = mem_alloc_zero(shard->group->shard_count * sizeof *acceptor->in_transit);
    start_new_doors(acceptor);
}

/* Closes the new doors, or the old ones that are not wanted any more. Where those were comes to
 * `closed`, unless that is NULL. */
static uint32_t close_doors(struct acceptor *acceptor, bool new, struct socket_address *closed)
{
    uint32_t count = 0;
    for (struct door *door = acceptor->doors, *next; door; door = next) {
        next = door->next;
        if (new != door->is_new || (!new && door->is_wanted)) continue;
        if (closed) closed[count++] = door->address;
        close_door(door);
    }
    return count;
}

/* An address that contains one of ours, or is contained in it, can be had only once ours is
 * closed. With another port that is not so. */
static int want_instead(struct acceptor *acceptor, const struct settings *settings, char *reason,
                        size_t reason_size)
{
    struct socket_address closed[LISTENERS_MAX];
    uint32_t count = close_doors(acceptor, false, closed);
    int error = want_all_tcp(acceptor, settings, reason, reason_size);
    if (!error) return 0;
    close_doors(acceptor, true, NULL);
    for (uint32_t i = 0; i < count; i++)
        if (open_door(acceptor, &closed[i], settings))
            log_warning("An address that was given up could not be had back");
    start_new_doors(acceptor);
    return error;
}

bool acceptor_rebind(struct acceptor *acceptor, const struct settings *settings, char *reason,
                     size_t reason_size)
{
    if (acceptor->stopped) return false;
    int error = want_all_tcp(acceptor, settings, reason, reason_size);
    if (error == -EADDRINUSE && settings->port == acceptor->shard->settings->port)
        error = want_instead(acceptor, settings, reason, reason_size);
    close_doors(acceptor, error != 0, NULL);
    start_new_doors(acceptor);
    return !error;
}

void acceptor_stop(struct acceptor *acceptor)
{
    acceptor->stopped = true;
    timer_clear(&acceptor->shard->timers, &acceptor->turn);
    while (acceptor->doors)
        close_door(acceptor->doors);
    if (acceptor->unix_path) file_remove(acceptor->unix_path);
}

bool acceptor_is_idle(const struct acceptor *acceptor)
{
    return !acceptor->closing && !acceptor->transit_count;
}

void acceptor_free(struct acceptor *acceptor)
{
    struct door *next;
    ASSERT(!acceptor->closing);
    for (struct door *door = acceptor->doors; door; door = next) {
        next = door->next;
        free_door(door);
    }
    if (!acceptor->shard && acceptor->unix_path) file_remove_socket(acceptor->unix_path);
    if (acceptor->shard)
        mem_free(acceptor->in_transit,
                 acceptor->shard->group->shard_count * sizeof *acceptor->in_transit);
    mem_free(acceptor, sizeof *acceptor);
}
