#include "ring/ring_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

void process_exit(int status)
{
    _exit(status);
}

int process_daemonize(void)
{
    pid_t child = fork();
    if (child < 0) return -errno;
    if (child) _exit(EXIT_SUCCESS);
    setsid();
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0) return -errno;
    dup2(fd, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    if (fd > STDERR_FILENO) close(fd);
    return 0;
}

uint64_t process_raise_open_files(uint64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return 0;
    if (limit.rlim_cur >= wanted) return limit.rlim_cur;
    struct rlimit raised = {wanted, wanted > limit.rlim_max ? wanted : limit.rlim_max};
    if (!setrlimit(RLIMIT_NOFILE, &raised)) return wanted;
    raised = (struct rlimit){limit.rlim_max < wanted ? limit.rlim_max : wanted, limit.rlim_max};
    return setrlimit(RLIMIT_NOFILE, &raised) ? limit.rlim_cur : raised.rlim_cur;
}

void process_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || strlen(path) >= sizeof address.sun_path) return;
    strcpy(address.sun_path, path);
    if (path[0] == '@') address.sun_path[0] = '\0'; /* an abstract one */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, len);
    close(fd);
}

int process_change_directory(const char *path)
{
    return chdir(path) ? -errno : 0;
}

bool process_current_directory(char *out, size_t size)
{
    return getcwd(out, size) != NULL;
}

bool process_executable(char *out, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", out, size - 1);
    if (len < 0) return false;
    out[len] = '\0';
    return true;
}

void process_system_name(char *out, size_t size)
{
    struct utsname name;
    out[0] = '\0';
    if (uname(&name) == 0)
        snprintf(out, size, "%s %s %s", name.sysname, name.release, name.machine);
}

uint64_t process_memory_total(void)
{
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int64_t microseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

struct process_usage process_usage(enum process_part part)
{
    static const int parts[] = {RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD};
    struct rusage usage;
    if (getrusage(parts[part], &usage)) return (struct process_usage){0, 0};
    return (struct process_usage){microseconds(usage.ru_utime), microseconds(usage.ru_stime)};
}

void process_sleep(int64_t us)
{
    struct timespec left = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    while (nanosleep(&left, &left) && errno == EINTR)
        continue;
}
