/* support/check.h -- Tests register themselves, run one after the other, and are counted.
 * A test is a function under TEST(name). A failed CHECK is reported with file and line and marks
 * the test as failed; the test goes on. test_abort() leaves the running test at once.
 * A binary without a main() of its own gets one that runs every test and ends with the line
 * `name: N passed, M failed`. */
#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct test {
    const char *name;
    void (*run)(void);
    unsigned flags; /* meaning given by the driver that runs the tests */
    struct test *next;
};

#define TEST(name) TEST_WITH(name, 0)
#define TEST_WITH(name, flags)                                                                     \
    static void name(void);                                                                        \
    TEST_REGISTER(name, name, flags)                                                               \
    static void name(void)
#define TEST_REGISTER(name, function, flags)                                                       \
    static struct test test_case_##name = {#name, function, flags, 0};                             \
    __attribute__((constructor)) static void test_add_##name(void)                                 \
    {                                                                                              \
        test_add(&test_case_##name);                                                               \
    }

void test_add(struct test *test);
struct test *test_first(void);

/* Runs one test and counts it; `label` says in which setting. false: it failed. */
bool test_run(struct test *test, const char *label);
/* Prints the last line of a test binary; the exit status of its main(). */
int test_finish(const char *program);
/* Runs every test whose name contains the argument of `--filter`. */
int test_main(int argc, char **argv);

void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void test_abort(void);
bool test_failed(void); /* has the running test failed already? */

void test_check(bool ok, const char *file, int line, const char *text);
void test_check_int(int64_t got, int64_t expected, const char *file, int line, const char *text);
void test_check_str(const char *got, const char *expected, const char *file, int line,
                    const char *text);
void test_check_bytes(const void *got, uint64_t got_len, const void *expected,
                      uint64_t expected_len, const char *file, int line);

#define CHECK(condition)         test_check((condition), __FILE__, __LINE__, #condition)
#define CHECK_INT(got, expected) test_check_int((got), (expected), __FILE__, __LINE__, #got)
#define CHECK_STR(got, expected) test_check_str((got), (expected), __FILE__, __LINE__, #got)
#define CHECK_BYTES(got, got_len, expected, expected_len)                                          \
    test_check_bytes((got), (got_len), (expected), (expected_len), __FILE__, __LINE__)
/* For what the rest of a test cannot do without. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (condition) break;                                                                      \
        test_fail(__FILE__, __LINE__, "required: %s", #condition);                                 \
        test_abort();                                                                              \
    } while (0)

#endif
