/* base/check.h -- Checks of what must hold. A broken program stops: it says where, and aborts. */
#ifndef TORC_BASE_CHECK_H
#define TORC_BASE_CHECK_H

/* Prints the message with its place through the log and to stderr, then aborts. */
_Noreturn void check_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define ASSERT(condition)                                                                          \
    (__builtin_expect(!(condition), 0) ? check_fail(__FILE__, __LINE__, "%s", #condition) : (void)0)

/* Stops the program because of something that is no caller's mistake: out of memory, say. */
#define FATAL(...) check_fail(__FILE__, __LINE__, __VA_ARGS__)

/* May walk whole structures; compiled out of release builds. */
#ifdef TORC_DEBUG
#define DEBUG_ASSERT(condition) ASSERT(condition)
#else
#define DEBUG_ASSERT(condition) ((void)0)
#endif

#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

#endif
