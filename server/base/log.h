/* base/log.h -- The server's log, line by line, in the form that readers of redis-server's log
 * know: pid:role day month year time.ms mark message Where a line goes is the business of the sink,
 * which whoever owns files installs. Any thread may log; a line is handed to the sink whole. */
#ifndef TORC_BASE_LOG_H
#define TORC_BASE_LOG_H

#include <stddef.h>

enum log_level { LOG_DEBUG, LOG_VERBOSE, LOG_NOTICE, LOG_WARNING, LOG_NOTHING };

typedef void log_sink(void *context, const char *line, size_t len);

/* Before any thread starts; without a sink, lines are dropped. */
void log_set_sink(log_sink *sink, void *context);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...)   log_write(LOG_DEBUG, __VA_ARGS__)
#define log_verbose(...) log_write(LOG_VERBOSE, __VA_ARGS__)
#define log_notice(...)  log_write(LOG_NOTICE, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)

#endif
