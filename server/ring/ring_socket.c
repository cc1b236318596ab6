#include "ring/ring_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

static int fail(int fd)
{
    int error = -errno;
    close(fd);
    return error;
}

int socket_listen(const struct socket_address *address, int backlog)
{
    int one = 1, family = address->storage.ss_family;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (family != AF_UNIX) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&address->storage, address->len)) return fail(fd);
    if (listen(fd, backlog)) return fail(fd);
    return fd;
}

int socket_connect_start(const struct socket_address *address)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

int socket_local_address(int fd, struct socket_address *address)
{
    memset(address, 0, sizeof *address);
    address->len = sizeof address->storage;
    return getsockname(fd, (struct sockaddr *)&address->storage, &address->len) ? -errno : 0;
}

int socket_peer_address(int fd, struct socket_address *address)
{
    memset(address, 0, sizeof *address);
    address->len = sizeof address->storage;
    return getpeername(fd, (struct sockaddr *)&address->storage, &address->len) ? -errno : 0;
}

int socket_set_options(int fd, int keepalive_seconds)
{
    int one = 1, probes = 3, interval = keepalive_seconds / 3;
    if (interval == 0) interval = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one)) return -errno;
    if (!keepalive_seconds) return 0;
    if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one)) return -errno;
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive_seconds, sizeof keepalive_seconds);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    return 0;
}

void socket_say(int fd, const char *text)
{
    ssize_t ignored = send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)ignored;
}

int socket_look_ahead(int fd)
{
    char byte;
    ssize_t len = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return len < 0 ? -errno : (int)len;
}

int socket_receive(int fd, void *bytes, size_t size)
{
    ssize_t len = recv(fd, bytes, size, MSG_DONTWAIT);
    return len < 0 ? -errno : (int)len;
}

void socket_shutdown(int fd)
{
    shutdown(fd, SHUT_RDWR);
}

void socket_close(int fd)
{
    close(fd);
}
