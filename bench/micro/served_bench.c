/* served_bench -- What of a lease is left when a client asks for it: the same commands as those of
 * lease_bench, one at a time over a TCP connection of the loopback, to a server of 2 shards: while
 * it is idle, and while bench/load keeps both shards busy with 50 connections (on 2 CPUs, client
 * and load compete with the shards for them). CPU time is the server's for one command, spent on
 * sockets included, and known only while nothing else is served.
 *
 * Usage: served_bench TORC LOAD: the programs to start. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hashing.h"
#include "figures.h"

enum {
    ROUNDS = 9,
    REPETITIONS = 100,
    PAUSE_US = 500,
    SHARDS = 2,
    KEYS = 2,
    CASES = 5,
    REQUEST_BYTES = 160
};

struct bench {
    uint16_t port;
    pid_t server, load;
    clockid_t server_cpu;
    int fd; /* of the first connection, which is shard 0's */
    char keys[SHARDS][KEYS][16];
    char requests[CASES][REQUEST_BYTES];
    struct samples idle_us[CASES], idle_cpu_us[CASES], loaded_us[CASES];
};

static const char *const names[CASES] = {
    "PING",
    "MSET of 2 keys at home here",
    "SET of a key at the other",
    "MSET of 2 keys at the other",
    "MSET of 2 keys on 2 shards",
};

static void fail(const char *what)
{
    fprintf(stderr, "served_bench: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static uint16_t find_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address)) fail("bind");
    if (getsockname(fd, (struct sockaddr *)&address, &len)) fail("getsockname");
    close(fd);
    return ntohs(address.sin_port);
}

/* It ends when this program does. */
static pid_t start(const char *const *args)
{
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!freopen("/dev/null", "w", stdout)) _exit(127);
    execv(args[0], (char *const *)(uintptr_t)args); /* which does not write there */
    _exit(127);
}

static pid_t start_server(const struct bench *bench, const char *torc)
{
    int cpus[SHARDS];
    char port[8], shard_cpus[32];
    figures_assign_cpus(cpus, SHARDS);
    snprintf(port, sizeof port, "%u", bench->port);
    snprintf(shard_cpus, sizeof shard_cpus, "%d,%d", cpus[0], cpus[1]);
    const char *args[] = {torc,       "--bind", "127.0.0.1",    "--port",   port,
                          "--shards", "2",      "--shard-cpus", shard_cpus, NULL};
    return start(args);
}

/* With every key set before, since the load insists on finding them. */
static pid_t start_load(const struct bench *bench, const char *load)
{
    char port[8];
    int status;
    snprintf(port, sizeof port, "%u", bench->port);
    const char *fill[] = {load, "--port", port, "--keys", "1000", "--fill", NULL};
    const char *mix[] = {load, "--port",    port,  "--keys",    "1000", "--connections",
                         "50", "--command", "mix", "--seconds", "3600", NULL};
    if (waitpid(start(fill), &status, 0) < 0 || status) fail("filling");
    return start(mix);
}

static int dial(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int on = 1;
    for (int tries = 0; tries < 500; tries++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!connect(fd, (struct sockaddr *)&address, sizeof address)) return fd;
        close(fd);
        usleep(10 * 1000);
    }
    fail("connect");
    return -1;
}

static void ask(const struct bench *bench, const char *request)
{
    char answer[64];
    ssize_t len = (ssize_t)strlen(request);
    if (send(bench->fd, request, (size_t)len, MSG_NOSIGNAL) != len) fail("send");
    len = recv(bench->fd, answer, sizeof answer - 1, 0);
    if (len > 0 && answer[0] == '+' && answer[len - 1] == '\n') return;
    fail("an answer that was not expected");
}

static int64_t server_cpu_ns(const struct bench *bench)
{
    struct timespec time;
    if (clock_gettime(bench->server_cpu, &time)) fail("clock_gettime");
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void measure(struct bench *bench, int item, struct samples *times_us, struct samples *cpu_us)
{
    int64_t cpu_ns = server_cpu_ns(bench);
    for (int i = 0; i < REPETITIONS; i++) {
        usleep(PAUSE_US);
        int64_t start_ns = clock_monotonic_ns();
        ask(bench, bench->requests[item]);
        samples_add(times_us, (double)(clock_monotonic_ns() - start_ns) / 1e3);
    }
    if (cpu_us) samples_add(cpu_us, (double)(server_cpu_ns(bench) - cpu_ns) / 1e3 / REPETITIONS);
}

static void measure_round(struct bench *bench)
{
    if (waitpid(bench->load, NULL, WNOHANG)) fail("the load has ended");
    kill(bench->load, SIGSTOP);
    usleep(50 * 1000); /* what it had sent is served */
    for (int i = 0; i < CASES; i++)
        measure(bench, i, &bench->idle_us[i], &bench->idle_cpu_us[i]);
    kill(bench->load, SIGCONT);
    usleep(50 * 1000);
    for (int i = 0; i < CASES; i++)
        measure(bench, i, &bench->loaded_us[i], NULL);
}

static void find_keys(struct bench *bench)
{
    int found[SHARDS] = {0};
    for (uint32_t number = 0; found[0] < KEYS || found[1] < KEYS; number++) {
        char key[16];
        snprintf(key, sizeof key, "served:%u", number);
        int home = slot_of_key(bytes_of_string(key)) * SHARDS / SLOT_COUNT;
        if (found[home] < KEYS) memcpy(bench->keys[home][found[home]++], key, sizeof key);
    }
}

static void write_mset(char *request, const char *one, const char *other)
{
    snprintf(request, REQUEST_BYTES,
             "*5\r\n$4\r\nMSET\r\n$%zu\r\n%s\r\n$5\r\nvalue\r\n$%zu\r\n%s\r\n$5\r\nvalue\r\n",
             strlen(one), one, strlen(other), other);
}

static void write_requests(struct bench *bench)
{
    const char *remote = bench->keys[1][0];
    find_keys(bench);
    snprintf(bench->requests[0], sizeof bench->requests[0], "*1\r\n$4\r\nPING\r\n");
    write_mset(bench->requests[1], bench->keys[0][0], bench->keys[0][1]);
    snprintf(bench->requests[2], sizeof bench->requests[2],
             "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$5\r\nvalue\r\n", strlen(remote), remote);
    write_mset(bench->requests[3], remote, bench->keys[1][1]);
    write_mset(bench->requests[4], bench->keys[0][0], bench->keys[1][1]);
}

static void end(pid_t pid)
{
    if (waitpid(pid, NULL, WNOHANG)) fail("a program ended before it should have");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void report(struct bench *bench)
{
    struct samples none = {0};
    char name[64];
    figures_title("a command to a server of 2 shards, over the loopback");
    for (int i = 0; i < CASES; i++) {
        snprintf(name, sizeof name, "idle: %s", names[i]);
        figures_row(name, &bench->idle_us[i], &bench->idle_cpu_us[i]);
    }
    for (int i = 0; i < CASES; i++) {
        snprintf(name, sizeof name, "loaded: %s", names[i]);
        figures_row(name, &bench->loaded_us[i], &none);
    }
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (argc != 3) {
        fprintf(stderr, "usage: served_bench TORC LOAD\n");
        return EXIT_FAILURE;
    }
    bench.port = find_port();
    bench.server = start_server(&bench, argv[1]);
    if (clock_getcpuclockid(bench.server, &bench.server_cpu)) fail("clock_getcpuclockid");
    bench.fd = dial(bench.port);
    write_requests(&bench);
    ask(&bench, bench.requests[0]);
    bench.load = start_load(&bench, argv[2]);
    for (int round = 0; round < ROUNDS; round++)
        measure_round(&bench);
    end(bench.load);
    end(bench.server);
    report(&bench);
    return EXIT_SUCCESS;
}
