#include "dial.h"

#include "fatal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static int open_socket(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) return fd;
    struct rlimit files;
    if (errno == EMFILE && !getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
        fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    }
    if (fd < 0) fatal("socket: %s", strerror(errno));
    return fd;
}

int dial_tcp(const char *host, uint16_t port)
{
    int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) fatal("'%s' is no IPv4 address", host);
    int fd = open_socket(AF_INET);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        fatal("%s:%u: %s", host, port, strerror(errno));
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

int dial_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path)) fatal("'%s' is too long for a socket", path);
    memcpy(address.sun_path, path, strlen(path));
    int fd = open_socket(AF_UNIX);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        fatal("%s: %s", path, strerror(errno));
    }
    return fd;
}
