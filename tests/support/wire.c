#include "support/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/coverage.h"

static bool open_address(struct wire *wire, const struct sockaddr *addr, socklen_t len)
{
    *wire = (struct wire){.fd = -1, .resp = 2, .timeout_ms = WIRE_TIMEOUT_MS};
    int fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    if (fd < 0) return false;
    if (connect(fd, addr, len) < 0) {
        close(fd);
        wire->error = "cannot connect";
        return false;
    }
    if (addr->sa_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    wire->fd = fd;
    return true;
}

bool wire_open(struct wire *wire, int port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool ok = open_address(wire, (struct sockaddr *)&addr, sizeof(addr));
    wire->port = port;
    return ok;
}

bool wire_open_ipv6(struct wire *wire, int port)
{
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    addr.sin6_addr = in6addr_loopback;
    bool ok = open_address(wire, (struct sockaddr *)&addr, sizeof(addr));
    wire->port = port;
    return ok;
}

bool wire_open_unix(struct wire *wire, const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(addr.sun_path)) return false;
    strcpy(addr.sun_path, path);
    return open_address(wire, (struct sockaddr *)&addr, sizeof(addr));
}

void wire_close(struct wire *wire)
{
    if (wire->fd >= 0) close(wire->fd);
    text_fini(&wire->in);
    text_fini(&wire->shown);
    wire->fd = -1;
}

bool wire_hello(struct wire *wire, int resp)
{
    if (resp == 2) return true;
    wire->resp = resp;
    struct reply *reply = wire_command(wire, "HELLO 3");
    bool ok = reply && reply->type == '%';
    reply_free(reply);
    return ok;
}

static bool fail(struct wire *wire, const char *error)
{
    wire->error = error;
    return false;
}

static void forget_read(struct wire *wire)
{
    if (!wire->read || (wire->read < wire->in.len && wire->read < (1 << 20))) return;
    memmove(wire->in.data, wire->in.data + wire->read, wire->in.len - wire->read);
    wire->in.len -= wire->read;
    wire->read = 0;
}

/* Takes what is there without waiting. false: the connection broke. */
static bool receive(struct wire *wire)
{
    forget_read(wire);
    for (int i = 0; i < 64 && !wire->ended; i++) {
        text_reserve(&wire->in, 65536);
        ssize_t got = recv(wire->fd, wire->in.data + wire->in.len, 65536, 0);
        if (got > 0) {
            wire->in.len += (size_t)got;
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
        wire->ended = true;
        if (got < 0) return fail(wire, "connection reset");
    }
    return true;
}

static bool wait_for(struct wire *wire, short events, int64_t deadline)
{
    struct pollfd poll_fd = {.fd = wire->fd, .events = events};
    int64_t left = deadline - now_ms();
    if (left <= 0) return fail(wire, "timeout");
    if (poll(&poll_fd, 1, (int)left) == 0) return fail(wire, "timeout");
    return true;
}

bool wire_send(struct wire *wire, const void *data, size_t len)
{
    int64_t deadline = now_ms() + wire->timeout_ms;
    const char *at = data;
    while (len) {
        ssize_t sent = send(wire->fd, at, len, MSG_NOSIGNAL);
        if (sent > 0) {
            at += sent;
            len -= (size_t)sent;
            deadline = now_ms() + wire->timeout_ms;
            continue;
        }
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return fail(wire, "cannot send");
        if (!wait_for(wire, wire->ended ? POLLOUT : POLLOUT | POLLIN, deadline)) return false;
        receive(wire);
    }
    return true;
}

bool wire_send_text(struct wire *wire, const char *data)
{
    return wire_send(wire, data, strlen(data));
}

bool wire_send_words(struct wire *wire, const struct words *words)
{
    struct text out = {0};
    text_add_command(&out, words);
    bool ok = wire_send(wire, out.data, out.len);
    text_fini(&out);
    return ok;
}

bool wire_send_command(struct wire *wire, const char *line)
{
    struct words words = {0};
    bool ok = words_split(&words, line) || fail(wire, "unbalanced quotes in the test");
    ok = ok && wire_send_words(wire, &words);
    words_fini(&words);
    return ok;
}

void wire_shutdown_write(struct wire *wire)
{
    shutdown(wire->fd, SHUT_WR);
}

/* Reads one reply out of what has been received, if it is whole. */
static enum reply_status take_reply(struct wire *wire, struct reply **reply)
{
    size_t used = 0;
    if (wire->read == wire->in.len) return REPLY_PARTIAL;
    enum reply_status status =
        reply_parse(wire->in.data + wire->read, wire->in.len - wire->read, reply, &used);
    if (status == REPLY_WHOLE) wire->read += used;
    return status;
}

struct reply *wire_read(struct wire *wire)
{
    int64_t deadline = now_ms() + wire->timeout_ms;
    struct reply *reply = NULL;
    if (wire->fd < 0) return fail(wire, "not connected"), NULL;
    for (;;) {
        enum reply_status status = take_reply(wire, &reply);
        if (status == REPLY_WHOLE) return reply;
        if (status == REPLY_BROKEN) return fail(wire, "broken reply"), NULL;
        if (wire->ended) return fail(wire, wire->error ? wire->error : "closed"), NULL;
        if (!wait_for(wire, POLLIN, deadline)) return NULL;
        receive(wire);
    }
}

struct reply *wire_command(struct wire *wire, const char *line)
{
    return wire_send_command(wire, line) ? wire_read(wire) : NULL;
}

static const char *show(struct wire *wire, bool sent, const char *word, const char *second)
{
    struct reply *reply = sent ? wire_read(wire) : NULL;
    if (word) coverage_note(word, second, reply);
    wire->shown.len = 0;
    if (reply) {
        reply_print(reply, wire->resp, &wire->shown);
    } else {
        text_addf(&wire->shown, "<%s>", wire->error ? wire->error : "failed");
    }
    reply_free(reply);
    return wire->shown.data;
}

const char *wire_read_text(struct wire *wire)
{
    return show(wire, true, NULL, NULL);
}

const char *wire_command_text(struct wire *wire, const char *line)
{
    const char *space = strchr(line, ' ');
    return show(wire, wire_send_command(wire, line), line, space ? space + 1 : NULL);
}

const char *wire_words_text(struct wire *wire, const struct words *words)
{
    const char *second = words->count > 1 ? words->data[1] : NULL;
    return show(wire, wire_send_words(wire, words), words->data[0], second);
}

static bool wait_for_end(struct wire *wire)
{
    int64_t deadline = now_ms() + wire->timeout_ms;
    while (!wire->ended) {
        if (!wait_for(wire, POLLIN, deadline)) return false;
        receive(wire);
    }
    return true;
}

bool wire_is_closed(struct wire *wire)
{
    return wait_for_end(wire) && wire->read == wire->in.len;
}

const char *wire_read_all(struct wire *wire)
{
    wire->shown.len = 0;
    if (!wait_for_end(wire)) {
        text_addf(&wire->shown, "<not closed>");
        return wire->shown.data;
    }
    text_add(&wire->shown, wire->in.data + wire->read, wire->in.len - wire->read);
    wire->read = wire->in.len;
    return wire->shown.data;
}

bool wire_is_silent(struct wire *wire, int ms)
{
    struct pollfd poll_fd = {.fd = wire->fd, .events = POLLIN};
    return wire->read == wire->in.len && poll(&poll_fd, 1, ms) == 0;
}

/* After a lost connection nothing that follows can be right: the test ends. */
static void after_failure(const char *got)
{
    if (*got == '<') test_abort();
}

static const char *shorten(const char *text, char *space, size_t size)
{
    if (strlen(text) < size) return text;
    snprintf(space, size, "%.*s...", (int)size - 4, text);
    return space;
}

static void report(const char *line, const char *expected, const char *got, const char *file,
                   int at)
{
    char first[400], second[2000], third[2000];
    test_fail(file, at, "%s\n    expected: %s\n    got:      %s",
              shorten(line, first, sizeof(first)), shorten(expected, second, sizeof(second)),
              shorten(got, third, sizeof(third)));
    after_failure(got);
}

void wire_check(struct wire *wire, const char *line, const char *expected, const char *file, int at)
{
    const char *got = wire_command_text(wire, line);
    if (strcmp(got, expected) != 0) report(line, expected, got, file, at);
}

void wire_check_next(struct wire *wire, const char *expected, const char *file, int at)
{
    const char *got = wire_read_text(wire);
    if (strcmp(got, expected) != 0) report("(next reply)", expected, got, file, at);
}

void wire_check_like(struct wire *wire, const char *line, const char *pattern, const char *file,
                     int at)
{
    const char *got = wire_command_text(wire, line);
    if (!text_like(got, pattern)) report(line, pattern, got, file, at);
}

long long wire_check_range(struct wire *wire, const char *line, long long low, long long high,
                           const char *file, int at)
{
    char expected[64];
    const char *got = wire_command_text(wire, line);
    long long value = *got == ':' ? atoll(got + 1) : 0;
    if (*got == ':' && value >= low && value <= high) return value;
    snprintf(expected, sizeof(expected), "integer from %lld to %lld", low, high);
    report(line, expected, got, file, at);
    return value;
}
