/* The part of ring/ring_socket.h that is about addresses alone. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "ring/ring_socket.h"

/* A name, "localhost": its first IPv4 address. May wait for a name server. */
static int look_up_ipv4(const char *name, struct in_addr *address)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(name, NULL, &hints, &found)) return -EADDRNOTAVAIL;
    *address = ((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr;
    freeaddrinfo(found);
    return 0;
}

static int set_ipv4(struct socket_address *address, const char *text, int port)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&address->storage;
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)port);
    address->len = sizeof *in;
    if (!strcmp(text, "*") || inet_pton(AF_INET, text, &in->sin_addr) == 1) return 0;
    return look_up_ipv4(text, &in->sin_addr);
}

static int set_ipv6(struct socket_address *address, const char *text, int port)
{
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->storage;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons((uint16_t)port);
    address->len = sizeof *in6;
    if (!strcmp(text, "::*")) return 0;
    return inet_pton(AF_INET6, text, &in6->sin6_addr) == 1 ? 0 : -EINVAL;
}

int socket_address_parse(struct socket_address *address, const char *text, int port)
{
    memset(address, 0, sizeof *address);
    return strchr(text, ':') ? set_ipv6(address, text, port) : set_ipv4(address, text, port);
}

int socket_address_unix(struct socket_address *address, const char *path)
{
    memset(address, 0, sizeof *address);
    struct sockaddr_un *un = (struct sockaddr_un *)&address->storage;
    if (strlen(path) >= sizeof un->sun_path) return -ENAMETOOLONG;
    un->sun_family = AF_UNIX;
    strcpy(un->sun_path, path);
    address->len = sizeof *un;
    return 0;
}

void socket_address_print(const struct socket_address *address, char *out, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    const void *storage = &address->storage;
    const struct sockaddr_in *in = storage;
    const struct sockaddr_in6 *in6 = storage;
    const struct sockaddr_un *un = storage;
    switch (address->storage.ss_family) {
    case AF_INET:
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(out, size, "%s:%d", host, ntohs(in->sin_port));
        return;
    case AF_INET6:
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        snprintf(out, size, "[%s]:%d", host, ntohs(in6->sin6_port));
        return;
    case AF_UNIX: snprintf(out, size, "%s:0", un->sun_path); return;
    default: snprintf(out, size, "?:0");
    }
}

bool socket_address_is_loopback(const struct socket_address *address)
{
    const void *storage = &address->storage;
    const struct sockaddr_in *in = storage;
    const struct sockaddr_in6 *in6 = storage;
    if (address->storage.ss_family == AF_INET) return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    if (address->storage.ss_family != AF_INET6) return address->storage.ss_family == AF_UNIX;
    if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) return in6->sin6_addr.s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}
