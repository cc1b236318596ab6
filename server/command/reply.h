/* command/reply.h -- How a handler answers: `return reply_int(call, n);`. For
 * replies of several parts, write them to &call->out and `return
 * reply_written(call)`. Error texts are redis-server's. */
#ifndef TORC_COMMAND_REPLY_H
#define TORC_COMMAND_REPLY_H

#include "command/call.h"

struct outcome reply_written(struct call *call); /* the handler wrote the whole reply itself */
struct outcome reply_ok(struct call *call);
struct outcome reply_status(struct call *call, const char *text);
struct outcome reply_int(struct call *call, int64_t value);
struct outcome reply_bool(struct call *call, bool value); /* :1 or :0, in both protocols */
struct outcome reply_bulk(struct call *call, struct bytes bytes);
struct outcome reply_null(struct call *call);
struct outcome reply_null_array(struct call *call);
struct outcome reply_empty_array(struct call *call);

/* `format` begins with the code: "ERR no such key". CR and LF of its arguments become spaces. */
struct outcome reply_error(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct outcome reply_syntax(struct call *call);     /* ERR syntax error */
struct outcome reply_wrong_type(struct call *call); /* WRONGTYPE ... */
struct outcome reply_not_int(struct call *call);   /* ERR value is not an integer or out of range */
struct outcome reply_not_float(struct call *call); /* ERR value is not a valid float */
struct outcome reply_no_key(struct call *call);    /* ERR no such key */
struct outcome reply_out_of_range(struct call *call); /* ERR index out of range */
struct outcome reply_wrong_arity(struct call *call);
/* ERR unknown subcommand or wrong number of arguments for '...'. Try NAME HELP. */
struct outcome reply_bad_subcommand(struct call *call);
/* The lines of a HELP subcommand, NULL at the end, with the frame that redis-server gives them. */
struct outcome reply_help(struct call *call, const char *const *lines);

#endif
