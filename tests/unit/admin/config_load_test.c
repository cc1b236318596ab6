/* Files and command lines: quoting, repetition, includes, and what is said about mistakes. */
#include "admin/config_load.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring/ring_file.h"
#include "support/check.h"

static bool load(struct settings *settings, const char *text, char *report, size_t size)
{
    struct buf out = {0};
    bool loaded = config_load_text(settings, "test.conf", bytes_of_string(text), &out);
    snprintf(report, size, "%.*s", (int)out.len, out.ptr ? (const char *)out.ptr : "");
    buf_fini(&out);
    return loaded;
}

TEST(good_lines)
{
    char report[512];
    struct settings *settings = settings_new();
    CHECK(load(settings,
               "# comment\n   # indented\n\n\tTimeOut   5 \r\ntimeout 6\n"
               "requirepass \"a \\x62\\t\\\"c\"\n"
               "client-output-buffer-limit normal 5mb 1mb 30\n"
               "client-output-buffer-limit pubsub 1mb 1mb 5\n"
               "bind 127.0.0.1 '::1'\nlogfile ''\nport 7",
               report, sizeof report));
    CHECK_STR(report, "");
    CHECK_INT(settings->timeout, 6);
    CHECK_STR(settings->requirepass, "a b\t\"c");
    CHECK_INT(settings->output_limits[CLASS_NORMAL].hard_bytes, 5 << 20);
    CHECK_INT(settings->output_limits[CLASS_PUBSUB].soft_seconds, 5);
    CHECK_INT(settings->bind_count, 2);
    CHECK_STR(settings->bind[1], "::1");
    CHECK(!settings->logfile);
    CHECK_INT(settings->port, 7);
    settings_free(settings);
}

TEST(a_byte_zero_ends_its_line)
{
    struct settings *settings = settings_new();
    struct buf report = {0};
    CHECK(config_load_text(settings, "test.conf", BYTES("\0timeout 7\nport 7\0 8\n"), &report));
    CHECK_INT(settings->timeout, 0);
    CHECK_INT(settings->port, 7);
    buf_fini(&report);
    settings_free(settings);
}

TEST(bad_lines)
{
    static const char *const bad[][3] = {
        {"timeout 1\nnonsense 1\ntimeout x\n", "at line 2 of test.conf\n>>> 'nonsense 1'\n",
         "Bad directive or wrong number of arguments\n"},
        {"\n\n  timeout x\n", "at line 3 of test.conf\n>>> 'timeout x'\n",
         "argument couldn't be parsed into an integer\n"},
        {"timeout\n", "at line 1 of test.conf\n>>> 'timeout'\n", "wrong number of arguments\n"},
        {"timeout 1 2\n", "at line 1", "wrong number of arguments\n"},
        {"port \"1\n", ">>> 'port \"1'\n", "Unbalanced quotes in configuration line\n"},
        {"port \"1\"2\n", "at line 1", "Unbalanced quotes in configuration line\n"},
        {"include\n", "at line 1", "Bad directive or wrong number of arguments\n"},
        {"include /no/such/file\n", "at line 1",
         "can't open config file '/no/such/file': No such file or directory\n"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char report[512];
        struct settings *settings = settings_new();
        CHECK(!load(settings, bad[i][0], report, sizeof report));
        CHECK(strncmp(report, "\n*** FATAL CONFIG FILE ERROR (Torc ", 35) == 0);
        if (!strstr(report, bad[i][1]) || !strstr(report, bad[i][2]))
            test_fail(__FILE__, __LINE__, "for '%s' it said:%s", bad[i][0], report);
        settings_free(settings);
    }
}

/* A directory of its own for each test that needs files. */
static char dir[64];

static void make_dir(void)
{
    strcpy(dir, "/tmp/torc-load-XXXXXX");
    REQUIRE(mkdtemp(dir));
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void write_file(const char *name, const char *content)
{
    REQUIRE(!file_replace(path_of(name), bytes_of_string(content)));
}

TEST(includes)
{
    char text[256], report[512];
    make_dir();
    struct settings *settings = settings_new();
    write_file("a.conf", "timeout 33\ntcp-keepalive 44\n");
    write_file("b.conf", "hz 20\n");
    snprintf(text, sizeof text, "timeout 1\ninclude %s/[ab].conf\ninclude %s/none*\nhz 30\n", dir,
             dir);
    CHECK(load(settings, text, report, sizeof report));
    CHECK_INT(settings->timeout, 33);
    CHECK_INT(settings->tcp_keepalive, 44);
    CHECK_INT(settings->hz, 30);
    write_file("b.conf", "\nhz x\n");
    CHECK(!load(settings, text, report, sizeof report));
    CHECK(strstr(report, "at line 2 of /tmp/torc-load-") && strstr(report, "/b.conf\n>>> 'hz x'"));
    snprintf(text, sizeof text, "include %s/a.conf\n", dir);
    write_file("a.conf", text);
    CHECK(!load(settings, text, report, sizeof report));
    CHECK(strstr(report, "includes are nested too deeply") != NULL);
    unlink(path_of("a.conf"));
    unlink(path_of("b.conf"));
    rmdir(dir);
    settings_free(settings);
}

/* What is printed is not looked at here. */
static struct settings *run(int *status, const char *const *args)
{
    char *argv[16] = {(char *)"torc"};
    int argc = 1;
    for (; args[argc - 1]; argc++)
        argv[argc] = (char *)args[argc - 1];
    fflush(stdout);
    int out = dup(1), err = dup(2), nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, 1), dup2(nowhere, 2);
    struct settings *settings = config_load(argc, argv, status);
    fflush(stdout);
    dup2(out, 1), dup2(err, 2);
    close(out), close(err), close(nowhere);
    return settings;
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

TEST(command_lines)
{
    int status;
    struct settings *settings =
        run(&status, ARGS("--port 7000", "--loglevel", "debug", "--client-output-buffer-limit",
                          "normal", "1mb", "2mb", "3", "--requirepass", "--secret"));
    REQUIRE(settings);
    CHECK_INT(settings->port, 7000);
    CHECK_INT(settings->loglevel, 0);
    CHECK_INT(settings->output_limits[CLASS_NORMAL].soft_bytes, 2 << 20);
    CHECK_STR(settings->requirepass, "--secret"); /* right behind a name, anything is a value */
    settings_free(settings);
    CHECK(!run(&status, ARGS("--port=7000")) && status == 1);
    CHECK(!run(&status, ARGS("--port")) && status == 1);
    CHECK(!run(&status, ARGS("-x")) && status == 1);
    CHECK(!run(&status, ARGS("no-such-file")) && status == 1);
    CHECK(!run(&status, ARGS("--version")) && status == 0);
    CHECK(!run(&status, ARGS("-h")) && status == 0);
    CHECK(!run(&status, ARGS("--port", "1", "--check-config")) && status == 0);
    CHECK(!run(&status, ARGS("--port", "x", "--check-config")) && status == 1);
}

TEST(the_file_then_the_options)
{
    int status;
    make_dir();
    write_file("torc.conf", "timeout 5\nhz 11\n");
    struct settings *settings = run(&status, ARGS(path_of("torc.conf"), "--timeout", "9"));
    REQUIRE(settings);
    CHECK_INT(settings->timeout, 9);
    CHECK_INT(settings->hz, 11);
    CHECK_STR(settings->config_path, path_of("torc.conf"));
    settings_free(settings);
    unlink(path_of("torc.conf"));
    rmdir(dir);
}
