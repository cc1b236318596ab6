#include "admin/supervisor.h"

#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "ring/ring_process.h"

enum supervised supervisor_find(const struct settings *settings)
{
    bool any = settings->supervised == SUPERVISED_AUTO;
    if ((any || settings->supervised == SUPERVISED_UPSTART) && getenv("UPSTART_JOB"))
        return SUPERVISED_UPSTART;
    if ((any || settings->supervised == SUPERVISED_SYSTEMD) && getenv("NOTIFY_SOCKET"))
        return SUPERVISED_SYSTEMD;
    return SUPERVISED_NO;
}

void supervisor_warn(const struct settings *settings)
{
    if (supervisor_find(settings) != SUPERVISED_NO) return;
    if (settings->supervised == SUPERVISED_UPSTART)
        log_warning("upstart supervision requested, but UPSTART_JOB not found!");
    if (settings->supervised == SUPERVISED_SYSTEMD)
        log_warning("systemd supervision requested, but NOTIFY_SOCKET not found!");
}

void supervisor_say_ready(const struct settings *settings)
{
    enum supervised supervisor = supervisor_find(settings);
    if (supervisor == SUPERVISED_SYSTEMD)
        process_notify("READY=1\nSTATUS=Ready to accept connections\n");
    if (supervisor == SUPERVISED_UPSTART) raise(SIGSTOP); /* upstart waits for it and goes on */
}

void supervisor_say_stopping(const struct settings *settings)
{
    if (supervisor_find(settings) == SUPERVISED_SYSTEMD) process_notify("STOPPING=1\n");
}
