#include "ring/ring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

enum { READ_STEP_BYTES = 64 * 1024 };

static int read_all(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *at = buf_reserve(out, READ_STEP_BYTES);
        ssize_t len = read(fd, at, READ_STEP_BYTES);
        if (len < 0 && errno == EINTR) continue;
        if (len <= 0) return len < 0 ? -errno : 0;
        out->len += (size_t)len;
    }
}

int file_read_whole(const char *path, struct buf *out)
{
    if (!strcmp(path, "-")) return read_all(STDIN_FILENO, out);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int error = read_all(fd, out);
    close(fd);
    return error;
}

static int write_all(int fd, struct bytes content)
{
    while (content.len) {
        ssize_t len = write(fd, content.ptr, content.len);
        if (len < 0 && errno == EINTR) continue;
        if (len < 0) return -errno;
        content = bytes_make(content.ptr + len, content.len - (size_t)len);
    }
    return 0;
}

int file_replace(const char *path, struct bytes content)
{
    char temporary[PATH_MAX];
    struct stat before;
    if (snprintf(temporary, sizeof temporary, "%s.%d.tmp", path, (int)getpid()) >=
        (int)sizeof temporary)
        return -ENAMETOOLONG;
    mode_t mode = stat(path, &before) ? 0644 : before.st_mode & 07777;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0) return -errno;
    int error = write_all(fd, content);
    if (!error && fsync(fd)) error = -errno;
    if (close(fd) && !error) error = -errno;
    if (!error && rename(temporary, path)) error = -errno;
    if (error) unlink(temporary);
    return error;
}

int file_remove(const char *path)
{
    return unlink(path) ? -errno : 0;
}

int file_remove_socket(const char *path)
{
    struct stat found;
    if (lstat(path, &found)) return -errno;
    return S_ISSOCK(found.st_mode) ? file_remove(path) : -ENOTSOCK;
}

int file_set_mode(const char *path, unsigned mode)
{
    return chmod(path, mode) ? -errno : 0;
}

bool file_is_writable(const char *path)
{
    return access(path, W_OK) == 0;
}

bool file_absolute_path(const char *path, char *out, size_t size)
{
    char here[PATH_MAX] = "";
    if (path[0] != '/' && !getcwd(here, sizeof here)) return false;
    int len =
        path[0] == '/' ? snprintf(out, size, "%s", path) : snprintf(out, size, "%s/%s", here, path);
    return len < (int)size;
}

void file_expand(const char *pattern, void (*each)(void *context, const char *path), void *context)
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            each(context, found.gl_pathv[i]);
    globfree(&found);
}

int file_append_line(const char *path, const char *line, size_t len)
{
    bool is_file = path && *path;
    int fd = is_file ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : STDOUT_FILENO;
    if (fd < 0) return -errno;
    int error = write(fd, line, len) < 0 ? -errno : 0;
    if (is_file) close(fd);
    return error;
}

int file_open_signals(const int *signals, int count)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++)
        sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL)) return -errno;
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

void file_close_signals(int fd)
{
    close(fd);
}

int file_next_signal(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}
