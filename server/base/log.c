#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"

/* The one mutable global of the tree beside the allocator's: a log that had to be handed to every
 * function would be called by none. Set before threads start, the level excepted. */
static struct {
    log_sink *sink;
    void *context;
    _Atomic int level;
} the_log = {.level = LOG_NOTICE};

void log_set_sink(log_sink *sink, void *context)
{
    the_log.sink = sink;
    the_log.context = context;
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&the_log.level, level, memory_order_relaxed);
}

enum log_level log_get_level(void)
{
    return (enum log_level)atomic_load_explicit(&the_log.level, memory_order_relaxed);
}

void log_write(enum log_level level, const char *format, ...)
{
    if (level < log_get_level() || !the_log.sink) return;
    char line[1280];
    int64_t now_us = clock_realtime_us();
    time_t seconds = now_us / 1000000;
    struct tm local;
    localtime_r(&seconds, &local);
    int len = snprintf(line, sizeof line, "%d:M ", clock_process_id());
    len += (int)strftime(line + len, sizeof line - len, "%d %b %Y %H:%M:%S.", &local);
    len += snprintf(line + len, sizeof line - len, "%03d %c ", (int)(now_us / 1000 % 1000),
                    ".-*#"[level]);
    va_list args;
    va_start(args, format);
    int written = vsnprintf(line + len, sizeof line - len - 1, format, args);
    va_end(args);
    len += written < (int)sizeof line - len - 2 ? written : (int)sizeof line - len - 2;
    line[len++] = '\n';
    the_log.sink(the_log.context, line, len);
}
