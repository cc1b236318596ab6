/* command/hash_fields.h -- The arguments of commands that deal with the expiry of fields: which
 * fields, until when, and on what condition. */
#ifndef TORC_COMMAND_HASH_FIELDS_H
#define TORC_COMMAND_HASH_FIELDS_H

#include "command/args.h"

/* Later times are refused: as redis-server does it. */
#define HASH_FIELDS_TIME_MAX_MS (INT64_MAX >> 17)

enum hash_fields_test {
    FIELDS_ALWAYS,
    FIELDS_NX, /* HEXPIRE: which do not expire yet */
    FIELDS_XX,
    FIELDS_GT,
    FIELDS_LT,
};

/* What a command knows beside FIELDS. */
enum hash_fields_grammar {
    FIELDS_OF_HEXPIRE, /* NX, XX, GT, LT */
    FIELDS_OF_HGETEX,  /* times, PERSIST */
    FIELDS_OF_HSETEX,  /* times, KEEPTTL, NX, XX, FNX, FXX; each field with its value */
};

struct hash_fields {
    uint32_t first, count; /* arguments; of HSETEX, every other one */
    enum hash_fields_test test;
    bool fields_new, fields_old; /* FNX, FXX */
    bool key_new, key_old;       /* HSETEX: NX, XX */
    enum args_expiry_kind kind;
    int64_t deadline_ms; /* if the kind has a time */
};

/* FIELDS numfields field ..., from argument 2 to the end. On failure *problem is the answer. */
bool hash_fields_read_plain(struct call *call, struct hash_fields *fields, struct outcome *problem);
/* From argument `at` to the end, in any order. */
bool hash_fields_read(struct call *call, uint32_t at, enum hash_fields_grammar grammar,
                      struct hash_fields *fields, struct outcome *problem);
/* The time in argument `index`, in the unit and from the start that `kind` says. */
bool hash_fields_deadline(struct call *call, uint32_t index, enum args_expiry_kind kind,
                          int64_t *deadline_ms, struct outcome *problem);

#endif
