/* load_options.h -- What one run of the load generator does. */
#ifndef BENCH_LOAD_LOAD_OPTIONS_H
#define BENCH_LOAD_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define LOAD_PIDS_MAX 8

enum load_command { LOAD_GET, LOAD_SET, LOAD_MIX };

struct load_options {
    const char *host;
    const char *unix_path; /* or NULL */
    uint16_t port;
    uint32_t connections;
    uint32_t pipeline;
    double seconds;
    double warmup_seconds;
    double rate; /* batches per second, latency counted from their due time; 0: closed loop */
    uint64_t keys;
    const char *key_prefix;
    uint32_t key_len;
    uint32_t value_len;
    enum load_command command;
    bool is_fill;
    bool any_reply;            /* each reply is +OK, whatever the command */
    uint32_t expire_seconds;   /* SET ... EX; 0: none */
    uint64_t expire_at_ms;     /* SET ... PXAT, the first of them; 0: none */
    uint64_t expire_spread_ms; /* uniformly over so many from there */
    uint64_t seed;
    int cpu; /* -1: anywhere */
    uint32_t pid_count;
    int pids[LOAD_PIDS_MAX]; /* processes whose CPU time is measured */
    bool is_csv;
};

/* Ends the program with a message if an option is unknown or makes no sense. */
void load_options_read(struct load_options *options, int argc, char **argv);
const char *load_options_command_name(const struct load_options *options);

#endif
