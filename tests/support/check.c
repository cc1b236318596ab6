#include "support/check.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A test process runs one test at a time, so its state may be static. */
static struct {
    struct test *first, **end;
    jmp_buf leave;
    const char *label;
    struct test *running;
    bool failed;
    int passed_count, failed_count;
} tests = {.end = &tests.first};

void test_add(struct test *test)
{
    *tests.end = test;
    tests.end = &test->next;
}

struct test *test_first(void)
{
    return tests.first;
}

bool test_failed(void)
{
    return tests.failed;
}

void test_abort(void)
{
    if (!tests.running) exit(1);
    longjmp(tests.leave, 1);
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    if (!tests.failed && tests.running) {
        printf("FAIL %s%s%s\n", tests.running->name, *tests.label ? " on " : "", tests.label);
    }
    tests.failed = true;
    printf("  %s:%d: ", file, line);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
}

bool test_run(struct test *test, const char *label)
{
    tests.running = test;
    tests.label = label;
    tests.failed = false;
    if (setjmp(tests.leave) == 0) test->run();
    tests.running = NULL;
    if (tests.failed) {
        tests.failed_count++;
    } else {
        tests.passed_count++;
    }
    return !tests.failed;
}

int test_finish(const char *program)
{
    const char *slash = strrchr(program, '/');
    printf("%s: %d passed, %d failed\n", slash ? slash + 1 : program, tests.passed_count,
           tests.failed_count);
    fflush(stdout);
    /* A binary that ran nothing has proved nothing. */
    return tests.failed_count || !tests.passed_count ? 1 : 0;
}

int test_main(int argc, char **argv)
{
    const char *filter = "";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc) {
            filter = argv[++i];
            continue;
        }
        fprintf(stderr, "usage: %s [--filter text]\n", argv[0]);
        return 2;
    }
    for (struct test *test = tests.first; test; test = test->next) {
        if (strstr(test->name, filter)) test_run(test, "");
    }
    return test_finish(argv[0]);
}

__attribute__((weak)) int main(int argc, char **argv)
{
    return test_main(argc, argv);
}

void test_check(bool ok, const char *file, int line, const char *text)
{
    if (!ok) test_fail(file, line, "not true: %s", text);
}

void test_check_int(int64_t got, int64_t expected, const char *file, int line, const char *text)
{
    if (got == expected) return;
    test_fail(file, line, "%s is %" PRId64 ", expected %" PRId64, text, got, expected);
}

void test_check_str(const char *got, const char *expected, const char *file, int line,
                    const char *text)
{
    if (got && expected && strcmp(got, expected) == 0) return;
    if (got == expected) return;
    test_fail(file, line, "%s is '%s', expected '%s'", text, got ? got : "(null)",
              expected ? expected : "(null)");
}

void test_check_bytes(const void *got, uint64_t got_len, const void *expected,
                      uint64_t expected_len, const char *file, int line)
{
    if (got_len == expected_len && (!got_len || memcmp(got, expected, got_len) == 0)) return;
    test_fail(file, line, "%" PRIu64 " bytes '%.*s', expected %" PRIu64 " bytes '%.*s'", got_len,
              (int)(got_len < 200 ? got_len : 200), (const char *)got, expected_len,
              (int)(expected_len < 200 ? expected_len : 200), (const char *)expected);
}
