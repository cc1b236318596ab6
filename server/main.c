#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/config_load.h"
#include "admin/config_rows.h"
#include "admin/supervisor.h"
#include "base/clock.h"
#include "base/log.h"
#include "ring/ring_file.h"
#include "ring/ring_process.h"
#include "server.h"

static void write_line(void *context, const char *line, size_t len)
{
    file_append_line(context, line, len); /* if that fails, there is nowhere to say so */
}

static bool complain(const char *what, const char *path, int error)
{
    fprintf(stderr, "torc: %s %s: %s\n", what, path, strerror(-error));
    return false;
}

/* A supervisor wants to see the process that it has started. */
static bool goes_into_background(const struct settings *settings)
{
    return settings->daemonize && supervisor_find(settings) == SUPERVISED_NO;
}

/* A terminal that closes and a log that nobody reads any more do not end a server. */
static void ignore_signals(void)
{
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

/* Where the log is, whatever directory the process goes to; empty: standard output. */
static bool choose_log_path(const char *logfile, char path[PATH_MAX])
{
    path[0] = '\0';
    if (!logfile || !*logfile) return true;
    if (!file_absolute_path(logfile, path, PATH_MAX))
        return complain("Can't open the log file", logfile, -ENAMETOOLONG);
    int error = file_append_line(path, "", 0);
    return error ? complain("Can't open the log file", logfile, error) : true;
}

static bool prepare_process(const struct settings *settings, char log_path[PATH_MAX])
{
    if (!choose_log_path(settings->logfile, log_path)) return false;
    int error = goes_into_background(settings) ? process_daemonize() : 0;
    if (error) return complain("Can't go into the background", "", error);
    log_set_level((enum log_level)settings->loglevel);
    log_set_sink(write_line, log_path);
    return true;
}

/* Better fewer clients than some that wait for a file that cannot be opened. False: there would be
 * none at all. */
static bool fit_clients(struct settings *settings)
{
    uint64_t wanted = settings_open_files(settings);
    uint64_t reserved = wanted - (uint64_t)settings->maxclients;
    uint64_t limit = process_raise_open_files(wanted);
    if (limit >= wanted) return true;
    if (limit <= reserved) {
        fprintf(stderr,
                "torc: Your current 'ulimit -n' of %llu is not enough for the server to start. "
                "Please increase your open file limit to at least %llu. Exiting.\n",
                (unsigned long long)limit, (unsigned long long)reserved + 1);
        return false;
    }
    log_warning("You requested maxclients of %lld requiring at least %llu max file descriptors.",
                (long long)settings->maxclients, (unsigned long long)wanted);
    settings->maxclients = (int64_t)(limit - reserved);
    log_warning("Current maximum open files is %llu. maxclients has been reduced to %lld to "
                "compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.",
                (unsigned long long)limit, (long long)settings->maxclients);
    return true;
}

/* As redis-server: only a daemon, or whoever names a file, gets one. NULL: none. */
static const char *choose_pid_path(struct settings *settings)
{
    if (!settings->pidfile && goes_into_background(settings))
        settings->pidfile = "/var/run/redis.pid";
    return settings->pidfile;
}

static void write_pid(const char *path)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%d\n", clock_process_id());
    int error = file_replace(path, bytes_make(text, (size_t)len));
    if (error) log_warning("Failed to write PID file %s: %s", path, strerror(-error));
}

int main(int argc, char **argv)
{
    int status;
    char log_path[PATH_MAX];
    struct settings *settings = config_load(argc, argv, &status);
    if (!settings) return status;
    status = EXIT_FAILURE;
    ignore_signals();
    if (prepare_process(settings, log_path) && fit_clients(settings)) {
        const char *path = choose_pid_path(settings);
        if (path) write_pid(path);
        status = server_run(settings);
        if (path) file_remove(path);
    }
    settings_free(settings);
    return status;
}
