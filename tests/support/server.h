/* support/server.h -- A server of its own for a test: started on a free loopback port in a fresh
 * directory, stopped by its process id. Its output goes to a file, in which a sanitizer's report
 * makes the stop fail. */
#ifndef TESTS_SUPPORT_SERVER_H
#define TESTS_SUPPORT_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "support/text.h"

#define SERVER_START_MS 30000
#define SERVER_STOP_MS  30000

struct server {
    pid_t pid; /* 0: not running */
    int port;
    bool oracle;
    char dir[128];
    char output[160]; /* the file with its stdout and stderr */
    int status;       /* as from waitpid(), once it has ended */
    bool keep_dir;
};

struct server_options {
    bool oracle;             /* redis-server instead of torc */
    int shards;              /* 0: the default; the oracle has none */
    const char *launcher;    /* runs it: `launcher restriction program ...`; or NULL */
    const char *restriction; /* see faults/launch.c */
    const char *config;      /* text of a configuration file, or NULL */
    const char *input;       /* what it reads on standard input, or NULL */
    const char *const *args; /* more arguments, ended by NULL, or NULL */
};

/* TORC, or build/release/torc; for the oracle REDIS_SERVER, or redis-server. */
const char *server_program(bool oracle);

/* false: it did not come up; the reason is on stdout. The directory and `status` stay. */
bool server_start(struct server *server, const struct server_options *options);
/* Sends SIGTERM. false: it did not end with status 0 in time, or a sanitizer complained. */
bool server_stop(struct server *server);
/* Waits for an end that something else brought about; checks as server_stop() does. */
bool server_wait(struct server *server, int timeout_ms);
void server_kill(struct server *server);
/* Removes the directory, unless something failed. Every start has one. */
void server_fini(struct server *server);

/* Runs the program to its end in a fresh directory, feeding it `input`; its output goes to
 * `output`. The exit status, or -1 if it was still running after the time and was killed. */
struct program {
    const char *const *argv; /* argv[0] is the program */
    const char *input;       /* NULL: none */
    int timeout_ms;
};
int program_run(const struct program *program, struct text *output);

int free_port(void);
bool file_read(const char *path, struct text *text);
bool file_write(const char *path, const char *content);

#endif
