#include "torture/mob.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTING_MAX = 256, /* below the backlog of servers: a lost SYN would cost a second */
    EVENTS = 512,
    DRIP_MS = 1000,
    SOURCES = 200,
    DEAF_BYTES = 4096,
};

struct peer {
    struct crowd *crowd;
    int fd; /* -1: not open */
    bool connected, writable, settled, said_all;
    uint8_t body;
    size_t head_at, body_at;
    int repeats;
    int64_t drip_ms; /* when the next byte is due */
};

static void complain(struct crowd *crowd, const char *what, const char *detail, int len)
{
    if (!crowd->harmless || crowd->harmed++) return;
    snprintf(crowd->complaint, sizeof crowd->complaint, "%s: %s %.*s", crowd->name, what, len,
             detail);
}

/* A reset, so that nothing of it stays on our side. */
static void drop(struct mob *mob, struct peer *peer)
{
    struct linger at_once = {1, 0};
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(peer->fd);
    peer->fd = -1;
    if (peer->connected)
        peer->crowd->open--;
    else
        mob->connecting--;
    if (peer->settled) peer->crowd->settled--;
}

static void drop_closed(struct mob *mob, struct peer *peer)
{
    complain(peer->crowd, "was closed by the server", "", 0);
    drop(mob, peer);
}

/* Sources in turn: ports of one address would run out in a storm. */
static bool start_connect(struct mob *mob, int fd)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
    int one = 1;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + mob->source++ % SOURCES);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&from, sizeof from)) return false;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)mob->port);
    return !connect(fd, (struct sockaddr *)&to, sizeof to) || errno == EINPROGRESS;
}

static bool open_peer(struct mob *mob, struct peer *peer)
{
    struct crowd *crowd = peer->crowd;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    int small = DEAF_BYTES;
    if (crowd->deaf) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = peer}};
    if (!start_connect(mob, fd) || epoll_ctl(mob->epoll, EPOLL_CTL_ADD, fd, &event)) {
        close(fd);
        return false;
    }
    *peer = (struct peer){.crowd = crowd, .fd = fd};
    if (crowd->body_count) peer->body = (uint8_t)(crowd->lives % crowd->body_count);
    crowd->lives++;
    mob->connecting++;
    return true;
}

/* The bytes sent; 0: none for now; -1: the connection has failed. */
static ssize_t push(struct peer *peer, const char *data, size_t len)
{
    ssize_t sent = send(peer->fd, data, len, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    peer->writable = false;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* false: the connection has failed. */
static bool push_text(struct peer *peer, const struct text *text, size_t *at)
{
    while (peer->writable && *at < text->len) {
        ssize_t sent = push(peer, text->data + *at, text->len - *at);
        if (sent < 0) return false;
        *at += (size_t)sent;
    }
    return true;
}

static void settle(struct peer *peer)
{
    if (peer->settled) return;
    peer->settled = true;
    peer->crowd->settled++;
}

static bool drip(struct peer *peer, const struct text *body, int64_t now)
{
    settle(peer);
    if (!peer->drip_ms) peer->drip_ms = now + (peer->fd * 7) % DRIP_MS;
    if (now < peer->drip_ms) return true;
    ssize_t sent = push(peer, body->data + peer->body_at, 1);
    if (sent < 0) return false;
    peer->drip_ms += DRIP_MS;
    peer->body_at = (peer->body_at + (size_t)sent) % body->len;
    return true;
}

/* false: the connection has failed. */
static bool say(struct peer *peer, int64_t now)
{
    const struct crowd *crowd = peer->crowd;
    if (!push_text(peer, &crowd->head, &peer->head_at)) return false;
    if (peer->head_at < crowd->head.len) return true;
    const struct text *body = crowd->body_count ? &crowd->bodies[peer->body] : NULL;
    if (body && crowd->drips) return drip(peer, body, now);
    if (body && !push_text(peer, body, &peer->body_at)) return false;
    /* Who repeats has said enough for a start when the server takes no more. */
    if (crowd->end == END_REPEAT) settle(peer);
    if (body && peer->body_at < body->len) return true;
    settle(peer);
    peer->said_all = true;
    if (crowd->end != END_REPEAT || (crowd->repeats_max && ++peer->repeats >= crowd->repeats_max))
        return true;
    peer->body_at = 0;
    peer->said_all = false;
    return true;
}

static void hear(struct mob *mob, struct peer *peer)
{
    static char bytes[256 * 1024];
    for (;;) {
        ssize_t got = recv(peer->fd, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            drop_closed(mob, peer);
            return;
        }
        peer->crowd->replied_bytes += got;
        if (*bytes == '-') complain(peer->crowd, "was answered", bytes, got < 60 ? (int)got : 60);
    }
}

static void on_event(struct mob *mob, struct peer *peer, uint32_t events)
{
    if (peer->fd < 0) return; /* dropped by an event before this one */
    if (!peer->connected && events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        if (events & (EPOLLERR | EPOLLHUP)) {
            drop_closed(mob, peer);
            return;
        }
        peer->connected = true;
        peer->crowd->open++;
        mob->connecting--;
    }
    if (events & EPOLLOUT) peer->writable = true;
    if (peer->crowd->end == END_RESET) return;
    if (peer->crowd->deaf) {
        if (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) drop_closed(mob, peer);
        return;
    }
    if (events & ~(uint32_t)EPOLLOUT) hear(mob, peer);
}

static bool must_die(struct crowd *crowd, const struct peer *peer)
{
    if (crowd->end != END_RESET || !peer->said_all) return false;
    if (!crowd->deaths_a_second) return true;
    if (crowd->allowance < 1) return false;
    crowd->allowance -= 1;
    return true;
}

static void step_peer(struct mob *mob, struct peer *peer, int64_t now)
{
    if (peer->fd < 0 || !peer->connected) return;
    if (!peer->said_all && peer->writable && !say(peer, now)) {
        if (peer->crowd->deaf || peer->crowd->end == END_RESET)
            drop_closed(mob, peer);
        else
            hear(mob, peer); /* which finds the end, or the last words before it */
        return;
    }
    if (must_die(peer->crowd, peer)) drop(mob, peer);
}

static void step_crowd(struct mob *mob, struct crowd *crowd, int64_t now)
{
    crowd->allowance += crowd->deaths_a_second * (double)(now - mob->last_ms) / 1000;
    for (int i = 0; i < crowd->count; i++)
        step_peer(mob, &crowd->peers[i], now);
    for (int i = 0; i < crowd->count && mob->connecting < CONNECTING_MAX; i++) {
        struct peer *peer = &crowd->peers[crowd->next++ % crowd->count];
        if (peer->fd < 0 && !open_peer(mob, peer)) return;
    }
}

void mob_step(struct mob *mob)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(mob->epoll, events, EVENTS, 1);
    for (int i = 0; i < count; i++)
        on_event(mob, events[i].data.ptr, events[i].events);
    int64_t now = now_ms();
    for (int i = 0; i < mob->crowd_count; i++) /* each is the first in its turn */
        step_crowd(mob, &mob->crowds[(mob->turn + i) % mob->crowd_count], now);
    mob->turn++;
    mob->last_ms = now;
}

bool mob_start(struct mob *mob, struct crowd *crowds, int count, int port)
{
    *mob = (struct mob){.crowds = crowds, .crowd_count = count, .port = port, .last_ms = now_ms()};
    mob->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < count; i++) {
        struct crowd *crowd = &crowds[i];
        crowd->peers = calloc((size_t)crowd->count + 1, sizeof *crowd->peers);
        for (int j = 0; j < crowd->count; j++)
            crowd->peers[j] = (struct peer){.crowd = crowd, .fd = -1};
    }
    return mob->epoll >= 0;
}

bool mob_is_gathered(const struct mob *mob)
{
    for (int i = 0; i < mob->crowd_count; i++) {
        const struct crowd *crowd = &mob->crowds[i];
        bool stays = crowd->end == END_HOLD || crowd->end == END_REPEAT;
        if (stays && crowd->settled < crowd->count) return false;
    }
    return true;
}

void mob_scatter(struct mob *mob)
{
    for (int i = 0; i < mob->crowd_count; i++)
        for (int j = 0; j < mob->crowds[i].count; j++)
            if (mob->crowds[i].peers[j].fd >= 0) drop(mob, &mob->crowds[i].peers[j]);
    close(mob->epoll);
}

void crowd_fini(struct crowd *crowd)
{
    free(crowd->peers);
    text_fini(&crowd->head);
    for (int i = 0; i < CROWD_BODIES; i++)
        text_fini(&crowd->bodies[i]);
}
