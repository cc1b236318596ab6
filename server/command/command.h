/* command/command.h -- What a command is: a row. All that dispatch, routing, COMMAND, ACL and help
 * know of it stands in the row; rows stand in one table at the end of their family's file. */
#ifndef TORC_COMMAND_COMMAND_H
#define TORC_COMMAND_COMMAND_H

#include "base/bytes.h"

struct call;

/* How a handler ended. Only reply_...(), client_park() and call_walk_on() make one, so that a path
 * which forgets to answer does not compile. */
struct outcome {
    enum {
        OUTCOME_REPLIED,
        OUTCOME_PARKED,    /* the answer comes later */
        OUTCOME_WALKED_ON, /* to be run again where call->slot is at home */
        OUTCOME_LONG,      /* to be run again, as a request: over several passes, or to wait */
        OUTCOME_WAITING,   /* for its keys: see wait.h */
    } kind;
};

typedef struct outcome command_run(struct call *call);

enum command_flag {
    CMD_WRITE = 1 << 0,
    CMD_READ = 1 << 1,
    CMD_DENYOOM = 1 << 2,
    CMD_ADMIN = 1 << 3,
    CMD_FAST = 1 << 4,
    CMD_NOSCRIPT = 1 << 5,
    CMD_BLOCKING = 1 << 6,
    CMD_LOADING = 1 << 7,
    CMD_STALE = 1 << 8,
    CMD_NO_AUTH = 1 << 9,
    CMD_ALLOW_BUSY = 1 << 10,
    CMD_SENTINEL = 1 << 11,
    CMD_PROTECTED = 1 << 12,
    CMD_NO_MULTI = 1 << 13,
    CMD_ARBITRARY_KEYS = 1 << 14, /* touches keys that are not among its arguments */
    CMD_NO_ASYNC_LOADING = 1 << 15,
    /* Where it runs. Without one of these: on the slots of its keys. */
    CMD_FRONT = 1 << 16,     /* at the connection's shard, without any slot, as it is parsed */
    CMD_ALL_SLOTS = 1 << 17, /* holding every slot */
    CMD_BY_CURSOR = 1 << 18, /* at the home of the slot that its first argument, a cursor, names */
    CMD_SKIP_SLOWLOG = 1 << 19,
    CMD_MAY_PARK = 1 << 20, /* CMD_FRONT: may answer later, with client_park() */
    /* Its work is small whatever it replaces, though it does not count as fast. */
    CMD_BRIEF = 1 << 21,
    /* Has something to do at its front before it is sent where its slots are: command->prepare. */
    CMD_PREPARED = 1 << 22,
    CMD_AT_ONCE = 1 << 24, /* inside MULTI, too: it is not queued */
    /* A RESP2 client that has subscribed to something may still say it. */
    CMD_WHILE_LISTENING = 1 << 25,
    CMD_MAY_REPLICATE = 1 << 26,
    CMD_PUBSUB = 1 << 27,
    CMD_BLOCK = 1 << 23, /* EXEC: a block of other commands, whose slots are its own */
};

/* Categories that do not follow from the flags (write, read, fast, slow, admin, dangerous do). */
enum command_category {
    ACL_KEYSPACE = 1 << 0,
    ACL_STRING = 1 << 1,
    ACL_CONNECTION = 1 << 2,
    ACL_DANGEROUS = 1 << 3,
    ACL_BITMAP = 1 << 4,
    ACL_LIST = 1 << 5,
    ACL_HASH = 1 << 6,
    ACL_SET = 1 << 7,
    ACL_SORTEDSET = 1 << 8,
    ACL_STREAM = 1 << 9,
    ACL_HYPERLOGLOG = 1 << 10,
    ACL_GEO = 1 << 11,
    ACL_PUBSUB = 1 << 12,
    ACL_TRANSACTION = 1 << 13,
    ACL_SCRIPTING = 1 << 14,
    ACL_BLOCKING = 1 << 15,
};

/* How a key is used: the flags of COMMAND INFO's key specifications. */
enum key_flag {
    KEY_RO = 1 << 0,
    KEY_RW = 1 << 1,
    KEY_OW = 1 << 2,
    KEY_RM = 1 << 3,
    KEY_ACCESS = 1 << 4,
    KEY_UPDATE = 1 << 5,
    KEY_INSERT = 1 << 6,
    KEY_DELETE = 1 << 7,
    KEY_NOT_KEY = 1 << 8,
    KEY_INCOMPLETE = 1 << 9,
    KEY_VARIABLE_FLAGS = 1 << 10,
};

/* Which arguments are keys. Indexes count the command's name as 0; of a subcommand "object|freq"
 * the key is argument 2. A zeroed one ends the list. */
struct key_spec {
    enum { KEYS_NONE, KEYS_RANGE, KEYS_COUNTED, KEYS_WORD, KEYS_CONTENT } kind;
    /* RANGE: from `first` to `last` (0: that one; negative: from the end, -1 the last argument) in
     * steps. COUNTED: the argument at `first` says how many, they begin behind it, in steps.
     * WORD: behind `word`, looked for from `first` on: one key behind each (last 0), or the first
     * half of what follows (last -1). CONTENT: none of the arguments: keys that other keys' values
     * name; see needs_all_slots. */
    int16_t first, last, step;
    uint16_t flags;
    const char *notes; /* why the flags are what they are; NULL: they speak for themselves */
    const char *word;  /* in capitals */
    bool unknown;      /* so COMMAND INFO says, though it is a word */
};

enum { KEY_SPEC_MAX = 3 };

struct command {
    const char *name; /* lower case; of a subcommand its own word alone */
    command_run *run; /* NULL: a container, see `subcommands` */
    int16_t arity;    /* arguments with the name (a subcommand: names); negative: at least */
    uint32_t flags;
    uint32_t categories;
    struct key_spec keys[KEY_SPEC_MAX];
    const char *group; /* "string", "generic", ... */
    const char *since;
    const char *complexity;
    const char *syntax; /* its arguments, in the grammar that COMMAND DOCS is made from */
    const char *summary;
    const struct command *subcommands; /* ends with a row without a name; NULL: none */
    const char *tips; /* for clients, a space between two: "nondeterministic_output"; NULL: none */
    const char *deprecated_since; /* NULL: it is not */
    const char *replaced_by;      /* then: what to use instead */
    /* Do these arguments make it touch keys that they do not name? Then it holds every slot. NULL:
     * never. */
    bool (*needs_all_slots)(const struct bytes *args, uint32_t arg_count);
    /* CMD_BLOCKING: may it wait, with these arguments? NULL: always. */
    bool (*can_wait)(const struct bytes *args, uint32_t arg_count);
    /* CMD_PREPARED: at the front, with call->client. */
    void (*prepare)(struct call *call);
    /* Set by the registry, which keeps its own copies of the rows: */
    uint16_t id;           /* its place in counters of commands */
    uint8_t route;         /* enum route */
    uint8_t key_index;     /* of ROUTE_KEY: the argument that is the key */
    uint8_t lone_key;      /* of ROUTE_KEYS: the argument that is its one key, if the last; or 0 */
    const char *full_name; /* "config|get" for a subcommand */
};

/* What the slots of a call depend on: follows from flags and keys. */
enum route {
    ROUTE_FRONT,  /* no slots: runs at the front */
    ROUTE_KEY,    /* one key */
    ROUTE_KEYS,   /* several keys */
    ROUTE_CURSOR, /* CMD_BY_CURSOR */
    ROUTE_ALL,    /* CMD_ALL_SLOTS */
    ROUTE_BLOCK,  /* CMD_BLOCK: what call->brought says */
    ROUTE_ASKED,  /* as ROUTE_ALL if needs_all_slots says so, else as ROUTE_KEYS */
};

/* clang-format off */
#define KEYS_ONE(flags_)           {{KEYS_RANGE, 1, 0, 1, (flags_)}}
#define KEYS_NOTED(flags_, notes_) {{KEYS_RANGE, 1, 0, 1, (flags_), (notes_)}}
#define KEYS_ALL(flags_)           {{KEYS_RANGE, 1, -1, 1, (flags_)}}
#define KEYS_AT(first_, flags_)    {{KEYS_RANGE, (first_), 0, 1, (flags_)}}
#define KEYS_TWO(one_, two_)       {{KEYS_RANGE, 1, 0, 1, (one_)}, {KEYS_RANGE, 2, 0, 1, (two_)}}
/* clang-format on */

#endif
