#include "load_options.h"

#include "fatal.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const usage_text =
    "usage: load [options]\n"
    "  --host ADDRESS        numeric IPv4 address of the server (127.0.0.1)\n"
    "  --port N              its port (6379)\n"
    "  --unix PATH           or its Unix socket\n"
    "  --connections N       (50)\n"
    "  --pipeline P          requests in a batch; the next waits for all replies (1)\n"
    "  --warmup S            seconds before the measurement (0.3)\n"
    "  --seconds S           seconds measured (1)\n"
    "  --rate N              batches per second over all connections, not as fast as they go\n"
    "  --command get|set|mix (get)\n"
    "  --keys N              drawn uniformly from N keys (1000000)\n"
    "  --key-prefix TEXT     (key:)\n"
    "  --key-size BYTES      prefix and zero-padded number (16)\n"
    "  --value-size BYTES    of SET, and expected of GET (64)\n"
    "  --fill                SET every key once, then exit\n"
    "  --expire SECONDS      SET ... EX SECONDS\n"
    "  --expire-at MS        SET ... PXAT, Unix time in milliseconds\n"
    "  --expire-spread MS    ... plus a random part of so many milliseconds\n"
    "  --any-reply           expect +OK to everything (the limit server)\n"
    "  --pid PID             measure this process's CPU time, repeatable\n"
    "  --cpu CORE            run on this core\n"
    "  --seed N              of the keys' order\n"
    "  --csv                 one line: command,connections,pipeline,value bytes,requests/s,\n"
    "                        server ns/request,p50,p99,p99.9,max (us),load's busy share\n";

enum option_name {
    OPTION_HOST = 1,
    OPTION_PORT,
    OPTION_UNIX,
    OPTION_CONNECTIONS,
    OPTION_PIPELINE,
    OPTION_WARMUP,
    OPTION_SECONDS,
    OPTION_RATE,
    OPTION_COMMAND,
    OPTION_KEYS,
    OPTION_KEY_PREFIX,
    OPTION_KEY_SIZE,
    OPTION_VALUE_SIZE,
    OPTION_FILL,
    OPTION_EXPIRE,
    OPTION_EXPIRE_AT,
    OPTION_EXPIRE_SPREAD,
    OPTION_ANY_REPLY,
    OPTION_PID,
    OPTION_CPU,
    OPTION_SEED,
    OPTION_CSV,
    OPTION_HELP,
};

static const struct option option_names[] = {
    {"host", required_argument, NULL, OPTION_HOST},
    {"port", required_argument, NULL, OPTION_PORT},
    {"unix", required_argument, NULL, OPTION_UNIX},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"pipeline", required_argument, NULL, OPTION_PIPELINE},
    {"warmup", required_argument, NULL, OPTION_WARMUP},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"command", required_argument, NULL, OPTION_COMMAND},
    {"keys", required_argument, NULL, OPTION_KEYS},
    {"key-prefix", required_argument, NULL, OPTION_KEY_PREFIX},
    {"key-size", required_argument, NULL, OPTION_KEY_SIZE},
    {"value-size", required_argument, NULL, OPTION_VALUE_SIZE},
    {"fill", no_argument, NULL, OPTION_FILL},
    {"expire", required_argument, NULL, OPTION_EXPIRE},
    {"expire-at", required_argument, NULL, OPTION_EXPIRE_AT},
    {"expire-spread", required_argument, NULL, OPTION_EXPIRE_SPREAD},
    {"any-reply", no_argument, NULL, OPTION_ANY_REPLY},
    {"pid", required_argument, NULL, OPTION_PID},
    {"cpu", required_argument, NULL, OPTION_CPU},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"csv", no_argument, NULL, OPTION_CSV},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

struct bounds {
    uint64_t min, max;
};

static uint64_t read_number(const char *text, struct bounds bounds)
{
    char *end;
    uint64_t number = strtoull(text, &end, 10);
    if (end == text || *end || *text == '-' || number < bounds.min || number > bounds.max) {
        fatal("'%s' is not a number from %lu to %lu", text, bounds.min, bounds.max);
    }
    return number;
}

static double read_seconds(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= 0 && number <= 86400)) {
        fatal("'%s' is not a number of seconds", text);
    }
    return number;
}

static enum load_command read_command(const char *text)
{
    if (!strcmp(text, "get")) return LOAD_GET;
    if (!strcmp(text, "set")) return LOAD_SET;
    if (!strcmp(text, "mix")) return LOAD_MIX;
    fatal("'%s' is not get, set or mix", text);
}

static void add_pid(struct load_options *options, const char *text)
{
    if (options->pid_count == LOAD_PIDS_MAX) fatal("at most %d processes", LOAD_PIDS_MAX);
    options->pids[options->pid_count++] = (int)read_number(text, (struct bounds){1, 1 << 30});
}

static uint32_t read_count(const char *text, struct bounds bounds)
{
    return (uint32_t)read_number(text, bounds);
}

static void apply(struct load_options *options, int name, const char *text)
{
    const struct bounds any = {0, INT64_MAX};
    switch ((enum option_name)name) {
    case OPTION_HOST: options->host = text; break;
    case OPTION_PORT: options->port = (uint16_t)read_number(text, (struct bounds){1, 65535}); break;
    case OPTION_UNIX: options->unix_path = text; break;
    case OPTION_CONNECTIONS:
        options->connections = read_count(text, (struct bounds){1, 60000});
        break;
    case OPTION_PIPELINE: options->pipeline = read_count(text, (struct bounds){1, 65536}); break;
    case OPTION_WARMUP: options->warmup_seconds = read_seconds(text); break;
    case OPTION_SECONDS: options->seconds = read_seconds(text); break;
    case OPTION_RATE:
        options->rate = (double)read_number(text, (struct bounds){1, 10000000});
        break;
    case OPTION_COMMAND: options->command = read_command(text); break;
    case OPTION_KEYS: options->keys = read_number(text, (struct bounds){1, UINT32_MAX}); break;
    case OPTION_KEY_PREFIX: options->key_prefix = text; break;
    case OPTION_KEY_SIZE: options->key_len = read_count(text, (struct bounds){2, 255}); break;
    case OPTION_VALUE_SIZE:
        options->value_len = read_count(text, (struct bounds){1, 1 << 29});
        break;
    case OPTION_FILL: options->is_fill = true; break;
    case OPTION_EXPIRE:
        options->expire_seconds = read_count(text, (struct bounds){1, 1 << 30});
        break;
    case OPTION_EXPIRE_AT: options->expire_at_ms = read_number(text, any); break;
    case OPTION_EXPIRE_SPREAD:
        options->expire_spread_ms = read_number(text, (struct bounds){0, UINT32_MAX});
        break;
    case OPTION_ANY_REPLY: options->any_reply = true; break;
    case OPTION_PID: add_pid(options, text); break;
    case OPTION_CPU: options->cpu = (int)read_number(text, (struct bounds){0, 1023}); break;
    case OPTION_SEED: options->seed = read_number(text, any); break;
    case OPTION_CSV: options->is_csv = true; break;
    case OPTION_HELP: fputs(usage_text, stdout); exit(0);
    default: fatal("bad options\n%s", usage_text);
    }
}

static void check(struct load_options *options)
{
    size_t prefix_len = strlen(options->key_prefix);
    if (prefix_len >= options->key_len) fatal("the key has no room for its number");
    /* Digits are patched in pairs. */
    double room = pow(100, (double)((options->key_len - prefix_len) / 2));
    if (room < (double)options->keys) fatal("too many keys for their size");
    if (options->expire_at_ms && options->expire_at_ms / 1000000000000 != 1) {
        fatal("--expire-at is in milliseconds since 1970");
    }
    if (options->is_fill) options->command = LOAD_SET;
    if (options->seconds <= 0) fatal("--seconds must be above 0");
}

void load_options_read(struct load_options *options, int argc, char **argv)
{
    *options = (struct load_options){
        .host = "127.0.0.1",
        .port = 6379,
        .connections = 50,
        .pipeline = 1,
        .seconds = 1,
        .warmup_seconds = 0.3,
        .keys = 1000000,
        .key_prefix = "key:",
        .key_len = 16,
        .value_len = 64,
        .command = LOAD_GET,
        .seed = 1,
        .cpu = -1,
    };
    for (int name; (name = getopt_long(argc, argv, "", option_names, NULL)) != -1;) {
        apply(options, name, optarg);
    }
    if (optind < argc) fatal("what is '%s'?", argv[optind]);
    check(options);
}

const char *load_options_command_name(const struct load_options *options)
{
    static const char *const names[] = {"get", "set", "mix"};
    return options->is_fill ? "fill" : names[options->command];
}
