/* wire/wire_test.h -- Tests that talk RESP to a running server. Every test runs on 1, 2 and 7
 * shards, in RESP2 and in RESP3, each time on an empty server over a new connection.
 *
 *   x_test [--oracle] [--shards N] [--resp N] [--filter text]
 *
 * `--oracle` runs them against redis-server, which proves the expectations. Tests of what only
 * Torc has are under TORC_TEST and are left out then. Where both have a thing but the oracle's
 * version is older or plainly its own, a test asks wire_env()->oracle. */
#ifndef TESTS_WIRE_WIRE_TEST_H
#define TESTS_WIRE_WIRE_TEST_H

#include "support/check.h"
#include "support/server.h"
#include "support/wire.h"

struct wire_env {
    struct server *server; /* shared by the tests of one setting */
    int shards;
    int resp;
    bool oracle;
    struct wire *wire;
};

const struct wire_env *wire_env(void);

enum wire_flags {
    WIRE_TORC_ONLY = 1,
    WIRE_ONCE = 2, /* in one protocol only: for tests that start servers of their own */
};

#define WIRE_TEST(name) WIRE_TEST_WITH(name, 0)
#define TORC_TEST(name) WIRE_TEST_WITH(name, WIRE_TORC_ONLY)
#define ONCE_TEST(name) WIRE_TEST_WITH(name, WIRE_ONCE)
#define WIRE_TEST_WITH(name, flags)                                                                \
    static void name(struct wire *c);                                                              \
    static void name##_on_wire(void)                                                               \
    {                                                                                              \
        name(wire_env()->wire);                                                                    \
    }                                                                                              \
    TEST_REGISTER(name, name##_on_wire, flags)                                                     \
    static void name(__attribute__((unused)) struct wire *c)

/* One more connection to the shared server, in the protocol of the setting. */
void wire_another(struct wire *wire);
/* A server of the kind under test, with more arguments (ended by NULL); stops the test if it does
 * not start. wire_own_stop() checks that it ends as it should. */
void wire_own_start(struct server *server, const char *config, const char *const *args);
void wire_own_stop(struct server *server);
void wire_connect(struct wire *wire, const struct server *server);

/* What many commands say. */
#define SYNTAX      "-ERR syntax error"
#define NOT_INTEGER "-ERR value is not an integer or out of range"
#define NOT_FLOAT   "-ERR value is not a valid float"
#define WRONG_TYPE  "-WRONGTYPE Operation against a key holding the wrong kind of value"

/* Picks the expectation for the protocol. */
#define BY_RESP(c, resp2, resp3) ((c)->resp == 3 ? (resp3) : (resp2))

/* Every command of the list, without enough arguments, is refused. */
void check_arity(struct wire *c, const char *const *lines);
/* Every command of `count` is answered so. */
void check_all(struct wire *c, const char *const *lines, size_t count, const char *expected);
/* The next thing is a push of these items: an array in RESP2. */
void check_push(struct wire *c, const char *items, const char *file, int at);
#define CHECK_PUSH(wire, items) check_push(wire, items, __FILE__, __LINE__)
/* Asks until the answer is like the pattern, which the last CHECK_LIKE says if it never is. */
void check_becomes(struct wire *c, const char *line, const char *pattern, const char *file, int at);
#define CHECK_BECOMES(wire, line, pattern) check_becomes(wire, line, pattern, __FILE__, __LINE__)
/* SETs a value of so many bytes. */
void set_filled(struct wire *c, const char *key, size_t len);
/* RESTOREs at one key what DUMP says of another. */
void restore_dump(struct wire *c, const char *from, const char *to);

#endif
