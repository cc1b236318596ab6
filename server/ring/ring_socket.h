/* ring/ring_socket.h -- Sockets: what is done to them beside sending and receiving. Short system
 * calls that never wait. All return a descriptor or 0, or -errno. */
#ifndef TORC_RING_RING_SOCKET_H
#define TORC_RING_RING_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct socket_address {
    struct sockaddr_storage storage;
    socklen_t len;
};

/* A numeric IPv4 or IPv6 address, or a name that has one of IPv4; "*" and "::*" are every address
 * of IPv4 and IPv6. A name may take its time. */
int socket_address_parse(struct socket_address *address, const char *text, int port);
int socket_address_unix(struct socket_address *address, const char *path);
/* "127.0.0.1:6379", "[::1]:6379", "/path:0" as CLIENT LIST shows them. */
void socket_address_print(const struct socket_address *address, char *out, size_t size);
bool socket_address_is_loopback(const struct socket_address *address);

int socket_listen(const struct socket_address *address, int backlog);
int socket_connect_start(const struct socket_address *address); /* made, not yet connected */
int socket_local_address(int fd, struct socket_address *address);
int socket_peer_address(int fd, struct socket_address *address);
/* No delay, and keep-alive probes after `seconds`; 0: none. Inherited from a listening socket. */
int socket_set_options(int fd, int keepalive_seconds);
/* A last word to a connection that is turned away; what does not fit is lost. */
void socket_say(int fd, const char *text);
/* What is there to be received: something (1), nothing now (-EAGAIN), an end (0) or an error? */
int socket_look_ahead(int fd);
/* Takes what is there, without the ring: its length, 0 at the end, or -errno. */
int socket_receive(int fd, void *bytes, size_t size);
/* Both directions; ends what is armed on it. */
void socket_shutdown(int fd);
void socket_close(int fd); /* of one that no operation uses */

#endif
