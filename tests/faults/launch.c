/* launch HOW program argument... -- Runs a program where something of io_uring is refused to it.
 *
 * eperm, enosys: a seccomp filter answers io_uring_setup with that error, as container runtimes do.
 *
 * register, enter: io_uring_register or io_uring_enter is refused, io_uring_setup is not.
 *
 * sysctl1, sysctl2: as with kernel.io_uring_disabled at that value, for this program alone: in its
 * own mount namespace the file says so, and io_uring_setup answers EPERM (only root can run this).
 *
 * memlock: 64 KiB of locked memory, without the privilege to exceed it. Root becomes a user of its
 * own for that, since all that a user's programs lock is counted together. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static int refuse_call(unsigned number, unsigned error)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* The setting itself is the machine's, and others run on it. */
static int switch_off(const char *value)
{
    static const char setting[] = "/proc/sys/kernel/io_uring_disabled";
    char path[] = "/tmp/torc-sysctl-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) return -1;
    bool ok = write(fd, value, 1) == 1 && !unshare(CLONE_NEWNS) &&
              !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
              !mount(path, setting, NULL, MS_BIND, NULL);
    int error = errno;
    close(fd);
    unlink(path); /* the mount keeps it */
    errno = error;
    return ok ? refuse_call(__NR_io_uring_setup, EPERM) : -1;
}

static int become_poor(void)
{
    struct rlimit limit = {64 * 1024, 64 * 1024};
    uid_t user = 20000 + (uid_t)getpid() % 40000;
    if (setrlimit(RLIMIT_MEMLOCK, &limit)) return -1;
    if (geteuid()) return 0;
    if (setgroups(0, NULL) || setgid(user) || setuid(user)) return -1;
    return prctl(PR_SET_PDEATHSIG, SIGKILL); /* forgotten with the change of user */
}

static int restrict_self(const char *how)
{
    if (!strcmp(how, "eperm")) return refuse_call(__NR_io_uring_setup, EPERM);
    if (!strcmp(how, "enosys")) return refuse_call(__NR_io_uring_setup, ENOSYS);
    if (!strcmp(how, "register")) return refuse_call(__NR_io_uring_register, EPERM);
    if (!strcmp(how, "enter")) return refuse_call(__NR_io_uring_enter, EPERM);
    if (!strcmp(how, "sysctl1") || !strcmp(how, "sysctl2")) return switch_off(how + 6);
    if (!strcmp(how, "memlock")) return become_poor();
    errno = EINVAL;
    return -1;
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    int fd = open(argv[2], O_RDONLY); /* before its folder may be out of reach */
    if (fd < 0 || restrict_self(argv[1])) {
        fprintf(stderr, "launch %s: %s\n", argv[1], strerror(errno));
        return 3;
    }
    syscall(__NR_execveat, fd, "", argv + 2, environ, 0x1000 /* AT_EMPTY_PATH */);
    fprintf(stderr, "launch: cannot run %s: %s\n", argv[2], strerror(errno));
    return 3;
}
