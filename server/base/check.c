#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

void check_fail(const char *file, int line, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    log_warning("Stopped at %s:%d: %s", file, line, message);
    fprintf(stderr, "torc: stopped at %s:%d: %s\n", file, line, message);
    abort();
}
