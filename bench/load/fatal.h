/* fatal.h -- How the tools of bench/ give up: one line on stderr, exit status 1.
 * A measurement that went wrong must never look like a measurement. */
#ifndef BENCH_LOAD_FATAL_H
#define BENCH_LOAD_FATAL_H

#include <stdnoreturn.h>

noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
