/* probe.c -- Small questions that the scripts of bench/ ask of a server.
 *
 *   probe free-port                   prints a port of the loopback that nobody listens on
 *   probe ready PORT                  returns when PING is answered, whatever the answer
 *   probe emptied PORT COUNT SECONDS  returns when DBSIZE is at most COUNT, prints when: Unix time
 *                                     in milliseconds
 *   probe idle PORT COUNT             opens connections, has each answer one PING, prints "idle",
 *                                     and keeps them until its stdin ends */
#include "dial.h"
#include "fatal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOOPBACK       "127.0.0.1"
#define READY_ATTEMPTS 1000
#define POLL_MS        10
#define ANSWER_SECONDS 10

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static int64_t unix_time_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool try_listen(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_free = fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address));
    close(fd);
    return is_free;
}

/* Below the range from which the kernel takes ports for outgoing connections. */
static int print_free_port(void)
{
    srandom((unsigned)(unix_time_ms() ^ getpid()));
    for (int i = 0; i < 1000; i++) {
        uint16_t port = (uint16_t)(20000 + random() % 12000);
        if (!try_listen(port)) continue;
        printf("%u\n", port);
        return 0;
    }
    fatal("no free port found");
}

/* Sends a request and reads until the answer's line has ended. */
static void ask(int fd, const char *request, char *answer, size_t capacity)
{
    struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    size_t len = 0;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) fatal("send: %s", strerror(errno));
    while (!len || answer[len - 1] != '\n') {
        ssize_t received = recv(fd, answer + len, capacity - 1 - len, 0);
        if (received <= 0) fatal("the server does not answer");
        len += (size_t)received;
        if (len == capacity - 1) fatal("the server's answer is too long");
    }
    answer[len] = '\0';
}

static void ping(int fd)
{
    char answer[512];
    ask(fd, "*1\r\n$4\r\nPING\r\n", answer, sizeof(answer));
}

static bool try_connect(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_there = fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address));
    if (is_there) ping(fd);
    close(fd);
    return is_there;
}

static int wait_ready(uint16_t port)
{
    for (int i = 0; i < READY_ATTEMPTS; i++) {
        if (try_connect(port)) return 0;
        sleep_ms(POLL_MS);
    }
    fatal("nobody listens on port %u", port);
}

static int wait_emptied(uint16_t port, long count, long seconds)
{
    char answer[512];
    int fd = dial_tcp(LOOPBACK, port);
    for (int64_t end_ms = unix_time_ms() + seconds * 1000; unix_time_ms() < end_ms;) {
        ask(fd, "*1\r\n$6\r\nDBSIZE\r\n", answer, sizeof(answer));
        if (answer[0] != ':') fatal("DBSIZE: %s", answer);
        if (atol(answer + 1) <= count) {
            printf("%ld\n", unix_time_ms());
            return 0;
        }
        sleep_ms(POLL_MS);
    }
    fatal("after %ld s there are still more than %ld keys: %s", seconds, count, answer + 1);
}

static int hold_idle(uint16_t port, long count)
{
    for (long i = 0; i < count; i++)
        ping(dial_tcp(LOOPBACK, port));
    printf("idle\n");
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    return 0;
}

static long argument(int argc, char **argv, int index)
{
    if (index >= argc) fatal("too few arguments");
    return atol(argv[index]);
}

int main(int argc, char **argv)
{
    const char *question = argc > 1 ? argv[1] : "";
    if (!strcmp(question, "free-port")) return print_free_port();
    uint16_t port = (uint16_t)argument(argc, argv, 2);
    if (!strcmp(question, "ready")) return wait_ready(port);
    if (!strcmp(question, "idle")) return hold_idle(port, argument(argc, argv, 3));
    if (!strcmp(question, "emptied")) {
        return wait_emptied(port, argument(argc, argv, 3), argument(argc, argv, 4));
    }
    fatal("usage: probe free-port | ready PORT | idle PORT COUNT | emptied PORT COUNT SECONDS");
}
