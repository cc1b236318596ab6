/* Settings: values in and out, bounds, units, copies; the example beside the rows. */
#include "admin/config_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/config_value.h"
#include "base/random.h"
#include "ring/ring_file.h"
#include "support/check.h"

static const struct config_row *row_of(const char *name)
{
    const struct config_row *row = config_find(bytes_of_string(name));
    REQUIRE(row);
    return row;
}

static const char *value_of(const struct settings *settings, const char *name)
{
    static char text[512];
    struct buf out = {0};
    config_write(row_of(name), settings, &out);
    REQUIRE(out.len < sizeof text);
    if (out.len) memcpy(text, out.ptr, out.len);
    text[out.len] = 0;
    buf_fini(&out);
    return text;
}

static const char *set(struct settings *settings, const char *name, const char *value)
{
    static char reason[256];
    struct bytes word = bytes_of_string(value);
    return config_set(row_of(name), settings, &word, 1, reason, sizeof reason);
}

TEST(defaults)
{
    struct settings *settings = settings_new();
    CHECK_INT(settings->port, 6379);
    CHECK_INT(settings->bind_count, 2);
    CHECK_STR(settings->bind[1], "-::*");
    CHECK_INT(settings->maxclients, 10000);
    CHECK_INT(settings->proto_max_bulk_len, 512 << 20);
    CHECK_INT(settings->output_limits[CLASS_PUBSUB].soft_seconds, 60);
    CHECK(settings->shards >= 1 && !settings->requirepass && settings->protected_mode);
    CHECK_STR(value_of(settings, "loglevel"), "notice");
    settings_free(settings);
}

TEST(mistakes)
{
    static const char *const bad[][3] = {
        {"port", "x", "argument couldn't be parsed into an integer"},
        {"port", "65536", "argument must be between 0 and 65535 inclusive"},
        {"timeout", "-1", "argument must be between 0 and 2147483647 inclusive"},
        {"daemonize", "1", "argument must be 'yes' or 'no'"},
        {"loglevel", "loud",
         "argument(s) must be one of the following: debug, verbose, notice, warning"},
        {"unixsocketperm", "8", "argument couldn't be parsed as an octal number"},
        {"unixsocketperm", "1000", "argument must be between 0 and 777 inclusive"},
        {"proto-max-bulk-len", "5q", "argument must be a memory value"},
        {"proto-max-bulk-len", "-1", "argument must be a memory value"},
        {"proto-max-bulk-len", "1023kb",
         "argument must be between 1048576 and 9223372036854775807 inclusive"},
        {"maxmemory-clients", "101%", "percentage argument must be less or equal to 100"},
        {"maxmemory-clients", "x%", "argument must be a memory or percent value"},
        {"client-output-buffer-limit", "normal",
         "Wrong number of arguments in buffer limit configuration."},
        {"shard-cpus", "1-", "argument must be a list of CPUs: 0-3,8"},
    };
    struct settings *settings = settings_new();
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char before[512];
        strcpy(before, value_of(settings, bad[i][0]));
        const char *problem = set(settings, bad[i][0], bad[i][1]);
        CHECK_STR(problem ? problem : "none", bad[i][2]);
        CHECK_STR(value_of(settings, bad[i][0]), before);
    }
    settings_free(settings);
}

TEST(values)
{
    static const char *const good[][3] = {
        {"proto-max-bulk-len", "3M", "3000000"},
        {"proto-max-bulk-len", "2Mb", "2097152"},
        {"maxmemory-clients", "5%", "5%"},
        {"maxmemory-clients", "1k", "1000"},
        {"daemonize", "YES", "yes"},
        {"loglevel", "DEBUG", "debug"},
        {"unixsocketperm", "700", "700"},
        {"hz", "1000", "500"},
        {"requirepass", "a b", "a b"},
        {"logfile", "", ""},
        {"shard-cpus", "0-3,8", "0-3,8"},
    };
    struct settings *settings = settings_new();
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        CHECK(!set(settings, good[i][0], good[i][1]));
        CHECK_STR(value_of(settings, good[i][0]), good[i][2]);
    }
    settings_free(settings);
}

TEST(copies_stand_alone)
{
    struct settings *settings = settings_new();
    set(settings, "requirepass", "secret");
    struct bytes words[] = {BYTES("127.0.0.1"), BYTES("-::1")};
    CHECK(!config_set(row_of("bind"), settings, words, 2, NULL, 0));
    struct settings *copy = settings_copy(settings);
    set(settings, "requirepass", "other");
    settings_free(settings);
    CHECK_STR(copy->requirepass, "secret");
    CHECK_STR(value_of(copy, "bind"), "127.0.0.1 -::1");
    settings_free(copy);
}

/* Memory: every text parses to what a slow reader makes of it, and is written so that it is read
 * back. */
TEST(memory_at_random)
{
    static const struct {
        const char *name;
        int64_t value;
    } units[] = {{"", 1},        {"b", 1},        {"k", 1000},       {"KB", 1024},
                 {"m", 1000000}, {"Mb", 1 << 20}, {"g", 1000000000}, {"gB", 1 << 30}};
    struct random random;
    random_init(&random, 3);
    for (int i = 0; i < 100000; i++) {
        int unit = (int)random_below(&random, 8);
        int64_t number = (int64_t)(random_next(&random) >> random_below(&random, 64) >> 1), value;
        char text[64];
        snprintf(text, sizeof text, "%lld%s", (long long)number, units[unit].name);
        __int128 expected = (__int128)number * units[unit].value;
        bool fits = expected <= INT64_MAX;
        CHECK_INT(config_parse_memory(bytes_of_string(text), &value), fits);
        if (!fits) continue;
        CHECK_INT(value, (int64_t)expected);
        struct buf out = {0};
        config_write_memory(&out, value);
        CHECK(config_parse_memory(buf_view(&out), &number) && number == value);
        buf_fini(&out);
    }
}

static bool has_directive(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n'), line += line != NULL) {
        const char *at = line + strspn(line, "# ");
        bool is_first_word = !strncmp(at, name, len) && strchr(" \n", at[len]);
        if (is_first_word && at - line <= 2) return true;
    }
    return false;
}

/* In the example a directive stands at the start of a line, or behind "# "; prose begins with a
 * capital letter or goes on from the line before, and no line of it begins with a setting's name.
 */
TEST(the_example_has_every_row)
{
    struct buf text = {0};
    REQUIRE(!file_read_whole("redis.conf.example", &text));
    buf_append(&text, bytes_make("", 1));
    CHECK(has_directive((const char *)text.ptr, "include"));
    for (uint32_t i = 0; i < config_row_count(); i++)
        if (!has_directive((const char *)text.ptr, config_row_at(i)->name))
            test_fail(__FILE__, __LINE__, "%s is not in the example", config_row_at(i)->name);
    buf_fini(&text);
}

/* And what it sets is the default. */
TEST(the_example_sets_what_holds_anyway)
{
    struct buf text = {0};
    REQUIRE(!file_read_whole("redis.conf.example", &text));
    buf_append(&text, bytes_make("", 1));
    struct settings *standard = settings_new();
    for (char *line = strtok((char *)text.ptr, "\n"); line; line = strtok(NULL, "\n")) {
        char name[64], *value = strchr(line, ' ');
        if (*line == '#' || !value) continue;
        snprintf(name, sizeof name, "%.*s", (int)(value - line), line);
        const struct config_row *row = config_find(bytes_of_string(name));
        REQUIRE(row);
        if (row->flags & CONFIG_WORDS) continue; /* several lines together */
        struct settings *settings = settings_new();
        CHECK(!set(settings, name, strcmp(value + 1, "\"\"") ? value + 1 : ""));
        CHECK(config_is_same(row, settings, standard));
        settings_free(settings);
    }
    settings_free(standard);
    buf_fini(&text);
}
