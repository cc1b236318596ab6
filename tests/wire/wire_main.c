#include "wire/wire_test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct wire_env env;

const struct wire_env *wire_env(void)
{
    return &env;
}

void wire_connect(struct wire *wire, const struct server *server)
{
    REQUIRE(wire_open(wire, server->port));
    REQUIRE(wire_hello(wire, env.resp));
    /* Only a reply shows that the server has accepted the connection. */
    CHECK_REPLY(wire, "PING", "+PONG");
}

void wire_another(struct wire *wire)
{
    wire_connect(wire, env.server);
}

void wire_own_start(struct server *server, const char *config, const char *const *args)
{
    struct server_options options = {
        .oracle = env.oracle, .shards = env.shards, .config = config, .args = args};
    REQUIRE(server_start(server, &options));
}

void wire_own_stop(struct server *server)
{
    CHECK(server_stop(server));
    server_fini(server);
}

void check_arity(struct wire *c, const char *const *lines)
{
    for (; *lines; lines++) {
        char expected[128], name[64];
        size_t len = strcspn(*lines, " ");
        snprintf(name, sizeof(name), "%.*s", (int)len, *lines);
        for (char *at = name; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        snprintf(expected, sizeof(expected), "-ERR wrong number of arguments for '%s' command",
                 name);
        CHECK_REPLY(c, *lines, expected);
    }
}

void check_all(struct wire *c, const char *const *lines, size_t count, const char *expected)
{
    for (size_t i = 0; i < count; i++)
        CHECK_REPLY(c, lines[i], expected);
}

void check_push(struct wire *c, const char *items, const char *file, int at)
{
    struct text text = {0};
    text_addf(&text, "%s[%s]", BY_RESP(c, "", ">"), items);
    wire_check_next(c, text.data, file, at);
    text_fini(&text);
}

void check_becomes(struct wire *c, const char *line, const char *pattern, const char *file, int at)
{
    int64_t deadline = now_ms() + WIRE_TIMEOUT_MS;
    while (now_ms() < deadline && !text_like(wire_command_text(c, line), pattern))
        wait_ms(1);
    wire_check_like(c, line, pattern, file, at);
}

void set_filled(struct wire *c, const char *key, size_t len)
{
    struct words words = {0};
    char *value = malloc(len);
    REQUIRE(value);
    memset(value, 'v', len);
    words_add(&words, "SET", 3);
    words_add(&words, key, strlen(key));
    words_add(&words, value, len);
    CHECK_STR(wire_words_text(c, &words), "+OK");
    words_fini(&words);
    free(value);
}

void restore_dump(struct wire *c, const char *from, const char *to)
{
    char line[128];
    struct words words = {0};
    snprintf(line, sizeof(line), "DUMP %s", from);
    struct reply *dump = wire_command(c, line);
    REQUIRE(dump && dump->type == '$');
    words_add(&words, "RESTORE", 7);
    words_add(&words, to, strlen(to));
    words_add(&words, "0", 1);
    words_add(&words, dump->data, dump->len);
    CHECK_STR(wire_words_text(c, &words), "+OK");
    words_fini(&words);
    reply_free(dump);
}

struct options {
    bool oracle;
    int shards, resp;
    const char *filter;
};

static bool parse_options(struct options *options, int argc, char **argv)
{
    *options = (struct options){.filter = ""};
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--oracle") == 0) {
            options->oracle = true;
        } else if (strcmp(argv[i], "--shards") == 0 && more) {
            options->shards = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--resp") == 0 && more) {
            options->resp = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--filter") == 0 && more) {
            options->filter = argv[++i];
        } else {
            return false;
        }
    }
    return true;
}

static bool start(struct server *server)
{
    struct server_options options = {.oracle = env.oracle, .shards = env.shards};
    return server_start(server, &options);
}

/* A test that leaves the server dead must not take the others with it. */
static bool revive(struct server *server)
{
    struct wire probe;
    bool alive = wire_open(&probe, server->port);
    wire_close(&probe);
    if (alive) return true;
    test_fail(__FILE__, __LINE__, "the server is gone");
    server_stop(server);
    server_fini(server);
    return start(server);
}

static bool prepare(struct wire *wire)
{
    if (!wire_open(wire, env.server->port)) return false;
    wire->timeout_ms = WIRE_TIMEOUT_MS;
    bool ok = strcmp(wire_command_text(wire, "FLUSHALL"), "+OK") == 0;
    return ok && wire_hello(wire, env.resp);
}

static void wire_is_ready(void)
{
    REQUIRE(!"a new connection could flush and say hello");
}

static void run_one(struct test *test, const char *label)
{
    struct wire wire;
    struct test unready = {.name = test->name, .run = wire_is_ready};
    bool ready = prepare(&wire);
    env.wire = &wire;
    test_run(ready ? test : &unready, label);
    wire_close(&wire);
}

static void run_setting(const struct options *options)
{
    char label[64];
    if (env.oracle) {
        snprintf(label, sizeof(label), "redis-server, RESP%d", env.resp);
    } else {
        snprintf(label, sizeof(label), "%d shards, RESP%d", env.shards, env.resp);
    }
    for (struct test *test = test_first(); test; test = test->next) {
        if (!strstr(test->name, options->filter)) continue;
        if ((test->flags & WIRE_TORC_ONLY) && env.oracle) continue;
        if ((test->flags & WIRE_ONCE) && env.resp == 3) continue;
        run_one(test, label);
        if (!revive(env.server)) return;
    }
}

static bool stopped_well;

static void server_stops_well(void)
{
    CHECK(stopped_well);
}

static void run_shards(const struct options *options)
{
    struct server server;
    struct test stop = {.name = "server_stops_well", .run = server_stops_well};
    char label[32];
    env.server = &server;
    if (start(&server)) {
        for (env.resp = 2; env.resp <= 3; env.resp++) {
            if (!options->resp || options->resp == env.resp) run_setting(options);
        }
        stopped_well = server_stop(&server);
    } else {
        stopped_well = false;
    }
    server_fini(&server);
    snprintf(label, sizeof(label), "%d shards", env.shards);
    test_run(&stop, label);
}

int main(int argc, char **argv)
{
    static const int shards[] = {1, 2, 7};
    struct options options;
    if (!parse_options(&options, argc, argv)) {
        fprintf(stderr, "usage: %s [--oracle] [--shards N] [--resp N] [--filter text]\n", argv[0]);
        return 2;
    }
    env.oracle = options.oracle;
    for (int i = 0; i < 3; i++) {
        env.shards = options.shards ? options.shards : shards[i];
        run_shards(&options);
        if (options.shards || options.oracle) break;
    }
    return test_finish(argv[0]);
}
