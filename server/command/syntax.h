/* command/syntax.h -- The arguments of a command as a tree, made from the text in its row. COMMAND
 * DOCS serves it; clients' hints and our own tests' generators read it.
 *
 * The grammar is that of the documentation of Redis:
 *     WORD            a token: written as it stands
 *     word            an argument that the caller chooses
 *     WORD word ...   a token with what belongs to it, up to the next token or bracket
 *     [ a | b ]       one of them, or nothing        < a | b >   one of them
 *     x [x ...]       once or more: what stands in the brackets repeats what stands before them
 *     [x ...]         any number of times
 * Types follow from the names of arguments: see syntax.c. */
#ifndef TORC_COMMAND_SYNTAX_H
#define TORC_COMMAND_SYNTAX_H

#include "command/command.h"
#include "mem/arena.h"

enum syntax_type {
    SYNTAX_STRING,
    SYNTAX_INTEGER,
    SYNTAX_DOUBLE,
    SYNTAX_KEY,
    SYNTAX_PATTERN,
    SYNTAX_UNIX_TIME,
    SYNTAX_PURE_TOKEN,
    SYNTAX_ONEOF, /* one of its children */
    SYNTAX_BLOCK, /* all of its children, in order */
};

enum syntax_flag {
    SYNTAX_OPTIONAL = 1 << 0,
    SYNTAX_MULTIPLE = 1 << 1,
    SYNTAX_MULTIPLE_TOKEN = 1 << 2, /* the token is repeated too */
};

struct syntax {
    struct syntax *next, *children;
    struct bytes name;
    struct bytes token; /* comes before it; empty: none */
    enum syntax_type type;
    uint32_t flags;
    int key_spec;        /* of SYNTAX_KEY: which of the row's specifications; else -1 */
    struct bytes source; /* the text it was made from */
};

/* The arguments of a row in `scratch`; *arguments is NULL when there are none. False: the text does
 * not follow the grammar. O(text) but for repetitions, which compare text. */
bool syntax_parse(const struct command *row, struct arena *scratch, struct syntax **arguments);
const char *syntax_type_name(enum syntax_type type); /* "pure-token" */

#endif
