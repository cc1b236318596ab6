/* history/history.h -- What clients asked and were told, and whether one order of all commands
 * explains it: strict serializability, with the commands of each connection in the order in which
 * they were written.
 *
 * An order is looked for as Wing and Gong did, and Lowe's memory of configurations: at each step
 * some connection's next command is taken, if no command that had been answered before it was sent
 * is still to come, and if a model of the data gives the reply that was seen. A configuration (how
 * far each connection is, and the data) is visited once. */
#ifndef TESTS_HISTORY_HISTORY_H
#define TESTS_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HISTORY_KEYS = 8, /* of strings; those of sets, lists and sorted sets follow (members.h) */
    HISTORY_DATABASES = 2,
    HISTORY_CONNS_MAX = 40,
    HISTORY_VALUES_MAX = 4096, /* value 0: there is no such key */
    OP_KEYS_MAX = 4,
};

enum op_kind {
    OP_GET,
    OP_SET,
    OP_SET_GET, /* SET key value GET */
    OP_SET_NX,
    OP_SETNX,
    OP_SET_PX,
    OP_INCRBY,
    OP_GETDEL,
    OP_GETEX_PX,
    OP_GETEX_PERSIST,
    OP_PEXPIRE,
    OP_PERSIST,
    OP_PTTL,
    OP_DEL,
    OP_UNLINK,
    OP_EXISTS,
    OP_MGET,
    OP_MSET,
    OP_MSETNX,
    OP_RENAME,
    OP_RENAMENX,
    OP_COPY, /* with DB and REPLACE */
    OP_MOVE, /* to the other database */
    OP_SELECT,
    OP_SWAPDB,
    OP_FLUSHDB,
    OP_FLUSHALL,
    OP_DBSIZE,
    OP_KEYS,
    OP_RANDOMKEY,
    OP_SCAN, /* says nothing of an order */
    OP_ID,   /* CLIENT ID */
    OP_WATCH,
    OP_UNWATCH,
    OP_BLOCK, /* MULTI; its `parts`, the next operations, are taken with it, as one */
    OP_SADD,  /* from here on: of sets, lists and sorted sets (members.h) */
    OP_SREM,
    OP_SPOP, /* one, and any may go: the reply says which */
    OP_SMOVE,
    OP_SISMEMBER,
    OP_SMEMBERS,
    OP_SUNION,
    OP_SUNIONSTORE,
    OP_SINTERSTORE,
    OP_ZUNIONSTORE,
    OP_ZCARD,
    OP_ZRANGE, /* all, with scores */
    OP_LPUSH,
    OP_RPUSH,
    OP_LPOP,
    OP_RPOP,
    OP_LMOVE,
    OP_LRANGE, /* all */
    OP_BLPOP,  /* from here on: they wait for elements, but not as parts of a block */
    OP_BRPOP,
    OP_BLMPOP, /* `count` of them */
    OP_BLMOVE,
    OP_BLMOVEM,  /* `count` of them, or fewer */
    OP_BZPOPMIN, /* of the sorted set, to which any command may give members */
    OP_BZPOPMAX,
    OP_KIND_COUNT,
};

struct op {
    uint8_t kind; /* enum op_kind */
    uint8_t key_count;
    uint8_t keys[OP_KEYS_MAX];
    uint8_t db, to_db;            /* its connection's; OP_COPY, OP_MOVE and OP_SELECT: another */
    uint16_t values[OP_KEYS_MAX]; /* each value is written by one command only */
    uint32_t expiry_ms;           /* of kinds that set one ... */
    uint16_t expiry;              /* ... its number, from 1 on; no other command has it */
    uint16_t increment;           /* OP_INCRBY: in HISTORY_VALUES_MAX, so that the value is known */
    uint32_t padding;             /* of its values, in bytes: large ones go other ways */
    uint16_t members;             /* of a set, as a mask; or the element that is pushed */
    bool from_right, to_right;    /* OP_LMOVE, OP_BLMOVE, OP_BLMOVEM; OP_BLMPOP */
    uint8_t count;                /* OP_BLMPOP, OP_BLMOVEM ... */
    bool exactly, in_bulk;        /* ... not fewer; they keep their order */
    uint8_t parts;                /* OP_BLOCK */
    bool is_part;
    uint8_t closes;       /* enum block_end: it is the last that stands between MULTI and that */
    uint32_t wait_ms;     /* of those that wait; 0: for ever */
    bool is_answered;     /* else it may have taken effect or not */
    bool is_rescued;      /* unblocked when nothing was under way any more */
    int64_t unblocked_ns; /* if it has waited in vain: who may have unblocked it did not ask before;
                             0: nobody */
    bool takes_any;       /* the checker's: of several keys it may be served by any */
    int64_t gone_ns;      /* by then its client had been killed: later it takes nothing; 0: not */
    int64_t sent_ns, answered_ns;
    /* Values (GET, MGET ...), a number, or 0; -1: an error, "no such key". PTTL: no key, none,
     * some; KEYS: a mask; RANDOMKEY: from 1 on. Members, and SPOP: a mask, ZRANGE: two, of those
     * with a score of 1 and of 2; list elements: four bits each, the first lowest; BZPOPMIN:
     * the member and its score; of those that wait, the third says which of the keys, from 1 on,
     * and the fourth that it was an error. BLOCK: has it run? */
    int32_t reply[OP_KEYS_MAX];
};

enum block_end { BLOCK_GOES_ON, BLOCK_EXEC, BLOCK_DISCARD };

static inline bool op_waits(const struct op *op)
{
    return op->kind >= OP_BLPOP;
}

/* From one list to another. */
static inline bool op_waits_to_move(const struct op *op)
{
    return op->kind == OP_BLMOVE || op->kind == OP_BLMOVEM;
}

static inline bool op_says(const struct op *op, int32_t number)
{
    return !op->is_answered || op->reply[0] == number;
}

struct history_conn {
    struct op *ops;
    uint32_t count;
};

struct history {
    struct history_conn conns[HISTORY_CONNS_MAX];
    uint32_t conn_count;
    bool has_homes; /* several: what one client pushes to two keys may be served in any order */
    int64_t clock_slack_ns; /* how late the server may look at its clock */
};

enum history_verdict { HISTORY_GOOD, HISTORY_BAD, HISTORY_UNDECIDED };

/* O(configurations), mostly O(commands); undecided after `max_steps`. `deepest`, if not NULL,
 * receives how many commands of each connection the longest explained beginning has. */
enum history_verdict history_check(const struct history *history, uint64_t max_steps,
                                   uint32_t *deepest);

/* To standard output, a line for each command; those beyond `explained` are marked. */
void history_print(const struct history *history, const uint32_t *explained);
/* One line for a person: "c3 SET k1 17 -> OK [120..180]". */
void op_print(const struct op *op, uint32_t conn, char *out, size_t size);

#endif
