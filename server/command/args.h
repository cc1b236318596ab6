/* command/args.h -- Typed readers of a call's arguments, and the options that several commands
 * share. They read and check; what to answer when they say false is the handler's decision. */
#ifndef TORC_COMMAND_ARGS_H
#define TORC_COMMAND_ARGS_H

#include "command/call.h"

static inline bool args_is(const struct call *call, uint32_t index, const char *word)
{
    return bytes_equal_nocase(call->args[index], bytes_of_string(word));
}

/* For "%.*s" of an error text: no more than 128 bytes are shown. */
static inline int args_print_len(const struct call *call, uint32_t index)
{
    return call->args[index].len < 128 ? (int)call->args[index].len : 128;
}

/* The whole argument is an integer of 64 bits. */
bool args_int(const struct call *call, uint32_t index, int64_t *value);
/* The same; on failure *problem is set to the answer. */
bool args_read_int(struct call *call, uint32_t index, int64_t *value, struct outcome *problem);
/* An integer from `min` on, with one answer ("ERR" and `text`) for all that is none. */
bool args_read_from(struct call *call, uint32_t index, int64_t min, int64_t *value,
                    const char *text, struct outcome *problem);

/* A database's number: an integer of 32 bits, and one that exists. On failure *problem is set to
 * the answer. */
bool args_database(struct call *call, uint32_t index, uint16_t *db, struct outcome *problem);

/* The options of the EX family, of which a command takes one. */
enum args_expiry_kind {
    EXPIRY_NONE,
    EXPIRY_EX,
    EXPIRY_PX,
    EXPIRY_EXAT,
    EXPIRY_PXAT,
    EXPIRY_KEEPTTL,
    EXPIRY_PERSIST,
};

struct args_expiry {
    enum args_expiry_kind kind;
    uint32_t index; /* of the argument with the time */
};

enum args_match {
    ARGS_OTHER,    /* it is no such option */
    ARGS_TAKEN,    /* read; *at is behind it */
    ARGS_CONFLICT, /* it is one, and does not go with what was read before, or lacks its argument */
};

/* Is the argument at *at an option of the EX family? Which of KEEPTTL and PERSIST the command knows
 * is `extra`. An option may be repeated: the last one counts. */
enum args_match args_expiry_option(const struct call *call, uint32_t *at,
                                   enum args_expiry_kind extra, struct args_expiry *expiry);

static inline bool args_expiry_has_time(const struct args_expiry *expiry)
{
    return expiry->kind >= EXPIRY_EX && expiry->kind <= EXPIRY_PXAT;
}

static inline bool args_expiry_is_absolute(const struct args_expiry *expiry)
{
    return expiry->kind == EXPIRY_EXAT || expiry->kind == EXPIRY_PXAT;
}

/* What keyspace_put wants to know: the deadline in ms, INT64_MAX without one (PERSIST too), and
 * KEYSPACE_KEEP_EXPIRY. On failure *problem is set to the answer. */
bool args_deadline(struct call *call, const struct args_expiry *expiry, int64_t *deadline_ms,
                   struct outcome *problem);

/* INT64_MAX stands for "never", so a deadline of that many milliseconds, which clients may set, is
 * kept as the one before, and told as the last. */
static inline int64_t args_deadline_kept(int64_t deadline_ms)
{
    return deadline_ms == INT64_MAX ? INT64_MAX - 1 : deadline_ms;
}

static inline int64_t args_deadline_told(int64_t deadline_ms)
{
    return deadline_ms == INT64_MAX - 1 ? INT64_MAX : deadline_ms;
}

/* ERR invalid expire time in 'set' command */
struct outcome reply_bad_expiry(struct call *call);

#endif
