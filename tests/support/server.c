#include "support/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS    64
#define START_TRIES 5 /* another process may take the free port before the server does */

const char *server_program(bool oracle)
{
    const char *name = getenv(oracle ? "REDIS_SERVER" : "TORC");
    if (name && *name) return name;
    return oracle ? "redis-server" : "build/release/torc";
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return addr;
}

/* Below those that the kernel gives to clients. */
enum { PORT_MIN = 10000, PORT_END = 32000, PORT_TRIES = 1000 };

static bool can_bind(int port)
{
    struct sockaddr_in addr = loopback(port);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    bool good = fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
    if (fd >= 0) close(fd);
    return good;
}

/* Until this process ends, no other test takes the port: tests may run side by side, and one that
 * finds a server there takes it for its own. */
static bool reserve(int port)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int len = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "torc-test-port-%d", port);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, size) == 0) return true;
    if (fd >= 0) close(fd);
    return false;
}

int free_port(void)
{
    static unsigned place;
    if (!place) place = (unsigned)getpid() * 2654435761u;
    for (int i = 0; i < PORT_TRIES; i++) {
        place = place * 1664525u + 1013904223u;
        int port = PORT_MIN + (int)((place >> 8) % (PORT_END - PORT_MIN));
        if (can_bind(port) && reserve(port)) return port;
    }
    fprintf(stderr, "no free port\n");
    exit(2);
}

bool file_read(const char *path, struct text *text)
{
    char buffer[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t got;
    while ((got = read(fd, buffer, sizeof(buffer))) > 0)
        text_add(text, buffer, (size_t)got);
    close(fd);
    if (!text->data) text_add(text, "", 0);
    return got == 0;
}

bool file_write(const char *path, const char *content)
{
    FILE *file = fopen(path, "we");
    if (!file) return false;
    bool ok = fputs(content, file) >= 0;
    return fclose(file) == 0 && ok;
}

static bool make_dir(char *dir, size_t size)
{
    const char *base = getenv("TMPDIR");
    snprintf(dir, size, "%s/torc-test-XXXXXX", base && *base ? base : "/tmp");
    if (mkdtemp(dir)) return true;
    perror(dir);
    return false;
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *at)
{
    (void)stat, (void)kind, (void)at;
    remove(path);
    return 0;
}

static void remove_dir(const char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* In the child: dies with the test, so that no server outlives a crashed one. */
static void become(const char *dir, char *const *argv, int input, int output)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir(dir) < 0) _exit(127);
    dup2(input, 0);
    dup2(output, 1);
    dup2(output, 2);
    execvp(argv[0], argv);
    dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static pid_t spawn(const char *dir, char *const *argv, int input, const char *output_path)
{
    int output = open(output_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (output < 0) return -1;
    pid_t pid = fork();
    if (pid == 0) become(dir, argv, input, output);
    close(output);
    return pid;
}

/* The program runs in another directory, so a path must not be relative. */
static const char *absolute(const char *program, char *path)
{
    if (!strchr(program, '/')) return program;
    return realpath(program, path) ? path : program;
}

struct arguments {
    char *argv[MAX_ARGS];
    int count;
};

static void add_argument(struct arguments *arguments, const char *argument)
{
    if (arguments->count + 1 >= MAX_ARGS) abort();
    arguments->argv[arguments->count++] = (char *)argument;
    arguments->argv[arguments->count] = NULL;
}

static void add_setting(struct arguments *arguments, const char *name, const char *value)
{
    add_argument(arguments, name);
    add_argument(arguments, value);
}

static void build_arguments(struct arguments *arguments, const struct server *server,
                            const struct server_options *options)
{
    static char path[4096], launcher[4096], config[160], port[16], shards[16];
    snprintf(port, sizeof(port), "%d", server->port);
    snprintf(shards, sizeof(shards), "%d", options->shards);
    snprintf(config, sizeof(config), "%s/server.conf", server->dir);
    if (options->launcher) {
        add_argument(arguments, absolute(options->launcher, launcher));
        add_argument(arguments, options->restriction);
    }
    add_argument(arguments, absolute(server_program(server->oracle), path));
    if (options->config) add_argument(arguments, config);
    add_setting(arguments, "--port", port);
    add_setting(arguments, "--bind", "127.0.0.1");
    add_setting(arguments, "--enable-debug-command", "yes");
    if (server->oracle) {
        add_setting(arguments, "--save", "");
        add_setting(arguments, "--appendonly", "no");
    } else if (options->shards) {
        add_setting(arguments, "--shards", shards);
    }
    for (int i = 0; options->args && options->args[i]; i++) {
        add_argument(arguments, options->args[i]);
    }
}

static bool accepts(int port)
{
    struct sockaddr_in addr = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
    close(fd);
    return ok;
}

static bool has_ended(struct server *server)
{
    if (!server->pid) return true;
    if (waitpid(server->pid, &server->status, WNOHANG) != server->pid) return false;
    server->pid = 0;
    return true;
}

static void print_output(const struct server *server)
{
    struct text text = {0};
    if (file_read(server->output, &text)) {
        size_t skip = text.len > 6000 ? text.len - 6000 : 0;
        printf("  output of the server (%s):\n%s\n", server->output, text.data + skip);
    }
    text_fini(&text);
}

static int input_of(const char *dir, const char *content)
{
    char path[160];
    if (!content) return open("/dev/null", O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof(path), "%s/input", dir);
    return file_write(path, content) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static bool start_once(struct server *server, const struct server_options *options)
{
    struct arguments arguments = {.count = 0};
    server->port = free_port();
    build_arguments(&arguments, server, options);
    int input = input_of(server->dir, options->input);
    server->pid = spawn(server->dir, arguments.argv, input, server->output);
    close(input);
    int64_t deadline = now_ms() + SERVER_START_MS;
    while (now_ms() < deadline && !has_ended(server)) {
        if (accepts(server->port)) return true;
        wait_ms(5);
    }
    server_kill(server);
    return false;
}

static bool port_was_taken(const struct server *server)
{
    struct text text = {0};
    bool taken = file_read(server->output, &text) && strstr(text.data, "in use");
    text_fini(&text);
    return taken;
}

bool server_start(struct server *server, const struct server_options *options)
{
    *server = (struct server){.oracle = options->oracle};
    if (!make_dir(server->dir, sizeof(server->dir))) return false;
    snprintf(server->output, sizeof(server->output), "%s/output", server->dir);
    if (options->config) {
        char path[160];
        snprintf(path, sizeof(path), "%s/server.conf", server->dir);
        if (!file_write(path, options->config)) return false;
    }
    for (int i = 0; i < START_TRIES; i++) {
        if (start_once(server, options)) return true;
        if (!port_was_taken(server)) break;
    }
    printf("  the server did not start\n");
    print_output(server);
    server->keep_dir = true;
    return false;
}

static bool sanitizer_is_content(const struct server *server)
{
    static const char *const signs[] = {"AddressSanitizer", "ThreadSanitizer", "LeakSanitizer",
                                        "runtime error:"};
    struct text text = {0};
    bool ok = file_read(server->output, &text);
    for (size_t i = 0; ok && i < sizeof(signs) / sizeof(*signs); i++) {
        if (strstr(text.data, signs[i])) ok = false;
    }
    text_fini(&text);
    return ok;
}

bool server_wait(struct server *server, int timeout_ms)
{
    int64_t deadline = now_ms() + timeout_ms;
    while (!has_ended(server) && now_ms() < deadline)
        wait_ms(2);
    bool ended = has_ended(server);
    if (!ended) server_kill(server);
    if (ended && WIFEXITED(server->status) && WEXITSTATUS(server->status) == 0 &&
        sanitizer_is_content(server)) {
        return true;
    }
    printf("  the server %s with status 0x%x\n", ended ? "ended" : "did not end", server->status);
    print_output(server);
    server->keep_dir = true;
    return false;
}

bool server_stop(struct server *server)
{
    if (server->pid) kill(server->pid, SIGTERM);
    return server_wait(server, SERVER_STOP_MS);
}

void server_kill(struct server *server)
{
    if (!server->pid) return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, &server->status, 0);
    server->pid = 0;
}

void server_fini(struct server *server)
{
    server_kill(server);
    if (*server->dir && !server->keep_dir) remove_dir(server->dir);
    *server = (struct server){0};
}

int program_run(const struct program *program, struct text *output)
{
    static char path[4096];
    struct server run = {0};
    struct arguments arguments = {.count = 0};
    if (!make_dir(run.dir, sizeof(run.dir))) return -1;
    snprintf(run.output, sizeof(run.output), "%s/output", run.dir);
    add_argument(&arguments, absolute(program->argv[0], path));
    for (int i = 1; program->argv[i]; i++)
        add_argument(&arguments, program->argv[i]);
    int input = input_of(run.dir, program->input);
    run.pid = spawn(run.dir, arguments.argv, input, run.output);
    close(input);
    int64_t deadline = now_ms() + program->timeout_ms;
    while (!has_ended(&run) && now_ms() < deadline)
        wait_ms(2);
    bool ended = has_ended(&run);
    server_kill(&run);
    file_read(run.output, output);
    int status = ended && WIFEXITED(run.status) ? WEXITSTATUS(run.status) : -1;
    server_fini(&run);
    return status;
}
