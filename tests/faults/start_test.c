/* Starts that must fail with a reason, and ends that must not leave anything behind. A server that
 * cannot have io_uring says who refuses it and what to do, and exits with status 1. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"
#include "support/server.h"
#include "support/wire.h"

static const char *launcher(void)
{
    const char *path = getenv("LAUNCH");
    return path && *path ? path : "build/release/tests/faults/launch";
}

static const char *program(void)
{
    static char path[PATH_MAX];
    return realpath(server_program(false), path) ? path : "no-torc";
}

/* Runs it to its end; its output must hold all of the words. */
static void check_failure(const char *const *argv, const char *const *words)
{
    struct text output = {0};
    struct program run = {.argv = argv, .timeout_ms = 30000};
    int status = program_run(&run, &output);
    CHECK_INT(status, 1);
    for (; *words; words++)
        if (!strstr(output.data ? output.data : "", *words))
            test_fail(__FILE__, __LINE__, "no '%s' in:\n%s", *words, output.data);
    if (output.data && strstr(output.data, "Sanitizer"))
        test_fail(__FILE__, __LINE__, "%s", output.data);
    text_fini(&output);
}

static void check_refused(const char *how, const char *shards, const char *const *words)
{
    char port[16];
    snprintf(port, sizeof(port), "%d", free_port());
    const char *argv[] = {launcher(), how, program(), "--port", port, "--shards", shards, NULL};
    check_failure(argv, words);
}

TEST(refused_by_seccomp)
{
    static const char *const words[] = {"seccomp", "io_uring_setup", "profile", NULL};
    check_refused("eperm", "1", words);
    check_refused("eperm", "3", words);
    check_refused("enosys", "1", words);
    check_refused("enosys", "7", words);
    check_refused("register", "2", words);
    check_refused("enter", "3", words);
}

/* A container's root may lack the right to mount. */
static bool may_mount(void)
{
    int status = 0;
    pid_t pid = fork();
    if (!pid) _exit(unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
    return waitpid(pid, &status, 0) == pid && status == 0;
}

TEST(refused_by_the_sysctl)
{
    static const char *const unprivileged[] = {"sysctl", "kernel.io_uring_disabled=1",
                                               "sysctl -w kernel.io_uring_disabled=0", NULL};
    static const char *const all[] = {"sysctl", "kernel.io_uring_disabled=2",
                                      "sysctl -w kernel.io_uring_disabled=0", NULL};
    if (geteuid() || !may_mount()) return;
    check_refused("sysctl1", "1", unprivileged);
    check_refused("sysctl2", "1", all);
    check_refused("sysctl2", "3", all);
}

/* The port is open before the rings are, so one who connects may still see the server give up. */
static bool answers(struct server *server)
{
    struct wire c;
    bool good = wire_open(&c, server->port) && !strcmp(wire_command_text(&c, "PING"), "+PONG");
    wire_close(&c);
    if (good) return true;
    CHECK_INT(waitpid(server->pid, &server->status, 0), server->pid);
    server->pid = 0;
    return false;
}

/* More connections and more commands at once than the smallest rings have places for. */
static void check_works(const struct server *server)
{
    enum { CONNECTIONS = 100, COMMANDS = 500 };
    struct wire wires[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++)
        REQUIRE(wire_open(&wires[i], server->port));
    CHECK_REPLY(&wires[0], "SETRANGE big 1000000 x", ":1000001");
    CHECK_REPLY(&wires[0], "STRLEN big", ":1000001");
    for (int i = 0; i < CONNECTIONS; i++)
        for (int j = 0; j < COMMANDS; j++)
            REQUIRE(wire_send_command(&wires[i], "INCR count"));
    for (int i = 0; i < CONNECTIONS; i++)
        for (int j = 0; j < COMMANDS; j++)
            reply_free(wire_read(&wires[i]));
    CHECK_REPLY(&wires[0], "GET count", "\"50000\"");
    for (int i = 0; i < CONNECTIONS; i++)
        wire_close(&wires[i]);
}

static void check_says(struct server *server, const char *const *words)
{
    struct text output = {0};
    REQUIRE(file_read(server->output, &output));
    CHECK(WIFEXITED(server->status) && WEXITSTATUS(server->status) == 1);
    for (; *words; words++)
        if (!strstr(output.data, *words))
            test_fail(__FILE__, __LINE__, "no '%s' in:\n%s", *words, output.data);
    text_fini(&output);
    server->keep_dir = false;
}

/* Whether a ring counts as locked memory, and how much of one, is the kernel's affair: what does
 * not fit is refused with a reason, and what fits works. */
static bool check_works_or_is_refused(const char *how, int shards, const char *const *words)
{
    struct server server;
    struct server_options options = {.shards = shards, .launcher = launcher(), .restriction = how};
    bool started = server_start(&server, &options) && answers(&server);
    if (started) {
        check_works(&server);
        CHECK(server_stop(&server));
    } else {
        check_says(&server, words);
    }
    server_fini(&server);
    return started;
}

/* Rings are made as small as they must be. One that is not root shares the limit with all else that
 * its user runs, so nothing is sure then. */
TEST(little_locked_memory)
{
    static const char *const words[] = {"locked memory", "ulimit -l", "LimitMEMLOCK", NULL};
    CHECK(check_works_or_is_refused("memlock", 1, words) || geteuid());
    CHECK(check_works_or_is_refused("memlock", 3, words) || geteuid());
    check_works_or_is_refused("memlock", 24, words);
}

TEST(port_in_use)
{
    static const char *const words[] = {"Could not create server TCP listening socket",
                                        "Address already in use", NULL};
    struct server server;
    struct server_options options = {.shards = 2};
    char port[16];
    REQUIRE(server_start(&server, &options));
    snprintf(port, sizeof(port), "%d", server.port);
    const char *argv[] = {program(), "--port", port, "--shards", "2", NULL};
    check_failure(argv, words);
    CHECK(server_stop(&server));
    server_fini(&server);
}

TEST(addresses_that_are_not_there)
{
    static const char *const words[] = {"Could not create server TCP listening socket",
                                        "203.0.113.77", NULL};
    char port[16];
    snprintf(port, sizeof(port), "%d", free_port());
    const char *argv[] = {program(), "--port", port, "--bind", "203.0.113.77", NULL};
    check_failure(argv, words);
    const char *nowhere[] = {program(), "--port", "0", NULL};
    static const char *const none[] = {"not listen", NULL};
    check_failure(nowhere, none);
}

TEST(log_file_that_cannot_be_written)
{
    static const char *const words[] = {"Can't open the log file", "/nonexistent/torc.log", NULL};
    char port[16];
    snprintf(port, sizeof(port), "%d", free_port());
    const char *argv[] = {program(), "--port", port, "--logfile", "/nonexistent/torc.log", NULL};
    check_failure(argv, words);
    const char *folder[] = {program(), "--port", port, "--logfile", "/tmp", NULL};
    static const char *const is_folder[] = {"Can't open the log file", "Is a directory", NULL};
    check_failure(folder, is_folder);
}

TEST(socket_paths_that_do_not_work)
{
    static const char *const words[] = {"Unix socket", NULL};
    static char path[200];
    memset(path, 'x', sizeof(path) - 1);
    memcpy(path, "/tmp/", 5);
    const char *missing[] = {program(), "--port", "0", "--unixsocket", "/nonexistent/s", NULL};
    const char *longer[] = {program(), "--port", "0", "--unixsocket", path, NULL};
    check_failure(missing, words);
    check_failure(longer, words);
}

/* Who may do that is not bound by the limit, so it cannot be tested as such a user. */
static bool may_raise_limits(void)
{
    struct rlimit low = {30, 30}, high = {31, 31};
    int status = 0;
    pid_t pid = fork();
    if (!pid) _exit(!setrlimit(RLIMIT_NOFILE, &low) && !setrlimit(RLIMIT_NOFILE, &high));
    return waitpid(pid, &status, 0) != pid || status != 0;
}

TEST(limit_of_open_files)
{
    static const char *const none[] = {"'ulimit -n' of 30 is not enough", "at least 35", NULL};
    static const char *const few[] = {"requested maxclients of 10000 requiring at least 10034",
                                      "maxclients has been reduced to 166", NULL};
    static const char run[] = "ulimit -n $0; exec \"$@\"";
    if (may_raise_limits()) return;
    const char *low[] = {"sh", "-c", run, "30", program(), "--shards", "2", "--port", "0", NULL};
    const char *high[] = {"sh", "-c",     run, "200",          program(),        "--shards",
                          "2",  "--port", "0", "--unixsocket", "/nonexistent/s", NULL};
    check_failure(low, none);
    check_failure(high, few);
}

/* A path that is no socket belongs to somebody: it is not removed. */
TEST(a_file_in_the_place_of_the_socket)
{
    char path[] = "/tmp/torc-file-XXXXXX";
    struct stat stat_after;
    int fd = mkstemp(path);
    REQUIRE(fd >= 0 && write(fd, "precious", 8) == 8);
    close(fd);
    const char *argv[] = {program(), "--port", "0", "--unixsocket", path, NULL};
    static const char *const words[] = {"Unix socket", NULL};
    check_failure(argv, words);
    CHECK(stat(path, &stat_after) == 0 && S_ISREG(stat_after.st_mode) && stat_after.st_size == 8);
    unlink(path);
}

/* The first signal lets replies go out, a second one does not wait for those who do not read. */
TEST(a_second_signal_insists)
{
    struct server server;
    struct server_options options = {.shards = 3};
    struct wire c, deaf;
    REQUIRE(server_start(&server, &options));
    REQUIRE(wire_open(&c, server.port));
    CHECK_REPLY(&c, "SETRANGE big 1000000 x", ":1000001");
    REQUIRE(wire_open(&deaf, server.port));
    for (int i = 0; i < 100; i++)
        REQUIRE(wire_send_command(&deaf, "GET big"));
    struct reply *reply = wire_read(&deaf); /* so all of them have been read */
    CHECK(reply && reply->len == 1000001);
    reply_free(reply);
    kill(server.pid, SIGTERM);
    CHECK(wire_is_closed(&c)); /* the first one has been seen */
    pid_t ended = waitpid(server.pid, &server.status, WNOHANG);
    if (ended == 0) {
        kill(server.pid, SIGTERM);
        CHECK_INT(waitpid(server.pid, &server.status, 0), server.pid);
        CHECK(WIFEXITED(server.status));
        CHECK_INT(WEXITSTATUS(server.status), 1);
    } else {
        test_fail(__FILE__, __LINE__, "it ended though it owed replies");
    }
    server.pid = 0;
    wire_close(&c);
    wire_close(&deaf);
    server_fini(&server);
}

/* After kill -9 the socket file is still there, and does not keep the next server from starting;
 * when a server ends as it should, it is gone. */
TEST(a_stale_socket_is_replaced)
{
    char path[64];
    snprintf(path, sizeof(path), "/tmp/torc-stale-%d.sock", (int)getpid());
    const char *args[] = {"--unixsocket", path, NULL};
    struct server_options options = {.shards = 2, .args = args};
    for (int i = 0; i < 3; i++) {
        struct server server;
        struct wire c;
        REQUIRE(server_start(&server, &options));
        bool open = false; /* that socket is opened after the port, which start looks at */
        for (int j = 0; j < 2000 && !open; j++)
            if (!(open = wire_open_unix(&c, path))) wire_close(&c), wait_ms(5);
        REQUIRE(open);
        CHECK_REPLY(&c, "PING", "+PONG");
        wire_close(&c);
        if (i < 2)
            server_kill(&server);
        else
            CHECK(server_stop(&server));
        CHECK_INT(access(path, F_OK), i < 2 ? 0 : -1);
        server_fini(&server);
    }
}

static pid_t start_on(int port)
{
    char text[16];
    snprintf(text, sizeof(text), "%d", port);
    pid_t pid = fork();
    if (pid) return pid;
    int fd = open("/dev/null", O_RDWR);
    dup2(fd, 1);
    dup2(fd, 2);
    execl(program(), "torc", "--port", text, "--shards", "2", (char *)NULL);
    _exit(127);
}

/* Until a server answers there. The kernel takes a ring apart by and by, so for some milliseconds
 * the port may still be the dead one's: then it is started again, as a supervisor would. */
static pid_t start_until_it_answers(int port, struct wire *c)
{
    int status;
    pid_t pid = start_on(port);
    for (int i = 0; i < 2000; i++) {
        if (wire_open(c, port) && strcmp(wire_command_text(c, "PING"), "+PONG") == 0) return pid;
        wire_close(c);
        wait_ms(5);
        if (waitpid(pid, &status, WNOHANG) == pid) pid = start_on(port);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return 0;
}

/* Killed with commands under way: nothing keeps the next one from its place. */
TEST(killed_and_started_again_on_its_port)
{
    struct server_options options = {.shards = 3};
    struct server server;
    struct wire c;
    int status;
    REQUIRE(server_start(&server, &options));
    REQUIRE(wire_open(&c, server.port));
    for (int i = 0; i < 1000; i++)
        REQUIRE(wire_send_command(&c, "MSET a 1 b 2 c 3"));
    server_kill(&server);
    wire_close(&c);
    pid_t pid = start_until_it_answers(server.port, &c);
    server_fini(&server);
    REQUIRE(pid);
    CHECK_REPLY(&c, "DBSIZE", ":0");
    wire_close(&c);
    kill(pid, SIGTERM);
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
